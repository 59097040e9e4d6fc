"""Judges what a caller sends, as a whole: every channel by patterns and by what detectors read, into one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from gateway.core.decode import MAX_DEPTH, smuggled
from gateway.core.disguised import disguised, is_suspicious
from gateway.core.edits import localize, merge, starts
from gateway.core.json_scan import Escapes
from gateway.core.json_text import fitted, is_json
from gateway.core.looked import LONG, Looked, as_read, is_light, look, weight
from gateway.core.policy import EDITS, STOPS
from gateway.core.readings import outcomes as read
from gateway.core.scan import Failed, Outcome, Scan
from gateway.core.stage import BoundRule, Stage, Want
from gateway.core.types import Channel, Decision, Edit, Finding, State, Unscannable, Verdict
from gateway.core.whole import of_call
from gateway.core.windows import Ask, passages

if TYPE_CHECKING:
    from gateway.core.exchange import Exchange

_KEY: Final = "/~key"


class Given:
    """One request's ``channels`` under judgement by ``exchange``; only one thread at a time may use it."""

    __slots__ = ("_blocking", "_channels", "_edits", "_exchange", "_findings", "_looked", "_respond")

    def __init__(self, exchange: Exchange, channels: tuple[Channel, ...]) -> None:
        self._exchange, self._channels = exchange, channels
        self._looked: list[Looked] | None = None
        self._findings: list[Finding] = []
        self._edits: list[Edit] = []
        self._blocking: list[tuple[int, str]] = []
        self._respond = ""

    def is_light(self) -> bool:
        """Whether the verdict surely takes no longer than others may be held up; else it belongs into a thread."""
        return weight(self._channels) <= LONG and is_light(self._exchange.plan.input, self._look())

    def _look(self) -> list[Looked]:
        if self._looked is None:
            stage = self._exchange.plan.input
            self._looked = [look(stage, channel) for channel in self._channels if channel.kind == "text"]
        return self._looked

    def verdict(self, unscannable: tuple[Unscannable, ...] = ()) -> Verdict:
        """See ``Exchange.judge_input``. May be asked once."""
        channels, exchange, stage = self._channels, self._exchange, self._exchange.plan.input
        looked = iter(self._look())
        for channel in channels:
            if channel.kind != "text":
                self._call(channel)
                continue
            each = next(looked)
            if each.closer:
                self._patterns(each)
            if stage.wants:
                self._readings(each)
        for part in unscannable:
            if exchange.unreadable(part.kind) in STOPS:
                self._blocking.append((len(stage.rules), f"unscannable:{part.kind}"))
        exchange.gave(verdict := self._put_together())
        return verdict

    def _put_together(self) -> Verdict:
        channels, exchange = self._channels, self._exchange
        roles = channels[0].role if len(channels) == 1 else frozenset([channel.role for channel in channels])
        clean = exchange.plan.clean_input(roles)
        blocking = self._blocking
        if not self._findings and not blocking and exchange.quiet:
            return clean
        return Verdict(
            Decision.BLOCK if blocking else Decision.ALLOW,
            tuple(self._findings),
            () if blocking else _fitting(channels, merge(self._edits)),
            exchange.noted("input", clean.states),
            exchange.refused(exchange.plan.refusal) if blocking else "",
            tuple(dict.fromkeys(rule for _, rule in sorted(blocking))),
            self._respond if blocking else "",
        )

    def _patterns(self, each: Looked) -> None:
        exchange, text = self._exchange, each.text
        scan = Scan(exchange.plan.input, each.channel.role, "", exchange.context)
        outcomes = list(scan.whole(text, each.data, each.hits) or ())
        for hidden in smuggled(text):
            outcomes += scan.inside(hidden, (0, len(text)), MAX_DEPTH, "smuggled")
        if each.hint or is_suspicious(scan, text):
            outcomes += disguised(scan, text, outcomes)
        if scan.unscannable is not None and exchange.unreadable("text") in STOPS:
            self._blocking.append((len(exchange.plan.input.rules), "unscannable:text"))
        self._weigh(outcomes, each.channel, text, each.escapes)

    def _readings(self, each: Looked) -> None:
        answers = self._exchange.answers
        self._weigh([
            found for want, ask in asked(self._exchange.plan.input, each.channel, each.text, each.escapes)
            for found in read(want, ask, answers.get(ask.question), "input", "")
        ], each.channel, each.text, each.escapes)  # fmt: skip

    def _call(self, channel: Channel) -> None:
        """Rules for calls judge the tool's name, and what it is called with."""
        stage = self._exchange.plan.input
        for index, outcomes in of_call(channel, stage.wholes, self._exchange.context) if stage.wholes else ():
            alone = Channel(channel.role, (channel.segments[index],))
            self._weigh(outcomes, alone, alone.text, None)

    def _weigh(self, outcomes: list[Outcome], channel: Channel, text: str, escapes: Escapes | None) -> None:
        if not outcomes:
            return
        failed = [each for each in outcomes if isinstance(each, Failed)]
        begins = starts(channel)
        for each in outcomes:
            if isinstance(each, tuple):
                self._found(*each, channel, begins, text, escapes)
        if failed:
            self._not_judged(failed, channel, begins, escapes)

    def _found(
        self, bound: BoundRule, finding: Finding, channel: Channel, begins: list[int], text: str,
        escapes: Escapes | None,
    ) -> None:
        exchange = self._exchange
        original = text[finding.start : finding.end]
        parts = _parts(channel, begins, finding, escapes)
        kind, said, state = exchange.weigh(bound, finding, original, "input")
        if state is State.ALLOWED:
            return
        exchange.note(bound.rule.id, "input", state)
        for path, start, end in parts:
            self._findings.append(Finding(finding.rule, path, start, end, finding.score, finding.entity))
        if kind in STOPS:
            self._blocking.append((bound.order, bound.rule.id))
            self._respond = self._respond or said
        elif kind in EDITS and any(path.endswith(_KEY) for path, _, _ in parts):
            self._blocking.append((bound.order, bound.rule.id))  # a key cannot change without changing the meaning
        elif kind in EDITS:
            for index, (path, start, end) in enumerate(parts):
                self._edits.append(Edit(path, start, end, said if index == 0 else ""))

    def _not_judged(
        self, failed: list[Failed], channel: Channel, begins: list[int], escapes: Escapes | None
    ) -> None:
        exchange = self._exchange
        for each in failed:
            exchange.note(each.bound.rule.id, "input", each.state)
            kind, blamed = exchange.unjudged(each)
            if kind in STOPS:
                self._blocking.append((each.bound.order, blamed))
        for each in exchange.marked(failed):
            mark = exchange.mark(each, "")
            for path, start, end in _parts(channel, begins, mark, escapes):
                self._findings.append(Finding(mark.rule, path, start, end, mark.score, mark.entity))


