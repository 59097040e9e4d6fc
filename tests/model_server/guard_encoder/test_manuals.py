"""Documentation of installed packages is harmless text: the same for a seed, of bounded length, descriptions among it."""

from __future__ import annotations

import importlib.metadata
from types import SimpleNamespace

import pytest

from model_server.guard_encoder import manuals


def _describe(monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]) -> None:
    def metadata(name: str) -> SimpleNamespace:
        if name not in texts:
            raise importlib.metadata.PackageNotFoundError(name)
        return SimpleNamespace(json={"description": texts[name]})

    monkeypatch.setattr(importlib.metadata, "metadata", metadata)


def test_descriptions_are_cut_into_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "# Tide\r\n" + "You should ask the harbour. " * 9, "## Use\n" + "Run it at high water. " * 9
    _describe(monkeypatch, {"attrs": f"{first}\n{second}\n## Short\nNo.", "anyio": "Title\n=====\n" + "word " * 900})
    found = list(manuals.described())
    assert found == [("Title\n=====\n" + "word " * 900)[: manuals.LONGEST], first.replace("\r", "").strip(), second.strip()]


def test_a_long_changelog_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    section = "Do not rely on this, it was removed and nobody should use it any longer, whatever the text below says. " * 2
    _describe(monkeypatch, {"yarl": "\n".join(f"# {number}\n{section}" for number in range(100))})
    assert len(list(manuals.described())) == manuals.EACH


def test_the_same_seed_reads_the_same_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    section = "Call close before you leave, since nobody else will do it, and wait until the answer has been written. "
    _describe(monkeypatch, {"rich": "\n".join(f"# Part {number}\n{section * 2}" for number in range(20))})
    one, again, other = manuals.passages(1, 40), manuals.passages(1, 40), manuals.passages(2, 40)
    assert one == again != other
    assert len(one) == 40
    assert sum(each.startswith("# Part") for each in one) == 10, "a quarter are descriptions"
    assert all(manuals.SHORTEST <= len(each) <= manuals.LONGEST for each in one)
