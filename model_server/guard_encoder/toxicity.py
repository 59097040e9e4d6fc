"""Sentences of abuse, hate, threats and stereotypes and their harmless doubles, filled in from templates by a seed.

In the files of ``toxic/``, ``= name: word | word`` is a list of what may stand in the templates' braces; ``- function``
begins templates of abuse, ``+ function`` harmless ones; ``[one|other]`` is a choice; ``{said}`` is a sentence of abuse
and ``{kind}`` a friendly one, filled from templates of their own: only what stands around a quotation tells whether it
is agreed with. Both sides use the same words on purpose: negation, counter-speech, quotation, reclaimed words, anger at
things, talk about abuse; and groups are named in the same ways on both sides, so that none is the label. Slips and
disguised letters fall on both sides alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from model_server.guard_encoder.shared_sets import Labelled
from model_server.guard_encoder.typed import RUDE, typed

TEMPLATES = Path(__file__).with_name("toxic")
Function = tuple[str, float, tuple[str, ...]]
"""A function's name, 1 for abuse or 0, and its templates."""
KEPT_BACK = frozenset({"comparison", "ageism", "doxxing threat", "moderation", "literature", "strong feeling",
                       "rebuttal"})
"""Functions that no part of the training is shown: thresholds are chosen on them."""
FRIENDLY = frozenset({"positive", "identity", "you and they", "everyday"})
"""Functions that ``{kind}`` is filled from."""
_SLOT = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile(r"\{(said|kind)\}(?=([\"'])?)")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_AN = re.compile(r"\b([Aa]) (?=[aeiouAEIOU]\w)(?!(?:eu|one\b|us[eu]|uni))", re.IGNORECASE)
_A = re.compile(r"\b([Aa])n (?=[^aeiouAEIOU\W]|us[eu]|uni)(?!hour|honest)")
_TAILS = (" lol", " smh", "!!", " Just saying.", " Think about it.", " Seriously.", " 😂", " Thanks.",
          " #fact", " 🙄", " ❤️", " tbh", " ...", " thoughts?", " @user")
_OPENINGS = ("Honestly, ", "ok so ", "Hi, ", "@user ", "@user @user ", "lmao ", "Well, ", "Listen: ",
             "To be clear, ", "Look, ", "yeah, ", "no, ", "PS: ", "And ", "Update: ", "My two cents: ", "As I said, ")
_CURSE = re.compile(r"\b(?:ass|hoes?|pussy|nigg\w+|fag\w*|dykes?|crap|cunts?|retard\w*|suck\w*|cock|dick|hell|"
                    r"sex\w*)\b", re.IGNORECASE)
_SLUR = r"\b(?:fag|faggot|nigger|retard|dyke|tranny|cracker|redneck|beaner|chink)"
_AIMED = re.compile(r"\b(?:yo)?u(?:r|'?re)?\b (?:\w+ ){0,3}?(?:bitch|hoe|pussy|cunt|trash|idiot|stupid|dumb|ugly|"
                    rf"whore|slut)|{_SLUR}", re.IGNORECASE)
_PLAIN = re.compile(r"(?:All|The|What|How|Why|You|It|My|We|They|This|That|Go|Don't|Who|A|Is|Are|Your|Only|If) ")


