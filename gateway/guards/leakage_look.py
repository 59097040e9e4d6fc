"""What a text gives away of the protected documents: the numbers, words, dates and names of the ``leakage`` guard.

Apart from the guard's parameters, which pydantic reads, so that this, which runs on every number, can be compiled.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.guards.leakage_about import report
from gateway.guards.leakage_documents import Protected, Secret, words_of
from gateway.guards.leakage_forms import (
    DATE,
    MONTH_NUMBERS,
    PEOPLE,
    Form,
    Lexicon,
    literal_key,
    scaled,
    squeezed,
)
from gateway.guards.leakage_hints import (
    HINTS,
    LEADING,
    PARTS,
    PERIOD,
    amount,
    by_share,
    by_start,
    coded_digits,
    first_digits_asked,
    is_yearly,
    shares,
    shares_before,
)
from gateway.guards.leakage_numbers import english, read_digits, spelled, tokens

_RECURRING: Final = 4
"""Digits of numbers that recur: years, days, counts."""
_LONGEST: Final = 16
"""Digits of the longest number that is looked up."""
_UNIT: Final = re.compile(r"[ -]?([a-z]{1,14}(?: cent)?|%|[,.]?[x*#]{2,4})$")
_HASH: Final = re.compile(r"\d[a-f][0-9a-f]+$")
"""A number that runs on as a hexadecimal word."""
_ORDINALS: Final = {
    word: value for value in range(1, 32) for word in (
        {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}.get(value),
        "".join(spelled(value)[0]) + "th", f"{value}", f"{value:02}",
    ) if word
} | {"twentieth": 20, "thirtieth": 30} | {
    f"{tens}{word}": base + value for tens, base in (("twenty", 20), ("thirty", 30))
    for value, word in enumerate(words_of("first second third fourth fifth sixth seventh eighth ninth"), 1)}



@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the documents of one guard."""

    protected: Protected
    lexicon: Lexicon
    patterns: tuple[Pattern, ...]
    """The lexicon's, the hints', then passages."""
    figures: tuple[Secret, ...]
    """Figures by rising value, for roundings."""
    values: tuple[float, ...]
    yearly: tuple[float, ...]
    """The values of those that are amounts for a year."""
    beginnings: frozenset[str]
    """The digits with which they begin, as ``by_start`` reads them."""
    numbers: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    """What numbers that were looked up give away: most of those in answers are years, days and counts that recur."""
    parts: dict[str, dict[int, list[Form]]] = field(default_factory=dict)
    """The same for the parts of a year that they may stand for (``_parts``)."""
    harmless: set[str] = field(default_factory=set)
    """Numbers, digits alone, that give nothing away, whatever was asked, unless more digits lead to them."""


def leaks(view: View, known: Known) -> list[Finding]:
    """Findings: FIGURE, LITERAL and PASSAGE; PARTIAL_FIGURE for what gives away only some of a secret."""
    found: list[Finding] = []
    for at in view.occurring(known.patterns):
        looked_for = known.patterns[at]
        matches = view.matches(looked_for)
        if matches and looked_for is known.lexicon.number:
            _numbers(view, matches, known, found)
        elif matches:
            for match in matches:
                _other(view, looked_for, match, known, found)
    return found


def _other(view: View, looked_for: Pattern, match: Match, known: Known, found: list[Finding]) -> None:
    """A match of anything but numbers in digits."""
    table = known.lexicon
    if looked_for is table.number_words:
        _number_words(view, match, known, found)
    elif looked_for is DATE:
        _date(view, match, table, found)
    elif looked_for is table.literals or looked_for is table.codes:
        forms = table.by_text.get(literal_key(match.text)) or table.by_text.get(squeezed(match.text), ())
        report(view, match, forms, found, entity="LITERAL")
    elif looked_for in HINTS:
        report(view, match, _hint(looked_for, match.text, known), found)
    else:
        found.append(view.finding(match, entity="PASSAGE", score=0.9))


def _hint(kind: Pattern, text: str, known: Known) -> Sequence[Form]:
    """Figures in a code, by the month or the week, and by their first digits."""
    if kind is PERIOD:
        return _share(amount(text), shares(text), known)
    if kind is LEADING:
        return by_start(text, known.figures)
    return tuple(_joined(coded_digits(text), known.lexicon.by_digits))


def _numbers(view: View, numbers: Sequence[Match], known: Known, found: list[Finding]) -> None:
    harmless, data = known.harmless, view.window.data
    for match in numbers:
        text, start = match.text, match.start
        if (start < 2 or data[start - 2] not in _CARRIED_BYTES) and (
            text in harmless or (len(text) > _RECURRING and text.isdigit() and _is_nothing(text, known))
        ):
            continue
        forms = _number(view, match, known) or _roundabout(view, match, known)
        if forms:
            report(view, match, forms, found)


