"""Judges the items of ``wardgate scan`` in batches: detectors are asked about all texts of a batch at once.

Each item becomes one row. Its score is the highest that any rule gave anything in it, below the threshold too; its
findings are those above, and the decision follows from them as the rules say.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.cli.scan_items import Item
from gateway.cli.scan_rules import Asked, Rules, Scanned
from gateway.core.exchange import Exchange
from gateway.core.policy import EDITS, STOPS, UNJUDGED, ActionKind, Rule
from gateway.core.types import Channel, Context, Finding, Role, RuleState, Segment, State
from gateway.core.windows import Answer, Ask, Question
from gateway.detectors.answers import read_now
from gateway.errors import ConfigError

Row = dict[str, Any]
_PATH = "/text"
_UNJUDGED = (State.ERROR, State.TIMEOUT, State.UNSCANNABLE)
GRAVITY = ("allow", "flag", "edit", "block")
"""Decisions, from what lets the text through to what does not."""


class Judge:
    """Judges by the rules that were asked for."""

    def __init__(self, asked: Asked) -> None:
        self.rules = Rules(asked)
        self._now = time.time()

    def rows(self, items: Sequence[Item]) -> list[Row | ConfigError]:
        """One row for each item, in order; an error where its topics make no rule."""
        opened = [self._open(item) for item in items]
        asks = [ask for each in opened if not isinstance(each, ConfigError) for ask in each[2]]
        answers = read_now(asks) if asks else {}
        return [
            each if isinstance(each, ConfigError) else self._row(item, each[0], each[1], answers)
            for item, each in zip(items, opened, strict=True)
        ]

    def _open(self, item: Item) -> tuple[Scanned, Exchange, list[Ask]] | ConfigError:
        try:
            scanned = self.rules(item.topics)
        except ConfigError as error:
            return error
        channels = tuple(_channels(item))
        given = channels[:-1] if item.role == "assistant" else channels
        exchange = scanned.plan.open(Context("scan", now=self._now, conversation=given))
        asks: list[Ask] = []
        if item.role != "assistant":
            asks += scanned.plan.needs(channels)
        elif (scout := scanned.plan.scout()) is not None:
            scout.field(0, "content").finish(item.text)
            asks += scout.take()
        return scanned, exchange, asks

    def _row(self, item: Item, scanned: Scanned, exchange: Exchange, answers: Mapping[Question, Answer]) -> Row:
        if item.role == "assistant":
            exchange.answers.update(answers)
            field = exchange.field(0, "content")
            field.feed(item.text)
            field.finish()
            verdict = exchange.verdict()
            findings: Sequence[Finding] = verdict.findings
        else:
            verdict = exchange.judge_input(tuple(_channels(item)), (), answers)
            findings = [each for each in verdict.findings if each.path == _PATH]
        score = max([each.score for each in findings if each.entity != UNJUDGED], default=0.0)
        counted = sorted({each for each in findings if self._counts(each, item.text, scanned)}, key=_place)
        unjudged = [each for each in verdict.states if each.state in _UNJUDGED]
        unread = [RuleState(each, "input", State.UNSCANNABLE) for each in verdict.rules if each not in scanned.rules]
        row: Row = {"id": item.label, "score": score, "decision": _decision(counted, unjudged, scanned.rules),
                    "findings": [_shown(each) for each in counted]}  # fmt: skip
        if unread:  # the policy blocks what no guard can read
            row["decision"] = "block"
        if unjudged or unread:
            row["unjudged"] = [{"rule": each.rule, "state": str(each.state)} for each in (*unjudged, *unread)]
        return row

    def _counts(self, finding: Finding, text: str, scanned: Scanned) -> bool:
        """Whether it lies above its rule's threshold, and the policy neither allows nor excepts it."""
        rule = scanned.rules[finding.rule]
        if finding.entity == UNJUDGED or finding.score < rule.threshold:
            return False
        if rule.action_for(finding.entity).kind is ActionKind.ALLOW:
            return False
        said = text[finding.start : finding.end].casefold()
        return not any(each.rule == rule.id and each.match.casefold() == said and self._now < each.until
                       for each in scanned.exceptions)


def _channels(item: Item) -> Iterator[Channel]:
    """What came before, each role's on its own, and the text last: what its author said before reads on into it."""
    before: dict[Role, list[Segment]] = {}
    for index, (role, text) in enumerate(item.context):
        before.setdefault(role, []).append(Segment(f"/context/{index}", role, text))
    own = before.pop(item.role, []) if item.role != "document" else []
    for role, segments in before.items():
        yield Channel(role, tuple(segments))
    yield Channel(item.role, (*own, Segment(_PATH, item.role, item.text)))


def _place(finding: Finding) -> tuple[int, int, str, str]:
    return finding.start, finding.end, finding.rule, finding.entity


def _shown(finding: Finding) -> dict[str, Any]:
    return {"rule": finding.rule, **({"entity": finding.entity} if finding.entity else {}), "start": finding.start,
            "end": finding.end, "score": finding.score}  # fmt: skip


def _decision(findings: Sequence[Finding], unjudged: Sequence[RuleState], rules: Mapping[str, Rule]) -> str:
    """The gravest of what follows from the findings, and from what could not be judged."""
    said = {_of_action(rules[each.rule], rules[each.rule].action_for(each.entity).kind) for each in findings}
    for each in unjudged:
        rule = rules[each.rule]
        said.add("flag" if each.state is State.UNSCANNABLE else _of_action(rule, ActionKind(rule.on_error)))
    return max(said, key=GRAVITY.index, default="allow")


def _of_action(rule: Rule, kind: ActionKind) -> str:
    if kind is ActionKind.ALLOW:
        return "allow"
    if rule.mode != "enforce" or kind is ActionKind.FLAG:
        return "flag"
    return "block" if kind in STOPS else "edit" if kind in EDITS else "flag"