@cache
def functions() -> tuple[tuple[Function, ...], dict[str, tuple[str, ...]]]:
    """The functions in their order, and the lists by name."""
    lists: dict[str, tuple[str, ...]] = {}
    found: list[tuple[str, float, list[str]]] = []
    for path in sorted(TEMPLATES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            mark, _, rest = line.partition(" ")
            if mark == "=":
                name, _, words = rest.partition(": ")
                lists[name] = tuple(words.split(" | "))
            elif mark in ("-", "+"):
                found.append((rest, float(mark == "-"), []))
            else:
                found[-1][2].append(line)
    quotable = [each for each in found if each[0] not in KEPT_BACK]
    for slot, those in (("said", [each for each in quotable if each[1]]),
                            ("kind", [each for each in quotable if each[0] in FRIENDLY])):
        lists[slot] = tuple(line for _, _, lines in those for line in lines
                            if '"' not in line and not _QUOTED.search(line))
    return tuple((name, value, tuple(templates)) for name, value, templates in found), lists


def filled(template: str, chance: random.Random) -> str:
    """``template`` with each choice made and each slot filled from its list."""
    lists = functions()[1]
    text = _QUOTED.sub(lambda slot: _said(lists[slot.group(1)], bool(slot.group(2)), chance), template)
    text = _SLOT.sub(lambda slot: chance.choice(lists[slot.group(1)]), _chosen(text, chance))
    text = _A.sub(r"\1 ", _AN.sub(r"\1n ", text))
    if chance.random() < 0.8:
        return re.sub(r"(^|[.!?] )(\w)", lambda start: start.group(1) + start.group(2).upper(), text)
    return text


def _chosen(text: str, chance: random.Random) -> str:
    left = 1
    while left:
        text, left = _CHOICE.subn(lambda choice: chance.choice(choice.group(1).split("|")), text)
    return text


def _said(templates: Sequence[str], quoted: bool, chance: random.Random) -> str:
    """One of ``templates`` with an end: in quotation marks it often stands without."""
    chosen = _chosen(chance.choice(templates), chance)
    if quoted and chance.random() < 0.6:
        return chosen.removesuffix(".")
    return chosen if chosen[-1] in ".!?" else chosen + "."


def sentences(seed: int, each: int, *, back: bool = False) -> Iterator[tuple[Labelled, str]]:
    """``each`` fillings of every template, with the function they stand for; abuse is 1, its doubles 0.

    ``back``: those of the functions that are kept back, and no others; otherwise all others.
    """
    chance = random.Random(seed)
    for function, value, templates in functions()[0]:
        if (function in KEPT_BACK) != back:
            continue
        for template in templates:
            seen: set[str] = set()
            for _ in range(each if "{" in template or "[" in template else max(2, each // 3)):
                text = filled(template, chance)
                if text not in seen:
                    seen.add(text)
                    yield Labelled(typed(framed(text, chance), chance), value), function


def framed(text: str, chance: random.Random) -> str:
    """``text`` as it stands in a message: often after an opening or before a tail."""
    opening = chance.choice(_OPENINGS) if chance.random() < 0.4 else ""
    tail = chance.choice(_TAILS) if chance.random() < 0.4 else ""
    if opening.endswith((", ", "And ", "so ")) and _PLAIN.match(text):
        text = text[0].lower() + text[1:]
    return opening + (text.rstrip(".!") if tail == "!!" else text) + tail


def rude(text: str) -> bool:
    """Whether a curse or a word that is common in abuse stands in ``text``."""
    return bool(RUDE.search(text) or _CURSE.search(text))


def tweet(each: Labelled) -> tuple[float, float, float]:
    """What a tweet is taught as, its weight, and the share of such tweets that is kept.

    Most of what readers called offensive only holds a curse that is aimed at nobody: these are taught as in between,
    and few are kept, so that abuse of people rather than a curse is the label.
    """
    if each.value > 0.75:
        return 1.0, 1.2, 1.0
    if each.value > 0.5:
        return (0.85, 0.8, 1.0) if _AIMED.search(each.text) else (0.55, 0.4, 0.2)
    if each.value > 0.35:
        return 0.35, 0.5, 1.0
    return 0.0, 0.8, 1.0


def passages(seed: int, size: int, everyday: Sequence[str] = ()) -> Iterator[Labelled]:
    """Longer texts: a few harmless sentences, in half of them with one of abuse somewhere in between.

    ``everyday``: harmless sentences of other sources, at least six, mixed with those of the templates half and half.
    """
    chance = random.Random(seed)
    calm = [text.text for text, _ in sentences(seed + 1, 3) if text.value == 0]
    abuse = [text.text for text, _ in sentences(seed + 2, 6) if text.value == 1]
    names = functions()[1]["name"]
    for number in range(size):
        among = everyday if everyday and chance.random() < 0.5 else calm
        parts = chance.sample(among, chance.randint(2, 6))
        if among is everyday and chance.random() < 0.5:
            parts[0] = chance.choice(calm)
        if number % 2:
            parts.insert(chance.randrange(len(parts) + 1), chance.choice(abuse))
        shape = chance.random()
        if shape < 0.15:
            parts = [f"{chance.choice(names)}: {part}" for part in parts]
        elif shape < 0.25:
            parts = [f"Hi {chance.choice(names)},", *parts, f"Best, {chance.choice(names)}"]
        yield Labelled((" " if shape > 0.35 else "\n").join(parts), float(number % 2))
