"""Stops an answer that says what protected documents hold and public ones do not.

Parameters: ``documents`` (protected) and ``public`` (what may be said), both lists of file globs. Strong secrets
(long figures, phones, e-mails, code names) are found in any writing; weak ones ("37 days", "about 61k", a date)
only when the answer or the question says whom and what they are about.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.policy import SourceFile
from gateway.core.text import canonical
from gateway.core.types import Context, Finding
from gateway.core.view import Match, View
from gateway.guards.leakage_documents import MONTHS, Protected, Secret, read_documents, stem, words_of
from gateway.guards.leakage_forms import (
    DATE,
    MONTH_NUMBERS,
    PEOPLE,
    Form,
    Lexicon,
    lexicon,
    literal_key,
    scaled,
    squeezed,
)
from gateway.guards.leakage_hints import (
    BASE64_FIGURE,
    HEX_FIGURE,
    HINTS,
    LEADING,
    MOST_SHARES,
    PERIOD,
    SPANS,
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
from gateway.guards.leakage_passages import passages

_LONGEST = 16
"""Digits of the longest number that is looked up."""
_UNIT = re.compile(r"[ -]?([a-z]{1,14}(?: cent)?|%|[,.]?[x*#]{2,4})$")
_HASH = re.compile(r"\d[a-f][0-9a-f]+$")
"""A number that runs on as a hexadecimal word."""
_ORDINALS = {
    word: value for value in range(1, 32) for word in (
        {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}.get(value),
        "".join(spelled(value)[0]) + "th", f"{value}", f"{value:02}",
    ) if word
} | {"twentieth": 20, "thirtieth": 30} | {
    f"{tens}{word}": base + value for tens, base in (("twenty", 20), ("thirty", 30))
    for value, word in enumerate(words_of("first second third fourth fifth sixth seventh eighth ninth"), 1)}


@dataclass(frozen=True, slots=True)
class LeakageParams:
    """``passages``: also look for wording of the protected prose."""

    documents: tuple[SourceFile, ...] = ()
    public: tuple[SourceFile, ...] = ()
    passages: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    protected: Protected
    lexicon: Lexicon
    passages: tuple[Pattern, ...]
    figures: tuple[Secret, ...]
    """Figures by rising value, for roundings."""
    values: tuple[float, ...]
    least_share: float
    """What the smallest yearly figure is by the week: no smaller number is a share of one."""
    numbers: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    """What numbers that were looked up give away: most of those in answers are years, days and counts that recur."""


def _known(params: LeakageParams) -> _Known:
    """What is known of the documents of ``params``: looked up by identity, as hashing all of them takes longer."""
    found = _LAST.get(id(params))
    if found is None or found[0] is not params:
        if len(_LAST) >= _KEPT:
            _LAST.clear()
        found = _LAST[id(params)] = params, _read(params)
    return found[1]


_KEPT = 64
_LAST: dict[int, tuple[LeakageParams, _Known]] = {}


@lru_cache(maxsize=8)
def _read(params: LeakageParams) -> _Known:
    protected = read_documents(params.documents, params.public)
    found = passages(protected.prose, protected.public_words) if params.passages else ()
    figures = sorted((each for each in protected.secrets if each.kind == "figure"), key=lambda each: float(each.value))
    values = tuple(float(each.value) for each in figures)
    yearly = [value for value, each in zip(values, figures, strict=True) if is_yearly(each)]
    least = min(yearly, default=float("inf")) / MOST_SHARES
    return _Known(protected, lexicon(protected.secrets), found, tuple(figures), values, least)


def _patterns(params: LeakageParams) -> tuple[Pattern, ...]:
    if not params.documents:
        raise ValueError("compares with no documents | add `documents: [\"confidential/*\"]`")
    known = _known(params)
    return (*known.lexicon.patterns, *HINTS, *known.passages)


@guard("leakage", patterns=_patterns, params=LeakageParams)
def find_leaks(view: View, params: LeakageParams) -> Iterator[Finding]:
    """Findings: FIGURE, LITERAL and PASSAGE; PARTIAL_FIGURE for what gives away only some of a secret."""
    known = _known(params)
    table = known.lexicon
    numbers = view.matches(table.number)
    told = bool(numbers) and _is_roundabout(view)
    for match in numbers:
        forms = _number(view, match, known) or (_roundabout(view, match, known) if told else ())
        if forms:
            yield from _report(view, match, forms)
    for match in view.matches(table.number_words):
        yield from _number_words(view, match, known)
    for match in view.matches(DATE):
        yield from _date(view, match, table)
    for literals in (table.literals, table.codes):
        for match in view.matches(literals) if literals else ():
            forms = table.by_text.get(literal_key(match.text)) or table.by_text.get(squeezed(match.text), ())
            yield from _report(view, match, forms, entity="LITERAL")
    yield from _hints(view, known)
    for passage in known.passages:
        for match in view.matches(passage):
            yield view.finding(match, entity="PASSAGE", score=0.9)


def _hints(view: View, known: _Known) -> Iterator[Finding]:
    """Figures in a code, by the month or the week, and by their first digits."""
    for kind in (BASE64_FIGURE, HEX_FIGURE):
        for match in view.matches(kind):
            yield from _report(view, match, list(_joined(coded_digits(match.text), known.lexicon.by_digits)))
    for match in view.matches(PERIOD):
        yield from _report(view, match, _share(match.text, shares(match.text), known))
    for match in view.matches(LEADING):
        yield from _report(view, match, by_start(match.text, known.figures))


def _share(number: str, count: int, known: _Known) -> list[Form]:
    worth = amount(number) if count else None
    if worth is None or (worth[0], False) in known.protected.public_values:
        return []
    return by_share(worth, count, known.figures, known.values)


_CARRIED = "0123456789 ,.'_*|/:-"
"""What may stand between the digits of one number."""
_DIGITS = re.compile(r"\d+")
_MOST_NUMBERS = 4096


def _number(view: View, match: Match, known: _Known) -> tuple[Form, ...]:
    text, before = match.text, ""
    if text.isdigit():
        if view.before(match, 2)[:1] in _CARRIED:
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


def _number_forms(before: str, text: str, known: _Known) -> list[Form]:
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


def _is_roundabout(view: View) -> bool:
    """Whether any number of this text can be told in a roundabout way."""
    text = view.text.lower()
    return any(span in text for span in SPANS) or first_digits_asked(view.context)


def _roundabout(view: View, match: Match, known: _Known) -> Sequence[Form]:
    """What a number tells by what was asked, or by what stands before it."""
    text, asked = match.text.lower(), first_digits_asked(view.context)
    if not asked and text.isdigit() and 1.2 * float(text) < known.least_share:  # as far as it may be rounded down
        return ()
    if _HASH.search(text):
        return ()
    before = view.before(match, 64).lower()
    forms = _share(text, shares_before(before), known) if any(span in before for span in SPANS) else []
    return forms or (by_start(text, known.figures) if asked else ())


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


def _number_words(view: View, match: Match, known: _Known) -> Iterator[Finding]:
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
    yield from _report(view, match, forms or _roundabout(view, match, known))


def _near(worth: tuple[Decimal, Decimal], unit: str, known: _Known) -> list[Form]:
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


def _within(known: _Known, about: float, step: float) -> range:
    """Places of the figures that are ``about``, give or take ``step``."""
    reach = step * 1.0001
    return range(bisect_left(known.values, about - reach), bisect_right(known.values, about + reach))


_PERCENT = ("%", "percent", "per cent")


def _date(view: View, match: Match, table: Lexicon) -> Iterator[Finding]:
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
    yield from _report(view, match, forms)


def _report(view: View, match: Match, forms: Sequence[Form], entity: str = "FIGURE") -> Iterator[Finding]:
    """One finding for the clearest of ``forms``, if the context makes any of them a leak."""
    if not forms:
        return
    if any(form.secret.strong and not form.partial for form in forms):
        yield view.finding(match, entity=entity, score=1.0)
        return
    near, asked = (view.before(match, 512) + match.text).lower(), _asked(view.context)
    forms = [form for form in forms if _may_be_about(form, near, asked)]
    if not forms:
        return
    words = frozenset([*words_of(near), *words_of(asked)])
    stems = frozenset(stem(word) for word in words if word not in MONTHS)
    for form in sorted(forms, key=lambda each: each.partial):
        if _about(form, words, stems):
            yield view.finding(match, entity="PARTIAL_FIGURE" if form.partial else entity, score=0.8)
            return


def _may_be_about(form: Form, near: str, asked: str) -> bool:
    """Whether it is worth taking the text apart: a partial form wants its subject, and most have none at hand."""
    subjects = form.secret.subjects
    return not form.partial or not subjects or any(each in near or each in asked for each in subjects)


def _about(form: Form, words: frozenset[str], stems: frozenset[str]) -> bool:
    """Whether the words around say whom and what the secret is about."""
    secret, cues = form.secret, len(form.secret.cues & stems)
    if secret.subjects:
        return (bool(secret.subjects & words) and cues >= 1) or (not form.partial and cues >= 3)
    return cues >= (1 if len(secret.unit) > 6 and stem(secret.unit) in stems else 2)


def _asked(context: Context) -> str:
    """What the caller said, in lower case."""
    said = [canonical(channel.text)[-4096:] for channel in context.conversation if channel.role == "user"]
    return "\n".join(said).lower()
