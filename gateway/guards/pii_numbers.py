"""The personal data that needs more than a yes or no: where the value ends, and how sure its notation makes us.

Each check is given the text that a shape matched and returns the part that is the value, with its score, or None.
"""

from __future__ import annotations

import ipaddress
import re

from stdnum import iban, luhn

Part = tuple[int, int, float]

_CARDS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({13, 16, 19})),
    (51, 55, frozenset({16})), (2221, 2720, frozenset({16})),
    (34, 34, frozenset({15})), (37, 37, frozenset({15})),
    (300, 305, frozenset({14, 16})), (36, 36, frozenset({14, 16})), (38, 39, frozenset({14, 16})),
    (6011, 6011, frozenset({16, 19})), (644, 649, frozenset({16, 19})), (65, 65, frozenset({16, 19})),
    (2131, 2131, frozenset({15})), (1800, 1800, frozenset({15})), (35, 35, frozenset({16})),
    (3528, 3589, frozenset({16, 17, 18, 19})),
    (62, 62, frozenset({16, 17, 18, 19})), (81, 81, frozenset({16, 17, 18, 19})),
    (2200, 2204, frozenset({16, 17, 18, 19})),
    (50, 50, frozenset(range(12, 20))), (56, 58, frozenset(range(12, 20))), (60, 69, frozenset(range(12, 20))),
)
"""First digits of each network (from, to) and the lengths it issues (ISO/IEC 7812 registrants' public ranges)."""
_GROUPED = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 5), (4, 4, 4, 1), (8, 8), (6, 13)})
_IBAN_LENGTHS = {
    country: length for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
        21: "CH CR HR LI LV", 22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC",
        33: "RU",
    }.items() for country in countries.split()
}
"""Characters by country (SWIFT IBAN registry); the structure and the check digits are python-stdnum's."""
_MOST_GROUPS = 5
_UNUSUAL = 0.4
"""A grouping that cards rarely have wants a word that introduces it."""
_SHORT = 0.55
"""So does, where another word says what it is, a length that few cards have."""
_NOBODYS = frozenset({
    "127.0.0.1", "0.0.0.0", "255.255.255.255", "255.255.255.0", "255.255.0.0", "255.0.0.0",  # noqa: S104
})
"""A machine's own address, and what masks are written as."""
_FILES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "ico", "css", "html", "json", "yaml"})
_GROUPS = re.compile(r"\d+")


def card(text: str) -> Part | None:
    """A run of digit groups that some card network could have issued; the groups around it are left alone."""
    groups = [found.span() for found in _GROUPS.finditer(text)]
    sizes = tuple(end - start for start, end in groups)
    for first in range(len(groups)):
        for last in range(first + 1, min(first + _MOST_GROUPS, len(groups)) + 1):
            if last - first == 1 or sizes[first:last] in _GROUPED:
                start, end = groups[first][0], groups[last - 1][1]
                if last - first == 1 and "-" in (text[start - 1 : start], text[end : end + 1]):
                    continue  # part of a longer number
                if _is_card(text[start:end]):
                    sure = last - first > 1 or end - start in (15, 16)
                    return (start, end, 1.0 if sure else _SHORT)
    return (0, len(text), _UNUSUAL) if len(groups) > 1 and min(sizes) > 1 and _is_card(text) else None


def _is_card(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn.is_valid(digits) and any(
        low <= int(digits[: len(str(low))]) <= high and len(digits) in lengths for low, high, lengths in _CARDS
    )


def bank_account(text: str) -> Part | None:
    """An IBAN of the length that its country has; capitals that follow it are left alone."""
    wanted, end, seen = _IBAN_LENGTHS.get(text[:2].upper(), 0), 0, 0
    while end < len(text) and seen < wanted:
        seen += text[end].isalnum()
        end += 1
    whole = end == len(text) or not text[end].isalnum()
    return (0, end, 1.0) if wanted and seen == wanted and whole and iban.is_valid(
        text[:end].upper(), check_country=False  # national check digits say no more, and some banks' differ
    ) else None


def email(text: str) -> Part | None:
    """An address; not ``git@host:path``, a file name with a scale (``icon@2x.png``) or dots in a row."""
    local, _, domain = text.partition("@")
    if ":" in domain or ".." in text or local.endswith(".") or domain.rpartition(".")[2].lower() in _FILES:
        return None
    if any(not label or label[0] == "-" or label[-1] == "-" for label in domain.split(".")):
        return None
    return (0, len(text), 1.0)


def ip_address(text: str) -> Part | None:
    """An address that says where somebody is; version numbers and a machine's own addresses hardly do."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if text in _NOBODYS:
        return (0, len(text), 0.0)
    if address.version == 6:
        groups = [group for group in text.split(":") if group]
        return (0, len(text), 0.8) if len(groups) >= 3 or (
            len(groups) == 2 and len(groups[0]) >= 3 and any(map(str.isdigit, text))) else None
    octets = text.split(".")
    short = sum(len(octet) for octet in octets) <= 6
    return (0, len(text), 0.3 if short or text.startswith("0.") else 0.7)
