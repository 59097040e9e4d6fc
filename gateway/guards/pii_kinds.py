"""What personal data looks like: one row a kind, with the validator that confirms it and the words that introduce it.

Check digits, number plans and date rules come from python-stdnum; nothing here invents its own. Entities carry
Presidio's names where it has one, so policies and reports read the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stdnum import bitcoin, mac
from stdnum.au import abn, acn, tfn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import nie, nif
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar, epic, gstin, pan
from stdnum.it import codicefiscale, iva
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.sg import uen
from stdnum.us import itin, rtn, ssn
from stdnum.za import idnr as za_idnr

from gateway.core.pattern import Pattern, pattern
from gateway.guards.pii_numbers import bank_account, card, email, ip_address

Part = tuple[int, int, float]
"""``[start, end)`` of the value within the text matched, and the score it has without a word that introduces it."""

FAINT = 0.3
"""Findings that score lower are not worth reporting, whatever a policy's threshold is."""

_TAIL = r"\b(?:[-/.]\w)?"
"""A number that goes on behind a hyphen, slash or dot is part of something longer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One notation of one entity. ``shape`` is what ``check`` may be asked about; ``found`` is ``shape`` and its tail.

    ``introduced``: words that, shortly before the value, raise its score to ``known``. ``not_after``: characters
    that, directly before it, make it part of something longer.
    """

    entity: str
    shape: Pattern
    found: Pattern
    check: Callable[[str], Part | None]
    introduced: Pattern | None
    known: float
    not_after: str
    needs_word: bool
    """Without an introducing word it is not worth checking."""


def _kind(
    entity: str, shape: str, check: Callable[[str], Part | None], words: str = "", *, known: float = 1.0,
    not_after: str = "-./+\\", tail: str = _TAIL, ignore_case: bool = False, trigger: str | None = None,
) -> Kind:
    bare = rf"\b(?:{shape})"
    return Kind(
        entity, pattern(bare, ignore_case=ignore_case),
        pattern(bare + tail, ignore_case=ignore_case, trigger=trigger or rf"{bare}\b"), check,
        pattern(rf"\b(?:{words})\b", ignore_case=True) if words else None, known, not_after,
        isinstance(check, _Whole) and check.alone < FAINT,
    )


_DROP = str.maketrans("", "", " .-")


@dataclass(frozen=True, slots=True)
class _Whole:
    """The whole text, when ``is_valid`` says so; ``alone`` is its score without a word that introduces it."""

    is_valid: Callable[[str], bool]
    alone: float
    drop: dict[int, int | None]

    def __call__(self, text: str) -> Part | None:
        return (0, len(text), self.alone) if self.is_valid(text.translate(self.drop)) else None


def _valid(is_valid: Callable[[str], bool], alone: float) -> _Whole:
    return _Whole(is_valid, alone, _DROP)


def _as_written(is_valid: Callable[[str], bool], alone: float) -> _Whole:
    return _Whole(is_valid, alone, {})


def _any(_: str) -> bool:
    return True


def _is_mac(text: str) -> bool:
    return bool(mac.is_valid(text, validate_manufacturer=False))  # the makers' table would be read at every look


