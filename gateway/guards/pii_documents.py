"""Documents that are named before their number is given: "passport no. X1234567", "Führerschein: B072RRE2I55".

Their numbers have no check digit and could be anything, so the name is part of the pattern, and the number must have
the shape that its country gives it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.core.pattern import Pattern, pattern

_LINK = (
    r"(?:[ \t]{0,2}\b(?:no|nr|num|number|nummer|numero|id|code|is|was|my|card|it s|n)\b[.o]?){0,3}"
    r"[ \t:=#.\"'(]{1,5}"
)


class Kind(NamedTuple):
    """``found`` is the name, what links it, and the number; ``shape`` is the number at the end of it."""

    entity: str
    found: Pattern
    shape: re.Pattern[str]
    score: float


def _kind(entity: str, names: str, shape: str, score: float = 0.8) -> Kind:
    return Kind(
        entity, pattern(rf"\b(?:{names}){_LINK}(?:{shape})\b(?:[-/.]\w)?", ignore_case=True,
                        trigger=rf"\b(?:{names})\b.{{1,30}}\d"),
        re.compile(rf"(?<![A-Z0-9])(?:{shape})\Z", re.IGNORECASE), score,
    )


_LICENCE = r"driver'?s?'? licen[cs]e|driving licen[cs]e"
KINDS: tuple[Kind, ...] = (
    _kind("US_DRIVER_LICENSE", _LICENCE, r"[A-Z]{1,3}[ -]?\d{2,4}(?:[ -]?\d{2,6}){1,4}|[A-Z]\d{6,14}|\d{2}[A-Z]{3}\d{5}"
          r"|\d{3}[A-Z]{2}\d{4}|[A-Z]{3}\d{2}[A-Z]{2}\d{3}[A-Z]", 0.75),
    _kind("DE_PASSPORT", r"reisepass|german passport|passnummer", r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d?"),
    _kind("DE_ID_CARD", r"personalausweis|ausweis|german id", r"[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}\d?"),
    _kind("DE_FUEHRERSCHEIN", r"fuhrerschein|fuehrerschein", r"[A-Z0-9]\d{2}[A-Z0-9]{6}\d[A-Z0-9]"),
    _kind("DE_HEALTH_INSURANCE", r"krankenversichertennummer|versichertennummer|kvnr|krankenkasse", r"[A-Z]\d{9}"),
    _kind("DE_SOCIAL_SECURITY", r"sozialversicherungsnummer|rentenversicherungsnummer|rvnr",
          r"\d{2} ?\d{6} ?[A-Z] ?\d{3}"),
    _kind("ES_PASSPORT", r"pasaporte|spanish passport", r"[A-Z]{3}\d{6}[A-Z]?"),
    _kind("IT_PASSPORT", r"passaporto|italian passport", r"[A-Z]{2}\d{7}"),
    _kind("IT_IDENTITY_CARD", r"carta d'?identita|carta di identita|italian id",
          r"[A-Z]{2}\d{5}[A-Z]{2}|[A-Z]{2} ?\d{7}"),
    _kind("IT_DRIVER_LICENSE", r"patente", r"[A-Z]{2}\d{7}[A-Z]|U1[0-9A-Z]{7}[A-Z]"),
    _kind("FR_PASSPORT", r"passeport|french passport", r"\d{2}[A-Z]{2}\d{5}"),
    _kind("FR_ID_CARD", r"carte d'?identite|carte nationale", r"[0-9A-Z]{9}\d{0,3}"),
    _kind("NL_PASSPORT", r"paspoort|identiteitskaart|dutch passport", r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d"),
    _kind("KR_PASSPORT", r"korean passport", r"[MSRODG]\d{8}|[MSRODG]\d{3}[A-Z]\d{4}"),
    _kind("IN_PASSPORT", r"indian passport", r"[A-PR-WY][1-9]\d ?\d{4}[1-9]"),
    _kind("UK_PASSPORT", r"(?:uk|british) passport", r"\d{9}|[A-Z]{2}\d{7}", 0.9),
    _kind("US_PASSPORT", r"passport|passports", r"[A-Z]\d{7,8}|[A-Z]{2}\d{6,7}|[A-Z]{3}\d{6}|\d{2}[A-Z]{2}\d{5}", 0.7),
    _kind("US_HEALTH_INSURANCE_MEMBER_ID", r"member(?:ship)?|subscriber|health plan|insurance",
          r"[A-Z]{2,4}-?\d{6,12}", 0.65),
    _kind("UK_VEHICLE_REGISTRATION", r"registration|reg|plates?|number plate|vrm|vehicle", r"[A-Z]{2}\d{2} ?[A-Z]{3}",
          0.75),
    _kind("NG_VEHICLE_REGISTRATION", r"registration|reg|plates?|number plate|vehicle",
          r"[A-Z]{3}[ -]\d{3}[ -]?[A-Z]{2}", 0.75),
    _kind("TR_LICENSE_PLATE", r"plaka|plates?|license plate", r"(?:0[1-9]|[1-7]\d|8[01]) [A-Z]{1,3} \d{2,5}", 0.75),
    _kind("DE_KFZ", r"kennzeichen|license plate|plates?", r"[A-Z]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?", 0.75),
)
ENTITIES: tuple[str, ...] = tuple(dict.fromkeys([each.entity for each in KINDS]))


def confirmed(kind: Kind, text: str) -> tuple[int, int, float] | None:
    """``[start, end)`` of the number within what ``kind.found`` matched, and its score."""
    found = kind.shape.search(text)
    return (found.start(), found.end(), kind.score) if found is not None else None