def _is_nothing(text: str, known: Known) -> bool:
    """Whether a number, digits alone, gives nothing away, whatever was asked: found anew for those that hardly recur.

    Remembered, they would make what is known of all others be forgotten every few thousand answers.
    """
    if text in known.lexicon.by_digits or text in known.beginnings:
        return False
    about, last = float(text), 10.0 ** (len(text) - len(text.rstrip("0")))
    return not _within(known, about, last) and not _is_part(about, last * 1.0001, known.yearly)


def _share(worth: tuple[Decimal, Decimal] | None, count: int, known: Known) -> list[Form]:
    if worth is None or not count or (worth[0], False) in known.protected.public_values:
        return []
    return by_share(worth, count, known.figures, known.values)


def beginnings(figures: Iterable[Secret]) -> frozenset[str]:
    """The digits with which some of ``figures`` begin, at least two and not all."""
    return frozenset(each.value[:size] for each in figures if len(each.value) > 3 for size in range(2, len(each.value)))


def yearly(figures: Iterable[Secret]) -> tuple[float, ...]:
    """The values of those of ``figures``, by rising value, that are amounts for a year."""
    return tuple(float(each.value) for each in figures if is_yearly(each))


_FEWEST: Final = min(PARTS)
_CARRIED: Final = "0123456789 ,.'_*|/:-"
"""What may stand between the digits of one number."""
_CARRIED_BYTES: Final = frozenset(_CARRIED.encode())
_DIGITS: Final = re.compile(r"\d+")
_MOST_NUMBERS: Final = 4096


def _number(view: View, match: Match, known: Known) -> tuple[Form, ...]:
    text, before = match.text, ""
    if text.isdigit():
        if match.start < 2 or view.window.data[match.start - 2] in _CARRIED_BYTES:
            before = _carried(view, match)
    else:
        text = text.lower()
        before = _carried(view, match) if text[0].isdigit() else ""
    key = before + text
    forms = known.numbers.get(key)
    if forms is None:
        if len(known.numbers) >= _MOST_NUMBERS:
            known.numbers.clear()
        forms = known.numbers[key] = tuple(_number_forms(before, text, known))
    return forms


def _carried(view: View, match: Match) -> str:
    """The digits before ``match``, with what stands between them, that read as one number with it."""
    before = view.before(match, 80)
    return before[len(before.rstrip(_CARRIED)) :]


def _number_forms(before: str, text: str, known: Known) -> list[Form]:
    """What a number in digits gives away; ``before``: the digits, with what stands between them, that lead to it."""
    if text.isdigit() and text not in known.lexicon.by_digits and not _DIGITS.search(before):
        zeros = len(text) - len(text.rstrip("0"))
        if not _within(known, float(text), 10.0**zeros):
            return []
    if _HASH.search(text):
        return []
    unit = found[1] if (found := _UNIT.search(text)) else ""
    number = text[: found.start()] if found else text
    digits = _DIGITS.findall(before + " " + number)
    forms = list(_exact(tuple(_joined(digits, known.lexicon.by_digits)), unit))
    worth = scaled(number.lstrip("\u00a3$\u20ac "), unit)
    if worth is not None:
        forms += _near(worth, unit, known)
        if not unit and worth[1] < 1:  # "she is on 97.8"
            forms += _near((worth[0] * 1000, worth[1] * 1000), "k", known)
    if unit[-1:] in ("x", "*", "#"):
        shown = squeezed(number)
        forms += [Form(each, partial=True) for each in known.figures
                  if len(shown) >= 2 and each.value.startswith(shown) and len(each.value) > 3]
    return forms


def _roundabout(view: View, match: Match, known: Known) -> Sequence[Form]:
    """What a number tells by what was asked, as how a number begins, or by what stands before it."""
    text = match.text.lower()
    parts = known.parts.get(text)
    if parts is None:
        if len(known.parts) >= _MOST_NUMBERS:
            known.parts.clear()
        parts = known.parts[text] = _parts(text, known)
        if not parts and text.isdigit() and text not in known.beginnings and known.numbers.get(text) == ():
            if len(known.harmless) >= _MOST_NUMBERS:
                known.harmless.clear()
            known.harmless.add(text)
    if parts:
        forms = parts.get(shares_before(view.before(match, 64).lower()))
        if forms:
            return forms
    if (text not in known.beginnings if text.isdigit() else _HASH.search(text)) or not first_digits_asked(view.context):
        return ()
    return by_start(text, known.figures)


