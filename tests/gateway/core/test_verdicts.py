"""Several verdicts as one: a block blocks, everything found counts, the gravest state of each rule stays."""

from __future__ import annotations

from gateway.core.types import Decision, Edit, Finding, RuleState, State, Verdict
from gateway.core.verdicts import GRAVITY, joined


def _verdict(decision: Decision, state: State, rule: str = "a") -> Verdict:
    blocked = decision is Decision.BLOCK
    return Verdict(decision, (Finding(rule, f"/{state}", 0, 1),), () if blocked else (Edit(f"/{state}", 0, 1, "x"),),
                   (RuleState("a", "input", state), RuleState("b", "input", State.ALLOWED)),
                   "no" if blocked else "", (rule,) if blocked else (), "words" if blocked else "")


def test_one_block_blocks_and_everything_counts() -> None:
    whole = joined([_verdict(Decision.ALLOW, State.EDITED), _verdict(Decision.BLOCK, State.BLOCKED), _verdict(Decision.BLOCK, State.ERROR)])
    assert (whole.decision, whole.rules, whole.refusal, whole.respond) == (Decision.BLOCK, ("a",), "no", "words")
    assert [each.path for each in whole.findings] == ["/edited", "/blocked", "/error"]
    assert [each.path for each in whole.edits] == ["/edited"]
    assert whole.states == (RuleState("a", "input", State.BLOCKED), RuleState("b", "input", State.ALLOWED))


def test_of_none_and_of_one() -> None:
    assert joined([]) == Verdict(Decision.ALLOW)
    one = _verdict(Decision.ALLOW, State.FLAGGED)
    assert joined([one]) == one


def test_every_state_has_its_gravity() -> None:
    assert set(GRAVITY) == set(State)
