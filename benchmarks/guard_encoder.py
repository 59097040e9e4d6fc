"""CPU of the encoder on one core, cold: ``python -m benchmarks.guard_encoder``.

Every text is new to it. The mix: chat turns, questions with a passage, code, and long documents; milliseconds of CPU
(all threads of the process) for a text, and for 1,000 characters, with everything that comes before and behind the
network: cutting, numbering, calibration, the four detectors' readings.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable

import numpy as np

from gateway.core.windows import Ask, passages
from gateway.detectors.api import detectors
from gateway.guards.topic import Topic, TopicParams

TOPICS = TopicParams(deny=(Topic("politics", ("who should I vote for", "election results"), "Elections and parties"),))
SAID = """the report of our branch office shows that costs rose again while sales of new machines fell in spring and
nobody knows yet whether customers will come back when the prices are lower or stay away for good"""
WORDS = SAID.split()
CODE = ("for index, row in enumerate(rows):", "    if row.total > limit:", "        found.append(row)",
        "return sorted(found)")


def prose(chance: random.Random, size: int) -> str:
    """Sentences of drawn words, about ``size`` characters."""
    text = ""
    while len(text) < size:
        text += " ".join(chance.sample(WORDS, chance.randint(6, 16))).capitalize() + ". "
    return text[:size]


def code(chance: random.Random, size: int) -> str:
    text = ""
    while len(text) < size:
        text += chance.choice(CODE).replace("row", chance.choice(("row", "item", "entry"))) + "\n"
    return text[:size]


MIX: dict[str, Callable[[random.Random], str]] = {
    "chat turn, 100 characters": lambda chance: prose(chance, 100),
    "question and passage, 1,000 characters": lambda chance: prose(chance, 1000),
    "code, 1,000 characters": lambda chance: code(chance, 1000),
    "document, 5,000 characters": lambda chance: prose(chance, 5000),
}


def spent(text: str, names: tuple[str, ...]) -> float:
    """CPU milliseconds for all of ``names`` to read ``text``."""
    known, begun = detectors(), time.process_time()
    windows = list(passages(text))
    for name in names:
        params = TOPICS if name == "topic" else None
        known[name].read([Ask(name, each.start, each.end, each.text, each.before, "user", params) for each in windows])
    return (time.process_time() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=40, help="of each kind")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    for names in (("injection",), ("injection", "toxicity", "topic", "pii")):
        spent("A first question.", names)
        for kind, make in MIX.items():
            chance = random.Random(kind)
            texts = [make(chance) for _ in range(options.texts)]
            times = np.asarray([spent(text, names) for text in texts])
            each = times / np.asarray([len(text) / 1000 for text in texts])
            found[f"{len(names)} detectors, {kind}"] = {
                "p50_ms": round(float(np.median(times)), 2), "p95_ms": round(float(np.percentile(times, 95)), 2),
                "p50_ms_per_1000": round(float(np.median(each)), 2), "n": options.texts}
    for name, row in found.items():
        if not options.json:
            times = f"p50 {row['p50_ms']:7.2f} ms, p95 {row['p95_ms']:7.2f} ms"
            print(f"{name:56} {times}; {row['p50_ms_per_1000']:6.2f} ms per 1,000")
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
