"""The words that templates are filled with: lists of this project's own, and names from Faker's for breadth.

Faker (MIT licence) is needed at training time only: its name lists are read as data, so that what is drawn depends
on the seed and its version alone. Nothing of it ships.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random

MADE_UP = 0.12
"""Share of names that nobody bears: they can only be told by what stands around them."""
_NAME_LISTS = {
    "given": ("first_names", "first_names_male", "first_names_female"),
    "family": ("last_names", "last_names_male", "last_names_female"),
}
_TOWN_LISTS = ("cities", "provinces", "counties", "districts", "villages", "settlements", "bairros", "concelhos")
TOWNS = 400
"""Of each locale at most: some list every village."""
_ORDER = 3
"""Letters that decide the next one of a made-up name."""


@dataclass(frozen=True)
class Vocabulary:
    """``lists`` by name; ``given`` and ``family`` names by culture."""

    lists: dict[str, tuple[str, ...]]
    given: dict[str, tuple[str, ...]]
    family: dict[str, tuple[str, ...]]
    cultures: tuple[str, ...]


@cache
def own() -> Vocabulary:
    """This project's lists alone."""
    lists: dict[str, tuple[str, ...]] = {}
    names: dict[str, dict[str, tuple[str, ...]]] = {"given": {}, "family": {}}
    for file in ("names", "places", "orgs", "words"):
        for line in lines(f"words/{file}.txt"):
            head, _, rest = line.partition(":")
            values = tuple([each.replace("_", " ") for each in rest.split()])
            culture, _, kind = head.partition(" ")
            if kind:
                names[kind][culture] = values
            else:
                lists[head] = values
    return Vocabulary(lists, names["given"], names["family"], tuple(names["given"]))


@cache
def with_faker() -> Vocabulary:
    """Those and the Latin-script names and towns of all of Faker's locales. Raises ``ImportError`` with the cure."""
    try:
        package = importlib.import_module("faker.providers.person")
    except ImportError:
        raise ImportError("Faker is not installed: pip install 'wardgate[train]'") from None
    base = own()
    given, family = dict(base.given), dict(base.family)
    for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        provider = importlib.import_module(f"{package.__name__}.{module}").Provider
        first, last = (_latin(provider, _NAME_LISTS[kind]) for kind in ("given", "family"))
        if len(first) > 20 and len(last) > 20:
            given[module], family[module] = first, last
    return Vocabulary({**base.lists, "town": _towns()}, given, family, tuple(given))


def _towns() -> tuple[str, ...]:
    """The towns and provinces of Faker's locales in Latin script."""
    package = importlib.import_module("faker.providers.address")
    found: set[str] = set()
    for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        towns = _latin(importlib.import_module(f"{package.__name__}.{module}").Provider, _TOWN_LISTS)
        towns = tuple(each for each in towns if each[0].isupper() and len(each) < 30)
        found.update(towns[:: len(towns) // TOWNS + 1])
    return tuple(sorted(found))


def _latin(provider: object, attributes: Sequence[str]) -> tuple[str, ...]:
    names: set[str] = set()
    for attribute in attributes:
        values = getattr(provider, attribute, None)
        if isinstance(values, (tuple, list, dict)):
            names.update(each for each in values if isinstance(each, str) and _is_latin(each))
    return tuple(sorted(names))


def _is_latin(name: str) -> bool:
    return len(name) > 1 and all((ord(each) < 0x250 and each not in "{}#%") or each in "’‘" for each in name)


def lines(path: str) -> list[str]:
    """The lines of one of this package's files that are no comment."""
    text = resources.files("model_server.guard_encoder.tagged").joinpath(path).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def name(rng: Random, vocabulary: Vocabulary, kind: str, culture: str) -> str:
    """A ``given`` or ``family`` name of the culture, or now and then one made of its letters."""
    values = (vocabulary.given if kind == "given" else vocabulary.family)[culture]
    return made_up(rng, values) if rng.random() < MADE_UP else rng.choice(values)


def made_up(rng: Random, values: tuple[str, ...]) -> str:
    """A word that reads like ``values`` and is (mostly) none of them."""
    chain = _chain(values)
    word = ""
    while len(word) < 12:
        letter = rng.choice(chain[("^" * _ORDER + word)[-_ORDER:]])
        if letter == "$":
            break
        word += letter
    return word.title() if len(word) > 2 else rng.choice(values)


@cache
def _chain(values: tuple[str, ...]) -> dict[str, str]:
    chain: defaultdict[str, list[str]] = defaultdict(list)
    for each in values:
        padded = "^" * _ORDER + each.lower() + "$"
        for at in range(_ORDER, len(padded)):
            chain[padded[at - _ORDER : at]].append(padded[at])
    return {key: "".join(letters) for key, letters in chain.items()}
