"""Which letters belong to which script, and which scripts the languages that have one of their own are written in."""

from __future__ import annotations

from bisect import bisect_right

_RANGES = (
    (0x41, 0x5A, "Latin"), (0x61, 0x7A, "Latin"), (0xC0, 0x24F, "Latin"), (0x370, 0x3FF, "Greek"),
    (0x400, 0x52F, "Cyrillic"), (0x531, 0x58F, "Armenian"), (0x591, 0x5F4, "Hebrew"), (0x620, 0x6FF, "Arabic"),
    (0x750, 0x77F, "Arabic"), (0x900, 0x97F, "Devanagari"), (0x980, 0x9FF, "Bengali"), (0xA00, 0xA7F, "Gurmukhi"),
    (0xA80, 0xAFF, "Gujarati"), (0xB00, 0xB7F, "Oriya"), (0xB80, 0xBFF, "Tamil"), (0xC00, 0xC7F, "Telugu"),
    (0xC80, 0xCFF, "Kannada"), (0xD00, 0xD7F, "Malayalam"), (0xD80, 0xDFF, "Sinhala"), (0xE00, 0xE7F, "Thai"),
    (0xE80, 0xEFF, "Lao"), (0xF00, 0xFFF, "Tibetan"), (0x1000, 0x109F, "Myanmar"), (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"), (0x1200, 0x139F, "Ethiopic"), (0x1780, 0x17FF, "Khmer"), (0x1800, 0x18AF, "Mongolian"),
    (0x1E00, 0x1EFF, "Latin"), (0x1F00, 0x1FFF, "Greek"), (0x3040, 0x30FF, "Kana"), (0x3130, 0x318F, "Hangul"),
    (0x3400, 0x9FFF, "Han"), (0xAC00, 0xD7AF, "Hangul"), (0xF900, 0xFAFF, "Han"), (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFC, "Arabic"), (0xFF21, 0xFF5A, "Latin"), (0xFF66, 0xFF9D, "Kana"), (0x20000, 0x323AF, "Han"),
)
_STARTS = tuple(first for first, _, _ in _RANGES)

SCRIPTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "kk", "ky", "tg", "tt", "ba", "cv", "mn", "ce"), ("Cyrillic",)),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "ckb", "sd", "arz", "azb", "pnb"), ("Arabic",)),
    **dict.fromkeys(("hi", "mr", "ne", "sa", "bho", "mai", "new"), ("Devanagari",)),
    **dict.fromkeys(("zh", "yue", "wuu"), ("Han",)), "sr": ("Cyrillic", "Latin"), "uz": ("Latin", "Cyrillic"),
    "el": ("Greek",), "hy": ("Armenian",), "he": ("Hebrew",), "yi": ("Hebrew",), "bn": ("Bengali",), "as": ("Bengali",),
    "pa": ("Gurmukhi", "Arabic"), "gu": ("Gujarati",), "or": ("Oriya",), "ta": ("Tamil",), "te": ("Telugu",),
    "kn": ("Kannada",), "ml": ("Malayalam",), "si": ("Sinhala",), "th": ("Thai",), "lo": ("Lao",), "bo": ("Tibetan",),
    "my": ("Myanmar",), "ka": ("Georgian",), "ko": ("Hangul", "Han"), "am": ("Ethiopic",), "ti": ("Ethiopic",),
    "km": ("Khmer",), "ja": ("Kana", "Han"),
}
"""By ISO 639 code; a language that is not here is written in Latin letters."""

NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi", "polish": "pl", "czech": "cs",
    "hungarian": "hu", "romanian": "ro", "turkish": "tr", "russian": "ru", "ukrainian": "uk", "greek": "el",
    "hebrew": "he", "arabic": "ar", "persian": "fa", "hindi": "hi", "chinese": "zh", "japanese": "ja", "korean": "ko",
    "vietnamese": "vi", "thai": "th",
}
"""What people write for a code."""

KIN = {
    "en": ("pcm", "sco"), "no": ("nb", "nn"), "nb": ("no", "nn"), "nn": ("no", "nb"), "zh": ("yue", "wuu"),
    "hr": ("bs", "sr"), "bs": ("hr", "sr"), "sr": ("hr", "bs"), "id": ("ms",), "ms": ("id",), "fa": ("azb",),
    "ar": ("arz",),
}
"""Codes of the same or hardly another language: who allows one allows these."""


def script(char: str) -> str:
    """The script of a letter; empty for everything else."""
    code = ord(char)
    place = bisect_right(_STARTS, code) - 1
    return _RANGES[place][2] if place >= 0 and code <= _RANGES[place][1] and char.isalpha() else ""


def scripts_of(code: str) -> tuple[str, ...]:
    """The scripts in which the language ``code`` is written."""
    return SCRIPTS.get(code, ("Latin",))
