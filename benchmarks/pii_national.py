"""National numbers for ``pii_made``: drawn at random until python-stdnum (or the issuer's rule) calls them right."""

from __future__ import annotations

import importlib
import string
from collections.abc import Callable
from random import Random

from gateway.guards import pii_checks

Draw = Callable[[Random], str]
Row = tuple[Draw, Draw, tuple[str, ...], float]

_CLASSES = {"#": string.digits, "@": string.ascii_uppercase, "*": string.digits + string.ascii_uppercase}
_DROP = str.maketrans("", "", " .-/()")


def _shaped(rng: Random, text: str) -> str:
    text = text.replace("YYYY", str(rng.randint(1940, 2005))).replace("YY", f"{rng.randint(40, 99)}")
    text = text.replace("MM", f"{rng.randint(1, 12):02}").replace("DD", f"{rng.randint(1, 28):02}")
    return "".join([rng.choice(_CLASSES[each]) if each in _CLASSES else each for each in text])


def _asked(own: Callable[[str], bool], text: str) -> bool:
    """The rules of ``pii_checks`` may be asked about the right shape only; any other is wrong."""
    try:
        return own(text)
    except (ValueError, KeyError, IndexError):
        return False


def _row(shapes: str, rule: str, words: str, alone: float) -> Row:
    """``shapes`` and ``words`` apart by ``|``; ``rule`` names a module of stdnum or a function of ``pii_checks``."""
    if not rule:
        is_valid: Callable[[str], bool] = lambda _: True  # noqa: E731
    elif rule.islower() and "." not in rule:
        own = getattr(pii_checks, rule)
        is_valid = lambda text: _asked(own, text.translate(_DROP))  # noqa: E731
    else:
        is_valid = importlib.import_module(f"stdnum.{rule}").is_valid
    forms = shapes.split("|")

    def value(rng: Random) -> str:
        form = rng.choice(forms)
        for _ in range(30_000):
            text = _shaped(rng, form)
            if is_valid(text):
                return text
        raise ValueError(f"no valid number of shape {form!r} for {rule}")

    def miss(rng: Random) -> str:
        text = value(rng)
        digit = rng.choice(string.digits)
        wrong = [text + "-" + digit, f"{digit}.{text}", f"{text}.{digit}{digit}"]
        wrong += [text + digit, digit + text, text[:-1]] if rule else []
        if rule:
            for _ in range(40):
                places = [at for at, each in enumerate(text) if each.isdigit()]
                at = rng.choice(places)
                other = text[:at] + rng.choice(string.digits) + text[at + 1 :]
                if not is_valid(other):
                    return rng.choice((other, other, other, other, *[each for each in wrong if not is_valid(each)]))
        return rng.choice([each for each in wrong if not rule or not is_valid(each)])

    carriers = tuple([form.replace("W", word) for word in words.split("|") for form in (
        "W {}", "W: {}.", "W number {}", "my W is {}", "W no. {}, ok", "(W {})")])
    return (value, miss, carriers, alone)


