"""docs/upstreams.md: its examples load, and it explains every key and every parameter that it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config import settings
from gateway.wire import foreign

TEXT = (Path(__file__).parents[2] / "docs" / "upstreams.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_examples_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: name)  # the extra need not be installed to read them
    assert EXAMPLES
    for example in EXAMPLES:
        names = re.findall(r"\$\{(\w+)\}", example)
        assert settings.loads(example.encode(), "docs", dict.fromkeys(names, "x")).upstreams


def test_every_key_is_explained_with_its_default() -> None:
    for name, field in settings.UpstreamSettings.model_fields.items():
        row = re.search(rf"^\| `{name}` \|.*\| (.*) \|$", TEXT, re.MULTILINE)
        assert row is not None, name
        if isinstance(field.default, int | float):
            assert float(row[1]) == field.default, name


def test_every_parameter_has_its_place() -> None:
    part = TEXT[TEXT.index("**Parameters.**") : TEXT.index("**Pictures")]
    through, _, aside = part.partition("differs from the default")
    assert sorted(name for name in foreign.PASSED if f"`{name}`" not in through) == []
    assert sorted(name for name in foreign.HINTS if f"`{name}`" not in aside) == []
