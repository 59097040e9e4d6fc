"""Several verdicts as one: what a request as a whole was, where its parts were judged apart from each other."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.types import Decision, Direction, RuleState, State, Verdict

GRAVITY = {state: rank for rank, state in enumerate((
    State.NOT_RUN, State.ALLOWED, State.FLAGGED, State.EDITED, State.UNSCANNABLE, State.TIMEOUT, State.ERROR,
    State.BLOCKED,
))}
"""States in the order in which they outweigh each other."""


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """One block blocks, all findings and edits count, and of each rule the gravest state stays."""
    states: dict[tuple[str, Direction], State] = {}
    for verdict in verdicts:
        for each in verdict.states:
            known = states.get((each.rule, each.stage), State.NOT_RUN)
            states[each.rule, each.stage] = max(known, each.state, key=GRAVITY.__getitem__)
    return Verdict(
        Decision.BLOCK if any(each.decision is Decision.BLOCK for each in verdicts) else Decision.ALLOW,
        tuple(finding for verdict in verdicts for finding in verdict.findings),
        tuple(edit for verdict in verdicts for edit in verdict.edits),
        tuple(RuleState(rule, stage, state) for (rule, stage), state in states.items()),
        next((each.refusal for each in verdicts if each.refusal), ""),
        tuple(dict.fromkeys(rule for verdict in verdicts for rule in verdict.rules)),
        next((each.respond for each in verdicts if each.respond), ""),
    )
