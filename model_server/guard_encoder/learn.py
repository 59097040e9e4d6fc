"""The training loop: batches of mixed questions, one loss for each head, averaged weights, runs that can be resumed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from gateway.detectors.encoder_input import Row
from model_server.guard_encoder.items import Item, batches
from model_server.guard_encoder.meanings import contrast
from model_server.guard_encoder.student import Answers, Student

MARGIN = 2.0
"""A harmless window is pushed until its logit is below minus this: what lies between here and 0 are false alarms."""


Drawn = tuple[list[Row], list[int], list[int]]
Draw = Callable[[random.Random], Drawn]


@dataclass(frozen=True, slots=True)
class Plan:
    """``tokens``: padded tokens in a batch. ``rate``: the highest learning rate, after a twentieth of the steps."""

    seed: int
    steps: int
    tokens: int = 4096
    rate: float = 2.5e-4
    distil: float = 2.0
    contrast: float = 0.6
    """Of every fourth step's batch of meanings (``meanings.drawn``)."""
    tag: float = 1.0
    planted: float = 1.0
    average: float = 0.998


@dataclass(slots=True)
class Batch:
    """Rows of several items, padded. ``owner``: which item a row belongs to."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    owner: Tensor
    items: list[Item]


def collate(items: list[Item]) -> Batch:
    rows = [row for item in items for row in item.rows]
    owner = np.repeat(np.arange(len(items)), [len(item.rows) for item in items])
    return Batch(*padded(rows), torch.from_numpy(owner), items)


def padded(rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, mask and types of ``rows``, each (n, longest)."""
    shape = (len(rows), max(len(row.ids) for row in rows))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)], types[index, : len(row.ids)], mask[index, : len(row.ids)] = row.ids, row.types, 1
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(types)


def score_loss(batch: Batch, scores: Tensor) -> Tensor:
    """Cross-entropy of each item's highest window, and for harmless ones what is missing to the margin, squared."""
    heads = torch.tensor([item.head for item in batch.items])
    chosen = heads >= 0
    if not bool(chosen.any()):
        return scores.sum() * 0.0
    values = torch.tensor([item.value for item in batch.items])
    weights = torch.tensor([item.weight for item in batch.items])
    own = scores.gather(1, heads.clamp(min=0)[batch.owner][:, None])[:, 0]
    highest = torch.full((len(batch.items),), -1e9).scatter_reduce(0, batch.owner, own, "amax")[chosen]
    values, weights = values[chosen], weights[chosen]
    loss = functional.binary_cross_entropy_with_logits(highest, values, reduction="none")
    loss = loss + 0.25 * (values == 0) * functional.relu(highest + MARGIN) ** 2
    return (loss * weights).sum() / weights.sum().clamp(min=8.0)


def vector_loss(batch: Batch, topic: Tensor, vectors: Tensor) -> Tensor:
    """One minus the cosine to the teacher's vector, of the rows that have one."""
    wanted = torch.tensor([item.vector for item in batch.items])[batch.owner]
    rows = wanted >= 0
    if not bool(rows.any()):
        return topic.sum() * 0.0
    return (1.0 - (topic[rows] * vectors[wanted[rows]].float()).sum(1)).mean()


def tag_loss(batch: Batch, tags: Tensor) -> Tensor:
    """Cross-entropy of the tags of the rows that have them."""
    first = np.searchsorted(batch.owner.numpy(), np.arange(len(batch.items)))
    chosen = [(int(first[index]), item.tags) for index, item in enumerate(batch.items) if item.tags]
    if not chosen:
        return tags.sum() * 0.0
    wanted = torch.full((len(chosen), tags.shape[1]), -100)
    for index, (_, marks) in enumerate(chosen):
        wanted[index, : len(marks)] = torch.tensor(marks)
    return functional.cross_entropy(tags[[row for row, _ in chosen]].flatten(0, 1), wanted.flatten())


def planted_loss(batch: Batch, planted: Tensor) -> Tensor:
    """Cross-entropy of whether each token is part of an attack, a row's mean, of the rows for which that is known.

    A window's score alone does not say which of its words are the attack, nor, of several windows, which one.
    """
    chosen = [(row, item.head, marks) for row, item, marks in _marked(batch)]
    if not chosen:
        return planted.sum() * 0.0
    wanted = torch.full((len(chosen), planted.shape[1]), -100)
    for index, (_, _, marks) in enumerate(chosen):
        wanted[index, : len(marks)] = torch.tensor(marks)
    own = planted[[row for row, _, _ in chosen], :, [head for _, head, _ in chosen]]
    known = (wanted >= 0).to(own.dtype)
    loss = functional.binary_cross_entropy_with_logits(own, wanted.clamp(min=0).to(own.dtype), reduction="none")
    return ((loss * known).sum(1) / known.sum(1).clamp(min=1.0)).mean()


