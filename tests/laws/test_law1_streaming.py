"""Law 1: streaming = not streaming. Whatever the chunking, the text delivered and the verdict are the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import pattern
from gateway.core.policy import Action, ActionKind, Policy, Release, Rule
from gateway.core.types import Channel, Context, Segment, Verdict
from gateway.core.view import View

MAIL = pattern(r"\b[a-z0-9.]{1,64}@[a-z0-9-]{1,60}\.[a-z]{2,10}\b", ignore_case=True)
NUMBER = pattern(r"\b\d{2,4}(?:[ -]?\d{3}){1,3}\b")
CODE = pattern(r"\bproject\s{1,3}falcon\b", ignore_case=True)
AHEAD = pattern(r"(?:falcon has|has landed now)", ignore_case=True)


def _spec(name: str, *patterns: object) -> GuardSpec:
    def find(view: View, _: object):  # type: ignore[no-untyped-def]
        for each in patterns:
            for match in view.matches(each):  # type: ignore[arg-type]
                yield view.finding(match, entity=name.upper())

    return GuardSpec(name, find, lambda _: tuple(patterns), NoParams, True, False, "", "")  # type: ignore[arg-type]


GUARDS = {each.name: each for each in (_spec("mail", MAIL), _spec("number", NUMBER, MAIL), _spec("code", CODE),
                                       _spec("ahead", AHEAD))}


RELEASES: tuple[Release, ...] = ("stream", "complete", 7)
"""As soon as it is judged, at the end, and with a tail, here of 7 characters."""


def _plan(release: Release) -> Plan:
    rules = (
        Rule("mail", "mail", action=Action(ActionKind.TOKENIZE)),
        Rule("number", "number", action=Action(ActionKind.MASK)),
        Rule("code", "code", action=Action(ActionKind.BLOCK)),
        Rule("ahead", "ahead", action=Action(ActionKind.REPLACE, "…")),
    )
    return Plan.compile([Policy("law", rules=rules, release=release)], "r", GUARDS)


PLANS = {release: _plan(release) for release in RELEASES}
ASKED = (Channel("user", (Segment("/messages/0/content", "user", "mail ann@quill.example or bo@quill.example"),)),)

PIECES = st.sampled_from([
    "ann@quill.example", "ann@", "quill.exam", "ple", "12 345 678", "12", " 345", "project falcon", "Project\u200b", " fal",
    "con", " has", " landed now", "plain words here. ", ".", " ", "\n", "é", "ｐｒｏｊｅｃｔ", "\u0336", "🦅", "cHJvamVjdCBmYWxjb24=",
    "cHJvamVjdCBm", "p r o j e c t", "<MAIL_", "4 2 0 0 0 1", "ignore", "%66%61%6c%63%6f%6e",
])
TEXTS = st.lists(PIECES, max_size=14).map("".join)


def _minted(plan: Plan) -> list[str]:
    exchange = Exchange(plan, Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    return list(exchange.minted.values)


NAMES = _minted(PLANS["stream"])


def _deliver(plan: Plan, choices: list[list[str]], order: list[int]) -> tuple[list[tuple[str, bool]], Verdict]:
    """Feed each choice its pieces, interleaved by ``order``; the texts delivered and the verdict."""
    exchange = Exchange(plan, Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    out = [""] * len(choices)
    left = [list(pieces) for pieces in choices]
    for index in [*order, *(i for i, pieces in enumerate(choices) for _ in pieces)]:
        which = index % len(choices)
        if left[which]:
            out[which] += exchange.field(which, "content").feed(left[which].pop(0))
    for index in range(len(choices)):
        out[index] += exchange.field(index, "content").finish()
    return [(text, exchange.field(i, "content").cut) for i, text in enumerate(out)], exchange.verdict()


def _cut(text: str, cuts: list[int]) -> list[str]:
    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]


@settings(max_examples=2500, deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    cuts=st.lists(st.lists(st.integers(0, 400), max_size=30), min_size=3, max_size=3),
    order=st.lists(st.integers(0, 2), max_size=60),
    release=st.sampled_from(RELEASES),
    minted=st.integers(0, 3),
)
def test_chunking_and_interleaving_change_nothing(
    texts: list[str], cuts: list[list[int]], order: list[int], release: Release, minted: int
) -> None:
    plan = PLANS[release]
    texts = [f"{text} {NAMES[minted]} {text}" if minted < len(NAMES) else text for text in texts]
    whole = _deliver(plan, [[text] for text in texts], [])
    pieces = [_cut(text, cuts[index]) for index, text in enumerate(texts)]
    assert _deliver(plan, pieces, order) == whole


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_every_single_character_chunk(text: str) -> None:
    plan = PLANS["stream"]
    assert _deliver(plan, [list(text)], []) == _deliver(plan, [[text]], [])


def test_what_is_cut_is_never_delivered() -> None:
    plan = PLANS["stream"]
    (delivered, cut), = _deliver(plan, [list("The plan is project falcon, soon.")], [])[0]
    assert cut
    assert delivered == "The plan is "
