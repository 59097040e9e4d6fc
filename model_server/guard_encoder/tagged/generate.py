"""Makes tagged texts: a template, its alternatives chosen and its places filled, now and then beside another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

from model_server.guard_encoder.tagged.example import Span, Tagged, marked, unmarked
from model_server.guard_encoder.tagged.fill import KINDS, Draw
from model_server.guard_encoder.tagged.noise import NOISES, lower
from model_server.guard_encoder.tagged.times import VAGUE
from model_server.guard_encoder.tagged.vocabulary import Vocabulary, lines, with_faker

REGISTERS = {
    "chat": 1.0, "mail": 1.0, "forms": 1.0, "records": 0.8, "people": 1.0, "work": 1.0, "addresses": 1.2, "mixed": 0.8,
    "homonyms": 0.3, "harmless": 1.0, "plain": 1.0, "firms": 1.2, "parts": 1.2, "births": 1.0, "callers": 1.0,
    "arts": 1.0, "names": 1.0, "places": 1.0, "signed": 1.0, "lookalikes": 1.0, "asides": 1.0,
    "abroad": 1.2, "errands": 1.0, "wordnames": 0.7, "shops": 1.2, "letters": 1.5, "streets": 1.0, "desks": 1.0,
    "wide": 1.0, "domains": 1.2, "social": 1.0, "contrast": 1.0, "quirks": 1.0,
    "intros": 1.0, "envelopes": 1.0, "companies": 1.5, "travels": 1.3, "voices": 1.5, "tables": 0.8, "nobody": 0.8,
    "requests": 1.0, "pairs": 1.2, "syntax": 1.0, "passing": 1.0, "chatter": 1.0,
}
"""How often a template of each is used, relative to the others."""
_SMALL = 0.6
"""Share of chatter that is in small letters throughout, beside what ``NOISES`` make of it."""
_TWO, _FRAMED = 0.2, 0.35
"""Shares of texts made of two templates, and of those with a harmless sentence around them."""
_ALONE, _REAL = 0.15, 0.8
"""With ``around``: the share of texts that are one of them alone, and of framed texts whose frame is of them."""
_LEADING = ("the ", "on ", "in ")
"""Words that fillers bring along and that belong to no span."""
_WITHIN = re.compile(r" (?:[A-Z]\.? )?(?:(?:von|van der|de la|bin|ben|dos|di) )?(?:Mc|O'|al-)?")
"""What may stand between two parts of one name."""
_TITLE = re.compile(
    r"(?:^|[^\w.])((?:[Mm]rs?|[Mm]s|Miss|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Señora?|Signora?|Sir|Lady|Lord|Dame|Judge|Rev"
    r"|Captain|Professor|Doctor|Dr\. med|Prof\. Dr)\.?) $")
"""A title that a template has written out before a name."""
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_PLACE = re.compile(r"\[\[([A-Z_]+):(.+?)\]\]|\{([a-z_]+)\}")


@cache
def templates() -> tuple[tuple[str, str, float], ...]:
    """All templates: source, text and weight."""
    return tuple([
        (f"{register}:{number}", line.replace("\\n", "\n").replace("\\t", "\t"), weight)
        for register, weight in REGISTERS.items()
        for number, line in enumerate(lines(f"templates/{register}.txt"))
    ])


def examples(
    seed: int, count: int = 24_000, vocabulary: Vocabulary | None = None, around: Sequence[str] = ()
) -> Iterator[Tagged]:
    """``count`` texts, the same for the same ``seed``, vocabulary and versions; names come from Faker's lists, too,
    unless a ``vocabulary`` is given. ``around``: sentences without personal data (``surroundings``), which stand
    alone or beside the others. Raises ``ImportError`` with the cure when Faker is missing."""
    rng, words = Random(seed), vocabulary or with_faker()
    known = templates()
    weights = [weight for _, _, weight in known]
    for source, text, _ in rng.choices(known, weights, k=count):
        if around and rng.random() < _ALONE:
            yield _noisy(rng, " ".join(rng.choices(around, k=rng.choice((1, 1, 1, 2, 3)))), (), "around")
            continue
        whole, spans = filled(rng, text, words)
        if rng.random() < _TWO:
            second, other, _ = rng.choices(known, weights)[0]
            source = f"{source}+{second}"
            other, more = filled(rng, other, words)
            whole, spans = _joined(whole, spans, rng.choice((" ", "\n", "\n\n", " - ")), other, more)
        if rng.random() < _FRAMED:
            before, after = rng.choice(((1, 0), (0, 1), (1, 1)))
            if before:
                whole, spans = _joined(_sentence(rng, words, around), (), rng.choice((" ", "\n")), whole, spans)
            if after:
                whole, spans = _joined(whole, spans, rng.choice((" ", "\n")), _sentence(rng, words, around), ())
        yield _noisy(rng, whole, spans, source)


def filled(rng: Random, template: str, vocabulary: Vocabulary) -> tuple[str, tuple[Span, ...]]:
    """A template's text and spans. Raises ``KeyError`` for a placeholder that nobody fills."""
    while (found := _CHOICE.search(template)) is not None:
        template = template[: found.start()] + rng.choice(found[1].split("|")) + template[found.end() :]
    draw, text, spans, last = Draw(rng, vocabulary), "", list[Span](), 0
    for place in _PLACE.finditer(template):
        text += template[last : place.start()]
        last = place.end()
        entity, value = (place[1], place[2]) if place[1] else _value(draw, place[3])
        start = len(text) + next((len(each) for each in _LEADING if value.startswith(each)), 0)
        if entity == "PERSON" and spans and spans[-1][2] == entity and _WITHIN.fullmatch(text, spans[-1][1]):
            start = spans.pop()[0]  # a given and a family name side by side are one name
        elif entity == "PERSON" and (title := _TITLE.search(text)) is not None:
            spans.append((*title.span(1), "TITLE"))
        if entity:
            spans.append((start, len(text) + len(value), entity))
        text += value
    return text + template[last:], tuple(spans)


def _value(draw: Draw, kind: str) -> tuple[str, str]:
    entity, fill = KINDS[kind]
    value = fill(draw)
    return "" if value in VAGUE else entity, value


def _sentence(rng: Random, vocabulary: Vocabulary, around: Sequence[str]) -> str:
    return rng.choice(around if around and rng.random() < _REAL else vocabulary.lists["harmless"])


def _joined(
    left: str, spans: tuple[Span, ...], gap: str, right: str, more: tuple[Span, ...]
) -> tuple[str, tuple[Span, ...]]:
    shift = len(left) + len(gap)
    return left + gap + right, (*spans, *[(start + shift, end + shift, entity) for start, end, entity in more])


def _noisy(rng: Random, text: str, spans: tuple[Span, ...], source: str) -> Tagged:
    characters = marked(text, spans)
    if source.startswith("chatter:") and rng.random() < _SMALL:
        characters = lower(rng, characters)
    for share, noise in NOISES:
        if rng.random() < share:
            characters = noise(rng, characters)
    return Tagged(*unmarked(characters, tuple([entity for _, _, entity in spans])), source)
