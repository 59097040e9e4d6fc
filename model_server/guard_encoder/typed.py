"""Writes a sentence as people type it: capitals, apostrophes, slips, and letters hidden from lists of words."""

from __future__ import annotations

import random
import re

RUDE = re.compile(r"\b(?:fuck|shit|bitch|idiot|moron|stupid|dumb|ugly|kill|die|hate|scum|trash|loser|slut|whore|"
                  r"asshole|pig|disgusting|pathetic|vermin|freak|bastard|damn|garbage)\w*", re.IGNORECASE)
"""Words that stand in abuse and elsewhere, and that people mask."""
HIDDEN = 0.07
"""The share of texts in which one long word, whichever it is, is hidden: a masked word alone is no sign of abuse."""
_LONG = re.compile(r"[A-Za-z]{4,}")
_LEET = str.maketrans("aeiost", "@310$7")


def typed(text: str, chance: random.Random) -> str:
    """``text`` as people type it: sometimes without capitals and apostrophes, shouted, with slips or masked letters."""
    kind = chance.random()
    if kind < 0.12:
        text = text.lower().replace("'", "").rstrip(".")
    elif kind < 0.15:
        text = text.upper()
    if chance.random() < 0.08:
        text = RUDE.sub(lambda word: masked(word.group(), chance) if chance.random() < 0.8 else word.group(), text)
    if chance.random() < HIDDEN:
        text = _one_hidden(text, chance)
    if chance.random() < 0.06:
        words = text.split(" ")
        at = chance.randrange(len(words))
        words[at] = slip(words[at], chance)
        text = " ".join(words)
    return text


def _one_hidden(text: str, chance: random.Random) -> str:
    found = list(_LONG.finditer(text))
    if not found:
        return text
    word = chance.choice(found)
    return text[: word.start()] + masked(word.group(), chance) + text[word.end() :]


def masked(word: str, chance: random.Random) -> str:
    """``word`` hidden from a list of words: stars, digits, spaces, dots, letters more than once or fewer vowels."""
    at = chance.randrange(1, max(2, len(word) - 1))
    consonants = re.sub("[aeiou]", "", word[1:]) or "*"
    return chance.choice((
        f"{word[0]}{'*' * (len(word) - 2)}{word[-1]}", f"{word[:at]}*{word[at + 1 :]}", f"{word[:at]}-{word[at:]}",
        word[0] + word[1:].lower().translate(_LEET), " ".join(word), ".".join(word), word[0] + consonants,
        f"{word[:at]} {word[at:]}", f"{word[:at]}.{word[at:]}", "_".join(word),
        word[:at] + word[at] * 3 + word[at + 1 :]))


def slip(word: str, chance: random.Random) -> str:
    """``word`` with two letters swapped, one missing or one repeated; short words as they are."""
    if len(word) < 4:
        return word
    at = chance.randrange(1, len(word) - 2)
    return chance.choice((word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :],
                          word[:at] + word[at] * 3 + word[at + 1 :]))
