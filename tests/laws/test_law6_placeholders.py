"""Law 6: placeholders are stable and reversible, within one request and one tenant only."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.edits import apply
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from tests.laws.test_law1_streaming import GUARDS

PLAN = Plan.compile([Policy("p", rules=(Rule("mail", "mail", action=Action(ActionKind.TOKENIZE)),))], "1", GUARDS)
NAMES = st.text(alphabet="abcdefgh.", min_size=1, max_size=12).filter(lambda name: name.strip(".") == name)
WORDS = st.sampled_from(["write to", "and", "say hello,", "<MAIL_000000000000>", "{", "\u00e9t\u00e9", "\n"])


def _open(key: bytes = b"tenant") -> Exchange:
    return Exchange(PLAN, Context("d", placeholder_keys=(key,)))


def _sent(exchange: Exchange, turns: list[str]) -> list[str]:
    """What the model gets to see of each turn."""
    segments = tuple(Segment(f"/messages/{index}/content", "user", turn) for index, turn in enumerate(turns))
    edits = exchange.judge_input((Channel("user", segments),)).edits
    return [apply(turn, [each for each in edits if each.path == segments[index].path]) for index, turn in enumerate(turns)]


def _told(exchange: Exchange, pieces: list[str]) -> str:
    field = exchange.field(0, "content")
    return "".join([field.feed(piece) for piece in pieces]) + field.finish()


@settings(max_examples=800, deadline=None)
@given(
    turns=st.lists(st.tuples(WORDS, NAMES), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=20),
)
def test_what_comes_back_is_what_was_said(turns: list[tuple[str, str]], cuts: list[int]) -> None:
    said = [f"{words} {name}@quill.example please" for words, name in turns]
    exchange = _open()
    seen = _sent(exchange, said)
    assert not any(name + "@quill" in text for text in seen for _, name in turns)
    answer = "\n".join(seen)
    marks = sorted({cut % (len(answer) + 1) for cut in cuts})
    pieces = [answer[a:b] for a, b in zip([0, *marks], [*marks, len(answer)], strict=True)]
    assert _told(exchange, pieces) == "\n".join(said)


def test_the_same_value_gets_the_same_placeholder_in_later_turns_and_other_processes() -> None:
    first = _sent(_open(), ["mail ann@quill.example"])
    later = _sent(_open(), ["mail ann@quill.example", "and bo@quill.example"])
    assert later[0] == first[0]


def test_tenants_share_nothing() -> None:
    assert _sent(_open(b"one"), ["ann@quill.example"]) != _sent(_open(b"two"), ["ann@quill.example"])


def test_a_placeholder_of_another_request_stays_as_it_is() -> None:
    placeholder = _sent(_open(), ["ann@quill.example"])[0]
    assert _told(_open(), [f"it is {placeholder}."]) == f"it is {placeholder}."
