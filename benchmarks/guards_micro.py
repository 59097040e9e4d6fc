"""What the deterministic guards cost: CPU per 2 KB of harmless prose each way, and per 5-character chunk of a stream.

Run ``python -m benchmarks.guards_micro [--guards pii,secrets] [--rounds 400]``; it prints the median and the
95th percentile of CPU time with the number of measurements, and what a stream held back on the way.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import Policy, Rule
from gateway.core.types import Channel, Context, Segment
from gateway.guards.pattern import PatternParams

CHUNK = 5
PROSE = """Thank you for your question about the annual report. The team met on 24 November 2026 to review the figures \
for the third quarter, and the overall result was encouraging: revenue grew by 12.5 percent to 3,450 units, while \
costs stayed flat. Most of the growth came from the northern region, where two new shops opened in the spring of \
2025. The manager, who joined in 2019, explained that the supply chain had been simplified and that orders now ship \
within three days.

If you would like to read more, chapter 4 describes how the warehouse was rebuilt after the storm, and section 2.3 \
lists the suppliers with whom we have worked for more than ten years. Please note that the password policy was \
changed last week: every employee should choose a new password before Friday, and nobody should ever share a token \
or a secret by e-mail. Version 3.11.4 of the software fixes the problem that some customers saw when they opened a \
document with more than 100 pages.

Cooking is a matter of patience. Peel two onions, chop them finely, and let them soften in butter for about 15 \
minutes; then add 400 g of tomatoes, a little salt, and half a litre of water. Bring it to the boil, turn down the \
heat, and let it simmer while you prepare the rice. A simple salad of cucumber and mint goes well with it. The \
recipe serves four people, and what is left over keeps in the fridge for up to three days. Some cooks prefer to add \
a spoonful of sugar, others swear by a splash of vinegar.

In the evening we walked along the river. The water was high, the lights of the old town were reflected in it, and \
on the other bank someone was playing an accordion. We talked about the years in which we had lived abroad, the \
friends we had met there, and the books that had stayed with us. It was almost midnight when we reached the house \
at 17 Mill Lane, tired but content, and the dog was already asleep on the sofa in the hall, as it always is when we \
come home late. Nobody had noticed how long we had been away, or asked."""[:2048]
PARAMS = {"pattern": PatternParams(words=("Project Falcon", "Bluebird"), patterns=(r"\bEMP-\d{6}\b",))}
MICRO = 1e6


def _quantiles(spent: list[float], unit: int = 1) -> str:
    ordered = sorted(each / unit * MICRO for each in spent)
    return f"p50 {ordered[len(ordered) // 2]:8.2f} µs   p95 {ordered[int(len(ordered) * 0.95)]:8.2f} µs"


def _repeat(rounds: int, act: Callable[[], None]) -> list[float]:
    for _ in range(rounds // 10 + 1):
        act()
    spent = []
    for _ in range(rounds):
        begun = time.thread_time()
        act()
        spent.append(time.thread_time() - begun)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guards", default="pii,secrets,pattern,limits", help="comma-separated guards")
    parser.add_argument("--rounds", type=int, default=400)
    options = parser.parse_args()
    names = options.guards.split(",")
    known = guards()
    begun = time.perf_counter()
    rules = tuple(Rule(name, name, params=PARAMS.get(name)) for name in names)
    plan = Plan.compile([Policy("bench", rules=rules)], "bench", known)
    print(f"guards {', '.join(names)}: {len(plan.input.scanner.patterns)} patterns, compiled in "
          f"{time.perf_counter() - begun:.2f} s (no cache); {len(PROSE)} characters of prose")
    channel = (Channel("user", (Segment("/messages/0/content", "user", PROSE),)),)
    pieces = [PROSE[at : at + CHUNK] for at in range(0, len(PROSE), CHUNK)]
    holds: list[int] = []

    def asked() -> None:
        assert not Exchange(plan, Context("bench")).judge_input(channel).findings

    def answered() -> None:
        field = Exchange(plan, Context("bench")).field(0, "content")
        assert len(field.feed(PROSE) + field.finish()) == len(PROSE)

    def streamed() -> None:
        field = Exchange(plan, Context("bench")).field(0, "content")
        for piece in pieces:
            field.feed(piece)
        field.finish()
        holds.append(field.longest_hold)

    print(f"request, whole        {_quantiles(_repeat(options.rounds, asked))}   n={options.rounds}")
    print(f"answer, whole         {_quantiles(_repeat(options.rounds, answered))}   n={options.rounds}")
    rounds = max(1, options.rounds // 8)
    per_chunk = _quantiles(_repeat(rounds, streamed), len(pieces))
    print(f"answer, per chunk     {per_chunk}   n={rounds} streams of {len(pieces)} chunks of {CHUNK}")
    print(f"longest hold in prose {max(holds)} characters")


if __name__ == "__main__":
    main()
