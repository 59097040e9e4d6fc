"""What shows in one fast pass that a text may be in disguise, so that plain texts, nearly all, get no closer look.

``marks`` names the notations that may occur. ``hinted`` looks for words that only a disguise makes: those of an attack
written backwards, enciphered, or with a slip of the pen.
"""

from __future__ import annotations

import hashlib
import string
from typing import Any, Final

import hyperscan

from gateway.core.alphabets import SPELT
from gateway.core.scanner import DatabaseCache, Looks, loaded
from gateway.core.vocabulary import KEY_WORDS

ESCAPED, PERCENT, QUOTED, BASE64, HEX, BINARY, DECIMAL, MORSE, SPELLING, TAGGED, SPACED, PIECES, CHAINED, FIGURES = (
    1 << bit for bit in range(14)
)
ENCODED = PERCENT | QUOTED | BASE64 | HEX | BINARY | DECIMAL | MORSE | SPELLING
_NAMES = "|".join(SPELT.split())
_MARKS: dict[int, str] = {
    ESCAPED: r"(?i)&#?[a-z0-9]{2,8}|\\[xu0-3]|u\+[0-9a-f]{4}", PERCENT: r"(?:%[0-9A-Fa-f]{2}[\w.~+-]{0,12}){3}",
    QUOTED: r"(?:=[0-9A-F]{2}){2}", BASE64: r"[A-Za-z0-9+/_-]{12}", HEX: r"(?:[0-9A-Fa-f]{2}[ :,-]?){6}",
    BINARY: r"[01]{7}[ ,]?[01]{7}", DECIMAL: r"(?:\b[0-9]{2,3}[ ,;-]{1,2}){4}", MORSE: r"(?:[.-]{1,6}[ /|]{1,3}){4}",
    SPELLING: rf"(?i)(?:{_NAMES})[ ,\n/-]{{1,3}}(?:{_NAMES})", TAGGED: r"</[a-z]{1,6}>\s?<[a-z]{1,6}>[^<>]</",
    SPACED: r"(?:[0-9A-Za-z][^0-9A-Za-z]{1,12}){4}[0-9A-Za-z]\b|(?:[0-9A-Za-z]</[a-z]{1,6}> ?<[a-z]{1,6}>){4}",
    PIECES: r"[A-Za-z]{1,5}[-._*~+/|][A-Za-z]{1,5}",
    CHAINED: r"[A-Za-z][-_+~.*][A-Za-z]{1,18}[-_+~.*][A-Za-z]{1,18}[-_+~.*][A-Za-z]",
    FIGURES: r"[A-Za-z][0-9@$!|+*#]+[A-Za-z]|\b[0-9@$!|+]{1,2}[A-Za-z]{2}|[A-Za-z]{2}[0-9@$|+]",
}
_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH
COMMON = 160
"""Common words of four letters and more that are looked for backwards and under the ciphers that are best known."""
_ROWS: tuple[str, ...] = (
    r"[a-z]{2}\*[a-z]{2}", r"(?:[.-]{1,6}[ /|]{1,3}){6}", r"[01]{7}[ ,]?[01]{7}", r"(?:=[0-9A-F]{2}){2}",
    r"(?:[0-9a-z]\n[ \n]{0,2}){4}[0-9a-z]\n", r"(?:[0-9]{2,3}[ ,;-]{1,2}){6}",
    rf"(?:{_NAMES})[ ,\n/-]{{1,3}}(?:{_NAMES})",
    r"[a-z]{20}", r"[_+~-][a-z]{1,18}[_+~-][a-z]{1,18}[_+~-][a-z]{1,18}[_+~-]",
    r"[a-z][013457$!|]{1,3}[a-z][a-z013457@$!|]", r"[a-z]{2}ay\W{1,2}[a-z]{2,12}ay\W{1,2}[a-z]{2,12}ay",
    *(char * 3 for char in string.ascii_lowercase if char not in "wix"),
)
"""What else hardly occurs in plain texts: rows of codes and of single letters, one letter three times."""


def marks(data: bytes) -> int:
    """The bits of what may occur in ``data``."""
    mask = 0
    for index in _looks("marks").found(data):
        mask |= 1 << index
    return mask


def hinted(data: bytes) -> bool:
    """Whether a word occurs that hardly anything but a disguise makes."""
    return bool(_looks("hints").found(data))


_MADE: Final[dict[str, Looks]] = {}


def prepare(cache: DatabaseCache | None) -> None:
    """Compile what this looks with, or load it: half a second that no request should wait for."""
    if _MADE:
        return
    hints = [*sorted(words_of_hints()), *_ROWS]
    marked = {text: bit.bit_length() - 1 for bit, text in _MARKS.items()}
    made = {
        "hints": Looks(_database(dict.fromkeys(hints, 0), _FLAGS | hyperscan.HS_FLAG_CASELESS, cache)),
        "marks": Looks(_database(marked, _FLAGS, cache)),
    }
    _MADE.update(made)  # at once: another thread may be about to look


def _looks(name: str) -> Looks:
    if not _MADE:
        prepare(None)
    return _MADE[name]


def _database(expressions: dict[str, int], flags: int, cache: DatabaseCache | None) -> Any:
    text = "\0".join([str(getattr(hyperscan, "__version__", "")), str(flags), *expressions])
    key = hashlib.sha256(text.encode()).hexdigest()
    stored = cache.get(key) if cache is not None else None
    database = loaded(stored) if stored is not None else None
    if database is None:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[each.encode() for each in expressions], ids=list(expressions.values()),
            elements=len(expressions), flags=[flags] * len(expressions),
        )
        if cache is not None:
            cache.put(key, hyperscan.dumpb(database))
    return database


def words_of_hints() -> set[str]:
    """Key words in disguise; none is part of a common word as it is."""
    from gateway.core.words import WORDS

    found: set[str] = set()
    frequent = WORDS.split()[:1000]
    common = [word for word in frequent if len(word) >= 4][:COMMON]
    for word in (*KEY_WORDS, *common):
        if len(word) >= 4:
            found |= {word[::-1], word.translate(_MIRRORED), _shifted(word, 13)}
        if len(word) >= 5:
            found.add(_shifted(word, 3))
    for word in [word for word in frequent if len(word) >= 3][: COMMON // 2]:
        found.add("".join(char * 2 for char in word))
    for word in KEY_WORDS:
        if len(word) >= 5:
            found |= {"".join(char * 2 for char in word), _shifted(word, 23)}
        if len(word) >= 8:
            found |= {_shifted(word, by) for by in (1, 5, 7, 25)}
    for word in KEY_WORDS:
        if len(word) >= 6:
            found |= _slips(word)
    return {word for word in found if word not in WORDS}


_MIRRORED = str.maketrans(string.ascii_lowercase, string.ascii_lowercase[::-1])


def _shifted(word: str, by: int) -> str:
    low = string.ascii_lowercase
    return word.translate(str.maketrans(low, low[by:] + low[:by]))


def _slips(word: str) -> set[str]:
    """Two letters exchanged, one left out, a dash inside; never only the beginning of the word."""
    inner = range(1, len(word) - 1)
    return (
        {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
        | {word[:at] + word[at + 1 :] for at in inner}
        | {f"{word[:at]}-{word[at:]}" for at in inner if at > 1}
    )
