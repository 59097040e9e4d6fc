"""Check digits that python-stdnum does not have, each from its issuer's published rule."""

from __future__ import annotations

from stdnum import luhn

_DEA_FIRST = frozenset("ABCDEFGHJKLMPRSTUX")
_ICAO = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
                strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_TW = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_SG_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT", "M": "XWUTRQPNJLK"}


def npi(text: str) -> bool:
    """US National Provider Identifier: Luhn over 80840 and the number (45 CFR 162.406)."""
    return len(text) == 10 and text[0] in "12" and bool(luhn.is_valid("80840" + text))


def dea(text: str) -> bool:
    """US DEA registration of a prescriber: the last digit is that of (d1+d3+d5) + 2 (d2+d4+d6)."""
    number = [int(each) for each in text[2:]]
    return text[0].upper() in _DEA_FIRST and (sum(number[0:6:2]) + 2 * sum(number[1:6:2])) % 10 == number[6]


def medicare_au(text: str) -> bool:
    """Australian Medicare card: the ninth digit checks the first eight by 1 3 7 9 1 3 7 9."""
    number = [int(each) for each in text]
    weighted = sum(digit * weight for digit, weight in zip(number, (1, 3, 7, 9, 1, 3, 7, 9), strict=False))
    return len(text) in (10, 11) and text[0] in "23456" and weighted % 10 == number[8]


def hong_kong(text: str) -> bool:
    """Hong Kong identity card: mod 11 over letters (A is 10, a missing first one 36) and digits."""
    body = text.upper().replace("(", "").replace(")", "").replace(" ", "")
    body = body if len(body) == 9 else " " + body
    values = [36 if each == " " else _ICAO[each] for each in body]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def taiwan(text: str) -> bool:
    """Taiwanese identity card: the letter's two digits, then weights 8 to 1 and the check digit."""
    first = _TW[text[0].upper()]
    digits = [int(each) for each in text[1:]]
    rest = sum(digit * weight for digit, weight in zip(digits, (8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    return (first // 10 + first % 10 * 9 + rest) % 10 == 0


def singapore(text: str) -> bool:
    """Singaporean NRIC or FIN: weights 2 7 6 5 4 3 2 choose the letter (M: since 2022)."""
    first = text[0].upper()
    total = sum(int(digit) * weight for digit, weight in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    rest = (total + (3 if first == "M" else 0)) % 11
    return _SG_LETTERS[first][10 - rest if first == "M" else rest] == text[8].upper()


def snils(text: str) -> bool:
    """Russian SNILS: weights 9 to 1, modulo 101."""
    number = [int(each) for each in text if each.isdigit()]
    total = sum(digit * weight for digit, weight in zip(number[:9], range(9, 0, -1), strict=True))
    return total % 101 % 100 == number[9] * 10 + number[10]


def document_de(text: str) -> bool:
    """German identity card or passport with its check digit: weights 7 3 1 (ICAO 9303)."""
    values = [_ICAO[each] for each in text.upper()]
    return sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values[:9])) % 10 == values[9]


def vin(text: str) -> bool:
    """Vehicle identification number: the ninth character checks the others (ISO 3779, 49 CFR 565)."""
    letters = text.upper()
    total = sum((int(each) if each.isdigit() else _VIN[each]) * weight
                for each, weight in zip(letters, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == letters[8] and any(map(str.isalpha, letters))


def imei(text: str) -> bool:
    """Mobile device identity: Luhn over fifteen digits."""
    return len(text) == 15 and bool(luhn.is_valid(text))
