"""How a secret may be written, as a few patterns and the tables that tell what a match gives away.

Numbers, number words and dates are found as such and looked up, so a hundred figures cost no more than one;
only names, addresses and e-mails become an expression of their own (a trie of their words).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gateway.core.pattern import Pattern, pattern
from gateway.guards.leakage_documents import MONTHS, Secret, words_of
from gateway.guards.leakage_numbers import DIGIT_WORDS, NUMBER_WORDS, spelled, tokens

_BETWEEN = r"[ \t\n,.'_*|/:-]{0,3}"
_UNITS = ("k", "m", "mn", "bn", "thousand", "million", "tausend", "millionen", "mille", "mil", "millions", "percent",
          "per cent", "pounds", "quid")
PEOPLE = ("people", "jobs", "employees", "staff", "positions", "roles", "posts", "redundancies", "workers", "layoffs")
_DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -]?)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth"
    r"|ninth|tenth|eleventh|twelfth|\w{3,6}teenth|twentieth|thirtieth))"
)
_MONTHS = (
    tuple(MONTHS),
    tuple(each[:3] for each in MONTHS),
    tuple(words_of("januar februar marz april mai juni juli august september oktober november dezember")),
    tuple(words_of("janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre")),
    tuple(words_of("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")),
)
MONTH_NUMBERS = {name: index + 1 for names in _MONTHS for index, name in enumerate(names)}
_MONTH = f"(?:{'|'.join(sorted(MONTH_NUMBERS, key=lambda each: (-len(each), each)))})"
_GAP = r"[ ,.-]{0,2}"
DATE = pattern(
    rf"\b(?:{_DAY}{_GAP}(?:(?:of|de) )?{_MONTH}\b(?:{_GAP}(?:(?:of|de|,) )?\d{{4}}\b)?"
    rf"|{_MONTH}{_GAP}(?:the )?{_DAY}\b(?:{_GAP}\d{{4}}\b)?|{_MONTH}{_GAP}(?:of )?\d{{4}}\b)",
    ignore_case=True,
)
_BETWEEN_WORDS = r"[ \n.,'_-]{0,2}"
_AT, _DOT = r"(?: ?@ ?| ?[(\[]?at[)\]]? )", r"(?: ?\. ?| ?[(\[]?dot[)\]]? ?)"


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing ``secret``; a ``partial`` one gives away only some of it."""

    secret: Secret
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is searched for, and what the searched-for gives away."""

    number: Pattern
    number_words: Pattern
    literals: Pattern | None
    codes: Pattern | None
    by_digits: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    by_tokens: dict[tuple[str, ...], tuple[Form, ...]] = field(default_factory=dict)
    by_text: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    dates: tuple[Secret, ...] = ()

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        found = (self.number, self.number_words, DATE, self.literals, self.codes)
        return tuple(each for each in found if each is not None)


def squeezed(text: str) -> str:
    """Only the letters and digits of ``text``."""
    return "".join(words_of(text))


def literal_key(text: str) -> str:
    """``squeezed``, up to the sign of an e-mail address, which may be read out aloud."""
    return "".join(word for word in words_of(re.split(_AT, text.lower())[0]) if word != "dot")


def lexicon(secrets: tuple[Secret, ...]) -> Lexicon:
    """Patterns and tables for ``secrets``."""
    units = sorted({each.unit for each in secrets if each.unit.isalpha()} | set(PEOPLE) | set(_UNITS),
                   key=lambda each: (-len(each), each))
    unit = rf"(?:[ -]?(?:{'|'.join(units)})\b| ?%|[,.]?[xX*#]{{2,4}})"
    word = f"(?:{'|'.join(NUMBER_WORDS)})"
    gap = r"[ \t\n,-]{0,3}(?:(?:and|und|et|y)[ -]?)?"
    # A long word alone is rare enough to look closer; what may follow it costs the prefilter more than that.
    long = f"(?:{'|'.join(each for each in NUMBER_WORDS if len(each) > 3)})"
    short = f"(?:{'|'.join(each for each in NUMBER_WORDS if len(each) <= 3)})"
    found = Lexicon(
        pattern(rf"(?:[\u00a3$\u20ac] ?)?\b\d(?:{_BETWEEN}\d){{1,40}}(?:{unit}|[a-f][0-9a-f]{{1,62}})?",
                ignore_case=True, trigger=r"\d"),
        pattern(rf"\b{word}(?:{gap}{word}){{0,30}}(?:{gap}{word}{unit}?|{unit})\b", ignore_case=True,
                trigger=rf"\b(?:{long}|{short}(?:{gap}{word}|{unit}))"),
        _literals(secrets), _codes(secrets),
        dates=tuple(each for each in secrets if each.kind == "date"),
    )
    for secret in secrets:
        for text, partial in _digits(secret):
            found.by_digits[text] = (*found.by_digits.get(text, ()), Form(secret, partial))
        for words in _tokens(secret):
            found.by_tokens[words] = (*found.by_tokens.get(words, ()), Form(secret))
        for text, partial in _texts(secret):
            key = literal_key(text)
            found.by_text[key] = (*found.by_text.get(key, ()), Form(secret, partial))
    return found


def _digits(secret: Secret) -> Iterator[tuple[str, bool]]:
    """Digit strings that give ``secret`` away."""
    value = secret.value
    if secret.kind == "figure":
        digits = value.replace(".", "")
        if len(digits) >= 3:
            yield digits, False
        if len(digits.rstrip("0")) >= 4 and len(digits) >= 5:
            yield digits[::-1], False
    elif secret.kind == "phone":
        national = value.lstrip("+").lstrip("0")
        for prefix in ("0", "44", "440", "0044", ""):
            yield prefix + national, False
        yield value[::-1].rstrip("+"), False
        yield national[-6:], True
    elif secret.kind == "date":
        year, month, day = value.split("-")
        for d, m in sorted({(day, month), (str(int(day)), str(int(month)))}):
            yield from ((text, False) for text in dict.fromkeys((f"{d}{m}{year}", f"{m}{d}{year}", f"{year}{m}{d}")))


def _tokens(secret: Secret) -> Iterator[tuple[str, ...]]:
    """Number words that give a figure away, digit by digit apart (those are read as digits)."""
    if secret.kind != "figure":
        return
    whole, _, fraction = secret.value.partition(".")
    if fraction:
        names = ("point", "point", "komma", "virgule", "coma")
        for said, name, in zip(DIGIT_WORDS, names, strict=True):
            for head in spelled(int(whole)):
                yield tokens(" ".join((*head, name, *(said[int(digit)] for digit in fraction))))
        if fraction == "75":
            yield tokens(" ".join((*spelled(int(whole))[0], "three", "quarter")))
    else:
        yield from (tokens(" ".join(words)) for words in spelled(int(whole)))


def _texts(secret: Secret) -> Iterator[tuple[str, bool]]:
    """Literal strings that give ``secret`` away."""
    value = secret.value
    if secret.kind == "email":
        yield value.partition("@")[0], False
    elif secret.kind == "address":
        number, _, street = value.partition(" ")
        yield value, False
        if number.isdigit():
            yield f"{' '.join(spelled(int(number))[0])} {street}", False
    elif secret.kind in ("postcode", "code"):
        yield value, False
    elif secret.kind == "name":
        yield value, True


def _literals(secrets: Iterable[Secret]) -> Pattern | None:
    """Addresses, postcodes and names as a trie of words; e-mails by what stands before the sign."""
    tree: dict[str, Any] = {}
    mails: dict[bool, set[str]] = {True: set(), False: set()}
    telling: set[str] = set()
    for secret in secrets:
        if secret.kind == "email":
            local = secret.value.lower().partition("@")[0]
            mails[len(local) >= 8].add(f"(?:{_DOT}|{_BETWEEN_WORDS})".join(words_of(local)))
            telling.add(max(words_of(local), key=len))
            continue
        for text, _ in _texts(secret) if secret.kind != "code" else ():
            node = tree
            telling.add(max(words_of(text), key=len))
            for word in words_of(text):
                node = node.setdefault(word, {})
            node[""] = {}
    arms = [_arms(tree)] if tree else []
    domain = rf"{_AT}[\w-]{{1,24}}(?:{_DOT}[\w-]{{1,16}}){{1,3}}"
    arms += [rf"(?:{'|'.join(sorted(names))})(?:{domain}){'?' if long else ''}"
             for long, names in mails.items() if names]
    if not arms:
        return None
    return pattern(rf"\b(?:{'|'.join(arms)})\b", ignore_case=True, trigger=rf"(?:{'|'.join(sorted(telling))})")


def _arms(tree: dict[str, Any]) -> str:
    arms = []
    for part, rest in sorted(tree.items()):
        longer = {key: value for key, value in rest.items() if key}
        tail = f"{_BETWEEN_WORDS}{_arms(longer)}" if longer else ""
        arms.append(part + (f"(?:{tail})?" if longer and "" in rest else tail))
    return f"(?:{'|'.join(arms)})"


def _codes(secrets: Iterable[Secret]) -> Pattern | None:
    """Code names, whatever stands between their letters."""
    found = {squeezed(each.value) for each in secrets if each.kind == "code"}
    names = sorted(found, key=lambda each: (-len(each), each))
    between = r"[ \t._*|/-]{0,2}"
    if not names:
        return None
    begun = sorted({between.join(name[:4]) for name in names})
    return pattern(rf"\b(?:{'|'.join(between.join(name) for name in names)})", ignore_case=True,
                   trigger=rf"(?:{'|'.join(begun)})")


@lru_cache(maxsize=4096)
def scaled(number: str, unit: str) -> tuple[Decimal, Decimal] | None:
    """The value of "61.5" with unit "k", and the worth of its last digit; None when it is no number."""
    text = number.replace(" ", "").strip(".,'")
    if re.fullmatch(r"\d{1,3}([.,' ]\d{3})+", number.strip()) and unit not in _SCALE and unit != "%":
        text = re.sub(r"[.,']", "", text)
    text = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,12}(\.\d{1,8})?", text):
        return None
    scale = _SCALE.get(unit, Decimal(1))
    value, places = Decimal(text), len(text.partition(".")[2])
    zeros = len(text) - len(text.rstrip("0")) if not places else 0
    return value * scale, scale * Decimal(10) ** (zeros - places)


_SCALE = {
    **dict.fromkeys(("k", "thousand", "tausend", "mille", "mil"), Decimal(1000)),
    **dict.fromkeys(("m", "mn", "million", "millionen", "millions"), Decimal(1_000_000)),
    "bn": Decimal(1_000_000_000),
}
