"""One field on its way out: what is held, what leaves, what is edited, where it is cut."""

from __future__ import annotations

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import GuardSpec, NoParams
from gateway.core.pattern import Pattern, pattern
from gateway.core.policy import BLOCK, FLAG, Action, ActionKind, Policy, Release, Rule
from gateway.core.stream import FieldStream
from gateway.core.types import Channel, Context, Segment, State


def _spec(name: str, found: Pattern) -> GuardSpec:
    return GuardSpec(
        name, lambda view, _: (view.finding(each, entity=name.upper()) for each in view.matches(found)), lambda _: (found,),
        NoParams, False, False, "", "",
    )


SPECS = {each.name: each for each in (
    _spec("mail", pattern(r"\b[a-z]{2,9}@[a-z]{2,9}\.org\b")), _spec("cat", pattern(r"\bcat\b")),
    _spec("sat", pattern("cat sat")), _spec("wide", pattern(r"<[^>]{1,40}>{2}|[a-z]{2,4} <[A-Z]{4}")),
    _spec("inside", pattern(r"[0-9a-f]{12}")), _spec("onto", pattern("sat onto")), _spec("tail", pattern(r"\Bcat\b")),
)}
MASK, TOKEN = Action(ActionKind.MASK), Action(ActionKind.TOKENIZE)


def _open(*rules: Rule, release: Release = "stream") -> Exchange:
    plan = Plan.compile([Policy("p", rules=rules, release=release)], "1", SPECS)
    return Exchange(plan, Context("d", placeholder_keys=(b"k",)))


def _field(*rules: Rule, release: Release = "stream") -> FieldStream:
    return _open(*rules, release=release).field(0, "content")


@pytest.mark.parametrize(("rule", "pieces", "released"), [
    (Rule("r", "cat", action=MASK), ["a c", "at", " s"], ["a ", "", "<CAT> s"]),
    (Rule("r", "cat", action=MASK), ["a c", "ow"], ["a ", "cow"]),
    (Rule("r", "cat", action=FLAG), ["a cat", "."], ["a ", "cat."]),
    (Rule("r", "cat", action=BLOCK), ["a cat", ".", "more"], ["a ", "", ""]),
    (Rule("r", "cat", action=Action(ActionKind.REPLACE, "dog")), ["cat cat ", "x"], ["dog dog ", "x"]),
    (Rule("r", "cat", action=BLOCK, mode="monitor"), ["cat."], ["cat."]),
    (Rule("r", "cat", action=BLOCK, output=False), ["cat"], ["cat"]),
])
def test_what_leaves_and_when(rule: Rule, pieces: list[str], released: list[str]) -> None:
    field = _field(rule)
    assert [field.feed(piece) for piece in pieces] == released
    assert field.cut is (rule.action is BLOCK and rule.mode == "enforce" and rule.output)


def test_position_held_and_the_longest_hold() -> None:
    exchange = _open(Rule("r", "mail", action=MASK))
    field = exchange.field(0, "content")
    assert (field.feed("to ann@quill"), field.position, field.held, field.edited) == ("to ", 3, 9, False)
    assert (field.feed(".org, ok. "), field.position, field.held, field.edited) == ("<MAIL>, ok. ", 22, 0, True)
    assert exchange.longest_hold == 9


def test_the_first_of_two_rules_cuts_and_later_findings_do_not_count() -> None:
    exchange = _open(Rule("second", "sat"), Rule("first", "cat"), Rule("flag", "mail", action=FLAG))
    field = exchange.field(0, "content")
    assert field.feed("ann@quill.org cat sat bob@quill.org ") == "ann@quill.org "
    verdict = exchange.verdict()
    assert verdict.rules == ("second",)  # both begin at the same place: the policy's order counts
    assert [(each.rule, each.start) for each in verdict.findings] == [("flag", 0), ("first", 14), ("second", 14)]
    assert [each.state for each in verdict.states] == [State.BLOCKED, State.BLOCKED, State.FLAGGED]


def test_overlapping_edits_become_one_and_an_open_edit_holds() -> None:
    field = _field(Rule("a", "cat", action=MASK), Rule("b", "sat", action=Action(ActionKind.REPLACE, "B")))
    assert field.feed("the cat sa") == "the "
    assert field.feed("t.") == "B."
    assert field.finish() == ""


def test_an_edit_waits_for_what_may_overlap_it() -> None:
    rules = (Rule("a", "sat", action=Action(ActionKind.REPLACE, "A")), Rule("b", "onto", action=Action(ActionKind.REPLACE, "B")))
    field = _field(*rules)
    assert [field.feed("a cat sat on"), field.feed("to it")] == ["a ", "A it"]
    field = _field(*rules)
    assert [field.feed("a cat sat on"), field.feed(" it")] == ["a ", "A on it"]


def test_a_match_is_seen_with_the_character_before_it() -> None:
    field = _field(Rule("r", "tail", action=MASK))
    assert "".join(field.feed(piece) for piece in ("con", "cat ", "cat ")) == "con<TAIL> cat "


