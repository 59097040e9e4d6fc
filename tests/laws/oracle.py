"""What may be delivered of a text, worked out from the whole text at once: the measure of every stream and every API.

Nothing of the stream machine is used: the rules' findings in the whole text are taken as they are, the cut is the first
that blocks, and what is edited before it is put together in the plainest way. A delivered text that is not exactly this
leaked something, or lost something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.json_scan import JsonScan
from gateway.core.json_text import fitted, is_json
from gateway.core.policy import EDITS, STOPS, Action, ActionKind
from gateway.core.scan import Placed, Scan
from gateway.core.text import canonical
from gateway.core.types import Channel, Context, Edit, Finding


@dataclass(frozen=True)
class Allowed:
    """``texts``: what of each part may go out; ``cut``: where all of it ends before its end, or None. ``spans``: what of
    the whole text may not go out as it is: the edited parts, and all from where it ends. ``reached``: how far of it is
    let go or edited.
    """

    texts: tuple[str, ...]
    cut: int | None
    spans: tuple[tuple[int, int], ...]
    reached: int

    @property
    def text(self) -> str:
        return "".join(self.texts)


@dataclass(frozen=True)
class Oracle:
    """For the answer to one request: ``plan`` judges it, ``asked`` is what made the request's placeholders."""

    plan: Plan
    asked: tuple[Channel, ...] = ()

    def open(self) -> Exchange:
        """An exchange as the flow opens one for this request."""
        exchange = Exchange(self.plan, Context("d", placeholder_keys=(b"key",)))
        exchange.judge_input(self.asked)
        return exchange

    def allowed(self, *parts: str, name: str = "content") -> Allowed:
        """For a text, or ``parts`` that read as one; ``name``: the field's, which says whether it is JSON."""
        exchange, text = self.open(), "".join(parts)
        starts = [len("".join(parts[:at])) for at in range(len(parts))]
        found = self._found(exchange, text, name)
        if len(parts) > 1:
            found = _in_parts(starts, found, [self._found(exchange, part, name) for part in parts])
        cuts = [each.start for each in found if each.words is None]
        cut = min(cuts) if cuts else None
        return _delivered(text, starts, name, sorted(found, key=_order), cut, self._let_go(text, name, cut))

    def begun(self, *parts: str, name: str) -> Allowed:
        """For ``parts`` of a text that has not ended with the last: what may still become a match is held back.

        ``cut`` says whether it is cut by then.
        """
        exchange, text = self.open(), "".join(parts)
        starts = [len("".join(parts[:at])) for at in range(len(parts))]
        scan, last = self._scan(name), self._scan(name)
        found = self._found(exchange, text, name, scan, final=False)
        frontier = scan.frontier
        if len(parts) > 1:
            alone = [*[self._found(exchange, part, name) for part in parts[:-1]],
                     self._found(exchange, parts[-1], name, last, final=False)]  # fmt: skip
            found = _in_parts(starts, found, alone)
            frontier = min(frontier, starts[-1] + last.frontier)
        cuts = [each.start for each in found if each.words is None and each.start < frontier]
        if self.plan.complete:
            return _delivered(text, starts, name, [], None, 0)
        if cuts:
            return _delivered(text, starts, name, sorted(found, key=_order), min(cuts), self._let_go(text, name, min(cuts)))
        end = _short(text, name, frontier, self.plan.tail)
        for each in sorted(found, key=_order):  # an edit goes out as a whole, or waits
            if each.words is not None and each.start < end < _joined(found, each):
                end = each.start
        return _delivered(text, starts, name, sorted(found, key=_order), None, end)

    def _let_go(self, text: str, name: str, cut: int | None) -> int:
        """How far ``text`` goes out that is cut there: of a policy that holds more, not to the cut."""
        if cut is None:
            return len(text)
        return 0 if self.plan.complete else _short(text, name, cut, self.plan.tail)

    def _scan(self, name: str) -> Scan | JsonScan:
        plain = Scan(self.plan.output, "assistant", name, self.open().context)
        return JsonScan(plain) if is_json(name) else plain

    def _found(
        self, exchange: Exchange, text: str, name: str, scan: Scan | JsonScan | None = None, *, final: bool = True
    ) -> list[_Found]:
        """What the rules find in ``text`` that counts."""
        scan = scan or self._scan(name)
        outcomes = scan.advance(text, final=final) or []
        out: list[_Found] = []
        for each in outcomes:
            if isinstance(each, Placed) and (value := exchange.minted.restore(each.key)) is not None:
                out.append(_Found(each.start, each.end, -1, value))
        restored = [(each.start, each.end) for each in out]
        if scan.unscannable is not None and exchange.unreadable("text") in STOPS:
            out.append(_Found(scan.unscannable, scan.unscannable + 1, 0, None))
        for outcome in outcomes:
            if not isinstance(outcome, tuple):
                continue
            bound, found = outcome
            if any(start <= found.start and found.end <= end for start, end in restored):
                continue
            action = bound.rule.action_for(found.entity)
            if bound.rule.mode == "enforce" and action.kind in STOPS:
                out.append(_Found(found.start, found.end, bound.order, None))
            elif bound.rule.mode == "enforce" and action.kind in EDITS:
                words = _instead(exchange, action, found, scan.original(found))
                out.append(_Found(found.start, found.end, bound.order, words))
        return out


