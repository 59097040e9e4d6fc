"""Continuous batching: requests join and leave between steps of one loop, so that streams share the weights' reads.

All state changes between steps on the event loop; only the arithmetic of a step runs in the engine's one thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from model_server.decoder import Batch, Cache, Decoder
from model_server.sampling import Floats, Sampling, best, choose, log_softmax, penalise
from model_server.vocabulary import TextTail, Vocabulary

log = logging.getLogger(__name__)
Reason = Literal["stop", "length"]
TopTokens = tuple[tuple[int, float], ...]
PREFILL_PIECE = 256  # tokens: a long prompt may delay the others' next token by about 25 ms


@dataclass(frozen=True, slots=True)
class Scored:
    """A token with its logprob and its likeliest rivals; logprob is None for a prompt's first token."""

    token: int
    logprob: float | None
    top: TopTokens = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step gave one choice: the text now safe to send, the token behind it, and how it ended if it did."""

    choice: int
    text: str
    token: Scored | None
    reason: Reason | None = None
    stop: str | int | None = None


@dataclass(slots=True)
class Choice:
    index: int
    sampling: Sampling
    random: np.random.Generator
    tail: TextTail
    drawn: list[int] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Job:
    """One prompt and the choices it asked for; pieces go to `queue`, which the jobs of one request may share."""

    prompt: list[int]
    choices: list[Choice]
    want_prompt: bool
    queue: asyncio.Queue[Piece | Exception]
    prompt_scores: list[Scored] = field(default_factory=list)
    cache: Cache = field(default_factory=list)
    abandoned: bool = False


class Engine:
    """Serves jobs on one decoder: `submit` one, read its queue, `abandon` it at any time, which frees its rows."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, max_rows: int = 16) -> None:
        self.decoder, self.vocabulary, self.max_rows = decoder, vocabulary, max_rows
        self.steps = 0
        self._waiting: deque[Job] = deque()
        self._rows: list[tuple[Job, Choice]] = []
        self._batch = Batch(decoder.empty(0))
        self._wake = asyncio.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        return len(self._rows)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def cache_fraction(self) -> float:
        return sum(self._batch.lengths) / (self.max_rows * self.decoder.shape.context)

    def start(self) -> None:
        self._task = asyncio.create_task(self._loop(), name="engine")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown(wait=True)

    def submit(
        self,
        prompt: list[int],
        samplings: list[Sampling],
        queue: asyncio.Queue[Piece | Exception],
        first_choice: int = 0,
        want_prompt: bool = False,
    ) -> Job:
        """Queues one prompt; its choices are numbered from `first_choice`, and each ends with one piece's `reason`."""
        choices = []
        for index, sampling in enumerate(samplings, first_choice):
            tail = TextTail(self.vocabulary, sampling.stops, sampling.keep_stop, sampling.specials)
            choices.append(Choice(index, sampling, np.random.default_rng(sampling.seed), tail))
        job = Job(prompt, choices, want_prompt, queue)
        self._waiting.append(job)
        self._wake.set()
        return job

    def abandon(self, job: Job) -> None:
        """Frees a job's rows before the next step."""
        job.abandoned = True
        self._wake.set()

    async def _loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._drop_abandoned()
            if not self._waiting and not self._rows:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                out = await loop.run_in_executor(self._pool, self._step)
            except Exception as error:  # a broken step must not leave clients waiting for ever
                log.exception("engine step failed")
                self._fail_all(error)
                continue
            self.steps += 1
            for job, piece in out:
                job.queue.put_nowait(piece)

    def _fail_all(self, error: Exception) -> None:
        for job in {*self._waiting, *(job for job, _ in self._rows)}:
            job.queue.put_nowait(error)
        self._waiting.clear()
        self._rows, self._batch = [], Batch(self.decoder.empty(0))

    def _drop_abandoned(self) -> None:
        self._waiting = deque(job for job in self._waiting if not job.abandoned)
        self._keep([row for row, (job, _) in enumerate(self._rows) if not job.abandoned])

    def _keep(self, rows: list[int]) -> None:
        if len(rows) < len(self._rows):
            self._rows = [self._rows[row] for row in rows]
            self._batch.keep(rows)

    def _step(self) -> list[tuple[Job, Piece]]:
        """One piece of one waiting prompt, then one token for every running row (in the engine's thread)."""
        out: list[tuple[Job, Piece]] = []
        if self._rows:
            logits = self.decoder.decode([choice.drawn[-1] for _, choice in self._rows], self._batch)
            out += [(job, self._advance(job, choice, logits[row])) for row, (job, choice) in enumerate(self._rows)]
            self._keep([row for row, (_, piece) in enumerate(out) if piece.reason is None])
        if self._waiting and len(self._rows) + len(self._waiting[0].choices) <= max(
            self.max_rows, len(self._waiting[0].choices)
        ):
            out += self._prefill(self._waiting[0])
        return out

    def _prefill(self, job: Job) -> list[tuple[Job, Piece]]:
        past = job.cache[0].shape[3] if job.cache else 0
        ids = job.prompt[past : past + PREFILL_PIECE]
        last = past + len(ids) == len(job.prompt)
        rows = np.arange(len(ids)) if job.want_prompt else np.arange(len(ids) - 1, len(ids))
        logits, job.cache = self.decoder.prefill(ids, job.cache or self.decoder.empty(), rows.astype(np.int64))
        if job.want_prompt:
            self._score_prompt(job, logits, past)
        if not last:
            return []
        if all(choice.sampling.max_tokens == 0 for choice in job.choices):
            out = [(job, Piece(choice.index, "", None, "length")) for choice in job.choices]
        else:
            out = [(job, self._advance(job, choice, logits[-1])) for choice in job.choices]
            alive = [choice for choice, (_, piece) in zip(job.choices, out, strict=True) if piece.reason is None]
            if alive:
                self._batch.join(job.cache, len(job.prompt), len(alive))
                self._rows += [(job, choice) for choice in alive]
        job.cache = []
        self._waiting.popleft()  # last: a step that breaks must still find this job, to tell its client
        return out

    def _score_prompt(self, job: Job, logits: Floats, past: int) -> None:
        """Scores the prompt's own tokens: row i of the logits predicts token past + i + 1."""
        top = job.choices[0].sampling.top_logprobs or 0
        if past == 0:
            job.prompt_scores.append(Scored(job.prompt[0], None))
        logprobs = log_softmax(logits)
        for row, token in enumerate(job.prompt[past + 1 : past + 1 + len(logits)]):
            job.prompt_scores.append(Scored(token, float(logprobs[row, token]), best(logprobs[row], top)))

    def _advance(self, job: Job, choice: Choice, logits: Floats) -> Piece:
        """Draws a choice's next token and says whether it ended."""
        sampling, drawn = choice.sampling, choice.drawn
        early = len(drawn) < sampling.min_tokens
        ends = self.vocabulary.end_ids.union(sampling.stop_ids) if not sampling.ignore_end else set(sampling.stop_ids)
        reshaped = penalise(logits, sampling, job.prompt, drawn) if sampling.reshapes else logits
        if early and ends:
            reshaped = reshaped.copy()
            reshaped[list(ends)] = -np.inf
        token = choose(reshaped, sampling, choice.random)
        drawn.append(token)
        scored = Scored(token, None)
        if sampling.top_logprobs is not None:
            logprobs = log_softmax(logits)
            scored = Scored(token, float(logprobs[token]), best(logprobs, sampling.top_logprobs))
        if token in ends:
            # As in vLLM: the model's own end is no stop reason, its other ends are.
            own = token == self.vocabulary.turn_end and not sampling.ignore_end
            stop = None if own else token
            return Piece(choice.index, choice.tail.finish(), scored, "stop", stop)
        text = choice.tail.push(token, search=not early)
        if choice.tail.stopped_by is not None:
            return Piece(choice.index, text, scored, "stop", choice.tail.stopped_by)
        if len(drawn) >= sampling.max_tokens:
            return Piece(choice.index, text + choice.tail.finish(), scored, "length")
        return Piece(choice.index, text, scored)
