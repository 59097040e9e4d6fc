"""Asks ``wardgate scan`` about many texts in one call: the gateway's own command is what is judged."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.guards.rows import Row
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Judgement:
    """``score`` 0..1 however low; ``stopped``: what the shipped threshold made of it.

    ``unscannable``: a part of the guard cannot read the text (its language), and says so instead of letting it pass.
    """

    score: float
    stopped: bool
    unscannable: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """In the rows' order. ``seconds`` for all of them, with the command's start."""

    judgements: tuple[Judgement, ...]
    seconds: float


def command(guard: str) -> tuple[str, ...]:
    """The command that judges JSON Lines of standard input by one guard at its shipped threshold, in one process."""
    return (sys.executable, "-m", "gateway.cli.main", "scan", "-", "--jsonl", "--quiet", "--workers", "1", "--guard",
            guard)


def ask(given: Sequence[str], rows: Sequence[Row]) -> Answer:
    """Judgements of ``rows``. Raises ``ConfigError`` where the command fails or leaves a text out."""
    lines = "".join(_line(number, row) + "\n" for number, row in enumerate(rows))
    began = time.monotonic()
    try:
        done = subprocess.run(given, input=lines.encode(), capture_output=True, check=False)  # noqa: S603  # the user's own
    except OSError as error:
        raise ConfigError(f"'{given[0]}' cannot be run: {error.strerror}", cure="check --command") from None
    seconds = time.monotonic() - began
    said = done.stdout.decode().splitlines()
    if done.returncode not in (0, 1) or len(said) != len(rows):
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise ConfigError(f"the scan judged {len(said)} of {len(rows)} texts and ended with {done.returncode}"
                          + (f": {why[-1]}" if why else ""), cure="try it by hand with one line")
    return Answer(tuple(_judgement(json.loads(line), number) for number, line in enumerate(said)), seconds)


def _line(number: int, row: Row) -> str:
    topics = {"topics": json.loads(row.topics)} if row.topics else {}
    return json.dumps({"id": number, "text": row.text, "role": row.role, **topics})


def _judgement(said: dict[str, Any], number: int) -> Judgement:
    if said.get("id") != number:
        raise ConfigError(f"the scan answered {said.get('id')!r} in the place of {number}", cure="keep the order")
    unjudged = said.get("unjudged", [])
    if any(each["state"] != "unscannable" for each in unjudged):
        raise ConfigError(f"the guard could not judge text {number}", cure="see what `wardgate scan` says of it")
    score = said.get("score")
    if not isinstance(score, int | float) or isinstance(score, bool):
        raise ConfigError(f"the scan gave no score for text {number}", cure='write {"id", "score", "decision"}')
    stopped = said.get("decision") != "allow" and not (unjudged and not said.get("findings"))
    return Judgement(float(score), stopped, bool(unjudged))
