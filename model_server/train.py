"""Trains the small Llama from scratch on the CPU, with fixed seeds, a journal, and checkpoints to resume from."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from model_server.architecture import Llama
from model_server.batches import RowMaker, TokenBatch, endless
from model_server.corpus import CONTEXT, Corpus
from model_server.curriculum import CALIBRATION, Curriculum
from model_server.shape import ModelShape

Forward = Callable[[Tensor], Tensor]
ROUNDS = 2
CALIBRATION_SEED = 1_000_000  # added to the seed, so that calibration sees no batch twice
Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What fixes a training run: `steps` of about `tokens` tokens each; rates per step; `seed` for data and weights.

    After `steps` come two calibrations, each of `calibration_steps` and each from the same weights, which count an
    "I don't know" `doubt` times in the loss: a wrong answer costs more than an honest one, and the share of
    unanswerable questions in the data need not grow for it. One draws from the main mixture, one from a mixture with
    more frames; the exported weights are the mean of both, which scores better than either.
    """

    seed: int = 1
    steps: int = 1800
    tokens: int = 2048
    peak_rate: float = 1.2e-3
    warmup: int = 100
    floor: float = 0.03
    weight_decay: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.05
    average: float = 0.998
    strength: float = 1.0
    clip: float = 1.0
    calibration_steps: int = 200
    calibration_rate: float = 3e-4
    calibration_average: float = 0.98
    doubt: float = 5.0

    @property
    def all_steps(self) -> int:
        return self.steps + ROUNDS * self.calibration_steps


def rate_at(step: int, plan: Plan) -> float:
    """Linear warm-up, then a cosine down to `floor` of the peak; calibration falls from its own rate to zero, twice."""
    if step >= plan.steps:
        done = (step - plan.steps) % plan.calibration_steps
        return plan.calibration_rate * (1 - done / plan.calibration_steps)
    if step < plan.warmup:
        return plan.peak_rate * (step + 1) / plan.warmup
    part = (step - plan.warmup) / max(1, plan.steps - plan.warmup)
    return plan.peak_rate * (plan.floor + (1 - plan.floor) * 0.5 * (1 + math.cos(math.pi * part)))


class Run:
    """One training run: the weights, their running average (which is what gets exported), and the optimiser."""

    def __init__(self, shape: ModelShape, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.shape, self.step = plan, shape, 0
        self.model = Llama(shape, plan.dropout)
        self.base: dict[str, Any] = {}  # the state that both calibrations start from
        self.first: list[Tensor] = []  # the first calibration's average
        self.average = [parameter.detach().clone() for parameter in self.model.parameters()]
        matrices = [parameter for parameter in self.model.parameters() if parameter.dim() == 2]
        vectors = [parameter for parameter in self.model.parameters() if parameter.dim() < 2]
        groups = [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.peak_rate, betas=(0.9, 0.98), fused=True)

    def learn(self, batch: TokenBatch, forward: Forward) -> float:
        """One step; returns the loss in nats per learned token."""
        self._turn()
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.plan)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = forward(torch.from_numpy(batch.ids))
            chosen = hidden.reshape(-1, self.shape.hidden)[torch.from_numpy(batch.places)]
            logits = self.model.logits(chosen)
        calibrating = self.step >= self.plan.steps
        targets, smoothing = torch.from_numpy(batch.targets), self.plan.smoothing
        losses = functional.cross_entropy(logits.float(), targets, label_smoothing=smoothing, reduction="none")
        doubt = self.plan.doubt if calibrating else 1.0
        weights = 1.0 + (doubt - 1.0) * torch.from_numpy(batch.unknown).float()
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        # The average must forget the random start, so its memory grows with the run.
        memory = self.plan.calibration_average if calibrating else self.plan.average
        keep = min(memory, self.step / (self.step + 10))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.model.parameters()], 1 - keep)
        return float(loss.detach())

    def _turn(self) -> None:
        """Remembers the weights before the first calibration and goes back to them before the second."""
        if self.step == self.plan.steps:
            self.base = copy.deepcopy(self._state())
        elif self.step == self.plan.steps + self.plan.calibration_steps:
            self.first = self.average
            self._restore(copy.deepcopy(self.base))

    def _state(self) -> dict[str, Any]:
        model, optimiser = self.model.state_dict(), self.optimiser.state_dict()
        return {"model": model, "optimiser": optimiser, "average": self.average}

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average = state["average"]

    def averaged(self) -> dict[str, Tensor]:
        """The weights to export by Hugging Face name, float32: the running average, of both calibrations at the end."""
        names = [name for name, _ in self.model.named_parameters()]
        if self.step < self.plan.all_steps or not self.first:
            return dict(zip(names, self.average, strict=True))
        pairs = zip(self.first, self.average, strict=True)
        return dict(zip(names, ((first + second) / 2 for first, second in pairs), strict=True))

    def save(self, path: Path) -> None:
        """Writes a checkpoint in one rename, so that a killed run finds a whole one."""
        state = {"plan": asdict(self.plan), "shape": self.shape.as_dict(), "step": self.step, **self._state()}
        state |= {"base": self.base, "first": self.first, "random": torch.get_rng_state()}
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.rename(path)

    @classmethod
    def load(cls, path: Path) -> Run:
        state = torch.load(path, weights_only=True)
        run = cls(ModelShape(**state["shape"]), Plan(**state["plan"]))
        run._restore(state)
        run.step, run.base, run.first = state["step"], state["base"], state["first"]
        torch.set_rng_state(state["random"])
        return run


