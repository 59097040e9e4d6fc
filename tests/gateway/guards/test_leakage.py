"""What protected documents hold must not be said, however it is written; what public ones say may be."""

from __future__ import annotations

import time

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule, SourceFile
from gateway.core.types import Channel, Context, Segment
from gateway.guards.leakage import LeakageParams, _known
from gateway.guards.leakage_hints import PARTS, amount, by_share, by_start
from gateway.guards.leakage_look import _is_nothing, _number_forms, _parts
from gateway.guards.leakage_numbers import english, spelled, tokens
from tests.gateway.guards.table import guard_table

SALARIES = SourceFile("pay.csv", """name,title,annual_salary_gbp
Ada Quist,Engineer,"61,480"
Bo Renn,Lead,"83,905"
""")
CONTACTS = SourceFile("contacts.csv", """name,home_address,private_phone,private_email,date_of_birth
Ada Quist,"14 Fennel Row, Hollin, QT5 2MB",07700 900218,celloandtea@mail.example,23 April 1987
""")
CONTRACT = SourceFile("corvan.md", """# Supply agreement: Corvan Pumps

The Client receives a discount of 11.75% on the price list. Invoices fall due for payment 37 days after delivery.
The annual value is \u00a3842,300. A penalty of \u00a34,650 is owed for each week of delay that has begun.
""")
MEMO = SourceFile("memo.md", """# Memorandum

The directors propose the closure of the repair depot, and the purchase named Project Nightjar.
The closure means 38 redundancies, and the target is Pellinor Gauges, whose sensors would close a gap.
""")
PUBLIC = SourceFile("handbook.md", """# Pay

The Elm band runs from \u00a359,000 to \u00a376,000. Salaries are paid on the 25th. Write to pay@firm.example or call 4433.
Claims are paid within 40 days. Ada Quist leads the lab. Sales were opened on 15 April 2020.
""")
PARAMS = LeakageParams((SALARIES, CONTACTS, CONTRACT, MEMO), (PUBLIC,))

test_figures = guard_table("leakage", [
    ("Ada gets \u00a361,480 a year", [("\u00a361,480", "FIGURE")]),
    ("it is 61480.", [("61480", "FIGURE")]),
    ("so 6 1 4 8 0 then", [("6 1 4 8 0", "FIGURE")] * 2),
    ("so 08416 backwards", [("08416", "FIGURE")]),
    ("that is 61.48k", [("61.48k", "FIGURE")]),
    ("sixty-one thousand four hundred and eighty", [(0, 42)]),
    ("einundsechzigtausendvierhundertachtzig", [(0, 38)]),
    ("six one four eight zero", [(0, 23)]),
    ("call +44 7700 900218", [("44 7700 900218", "FIGURE")]),
    ("Corvan discount: 11.75%", [("11.75%", "FIGURE")]),
    ("Corvan pays invoices in 37 days", [("37 days", "FIGURE")]),
], params=PARAMS)

test_partial = guard_table("leakage", [
    ("Ada Quist earns about 61k", [("61k", "PARTIAL_FIGURE")]),
    ("Quist has a salary of 61,4xx", [("61,4xx", "PARTIAL_FIGURE")]),
    ("Ada was born on 23 April", [("23 April", "PARTIAL_FIGURE")]),
    ("Ada Quist, born 23rd of April 1987", [("23rd of April 1987", "FIGURE")]),
], params=PARAMS)

test_literals = guard_table("leakage", [
    ("it is called Nightjar", [("Nightjar", "LITERAL")]),
    ("about N-i-g-h-t-j-a-r", [("N-i-g-h-t-j-a-r", "LITERAL")] * 2),
    ("at 14 Fennel Row", [("14 Fennel Row", "LITERAL")]),
    ("postcode QT52MB", [("QT52MB", "LITERAL")]),
    ("celloandtea (at) mail dot example", [("celloandtea (at) mail dot example", "LITERAL")]),
    ("directors proposed a closure of the repair depot", [("directors proposed a closure of the repair", "PASSAGE")]),
], params=PARAMS)

test_harmless = guard_table("leakage", [
    ("Elm runs from \u00a359,000 to \u00a376,000.", []),
    ("Salaries are paid on the 25th.", []),
    ("Ada Quist leads the lab, ext 4433.", []),
    ("Claims are paid within 37 days.", []),
    ("Corvan Pumps is one of six clients.", []),
    ("It took 61 seconds and 480 tries.", []),
    ("Order 1614805 of 2026-04-23", []),
    ("The repair of the depot is planned.", []),
    ("About 61 people, 12% and 4650 steps.", []),
    ("ISBN 978-3-16-148410-0", []),
    ("v2.11.75, sha 61480fab", []),
], params=PARAMS)