NATIONAL: dict[str, Row] = {
    "MAC_ADDRESS": (lambda rng: ":".join([f"{rng.randint(0, 255):02x}" for _ in range(6)]),
                    lambda rng: ":".join([f"{rng.randint(0, 255):02x}" for _ in range(rng.choice((5, 7)))]), ("mac {}",
                                                                                                              ), 0.7),
    "US_ITIN": _row("9##-7#-####|9##-8#-####", "us.itin", "ITIN|taxpayer", 0.5),
    "US_EIN": _row("##-#######", "us.ein", "EIN|employer identification", 0.0),
    "US_NPI": _row("1#########", "npi", "NPI", 0.0),
    "US_MBI": _row("1EG4-TE5-MK7#|2A##A##AA##", "", "Medicare", 0.5),
    "MEDICAL_LICENSE": _row("B@#######|F9#######", "dea", "DEA", 0.5),
    "ABA_ROUTING_NUMBER": _row("0########|1########", "us.rtn", "routing|ABA", 0.0),
    "US_BANK_NUMBER": _row("########|##########|############", "", "bank account|account", 0.0),
    "US_DRIVER_LICENSE": _row("@#######|@############|########", "", "driver's license|driver license", 0.0),
    "US_PASSPORT": _row("#########|@########", "", "passport", 0.0),
    "UK_NHS": _row("### ### ####|##########", "gb.nhs", "NHS", 0.0),
    "UK_NINO": _row("AB ## ## ## C|JG######D", "", "NI|national insurance", 0.5),
    "UK_UTR": _row("##########", "gb.utr", "UTR", 0.0),
    "CA_SIN": _row("1##-###-###|4## ### ###", "ca.sin", "SIN|social insurance", 0.0),
    "AU_TFN": _row("### ### ###|#########", "au.tfn", "TFN|tax file", 0.0),
    "AU_ABN": _row("## ### ### ###", "au.abn", "ABN", 0.0),
    "AU_ACN": _row("### ### ###", "au.acn", "ACN", 0.0),
    "AU_MEDICARE": _row("2### ##### #|4#########", "medicare_au", "Medicare", 0.0),
    "NZ_IRD": _row("##-###-###|###-###-###", "nz.ird", "IRD", 0.0),
    "IN_PAN": _row("@@@P@####@", "in_.pan", "PAN", 0.5),
    "IN_AADHAAR": _row("#### #### ####", "in_.aadhaar", "Aadhaar", 0.0),
    "IN_GSTIN": _row("27@@@P@####@1Z*", "in_.gstin", "GSTIN", 0.5),
    "IN_VOTER": _row("@@@#######", "in_.epic", "voter id", 0.0),
    "SG_NRIC_FIN": _row("S#######@|T#######@", "singapore", "NRIC", 0.0),
    "SG_UEN": _row("########@", "sg.uen", "UEN", 0.0),
    "ES_NIF": _row("########@", "es.nif", "DNI", 0.5),
    "ES_NIE": _row("X#######@|Y-#######-@", "es.nie", "NIE", 0.5),
    "IT_FISCAL_CODE": _row("RSS@@@7#A##H###@", "it.codicefiscale", "codice fiscale", 0.5),
    "IT_VAT_CODE": _row("0##########", "it.iva", "partita iva", 0.0),
    "PL_PESEL": _row("YYMMDD#####", "pl.pesel", "PESEL", 0.0),
    "PL_NIP": _row("###-###-##-##|##########", "pl.nip", "NIP", 0.0),
    "DE_TAX_ID": _row("## ### ### ###|###########", "de.idnr", "Steuer-ID|IdNr", 0.0),
    "DE_TAX_NUMBER": _row("181/815/####5|21/815/#####", "de.stnr", "Steuernummer", 0.0),
    "FR_INSEE": _row("1 YY MM 75 ### ### ##|2YYMM14168#####", "fr.nir", "INSEE", 0.5),
    "FR_SIREN": _row("### ### ###", "fr.siren", "SIREN", 0.0),
    "NL_BSN": _row("#########", "nl.bsn", "BSN", 0.0),
    "BE_NATIONAL_NUMBER": _row("YY.MM.DD-###.##", "be.nn", "national number", 0.5),
    "SE_PERSONNUMMER": _row("YYMMDD-####", "se.personnummer", "personnummer", 0.5),
    "FI_PERSONAL_IDENTITY_CODE": _row("DDMMYY-###*", "fi.hetu", "hetu", 0.5),
    "DK_CPR": _row("DDMMYY-####", "dk.cpr", "CPR", 0.0),
    "NO_FODSELSNUMMER": _row("DDMMYY#####", "no.fodselsnummer", "fødselsnummer", 0.0),
    "AT_SVNR": _row("#### DDMMYY", "at.vnr", "SVNR", 0.0),
    "CH_AHV": _row("756.####.####.##", "ch.ssn", "AHV", 0.5),
    "PT_NIF": _row("### ### ###", "pt.nif", "NIF", 0.0),
    "IE_PPS": _row("#######@", "ie.pps", "PPS", 0.5),
    "CZ_RODNE_CISLO": _row("YYMMDD/####", "cz.rc", "rodné číslo", 0.5),
    "RO_CNP": _row("1YYMMDD######", "ro.cnp", "CNP", 0.5),
    "BG_EGN": _row("YYMMDD####", "bg.egn", "EGN", 0.0),
    "HR_OIB": _row("###########", "hr.oib", "OIB", 0.0),
    "TR_NATIONAL_ID": _row("###########", "tr.tckimlik", "TC Kimlik", 0.0),
    "BR_CPF": _row("###.###.###-##", "br.cpf", "CPF", 0.5),
    "BR_CNPJ": _row("##.###.###/0001-##", "br.cnpj", "CNPJ", 0.5),
    "AR_CUIT": _row("20-########-#", "ar.cuit", "CUIT", 0.0),
    "CL_RUT": _row("##.###.###-#", "cl.rut", "RUT", 0.5),
    "MX_CURP": _row("BOXWYYMMDDHNE@@@##", "mx.curp", "CURP", 0.5),
    "CN_RESIDENT_ID": _row("110105YYYYMMDD###*", "cn.ric", "ID", 0.5),
    "KR_RRN": _row("YYMMDD-1######", "kr.rrn", "RRN", 0.5),
    "JP_MY_NUMBER": _row("#### #### ####", "jp.in_", "My Number", 0.0),
    "TH_TNIN": _row("1-####-#####-##-#", "th.pin", "Thai ID", 0.5),
    "MY_NRIC": _row("YYMMDD-02-####", "my.nric", "NRIC", 0.5),
    "PK_CNIC": _row("34201-#######-#", "pk.cnic", "CNIC", 0.5),
    "ZA_ID_NUMBER": _row("YYMMDD#####8#", "za.idnr", "South African ID number", 0.0),
    "RU_SNILS": _row("###-###-### ##", "snils", "SNILS", 0.5),
    "HK_ID_CARD": _row("A######(#)", "hong_kong", "HKID", 0.5),
    "TW_ID_CARD": _row("A1########", "taiwan", "national id", 0.5),
    "IMEI": _row("35#############", "imei", "IMEI", 0.0),
    "VIN": _row("1HGCM826#3A######", "vin", "VIN", 0.5),
}
"""Value, near miss, carriers with an introducing word, and the share of texts without one."""
