"""What a table exempts is exempt only while it looks like what the table says it is."""

from __future__ import annotations

import pytest

from gateway.wire.chat import fields as chat
from gateway.wire.completions import fields as completions
from gateway.wire.embeddings import fields as embeddings
from gateway.wire.fields import Field, Node
from gateway.wire.messages import fields as messages
from gateway.wire.responses import fields as responses

TABLES = {
    **{f"{each.__name__} {name}": getattr(each, name) for each in (chat, completions, embeddings, messages, responses)
       for name in dir(each) if name.endswith("_TABLE")},
    **{f"messages {name}": table for name, table in messages.TABLES.items()},
}


@pytest.mark.parametrize(("treat", "text", "exempt"), [
    ("enum", "in_progress", True), ("enum", "two words", False), ("enum", "x" * 40, False),
    ("id", "resp_0a1b", True), ("id", "an id", False), ("id", "x" * 200, False),
    ("sealed", "gAAAAAB" + "x" * 5000 + "==", True), ("sealed", "not sealed at all", False), ("sealed", "a\nb", False),
    ("text", "word", False), ("plain", "word", False), ("token", "any text at all", True),
])  # fmt: skip
def test_exemption(treat: str, text: str, exempt: bool) -> None:
    assert Node(treat).exempts(text) is exempt  # type: ignore[arg-type]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_entry_of_a_table_has_a_reason_and_a_place_of_its_own(table: tuple[Field, ...]) -> None:
    assert [entry for entry in table if len(entry.reason) < 4] == []
    paths = [entry.path for entry in table]
    assert sorted({path for path in paths if paths.count(path) > 1}) == []
