"""Documents that policies name: found from beside the policy, each once, and refused when they would not guard."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import source_files
from gateway.config.source_files import read_sources
from gateway.errors import ConfigError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """``policies/`` beside ``docs/a.md``, ``docs/deep/b.csv`` and ``docs/latin.txt``."""
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "policies").mkdir()
    (tmp_path / "docs" / "a.md").write_text("\ufeffalpha", "utf-8")
    (tmp_path / "docs" / "deep" / "b.csv").write_text("beta", "utf-8")
    (tmp_path / "docs" / "latin.txt").write_bytes(b"\xff")
    return tmp_path


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        ("../docs/a.md", ["a.md"]),
        (["../docs/*.md", "../docs/a.md"], ["a.md"]),
        (["../docs/**/*.csv", "../docs/*.md"], ["a.md", "b.csv"]),
        (["../docs/deep/?.csv"], ["b.csv"]),
    ],
)
def test_globs_are_relative_to_the_policy(tree: Path, globs: object, names: list[str]) -> None:
    seen: set[str] = set()
    found = read_sources(globs, tree / "policies", seen)
    assert [each.name for each in found] == names
    assert len(seen) == len(names)


def test_a_byte_order_mark_is_no_text_and_absolute_globs_work(tree: Path) -> None:
    (source,) = read_sources(str(tree / "docs" / "*.md"), Path("/nowhere"), set())
    assert source.text == "alpha"
    assert "alpha" not in repr(source), "a protected text must not slip into a log"


@pytest.mark.parametrize(
    ("globs", "words"),
    [
        (["../docs/*.none"], "no file matches '../docs/*.none'"),
        (["../docs/*.none"], "(looked in /"),
        (["../docs/*.none"], "/policies, the policy file's folder: bring the documents along when the file moves, or correct the glob)"),
        (["../docs"], "no file matches"),
        (["../docs/*.txt"], "'latin.txt' is not UTF-8 text"),
        ([], None),
        ({"a": 1}, "must be a list of file globs"),
        ([1], "must be a list of file globs"),
    ],
)
def test_what_cannot_be_compared_with_is_refused(tree: Path, globs: object, words: str | None) -> None:
    if words is None:
        assert read_sources(globs, tree / "policies", set()) == ()
        return
    with pytest.raises(ConfigError) as caught:
        read_sources(globs, tree / "policies", set())
    assert words in str(caught.value)


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILES", 1), ("MAX_BYTES", 5)])
def test_too_much_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(source_files, limit, value)
    with pytest.raises(ConfigError, match="narrow the globs"):
        read_sources(["../docs/**/*.csv", "../docs/*.md"], tree / "policies", set())


def test_what_cannot_be_a_path_is_refused(tree: Path) -> None:
    for glob in ("a" * 300, "a" * 5000 + "/*.md"):
        with pytest.raises(ConfigError, match="no file matches"):
            read_sources([glob], tree / "policies", set())
    with pytest.raises(ConfigError, match="is no glob"):
        read_sources(["../docs/**b.csv"], tree / "policies", set())
