"""Numbers that say little on their own and count when a word introduces them: one row a kind, one look for all.

The nearest word decides: in "order 123456789, SSN to follow" nothing is found. Each row's check digits are
python-stdnum's or ``pii_checks``'; where a kind has none, its word alone makes it a finding of less certainty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from stdnum.ar import cuit, dni
from stdnum.at import vnr
from stdnum.au import abn, acn, tfn
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.cz import rc
from stdnum.de import idnr, stnr
from stdnum.dk import cpr
from stdnum.do import cedula
from stdnum.ec import ci
from stdnum.ee import ik
from stdnum.fr import nif as fr_nif
from stdnum.fr import siren, siret
from stdnum.gb import nhs, utr
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.id import nik
from stdnum.il import idnr as il_idnr
from stdnum.in_ import aadhaar
from stdnum.is_ import kennitala
from stdnum.it import iva
from stdnum.jp import cn as jp_cn
from stdnum.jp import in_ as jp_in
from stdnum.kr import brn, rrn
from stdnum.lt import asmens
from stdnum.my import nric
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.nz import ird
from stdnum.pe import ruc
from stdnum.pk import cnic
from stdnum.pl import nip, pesel, regon
from stdnum.pt import nif as pt_nif
from stdnum.ro import cnp
from stdnum.ru import inn
from stdnum.se import orgnr, personnummer
from stdnum.si import emso
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.ua import rntrc
from stdnum.us import ein, itin, rtn, ssn
from stdnum.uy import rut as uy_rut
from stdnum.za import idnr as za_idnr

from gateway.core.pattern import pattern
from gateway.guards import pii_checks

NUMBERS = pattern(r"\b\d(?:[ ./-]?\d){5,19}\b(?:[-/.]\w)?", trigger=r"\d(?:[ ./-]?\d){5}")
NEAR = 48
"""Bytes before a number in which its word stands."""

IsValid = Callable[[str], bool]


class Kind(NamedTuple):
    """``shape`` matches at the start of what ``NUMBERS`` found; ``is_valid`` is asked about its digits alone."""

    entity: str
    shape: re.Pattern[str]
    is_valid: IsValid
    score: float


def _any(_: str) -> bool:
    return True


_ROWS: tuple[tuple[str, str, IsValid, str, float], ...] = (
    ("US_SSN", r"\d{3}([ .-]?)\d{2}\1\d{4}", ssn.is_valid, "ssn ssns social_security", 1.0),
    ("US_ITIN", r"9\d{2}[ -]?\d{2}[ -]?\d{4}", itin.is_valid, "itin itins taxpayer tax_id", 1.0),
    ("US_EIN", r"\d{2}-?\d{7}", ein.is_valid, "ein fein employer_identification employer_id tax_id", 0.9),
    ("US_NPI", r"\d{10}", pii_checks.npi, "npi provider_identifier provider_id", 1.0),
    ("ABA_ROUTING_NUMBER", r"\d{4}-?\d{4}-?\d", rtn.is_valid, "routing aba rtn transit", 1.0),
    ("US_BANK_NUMBER", r"\d{6,17}", _any, "bank_account account_number account_no account_nr account_num acct", 0.7),
    ("US_BANK_NUMBER", r"\d{6,17}", _any, "checking_account savings_account checking", 0.7),
    ("US_BANK_NUMBER", r"\d{8,17}", _any, "account", 0.55),
    ("UK_PASSPORT", r"\d{9}", _any, "uk_passport british_passport gb_passport", 0.9),
    ("US_PASSPORT", r"\d{8,9}", _any, "passport passports passport_no", 0.75),
    ("US_DRIVER_LICENSE", r"\d{7,14}", _any,
     "driver_license drivers_license driver_s_license driving_license dl", 0.65),
    ("US_DRIVER_LICENSE", r"\d{7,14}", _any, "driver_licence drivers_licence driver_s_licence driving_licence", 0.65),
    ("UK_NHS", r"\d{3}[ -]?\d{3}[ -]?\d{4}", nhs.is_valid, "nhs health_service", 1.0),
    ("UK_UTR", r"\d{5} ?\d{5}", utr.is_valid, "utr taxpayer_reference", 1.0),
    ("CA_SIN", r"\d{3}[ -]?\d{3}[ -]?\d{3}", sin.is_valid, "sin social_insurance", 1.0),
    ("AU_TFN", r"\d{3} ?\d{3} ?\d{2,3}", tfn.is_valid, "tfn tax_file", 1.0),
    ("AU_ABN", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", abn.is_valid, "abn australian_business", 1.0),
    ("AU_ACN", r"\d{3} ?\d{3} ?\d{3}", acn.is_valid, "acn australian_company", 1.0),
    ("AU_MEDICARE", r"\d{4}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", pii_checks.medicare_au, "medicare", 1.0),
    ("NZ_IRD", r"\d{2,3}-?\d{3}-?\d{3}", ird.is_valid, "ird inland_revenue", 1.0),
    ("IN_AADHAAR", r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}", aadhaar.is_valid, "aadhaar aadhar uidai uid", 1.0),
    ("PK_CNIC", r"\d{5}-?\d{7}-?\d", cnic.is_valid, "cnic nadra", 1.0),
    ("IT_VAT_CODE", r"\d{11}", iva.is_valid, "partita_iva p_iva iva piva", 1.0),
    ("PL_PESEL", r"\d{11}", pesel.is_valid, "pesel", 1.0),
    ("PL_NIP", r"\d{3}-?\d{3}-?\d{2}-?\d{2}|\d{3}-\d{2}-\d{2}-\d{3}", nip.is_valid, "nip", 1.0),
    ("PL_REGON", r"\d{14}|\d{9}", regon.is_valid, "regon", 1.0),
    ("DE_TAX_ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", idnr.is_valid,
     "steuer_id steuerid steueridentifikationsnummer identifikationsnummer idnr tax_id tax_number tin", 1.0),
    ("DE_TAX_NUMBER", r"\d{2,3}/?\d{3,4}/?\d{4,5}|\d{13}", stnr.is_valid, "steuernummer st_nr steuer_nr", 0.9),
    ("FR_SIREN", r"\d{3} ?\d{3} ?\d{3}", siren.is_valid, "siren", 1.0),
    ("FR_SIRET", r"\d{3} ?\d{3} ?\d{3} ?\d{5}", siret.is_valid, "siret", 1.0),
    ("FR_TAX_ID", r"[0-3]\d ?\d{2} ?\d{3} ?\d{3} ?\d{3}", fr_nif.is_valid, "numero_fiscal spi fiscal", 1.0),
    ("NL_BSN", r"\d{4}\.?\d{2}\.?\d{3}", bsn.is_valid, "bsn burgerservicenummer sofi sofinummer", 1.0),
    ("BE_NATIONAL_NUMBER", r"\d{6}[ -]?\d{3}[ .]?\d{2}|\d{2}\.\d{2}\.\d{2}[ -]\d{3}[.-]\d{2}", nn.is_valid,
     "rijksregisternummer registre_national national_number nn niss insz", 1.0),
    ("DK_CPR", r"\d{6}-?\d{4}", cpr.is_valid, "cpr", 1.0),
    ("NO_FODSELSNUMMER", r"\d{6} ?\d{5}", fodselsnummer.is_valid, "fodselsnummer personnummer fnr fodselsnr", 1.0),
    ("SE_PERSONNUMMER", r"(?:\d{2})?\d{6}-?\d{4}", personnummer.is_valid, "personnummer swedish", 1.0),
    ("SE_ORGANISATIONSNUMMER", r"\d{6}-?\d{4}", orgnr.is_valid, "organisationsnummer orgnr org_nr", 1.0),
    ("IS_KENNITALA", r"\d{6}-?\d{4}", kennitala.is_valid, "kennitala kt", 1.0),
    ("AT_SVNR", r"\d{4} ?\d{6}", vnr.is_valid, "svnr vsnr sozialversicherungsnummer versicherungsnummer sv_nr", 1.0),
    ("PT_NIF", r"\d{3} ?\d{3} ?\d{3}", pt_nif.is_valid, "nif contribuinte nipc", 1.0),
    ("CZ_RODNE_CISLO", r"\d{6}/?\d{3,4}", rc.is_valid, "rodne_cislo rodneho_cisla rc birth_number", 1.0),
    ("RO_CNP", r"\d{13}", cnp.is_valid, "cnp cod_numeric", 1.0),
    ("BG_EGN", r"\d{10}", egn.is_valid, "egn", 1.0),
    ("HR_OIB", r"\d{11}", oib.is_valid, "oib", 1.0),
    ("SI_EMSO", r"\d{13}", emso.is_valid, "emso jmbg", 1.0),
    ("EE_ISIKUKOOD", r"\d{11}", ik.is_valid, "isikukood", 1.0),
    ("LT_ASMENS_KODAS", r"\d{11}", asmens.is_valid, "asmens_kodas asmens", 1.0),
    ("GR_AMKA", r"\d{11}", amka.is_valid, "amka", 1.0),
    ("RU_INN", r"\d{12}|\d{10}", inn.is_valid, "inn", 1.0),
    ("UA_RNTRC", r"\d{10}", rntrc.is_valid, "rntrc rnokpp ipn", 1.0),
    ("TR_NATIONAL_ID", r"\d{11}", tckimlik.is_valid, "tckn kimlik tc_kimlik t_c tc", 1.0),
    ("IL_ID_NUMBER", r"\d{7,8}-?\d", il_idnr.is_valid, "teudat_zehut zehut israeli_id", 1.0),
    ("BR_CPF", r"\d{11}", cpf.is_valid, "cpf", 1.0),
    ("BR_CNPJ", r"\d{14}", cnpj.is_valid, "cnpj", 1.0),
    ("AR_CUIT", r"\d{2}-?\d{8}-?\d", cuit.is_valid, "cuit cuil", 1.0),
    ("AR_DNI", r"\d{2}\.?\d{3}\.?\d{3}", dni.is_valid, "dni documento", 0.8),
    ("CL_RUT", r"\d{1,2}\.?\d{3}\.?\d{3}-?\d", rut.is_valid, "rut run", 1.0),
    ("CO_NIT", r"\d{3}\.?\d{3}\.?\d{3}-?\d", nit.is_valid, "nit", 1.0),
    ("EC_CEDULA", r"\d{9}-?\d", ci.is_valid, "cedula ci", 1.0),
    ("PE_RUC", r"\d{11}", ruc.is_valid, "ruc", 1.0),
    ("UY_RUT", r"\d{12}", uy_rut.is_valid, "rut", 1.0),
    ("DO_CEDULA", r"\d{3}-?\d{7}-?\d", cedula.is_valid, "cedula", 1.0),
    ("ZA_ID_NUMBER", r"\d{6} ?\d{4} ?\d{3}", za_idnr.is_valid,
     "id_number south_africa south_african identity_number id_no sa_id", 1.0),
    ("NG_NIN", r"\d{11}", _any, "nin national_identification", 0.75),
    ("KR_RRN", r"\d{13}", rrn.is_valid, "rrn resident_registration", 1.0),
    ("KR_BRN", r"\d{3}-?\d{2}-?\d{5}", brn.is_valid, "brn business_registration", 1.0),
    ("JP_MY_NUMBER", r"\d{4}[ -]?\d{4}[ -]?\d{4}", jp_in.is_valid, "my_number mynumber kojin_bango individual_number",
     1.0),
    ("JP_CORPORATE_NUMBER", r"\d-?\d{4}-?\d{4}-?\d{4}", jp_cn.is_valid, "corporate_number hojin_bango", 1.0),
    ("TH_TNIN", r"\d{13}", pin.is_valid, "thai tnin thai_id", 1.0),
    ("MY_NRIC", r"\d{12}", nric.is_valid, "mykad nric ic ic_number", 0.9),
    ("ID_NIK", r"\d{16}", nik.is_valid, "nik ktp", 1.0),
    ("IMEI", r"\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d|\d{15}", pii_checks.imei, "imei", 1.0),
)
KINDS: tuple[Kind, ...] = tuple([
    Kind(entity, re.compile(rf"(?:{shape})(?![0-9]|[-/.]\w)"), is_valid, score)
    for entity, shape, is_valid, _, score in _ROWS
])
ENTITIES: tuple[str, ...] = tuple(dict.fromkeys([each.entity for each in KINDS]))

_ELSEWHERE = frozenset(["order", "invoice", "ticket", "isbn", "issn", "sku", "version", "serial", "tracking", "po",
                        "build", "rfc", "chapter", "page", "pages", "section", "part", "case", "phone", "tel", "fax",
                        "mobile", "telephone", "whatsapp", "amount", "total", "price", "timestamp"])
"""Words that say that a number is something else."""
_BY_WORD: dict[str, tuple[Kind, ...]] = {}
for _kind, _row in zip(KINDS, _ROWS, strict=True):
    for _word in _row[3].split():
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _kind)

_WORD = re.compile(r"[a-z]+")
_MOST_WORDS = 3
_NO_DIGIT = re.compile(r"\D")


def known_by(before: str) -> tuple[Kind, ...]:
    """The kinds that telling words (or two or three side by side) in ``before`` introduce, the nearest first."""
    words = _WORD.findall(before.lower())
    kinds: tuple[Kind, ...] = ()
    for at in range(len(words) - 1, -1, -1):
        if words[at] in _ELSEWHERE:
            break
        for size in range(min(_MOST_WORDS, at + 1), 0, -1):
            kinds += _BY_WORD.get("_".join(words[at + 1 - size : at + 1]), ())
    return kinds


def confirmed(kinds: tuple[Kind, ...], text: str, entities: frozenset[str]) -> tuple[str, int, float] | None:
    """Entity, length and score of the number with which ``text`` begins, if it is one of ``kinds``."""
    for kind in kinds:
        found = kind.shape.match(text) if kind.entity in entities else None
        if found is not None and kind.is_valid(_NO_DIGIT.sub("", found[0])):
            return (kind.entity, found.end(), kind.score)
    return None