@dataclass(frozen=True)
class _Found:
    """``words``: what stands in its place; None: the text is cut there."""

    start: int
    end: int
    order: int
    words: str | None


def _instead(exchange: Exchange, action: Action, found: Finding, original: str) -> str:
    if action.kind is ActionKind.TOKENIZE:
        return exchange.minted.name(found.entity, original)
    if action.kind is ActionKind.HASH:
        return exchange.minted.digest(found.entity, original)
    return action.text if action.kind is ActionKind.REPLACE else f"<{found.entity or 'REDACTED'}>"


_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")


def _short(text: str, name: str, at: int, tail: int) -> int:
    """Where ``tail`` characters before ``at`` begin; in JSON an escape is one character."""
    if not tail:
        return at
    if not is_json(name):
        return max(0, at - tail)
    starts = [each.start() for each in re.finditer(_ESCAPE.pattern + "|.", text, re.DOTALL) if each.start() < at]
    return starts[-tail] if tail <= len(starts) else 0


def _in_parts(starts: list[int], found: list[_Found], alone: list[list[_Found]]) -> list[_Found]:
    """What counts of parts that begin at ``starts``: of all of it what spans a joint, and what is found in each alone."""
    own = [replace(each, start=each.start + start, end=each.end + start)
           for start, part in zip(starts, alone, strict=True) for each in part]  # fmt: skip
    return [*[each for each in found if any(each.start < start < each.end for start in starts)], *own]


def _order(found: _Found) -> tuple[int, int, int]:
    return found.start, -found.end, found.order


def _joined(found: list[_Found], first: _Found) -> int:
    """Where the edit ends that ``first`` begins: those that overlap are one."""
    end = first.end
    for each in sorted(found, key=_order):
        if each.words is not None and first.start <= each.start < end:
            end = max(end, each.end)
    return end


def _delivered(text: str, starts: list[int], name: str, found: list[_Found], cut: int | None, end: int) -> Allowed:
    """Of ``text``, which is cut there, what goes out if it goes to ``end``."""
    merged: list[Edit] = []
    for each in found:  # of edits that overlap, the first one's words stand for all
        if each.words is None or each.start >= end:
            continue
        if merged and each.start < merged[-1].end:
            last = merged.pop()
            merged.append(Edit(name, last.start, max(last.end, each.end), last.replacement))
        else:
            merged.append(Edit(name, each.start, each.end, each.words))
    spans = [(each.start, each.end) for each in merged] + ([(end, len(text))] if end < len(text) else [])
    if is_json(name):
        merged = fitted(text[: max([end, *[each.end for each in merged]])], merged)
    places = [0] * len(text)
    for place, start in enumerate(starts):
        places[start:] = [place] * (len(text) - start)
    out, at = [""] * len(starts), 0
    for each in [*merged, Edit(name, max([end, *[each.end for each in merged]]), len(text), "")]:
        for index in range(at, min(each.start, end)):
            out[places[index]] += text[index]
        if each.replacement:
            out[places[each.start]] += each.replacement
        at = max(at, each.end)
    return Allowed(tuple(out), cut, tuple(spans), max([end, *[each.end for each in merged]]))


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def uncovered(
    parts: Sequence[str], allowed: Allowed, forbidden: Iterable[re.Pattern[str]], *, escaped: bool = False
) -> list[str]:
    """Matches of ``forbidden`` in what the ``parts`` read as, of which a character may go out: there must be none.

    It knows nothing of rules and guards, so it also sees what the rules' own reading of a whole text would miss. Inside a
    part only that part's own matches count, as they do not depend on where those before it end. ``escaped``: the text is
    JSON, where the letter of an escape is no letter of a word: ``\\nann@`` is a line's end before ann.
    """
    if escaped:
        parts = [_ESCAPE.sub(_no_letter, part) for part in parts]
    found, start = [], 0
    for part in parts:
        found += [(low + start, high + start) for low, high in _matches(part, forbidden)]
        start += len(part)
        found += [(low, high) for low, high in _matches("".join(parts), forbidden) if low < start < high]
    text = "".join(parts)
    return [text[start:end] for start, end in found
            if not all(any(low <= at < high for low, high in allowed.spans) for at in range(start, end))]


def _no_letter(escape: re.Match[str]) -> str:
    """Blanks instead of ``escape``, unless it stands for a letter or a figure: then it stays as it is written."""
    return escape[0] if escape[1] and chr(int(escape[1], 16)).isalnum() else " " * len(escape[0])


def _matches(text: str, forbidden: Iterable[re.Pattern[str]]) -> list[tuple[int, int]]:
    """Where in ``text`` the expressions match what it reads as; each on its own."""
    sources = [at for at, char in enumerate(text) for _ in canonical(char)]
    read = canonical(text)
    return [(sources[found.start()], sources[found.end() - 1] + 1) for each in forbidden for found in each.finditer(read)]
