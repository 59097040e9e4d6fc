"""Addresses as envelopes, forms and shops have them: any parts in any order, named houses, army post, crossings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

_ENVELOPES = (
    "street|city, st zip", "street|city, st zip", "street|city, st zip|land", "street, unit|city, st zip",
    "street unit|city, st zip", "street|unit|city, st zip", "unit|street|city|zip", "unit, street|city|zip",
    "street|city|zip", "street|city zip", "street|city|region|zip", "street|city|zip|land", "street|zip city",
    "street|zip city|land", "street, unit|zip city|land", "zip city|street", "land|city|street",
    "house|street|city|zip", "house|road|city|region", "house, road|city zip", "box|city, st zip", "box|city|land",
    "box|zip city", "street|quarter|city", "street|quarter|city zip", "unit|house|street|quarter|city zip|land",
    "street|city|region|land", "street|city|region zip|land", "street|city-zip", "street|city|st", "street|city st zip",
    "street|city|land", "street|city", "road|city", "street, city|zip", "number road|city|region",
    "number road|zip city",
    "street|unit|city|st|zip|land", "street|village|city|zip", "rural|city, st zip",
    "street|zip", "unit|street|city", "street|land", "street|quarter", "street, st|land", "land zip|city|street",
)
"""Parts; "|" is where a line ends."""
_ARMY = ("PSC ####, Box ####|APO AE 09###", "PSC ## Box ####|APO AE 09###", "Unit #### Box ####|FPO AP 96###",
         "Unit ##### Box ###|DPO AE 09###", "CMR ### Box ####|APO AE 09###", "USS {p}|FPO AA 34###", "BFPO ##",
         "USNS {p}|FPO AP 96###", "USCGC {p}|FPO AE 09###", "Unit ####|APO AP 96###")
_RURAL = ("RR # Box ###", "RR ##", "Rural Route #", "HC ## Box ##", "R.R. #, Box ##", "Star Route Box ##", "RMB ####",
          "Site ##, Box #, RR #", "Lot ## Concession #", "Km ##, Ruta #")
_HOUSES = ("Rose Cottage", "Ivy Cottage", "The Old Rectory", "The Old School House", "The Gatehouse", "Mill House",
           "Hill View", "Sea View", "Orchard End", "The Bungalow", "The Stables", "Church Farm", "Manor Farm",
           "{p} House", "{p} Cottage", "{p} Lodge", "{p} Court", "{p} Towers", "{p} Mansions", "{p} Farm", "{p} Hall",
           "{p} Apartments", "{p} Heights", "Residencia {p}", "Villa {p}", "Edificio {p}", "Résidence {p}",
           "Residenz {p}", "Haus {p}", "Wohnpark {p}", "Torre {p}", "Condominio {p}", "Quinta {p}", "Casa {p}",
           "Palazzo {p}", "Menara {p}", "Wisma {p}", "Gedung {p}", "{p} Plaza", "{p} Building", "{p} Chambers")

Parts = Mapping[str, Callable[[], str]]
"""What draws each part that ``_ENVELOPES`` names."""


def envelope(rng: Random, parts: Parts, separator: str) -> str:
    """A whole address; ``separator`` stands where a new line would."""
    written = []
    for line in rng.choice(_ENVELOPES).split("|"):
        words = [_part(each, parts) for each in line.replace("-", " - ").split(" ")]
        written.append(" ".join(words).replace(" - ", rng.choice(("-", " - ", " – "))))
    if rng.random() < 0.08:
        written[-1] = written[-1].upper()
    return separator.join(written)


def army(rng: Random, family: str, separator: str) -> str:
    """Post to soldiers and ships abroad."""
    return _drawn(rng, rng.choice(_ARMY), family).replace("|", separator)


def rural(rng: Random) -> str:
    """A box on a route."""
    return _drawn(rng, rng.choice(_RURAL), "")


def house(rng: Random, family: str) -> str:
    """A house that has a name for a number."""
    return _drawn(rng, rng.choice(_HOUSES), family)


def crossing(rng: Random, road: Callable[[], str]) -> str:
    """Two streets that meet."""
    return rng.choice(("{} and {}", "{} & {}", "{} / {}", "{} at {}")).format(road(), road())


def _part(word: str, parts: Parts) -> str:
    name = word.rstrip(",")
    return (parts[name]() if name in parts else name) + word[len(name):]


def _drawn(rng: Random, shape: str, family: str) -> str:
    text = "".join([rng.choice("0123456789") if each == "#" else each for each in shape])
    return text.replace("{p}", family)
