"""Cards as JSON, as Markdown inside a document, and as a textfile for Prometheus; no row's text is in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from evals.guards.card import Card, Measure, PartCard
from evals.report import wording
from evals.store.runs import write_private
from gateway.errors import ConfigError

TEXTFILE = "wardgate_guards.prom"
_READABLE = 0o644
_TITLES = {
    "recall": "recall", "macro_recall": "recall, mean over families", "false_positive_rate": "false positives",
    "auc": "AUC", "recall_at_1_percent_fpr": "recall at 1 % false positives", "precision": "precision in this mix",
    "unscannable": "not readable to the encoder", "precision_at_1_in_1000": "precision at 1 attack in 1,000",
}


def begin(guard: str) -> str:
    """The line behind which a document's generated part begins."""
    return f"<!-- report card of {guard}: written by `wardgate eval guards`, do not edit -->"


def end(guard: str) -> str:
    """The line before which it ends."""
    return f"<!-- end of the report card of {guard} -->"


def write_into(document: Path, card: Card) -> None:
    """Replaces the generated part of ``document``. Raises ``ConfigError`` where its two lines are not there."""
    text = document.read_text(encoding="utf-8")
    before, opened, rest = text.partition(begin(card.guard))
    _, closed, after = rest.partition(end(card.guard))
    if not opened or not closed:
        raise ConfigError(f"has no place for the card of '{card.guard}'", file=str(document),
                          cure=f"add the lines {begin(card.guard)} and {end(card.guard)}")
    document.write_text(f"{before}{opened}\n\n{markdown(card)}\n{closed}{after}", encoding="utf-8")


def markdown(card: Card) -> str:
    """Tables of all numbers, for a page of the documentation."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Card) -> Iterator[str]:
    yield (f"Wardgate {card.version}, guard `{card.guard}` at its shipped threshold, seed {card.seed}. Intervals are "
           "95 %: Wilson's, or by drawing clusters where rows share one.")
    for part in card.parts:
        yield ""
        yield (f"**{part.name}**: {part.attacks:,} attacks, {part.harmless:,} harmless texts; "
               f"{part.milliseconds:.2f} ms for 1,000 characters, in one batch.")
        yield ""
        yield from _table(("measure", "on", "value [95 %]", "n"), (
            (_TITLES[each.metric], f"`{each.set}`" if each.set != part.name else "all", _written(each),
             f"{each.estimate.n:,}") for each in part.measures if not each.slice))
        yield ""
        yield from _families(part)
        if part.disguised:
            yield ""
            yield from _table(("disguise", "recall", "lost", "false positives", "added"), (
                (f"`{each.mutator}`", wording.estimate(each.recall, "share"), wording.signed(-each.lost, "share"),
                 wording.estimate(each.false_positives, "share"), wording.signed(each.added, "share"))
                for each in part.disguised))


def _families(part: PartCard) -> Iterator[str]:
    for metric, title in (("recall", "attack family"), ("false_positive_rate", "harmless family")):
        rows = [each for each in part.measures if each.slice and each.metric == metric]
        yield from _table((title, "set", _TITLES[metric], "n"), (
            (each.slice, f"`{each.set}`", _written(each), f"{each.estimate.n:,}") for each in rows))
        yield ""


def _written(each: Measure) -> str:
    if each.metric == "auc":
        found = each.estimate
        return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
    return wording.estimate(each.estimate, "share")


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def textfile(cards: Sequence[Card]) -> bytes:
    """``wardgate_guard_score`` (and ``_ci_low``, ``_ci_high``, ``_n``) and ``wardgate_guard_latency_seconds``."""
    registry = CollectorRegistry()
    labels = ("guard", "part", "metric", "set", "family", "disguise")
    about = "A guard's report card"
    gauges = {suffix: Gauge(f"wardgate_guard_score{suffix}", about + more, labels, registry=registry)
              for suffix, more in (("", ""), ("_ci_low", ": lower end of the 95 % interval"),
                                   ("_ci_high", ": upper end of the 95 % interval"), ("_n", ": texts"))}
    latency = Gauge("wardgate_guard_latency_seconds", "Time for 1,000 characters, in one batch", labels[:2],
                    registry=registry)
    for card in cards:
        for part in card.parts:
            latency.labels(card.guard, part.name).set(part.milliseconds / 1000)
            for each, disguise in _all(part):
                found = each.estimate
                values = {"": found.value, "_ci_low": found.low, "_ci_high": found.high, "_n": float(found.n)}
                for suffix, value in values.items():
                    if math.isfinite(value):
                        gauges[suffix].labels(card.guard, part.name, each.metric, each.set, each.slice,
                                              disguise).set(value)
    return generate_latest(registry)


def _all(part: PartCard) -> Iterator[tuple[Measure, str]]:
    yield from ((each, "") for each in part.measures)
    for each in part.disguised:
        yield Measure("recall", part.name, "", each.recall), each.mutator
        yield Measure("false_positive_rate", part.name, "", each.false_positives), each.mutator


def write_textfile(directory: Path, cards: Sequence[Card]) -> Path:
    """The textfile in ``directory``, in one rename and readable by the node exporter."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / TEXTFILE
    write_private(path, textfile(cards), mode=_READABLE)
    return path
