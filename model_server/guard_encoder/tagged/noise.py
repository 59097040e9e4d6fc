"""The spellings of real text: lower case, capitals, typing errors, lost accents, odd spacing. Tags move along."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from model_server.guard_encoder.tagged.example import Marked

_NEIGHBOURS = {"a": "qs", "e": "wr", "i": "uo", "o": "ip", "t": "ry", "n": "bm", "s": "ad", "r": "et", "l": "k",
               "d": "sf"}


def lower(_: Random, text: Marked) -> Marked:
    return [(part, owner) for each, owner in text for part in each.lower()]


def upper(_: Random, text: Marked) -> Marked:
    return [(part, owner) for each, owner in text for part in each.upper()]


def title(_: Random, text: Marked) -> Marked:
    """Each Word With A Capital."""
    previous, out = " ", []
    for each, owner in text:
        out.append((each.upper() if not previous.isalnum() and len(each.upper()) == 1 else each, owner))
        previous = each
    return out


def small_names(_: Random, text: Marked) -> Marked:
    """What is tagged without its capitals, the rest as it was."""
    return [(part, owner) for each, owner in text for part in (each.lower() if owner >= 0 else each)]


def capital_names(_: Random, text: Marked) -> Marked:
    """What is tagged in capitals, as forms and registers have it."""
    return [(part, owner) for each, owner in text for part in (each.upper() if owner >= 0 else each)]


def typing_errors(rng: Random, text: Marked) -> Marked:
    """Letters dropped, doubled, swapped or missed by a key, about one in forty; digits stay."""
    out: Marked = []
    for each, owner in text:
        chance = rng.random() if each.isalpha() else 1.0
        if chance < 0.006:
            continue
        if chance < 0.012:
            out.append((each, owner))
        if chance < 0.018 and out and out[-1][0].isalpha() and out[-1][1] == owner:
            out.insert(-1, (each, owner))
            continue
        if chance < 0.025 and each.lower() in _NEIGHBOURS:
            each = rng.choice(_NEIGHBOURS[each.lower()])
        out.append((each, owner))
    return out


def without_accents(_: Random, text: Marked) -> Marked:
    return [(part, owner) for each, owner in text for part in unicodedata.normalize("NFKD", each)
            if not unicodedata.combining(part)]


def loose_spacing(rng: Random, text: Marked) -> Marked:
    """Blanks doubled or turned into line breaks here and there."""
    out: Marked = []
    for each, owner in text:
        chance = rng.random() if each == " " else 1.0
        out.append(("\n" if chance < 0.05 and owner < 0 else each, owner))
        if 0.05 <= chance < 0.1:
            out.append((" ", owner))
    return out


def bare(_: Random, text: Marked) -> Marked:
    """Without the marks that end sentences and clauses, as in chat."""
    return [(each, owner) for each, owner in text if owner >= 0 or each not in ".,;!?:"]


Noise = Callable[[Random, Marked], Marked]
NOISES: tuple[tuple[float, Noise], ...] = (
    (0.12, lower), (0.06, upper), (0.02, title), (0.07, typing_errors), (0.08, without_accents), (0.06, loose_spacing),
    (0.04, bare), (0.03, small_names), (0.03, capital_names),
)
"""With the share of texts that each is done to; they are drawn independently, so some texts get several."""
