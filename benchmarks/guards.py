"""What judging costs on one core with all shipped policies, cold, beside the goals for it.

Run ``python -m benchmarks.guards [--texts 40] [--json]``. CPU of the process, all its threads; every text is new.

- deterministic guards (no detector) for 2 KB of ASCII, of other Latin letters, of other scripts: goals 50 and 250 µs;
- the whole cascade (patterns, what undoes disguises, all detectors that the policies ask) for the mix of
  ``benchmarks.guard_encoder``, disguised texts beside it: goal 20 ms at the median for 1,000 characters;
- a conversation of 20 turns through a worker's pool: windows that are computed at the last turn, and CPU, beside those
  of the same turn alone; goal: only the new turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.guard_encoder import MIX, code, prose
from benchmarks.guards_micro import PROSE
from evals.mutators import MUTATORS
from gateway.config.policy_file import load_policies
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.types import Channel, Context, Segment
from gateway.detectors.answers import read_now
from gateway.detectors.loading import decided
from gateway.detectors.pool import Bounds, Pool

KB2 = {
    "ASCII, prose": PROSE,
    "ASCII, code": code(random.Random(2), 2048),
    "accents": PROSE.replace("e", "é").replace("o", "ö"),
    "Cyrillic": ("Спасибо за ваш вопрос о годовом отчёте, команда встретилась в ноябре. " * 40)[:1100],
    "Chinese": ("感谢您对年度报告的提问，团队在十一月开会审查了第三季度的数据。" * 40)[:690],
}
"""About 2 KB each, as UTF-8."""
DISGUISES = ("base64", "letter_spaced", "leet", "homoglyphs")
TURNS = 20


def _plan(*, detectors: bool) -> Plan:
    found = decided(load_policies(Path("policies")), guards())
    plan = Plan.compile(found.policies, found.revision, guards())
    if not detectors:
        plan.input.wants = ()
    return plan


def _said(*texts: str) -> tuple[Channel, ...]:
    return (Channel("user", tuple(Segment(f"/messages/{at}/content", "user", text) for at, text in enumerate(texts))),)


def deterministic(rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds for 2 KB; the texts are the same each time, as no guard remembers any."""
    plan, found = _plan(detectors=False), {}
    for name, text in KB2.items():
        spent, channels = [], _said(text)
        for _ in range(rounds):
            begun = time.thread_time()
            Exchange(plan, Context("bench")).judge_input(channels)
            spent.append((time.thread_time() - begun) * 1e6)
        found[name] = {"p50_us": median(spent), "goal_us": 50.0 if name.startswith("ASCII") else 250.0, "n": rounds}
    return found


def cascade(texts: int) -> dict[str, dict[str, float]]:
    """Milliseconds for 1,000 characters of texts that nobody has read before."""
    plan, found = _plan(detectors=True), {}
    kinds: dict[str, Any] = dict(MIX)
    kinds |= {f"passage in {name}": lambda chance, name=name: MUTATORS[name].change(prose(chance, 500), chance)
              for name in DISGUISES}
    _judged(plan, "A first question.")
    for kind, make in kinds.items():
        chance = random.Random(kind)
        spent = []
        for _ in range(texts):
            text = make(chance)
            begun = time.process_time()
            _judged(plan, text)
            spent.append((time.process_time() - begun) * 1e6 / len(text))
        found[kind] = {"p50_ms_per_1000": median(spent), "goal_ms": 20.0, "n": texts}
    return found


def _judged(plan: Plan, text: str) -> None:
    channels = _said(text)
    Exchange(plan, Context("bench")).judge_input(channels, (), read_now(plan.needs(channels)))


class Counted:
    """What a pool counts; only windows that detectors answer are of interest."""

    def __init__(self) -> None:
        self.windows = 0

    def detector_read(self, detector: str, windows: int, seconds: float) -> None:
        self.windows += windows

    def detector_failed(self, detector: str, reason: str, windows: int = 1) -> None:
        raise RuntimeError(f"{detector} failed: {reason}")

    def detector_remembered(self, detector: str, windows: int = 1) -> None:
        pass


async def conversation() -> dict[str, float]:
    """The last of ``TURNS`` turns of 300 characters, after all others were judged one by one, and alone."""
    plan, chance = _plan(detectors=True), random.Random(4)
    turns = [prose(chance, 300) for _ in range(TURNS)]
    counted = Counted()
    pool = Pool(Bounds(timeout=60.0), counted)

    async def judged(tenant: str, *texts: str) -> tuple[int, float]:
        before, begun = counted.windows, time.process_time()
        channels = _said(*texts)
        answers = await pool.read(tenant, plan.needs(channels))
        Exchange(plan, Context("bench")).judge_input(channels, (), answers)
        return counted.windows - before, (time.process_time() - begun) * 1000

    await judged("warm", "A first question.")
    for at in range(1, TURNS):
        await judged("one", *turns[:at])
    windows, spent = await judged("one", *turns)
    alone, spent_alone = await judged("two", turns[-1])
    whole, spent_whole = await judged("three", *turns)
    pool.close()
    return {"windows": windows, "of_it_alone": alone, "of_all": whole, "ms": spent, "ms_alone": spent_alone,
            "ms_all": spent_whole, "turns": TURNS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=40, help="of each kind of the mix")
    parser.add_argument("--rounds", type=int, default=400, help="of each text for the deterministic guards")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {"deterministic": deterministic(options.rounds), "cascade": cascade(options.texts),
                             "conversation": asyncio.run(conversation())}
    if options.json:
        print(json.dumps(found))
        return
    for name, row in found["deterministic"].items():
        print(f"patterns, 2 KB, {name:24} p50 {row['p50_us']:8.1f} µs   goal {row['goal_us']:.0f}   n={row['n']}")
    for name, row in found["cascade"].items():
        spent = f"p50 {row['p50_ms_per_1000']:6.2f} ms per 1,000"
        print(f"all, {name:40} {spent}   goal {row['goal_ms']:.0f}   n={row['n']}")
    talk = found["conversation"]
    print(f"turn {TURNS}: {talk['windows']} windows computed, {talk['of_it_alone']} for it alone, {talk['of_all']} for "
          f"all; {talk['ms']:.1f} ms, {talk['ms_alone']:.1f} alone, {talk['ms_all']:.1f} for all")


if __name__ == "__main__":
    main()
