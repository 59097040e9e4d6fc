"""``model: auto`` is decided when a policy is loaded, where the packages are; ``on`` is a demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.guard import guards
from gateway.core.policy import PolicySet
from gateway.detectors.loading import check_detectors, decided
from gateway.errors import PolicyErrors

RULE = "policy: p\nrules:\n  - id: r\n    guard: injection\n    on: {{input: [user]}}\n    model: {}\n    action: block\n"


def loaded(tmp_path: Path, model: str) -> PolicySet:
    (tmp_path / "p.yaml").write_text(RULE.format(model), "utf-8")
    return decided(load_policies(tmp_path), guards())


@pytest.mark.parametrize(("model", "here", "away"), [("on", "on", "on"), ("auto", "on", "off"), ("off", "off", "off")])
def test_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, here: str, away: str
) -> None:
    found = loaded(tmp_path, model)
    assert found.policies[0].rules[0].params.model == here
    assert not found.warnings
    check_detectors(found, guards())
    monkeypatch.setattr("gateway.detectors.encoder.NEEDED", ("no_such_package",))
    found = loaded(tmp_path, model)
    assert found.policies[0].rules[0].params.model == away
    if model == "on":
        with pytest.raises(PolicyErrors, match=r"p.yaml:3: rule 'r': needs the encoder.*no_such_package.*pip install"):
            check_detectors(found, guards())
        return
    check_detectors(found, guards())
    assert bool(found.warnings) == (model == "auto")
    assert all("patterns alone" in each and "no_such_package" in each for each in found.warnings)
