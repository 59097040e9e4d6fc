"""docs/policies.md: every example loads and proves itself, and every key is explained; guards too, or by their own file."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.config.guard_docs import guard_docs
from gateway.config.policy_file import load_policies
from gateway.config.policy_model import ExceptionModel, PolicyModel, RowModel, RuleModel
from gateway.config.policy_tests import compile_policy, failure
from gateway.core.guard import guards
from gateway.core.policy import ActionKind
from gateway.detectors.answers import read_now

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "policies.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_an_example_loads_and_passes_its_tests(tmp_path: Path, example: str) -> None:
    shutil.copy(ROOT / "policies" / "default.yaml", tmp_path)
    (tmp_path / "confidential").mkdir()
    (tmp_path / "confidential" / "plan.md").write_text("# Plan\n\nThe depot at Orrick Vale closes.\n", "utf-8")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "leave.md").write_text("# Leave\n\nYou get 28 days.\n", "utf-8")
    (tmp_path / "example.yaml").write_text(example, "utf-8")
    found = load_policies(tmp_path / "example.yaml")
    assert found.warnings == ()
    policy = next(each for each in found.policies if each.file.endswith("example.yaml"))
    plan = compile_policy(policy, found.revision, guards(), None)
    for test in policy.tests:
        assert failure(plan, policy, test, time.time(), read_now) == "", test.name


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("model", [PolicyModel, RuleModel, ExceptionModel, RowModel])
def test_every_key_is_explained(model: type[PolicyModel]) -> None:
    assert [name for name in model.model_fields if f"`{name}`" not in TEXT] == []


def _section(name: str) -> str:
    found = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_action_is_explained() -> None:
    assert [str(kind) for kind in ActionKind if f"`{kind}`" not in TEXT and f"`{{{kind}:" not in TEXT] == []


def test_every_guard_and_parameter_is_explained_here_or_in_its_own_file() -> None:
    """The guard's own words are what `wardgate policy guards` prints: a new guard needs no other page."""
    missing = []
    for name, doc in guard_docs().items():
        said = doc.text + _section(name)
        missing += [name] if not doc.about else []
        missing += [f"{name}.{each.name}" for each in doc.parameters if f"`{each.name}`" not in said]
    assert missing == []


def test_every_guard_that_the_readme_promises_has_a_section_with_its_parameters() -> None:
    promised = re.findall(r"`([a-z_]+)`", re.search(r"^Guards: (.*?)\n", README, re.MULTILINE)[1])  # type: ignore[index]
    assert len(promised) >= 7
    for name in promised:
        section = _section(name)
        assert [each.name for each in fields(guards()[name].params) if f"`{each.name}`" not in section] == [], name
        assert section, name
