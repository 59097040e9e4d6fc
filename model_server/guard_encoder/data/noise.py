"""What fingers, keyboards and mail programs do to a text: the same to attacks and to harmless texts.

Look-alikes, invisible characters and encodings are undone before a detector reads a text, so they are rare here.
"""

from __future__ import annotations

import random
import re

from model_server.augment import NEIGHBOURS

_CONTRACTED = (("do not", "don't"), ("you are", "you're"), ("cannot", "can't"), ("what is", "what's"), ("I am", "I'm"))
_CHATTY = ((r"\byou\b", "u"), (r"\byour\b", "ur"), (r"\bplease\b", "pls"), (r"\bare\b", "r"), (r"\bbecause\b", "cuz"))
_ENDS = ("!", "!!", "...", " :)", " thanks", " thx", " please", "?", " 🙏", " 😀", " asap", "")


def typos(text: str, chance: random.Random, rate: float) -> str:
    """Letters dropped, doubled, swapped or replaced by a neighbouring key; ``rate`` of all letters."""
    out: list[str] = []
    for char in text:
        if not char.isalpha() or chance.random() >= rate:
            out.append(char)
            continue
        kind = chance.randrange(4)
        if kind == 0:
            out.append(char * 2)
        elif kind == 1:
            out.append(chance.choice(NEIGHBOURS.get(char.lower(), char)))
        elif kind == 2 and out and out[-1].isalpha():
            out.insert(-1, char)
    return "".join(out)


def noisy(text: str, chance: random.Random) -> str:
    """``text`` as one of many people would have typed it; nearly half of all texts stay as they are."""
    if chance.random() < 0.25:
        text = _swapped(text, chance)
    if chance.random() < 0.12:
        text = text.lower()
    elif chance.random() < 0.03:
        text = text.upper()
    if chance.random() < 0.08:
        text = re.sub(r"[.,!?;:](?=\s|$)", "", text)
    if chance.random() < 0.12:
        text = typos(text, chance, chance.choice((0.01, 0.02, 0.04)))
    if chance.random() < 0.06:
        text = text.replace("'", "’").replace('"', "“")
    if chance.random() < 0.08:
        text = text.rstrip(".!?") + chance.choice(_ENDS)
    if chance.random() < 0.04:
        text = text.replace(". ", ".\n").replace("? ", "?\n")
    if chance.random() < 0.01:
        text = text.translate(str.maketrans("aeiost", "431057"))
    return text


def _swapped(text: str, chance: random.Random) -> str:
    for full, short in _CONTRACTED:
        text = text.replace(full, short) if chance.random() < 0.5 else text.replace(short, full)
    if chance.random() < 0.2:
        for pattern, short in _CHATTY:
            if chance.random() < 0.6:
                text = re.sub(pattern, short, text)
    return text
