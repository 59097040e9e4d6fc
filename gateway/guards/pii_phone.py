"""Telephone numbers, judged by libphonenumber's number plans: a run of digits is one only where it could be dialled."""

from __future__ import annotations

import re

import phonenumbers

from gateway.core.pattern import pattern

Part = tuple[int, int, float]

INTERNATIONAL = pattern(r"\+\d(?:[ ./()-]{0,3}\d){6,14}\b(?:[-/.]\w)?")
NATIONAL = pattern(
    r"(?:(?:\b1[ .-]?)?\(\d{2,5}\) ?\d{2,8}|\b\d{1,5}[ .-]\d{2,8})(?:[ .-]\d{2,8}){0,4}\b(?:[-/.]\w)?",
    trigger=r"\d\)? ?[ .-]?\d{2,8}[ .-]\d{2,8}|\d{2,5}[ .-]\d{4,8}|\d\) ?\d{2}",
)
BARE = pattern(r"\b\d{9,15}\b(?:[-/.]\w)?")
SHAPES = (INTERNATIONAL, NATIONAL, BARE)

INTRODUCED = pattern(
    r"\b(?:phones?|telephone|tel|mobile|cell(?:phone)?|call(?: me)?|dial|sms|fax|whatsapp|hotline|ring)\b",
    ignore_case=True,
)
LABELLED = pattern(
    r"\b(?:orders?|invoice|ticket|ref(?:erence)?|isbn|ids?|case|part|serial|sku|version|tracking|account|po|build"
    r"|release|chapter|section|pages?|rfc|grid)\b",
    ignore_case=True,
)
"""Words that, directly before a number, say that it is a number of something else."""

_DATED = re.compile(r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./]|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d")
_DIGITS = re.compile(r"\d+")
_UNGROUPED = 0.4
MOST_CHECKS = 200
"""Looks into the number plans that one text may cost, for each shape. They take 0.1 ms each, so a text of nothing but
numbers would hold up everyone else's; what could be a number beyond them counts as one."""


def plausible(text: str) -> bool:
    """Whether a national number is worth a look into the plans: no date, no list of pairs, and a fitting length."""
    groups = _DIGITS.findall(text)
    return (
        7 <= sum(map(len, groups)) <= 15
        and not _DATED.match(text)
        and not (len(groups) > 1 and set(map(len, groups)) == {2})
    )


def unchecked(text: str) -> Part:
    """What a number is when its text has had all the looks that it may cost."""
    return (0, len(text), 0.75)


def international(text: str) -> Part | None:
    """``+`` and a number that its country's plan knows; a group too many at the end is left alone."""
    groups = [found.end() for found in _DIGITS.finditer(text)]
    for end in groups[:-4:-1]:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text[:end])):
                return (0, end, 1.0)
        except phonenumbers.NumberParseException:
            return None
    return None


def national(text: str, regions: tuple[str, ...]) -> Part | None:
    """A number as people of ``regions`` dial it, trunk prefix included; sure only when grouped as they write it."""
    groups = _DIGITS.findall(text)
    dialled = "".join(groups)
    if not plausible(text):
        return None
    for region in regions:
        try:
            number = phonenumbers.parse(dialled, region)
        except phonenumbers.NumberParseException:
            continue
        if not phonenumbers.is_valid_number(number):
            continue
        wanted = _DIGITS.findall(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
        if dialled == "".join(wanted):
            return (0, len(text), 0.75 if groups == wanted else _UNGROUPED)
        if number.country_code == 1 and dialled == "1" + "".join(wanted):
            return (0, len(text), 0.75 if groups[1:] == wanted else _UNGROUPED)
    return None
