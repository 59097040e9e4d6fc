"""The journal survives whatever a kill leaves behind, and says so when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.run.journal import Journal
from evals.run.reply import ANSWERED, FAILED, Reply
from gateway.errors import ConfigError

REPLIES = {
    "a": Reply(ANSWERED, "Twenty-eight – €\n“days”", 0.25, 200, rules=("pii",), policy="default@1", overhead_ms=0.5),
    "b": Reply(ANSWERED, "", 0.1, 200, logprobs=(None, -1.5), offsets=(0, 3)),
    "c": Reply(FAILED, reason="timeout", attempts=5),
    "d": Reply(ANSWERED, ranking=(("leave.md#1", 2.25),)),
}


def written(path: Path) -> bytes:
    with Journal(path) as journal:
        for key, reply in REPLIES.items():
            journal.append(key, "qa", f"sample-{key}", "direct", reply)
    return path.read_bytes()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")
    with Journal(tmp_path / "journal.jsonl") as journal:
        assert journal.replies == REPLIES
        assert list(journal.failed()) == ["c"]
        assert len(journal.spans) == 2
    assert (tmp_path / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_torn_at_any_byte_loses_itself_and_nothing_else(tmp_path: Path) -> None:
    content = written(tmp_path / "whole.jsonl")
    path = tmp_path / "journal.jsonl"
    ends = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    for cut in sorted({*range(0, len(content) + 1, 3), *ends, *(end - 1 for end in ends)}):
        path.write_bytes(content[:cut])
        whole = sum(end <= cut for end in ends)
        with Journal(path) as journal:
            kept = max(0, whole - 1)  # the first line says when the file was opened
            assert list(journal.replies) == list(REPLIES)[:kept], cut
            journal.append("z", "qa", "sample-z", "direct", REPLIES["a"])
        with Journal(path, writable=False) as journal:
            assert list(journal.replies) == [*list(REPLIES)[:kept], "z"], cut


def test_a_reader_leaves_a_torn_line_to_the_writer(tmp_path: Path) -> None:
    content = written(tmp_path / "journal.jsonl")[:-5]
    (tmp_path / "journal.jsonl").write_bytes(content)
    with Journal(tmp_path / "journal.jsonl", writable=False) as journal:
        assert list(journal.replies) == ["a", "b", "c"]
    assert (tmp_path / "journal.jsonl").read_bytes() == content


@pytest.mark.parametrize("line", [b"{}", b"[]", b"nonsense", b'{"key": 1}', b'{"key":"a","at":1,"reply":{"new":1}}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    lines = written(tmp_path / "journal.jsonl").split(b"\n")
    (tmp_path / "journal.jsonl").write_bytes(b"\n".join([*lines[:2], line, *lines[2:]]))
    with pytest.raises(ConfigError, match=r"journal.jsonl:3: is damaged \(remove this line"):
        Journal(tmp_path / "journal.jsonl")


def test_two_writers_are_refused(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "journal.jsonl"),
        pytest.raises(ConfigError, match="another process is writing this run"),
    ):
        Journal(tmp_path / "journal.jsonl")
    Journal(tmp_path / "journal.jsonl").close()


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"journal": 2, "opened": 1.0}\n')
    with pytest.raises(ConfigError, match="has format 2, this version reads 1"):
        Journal(tmp_path / "journal.jsonl", writable=False)


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere/journal\.jsonl: cannot be opened"):
        Journal(tmp_path / "nowhere" / "journal.jsonl", writable=False)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real = os.write
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.append("a", "qa", "sample-a", "direct", REPLIES["a"])
        monkeypatch.setattr(os, "write", lambda file, data: real(file, data[: len(data) // 2]))
        with pytest.raises(OSError, match="No space left"):
            journal.append("b", "qa", "sample-b", "direct", REPLIES["b"])
        monkeypatch.undo()
        assert list(journal.replies) == ["a"]
        journal.append("c", "qa", "sample-c", "direct", REPLIES["c"])
    with Journal(tmp_path / "journal.jsonl", writable=False) as journal:
        assert list(journal.replies) == ["a", "c"]
