"""What a table exempts is exempt only while it looks like what the table says it is."""

from __future__ import annotations

import pytest

from gateway.wire.fields import Node


@pytest.mark.parametrize(("treat", "text", "exempt"), [
    ("enum", "in_progress", True), ("enum", "two words", False), ("enum", "x" * 40, False),
    ("id", "resp_0a1b", True), ("id", "an id", False), ("id", "x" * 200, False),
    ("sealed", "gAAAAAB" + "x" * 5000 + "==", True), ("sealed", "not sealed at all", False), ("sealed", "a\nb", False),
    ("text", "word", False), ("plain", "word", False), ("token", "any text at all", True),
])  # fmt: skip
def test_exemption(treat: str, text: str, exempt: bool) -> None:
    assert Node(treat).exempts(text) is exempt  # type: ignore[arg-type]
