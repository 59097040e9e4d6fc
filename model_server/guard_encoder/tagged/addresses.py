"""Street addresses as sixty countries write them; ``words/addresses.txt`` has the formats and explains them."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from model_server.guard_encoder.tagged.vocabulary import lines

Country = dict[str, tuple[str, ...]]
"""Formats of ``streets``, of the ``tails`` behind them and of postal ``codes``; street ``names`` and ``cities``."""

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_FREQUENT = ("US", "US", "US", "US", "GB", "GB", "CA", "AU", "IN", "DE", "FR")
"""English text has addresses of these more often."""


@cache
def countries() -> dict[str, Country]:
    """All rows by ISO code."""
    rows: dict[str, Country] = {}
    for line in lines("words/addresses.txt"):
        head, _, values = line.partition(": ")
        code, _, field = head.partition(" ")
        rows.setdefault(code, {})[field] = tuple(values.split(";"))
    return rows


def country(rng: Random) -> Country:
    """One row, English-speaking countries first."""
    rows = countries()
    return rows[rng.choice(_FREQUENT if rng.random() < 0.4 else tuple(rows))]


def street(rng: Random, row: Country, family: str) -> str:
    """A street and a house number."""
    return _written(rng, rng.choice(row["streets"]), row, family)


def address(rng: Random, row: Country, family: str, separator: str) -> str:
    """A street and what follows it; ``separator`` stands where a new line would."""
    return street(rng, row, family) + separator + _written(rng, rng.choice(row["tails"]), row, family)


_NUMBER = re.compile(r"[\s,]*\b\d+[a-zA-Z]?\b(?: (?:bis|ter)\b)?[,.]?\s*")
_INSIDE = re.compile(r"(?:Lot|Flat|Unit|No|House|Plot|Room|Blk|Block|Villa|Office|H\.No|PO|RR|Building|Apt|So)\b")
"""What a street does not begin with."""
_UNITS = ("Apt. ###", "Apt ##", "Apartment #", "Suite ###", "Ste. ###", "Unit ##", "Flat #", "Flat ##@", "Floor #",
          "#th floor", "Room ###", "Block @", "Building #", "Bldg ##", "Entrance @", "Apto. ###", "App. ##",
          "Wohnung ##", "Hinterhaus", "Appt #", "Piso #", "Int. ##", "lgh ####", "Stiege #", "#. Stock", "Tower @",
          "Villa ##", "Lot ##", "# ##")
_BOXES = ("P.O. Box ####", "PO Box ###", "P.O. Box ##", "POB ####", "Postfach ## ## ##", "Postbus ###", "BP ###",
          "Apartado ####", "GPO Box ####", "Private Bag ###", "Casella Postale ##", "p/o box ###",
          "Post Office Box ####", "Boîte postale ##", "Postboks ###", "Locked Bag ##")


def unit(rng: Random) -> str:
    """A flat, suite or floor."""
    return _drawn(rng, rng.choice(_UNITS))


def box(rng: Random) -> str:
    """A post office box."""
    return _drawn(rng, rng.choice(_BOXES))


def road(rng: Random, row: Country, family: str) -> str:
    """A street without a number, where the country's format has one to leave out."""
    for _ in range(9):
        text = _NUMBER.sub(" ", street(rng, row, family)).strip(" ,/-#")
        if " " in text and len(text) > 6 and not re.search(r"\d|^[A-Z]\b|[#:]", text) and not _INSIDE.match(text):
            return text
    return f"{family} {rng.choice(('Street', 'Road', 'Avenue', 'Lane', 'Drive', 'Place', 'Way'))}"


def mixed(rng: Random, family: str, city: str, land: str, separator: str) -> str:
    """Parts of any countries' addresses one behind the other; ``separator`` stands where a new line would."""
    row, other = country(rng), country(rng)
    parts = [box(rng) if rng.random() < 0.08 else street(rng, row, family)]
    if rng.random() < 0.25:
        parts[0] = f"{_digits(rng, rng.choice((1, 2, 2, 3)))} {parts[0]}"
    if rng.random() < 0.5:
        parts.insert(rng.choice((0, 1, 1, 1, 1)), unit(rng))
    if rng.random() < 0.85:
        parts.append(city.upper() if rng.random() < 0.2 else city)
    if rng.random() < 0.3:
        parts.append(rng.choice(countries()["US"]["states"]))
    ending = [land.removeprefix("the ")] if rng.random() < 0.55 else []
    if rng.random() < 0.75:
        ending.insert(rng.choice((0, len(ending))), code(rng, other))
    if ending:
        parts.append(" ".join(ending))
    if separator == " " and rng.random() < 0.4:
        at = rng.randrange(len(parts))
        parts[at] += "," if at < len(parts) - 1 else ""
    return separator.join(parts)


def code(rng: Random, row: Country) -> str:
    """A postal code."""
    return _drawn(rng, rng.choice(row["codes"]))


def _written(rng: Random, text: str, row: Country, family: str) -> str:
    while (found := _CHOICE.search(text)) is not None:
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    text = text.replace("{n}", str(int(10 ** rng.uniform(0, 3.9)) or 1))
    text = text.replace("{s}", rng.choice(row["names"])).replace("{c}", rng.choice(row["cities"]))
    text = text.replace("{z}", rng.choice(row["codes"])).replace("{p}", family)
    text = text.replace("{st}", rng.choice(countries()["US"]["states"]))
    return _drawn(rng, text)


def _drawn(rng: Random, shape: str) -> str:
    text = re.sub(r"@", lambda _: rng.choice("ABCDEFGHJKLMNPRSTUVWXY"), shape)
    return re.sub(r"#+", lambda run: _digits(rng, len(run[0])), text)


def _digits(rng: Random, size: int) -> str:
    """Digits, seldom with a zero in front."""
    first = "0" if size > 3 and rng.random() < 0.08 else rng.choice("123456789")
    return first + "".join(rng.choices("0123456789", k=size - 1))