def asked(
    stage: Stage, channel: Channel, text: str, escapes: Escapes | None
) -> Iterator[tuple[Want, Ask]]:
    """The questions about ``text``, which is what ``channel`` reads as, and for whom they are asked."""
    role = channel.role
    if any(role in want.roles for want in stage.wants):
        for passage in passages(text, _ends(channel, escapes)):
            yield from stage.asks(passage, role)


def needs(stage: Stage, channels: Iterable[Channel]) -> Iterator[Ask]:
    """See ``gateway.core.engine.Plan.needs``."""
    if stage.wants:
        for channel in channels:
            if channel.kind != "text":
                continue
            for _, ask in asked(stage, channel, *as_read(channel)):
                yield ask


def _ends(channel: Channel, escapes: Escapes | None) -> list[int]:
    """Where the channel's segments end, but the last."""
    ends, at = [], 0
    for segment in channel.segments[:-1]:
        at += len(segment.text)
        ends.append(at if escapes is None else escapes.index(at))
        at += len(channel.joiner)
    return ends


def _parts(
    channel: Channel, begins: list[int], finding: Finding, escapes: Escapes | None
) -> tuple[tuple[str, int, int], ...]:
    written = finding if escapes is None else escapes.moved(finding)
    return localize(channel, begins, written.start, written.end)


def _fitting(channels: tuple[Channel, ...], edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """``edits``, with those in texts that are JSON changed so that they stay JSON."""
    if not any(is_json(edit.path) for edit in edits):
        return edits
    texts = {segment.path: segment.text for channel in channels for segment in channel.segments}
    out: list[Edit] = []
    for path, group in groupby(edits, key=lambda edit: edit.path):
        ours = list(group)
        out += fitted(texts[path], ours) if is_json(path) else ours
    return tuple(out)
