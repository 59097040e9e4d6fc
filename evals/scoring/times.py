"""How long answers took, and what a gateway added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from evals.loading.suite import DIRECT, GATEWAY, Suite
from evals.run.reply import ANSWERED, FAILED, Reply
from evals.run.targets import Target
from evals.statistics import stats
from evals.statistics.results import Estimate, Latency

QUANTILES = (0.5, 0.95)


def direct_of(target: Target, targets: Sequence[Target]) -> Target | None:
    """The target that shows the same model without the gateway."""
    if target.kind != GATEWAY:
        return None
    direct = [each for each in targets if each.kind == DIRECT]
    return next((each for each in direct if each.model == target.model), direct[0] if len(direct) == 1 else None)


def latencies(suite: Suite, targets: Sequence[Target], replies: Mapping[str, Mapping[str, Reply]],
              seed: int) -> Iterator[Latency]:
    """``replies`` by target and sample. Added: where both gave the same whole answer."""
    cluster = {sample.id: sample.cluster for sample in suite.samples}
    for target in targets:
        mine = {name: reply for name, reply in replies[target.name].items()
                if reply.outcome != FAILED and not reply.cached}
        times: dict[str, dict[str, float]] = {"answer": {name: reply.seconds for name, reply in mine.items()}}
        direct = direct_of(target, targets)
        if direct:
            times["added"] = {name: reply.seconds - other.seconds for name, reply in mine.items()
                              if (other := replies[direct.name].get(name)) is not None and not other.cached
                              and reply.outcome == other.outcome == ANSWERED and reply.text == other.text}
        times["own"] = {name: reply.overhead_ms / 1000 for name, reply in mine.items()
                        if reply.overhead_ms is not None}
        for what, found in times.items() if target.base_url or target.litellm else ():
            yield from _quantiles(suite, target, seed, what, found, [cluster[name] for name in found])


def _quantiles(
    suite: Suite, target: Target, seed: int, what: str, found: Mapping[str, float], clusters: Sequence[str]
) -> Iterator[Latency]:
    if not found:
        return
    rng = stats.generator(seed, suite.name, "latency", what)
    for share, (value, span) in zip(
        QUANTILES, stats.quantiles(np.array(list(found.values())), clusters, QUANTILES, rng, draws=500), strict=True
    ):
        yield Latency(suite.name, target.name, target.model, what, share,
                      Estimate(value, span.low, span.high, len(found), span.method))
