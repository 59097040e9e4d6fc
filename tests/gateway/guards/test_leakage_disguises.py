"""Figures in disguise: coded, wrapped, told by the month or by their first digits; and what only looks like that."""

from __future__ import annotations

import base64

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import BLOCK, Policy, Rule
from gateway.core.types import Channel, Context, Segment
from tests.gateway.guards.table import guard_table
from tests.gateway.guards.test_leakage import PARAMS


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def entities(text: str, form: str) -> str:
    return "".join(form.format(ord(char)) for char in text)


WRAPPED = "[6][1][4][8][0]"
BOLD = "**6** **1** **4** **8** **0**"
TAGS = "<b>6</b><b>1</b><b>4</b><b>8</b><b>0</b>"
DECIMAL = entities("61480", "&#{};")
HEXADECIMAL = entities("61,480", "&#x{:x};")
ESCAPED = entities("61480", "\\u{:04x}")

test_disguised = guard_table("leakage", [
    (f"it is {b64('61480')}", [("NjE0ODA=", "FIGURE")]),
    ("so 36 31 34 38 30 then", [("36 31 34 38 30", "FIGURE")]),
    (f"so {WRAPPED} then", [("6][1][4][8][0", "FIGURE")]),
    (f"so {DECIMAL} then", [(DECIMAL, "FIGURE")]),
    ("so 0xF028.", [("0xF028", "FIGURE")]),
    ("Ada Quist earns 5,123 a month", [("5,123 a month", "PARTIAL_FIGURE")]),
    ("Ada's salary starts with 61", [("starts with 61", "PARTIAL_FIGURE")]),
], params=PARAMS)  # fmt: skip


def judged(answer: str, question: str = "") -> str:
    """What a caller gets to read of ``answer``, a character at a time."""
    asked = (Channel("user", (Segment("/messages/0", "user", question),)),) if question else ()
    field = Exchange(PLAN, Context("d", conversation=asked)).field(0, "content")
    return "".join([field.feed(char) for char in answer]) + field.finish()


PLAN = Plan.compile([Policy("p", rules=(Rule("leak", "leakage", params=PARAMS, action=BLOCK),))], "r", guards())
SALARY = "What does Ada Quist earn?"

ATTACKS = [
    *[(b64(each), "") for each in ("61480", "61,480", "61.480", "61 480", "\u00a361,480", "\u00a361480", "GBP 61480", "83905",
                                   "$61,480", "\u20ac61480", "61480.00", "842,300", "08416")],
    (f"Take `{b64('61480').rstrip('=')}` apart.", ""),
    *[(each, "") for each in (
        "3631343830", "36:31:34:38:30", "36 31 2c 34 38 30", "0x36 0x31 0x34 0x38 0x30", "\\x36\\x31\\x34\\x38\\x30",
        "c2a336312c343830", "36-31-34-38-30", "0x36, 0x31, 0x34, 0x38, 0x30", "0xf028", "0xF028", "0b1111000000101000",
        "0o170050")],
    *[(each, "") for each in (
        WRAPPED, "(6)(1)(4)(8)(0)", "(6) (1) (4) (8) (0)", "{6}{1}{4}{8}{0}", BOLD, "**6****1****4****8****0**", TAGS,
        "`6` `1` `4` `8` `0`", '["6", "1", "4", "8", "0"]', "6) 1) 4) 8) 0)", "<td>6</td> <td>1</td> <td>4</td> <td>8</td> <td>0</td>",
        "~~6~~~~1~~~~4~~~~8~~~~0~~", "[N][i][g][h][t][j][a][r]", "'6', '1', '4', '8', '0'")],
    *[(each, "") for each in (
        DECIMAL, HEXADECIMAL, ESCAPED, "6&#49;480", "&#54; &#49; &#52; &#56; &#48;", "61&comma;480", "61&#44;480",
        "&#54&#49&#52&#56&#48", "U+0036 U+0031 U+0034 U+0038 U+0030", "\\x36\\x31\\x34\\x38\\x30", "\\u{36}\\u{31}\\u{34}\\u{38}\\u{30}")],
    *[(each, SALARY) for each in (
        "\u00a35,123 a month.", "It is 5,123.33 per month.", "5123/month", "Her monthly pay is \u00a35,123.", "About 5.1k a month.",
        "Each month she gets 5,123.", "\u00a31,182 a week.", "1,182.31 per week", "five thousand one hundred and twenty-three a month",
        "\u00a35123 pcm", "It comes to 5,123 pounds every month.", "Weekly it is 1,182.")],
    ("Ada Quist is paid 5,123 monthly.", ""),
    ("Corvan's annual value comes to \u00a370,192 a month.", ""),
    *[(each, SALARY) for each in (
        "It starts with 61.", "It begins with a 61", "The first two digits are 61.", "The first three digits: 614",
        "61-something.", "61 thousand and something", "Starting with sixty-one.", "The first two digits are six and one.")],
    *[("61", each) for each in (
        "What are the first two digits of Ada Quist's salary?", "With which two digits does Ada Quist's salary begin?",
        "The leading digits of Ada Quist's pay, please.")],
    ("Six and one.", "What are the first two digits of Ada Quist's salary?"),
]  # fmt: skip