def test_complete_release_says_all_or_nothing() -> None:
    field = _field(Rule("r", "cat"), Rule("m", "mail", action=MASK), release="complete")
    assert [field.feed("ann@quill.org"), field.feed(" ok"), field.finish()] == ["", "", "<MAIL> ok"]
    field = _field(Rule("r", "cat"), release="complete")
    assert [field.feed("fine "), field.feed("cat sat"), field.finish(), field.cut] == ["", "", "", True]


def test_a_tail_holds_so_many_characters_more_and_a_block_takes_them() -> None:
    exchange = _open(Rule("r", "cat"), Rule("m", "mail", action=MASK), release=6)
    field = exchange.field(0, "content")
    assert [field.feed("to ann@quill.org: "), field.feed("well, "), field.held] == ["to ", "<MAIL>: ", 6]
    assert [field.feed("12345"), field.feed("6"), field.finish()] == ["well,", " ", "123456"]
    assert exchange.longest_hold == 15  # an edit goes out as a whole
    for pieces in (["that is the cat sat"], list("that is the cat sat")):
        field = _field(Rule("r", "cat"), release=6)
        assert ("".join([field.feed(piece) for piece in pieces]) + field.finish(), field.cut) == ("that i", True)
    field = _field(Rule("r", "cat"), release=6)
    assert (field.feed("a cat sat"), field.cut) == ("", True)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_tail_never_ends_inside_an_escape_or_an_edit(size: int) -> None:
    written = r'{"note": "\u0061\ud83e\udd85 cat"}'
    out = set()
    for tail in range(1, 24):
        field = _open(Rule("r", "cat"), release=tail).field(0, "tool_calls/0/function/arguments")
        out.add("".join([field.feed(written[at : at + size]) for at in range(0, len(written), size)]) + field.finish())
        assert field.cut
    whole = r'{"note": "\u0061\ud83e\udd85 '
    assert out == {whole[:end] for end in (*range(11), 16, 28)}  # an escape is one character
    field = _field(Rule("r", "cat"), Rule("m", "mail", action=MASK), release=4)
    assert field.feed("ann@quill.org cat sat") == "<MAIL>"


def _minted(*rules: Rule) -> tuple[Exchange, str]:
    exchange = _open(Rule("ask", "mail", action=TOKEN, output=False), Rule("say", "mail", action=TOKEN, input_roles=()), *rules)
    exchange.judge_input((Channel("user", (Segment("/x", "user", "ann@quill.org"),)),))
    return exchange, next(iter(exchange.minted.values))


def test_what_lies_within_a_restored_placeholder_is_exempt() -> None:
    exchange, name = _minted(Rule("r", "inside", input_roles=()))
    field = exchange.field(0, "content")
    assert field.feed(f"to {name}. ") + field.finish() == "to ann@quill.org. "
    assert exchange.verdict().findings == ()
    other = exchange.field(1, "content")
    assert other.feed("to <MAIL_0123456789ab>. ") == "to <MAIL_"
    assert other.cut


@pytest.mark.parametrize("text", ["so {}", "{}>"])
@pytest.mark.parametrize("singly", [True, False])
def test_a_placeholder_of_the_callers_hides_nothing_around_it(text: str, singly: bool) -> None:
    exchange, name = _minted(Rule("r", "wide", input_roles=()))
    field = exchange.field(0, "content")
    whole = text.format(name) + " end"
    out = "".join(field.feed(piece) for piece in (whole if singly else [whole])) + field.finish()
    assert (out, field.cut) == ("", True)


def test_what_is_found_in_an_answer_is_never_undone() -> None:
    exchange, _ = _minted()
    field = exchange.field(0, "content")
    said = field.feed("it is bob@quill.org. ")
    name = said.split()[2].rstrip(".")
    assert name.startswith("<MAIL_")
    other = exchange.field(1, "content")
    assert other.feed(f"so {name}. ") + other.finish() == f"so {name}. "


@pytest.mark.parametrize("size", [1, 7, 4000])
def test_many_edits_in_one_text(size: int) -> None:
    text = "a cat and ann@quill.org, " * 160
    field = _field(Rule("r", "cat", action=MASK), Rule("m", "mail", action=MASK))
    out = "".join(field.feed(text[at : at + size]) for at in range(0, len(text), size)) + field.finish()
    assert out == "a <CAT> and <MAIL>, " * 160


def test_a_flood_of_nothing_is_one_stop_however_long() -> None:
    exchange = _open(Rule("r", "cat"))
    field = exchange.field(0, "content")
    assert field.feed("ca" + "\u200b" * 64) == ""
    for _ in range(50):
        assert field.feed("\u200b") == ""
    assert field.finish() == "ca" + "\u200b" * 64
    assert (field.cut, exchange.verdict().rules) == (True, ("unscannable:text",))
    assert field.feed("more") + field.finish() == ""


def test_moves_say_where_an_edit_was_and_how_long_it_is_now() -> None:
    for pieces in (["the cat sat, ann@quill.org."], list("the cat sat, ann@quill.org.")):
        field = _field(Rule("a", "cat", action=MASK), Rule("m", "mail", action=Action(ActionKind.REPLACE, "")))
        said = "".join(map(field.feed, pieces)) + field.finish()
        assert said == "the <CAT> sat, ."
        assert field.moves == [(4, 7, 5), (13, 26, 0)]
