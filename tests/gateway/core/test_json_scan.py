"""Text behind the escapes of JSON in tool arguments: found as what it stands for, and edited as it is written.

Input and output, whole and streamed; every way to cut the text in two or three, through the escapes too.
"""

from __future__ import annotations

import json
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.edits import apply
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams, guards
from gateway.core.json_scan import Escapes
from gateway.core.pattern import pattern
from gateway.core.policy import Action, ActionKind, Exemption, Policy, Rule
from gateway.core.types import Channel, Context, Decision, Segment, Verdict

ARGUMENTS = "tool_calls/0/function/arguments"
PATH = f"/messages/1/{ARGUMENTS}"
CARD = "4111 1111 1111 1111"
MASKED = "<CREDIT_CARD>"


def escaped(text: str) -> str:
    """Every character of ``text`` as JSON's longest way to write it."""
    return "".join(f"\\u{unit:04x}" for char in text for unit in _units(char))


def _units(char: str) -> list[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


ROWS = [
    (f'{{"a": "{escaped(CARD)}"}}', f'{{"a": "{MASKED}"}}'),
    (f'{{"a": "see {escaped("4")}111 1111\\u00a01111 1111."}}', f'{{"a": "see {MASKED}."}}'),
    (f'{{"a": "see\\n{CARD}\\tend"}}', f'{{"a": "see\\n{MASKED}\\tend"}}'),
    (f'{{"a": "\\"{CARD}\\""}}', f'{{"a": "\\"{MASKED}\\""}}'),
    ('{"a": "4111\\u20111111\\u20111111\\u20111111"}', f'{{"a": "{MASKED}"}}'),
    ('{"a": "4111\\u200b 1111 1111 11\\u00ad11"}', f'{{"a": "{MASKED}"}}'),
    ('{"a": "\\ud83d\\udd11\\ud835\\udfdc111 1111 1111 111\\ud835\\udfcf \\ud83d\\udd11"}',
     f'{{"a": "\\ud83d\\udd11{MASKED} \\ud83d\\udd11"}}'),
    ('{"a": "4111 1111 1111 111\\ud83d1"}', f'{{"a": "{MASKED}"}}'),
    ('{"4111 1111 1111 111\\u0031": 1}', f'{{"{MASKED}": 1}}'),
    (f'{{"a": "\\\\\\\\{CARD}"}}', f'{{"a": "\\\\\\\\{MASKED}"}}'),
    ('{"a": "\\\\u0034111 1111 1111 1111"}', '{"a": "\\\\u0034111 1111 1111 1111"}'),
    (f'{{"a": "\\u00e9\\u00e9\\u00e9 {CARD} \\/ \\b\\f\\r"}}', f'{{"a": "\\u00e9\\u00e9\\u00e9 {MASKED} \\/ \\b\\f\\r"}}'),
    ('{"a": "nothing \\u0074o see\\n"}', '{"a": "nothing \\u0074o see\\n"}'),
]  # fmt: skip

READ_IN_REQUESTS = {'{"a": "\\\\u0034111 1111 1111 1111"}': f'{{"a": "{MASKED}"}}'}
"""No escape of JSON's, but one that the text itself holds: a disguise that a request is read without."""


def plan(action: Action | None = None, exceptions: tuple[Exemption, ...] = ()) -> Plan:
    rule = Rule("cards", "pii", action=action or Action(ActionKind.MASK))
    return Plan.compile([Policy("p", rules=(rule,), exceptions=exceptions)], "1", guards())


MASK = plan()


def asked(plan: Plan, *segments: tuple[str, str]) -> tuple[Verdict, Exchange]:
    exchange = Exchange(plan, Context("d", placeholder_keys=(b"k",), now=1.0))
    made = tuple(Segment(path, "assistant", text) for path, text in segments)
    return exchange.judge_input((Channel("assistant", made),)), exchange


def answered(plan: Plan, pieces: list[str], name: str = ARGUMENTS) -> tuple[str, Verdict]:
    exchange = Exchange(plan, Context("d", placeholder_keys=(b"k",), now=1.0))
    field = exchange.field(0, name)
    out = "".join([field.feed(piece) for piece in pieces]) + field.finish()
    return out, exchange.verdict()


def spans(verdict: Verdict) -> list[tuple[int, int, str]]:
    return [(each.start, each.end, each.entity) for each in verdict.findings]


@pytest.mark.parametrize(("text", "wanted"), ROWS)
def test_in_the_history_of_a_request(text: str, wanted: str) -> None:
    verdict, _ = asked(MASK, ("/messages/0/content", "back\\slash\\u0034"), (PATH, text), ("/messages/2/content", "and \\n"))
    assert {each.path for each in verdict.edits} <= {PATH}
    wanted = READ_IN_REQUESTS.get(text, wanted)
    assert apply(text, verdict.edits) == wanted
    json.loads(wanted)


@pytest.mark.parametrize(("text", "wanted"), ROWS)
def test_in_an_answer_however_it_arrives(text: str, wanted: str) -> None:
    whole = Exchange(MASK, Context("d"))
    assert whole.field(0, ARGUMENTS).finish(text) == wanted
    found = spans(whole.verdict())
    assert len(found) == (wanted != text)
    for first, second in [*combinations(range(1, len(text)), 2)]:
        if second - first > 13 and (first * second) % 7:
            continue  # cuts near each other all, wide ones now and then
        out, verdict = answered(MASK, [text[:first], text[first:second], text[second:]])
        assert (out, spans(verdict)) == (wanted, found), (first, second)
    assert answered(MASK, list(text)) == (wanted, whole.verdict())


def test_only_texts_that_are_json_by_their_api_are_read_so() -> None:
    text = '"\\u0061x"'
    assert answered(LETTER_PLAN, [text], ARGUMENTS)[0] == '"q\\""'
    assert len(asked(LETTER_PLAN, (PATH, text))[0].edits) == 1
    assert answered(LETTER_PLAN, [text], "content")[0] == text
    assert asked(LETTER_PLAN, ("/messages/0/content", text))[0].edits == ()


def test_findings_lead_back_to_what_is_written() -> None:
    text = f'{{"n": "\\u00e9\\n", "a": "{escaped(CARD)}"}}'
    start = text.index("\\u0034")
    expected = [(start, start + 6 * len(CARD), "CREDIT_CARD")]
    assert spans(asked(MASK, (PATH, text))[0]) == expected
    assert spans(answered(MASK, [text])[1]) == expected


@pytest.mark.parametrize("kind", [ActionKind.TOKENIZE, ActionKind.HASH])
def test_the_value_is_what_it_stands_for(kind: ActionKind) -> None:
    """So its placeholder is the one that the same value has elsewhere."""
    made = plan(Action(kind))
    plain, hidden = (apply(text, asked(made, (PATH, text))[0].edits)
                     for text in (f'{{"a": "{CARD}"}}', f'{{"a": "{escaped(CARD)}"}}'))
    assert plain == hidden != f'{{"a": "{CARD}"}}'
    assert answered(made, [f'{{"a": "{escaped(CARD)}"}}'])[0] == answered(made, [f'{{"a": "{CARD}"}}'])[0]


def test_an_exception_holds_for_the_value_it_stands_for() -> None:
    made = plan(exceptions=(Exemption("cards", CARD, "me", "test card", 10.0),))
    for text in (f'{{"a": "{escaped(CARD)}"}}', f'{{"a": "{CARD}"}}'):
        assert asked(made, (PATH, text))[0].edits == ()
        assert answered(made, list(text))[0] == text


def test_a_placeholder_comes_back_from_behind_escapes() -> None:
    made = plan(Action(ActionKind.TOKENIZE))
    exchange = Exchange(made, Context("d", placeholder_keys=(b"k",)))
    exchange.judge_input((Channel("user", (Segment("/x", "user", f"card {CARD}"),)),))
    name, = exchange.minted.values
    for choice, pieces in enumerate(([escaped(name)], list(escaped(name)), [f"\\u003c{name[1:-1]}\\u003e"])):
        field = exchange.field(choice, ARGUMENTS)
        out = field.feed('{"a": "') + "".join([field.feed(piece) for piece in pieces]) + field.feed('"}') + field.finish()
        assert json.loads(out) == {"a": CARD}


def test_a_block_cuts_before_the_escape() -> None:
    text = f'{{"a": "x\\n{escaped(CARD)}"}}'
    made = plan(Action(ActionKind.BLOCK))
    assert asked(made, (PATH, text))[0].decision is Decision.BLOCK
    for cut in range(len(text)):
        out, verdict = answered(made, [text[:cut], text[cut:]])
        assert (out, verdict.decision) == ('{"a": "x\\n', Decision.BLOCK), cut


def test_a_match_may_span_turns_and_still_lead_back() -> None:
    """The turns of a role read as one text; only the one that is JSON is read so."""
    verdict, _ = asked(LETTER_PLAN, ("/messages/0/content", "\\u0061x b"), (PATH, "\\u0062x\\u0062"), ("/messages/2/content", "x"))
    assert [(each.path, each.start, each.end) for each in verdict.findings] == [
        ("/messages/0/content", 8, 9), (PATH, 0, 7), (PATH, 7, 13), ("/messages/2/content", 0, 1)]


LETTERS = pattern(r"[ab\u00e9\n]{1,3}x")
SPEC = GuardSpec("letters", lambda view, _: (view.finding(each, entity="L") for each in view.matches(LETTERS)),
                 lambda _: (LETTERS,), NoParams, False, False, "", "")  # fmt: skip
LETTER_PLAN = Plan.compile([Policy("p", rules=(Rule("l", "letters", action=Action(ActionKind.REPLACE, 'q"')),))], "1",
                           {"letters": SPEC})  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.sampled_from([
        "a", "b", "x", "\\u0061", "\\u0078", "\\ud83d", "\\ude00", "\\ud835\\udc4e", "\\n", "\\\\", '\\"', "\\", "u", "00", "\\q",
        "\\u", "\u00e9", "\u200b", "\\u200b" * 30, '"', "d83d", " ",
    ]), max_size=14),
    cuts=st.lists(st.integers(0, 120), max_size=6),
)  # fmt: skip
def test_any_text_is_judged_the_same_however_it_is_cut(pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces)
    whole = Exchange(LETTER_PLAN, Context("d"))
    expected = whole.field(0, ARGUMENTS).finish(text)
    marks = [0, *sorted({each for each in cuts if each < len(text)}), len(text)]
    assert answered(LETTER_PLAN, [text[a:b] for a, b in pairwise(marks)]) == (expected, whole.verdict())
    assert answered(LETTER_PLAN, list(text)) == (expected, whole.verdict())


@settings(max_examples=300, deadline=None)
@given(value=st.text(max_size=12), ascii_only=st.booleans(), cuts=st.lists(st.integers(0, 80), max_size=4))
def test_what_json_reads_is_what_is_judged(value: str, ascii_only: bool, cuts: list[int]) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    escapes, out = Escapes(), ""
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(text)], strict=True):
        out += escapes.decode(text[start:end])
    out += escapes.decode("", final=True)
    assert out[1:-1].encode("utf-16", "surrogatepass").decode("utf-16") == value
    assert [escapes.raw(at) for at in (0, len(out))] == [0, len(text)]


def test_a_flood_of_escapes_stays_linear() -> None:
    import time

    def seconds(count: int) -> float:
        text = '{"a": "' + "\\u4e2d\\n" * count + '"}'
        started = time.process_time()
        answered(MASK, [text[at : at + 7] for at in range(0, len(text), 7)])
        return time.process_time() - started

    small = min(seconds(1000) for _ in range(3))
    assert min(seconds(8000) for _ in range(2)) < 20 * small