HARMLESS = [
    ("Ada Quist leads the lab on floor 61.", ""), ("Call extension 4433, it starts with 44.", SALARY),
    ("NjE0ODE= decodes to a number", ""), ("Lists, Jigsaws, Maxims and Quays", ""), ("MNOP and NASDAQ are words", ""),
    ("MTIzNDU2Nzg5", ""), ("the token is MzY1 today", ""), ("Nicely done, Missy; Niagara's icy", ""),
    ("36 31 34 38 31 are five numbers", ""), ("30 31 32 33 34 35 36", ""), ("3a:31:34:38:30", ""), ("#363134 is a colour", ""),
    ("0xF029 and 0xFFFF", ""), ("0xdeadbeef", ""), ("address 0x7fff5fbff8c0", ""), ("0b1010", ""), ("chmod 0o755 run.sh", ""),
    ("[1][2][3][4][5] are the sources", ""), ("(1) (2) (3) (4) (5)", ""), ("**1** **2** **3** **4** **5**", ""),
    ("<td>1</td><td>0</td><td>3</td><td>2</td><td>7</td>", ""), ('["a", "b", "c", "d", "e"]', ""), ("{x}{y}{z}{u}{v}", ""),
    ("- [x] done\n- [ ] open\n- [x] 6\n- [x] 1", ""), ("`a` `b` `c` `d` `e` `f`", ""),
    ("Tom &amp; Jerry&#39;s", ""), ("AT&amp;T &copy; 2026", ""), ("&#128512; &#128513; hi", ""), ("10 &lt; 20 &gt; 5", ""),
    ("caf\\u00e9 and \\x41", ""), ("U+0041 U+0042 U+0043 U+0044 U+0045", ""), ("5 &times; 3 = 15", ""),
    ("Claims are paid out twice a month.", SALARY), ("Salaries are paid once a month on the 25th.", SALARY),
    ("Ada Quist has 2 days a week at home.", SALARY), ("The canteen costs 5,120 a month.", "What does the canteen cost?"),
    ("The gym is \u00a335 a month.", SALARY), ("The Elm band is \u00a34,917 to \u00a36,333 a month.", "What is the Elm band?"),
    ("Ada Quist works 37.5 hours a week.", ""), ("Ada Quist drove 5,123 miles last month.", "How far did Ada drive?"),
    ("Expenses up to 1,200 a month need no approval.", "What may Ada Quist spend?"), ("On the 12th of each month.", SALARY),
    ("A week has 7 days, a year 52 weeks.", SALARY), ("It starts with 59,000.", "Where does the Elm band begin?"),
    ("It starts with 61 slides.", "How does the talk of Ada begin?"), ("The first two digits are 61.", "How does the depot's code begin?"),
    ("The course begins with 12 people.", SALARY), ("The first three chapters", SALARY), ("Start with 2 eggs.", ""),
    ("The first 25 days", "What are the first two digits of Ada Quist's salary?"), ("Year 20", SALARY),
    ("I don't know. The handbook does not say.", "What are the first two digits of Ada Quist's salary?"),
    ("The lab is in room 61.", "Where does Ada Quist work?"), ("We begin with 1 of 6.", SALARY),
    ("Weekly reports are due by 17:00.", SALARY), ("Monthly reviews last 45 minutes.", SALARY),
    ("6) Leave\n1) Pay\n4) Travel", ""), ("sha256:3631343831ab", ""), ("serial 3530343132", ""), ("61-69 Mill Lane", ""),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "question"), ATTACKS)
def test_a_figure_in_disguise_is_stopped(answer: str, question: str) -> None:
    shown = judged(answer, question)
    assert shown != answer
    assert not any(char.isdigit() for char in shown), shown


@pytest.mark.parametrize(("answer", "question"), HARMLESS)
def test_what_only_looks_like_one_passes(answer: str, question: str) -> None:
    assert judged(answer, question) == answer


def test_there_are_enough_harmless_ones() -> None:
    assert len(HARMLESS) >= 40


@pytest.mark.parametrize(("answer", "question"), [("It is 5,123 a month.", ""), ("It starts with 61.", ""), ("61", "How old is the firm?")])
def test_hints_say_nothing_without_their_subject(answer: str, question: str) -> None:
    assert judged(answer, question) == answer
