"""The guard registry: a guard is one pure function in one file, and the decorator is all it needs.

What a stream holds back, which texts the guard is run on at all, and what its parameters may be
follow from the decorator's arguments. There is no base class and nothing else to edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.windows import Ask, Reading, Readings

Find = Callable[[Any, Any], Iterator[Finding]]
"""Of a ``View`` and parameters; of a ``gateway.core.whole.Whole`` for guards that judge whole texts."""
Patterns = Callable[[Any], tuple[Pattern, ...]]
Longest = Callable[[Any], int]
Entities = Callable[[Any], tuple[str, ...]]
Named = Callable[[Any], str]
Take = Callable[[Ask, Readings], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class NoParams:
    """For guards that have nothing to set."""


@dataclass(frozen=True, slots=True)
class GuardSpec:
    """A registered guard. ``params`` is its frozen dataclass of parameters, all with defaults."""

    name: str
    find: Find
    patterns: Patterns
    params: type[Any]
    decode: bool
    leet: bool
    detector: str | Named
    about: str
    longest: Longest | None = None
    entities: Entities | None = None
    """What its findings are called by its parameters; None: it has not said."""
    take: Take | None = None
    """Which of a detector's readings are its findings; None: all."""
    whole: Literal["", "text", "calls"] = ""
    """Whether it judges whole answers, or tool calls, instead of looking for patterns."""

    def asks(self, params: Any) -> str:
        """The detector that it needs with ``params``; empty: none."""
        return self.detector(params) if callable(self.detector) else self.detector


_REGISTRY: dict[str, GuardSpec] = {}


def guard(
    name: str,
    *,
    patterns: Iterable[Pattern] | Patterns = (),
    params: type[Any] = NoParams,
    decode: bool = True,
    leet: bool = False,
    detector: str | Named = "",
    longest: Longest | None = None,
    entities: Iterable[str] | Entities | None = None,
    take: Take | None = None,
    whole: Literal["", "text", "calls"] = "",
) -> Callable[[Find], Find]:
    """Register ``find(view, params) -> Iterator[Finding]`` under ``name``.

    ``patterns``: everything the guard looks for, as a tuple or as a function of its parameters; the guard is
    only run on texts in which one of them occurs. ``decode``: also judge what base64, hex, URL escapes and
    letter-spacing hide. ``leet``: also judge the text with digits read as letters. ``detector``: the name of a
    detector (``gateway.detectors``), or a function of the parameters that gives it, empty for none: its readings of
    the text's windows are findings too, where they reach the rule's threshold. ``take``: a pure function of a question
    and its answer that gives the readings that count, changed where need be. ``longest``: how many characters a text
    may have by the parameters (0: any number); the first one too many is a finding, whatever it is. ``entities``: what
    findings are called, as a tuple or by the parameters; a policy that gives another one an action is refused then.
    ``whole``: ``find`` is given a ``gateway.core.whole.Whole`` instead of a view, once: a ``text`` of an answer, or of
    ``calls`` each name and what it is called with. Raises ``ValueError`` when the name is taken.
    """
    fixed = None if callable(patterns) else tuple(patterns)
    names = None if entities is None or callable(entities) else tuple(entities)

    def register(find: Find) -> Find:
        known = _REGISTRY.get(name)
        if known is not None and known.find.__module__ != find.__module__:
            raise ValueError(f"guard {name!r} is registered twice: {known.find.__module__} and {find.__module__}")
        of_params: Patterns = patterns if callable(patterns) else (lambda _: fixed or ())
        called: Entities | None = entities if callable(entities) else None if names is None else (lambda _: names)
        about = (importlib.import_module(find.__module__).__doc__ or "").strip().split("\n")[0]
        _REGISTRY[name] = GuardSpec(name, find, of_params, params, decode, leet, detector, about, longest, called, take,
                                    whole)
        return find

    return register


def guards() -> dict[str, GuardSpec]:
    """All guards in ``gateway.guards``, by name."""
    package = importlib.import_module("gateway.guards")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"gateway.guards.{module.name}")
    return dict(_REGISTRY)