def _marked(batch: Batch) -> Iterator[tuple[int, Item, tuple[int, ...]]]:
    """The rows of ``batch`` whose tokens are marked, by their place in it."""
    row = 0
    for item in batch.items:
        for number in range(len(item.rows)):
            if item.marks:
                yield row, item, item.marks[number]
            row += 1


def losses(batch: Batch, answers: Answers, vectors: Tensor) -> dict[str, Tensor]:
    return {"score": score_loss(batch, answers.scores.float()),
            "vector": vector_loss(batch, answers.topic.float(), vectors),
            "tag": tag_loss(batch, answers.tags.float()),
            "planted": planted_loss(batch, answers.planted.float())}


class Run:
    """One seed's training: model, optimiser, average and step, kept together so that it can be resumed."""

    def __init__(self, student: Student, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.student, self.plan, self.step = student, plan, 0
        student.words.weight.requires_grad_(False)
        taught = [each for each in student.parameters() if each.requires_grad]
        self.optimizer = torch.optim.AdamW(taught, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.average = {name: value.detach().clone() for name, value in student.state_dict().items()}

    def learn(self, items: Sequence[Item], vectors: Tensor, path: Path, report: Callable[[dict[str, Any]], None],
              meanings: Draw | None = None, begin: int = 0, until: int = 0) -> None:
        """Trains on ``items``, which are shown from step ``begin`` on, until step ``until`` (0: the plan's last).

        Every 200 steps all of it is saved at ``path``.
        """
        chance, started, seen = random.Random(self.plan.seed), time.monotonic(), 0
        sums: dict[str, float] = {}
        done, last = begin, until or self.plan.steps
        while self.step < last:
            for each in batches(items, self.plan.tokens, chance):
                done += 1
                if done <= self.step:
                    continue
                if self.step >= last:
                    break
                batch = collate(each)
                seen += batch.ids.numel()
                drawn = meanings(chance) if meanings is not None and self.step % 4 == 1 else None
                for name, value in self._one(batch, vectors, drawn).items():
                    sums[name] = sums.get(name, 0.0) + value
                if self.step % 50 == 0:
                    rate = seen / (time.monotonic() - started)
                    means = {name: round(value / 50, 4) for name, value in sums.items()}
                    report({"step": self.step, "tokens_per_second": round(rate), **means})
                    sums = {}
                if self.step % 200 == 0:
                    self.save(path)
        self.save(path)

    def _one(self, batch: Batch, vectors: Tensor, drawn: Drawn | None) -> dict[str, float]:
        plan, self.step = self.plan, self.step + 1
        warm = max(1, plan.steps // 20)
        rate = plan.rate * min(self.step / warm, max(0.02, (plan.steps - self.step) / (plan.steps - warm)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.student.train()
        with torch.autocast("cpu", torch.bfloat16):
            answers = self.student(batch.ids, batch.mask, batch.types)
        parts = losses(batch, answers, vectors)
        (parts["score"] + plan.distil * parts["vector"] + plan.tag * parts["tag"]
         + plan.planted * parts["planted"]).backward()
        if drawn is not None:
            rows, owner, domain = drawn
            with torch.autocast("cpu", torch.bfloat16):
                topic = self.student(*padded(rows)).topic
            parts["contrast"] = contrast(topic.float(), torch.tensor(owner), torch.tensor(domain))
            (plan.contrast * parts["contrast"]).backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        keep = min(plan.average, 1 - 1 / (1 + self.step / 10))
        with torch.no_grad():
            for name, value in self.student.named_parameters():
                if value.requires_grad:
                    self.average[name].lerp_(value, 1 - keep)
        return {name: float(value.detach()) for name, value in parts.items()}

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"student": self.student.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "average": self.average, "step": self.step, "plan": json.dumps(asdict(self.plan))}
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path) -> None:
        """Goes on where a run with the same plan was cut off; a run with another plan begins anew."""
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["plan"] == json.dumps(asdict(self.plan)):
            self.student.load_state_dict(state["student"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average, self.step = state["average"], state["step"]


def vectors_of(teacher: Student, items: Sequence[Item]) -> NDArray[np.float16]:
    """The teacher's vectors of the single rows of ``items``, (n, 384), in their order."""
    found = np.zeros((len(items), teacher.norm.weight.shape[0]), dtype=np.float16)
    order = sorted(range(len(items)), key=lambda index: items[index].length)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            batch = collate([items[index] for index in part])
            answers = teacher(batch.ids, batch.mask, batch.types)
            found[part] = answers.topic.float().numpy().astype(np.float16)
    return found
