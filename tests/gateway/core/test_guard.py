"""The registry: what the decorator keeps, and that a name means one guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest

from gateway.core.guard import NoParams, guard, guards
from gateway.core.pattern import pattern
from gateway.core.types import Finding
from gateway.core.view import View

WORD = pattern("comet")


def _find(view: View, _: Any) -> Iterator[Finding]:
    return (view.finding(each) for each in view.matches(WORD))


def test_a_name_means_one_guard() -> None:
    with pytest.raises(ValueError, match=r"'pii' is registered twice: gateway\.guards\.pii and tests"):
        guard("pii")(_find)
    assert guards()["pii"].find.__module__ == "gateway.guards.pii"


@pytest.mark.parametrize("name", sorted(guards()))
def test_every_shipped_guard_keeps_the_contract(name: str) -> None:
    spec = guards()[name]
    assert spec.name == name
    assert is_dataclass(spec.params)
    assert spec.about.endswith(".") or "," in spec.about
    params = spec.params()
    for each in fields(params):
        with pytest.raises(FrozenInstanceError):
            setattr(params, each.name, None)
    hash(params)


def test_params_default_to_none_at_all() -> None:
    assert guards()["pii"].params is not NoParams
    assert fields(NoParams()) == ()