def _nino(text: str) -> bool:
    """HMRC never issues these prefixes (manual NIM39110)."""
    return text[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


KINDS: tuple[Kind, ...] = (
    _kind("EMAIL_ADDRESS", r"[A-Za-z0-9][\w.%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,7}[A-Za-z]{2,24}", email,
          tail=r"\b(?::\w)?", not_after="", trigger=r"@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9]"),
    _kind("CREDIT_CARD", r"\d(?:[ -]?\d){11,22}", card, not_after="-.+", tail=r"\b(?:\.\d)?",
          trigger=r"\b\d(?:[ -]?\d){11}",
          words=r"(?:credit|debit|payment|bank)? ?cards?|visa|mastercard|maestro|amex|pan|cc"),
    _kind("IBAN_CODE", r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,34}", bank_account, ignore_case=True, tail=r"\b",
          trigger=r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11}"),
    _kind("IP_ADDRESS", r"\d{1,3}(?:\.\d{1,3}){3}", ip_address, r"ip|ipv4|address|host|server|client|addr",
          tail=r"\b(?:[-.]\w)?", not_after="-.\\", known=0.8),
    _kind("IP_ADDRESS", r"[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}", ip_address, ignore_case=True,
          tail=r"\b(?:[-.:]\w)?", not_after="-.:\\"),
    _kind("MAC_ADDRESS", r"[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})", _as_written(_is_mac, 0.8),
          ignore_case=True, tail=r"\b(?:[-:.]\w)?", not_after="-.:\\"),
    _kind("CRYPTO", r"bc1[ac-hj-np-z02-9]{11,71}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}",
          _as_written(bitcoin.is_valid, 1.0), not_after="/"),
    _kind("CRYPTO", r"0x[0-9a-fA-F]{40}", _as_written(_any, 0.3), "eth|ethereum|wallet|crypto|erc-?20|usdc|usdt"),
    _kind("US_SSN", r"\d{3}-\d{2}-\d{4}", _valid(ssn.is_valid, 0.85), "ssns?|social security|social"),
    _kind("US_SSN", r"\d{3}[ .]\d{2}[ .]\d{4}|\d{9}", _valid(ssn.is_valid, 0.1), "ssns?|social security"),
    _kind("US_ITIN", r"9\d{2}[ -]?\d{2}[ -]?\d{4}", _valid(itin.is_valid, 0.3), "itins?|taxpayer|tax id"),
    _kind("US_PASSPORT", r"[A-Z]?\d{8,9}", _valid(_any, 0.0), r"passports?", known=0.75),
    _kind("UK_PASSPORT", r"\d{9}", _valid(_any, 0.0), r"(?:uk|british|gb) passport", known=0.9),
    _kind("ABA_ROUTING_NUMBER", r"\d{9}", _valid(rtn.is_valid, 0.05), r"routing|aba|rtn"),
    _kind("UK_NHS", r"\d{3}[ -]?\d{3}[ -]?\d{4}", _valid(nhs.is_valid, 0.1), r"nhs|health service"),
    _kind("UK_NINO", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", _valid(_nino, 0.6),
          r"national insurance|nino|ni|ni number"),
    _kind("CA_SIN", r"\d{3}[ -]?\d{3}[ -]?\d{3}", _valid(sin.is_valid, 0.1), r"sin|social insurance"),
    _kind("IN_PAN", r"[A-Z]{5}\d{4}[A-Z]", _valid(pan.is_valid, 0.6), r"pan|permanent account|income tax"),
    _kind("IN_AADHAAR", r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}", _valid(aadhaar.is_valid, 0.3), r"aadhaa?r|uidai|uid"),
    _kind("IN_GSTIN", r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", _valid(gstin.is_valid, 0.8), r"gst(?:in)?"),
    _kind("IN_VOTER", r"[A-Z]{3}\d{7}", _valid(epic.is_valid, 0.2), r"voter|epic|electors?"),
    _kind("ES_NIF", r"\d{8}[ -]?[A-Z]", _valid(nif.is_valid, 0.6), r"nif|dni"),
    _kind("ES_NIE", r"[XYZ][ -]?\d{7}[ -]?[A-Z]", _valid(nie.is_valid, 0.7), r"nie|extranjeros?"),
    _kind("IT_FISCAL_CODE", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _valid(codicefiscale.is_valid, 1.0)),
    _kind("IT_VAT_CODE", r"\d{11}", _valid(iva.is_valid, 0.05), r"partita iva|p\.? ?iva|iva"),
    _kind("PL_PESEL", r"\d{11}", _valid(pesel.is_valid, 0.3), r"pesel"),
    _kind("AU_TFN", r"\d{3} ?\d{3} ?\d{2,3}", _valid(tfn.is_valid, 0.1), r"tfn|tax file"),
    _kind("AU_ABN", r"\d{2} \d{3} \d{3} \d{3}", _valid(abn.is_valid, 0.6), r"abn|australian business"),
    _kind("AU_ABN", r"\d{11}", _valid(abn.is_valid, 0.1), r"abn|australian business"),
    _kind("AU_ACN", r"\d{3} ?\d{3} ?\d{3}", _valid(acn.is_valid, 0.1), r"acn|australian company"),
    _kind("SG_NRIC_FIN", r"[STFGM]\d{7}[A-Z]", _valid(_any, 0.3), r"nric|fin|singapore"),
    _kind("SG_UEN", r"\d{8,9}[A-Z]|[TRS]\d{2}[A-Z]{2}\d{4}[A-Z]", _valid(uen.is_valid, 0.2), r"uen|singapore"),
    _kind("DE_TAX_ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", _valid(idnr.is_valid, 0.3),
          r"steuer-?(?:id|identifikationsnummer|nummer)|idnr|tax (?:id|number)|tin"),
    _kind("FR_INSEE", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", _valid(nir.is_valid, 0.8),
          r"insee|nir|securite sociale"),
    _kind("NL_BSN", r"\d{4}\.?\d{2}\.?\d{3}", _valid(bsn.is_valid, 0.1), r"bsn|burgerservicenummer|sofi"),
    _kind("BE_NATIONAL_NUMBER", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", _valid(nn.is_valid, 0.9)),
    _kind("SE_PERSONNUMMER", r"(?:\d{2})?\d{6}[-+]\d{4}", _as_written(personnummer.is_valid, 0.6),
          r"personnummer|swedish"),
    _kind("FI_PERSONAL_IDENTITY_CODE", r"\d{6}[-+A]\d{3}[0-9A-Y]", _as_written(hetu.is_valid, 0.8), r"hetu"),
    _kind("DK_CPR", r"\d{6}-?\d{4}", _valid(cpr.is_valid, 0.1), r"cpr"),
    _kind("NO_FODSELSNUMMER", r"\d{6} ?\d{5}", _valid(fodselsnummer.is_valid, 0.2), r"fodselsnummer|personnummer"),
    _kind("BR_CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", _valid(cpf.is_valid, 0.9)),
    _kind("CN_RESIDENT_ID", r"\d{17}[\dX]", _valid(ric.is_valid, 0.8)),
    _kind("KR_RRN", r"\d{6}-[1-8]\d{6}", _valid(rrn.is_valid, 0.8), r"rrn|resident registration"),
    _kind("ZA_ID_NUMBER", r"\d{13}", _valid(za_idnr.is_valid, 0.3), r"id number|south africa[n]?|identity number"),
    _kind("CH_AHV", r"756\.\d{4}\.\d{4}\.\d{2}", _valid(ahv.is_valid, 1.0)),
    _kind("MX_CURP", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", _valid(curp.is_valid, 1.0)),
    _kind("IE_PPS", r"\d{7}[A-W][A-IW]?", _valid(pps.is_valid, 0.3), r"ppsn?|personal public service"),
)
"""In the order in which they claim a place that several of them fit."""