def _parts(text: str, known: Known) -> dict[int, list[Form]]:
    """The yearly figures of which a number is a part, by how many such parts make a year: none, for most numbers."""
    if text.isdigit():
        about, step = float(text), 10.0 ** (len(text) - len(text.rstrip("0")))
        if about < 10 * step or not _is_part(about, step * 1.0001, known.yearly):
            return {}
    elif _HASH.search(text):
        return {}
    worth = amount(text)
    return {count: forms for count in PARTS if (forms := _share(worth, count, known))}


def _is_part(about: float, step: float, whole: tuple[float, ...]) -> bool:
    """Whether ``about``, give or take ``step``, is a part of a year's amount, as ``by_share`` reckons."""
    if not whole or (about - step) * _FEWEST > whole[-1]:
        return False
    for count in PARTS:
        if bisect_left(whole, (about - step) * count) < bisect_right(whole, (about + step) * count):
            return True
    return False


def _joined(groups: list[str], table: dict[str, tuple[Form, ...]]) -> Iterator[Form]:
    """Secrets whose digits are some neighbouring groups; odd groupings count as partial."""
    for first in range(len(groups)):
        text = ""
        for last in range(first, len(groups)):
            text += groups[last]
            if len(text) > _LONGEST:
                break
            for form in table.get(text, ()):
                parts = groups[first : last + 1]
                regular = len(parts) == 1 or all(len(part) == 1 for part in parts) or (
                    len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])) or len(text) > 6
                inside = first and len(parts) > 1 and len(parts[0]) == 3 and form.secret.kind == "figure"
                yield form if regular and not inside else Form(form.secret, partial=True)


def _exact(forms: tuple[Form, ...], unit: str) -> tuple[Form, ...]:
    """``forms`` without those whose unit is another one."""
    return tuple(form for form in forms if not (form.secret.kind == "figure" and unit in ("k", "m", "thousand")))


def _number_words(view: View, match: Match, known: Known, out: list[Finding]) -> None:
    text = match.text.lower()
    words = tokens(text)
    unit = found[1] if (found := _UNIT.search(text)) and found[1] not in words else ""
    table = known.lexicon
    forms = [form for first in range(len(words)) for last in range(first + 1, len(words) + 1)
             for form in table.by_tokens.get(words[first:last], ())
             if len(form.secret.value) >= 3 or form.secret.unit == unit]
    for run in read_digits(words).split():
        forms += [form for first in range(len(run)) for last in range(first + 3, min(len(run), first + _LONGEST) + 1)
                  for form in table.by_digits.get(run[first:last], ())]
    worth = english(words)
    if worth is not None:
        forms += _near(worth, unit, known)
    report(view, match, forms or _roundabout(view, match, known), out)


def _near(worth: tuple[Decimal, Decimal], unit: str, known: Known) -> list[Form]:
    """Figures that ``worth`` is a rounding of, or exactly."""
    value, last = worth
    about, step = float(value), float(last)
    found = _within(known, about, step)
    percent = unit in _PERCENT
    if not found or (value, percent) in known.protected.public_values:
        return []
    forms = []
    for index in found:
        secret, real = known.figures[index], known.values[index]
        short, people = len(secret.value) < 3, secret.unit in PEOPLE and unit in PEOPLE
        if real == about:
            if (unit == secret.unit or people) if short else bool(unit or "." in secret.value):
                forms.append(Form(secret))
        elif (real >= 10 * step and (secret.unit == "%") == percent) or (people and step == 10):
            forms.append(Form(secret, partial=True))
    return forms


def _within(known: Known, about: float, step: float) -> range:
    """Places of the figures that are ``about``, give or take ``step``."""
    reach = step * 1.0001
    return range(bisect_left(known.values, about - reach), bisect_right(known.values, about + reach))


_PERCENT: Final[tuple[str, ...]] = ("%", "percent", "per cent")


def _date(view: View, match: Match, table: Lexicon, found: list[Finding]) -> None:
    day = month = 0
    year = ""
    words = words_of(match.text)
    for index, word in enumerate(words):
        if re.fullmatch(r"\d{4}", word):
            year = word
        elif word in MONTH_NUMBERS and not month:
            month = MONTH_NUMBERS[word]
        else:
            bare = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word)
            joined = words[index - 1] + word if index and words[index - 1] in ("twenty", "thirty") else bare
            day = _ORDINALS.get(joined, _ORDINALS.get(bare, day))
    forms = []
    for secret in table.dates:
        y, m, d = secret.value.split("-")
        if month == int(m) and (not year or year == y) and (not day or day == int(d)):
            forms.append(Form(secret, partial=not (year and day)))
    report(view, match, forms, found)
