"""How far a span reaches beside what the encoder is sure of: to the whole of a two-part name, a firm, a house number, a
postcode. Spelling decides, so that nothing is added that is not glued to the name or written like a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from gateway.core.windows import Reading
from gateway.detectors.pii_words import EDGES

_SECOND = re.compile(
    r"[-‐‑](?!(?:and|based|born|chan|era|free|ji|kun|led|like|nim|only|or|owned|run|sama|san|ssi|style|to|wide)\b)"
    r"(?:[^\W\d_a-z][^\W\d_]+|[^\W\d_]{2,5})(?![\w@])")
"""Behind a given name: its second part, as in Min-jun."""
_ELIDED = re.compile(r"(?<![\w'’])(?:[dDlLO]|[Dd]ell)['’]$")
"""Before a family name: d'Angelo, O'Dowd, dell'Acqua."""
_OF_A_FIRM = (
    "Academy|Antiques|Bakery|Brewery|Butchers|Clinic|College|Council|Electricals|Florists|Funeral Directors"
    "|Hospice|Hospital|Hotel|Jewellers|Joinery|Laundry|Lettings|Library|Locksmiths|Motors|Museum|Newsagents|Opticians|Orchestra|Pharmacy"
    "|Pizzeria|Plumbing|Primary|Removals|Restaurant|Roofing|Steakhouse|Supermarket|Surgery|Tavern|Taxis|Tyres|University|Upholstery"
    "|Winery")
"""What hardly stands behind a name unless it makes a shop, a school or a hospital of it."""
_OWNED = (
    "Bakers|Bar|Barbers|Bikes|Bistro|Books|Bookshop|Cabs|Caf[eé]|Cars|Catering|Chippy|Church|Cleaners|Company|Corner|Deli|Dental"
    "|Diner|Fabrics|Foods|Furniture|Garage|Grill|Hair|Hardware|Inn|Interiors|Kebabs|Kitchen|Market|Nails|Noodles|Nursery"
    "|Pies|Pizza|Pub|Records|Salon|School|Shoes|Stores|Tailors|Tea Room|Tiles|Toys|Travel|Vets|Windows")
"""What does so behind a possessive."""
_TRADE = re.compile(rf"(?:(?:['’]s)? (?:{_OF_A_FIRM})|['’]s (?:{_OWNED}))(?![\w-])")
_INITIALS = re.compile(r"(?:[,/(:;\"|>&] ?|\b(?:and|by|from|or) )((?:[^\W\d_]\. ?){1,3})$")
"""Before a family name: initials, behind a mark or a word that another name has ended at."""
_REST = re.compile(r"(?:(?<= S)\.(?:r\.l|p\.A|A\.S|A|L)|(?<= S\.r)\.l)(?!\w)\.?")
"""Behind a firm's "S": the rest of its legal form."""
_HOUSE = re.compile(r"(?:^|(?<=[\s(\"'>]))(?:(?:#|[Nn]o\.? ?)\d{1,4}[a-zA-Z]?,?|\d{1,4}[a-zA-Z]?) $")
"""Before a street: the number of a house."""
_OPENING = re.compile(
    r"(?:^|(?<=[\s(\"'>,]))(?:(?:Blk|Block|Flat|Unit|Apt|Apartment|Suite|Ste|Lot|Plot|House|Km|Villa|Corner of|vul|ul"
    r"|Ul|Jl|Jalan|Calle|Rue|Via|Odos)\.? |H\.No\.? ?)$")
"""Before an address: words that one begins with."""
_OUTWARD = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?$", re.IGNORECASE)
_INWARD = re.compile(r"\d[A-Z]{2}", re.IGNORECASE)
"""The halves of a British postcode."""

FAR = 30
"""Characters before a span in which what belongs to it is looked for."""


def reached(text: str, found: Iterable[Reading]) -> list[Reading]:
    """``found`` in order, each as far as it reaches; the next one begins behind it, if anything of it is left."""
    out: list[Reading] = []
    spans = sorted(found, key=lambda each: each.start)
    for each, after in pairwise([*spans, Reading(len(text), len(text), 0.0)]):
        floor, ceiling = out[-1].end if out else 0, after.start
        if each.start < floor:
            rest = text[floor : each.end].lstrip(EDGES)
            if not rest:
                continue
            each = replace(each, start=each.end - len(rest))
        out.append(_reached(text, each, floor, ceiling))
    return out


def _reached(text: str, span: Reading, floor: int, ceiling: int) -> Reading:
    start, end, entity = span.start, span.end, span.entity
    floor = max(floor, start - FAR)
    if entity == "PERSON":
        if (second := _SECOND.match(text, end)) is not None and second.end() <= ceiling:
            end = second.end()
        if (elided := _ELIDED.search(text, floor, start)) is not None:
            start = elided.start()
        if (initials := _INITIALS.search(text, floor, start)) is not None:
            start = initials.start(1)
    if entity == "ORGANIZATION" and (rest := _REST.match(text, end)) is not None and rest.end() <= ceiling:
        end = rest.end()
    if entity in ("PERSON", "ORGANIZATION", "LOCATION") and (trade := _TRADE.match(text, end)) is not None:
        entity, end = "ORGANIZATION", trade.end()
    if entity == "ADDRESS" and text[start].isalpha() and (house := _HOUSE.search(text, floor, start)) is not None:
        start = house.start()
    if entity == "ADDRESS" and (opening := _OPENING.search(text, floor, start)) is not None:
        start = opening.start()
    halved = entity in ("ADDRESS", "ZIP_CODE") and _INWARD.match(text, start) is not None
    if halved and (outward := _OUTWARD.search(text, floor, start)) is not None:
        start = outward.start()
    return replace(span, start=start, end=end, entity=entity)
