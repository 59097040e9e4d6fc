"""``wardgate audit review``: complaints with what was decided, as lines and as JSON; other commands take them in their stride."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.audit.chain import Chain
from gateway.audit.record import BeginRecord, EndRecord, Outcome, ReviewRecord
from gateway.cli.main import main
from gateway.core.types import Finding


@pytest.fixture
def file(tmp_path: Path) -> str:
    found = Finding("no-bad", "/messages/0/content", 3, 13)
    chain = Chain.open(tmp_path / "audit.db")
    chain.append([
        BeginRecord("d1", "d1", 1.0, "acme", "app", "m", "chat", "test", "rev1", "block", (found,), (), ("no-bad",)),
        EndRecord("d1", 1.5, Outcome.BLOCKED, "block"),
        BeginRecord("d2", "d2", 2.0, "acme", "app", "m", "completions", "test", "rev1", "allow"),
        EndRecord("d2", 2.5, Outcome.COMPLETED, "allow"),
        ReviewRecord("d2", 3.0, "acme", "web", "too_lax", text_kept=True),
        ReviewRecord("d1", 4.0, "acme", "app", "too_strict", text_kept=False),
    ])
    chain.close()
    return str(tmp_path / "audit.db")


def test_complaints_in_their_order_with_what_was_decided(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "review", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1970-01-01 00:00:03Z d2 review too_lax key=web text kept was test@rev1 completions allow rules=-",
        "1970-01-01 00:00:04Z d1 review too_strict key=app was test@rev1 chat block rules=no-bad no-bad:/messages/0/content[3:13]",
    ]


def test_complaints_of_one_kind_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "review", file, "--verdict", "too_strict", "--json"]) == 0
    review, = map(json.loads, capsys.readouterr().out.splitlines())
    assert (review["decision_id"], review["tenant"], review["decision"]["rules"]) == ("d1", "acme", ["no-bad"])


def test_the_chain_and_the_tail_hold_them_too(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", file]) == 0
    assert main(["audit", "tail", file, "-n", "2"]) == 0
    assert main(["audit", "export", file, "--decision", "d1"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("6 records, chain whole")
    assert [line.split()[3] for line in out[1:3]] == ["review", "review"]
    assert [json.loads(line)["kind"] for line in out[3:]] == ["begin", "end", "review"]
