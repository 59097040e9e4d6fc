"""Placeholders: of which shape, from what, and who may undo them."""

from __future__ import annotations

import pytest

from gateway.core.placeholders import PLACEHOLDER, Minted


@pytest.mark.parametrize("entity", ["EMAIL_ADDRESS", "", "US_SSN"])
@pytest.mark.parametrize("value", ["ann@quill.example", "", "\ud800", "日本"])
def test_every_placeholder_has_the_shape_that_is_looked_for(entity: str, value: str) -> None:
    name = Minted(b"k").mint(entity, value)
    assert PLACEHOLDER.fullmatch(name)
    assert name.startswith(f"<{entity or 'VALUE'}_")


def test_key_entity_and_value_all_count() -> None:
    names = {Minted(key).mint(entity, value) for key in (b"a", b"b") for entity in ("A", "B") for value in ("1", "2")}
    assert len({name[-13:] for name in names}) == 8
    assert Minted(b"k").mint("AB", "C") != Minted(b"k").mint("A", "BC")


def test_only_who_minted_restores() -> None:
    mine = Minted(b"k")
    name = mine.mint("NAME", "Ann")
    assert mine.restore(name) == "Ann"
    assert Minted(b"k").restore(name) is None


def test_names_and_digests_are_not_remembered() -> None:
    minted = Minted(b"k")
    assert minted.name("NAME", "Ann") == Minted(b"k").mint("NAME", "Ann")
    assert minted.digest("NAME", "Ann") == f"<NAME:{minted.name('NAME', 'Ann')[-13:-1]}>"
    assert not PLACEHOLDER.fullmatch(minted.digest("NAME", "Ann"))
    assert minted.values == {}
