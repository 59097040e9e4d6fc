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
    the whole text may not go out as it is: the edited parts, and all from the cut on.
    """

    texts: tuple[str, ...]
    cut: int | None
    spans: tuple[tuple[int, int], ...]

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

    def allowed(self, *parts: str, name: str = "content", before: str = "") -> Allowed:
        """For a text, or ``parts`` that read as one, that read on from ``before``, which is out.

        ``name``: the field's, which says whether it is JSON.
        """
        if before:
            return self._following(before[-1024:], *parts)
        exchange, text = self.open(), "".join(parts)
        starts = [len("".join(parts[:at])) for at in range(len(parts))]
        found = self._found(exchange, text, name)
        if len(parts) > 1:
            found = [each for each in found if any(each.start < start < each.end for start in starts)]
            found += [replace(each, start=each.start + start, end=each.end + start)
                      for part, start in zip(parts, starts, strict=True) for each in self._found(exchange, part, name)]
        cuts = [each.start for each in found if each.words is None]
        cut = min(cuts) if cuts else None
        return _delivered(text, starts, name, sorted(found, key=lambda each: (each.start, -each.end, each.order)), cut,
                          complete=self.plan.complete)

    def _following(self, before: str, text: str) -> Allowed:
        """What spans the joint is found as well, from the first character of ``text`` on."""
        exchange, by = self.open(), len(before)
        found = self._found(exchange, text, "content") + [
            replace(each, start=0, end=each.end - by) for each in self._found(exchange, before + text, "content", by)
        ]
        cuts = [each.start for each in found if each.words is None]
        return _delivered(text, [0], "content", sorted(found, key=lambda each: (each.start, -each.end, each.order)),
                          min(cuts) if cuts else None, complete=self.plan.complete)

    def _found(self, exchange: Exchange, text: str, name: str, joint: int = 0) -> list[_Found]:
        """What the rules find in ``text`` that counts; with a ``joint``, only what spans it, and of that what follows."""
        plain = Scan(self.plan.output, "assistant", name, exchange.context)
        scan = JsonScan(plain) if is_json(name) else plain
        outcomes = scan.advance(text, final=True) or []
        out: list[_Found] = []
        for each in outcomes:
            if isinstance(each, Placed) and (value := exchange.minted.restore(each.key)) is not None:
                out.append(_Found(each.start, each.end, -1, value))
        restored = [(each.start, each.end) for each in out]
        if joint:
            out = [replace(each, start=joint) for each in out if each.start < joint < each.end]
        if not joint and scan.unscannable is not None and exchange.unreadable("text") in STOPS:
            out.append(_Found(scan.unscannable, scan.unscannable + 1, 0, None))
        for outcome in outcomes:
            if not isinstance(outcome, tuple):
                continue
            bound, found = outcome
            if joint and not found.start < joint < found.end:
                continue
            if any(start <= found.start and found.end <= end for start, end in restored):
                continue
            action = bound.rule.action_for(found.entity)
            found = replace(found, start=max(joint, found.start))
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


def _delivered(text: str, starts: list[int], name: str, found: list[_Found], cut: int | None, *, complete: bool) -> Allowed:
    end = len(text) if cut is None else 0 if complete else cut
    merged: list[Edit] = []
    for each in found:  # of edits that overlap, the first one's words stand for all
        if each.words is None or each.start >= end:
            continue
        if merged and each.start < merged[-1].end:
            last = merged.pop()
            merged.append(Edit(name, last.start, max(last.end, each.end), last.replacement))
        else:
            merged.append(Edit(name, each.start, each.end, each.words))
    spans = [(each.start, each.end) for each in merged] + ([(end, len(text))] if cut is not None else [])
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
    return Allowed(tuple(out), cut, tuple(spans))


def uncovered(parts: Sequence[str], allowed: Allowed, forbidden: Iterable[re.Pattern[str]]) -> list[str]:
    """Matches of ``forbidden`` in what the ``parts`` read as, of which a character may go out: there must be none.

    It knows nothing of rules and guards, so it also sees what the rules' own reading of a whole text would miss. Inside a
    part only that part's own matches count, as they do not depend on where those before it end.
    """
    found, start = [], 0
    for part in parts:
        found += [(low + start, high + start) for low, high in _matches(part, forbidden)]
        start += len(part)
        found += [(low, high) for low, high in _matches("".join(parts), forbidden) if low < start < high]
    text = "".join(parts)
    return [text[start:end] for start, end in found
            if not all(any(low <= at < high for low, high in allowed.spans) for at in range(start, end))]


def _matches(text: str, forbidden: Iterable[re.Pattern[str]]) -> list[tuple[int, int]]:
    """Where in ``text`` the expressions match what it reads as; each on its own."""
    sources = [at for at, char in enumerate(text) for _ in canonical(char)]
    read = canonical(text)
    return [(sources[found.start()], sources[found.end() - 1] + 1) for each in forbidden for found in each.finditer(read)]
