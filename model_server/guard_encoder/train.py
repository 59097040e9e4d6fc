"""Makes one seed of the encoder: four layers first learn to say what six said, then all heads at once, then each."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gateway.detectors.encoder import Encoder
from model_server.guard_encoder import (
    begin,
    export,
    heads,
    items,
    learn,
    meanings,
    recipe,
    shared_sets,
    teacher,
    toxicity,
)
from model_server.guard_encoder.data.overlap import Fence, Held
from model_server.guard_encoder.items import Item, Taught
from model_server.guard_encoder.student import Student

FIRST, FIRST_UNTIL = 1200, 300
STEPS = 4400
COURSES = (0.35, 1.0)
"""The shares of the steps after which a course ends; for each one all texts are made anew, by another seed."""
GO_ON = 1.2e-4
"""The highest learning rate of a training that goes on from weights that were trained before."""
TOWARDS = 0.6
"""How far such a training's weights go in the end from those that it began with."""
PEOPLE = 15_000
"""Texts with tags."""
Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Course:
    """What all seeds of one training share. ``root``: the shared sets; ``texts``: where what is shown is kept, made
    by the seed ``first``; ``reserve``: see ``recipe.everything``; ``begin_with``: see ``train``."""

    tokens: Taught
    root: Path
    texts: Path
    first: int
    steps: int
    reserve: bool
    begin_with: Path | None
    weights: dict[str, torch.Tensor]

    def items(self, number: int) -> list[Item]:
        return _remembered(self.texts / f"items-{number}.pickle", lambda: recipe.everything(
            self.tokens, self.root, self.first + 100 * number, PEOPLE, reserve=self.reserve))

    def begun(self, directory: Path) -> Student:
        return begin.shipped(directory, self.weights[teacher.WORDS])


def train(root: Path, work: Path, seeds: Sequence[int], held: Iterable[Held], report: Report, steps: int = STEPS,
          first: int = FIRST_UNTIL, begin_with: Path | None = None, *, reserve: bool = True) -> Path:
    """Trains on the shared sets below ``root``; returns the checkpoint. Goes on where it was cut off.

    ``seeds``: each trains once, on the same texts (made by the first) in another order; what is returned is their mean.
    ``held``: what is tested; a text that shares eight words in a row with it is not taught, and counted in a report.
    ``steps``, ``first``: of about 4,096 tokens each, with all heads and before that. ``begin_with``: a directory with
    an exported encoder, from which the training goes on instead of from the teacher. ``reserve``: see ``everything``.
    """
    tokens = Taught(teacher.package_dir() / "tokenizer.json", Fence(held))
    texts = work / f"texts-{seeds[0]}"
    texts.mkdir(parents=True, exist_ok=True)
    course = Course(tokens, root, texts, seeds[0], steps, reserve, begin_with, teacher.load_weights())
    if begin_with is None and not (texts / "first.pt").exists():
        _first(tokens, root, texts / "first.pt", seeds[0], first, course.weights, report)
    groups = list(meanings.apart(
        (*meanings.own_topics(), *meanings.intents(root, recipe.UNSEEN_DOMAINS)), tokens.fence))
    done = [_one(course, work / f"seed-{seed}" / "encoder.pt", seed, groups, report) for seed in seeds]
    finished = work / called(seeds) / "finished.pt"
    begin.mean(done, finished)
    export.export(finished, finished.with_name("trunk"))
    heads.finish(finished, Encoder(finished.with_name("trunk")), tokens, course.items(len(COURSES) - 1), seeds[0])
    if begin_with is not None:
        begin.blend(finished, course.begun(begin_with), TOWARDS, begin.lacks(begin_with))
    report({"stands_in_a_frozen_set": dict(+tokens.fence.refused)})
    return finished


def called(seeds: Sequence[int]) -> str:
    """The folder of what comes of ``seeds``."""
    return f"seed-{'-'.join(map(str, seeds))}"


def _one(course: Course, path: Path, seed: int, groups: Sequence[meanings.Meaning], report: Report) -> Path:
    """The network and its heads of one seed."""
    run = (learn.Run(_begin(course.texts / "first.pt"), learn.Plan(seed=seed, steps=course.steps))
           if course.begin_with is None else
           learn.Run(course.begun(course.begin_with), learn.Plan(seed=seed, steps=course.steps, rate=GO_ON)))
    run.resume(path)
    start = 0
    for number, share in enumerate(COURSES):
        until = round(course.steps * share)
        if run.step < until:
            found = course.items(number)
            vectors = _vectors(course.texts / f"vectors-{number}.npy", found, course.weights)
            run.learn(found, vectors, path, report, lambda chance: meanings.drawn(course.tokens, groups, chance),
                      start, until)
        start = until
    return path


def _first(tokens: Taught, root: Path, path: Path, seed: int, steps: int, weights: dict[str, torch.Tensor],
           report: Report) -> None:
    """Four of the teacher's layers, taught its vectors of texts of all kinds."""
    chance = random.Random(seed)
    found = [item for text in _texts(root) for item in items.plain(tokens, text, "plain", chance)]
    for number, item in enumerate(found):
        item.vector = number
    student = Student(dropout=0.0)
    teacher.start(student, weights)
    run = learn.Run(student, learn.Plan(seed=seed, steps=FIRST))
    run.learn(found, _vectors(path.with_name("first_vectors.npy"), found, weights), path, report, until=steps)


def _texts(root: Path) -> Iterator[str]:
    yield from (text for text, domain in shared_sets.clinc(root) if domain not in recipe.UNSEEN_DOMAINS)
    yield from shared_sets.banking(root)
    yield from (each.text for each in shared_sets.tweets(root))
    yield from (each.text for each in recipe.corpora(root))
    yield from (text for text, _ in shared_sets.jailbreaks(root))
    yield from (text for _, text in shared_sets.planted(root, "train"))
    yield from (sentence.text for sentence, _ in toxicity.sentences(5, 2))
    yield from (passage.text for passage in toxicity.passages(6, 3000))


def _begin(path: Path) -> Student:
    """A student with the trunk of the first stage; its heads are new."""
    student = Student()
    state = student.state_dict()
    for name, value in torch.load(path, weights_only=True)["average"].items():
        if not name.startswith(("heads", "tags", "planted")):
            state[name] = value
    student.load_state_dict(state)
    return student


def _vectors(path: Path, found: Sequence[Item], weights: dict[str, torch.Tensor]) -> torch.Tensor:
    if not path.exists():
        np.save(path, learn.vectors_of(teacher.teacher(weights), [item for item in found if item.vector >= 0]))
    return torch.from_numpy(np.load(path))


def _remembered(path: Path, make: Callable[[], list[Item]]) -> list[Item]:
    """What ``make`` gives, kept beside the run: a resumed one must see the same, and need not wait for it."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    found: list[Item] = pickle.loads(path.read_bytes())  # noqa: S301  # this command's own file
    return found
