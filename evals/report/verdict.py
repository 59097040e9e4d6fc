"""A gate's verdict as people and CI read it: one sentence, a table, JUnit XML. No sample's text is in any of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml  # written here, never parsed

from evals.report import wording
from evals.verdicts.gate import ABSENT, FELL, FEW, Check, Gate

HEAD = ("suite", "target", "metric", "baseline", "run", "change [95 %]", "n (independent)", "p (one-sided, Holm)",
        "sees", "state")


def sentence(gate: Gate) -> str:
    """Open or closed, and why."""
    if gate.is_open:
        return f"Open: {_counted(gate)} fell by more than chance explains. {_sight(gate)}".strip()
    reasons = [*gate.problems, *(reason(each, gate) for each in gate.closing)]
    return f"Closed: {'; '.join(reasons)}."


def _counted(gate: Gate) -> str:
    """How many checks were judged, and what was not."""
    judged = sum(check.change is not None for check in gate.checks)
    few = sum(check.state == FEW for check in gate.checks)
    absent = sum(check.state == ABSENT for check in gate.checks)
    left = [f"{few} with too few samples" if few else "", f"{absent} absent" if absent else ""]
    aside = ", ".join(part for part in left if part)
    return f"none of {judged} checks" + (f" ({aside} left out)" if aside else "")


def _sight(gate: Gate) -> str:
    blind = [each for each in gate.checks if each.change is not None and math.isnan(each.sees)]
    seen = [each for each in gate.checks if each.change is not None and not math.isnan(each.sees)]
    parts = []
    if seen:
        shares = [each for each in seen if each.unit == "share"] or seen
        widest = max(shares, key=lambda each: each.sees)
        parts.append(f"The bluntest, {_name(widest)}, sees drops of {sees(widest)} and more four times in five.")
    if blind:
        parts.append(f"What {len(blind)} of them could see is not known, as nothing changed in them.")
    return " ".join(parts)


def sees(check: Check) -> str:
    """``5.2 pp``; a dash where it is not known."""
    return wording.signed(check.sees, check.unit).lstrip("+") if not math.isnan(check.sees) else "–"


def _name(check: Check) -> str:
    return f"{check.suite} {check.metric} on {check.target}"


def reason(check: Check, gate: Gate) -> str:
    """Why this check closes the gate, or is none."""
    change = check.change
    if change is None:
        return f"{_name(check)}: {check.why}"
    moved = "fell" if change.value < 0 else "rose"
    span = wording.span(change.low, change.high, check.unit)
    return (f"{_name(check)} {moved} from {wording.value(change.before, check.unit)} to "
            f"{wording.value(change.after, check.unit)} ({wording.signed(change.value, check.unit)} {span}, "
            f"{change.n} samples, {wording.probability(change.p_holm)} one-sided, corrected for "
            f"{sum(each.change is not None for each in gate.checks)} checks)")


def rows(gate: Gate) -> Iterator[Sequence[str]]:
    """Cells of a table: suite, target, metric, before, after, change, samples, p, sees, state."""
    for each in gate.checks:
        change = each.change
        numbers = ("", "", "", "", "") if change is None else (
            wording.value(change.before, each.unit), wording.value(change.after, each.unit),
            f"{wording.signed(change.value, each.unit)} {wording.span(change.low, change.high, each.unit)}".strip(),
            f"{change.n} ({each.independent})", wording.probability(change.p_holm))
        yield (each.suite, each.target, each.metric, *numbers, sees(each) if change else "",
               f"{each.state}: {each.why}" if each.why else each.state)


def junit(gate: Gate) -> bytes:
    """One test case a check: a failure where it closes the gate, skipped where it is no verdict."""
    shut = gate.closing
    cases = len(gate.checks) + len(gate.problems)
    skipped = [each for each in gate.checks if each.change is None and each not in shut]
    root = Xml.Element("testsuites")
    suite = Xml.SubElement(root, "testsuite", name="wardgate eval gate", tests=str(cases), errors="0",
                           failures=str(len(shut) + len(gate.problems)), skipped=str(len(skipped)))
    _properties(suite, {"baseline": gate.baseline, "run": gate.run, "alpha": f"{gate.rule.alpha:g}",
                        "verdict": sentence(gate)})
    for problem in gate.problems:
        case = Xml.SubElement(suite, "testcase", classname="run", name="complete")
        Xml.SubElement(case, "failure", message=problem, type="incomplete")
    for each in gate.checks:
        case = Xml.SubElement(suite, "testcase", classname=each.suite, name=f"{each.metric} on {each.target}")
        if each.change is not None:
            _properties(case, {"before": repr(each.change.before), "after": repr(each.change.after),
                               "n": str(each.change.n), "independent": str(each.independent),
                               "p_holm": repr(each.change.p_holm), "sees": repr(each.sees)})
        if each in shut:
            Xml.SubElement(case, "failure", message=reason(each, gate), type="drop" if each.state == FELL else "absent")
        elif each in skipped:
            Xml.SubElement(case, "skipped", message=each.why)
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _properties(parent: Xml.Element, values: dict[str, str]) -> None:
    around = Xml.SubElement(parent, "properties")
    for name, value in values.items():
        Xml.SubElement(around, "property", name=name, value=value)
