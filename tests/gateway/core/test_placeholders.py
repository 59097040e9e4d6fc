"""Placeholders: of which shape, from what, who may undo them, and what models make of them."""

from __future__ import annotations

import pytest

from gateway.core.placeholders import Minted, placeholders, read

ADDRESSES = placeholders(("EMAIL_ADDRESS",))


@pytest.mark.parametrize("entity", ["EMAIL_ADDRESS", "", "US_SSN", "A", "employee id", "Ünïcode"])
@pytest.mark.parametrize("value", ["ann@quill.example", "", "\ud800", "日本"])
def test_every_placeholder_has_the_shape_that_is_looked_for(entity: str, value: str) -> None:
    name = Minted((b"k",)).mint(entity, value)
    assert placeholders(()).fullmatch(name)
    assert placeholders((entity,) if entity else ()).fullmatch(name)


def test_key_entity_and_value_all_count() -> None:
    names = {Minted((key,)).mint(entity, value) for key in (b"a", b"b") for entity in ("A", "B") for value in ("1", "2")}
    assert len({name[-13:] for name in names}) == 8
    assert Minted((b"k",)).mint("AB", "C") != Minted((b"k",)).mint("A", "BC")


def test_only_who_minted_restores() -> None:
    mine = Minted((b"k",))
    name = mine.mint("NAME", "Ann")
    assert mine.restore(read(name).key) == "Ann"
    assert Minted((b"k",)).restore(read(name).key) is None


def test_names_and_digests_are_not_remembered() -> None:
    minted = Minted((b"k",))
    assert minted.name("NAME", "Ann") == Minted((b"k",)).mint("NAME", "Ann")
    assert minted.digest("NAME", "Ann") == f"<NAME:{minted.name('NAME', 'Ann')[-13:-1]}>"
    assert not placeholders(("NAME",)).fullmatch(minted.digest("NAME", "Ann"))
    assert minted.values == {}


def test_the_first_digits_tell_the_key() -> None:
    one, other = (Minted((key,)).mint("NAME", "Ann") for key in (b"one", b"other"))
    assert one[6:8] == Minted((b"one",)).mint("NAME", "Bo")[6:8] != other[6:8]


def test_what_a_retired_key_made_is_undone_and_no_longer_made() -> None:
    old = Minted((b"old",)).mint("NAME", "Ann")
    minted = Minted((b"new", b"old"))
    assert minted.mint("NAME", "Ann") == Minted((b"new",)).mint("NAME", "Ann")
    assert minted.restore(read(old).key) == "Ann"


HEX = "0123456789abcd"


@pytest.mark.parametrize(
    ("said", "restored"),
    [
        (f"<EMAIL_ADDRESS_{HEX}>", "X"), (f"<email_address_{HEX}>", "X"), (f"<Email_Address_{HEX.upper()}>", "X"),
        (f"[EMAIL_ADDRESS_{HEX}]", "X"), (f"{{EMAIL_ADDRESS_{HEX}}}", "X"), (f"&lt;EMAIL_ADDRESS_{HEX}&gt;", "X"),
        (f"< EMAIL_ADDRESS_{HEX} >", "X"), (f"<<EMAIL_ADDRESS_{HEX}>>", "X"), (f"EMAIL_ADDRESS_{HEX}", "X"),
        (f"EMAIL ADDRESS {HEX}", "X"), (f"email-address-{HEX}", "X"), (f"EMAIL\\_ADDRESS\\_{HEX}", "X"),
        (f"EmailAddress: {HEX}", "X"), (f"EMAIL_ADDRESS_{HEX[:4]} {HEX[4:]}", "X"), (f"`EMAIL_ADDRESS_{HEX}`", "`X`"),
        (f"to EMAIL_ADDRESS_{HEX} now", "to X now"), (f"(EMAIL_ADDRESS_{HEX})", "(X)"), (f"**<EMAIL_ADDRESS_{HEX}>**", "**X**"),
        (f"[<EMAIL_ADDRESS_{HEX}>]", "[X]"), (f"<EMAIL_ADDRESS_{HEX}>}}", "X}"), (f"[EMAIL_ADDRESS_{HEX}", "[X"),
        (f"EMAIL_ADDRESS_{HEX}>", "X>"), (f"[EMAIL_ADDRESS_{HEX}>", "[X>"), (f"{{<EMAIL_ADDRESS_{HEX}>", "{X"),
        (f"{{<EMAIL_ADDRESS_{HEX}>}}", "{X}"), (f"{{ EMAIL_ADDRESS_{HEX} }}", "X"), (f"{{{{EMAIL_ADDRESS_{HEX}}}}}", "X"),
    ],
)  # fmt: skip
def test_what_models_make_of_one_is_read_as_that_one(said: str, restored: str) -> None:
    ((start, end),) = ADDRESSES.spans(said.encode(), 0)
    reading = read(said[start:end])
    assert reading.key == f"EMAILADDRESS{HEX.upper()}"
    assert said[: start + reading.lead] + "X" + said[end - reading.tail :] == restored


@pytest.mark.parametrize(
    "said", ["<EMAIL_ADDRESS>", "email address 12345", "<div>", "e-mail addresses deadbeef", f"x{HEX}", f"PHONE {HEX}",
             f"NOEMAIL_ADDRESS_{HEX}", f"EMAIL_ADDRESS_{HEX}{HEX}"],
)  # fmt: skip
def test_other_words_are_none(said: str) -> None:
    assert not ADDRESSES.spans(said.encode(), 0)
