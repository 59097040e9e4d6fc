"""Law 7: a stream of plain English under the shipped policies waits for a word or two, not for a window."""

from __future__ import annotations

import re

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.types import Context

PROSE = """
The library opens at nine on weekdays and at ten on Saturdays. Most people who come early sit by the tall windows, where
the light is best, and read the papers before they start to work. There is a small kitchen behind the desk; tea costs
nothing, but everyone is asked to wash their own cup. If you would like to borrow a book, take it to the desk together
with your card. You can keep it for four weeks, and you can ask for four more, as long as nobody else is waiting for it.
Books that come back late are not fined any more. The trustees found that fines kept families away, and that the money
they brought in hardly paid for the letters. Since then the shelves have been fuller, not emptier, than before.

Upstairs there are six rooms for groups. The largest has a screen and a long table, and is often taken by the chess club
on Tuesday evenings, when twenty or thirty members play until the lights go out. The others are quiet. A plan of the
building hangs next to the lift. Children are welcome everywhere, and a story is read to them on Friday at half past
three, in the corner with the green carpet. Last spring the roof was mended, so the buckets have gone, too, at last!

How does a new book get onto the shelf? First somebody has to ask for it. The list of wishes is read once a month; about
two in three are bought, new or second hand. Each book is then covered, stamped and entered into the catalogue. That
takes a week or so, because volunteers do it in their spare time. What nobody has read for ten years is sold in June, in
the yard, and what is left after the sale goes to the school in the next village, which has hardly any money for books.
"""
TOKENS = re.findall(r"\s*\S{1,6}", " ".join(PROSE.split()))


def test_typical_holds(shipped: Plan) -> None:
    field = Exchange(shipped, Context("d")).field(0, "content")
    out, held = "", []
    for token in TOKENS:
        out += field.feed(token)
        held.append(field.held)
    assert out + field.finish() == " ".join(PROSE.split())
    held.sort()
    half, most = held[len(held) // 2], held[len(held) * 99 // 100]
    assert half <= 11, held
    assert most <= 20, held
    assert field.longest_hold <= 40, held


def test_what_no_pattern_goes_on_from_leaves_at_once(shipped: Plan) -> None:
    field = Exchange(shipped, Context("d")).field(0, "content")
    assert field.feed("That was all. ") == "That was all. "
    assert field.held == 0
