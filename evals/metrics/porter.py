"""The Porter stemmer of ``rouge-score``, because nltk takes a second and 60 MB to load and ten times as long per word.

Porter, "An algorithm for suffix stripping", Program 14.3 (1980), with the deviations that nltk's ``PorterStemmer``
makes in its default mode, which is the one that ``rouge-score`` uses. Words are runs of a-z and 0-9, which is all that
ROUGE's tokenizer gives; a digit counts as a consonant, as there.
"""

from __future__ import annotations

from functools import lru_cache

_POOL = {
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news", "innings": "inning",
    "inning": "inning", "outings": "outing", "outing": "outing", "cannings": "canning", "canning": "canning",
    "howe": "howe", "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
}
"""Irregular forms, taken as they are."""

_SHAPE = {ord(letter): "v" if letter in "aeiou" else "y" if letter == "y" else "c"
          for letter in "abcdefghijklmnopqrstuvwxyz0123456789"}
_STEP2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
)
_STEP3 = (("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""))
_STEP4 = ("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate",
          "iti", "ous", "ive", "ize")
_ENDS2 = (*tuple(suffix for suffix, _ in _STEP2), "logi")
_ENDS3 = tuple(suffix for suffix, _ in _STEP3)


def _shape(word: str) -> str:
    """``word`` as a string of c and v. A ``y`` is a vowel behind a consonant, and a consonant elsewhere."""
    out = word.translate(_SHAPE)
    at = out.find("y")
    while at >= 0:
        kind = "v" if at and out[at - 1] == "c" else "c"
        out = out[:at] + kind + out[at + 1 :]
        at = out.find("y", at + 1)
    return out


def _measure(stem: str) -> int:
    """Porter's m: how often a consonant follows a vowel."""
    return _shape(stem).count("vc")


def _ends_cvc(stem: str) -> bool:
    """Porter's condition *o, and nltk's for two letters."""
    shape = _shape(stem)
    if len(stem) == 2:
        return shape == "vc"
    return shape.endswith("cvc") and stem[-1] not in "wxy"


def _plurals(word: str) -> str:
    """Step 1a."""
    if not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word if word.endswith("ss") else word[:-1]


def _participles(word: str) -> str:
    """Step 1b."""
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    stem = word[:-2] if word.endswith("ed") else word[:-3] if word.endswith("ing") else ""
    if "v" not in _shape(stem):
        return word
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if len(stem) >= 2 and stem[-1] == stem[-2] and _shape(stem)[-1] == "c":
        return stem if stem[-1] in "lsz" else stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _ends_cvc(stem) else stem


def _final_y(word: str) -> str:
    """Step 1c, nltk's: after a consonant that is not the first letter."""
    if len(word) > 2 and word.endswith("y") and _shape(word[:-1])[-1] == "c":
        return word[:-1] + "i"
    return word


def _double_suffixes(word: str) -> str:
    """Step 2; the first suffix that fits decides, whether or not its condition holds."""
    if not word.endswith(_ENDS2):
        return word
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        return _double_suffixes(word[:-2])
    for suffix, instead in _STEP2:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            return stem + instead if _measure(stem) > 0 else word
    return word[:-1] if _measure(word[:-3]) > 0 else word  # logi → log, with the l as part of the stem


def _adjectives(word: str) -> str:
    """Step 3."""
    if word.endswith(_ENDS3):
        for suffix, instead in _STEP3:
            if word.endswith(suffix):
                stem = word[: -len(suffix)]
                return stem + instead if _measure(stem) > 0 else word
    return word


def _suffixes(word: str) -> str:
    """Step 4."""
    if word.endswith(_STEP4):
        for suffix in _STEP4:
            if word.endswith(suffix):
                stem = word[: -len(suffix)]
                fits = _measure(stem) > 1 and (suffix != "ion" or stem[-1] in "st")
                return stem if fits else word
    return word


def _final_e(word: str) -> str:
    """Steps 5a and 5b."""
    if word.endswith("e"):
        stem = word[:-1]
        measure = _measure(stem)
        if measure > 1 or (measure == 1 and not _ends_cvc(stem)):
            word = stem
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of a lower-case word of a-z and 0-9, nltk's to the letter."""
    if word in _POOL:
        return _POOL[word]
    if len(word) <= 2:
        return word
    word = _final_y(_participles(_plurals(word)))
    return _final_e(_suffixes(_adjectives(_double_suffixes(word))))
