"""How well the ``pii`` guard knows each notation: values made here, beside near misses, at the shipped threshold.

Run ``python -m benchmarks.pii_values [--count 500] [--seed 1] [--presidio] [--only PHONE_NUMBER] [--misses]``.
Half the texts of an entity hold one value of it, half a near miss: a wrong check digit, a digit more or less, inside
another number, a number of something else. Precision and recall count an entity's findings that overlap its value;
``--presidio`` asks presidio-analyzer's own recognizers about the same texts in the same run.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

from benchmarks.pii_made import MADE, Made
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Segment

Span = tuple[int, int, str]
Look = Callable[[str], Iterable[Span]]
_PLAIN = ("{}", "It is {}.", "{} was used", "please note {} for later", "a {}, b", "({})", "from {} to us", "\"{}\"",
          "value={}", "x: {}\ny: 1", "we got {} yesterday and kept it", "{}\n", "see {}; thanks")


class Sample(NamedTuple):
    """``[start, end)`` is the value, or nothing for a near miss; ``made`` is its name in ``MADE``."""

    text: str
    made: str
    start: int
    end: int


def samples(count: int, seed: int, only: str = "") -> list[Sample]:
    """``count`` texts with a value and ``count`` near misses for each entity."""
    rng, out = Random(seed), []
    for entity, made in MADE.items():
        if only and only != entity.partition(" ")[0]:
            continue
        for _ in range(count):
            out.append(_carried(rng, entity, made, made.value(rng), real=True))
            out.append(_carried(rng, entity, made, made.miss(rng), real=False))
    return out


def _carried(rng: Random, entity: str, made: Made, value: str, *, real: bool) -> Sample:
    introduced = made.alone == 0.0 or rng.random() >= made.alone
    carrier = rng.choice(made.carriers if introduced and made.carriers else _PLAIN)
    start = carrier.index("{}")
    return Sample(carrier.replace("{}", value), entity, start, start + len(value) if real else start)


def guard_look(threshold: float = 0.5) -> Look:
    """The guard as a request meets it."""
    rule = Rule("pii", "pii", action=FLAG, threshold=threshold)
    plan = Plan.compile([Policy("bench", rules=(rule,))], "bench", guards())

    def look(text: str) -> Iterable[Span]:
        channel = Channel("user", (Segment("/t", "user", text),))
        found = Exchange(plan, Context("bench")).judge_input((channel,)).findings
        return [(each.start, each.end, each.entity) for each in found]

    return look


def presidio_look(threshold: float = 0.4) -> Look:
    """Presidio's AnalyzerEngine as the detector runs it; its telephone numbers score 0.4 without context."""
    from gateway.detectors.presidio_engine import analyzer

    engine = analyzer()
    return lambda text: [(each.start, each.end, each.entity_type) for each in engine.analyze(text, "en")
                         if each.score >= threshold]


def score(look: Look, tests: list[Sample], misses: int) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 by entity; prints up to ``misses`` texts of each that went wrong."""
    hit, wrong, lost, shown = Counter[str](), Counter[str](), Counter[str](), defaultdict[str, int](int)
    for text, entity, start, end in tests:
        found = [each for each in look(text) if each[2] == entity.partition(" ")[0]]
        right = [each for each in found if each[0] < end and start < each[1] and start < end]
        hit[entity] += bool(right)
        lost[entity] += not right and start < end
        wrong[entity] += len(found) - len(right)
        if (len(found) != len(right) or (not right and start < end)) and shown[entity] < misses:
            shown[entity] += 1
            print(f"   {entity} {'value ' if start < end else 'near miss'} {text!r} {found}")
    out = {}
    for entity in dict.fromkeys(each.made for each in tests):
        precision = hit[entity] / max(1, hit[entity] + wrong[entity])
        recall = hit[entity] / max(1, hit[entity] + lost[entity])
        out[entity] = (precision, recall, 2 * precision * recall / max(1e-9, precision + recall))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="values, and near misses, of each entity")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--misses", type=int, default=0, help="show so many mistakes of each entity")
    parser.add_argument("--presidio", action="store_true", help="ask Presidio, too")
    options = parser.parse_args()
    tests = samples(options.count, options.seed, options.only)
    looks = {"guard": guard_look()} | ({"presidio": presidio_look()} if options.presidio else {})
    tables = {}
    for name, look in looks.items():
        begun = time.thread_time()
        tables[name] = score(look, tests, options.misses if name == "guard" else 0)
        print(f"{name}: {len(tests)} texts, {(time.thread_time() - begun) / len(tests) * 1e6:.0f} µs of CPU each")
    print(f"{'entity':28}{'n':>6} " + "".join(f"{name + ' P':>12}{'R':>7}{'F1':>7}" for name in looks))
    size = Counter(each.made for each in tests)
    for entity in size:
        cells = "".join("{:12.3f}{:7.3f}{:7.3f}".format(*table[entity]) for table in tables.values())
        print(f"{entity:28}{size[entity]:6} {cells}")


if __name__ == "__main__":
    main()
