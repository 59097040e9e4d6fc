"""The metric registry: a metric is one pure function over one sample, and the decorator is all it needs.

A metric turns each sample into a short vector of sums (a hit and a one; matched and total n-grams; a log-likelihood
and a number of words). Its value is a function of the *summed* vectors. So one bootstrap, one permutation test, one
slice and one merge of shards serve every metric, corpus-level ones included, and none of them scores a text twice.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Parts = tuple[float, ...]
Row = Mapping[str, Any]
Tables = Mapping[str, tuple[Row, ...]]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Use:
    """What an answer took: seconds to its end and to its first token, tokens in and out, money. None: not known."""

    seconds: float | None = None
    first_token_seconds: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One sample on one target as a metric sees it. Samples that failed never become items.

    ``text`` is what was delivered: "" for a refused request, and for a cut answer what came before the refusal
    with the refusal behind it. ``logprobs`` are natural, one per scored token. ``ranking`` holds (document id, score).
    ``likelihoods``: the natural log-likelihood of each of ``reference.choices`` as the answer. ``confidence``: how sure
    the model says it is, 0 to 1. ``use``: what the answer took, where it is known. ``beside`` is the same sample's
    answer without the gateway, where both were asked. ``judged``: what a judge said, by kind of judgement.
    """

    id: str
    cluster: str
    row: Row
    reference: Row = field(default_factory=dict)
    asked: str = ""
    text: str = ""
    outcome: str = "answered"
    rules: tuple[str, ...] = ()
    logprobs: tuple[float, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    beside: Item | None = None
    likelihoods: tuple[float, ...] = ()
    confidence: float | None = None
    use: Use | None = None
    judged: Row = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether a guard refused the request or cut the answer."""
        return self.outcome in ("refused", "cut")


def references(item: Item) -> tuple[str, ...]:
    """The texts that an answer is compared with: ``reference.answer`` is one, or a list of them."""
    found = item.reference["answer"]
    return (found,) if isinstance(found, str) else tuple(found)


Observe = Callable[[Item, Any], Parts | None]
ObserveAt = Callable[[Item, int], Parts | None]
Value = Callable[[Array], Array]
Resampled = Callable[[Array, Places], Array]
Prepare = Callable[[Tables], Any]


def mean(sums: Array) -> Array:
    """The value of metrics whose parts are (score, 1): shape (…, 2) → (…); NaN where nothing was counted."""
    return ratio(sums[..., 0], sums[..., 1])


def ratio(top: Array, bottom: Array) -> Array:
    """``top / bottom``, NaN where ``bottom`` is 0."""
    out = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


@dataclass(frozen=True, slots=True)
class Metric:
    """A registered metric.

    ``observe(item, prepared)`` gives the item's parts, or None where the metric says nothing about it. ``binary``:
    parts are (0 or 1, 1). ``by_cluster``: a cluster counts once, with the elementwise maximum of its items' parts.
    ``targets``: the kinds of target that it can judge; empty: all. ``needs``, ``tables``: the references and tables
    that a suite must give. ``sliced``: whether a part of a suite has a value of its own that means something.
    ``alone``: the value of one sample by itself, where it is not ``value`` of its parts. ``resampled``: values of
    resamples, from parts of shape (n, k) and places of shape (draws, n), where they are to be a package's to the bit.
    ``judge``: the kind of judgement that it reads; without a judge it says nothing.
    """

    name: str
    observe: Observe
    value: Value
    prepare: Prepare | None
    unit: str
    better: Better
    binary: bool
    by_cluster: bool
    targets: tuple[str, ...]
    needs: tuple[str, ...]
    tables: tuple[str, ...]
    sliced: bool
    about: str
    signature: Callable[..., str] | None
    alone: Value
    resampled: Resampled | None
    judge: str = ""


_REGISTRY: dict[str, Metric] = {}
_FAMILIES: dict[str, Callable[[int], None]] = {}
_FOUND: dict[str, Metric] = {}
"""What ``find`` made of families."""


def metric(
    name: str, *, unit: str = "share", better: Better = "higher", value: Value = mean, prepare: Prepare | None = None,
    binary: bool = False, by_cluster: bool = False, targets: tuple[str, ...] = (),
    needs: tuple[str, ...] = (), tables: tuple[str, ...] = (), sliced: bool = True,
    signature: Callable[..., str] | None = None, alone: Value | None = None, resampled: Resampled | None = None,
    judge: str = "",
) -> Callable[[Observe], Observe]:
    """Register ``observe(item, prepared) -> parts`` under ``name``; raises ValueError when the name is taken.

    ``prepare(tables)`` runs once a suite and its result is what ``observe`` gets as ``prepared``. ``signature()`` says
    how the number was made (versions, tokenizer), for those who want to compare it with another system's.
    """

    def register(observe: Observe) -> Observe:
        known = _REGISTRY.get(name)
        if known is not None and known.observe.__module__ != observe.__module__:
            raise ValueError(f"metric {name!r} is registered twice: {known.observe.__module__}, {observe.__module__}")
        about = (observe.__doc__ or "").strip().split("\n")[0]
        _REGISTRY[name] = Metric(
            name, observe, value, prepare, unit, better, binary, by_cluster, targets, needs, tables, sliced, about,
            signature, alone or value, resampled, judge,
        )
        return observe

    return register


def family(
    prefix: str, *, cuts: Iterable[int], binary: bool = False, needs: tuple[str, ...] = (),
) -> Callable[[ObserveAt], ObserveAt]:
    """Register ``observe(item, k) -> parts`` as ``prefix`` + k for every k of ``cuts``; ``find`` makes further ones."""

    def register(observe: ObserveAt) -> ObserveAt:
        def make(cut: int) -> None:
            def observe_at(item: Item, _: object) -> Parts | None:
                return observe(item, cut)

            observe_at.__doc__, observe_at.__module__ = observe.__doc__, observe.__module__
            metric(f"{prefix}{cut}", binary=binary, needs=needs)(observe_at)

        _FAMILIES[prefix] = make
        for cut in cuts:
            make(cut)
        return observe

    return register


def find(name: str) -> Metric | None:
    """The metric of this name, ``ndcg@7`` and the like included; None when there is none."""
    known = metrics()
    prefix, at, cut = name.partition("@")
    if name in known:
        return known[name]
    if name not in _FOUND and prefix + at in _FAMILIES and cut.isdecimal() and cut.isascii() and cut[0] != "0":
        _FAMILIES[prefix + at](int(cut))
        _FOUND[name] = _REGISTRY.pop(name)  # what one caller asked for is not what every suite is measured by
    return _FOUND.get(name)


def metrics() -> dict[str, Metric]:
    """All metrics in ``evals.metrics``, by name."""
    package = importlib.import_module("evals.metrics")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"evals.metrics.{module.name}")
    return dict(_REGISTRY)
