"""What personal data looks like: one row a notation, with the validator that confirms it and words that make it surer.

Numbers that only a word makes somebody's are in ``pii_introduced``; named documents in ``pii_documents``.

Check digits, number plans and date rules come from python-stdnum; nothing here invents its own. Entities carry
Presidio's names where it has one, so policies and reports read the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stdnum import bitcoin, mac
from stdnum.au import abn
from stdnum.be import nn
from stdnum.br import cnpj, cpf
from stdnum.ch import ssn as ahv
from stdnum.ch import uid
from stdnum.cl import rut
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.es import cif, nie, nif
from stdnum.eu import vat
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.ie import pps
from stdnum.in_ import epic, gstin, pan
from stdnum.it import codicefiscale
from stdnum.ke import pin as ke_pin
from stdnum.kr import rrn
from stdnum.mx import curp, rfc
from stdnum.my import nric
from stdnum.pk import cnic
from stdnum.pt import cc
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.sg import uen
from stdnum.th import pin as th_pin
from stdnum.us import itin, ssn
from stdnum.ve import rif

from gateway.core.pattern import Pattern, pattern
from gateway.guards import pii_checks
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


def _whole_link(text: str) -> Part | None:
    """A link without the marks of the sentence around it."""
    return (0, len(text.rstrip(".,;:!?)]}")), 0.6)


_INDIAN_STATES = frozenset(
    ["AN", "AP", "AR", "AS", "BH", "BR", "CG", "CH", "DD", "DL", "DN", "GA", "GJ", "HP", "HR", "JH", "JK", "KA", "KL",
     "LA", "LD", "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "OR", "PB", "PY", "RJ", "SK", "TN", "TR", "TS", "UK", "UP",
     "WB"]
)


def _indian_plate(text: str) -> bool:
    return text[:2] in _INDIAN_STATES


def _nino(text: str) -> bool:
    """HMRC never issues these prefixes (manual NIM39110)."""
    return text[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


_MBI = "[AC-HJKMNP-RT-Y]"
_EU = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK"
KINDS: tuple[Kind, ...] = (
    _kind("EMAIL_ADDRESS", r"[A-Za-z0-9][\w.%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,7}[A-Za-z]{2,24}", email,
          tail=r"\b(?::\w)?", not_after="", trigger=r"@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9]"),
    _kind("CREDIT_CARD", r"\d(?:[ -]?\d){11,22}", card, not_after="-.+", tail=r"\b(?:[-.]\d)?",
          trigger=r"\b\d(?:[ -]?\d){11}",
          words=r"(?:credit|debit|payment|bank)? ?cards?|visa|mastercard|maestro|amex|pan|cc"),
    _kind("IBAN_CODE", r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,34}", bank_account, ignore_case=True, tail=r"\b",
          trigger=r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11}"),
    _kind("IP_ADDRESS", r"\d{1,3}(?:\.\d{1,3}){3}", ip_address, r"ip|ipv4|address|host|server|client|addr",
          tail=r"\b(?:[-.]\w)?", not_after="-.\\", known=0.8),
    _kind("IP_ADDRESS", r"[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){1,6}(?:[0-9a-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})", ip_address,
          ignore_case=True, tail=r"\b(?:[-.:]\w)?", not_after="-.:\\"),
    _kind("MAC_ADDRESS", r"[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})", _as_written(_is_mac, 0.8),
          ignore_case=True, tail=r"\b(?:[-:.]\w)?", not_after="-.:\\"),
    _kind("MAC_ADDRESS", r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", _as_written(_any, 0.6), ignore_case=True,
          tail=r"\b(?:[-:.]\w)?", not_after="-.:\\"),
    _kind("CRYPTO", r"bc1[ac-hj-np-z02-9]{11,71}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}",
          _as_written(bitcoin.is_valid, 1.0), not_after="/"),
    _kind("CRYPTO", r"0x[0-9a-fA-F]{40}", _as_written(_any, 0.3), "eth|ethereum|wallet|crypto|erc-?20|usdc|usdt"),
    _kind("URL", r"(?:https?://|www\.)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}(?::\d{2,5})?(?:[/?#][^\s\"'<>]{0,200})?",
          _whole_link, ignore_case=True, not_after="@", tail="", trigger=r"\b(?:https?://|www\.)"),
    _kind("US_SSN", r"\d{3}-\d{2}-\d{4}", _valid(ssn.is_valid, 0.85), "ssns?|social security|social"),
    _kind("US_SSN", r"\d{3} \d{2} \d{4}", _valid(ssn.is_valid, 0.5), "ssns?|social security|social"),
    _kind("US_ITIN", r"9\d{2}-\d{2}-\d{4}", _valid(itin.is_valid, 0.6), "itins?|taxpayer|tax id"),
    _kind("US_MBI", rf"[1-9]{_MBI}[{_MBI[1:-1]}0-9]\d-?{_MBI}[{_MBI[1:-1]}0-9]\d-?{_MBI}{{2}}\d{{2}}",
          _valid(_any, 0.6), "mbi|medicare"),
    _kind("MEDICAL_LICENSE", r"[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}", _valid(pii_checks.dea, 0.5),
          "dea|prescriber|medical licen[cs]e"),
    _kind("UK_NINO", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]", _valid(_nino, 0.6),
          r"national insurance|nino|ni|ni number"),
    _kind("UK_DRIVING_LICENCE", r"[A-Z9]{5}\d[0156]\d(?:[0-2]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}", _valid(_any, 0.8),
          "driving licen[cs]e|dvla"),
    _kind("UK_POSTCODE", r"(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}", _valid(_any, 0.4),
          r"post ?codes?|address|lives? (?:at|in)"),
    _kind("CA_POSTAL_CODE", r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d", _valid(_any, 0.5),
          r"postal ?codes?|address"),
    _kind("IN_PAN", r"[A-Z]{5}\d{4}[A-Z]", _valid(pan.is_valid, 0.6), r"pan|permanent account|income tax"),
    _kind("IN_GSTIN", r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", _valid(gstin.is_valid, 0.8), r"gst(?:in)?"),
    _kind("IN_VOTER", r"[A-Z]{3}\d{7}", _valid(epic.is_valid, 0.2), r"voter|epic|electors?"),
    _kind("IN_VEHICLE_REGISTRATION", r"[A-Z]{2}[ -]?\d{2}[ -]?[A-Z]{1,2}[ -]?\d{4}", _valid(_indian_plate, 0.4),
          r"vehicle|registration|plates?|car|bike|rto"),
    _kind("ES_NIF", r"\d{8}[ -]?[A-Z]", _valid(nif.is_valid, 0.6), r"nif|dni"),
    _kind("ES_NIE", r"[XYZ][ -]?\d{7}[ -]?[A-Z]", _valid(nie.is_valid, 0.7), r"nie|extranjeros?"),
    _kind("ES_CIF", r"[ABCDEFGHJNPQRSUVW][ -]?\d{7}[ -]?[0-9A-J]", _valid(cif.is_valid, 0.4), r"cif"),
    _kind("IT_FISCAL_CODE", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _valid(codicefiscale.is_valid, 1.0),
          ignore_case=True, trigger=r"[A-Z]\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"),
    _kind("SG_NRIC_FIN", r"[STFGM]\d{7}[A-Z]", _valid(pii_checks.singapore, 0.4), r"nric|fin|singapore"),
    _kind("AU_ABN", r"\d{2} \d{3} \d{3} \d{3}", _valid(abn.is_valid, 0.6), r"abn|australian business"),
    _kind("SG_UEN", r"\d{8,9}[A-Z]|[TRS]\d{2}[A-Z]{2}\d{4}[A-Z]", _valid(uen.is_valid, 0.2), r"uen|singapore"),
    _kind("EU_VAT_NUMBER", rf"(?:{_EU}) ?[0-9A-Z]{{7,11}}\d?",
          _valid(vat.is_valid, 0.6), r"vat|ust-?id\w*|tva|iva|btw|moms|mwst"),
    _kind("FR_INSEE", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", _valid(nir.is_valid, 0.8),
          r"insee|nir|securite sociale"),
    _kind("BE_NATIONAL_NUMBER", r"\d{2}\.\d{2}\.\d{2}[ -]\d{3}[.-]\d{2}", _valid(nn.is_valid, 0.9)),
    _kind("SE_PERSONNUMMER", r"(?:\d{2})?\d{6}[-+]\d{4}", _as_written(personnummer.is_valid, 0.6),
          r"personnummer|swedish"),
    _kind("FI_PERSONAL_IDENTITY_CODE", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", _as_written(hetu.is_valid, 0.8), r"hetu",
          not_after="./\\"),
    _kind("CZ_RODNE_CISLO", r"\d{6}/\d{4}", _as_written(rc.is_valid, 0.6), "rodne cislo|rc"),
    _kind("CH_AHV", r"756[. ]\d{4}[. ]\d{4}[. ]\d{2}|756\d{10}", _valid(ahv.is_valid, 1.0)),
    _kind("CH_UID", r"CHE-?\d{3}\.?\d{3}\.?\d{3}", _valid(uid.is_valid, 0.9)),
    _kind("PT_CITIZEN_CARD", r"\d{8} ?\d ?[A-Z0-9]{2}\d", _valid(cc.is_valid, 0.4),
          r"cartao de cidadao|cidadao|cc|citizen card"),
    _kind("RO_CNP", r"[1-9]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}", _valid(cnp.is_valid, 0.6), "cnp"),
    _kind("BR_CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", _valid(cpf.is_valid, 0.9)),
    _kind("BR_CNPJ", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", _valid(cnpj.is_valid, 0.9)),
    _kind("CL_RUT", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]|\d{7,8}-[kK]", _valid(rut.is_valid, 0.7), "rut|run"),
    _kind("VE_RIF", r"[VEJPG]-?\d{8}-?\d", _valid(rif.is_valid, 0.6), "rif"),
    _kind("MX_CURP", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", _valid(curp.is_valid, 1.0)),
    _kind("MX_RFC", r"[A-Z&]{3,4}-?\d{6}-?[A-Z0-9]{2}[0-9A]", _valid(rfc.is_valid, 0.4), "rfc"),
    _kind("CN_RESIDENT_ID", r"\d{17}[\dX]", _valid(ric.is_valid, 0.8)),
    _kind("HK_ID_CARD", r"[A-Z]{1,2}\d{6} ?\([0-9A]\)", _as_written(pii_checks.hong_kong, 0.9), tail=r"(?:[-/.]?\d)?",
          trigger=r"\b[A-Z]{1,2}\d{6} ?\([0-9A]\)"),
    _kind("TW_ID_CARD", r"[A-Z][1289]\d{8}", _valid(pii_checks.taiwan, 0.6), "taiwan|national id|arc"),
    _kind("KR_RRN", r"\d{6}-[1-8]\d{6}", _valid(rrn.is_valid, 0.8), r"rrn|resident registration"),
    _kind("KR_DRIVER_LICENSE", r"(?:1[1-9]|2[0-8])-\d{2}-\d{6}-\d{2}", _valid(_any, 0.7)),
    _kind("TH_TNIN", r"[1-8]-\d{4}-\d{5}-\d{2}-\d", _valid(th_pin.is_valid, 0.9)),
    _kind("MY_NRIC", r"\d{6}-\d{2}-\d{4}", _valid(nric.is_valid, 0.7), "nric|mykad|ic"),
    _kind("PK_CNIC", r"\d{5}-\d{7}-\d", _valid(cnic.is_valid, 0.8), "cnic|nadra"),
    _kind("RU_SNILS", r"\d{3}-\d{3}-\d{3}[ -]\d{2}", _as_written(pii_checks.snils, 0.9)),
    _kind("KE_PIN", r"[AP]\d{9}[A-Z]", _valid(ke_pin.is_valid, 0.6), "kra|pin"),
    _kind("IE_PPS", r"\d{7}[A-W][A-IW]?", _valid(pps.is_valid, 0.6), r"ppsn?|personal public service"),
    _kind("VIN", r"[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{4}\d{4}", _valid(pii_checks.vin, 0.6),
          "vin|chassis|vehicle"),
)
"""In the order in which they claim a place that several of them fit."""
