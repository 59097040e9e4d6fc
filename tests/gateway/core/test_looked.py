"""A first look at a whole answer leaves what it found: the same texts are not looked through again to be judged."""

from __future__ import annotations

import json

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.looked import AT_ONCE, Seen, is_light_answer
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.text import canonical
from gateway.core.types import Context, Decision
from tests.gateway.core.test_stream import SPECS

LONG = "The office will note it in the plan for next month. " * 25
TEXTS = {
    "plain": LONG, "lines": LONG.replace(". ", ".\n"), "quotes": f'He said "{LONG}" and \\"{LONG}\\" too',
    "backslashes": LONG.replace(" ", "\\") + "\\\\", "other letters": LONG.replace("o", "ö"), "signs": LONG.replace("n", "\x07"),
    "beyond": LONG.replace("plan", "plan 🎉"),
}


def _answer(text: str, *, ascii_only: bool = False) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "a", "choices": [choice]}, ensure_ascii=ascii_only).encode()


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_seen_is_the_text_as_its_reader_reads_it(shipped: Plan, name: str, ascii_only: bool) -> None:
    text, seen = TEXTS[name], Seen()
    assert len(text) > AT_ONCE
    is_light_answer(shipped.output, _answer(text, ascii_only=ascii_only), seen)
    data = canonical(text).encode()
    assert seen == {text: (data, shipped.output.scanner.hits(data))}


def test_of_what_is_no_json_something_is_seen_and_nothing_raised(shipped: Plan) -> None:
    for body in (b'{"a": "' + b"\\x" * 700, b'"' * 1100, b'\\"' * 1100, b'{"a": "' + b"\xff\\n" * 500 + b'"}',
                 b'{"a": "' + b"\\ud800" * 200 + b'"}'):  # fmt: skip
        seen = Seen()
        is_light_answer(shipped.output, body, seen)
        assert all(hits == shipped.output.scanner.hits(data) for data, hits in seen.values())


def _exchange(**policy: object) -> Exchange:
    rule = Rule("r", "cat", action=Action(ActionKind.MASK))
    return Exchange(Plan.compile([Policy("p", rules=(rule,), **policy)], "1", SPECS), Context("d"))  # type: ignore[arg-type]


def test_a_text_that_was_seen_is_judged_by_what_was_found_in_it() -> None:
    exchange = _exchange()
    exchange.seen["a cat sat"] = b"a cat sat", 0
    assert exchange.field(0, "content").finish("a cat sat") == "a cat sat", "it is not looked through again"
    assert exchange.field(1, "content").finish("a cat") == "a <CAT>", "another is"
    begun = exchange.field(2, "content")
    assert begun.feed("a cat. ") + begun.finish("a cat sat") == "a <CAT>. a <CAT> sat", "so is the rest of another"
    exchange.close()
    assert exchange.seen == {}, "no text is kept longer than its request"


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_seen_changes_no_verdict(shipped: Plan, name: str) -> None:
    text = TEXTS[name] + " Write to ann.lee@corvane.example or call 020 7183 8750: it is Project Nightjar."
    told = []
    for look in (False, True):
        exchange = shipped.open(Context("d", placeholder_keys=(b"k",)))
        if look:
            is_light_answer(shipped.output, _answer(text), exchange.seen)
            assert text in exchange.seen
        told.append((exchange.field(0, "content").finish(text), exchange.verdict()))
    assert told[0] == told[1]
    assert told[0][1].decision is Decision.BLOCK
