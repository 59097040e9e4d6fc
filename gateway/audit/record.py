"""What an audit keeps of a request: who, which policy, what each rule did and where; never any text.

A decision is two records: ``begin`` is queued before the first byte goes to the caller and ``end`` after
the last, so a begin without an end is a request that a crash interrupted, and shows as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from gateway.core.types import Finding, RuleState, Verdict
from gateway.wire.named import named


class Outcome(StrEnum):
    """How a request ended."""

    COMPLETED = "completed"
    BLOCKED = "blocked"
    CLIENT_GONE = "client_gone"
    UPSTREAM_LOST = "upstream_lost"
    UPSTREAM_ERROR = "upstream_error"
    ERROR = "error"


class BeginRecord(NamedTuple):
    """The input side (a NamedTuple: two are made per request). ``time``: seconds since the epoch."""

    decision_id: str
    request_id: str
    time: float
    tenant: str
    key: str
    """The key's name, never the key."""
    model: str
    """The configured name that matched, never what the caller wrote where a wildcard let it through."""
    route: str
    policy: str
    revision: str
    decision: str
    findings: tuple[Finding, ...] = ()
    states: tuple[RuleState, ...] = ()
    rules: tuple[str, ...] = ()


class EndRecord(NamedTuple):
    """The output side. Token counts are the model server's; held figures are characters."""

    decision_id: str
    time: float
    outcome: Outcome
    decision: str
    findings: tuple[Finding, ...] = ()
    states: tuple[RuleState, ...] = ()
    rules: tuple[str, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    longest_hold: int = 0
    duration: float = 0.0
    revision: str = ""
    """The policy revision that judged the answer: the begin record's, whatever was activated meanwhile."""


class ReviewRecord(NamedTuple):
    """Someone said that a decision was wrong: it waits for review. Their words are never in it."""

    decision_id: str
    time: float
    tenant: str
    key: str
    verdict: str
    """``too_strict`` or ``too_lax``."""
    text_kept: bool
    """Whether the caller's text went into the local suite."""


Record = BeginRecord | EndRecord | ReviewRecord
KINDS: dict[type[Record], str] = {BeginRecord: "begin", EndRecord: "end", ReviewRecord: "review"}


class Audit(Protocol):
    """Where records go. ``begin``, ``end`` and ``review`` only append to a queue."""

    required: bool
    """Whether a request may be served only when its begin record is on disk."""

    def begin(self, record: BeginRecord) -> int: ...
    def end(self, record: EndRecord) -> None: ...
    def review(self, record: ReviewRecord) -> int: ...
    async def committed(self, ticket: int) -> None: ...


class NoAudit:
    """The sink of ``audit: {sink: none}``."""

    required = False

    def begin(self, record: BeginRecord) -> int:
        return 0

    def end(self, record: EndRecord) -> None:
        return None

    def review(self, record: ReviewRecord) -> int:
        return 0

    async def committed(self, ticket: int) -> None:
        return None


def state_triples(states: tuple[RuleState, ...]) -> list[list[str]]:
    """States as [rule, stage, state]."""
    return [[each.rule, each.stage, each.state.value] for each in states]


def plain(record: Record, shape: Callable[[tuple[RuleState, ...]], Any] = state_triples) -> dict[str, Any]:
    """The JSON form: findings as [rule, path, start, end, score, entity], states as ``shape`` gives them.

    A part of a path that is no word of an API is text of a caller or a model, and becomes ``*``.
    """
    out: dict[str, Any] = {"kind": KINDS[type(record)]}
    out.update(zip(record._fields, record, strict=True))
    if isinstance(record, ReviewRecord):
        return out
    if record.findings:
        out["findings"] = [_finding(each) for each in record.findings]
    out["states"] = shape(record.states)
    return out


def _finding(each: Finding) -> list[Any]:
    return [each.rule, named(each.path), each.start, each.end, each.score, each.entity]


def blocked_rules(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Ids of the rules that blocked, over all stages, without repeats."""
    return tuple(dict.fromkeys(rule for verdict in verdicts for rule in verdict.rules))
