"""Telephone numbers, judged by libphonenumber's number plans: a run of digits is one only where it could be dialled."""

from __future__ import annotations

import re
from itertools import pairwise

import phonenumbers

from gateway.core.pattern import pattern

Part = tuple[int, int, float]

_MORE = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|#) ?\d{1,6})?"
"""An extension."""
INTERNATIONAL = pattern(rf"\+\d(?:[ ./()-]{{0,3}}\d){{6,14}}{_MORE}\b(?:[-/.]\w)?",
                        trigger=r"\+\d(?:[ ./()-]{0,3}\d){6}")
NATIONAL = pattern(
    r"(?:(?:\b1[ .-]?)?\(\d{2,5}\)[ .-]?\d{2,8}|\b\d{1,6}[ ./-]\d{2,8})(?:[ ./-]\d{2,8}){0,4}"
    rf"{_MORE}\b(?:[-/.]\w)?",
    trigger=r"\d\)? ?[ ./-]?\d{2,8}[ ./-]\d{2,8}|\d{2,6}[ ./-]\d{4,8}|\d\) ?\d{2}",
)
BARE = pattern(r"\b\d{7,15}\b(?:[-/.]\w)?")
SHAPES = (INTERNATIONAL, NATIONAL, BARE)

INTRODUCED = pattern(
    r"\b(?:(?:phones?|telephone|tel|mobile|cell(?:phone|ular)?|call(?: (?:me|us|him|her|them))?|dial|sms|fax|whatsapp"
    r"|signal|viber|hotline|ring|(?:my|his|her|their|our|your|contact|home|office|work|day ?time|emergency|call ?back"
    r"|direct) (?:numbers?|no|line)|reach (?:me|us|him|her|them)|text (?:me|us|him|her|them)|contact|handy|telefono?"
    r"|mobil|celular|portable|gsm|telefoon|telefone)\b|[tmf]:)",
    ignore_case=True,
)
LABELLED = pattern(
    r"\b(?:orders?|invoice|ticket|ref(?:erence)?|isbn|ids?|case|part|serial|sku|version|tracking|account|po|build"
    r"|release|chapter|section|pages?|rfc|grid|firmware|v)\b",
    ignore_case=True,
)
"""Words that, directly before a number, say that it is a number of something else."""

_DATED = re.compile(r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./]|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d")
_OTHERWISE = re.compile(r"(?:19|20)\d\d[-/](?:19|20)\d\d\Z|\d{1,6}\.\d+\Z|\d{7,}[-/.]\w\Z")
_DIGITS = re.compile(r"\d+")
_EXTENSION = re.compile(r"[ ,;]*(?:x|ext|#).*", re.IGNORECASE | re.DOTALL)
_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d([ ./-]))[2-9]\d\d[ .-]\d{4}\Z")
_FRENCH = re.compile(r"0[1-9]([ .-])\d\d(?:\1\d\d){3}\Z")
_TRUNK = re.compile(r"(?:\(0?\d{1,4}\)[ .-]?|0[1-9]\d{0,4}([ ./-]))\d{2,8}(?:[ ./-]\d{2,8}){0,3}\Z")
"""With an area code in brackets or behind a trunk prefix: hardly anything else is written so."""
_AMERICAN_LIKE = re.compile(r"\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}\Z")
_UNGROUPED, SHAPED = 0.4, 0.6
MOST_CHECKS = 200
"""Looks into the number plans that one text may cost, for each shape. They take 0.1 ms each, so a text of nothing but
numbers would hold up everyone else's; what could be a number beyond them counts as one."""


def plausible(text: str) -> bool:
    """Whether a national number is worth a look into the plans: no date, no list of pairs, and a fitting length."""
    groups = _DIGITS.findall(_EXTENSION.sub("", text))
    return (
        7 <= sum(map(len, groups)) <= 15
        and not _DATED.match(text)
        and not (len(groups) > 1 and set(map(len, groups)) == {2} and not _FRENCH.match(text))
    )


def unchecked(text: str) -> Part:
    """What a number is when its text has had all the looks that it may cost."""
    return (0, len(text), 0.75)


def international(text: str) -> Part | None:
    """``+`` and a number that its country's plan knows; a group too many at the end is left alone.

    Plans change, and test numbers are in none: one of a possible length counts, too, for less.
    """
    groups = [found.end() for found in _DIGITS.finditer(_EXTENSION.sub("", text))]
    possible = 0
    for end in groups[:-4:-1]:
        try:
            number = phonenumbers.parse(text[:end])
        except phonenumbers.NumberParseException:
            break
        if phonenumbers.is_valid_number(number):
            return (0, len(text) if end == groups[-1] else end, 1.0)
        if not possible and phonenumbers.is_possible_number(number):
            possible = end
    return (0, len(text) if possible == groups[-1] else possible, SHAPED) if possible else None


def national(text: str, regions: tuple[str, ...]) -> Part | None:
    """A number as people of ``regions`` dial it, trunk prefix included; sure only when grouped as they write it."""
    bare = _EXTENSION.sub("", text)
    groups = _DIGITS.findall(bare)
    dialled = "".join(groups)
    if not plausible(text):
        return None
    if dialled.startswith("00") or groups[0] == "011":
        abroad = international("+" + dialled.removeprefix("00").removeprefix("011"))
        if abroad is not None:
            return (0, len(text), min(abroad[2], 0.75))
    trunk = (
        9 <= len(dialled) <= 13 and _TRUNK.match(bare) and not _AMERICAN_LIKE.match(bare)
        and set(map(len, groups)) != {2}
    )
    for region in regions:
        score = _dialled(dialled, groups, region)
        if score:
            return (0, len(text), max(score, SHAPED) if trunk else score)
    if ("US" in regions and _AMERICAN.match(bare)) or (_FRENCH.match(bare) and len(set(_steps(groups))) > 1):
        return (0, len(text), SHAPED)
    return (0, len(text), SHAPED) if trunk else None


def _dialled(dialled: str, groups: list[str], region: str) -> float:
    """How sure the plan of ``region`` makes us of a number; 0 when it has none such."""
    try:
        number = phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return 0.0
    if not phonenumbers.is_valid_number(number):
        return 0.0
    wanted = _DIGITS.findall(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    if dialled == "".join(wanted):
        return 0.75 if groups == wanted else _UNGROUPED
    if number.country_code == 1 and dialled == "1" + "".join(wanted):
        return 0.75 if groups[1:] == wanted else _UNGROUPED
    return 0.0


def _steps(groups: list[str]) -> list[int]:
    """Differences of neighbours: all alike in a list that only counts."""
    return [int(right) - int(left) for left, right in pairwise(groups)]


def introduced(text: str) -> Part | None:
    """What a word has called a telephone number, of any country; dates and pairs are not."""
    groups = _DIGITS.findall(_EXTENSION.sub("", text))
    other = _DATED.match(text) or _OTHERWISE.match(text)
    return (0, len(text), SHAPED) if 7 <= sum(map(len, groups)) <= 15 and not other else None