def compiled(model: Llama) -> Forward:
    """The model, compiled where a C++ compiler is at hand (a third faster); plain otherwise."""
    try:
        forward: Forward = torch.compile(model, dynamic=True)
        forward(torch.zeros((2, 24), dtype=torch.int64))
    except Exception:  # noqa: BLE001 — inductor raises its own many kinds; the plain model always works
        return model
    return forward


def train(corpus: Corpus, plan: Plan, directory: Path, report: Report, compile_model: bool = True) -> Run:
    """Runs (or resumes) one seed in `directory`; writes `checkpoint.pt` and appends to `journal.jsonl`.

    `report` gets step, loss, tokens per second and seconds left, about every ten seconds.
    """
    directory.mkdir(parents=True, exist_ok=True)
    checkpoint = directory / "checkpoint.pt"
    shape = ModelShape(vocab_size=corpus.tokenizer.get_vocab_size(), context=CONTEXT)
    run = Run.load(checkpoint) if checkpoint.exists() else Run(shape, plan)
    if run.plan != plan:
        raise ValueError(f"{checkpoint} was trained by another plan: use another directory, or remove it to start anew")
    batches = _batches(corpus, plan, RowMaker(corpus.tokenizer), run.step)
    run.model.train()
    forward = compiled(run.model) if compile_model else run.model
    with (directory / "journal.jsonl").open("a", encoding="utf-8") as journal:
        for entry in _steps(run, batches, forward):
            journal.write(json.dumps({"corpus": corpus.version, "seed": plan.seed, **entry}) + "\n")
            journal.flush()
            report(entry)
            if entry["save"]:
                run.save(checkpoint)
    return run


def _batches(corpus: Corpus, plan: Plan, maker: RowMaker, done: int) -> Iterator[TokenBatch]:
    """The plan's batches from step `done` on: the main mixture's, then the second calibration's own stream."""
    main = plan.steps + plan.calibration_steps
    if done < main:
        usual = Curriculum(corpus.company, strength=plan.strength)
        yield from islice(endless(usual, maker, plan.tokens, plan.seed, done), main - done)
    last = Curriculum(corpus.company, CALIBRATION, plan.strength)
    yield from endless(last, maker, plan.tokens, plan.seed + CALIBRATION_SEED, max(0, done - main))


def _steps(run: Run, batches: Iterator[TokenBatch], forward: Forward) -> Iterator[dict[str, Any]]:
    """Steps to the end of the plan; yields an entry every ten seconds, asking for a checkpoint every minute."""
    began = reported = saved = time.monotonic()
    first, tokens, losses = run.step, 0, []
    while run.step < run.plan.all_steps:
        batch = next(batches)
        losses.append(run.learn(batch, forward))
        tokens += batch.ids.size
        now = time.monotonic()
        done = run.step == run.plan.all_steps
        if now - reported < 10 and not done:
            continue
        rate = tokens / (now - began)
        left = (run.plan.all_steps - run.step) * (now - began) / (run.step - first)
        save = done or now - saved > 60
        saved = now if save else saved
        yield {
            "step": run.step,
            "steps": run.plan.all_steps,
            "main_steps": run.plan.steps,
            "loss": round(sum(losses) / len(losses), 4),
            "tokens_per_second": round(rate),
            "seconds": round(now - began, 1),
            "seconds_left": round(left),
            "save": save,
        }
        reported, losses = now, []
