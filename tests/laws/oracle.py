"""What may be delivered of a text, worked out from the whole text at once: the measure of every stream and every API.

Nothing of the stream machine is used: the rules' findings in the whole text are taken as they are, the cut is the first
that blocks, and what is edited before it is put together in the plainest way. A delivered text that is not exactly this
leaked something, or lost something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    """``text``: what of it may go out; ``cut``: where it ends before its end, or None. ``spans``: what of the whole text
    may not go out as it is: the edited parts, and all from the cut on.
    """

    text: str
    cut: int | None
    spans: tuple[tuple[int, int], ...]


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

    def allowed(self, text: str, name: str = "content") -> Allowed:
        """``name``: the field's, which says whether it is JSON."""
        exchange = self.open()
        plain = Scan(self.plan.output, "assistant", name, exchange.context)
        scan = JsonScan(plain) if is_json(name) else plain
        outcomes = scan.advance(text, final=True) or []
        edits: list[tuple[int, int, int, str]] = []
        for each in outcomes:
            if isinstance(each, Placed) and (value := exchange.minted.restore(each.key)) is not None:
                edits.append((each.start, -each.end, -1, value))
        restored = [(start, -end) for start, end, _, _ in edits]
        cut: int | None = scan.unscannable if exchange.unreadable("text") in STOPS else None
        for outcome in outcomes:
            if not isinstance(outcome, tuple):
                continue
            bound, found = outcome
            if any(start <= found.start and found.end <= end for start, end in restored):
                continue
            action = bound.rule.action_for(found.entity)
            if bound.rule.mode != "enforce":
                continue
            if action.kind in STOPS:
                cut = found.start if cut is None else min(cut, found.start)
            elif action.kind in EDITS:
                words = _instead(exchange, action, found, scan.original(found))
                edits.append((found.start, -found.end, bound.order, words))
        return _delivered(text, name, sorted(edits), cut, complete=self.plan.complete)


def _instead(exchange: Exchange, action: Action, found: Finding, original: str) -> str:
    if action.kind is ActionKind.TOKENIZE:
        return exchange.minted.name(found.entity, original)
    if action.kind is ActionKind.HASH:
        return exchange.minted.digest(found.entity, original)
    return action.text if action.kind is ActionKind.REPLACE else f"<{found.entity or 'REDACTED'}>"


def _delivered(text: str, name: str, edits: list[tuple[int, int, int, str]], cut: int | None, *, complete: bool) -> Allowed:
    end = len(text) if cut is None else 0 if complete else cut
    merged: list[Edit] = []
    for start, minus, _, words in edits:  # of edits that overlap, the first one's words stand for all
        if start >= end:
            continue
        if merged and start < merged[-1].end:
            last = merged.pop()
            merged.append(Edit(name, last.start, max(last.end, -minus), last.replacement))
        else:
            merged.append(Edit(name, start, -minus, words))
    spans = [(each.start, each.end) for each in merged] + ([(end, len(text))] if cut is not None else [])
    if is_json(name):
        merged = fitted(text[: max([end, *[each.end for each in merged]])], merged)
    out, at = [], 0
    for each in merged:
        out += [text[at : each.start], each.replacement]
        at = each.end
    return Allowed("".join([*out, text[at:end]]), cut, tuple(spans))


def uncovered(text: str, allowed: Allowed, forbidden: re.Pattern[str]) -> list[str]:
    """Matches of ``forbidden`` in what ``text`` reads as, of which a character may go out: there must be none.

    It knows nothing of rules and guards, so it also sees what the rules' own reading of a whole text would miss.
    """
    read = canonical(text)
    sources = [at for at, char in enumerate(text) for _ in canonical(char)]
    out = []
    for found in forbidden.finditer(read):
        start, end = sources[found.start()], sources[found.end() - 1] + 1
        if not all(any(low <= at < high for low, high in allowed.spans) for at in range(start, end)):
            out.append(found.group())
    return out
