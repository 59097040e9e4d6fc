"""Edits in tool arguments: whatever is put in, wherever it stands and however it arrives, they stay JSON."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.edits import apply, merge
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.json_text import JsonText, fitted, is_json
from gateway.core.pattern import pattern
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Channel, Context, Edit, Segment

SAID = 'a "b"\\c\n'
IN_JSON = json.dumps(SAID)[1:-1]

CASES = [
    ('{"a": "<555>"}', '{"a": "<%s>"}'.replace("<%s>", "<" + IN_JSON + ">"), "555"),
    ('{"a": 555}', f'{{"a": "{IN_JSON}"}}', "555"),
    ('{"a": 555.25, "b": 1}', f'{{"a": "{IN_JSON}", "b": 1}}', "555"),
    ('{"a": -555}', '{"a": -0}', "555"),
    ('{"a":"x555","b":"y"}', f'{{"a":"x{IN_JSON}","":"y"}}', '555","b'),
    ('[555, 556]', f'["{IN_JSON}", null]', "555, 556"),
    ('["x\\n555"]', f'["x\\n{IN_JSON}"]', "n555"),
    ('["x\\u0041555"]', f'["x\\u0041{IN_JSON}"]', "u0041555"),
    ('["555\\" x"]', f'["{IN_JSON}\\" x"]', "555\\"),
    ('["555\\\\"]', f'["{IN_JSON}"]', "555\\\\"),
]


@pytest.mark.parametrize(("text", "wanted", "found"), CASES)
def test_what_is_put_in(text: str, wanted: str, found: str) -> None:
    start = text.index(found)
    edit = Edit("/input/0/arguments", start, start + len(found), SAID)
    out = apply(text, fitted(text, [edit]))
    assert out == wanted
    json.loads(out)


@settings(max_examples=400, deadline=None)
@given(
    value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(alphabet='ab\\"\n\u00e9 ', max_size=8),
                       lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    spots=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 12)), max_size=4), ascii_only=st.booleans(),
    cuts=st.lists(st.integers(0, 200), max_size=8), said=st.text(alphabet='x"\\\n', max_size=4),
)
def test_every_edit_leaves_json_and_chunks_do_not_show(
    value: object, spots: list[tuple[int, int]], ascii_only: bool, cuts: list[int], said: str
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    edits = merge(
        Edit("p", start, min(start + length, len(text)), said)
        for start, length in ((start % len(text), length) for start, length in spots)
        if "\\u" not in text[max(0, start - 6) : start + length + 6]
    )
    whole = apply(text, fitted(text, edits))
    json.loads(whole)
    place, out, at = JsonText(), "", 0
    for edit in [*edits, Edit("p", len(text), len(text), "")]:
        marks = sorted({at, edit.start, *(cut for cut in cuts if at < cut < edit.start)})
        out += "".join(place.keep(text[a:b]) for a, b in pairwise(marks))
        out += place.put(text[edit.start : edit.end], edit.replacement) if edit.end > edit.start else ""
        at = edit.end
    assert out == whole


def test_an_escape_may_be_cut_in_two() -> None:
    place = JsonText()
    assert place.keep('["a\\') + place.keep('" b ') + place.put("x", 'y"') + place.keep('"]') == '["a\\" b y\\""]'


@pytest.mark.parametrize(("path", "expected"), [
    ("/messages/1/tool_calls/0/function/arguments", True), ("/choices/0/tool_calls/0/function/arguments#2", True),
    ("/choices/0/content/2/partial_json", True), ("/choices/0/content/2/text", False),
    ("/choices/0/content", False), ("/choices/0/tool_calls/0/custom/input", False), ("/arguments/0/text", False),
    ("/input/3/arguments", True), ("/choices/0/output/1/arguments", True), ("output/1/arguments", True),
    ("/messages/2/function_call/arguments", True), ("/messages/0/content/1/input/arguments", False),
    ("/messages/0/content/1/input/tool_calls/0/function/arguments", False), ("/metadata/arguments", False),
    ("/choices/0/content/1/content/0/arguments", False), ("/tools/0/function/parameters/properties/arguments", False),
])
def test_which_texts_are_json(path: str, expected: bool) -> None:
    assert is_json(path) is expected


NAME = pattern(r"[A-Z][a-z]+ [\"'\w\\]{2,20} [A-Z][a-z]+")
SPEC = GuardSpec(
    "name", lambda view, _: (view.finding(each, entity="NAME") for each in view.matches(NAME)), lambda _: (NAME,),
    NoParams, False, False, "", "",
)
PLAN = Plan.compile([Policy("p", rules=(Rule("name", "name", action=Action(ActionKind.TOKENIZE)),))], "1", {"name": SPEC})
ARGUMENTS = "tool_calls/0/function/arguments"


def test_a_value_with_quotes_comes_back_escaped_in_arguments_and_as_it_is_in_text() -> None:
    exchange = Exchange(PLAN, Context("d", placeholder_keys=(b"k",)))
    exchange.judge_input((Channel("user", (Segment("/x", "user", 'Call Ann "Bo" Low today'),)),))
    name, = exchange.minted.values
    for pieces in (list(f'{{"who": "{name}"}}'), [f'{{"who": "{name}"}}']):
        field = exchange.field(0, ARGUMENTS) if len(pieces) > 1 else exchange.field(1, ARGUMENTS)
        out = "".join(field.feed(piece) for piece in pieces) + field.finish()
        assert json.loads(out) == {"who": 'Ann "Bo" Low'}
    content = exchange.field(0, "content")
    assert content.feed(f"for {name}.") + content.finish() == 'for Ann "Bo" Low.'


def test_a_value_from_arguments_is_the_value_that_it_stands_for() -> None:
    exchange = Exchange(PLAN, Context("d", placeholder_keys=(b"k",)))
    path = "/messages/1/tool_calls/0/function/arguments"
    text = json.dumps({"who": 'Ann "Bo" Low'})
    verdict = exchange.judge_input((Channel("assistant", (Segment(path, "assistant", text),)),))
    (name, value), = exchange.minted.values.items()
    assert value == 'Ann "Bo" Low'
    assert json.loads(apply(text, verdict.edits)) == {"who": name}