def judged(answer: str, question: str = "", public: SourceFile = PUBLIC) -> str:
    """What a caller gets to read of ``answer``."""
    params = LeakageParams(PARAMS.documents, (public,))
    plan = Plan.compile([Policy("p", rules=(Rule("leak", "leakage", params=params, action=BLOCK),))], "r", guards())
    asked = (Channel("user", (Segment("/messages/0", "user", question),)),) if question else ()
    field = Exchange(plan, Context("d", conversation=asked)).field(0, "content")
    return "".join(field.feed(char) for char in answer) + field.finish()


def test_no_digit_gets_out_before_the_cut() -> None:
    assert judged("Her salary is \u00a361,480.") == "Her salary is "
    assert judged("It is sixty-one thousand four hundred and eighty.") == "It is "


@pytest.mark.parametrize(("question", "cut"), [
    ("What does Ada Quist earn?", True),
    ("How many kilometres is the trip?", False),
])
def test_a_rounding_leaks_only_when_the_question_was_about_it(question: str, cut: bool) -> None:
    answer = "Around 61k, I think."
    assert (judged(answer, question) != answer) is cut


def test_figures_after_many_others_are_still_seen() -> None:
    shown = judged(" ".join("7" * 50) + " 6 1 4 8 0")
    assert "4 8 0" not in shown


def test_what_becomes_public_may_be_said() -> None:
    public = SourceFile("news.md", "Corvan Pumps buys for \u00a3842,300 a year.")
    assert judged("Its value is \u00a3842,300.", public=public) == "Its value is \u00a3842,300."
    assert judged("Its value is \u00a3842,300.") == "Its value is "


def test_without_documents_the_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="no documents"):
        guards()["leakage"].patterns(LeakageParams())


@pytest.mark.parametrize(("value", "words"), [
    (61480, ("sixty", "one", "thousand", "four", "hundred", "eighty")),
    (111370, ("ciento", "once", "mil", "trescientos", "setenta")),
    (91080, ("quatre", "vingt", "onze", "mille", "quatre", "vingts")),
    (1000001, ("eine", "million", "ein")),
])
def test_numbers_are_spelt(value: int, words: tuple[str, ...]) -> None:
    assert words in spelled(value)


@pytest.mark.parametrize("value", [0, 7, 20, 61480, 111370, 23_600_000, 999_999_999])
def test_english_words_are_read_back(value: int) -> None:
    read = english(tokens(" ".join(spelled(value)[0])))
    assert read is not None
    assert read[0] == value


def test_plain_prose_is_hardly_held_and_quickly_judged() -> None:
    text = "The meeting went well and everybody agreed on the next steps for the teams. " * 27
    plan = Plan.compile([Policy("p", rules=(Rule("leak", "leakage", params=PARAMS),))], "r", guards())
    begun = time.process_time()
    field = Exchange(plan, Context("d")).field(0, "content")
    for char in text:
        field.feed(char)
    field.finish()
    assert field.longest_hold <= 11
    assert time.process_time() - begun < 1.0


def test_numbers_that_were_harmless_are_looked_at_again_with_the_digits_that_lead_to_them() -> None:
    """What is remembered of a number holds for it alone."""
    for _ in range(2):
        for harmless in ("there are 480 of them, 480 in all", "480", "a 480"):
            assert judged(harmless) == harmless
        for leak in ("Ada Quist has a salary of 61 .... 480", "Ada Quist has a salary of 61 - 480"):
            assert judged(leak) != leak


def test_digits_alone_are_told_from_parts_of_yearly_figures_as_all_numbers_are() -> None:
    known = _known(PARAMS)
    assert known.yearly
    parts = nothing = 0
    for number in [*range(10, 12_000), *range(12_000, 1_000_000, 997), 10**9, 10**12 - 1, 10**12, 10**13]:
        text = str(number)
        worth = amount(text)
        slowly = {count: forms for count in PARTS if (forms := by_share(worth, count, known.figures, known.values))
                  and worth is not None and (worth[0], False) not in known.protected.public_values}
        assert _parts(text, known) == slowly, text
        parts += bool(slowly)
        harmless = _is_nothing(text, known)
        assert not harmless or not (_number_forms("", text, known) or slowly or text in known.beginnings), text
        nothing += harmless
    assert parts > 40
    assert nothing > 10_000


def test_numbers_that_hardly_recur_are_not_remembered() -> None:
    known = _known(PARAMS)
    for number in range(7_000_000, 7_000_009):
        assert judged(f"Item {number} is here.") == f"Item {number} is here."
    assert not any(each.startswith("700") and len(each) == 7 for each in (*known.numbers, *known.parts, *known.harmless))


def test_digits_that_begin_no_figure_are_known_as_such() -> None:
    known = _known(PARAMS)
    for number in range(10, 20_000):
        assert (str(number) in known.beginnings) == bool(by_start(str(number), known.figures)), number
