"""An action for an entity that a guard never finds would be a rule that does nothing: it is refused at load."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.guard import guards
from gateway.errors import PolicyErrors

SHIPPED = {
    "pattern": ('words: [falcon], entity: PROJECT', "PROJECT"),
    "toxicity": ("on: {input: all}", "TOXICITY"),
    "topic": ('deny: [{name: politics, phrases: ["who should I vote for"]}]', "politics"),
    "limits": ("max_characters: 10", "LENGTH"),
    "injection": ("weak: true", "JAILBREAK"),
    "leakage": ("documents: [plan.md]", "PARTIAL_FIGURE"),
    "pii": ("regions: [GB]", "EMAIL_ADDRESS"),
    "secrets": ("allow: []", "PRIVATE_KEY"),
    "urls": ("deny: [evil.com]", "DENIED_DOMAIN"),
    "code": ("deny: [python]", "PYTHON"),
    "grounding": ("on: {output: all}, required: true", "NO_SOURCES"),
    "custom": ('rule: x, url: "http://h/v1", model: m', "CUSTOM"),
    "nemo": ("config: [rails.yml]", "MODIFIED"),
    "tools": ("allow: [sum]", "TOOL_ARGUMENTS"),
    "schema": ("on: {output: all}, schema: {type: array}", "NOT_JSON"),
}
"""By guard: parameters, and an entity that it has with them."""


def _load(folder: Path, guard: str, given: str, entity: str) -> list[str]:
    (folder / "plan.md").write_text("Revenue in 2031 was 48.2 million pounds.\n", "utf-8")
    (folder / "rails.yml").write_text("rails: {input: {flows: [self check input]}}", "utf-8")
    head = "policy: p\nrelease: complete\nrules:\n"
    text = f"{head}  - {{id: a, guard: {guard}, {given}, entities: {{{entity}: flag}}}}\n"
    (folder / "p.yaml").write_text(text, "utf-8")
    try:
        load_policies(folder / "p.yaml")
    except PolicyErrors as error:
        return [str(each).replace(f"{folder}/", "") for each in error.errors]
    return []


def test_whatever_names_its_entities_is_here() -> None:
    assert {name for name, spec in guards().items() if spec.entities is not None} <= SHIPPED.keys() <= guards().keys()


@pytest.mark.parametrize("guard", SHIPPED)
def test_what_the_guard_finds_can_have_an_action_and_nothing_else(tmp_path: Path, guard: str) -> None:
    given, entity = SHIPPED[guard]
    assert _load(tmp_path, guard, given, entity) == []
    wrong = entity[:-1] + "Q"
    (mistake,) = _load(tmp_path, guard, given, wrong)
    assert mistake.startswith(f"p.yaml:4: rules[0].entities.{wrong}: guard '{guard}' knows no entity '{wrong}'")
    assert f"did you mean '{entity}'?" in mistake


def test_what_parameters_switch_off_is_not_found_either(tmp_path: Path) -> None:
    (mistake,) = _load(tmp_path, "injection", "weak: false", "JAILBREAK")
    assert "guard 'injection' knows no entity 'JAILBREAK'" in mistake
