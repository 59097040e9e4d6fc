"""Judges texts that are JSON, as the arguments of a tool call are, by what their escapes stand for.

Whoever reads the arguments undoes ``\\u0034`` before looking, so guards must see the ``4``. Each escape is read on its
own, as canonical text is, so the same text is judged however it is cut; what is found leads back to what is written,
and never begins or ends inside an escape, so edits leave JSON. Structure (quotes, brackets, keys) is judged as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace

from gateway.core.json_text import is_json
from gateway.core.scan import Failed, Outcome, Placed, Scan
from gateway.core.stage import Stage
from gateway.core.types import Channel, Finding

_HEX = "[0-9a-fA-F]"
_HIGH = f"[dD][89abAB]{_HEX}{{2}}"
_LOW_BEGUN = rf"(?:\\(?:u(?:[dD](?:[c-fC-F]{_HEX}?)?)?)?)?"
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _escape(lone: str) -> re.Pattern[str]:
    return re.compile(rf'\\(?:["\\/bfnrt]|u(?:{_HIGH}\\u[dD][c-fC-F]{_HEX}{{2}}|{lone}{_HEX}{{4}}))')


_LAST = _escape("")
_FIRST = _escape(rf"(?!{_HIGH}{_LOW_BEGUN}\Z)")
"""While more may come: half of a pair at the end is no character yet."""
_OPEN = re.compile(rf"\\(?:u(?:{_HEX}{{0,3}}|{_HIGH}{_LOW_BEGUN})?)?\Z")
"""What may still become an escape."""


class Escapes:
    """Reads a growing JSON text and knows where each character of what it stands for is written.

    What is no escape stands for itself; half of a surrogate pair folds to nothing, as in every text.
    """

    __slots__ = ("_at", "_before", "_count", "_open", "_over")

    def __init__(self) -> None:
        self._open = ""
        self._count = 0
        """Characters read so far."""
        self._at: list[int] = []
        """Where an escape's character ends, in what was read."""
        self._over: list[int] = []
        """How many more characters were written than read up to there."""
        self._before = 0
        """The same for escapes that were forgotten."""

    def decode(self, text: str, *, final: bool = False) -> str:
        """What is decided of the text that ``text`` continues; all of it when it is ``final``."""
        text, self._open = self._open + text, ""
        if "\\" not in text:
            self._count += len(text)
            return text
        out: list[str] = []
        at, over = 0, self._over[-1] if self._over else self._before
        for found in (_LAST if final else _FIRST).finditer(text):
            start, end = found.span()
            out += (text[at:start], _meant(found.group()))
            self._count += start - at + 1
            over += end - start - 1
            self._at.append(self._count)
            self._over.append(over)
            at = end
        tail = None if final else _OPEN.search(text, at)
        stop = tail.start() if tail is not None else len(text)
        self._open = text[stop:]
        self._count += stop - at
        out.append(text[at:stop])
        return "".join(out)

    def plain(self, text: str) -> str:
        """``text`` follows, and is no JSON: nothing in it is an escape."""
        rest = self.decode("", final=True)
        self._count += len(text)
        return rest + text

    def raw(self, index: int) -> int:
        """Where the character that has ``index`` among those read is written, or what follows the last."""
        place = bisect_right(self._at, index)
        return index + (self._over[place - 1] if place else self._before)

    def index(self, offset: int) -> int:
        """Which character is written at ``offset``, or contains it."""
        place = bisect_right(range(len(self._at)), offset, key=lambda each: self._at[each] + self._over[each])
        index = offset - (self._over[place - 1] if place else self._before)
        return min(index, self._at[place] - 1) if place < len(self._at) else index

    def forget(self, index: int) -> None:
        """Nothing before ``index`` will be asked for any more."""
        place = bisect_right(self._at, index)
        if place:
            self._before = self._over[place - 1]
            del self._at[:place], self._over[:place]

    def written(self, outcome: Outcome) -> Outcome:
        """``outcome`` with the offsets of what is written."""
        if isinstance(outcome, Failed):
            return replace(outcome, start=self.raw(outcome.start))
        if isinstance(outcome, Placed):
            return replace(outcome, start=self.raw(outcome.start), end=self.raw(outcome.end))
        return outcome[0], self.moved(outcome[1])

    def moved(self, finding: Finding) -> Finding:
        """``finding`` with the offsets of what is written."""
        return replace(finding, start=self.raw(finding.start), end=self.raw(finding.end))


def _meant(escape: str) -> str:
    if escape[1] != "u":
        return _LETTERS.get(escape[1], escape[1])
    first, *second = (int(each, 16) for each in escape[2:].split("\\u"))
    return chr(0x10000 + ((first & 0x3FF) << 10) + (second[0] & 0x3FF) if second else first)


def unescaped(channel: Channel) -> tuple[str, Escapes] | None:
    """The text of ``channel`` with its JSON segments read; None when there is nothing to undo in it."""
    if not any("\\" in segment.text and is_json(segment.path) for segment in channel.segments):
        return None
    escapes, out = Escapes(), list[str]()
    for segment in channel.segments:
        out += [escapes.plain(channel.joiner)] if out else []
        out.append(escapes.decode(segment.text, final=True) if is_json(segment.path) else escapes.plain(segment.text))
    return "".join(out), escapes


class JsonScan:
    """What ``Scan`` is for other texts; every offset is one of the text as it is written.

    ``read``: what was decided in the last ``advance``, read as its reader will.
    """

    __slots__ = ("_scan", "base", "escapes", "frontier", "pending", "read")

    def __init__(self, scan: Scan) -> None:
        self._scan, self.escapes = scan, Escapes()
        self.pending = self.read = ""
        self.base = self.frontier = 0

    @property
    def stage(self) -> Stage:
        return self._scan.stage

    @property
    def path(self) -> str:
        return self._scan.path

    @property
    def unscannable(self) -> int | None:
        at = self._scan.unscannable
        return None if at is None else self.escapes.raw(at)

    def advance(self, text: str, *, final: bool = False) -> list[Outcome] | None:
        """Take in ``text``; the outcomes that became decided, or None when there are none."""
        self.pending += text
        self.read = self.escapes.decode(text, final=final)
        outcomes = self._scan.advance(self.read, final=final)
        self.frontier = self.escapes.raw(self._scan.frontier)
        return [self.escapes.written(each) for each in outcomes] if outcomes else None

    def take(self, end: int) -> str:
        """Remove and return what is written before the absolute offset ``end``."""
        taken, self.pending = self.pending[: max(0, end - self.base)], self.pending[max(0, end - self.base) :]
        self.base = max(self.base, end)
        index = self.escapes.index(self.base)
        self._scan.take(index)
        self.escapes.forget(index)
        return taken

    def original(self, finding: Finding) -> str:
        """What the text of ``finding`` stands for, as far as it is still pending."""
        start, end = self.escapes.index(finding.start), self.escapes.index(finding.end)
        return self._scan.original(replace(finding, start=start, end=end))
