"""Which judgements a run needs and what its judge said: questions to a plan of their own, answers to values.

A question to a judge is an ordinary ask, so the runner's concurrency, retries, cache, journal and resume serve judges
as they serve models. What a judge said is kept as it is and read when numbers are made.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.judges.kinds import KINDS, Kind, objects
from evals.loading.suite import BASELINE, Sample, Suite, canonical
from evals.metrics.abstention import refuses
from evals.run.plan import Ask, key, targets_of
from evals.run.reply import ANSWERED, FAILED, Reply
from evals.run.targets import Target

JUDGED, MALFORMED, DECLINED, BROKEN, MISSING = "judged", "malformed", "refused", "failed", "missing"
"""What came of a question to a judge; only the first has a value."""
JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Judgement:
    """``value`` is set when ``state`` is ``judged``; ``reason`` when it is ``failed`` (``timeout``, …)."""

    state: str
    value: Any = None
    reason: str = ""


@dataclass
class Tally:
    """Judgements of one kind on one suite and target, by state, and why those failed that failed."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, found: Judgement) -> None:
        self.states[found.state] += 1
        if found.reason:
            self.reasons[found.reason] += 1


def kinds_of(suite: Suite) -> tuple[Kind, ...]:
    """The kinds of judgement that the suite's metrics read, each once."""
    return tuple(KINDS[name] for name in dict.fromkeys(metric.judge for metric in suite.metrics if metric.judge))


def question(kind: Kind, judge: Target, suite: Suite, sample: Sample, reply: Reply) -> Ask | None:
    """What to ask about an answer; None where there is none to judge: refused, cut, failed or empty."""
    if reply.outcome != ANSWERED or not reply.text.strip():
        return None
    source, reference = sample.reference.get("source", ""), sample.reference.get("answer", "")
    material = {"question": sample.asked, "answer": reply.text, "source": source, "reference": reference}
    return about(kind, judge, suite, f"{sample.id} {kind.name}", material)


def about(kind: Kind, judge: Target, suite: Suite, name: str, material: Mapping[str, Any]) -> Ask:
    """One question to the judge; its key is what is asked, so equal answers are judged once."""
    body = kind.body(material)
    endpoint = f"ragas/{kind.name}" if kind.ragas else "chat/completions"
    asked = Sample(name, name, {}, {}, (), endpoint, body, "")
    parts = [JUDGE, kind.name, kind.version, judge.model, body]
    return Ask(hashlib.sha256(canonical(parts)).hexdigest()[:32], suite, asked, judge)


def plan(suites: Sequence[Suite], targets: Sequence[Target], replies: Mapping[str, Reply],
         judge: Target) -> tuple[Ask, ...]:
    """Everything that the judge is to be asked about a run's answers, each question once."""
    asks: dict[str, Ask] = {}
    for ask in _all(suites, targets, replies, judge):
        asks.setdefault(ask.key, ask)
    return tuple(asks.values())


def _all(suites: Iterable[Suite], targets: Sequence[Target], replies: Mapping[str, Reply],
         judge: Target) -> Iterator[Ask]:
    for suite in suites:
        for kind in kinds_of(suite):
            for sample in suite.samples:
                for target in targets_of(suite, targets):
                    if target.kind == BASELINE:
                        continue
                    reply = replies.get(key(suite, sample, target))
                    ask = question(kind, judge, suite, sample, reply) if reply is not None else None
                    if ask is not None:
                        yield ask


def read(kind: Kind, reply: Reply | None) -> Judgement:
    """What the judge said: the first object of the wanted shape, a refusal, something else, or nothing."""
    if reply is None:
        return Judgement(MISSING)
    if reply.outcome == FAILED:
        malformed = reply.reason == MALFORMED
        return Judgement(MALFORMED) if malformed else Judgement(BROKEN, reason=reply.reason)
    if reply.outcome != ANSWERED:
        return Judgement(DECLINED)
    for found in objects(reply.text):
        try:
            return Judgement(JUDGED, kind.read(found))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return Judgement(DECLINED if refuses(reply.text) else MALFORMED)
