"""What a client must have of one choice, to the character, whether it was cut or not: the oracle's word on all its fields.

Where fields come one after the other, each is judged to its end before the next begins, and the first that is cut is
the last that is told. Where a choice's words stay open beside its calls (``aside``), a cut in one field ends the others
where they have come to: what of them may still become a match stays held.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from tests.laws.oracle import Allowed, Oracle
from tests.laws.speakers import Field, Said, Speaker


@dataclass
class Expected:
    """``lead``: whether the refusal follows words that were told, in the same place. ``judged``: each field's parts and
    what may go out of them.
    """

    thoughts: str = ""
    content: str = ""
    calls: list[str] = field(default_factory=list)
    cut: bool = False
    lead: bool = False
    judged: list[tuple[Field, Allowed]] = field(default_factory=list)

    def add(self, each: Field, allowed: Allowed) -> None:
        if each.kind == "calls":
            self.calls.append(allowed.text)
        elif each.kind == "thoughts":
            self.thoughts = allowed.text
        else:
            self.content = allowed.text
        self.judged.append((each, allowed))


def expected(oracle: Oracle, speaker: Speaker, said: Said) -> Expected:
    """Of ``said``, by the API of ``speaker``."""
    out = Expected()
    fields = [each for each in speaker.fields(said) if each.kind == "calls" or any(each.parts)]
    (_beside if speaker.aside else _in_turn)(oracle, fields, out)
    if out.cut:
        out.lead = _follows(*out.judged[-1]) if speaker.apart else bool(out.content)
    return out


def _in_turn(oracle: Oracle, fields: list[Field], out: Expected) -> None:
    for each in fields:
        allowed = oracle.allowed(*each.parts, name=each.name)
        out.add(each, allowed)
        if allowed.cut is not None:
            out.cut = True
            return


def _beside(oracle: Oracle, fields: list[Field], out: Expected) -> None:
    for at, each in enumerate(fields):
        allowed = oracle.begun(*each.parts, name=each.name)
        if allowed.cut is None and each.kind == "thoughts" and at + 1 < len(fields):
            allowed = oracle.allowed(*each.parts, name=each.name)  # thoughts end where something else begins
        out.add(each, allowed)
        if allowed.cut is not None:
            out.cut = True
            return
    told, out.calls, out.judged = out.judged, [], []
    for each, begun in told:
        out.add(each, begun if out.cut else oracle.allowed(*each.parts, name=each.name))
        out.cut = out.cut or out.judged[-1][1].cut is not None


def _follows(each: Field, allowed: Allowed) -> bool:
    """Whether something was told of the part in which the cut stands, where that is one of the content's."""
    starts = [0, *accumulate(map(len, each.parts))][: len(each.parts)]
    return each.kind == "content" and allowed.reached > starts[bisect_right(starts, allowed.reached) - 1]
