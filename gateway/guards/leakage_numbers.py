"""Numbers in words, as far as a model might write a protected figure: English, German, French, Spanish.

Only whole numbers below a thousand million are spelt; anything else has no words. Words are lists, so that the
caller decides what may stand between them.
"""

from __future__ import annotations

import re
from decimal import Decimal

Words = tuple[str, ...]


def _words(text: str) -> Words:
    return tuple(text.split())


_EN = _words("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
       "seventeen eighteen nineteen")
_EN_TENS = _words("- - twenty thirty forty fifty sixty seventy eighty ninety")
_DE = _words("null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
       "siebzehn achtzehn neunzehn")
_DE_TENS = _words("- - zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig")
_FR = _words("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
       "dix-huit dix-neuf")
_FR_TENS = _words("- - vingt trente quarante cinquante soixante")
_ES = _words("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
       "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis "
       "veintisiete veintiocho veintinueve")
_ES_TENS = _words("- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = _words("- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
                "novecientos")

DIGIT_WORDS: tuple[Words, ...] = (
    tuple(_EN[:10]),
    ("oh", *_EN[1:10]),
    ("null", "eins", *_DE[2:10]),
    tuple(_FR[:10]),
    tuple(_ES[:10]),
)
"""How the digits 0 to 9 are read out one by one, by language, without accents (as canonical text is)."""


def spelled(value: int) -> tuple[Words, ...]:
    """``value`` in words, one tuple of words for each language and way; ``and`` is left to the reader."""
    if not 0 <= value < 1_000_000_000:
        return ()
    return tuple(dict.fromkeys((_english(value), _german(value), _french(value), _spanish(value))))


def _english(value: int) -> Words:
    if value == 0:
        return ("zero",)
    out: list[str] = []
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (1, "")):
        part, value = divmod(value, size)
        if part:
            hundreds, rest = divmod(part, 100)
            out += [_EN[hundreds], "hundred"] if hundreds else []
            out += [_EN[rest]] if 0 < rest < 20 else []
            out += [_EN_TENS[rest // 10], *([_EN[rest % 10]] if rest % 10 else [])] if rest >= 20 else []
            out += [name] if name else []
    return tuple(out)


def _german_below(part: int) -> str:
    hundreds, rest = divmod(part, 100)
    out = f"{_DE[hundreds]}hundert" if hundreds else ""
    if 0 < rest < 20:
        return out + _DE[rest]
    if rest:
        return out + (f"{_DE[rest % 10]}und" if rest % 10 else "") + _DE_TENS[rest // 10]
    return out


def _german(value: int) -> Words:
    millions, rest = divmod(value, 1_000_000)
    thousands, ones = divmod(rest, 1_000)
    out: list[str] = []
    if millions:
        out += ["eine" if millions == 1 else _german_below(millions), "million" if millions == 1 else "millionen"]
    tail = (f"{_german_below(thousands)}tausend" if thousands else "") + _german_below(ones)
    return tuple([*out, tail] if tail or out else ["null"])


def _french_below(part: int) -> list[str]:
    hundreds, rest = divmod(part, 100)
    out = ([_FR[hundreds]] if hundreds > 1 else []) + (["cent" if rest or hundreds == 1 else "cents"] * bool(hundreds))
    if rest >= 80:
        return [*out, "quatre", "vingts" if rest == 80 else "vingt", *(_FR[rest - 80].split("-") if rest > 80 else [])]
    if rest >= 60:
        extra = rest - 60
        return [*out, "soixante", *(["et"] if extra in (1, 11) else []), *(_FR[extra].split("-") if extra else [])]
    if rest >= 20:
        extra = rest % 10
        return [*out, _FR_TENS[rest // 10], *(["et"] if extra == 1 else []), *([_FR[extra]] if extra else [])]
    return [*out, *(_FR[rest].split("-") if rest else [])]


def _french(value: int) -> Words:
    millions, rest = divmod(value, 1_000_000)
    thousands, ones = divmod(rest, 1_000)
    out = [*_french_below(millions), "million" if millions == 1 else "millions"] if millions else []
    if thousands:
        out += [*(_french_below(thousands) if thousands > 1 else []), "mille"]
    return tuple([*out, *_french_below(ones)] or ["zero"])


def _spanish_below(part: int, *, short: bool = False) -> list[str]:
    if part == 100:
        return ["cien"]
    hundreds, rest = divmod(part, 100)
    out = [_ES_HUNDREDS[hundreds]] if hundreds else []
    if rest >= 30:
        out += [_ES_TENS[rest // 10], *(["y", _ES[rest % 10]] if rest % 10 else [])]
    elif rest:
        out.append(_ES[rest])
    if short and out and out[-1].endswith("uno"):
        out[-1] = out[-1][:-1]
    return out


def _spanish(value: int) -> Words:
    millions, rest = divmod(value, 1_000_000)
    thousands, ones = divmod(rest, 1_000)
    out = [*_spanish_below(millions, short=True), "millon" if millions == 1 else "millones"] if millions else []
    if thousands:
        out += [*(_spanish_below(thousands, short=True) if thousands > 1 else []), "mil"]
    return tuple([*out, *_spanish_below(ones)] or ["cero"])


_SCALES = ("hundred", "thousand", "million", "hundert", "tausend", "million", "millionen", "cent", "cents", "mille",
           "millions", "cien", "mil", "millon", "millones")
_MORE = ("point", "komma", "virgule", "coma", "quarter", "oh", "eins", "eine", "vingts", "veintiun")
_ALL = {word for group in (_EN, _EN_TENS, _DE, _DE_TENS, _FR, _FR_TENS, _ES, _ES_TENS, _ES_HUNDREDS, _SCALES, _MORE)
        for each in group for word in each.split("-") if word}
NUMBER_WORDS: tuple[str, ...] = tuple(sorted(_ALL, key=lambda each: (-len(each), each)))
"""All words that numbers are made of, longest first."""

_TOKEN = re.compile("|".join(NUMBER_WORDS))
_DIGITS = {word: str(digit) for words in DIGIT_WORDS for digit, word in enumerate(words)}
_VALUES = {word: value for value, word in enumerate(_EN)} | {
    word: 10 * value for value, word in enumerate(_EN_TENS) if word != "-"}


def tokens(text: str) -> tuple[str, ...]:
    """The number words in ``text`` (lower case, no accents), whether or not anything stands between them."""
    return tuple(_TOKEN.findall(text))


def read_digits(words: Words) -> str:
    """The digits that ``words`` read out one by one; a word that is no digit leaves a space."""
    return "".join(_DIGITS.get(word, " ") for word in words)


def english(words: Words) -> tuple[Decimal, Decimal] | None:
    """The value of English number words and the worth of their last one; None when they are no number."""
    total = part = Decimal(0)
    worth, places = Decimal(1), None
    for word in words:
        if word == "point":
            places = Decimal(1)
        elif places is not None and word in _VALUES and _VALUES[word] < 10:
            places /= 10
            part += _VALUES[word] * places
            worth = places
        elif word in _VALUES:
            part += _VALUES[word]
            worth = Decimal(10) if _VALUES[word] >= 20 else Decimal(1)
        elif word == "hundred":
            part = part * 100 if part else Decimal(100)
            worth = Decimal(100)
        elif word in ("thousand", "million"):
            scale = Decimal(1000 if word == "thousand" else 1_000_000)
            total += (part or 1) * scale
            worth = scale * (worth if places is not None else 1)
            part, places = Decimal(0), None
        else:
            return None
    return total + part, worth
