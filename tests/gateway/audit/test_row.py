"""Rows between processes: what is packed comes back, to the byte that is hashed."""

from __future__ import annotations

import struct

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.record import KINDS, BeginRecord, EndRecord, Outcome, ReviewRecord, plain
from gateway.audit.row import Rendering, Row, kind_of, pack, unpack
from gateway.core.types import Finding, RuleState, State

rows = st.builds(
    Row, st.text("0123456789abcdef", max_size=40), st.sampled_from(list(KINDS.values())), st.floats(0, 1e11), st.binary()
)


@given(st.lists(rows))
def test_what_is_packed_comes_back(given_rows: list[Row]) -> None:
    assert list(unpack(b"".join(map(pack, given_rows)))) == given_rows


@given(rows, st.integers(1, 10))
def test_a_row_that_is_cut_short_is_no_row(row: Row, missing: int) -> None:
    data = pack(row)
    with pytest.raises(struct.error):
        list(unpack(data[: max(1, len(data) - missing)]))


def test_a_record_is_rendered_as_its_plain_form() -> None:
    states = (RuleState("a", "input", State.ALLOWED), RuleState("b", "input", State.BLOCKED))
    begin = BeginRecord("d1", "r1", 12.25, "acme", "app", "m", "chat", "p", "rev", "block", (), states, ("b",))
    end = EndRecord("d1", 13.5, Outcome.BLOCKED, "block", states=states, revision="rev")
    review = ReviewRecord("d1", 14.5, "acme", "app", "too_lax", text_kept=False)
    rendering = Rendering()
    for record, kind in ((begin, "begin"), (end, "end"), (review, "review"), (begin, "begin")):
        assert kind_of(record) == kind
        assert orjson.loads(rendering.body(record)) == orjson.loads(orjson.dumps(plain(record)))


def test_a_key_that_a_caller_made_up_is_text_and_stays_out() -> None:
    found = (Finding("r", "/metadata/ann@quill.example/~key", 0, 17), Finding("r", "/messages/3/content/0/text", 0, 4))
    begin = BeginRecord("d", "d", 1.0, "t", "k", "m", "chat", "p", "r1", "allow", found)
    end = EndRecord("d", 2.0, Outcome.COMPLETED, "allow", (Finding("r", "/choices/0/~choice/Ann Quill/~key", 0, 9),))
    bodies = [Rendering().body(each) for each in (begin, end)]
    assert [orjson.loads(body)["findings"] for body in bodies] == [
        [["r", "/metadata/*/~key", 0, 17, 1.0, ""], ["r", "/messages/3/content/0/text", 0, 4, 1.0, ""]],
        [["r", "/choices/0/~choice/*/~key", 0, 9, 1.0, ""]],
    ]
