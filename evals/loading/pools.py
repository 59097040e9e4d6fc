"""Reads what a suite's baselines answer from: training questions with their answers, and passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.loading import data_file, passages
from evals.loading.data_file import Line
from evals.loading.suite import Pool, Sample
from evals.loading.suite_model import BaselinesModel, PoolModel
from gateway.config.yaml_lines import Document


def pool(model: BaselinesModel | None, path: Path, document: Document, samples: Sequence[Sample]) -> Pool:
    """The pool of the suite in ``path``; raises ConfigError naming file, line, field and cure."""
    if model is None:
        return Pool()
    pairs = [pair for at, each in enumerate(model.pool) for pair in _pairs(each, path, document, at)]
    found = passages.passages(path.parent / model.passages) if model.passages else ()
    if not model.pool:
        own = tuple(_first(sample.reference.get("answer")) for sample in samples)
        return Pool.of((), tuple(each for each in own if each), found)
    return Pool.of(tuple(question for question, _ in pairs), tuple(answer for _, answer in pairs), found)


def _first(answer: Any) -> str:
    """The reference, the first of several."""
    return answer if isinstance(answer, str) else str(answer[0]) if answer else ""


def _pairs(model: PoolModel, path: Path, document: Document, at: int) -> Iterator[tuple[str, str]]:
    if bool(model.answer) == bool(model.says):
        raise document.error("needs one of `answer` and `says`", ("baselines", "pool", at),
                             "name the field of the answer")
    pattern = path.parent / model.file
    files = sorted(pattern.parent.glob(pattern.name))
    if not files:
        raise document.error(f"there is no file {model.file}", ("baselines", "pool", at, "file"), "check the path")
    join = None
    if model.join is not None:
        beside = path.parent / model.join.file
        join = data_file.index(data_file.read(beside), str(beside))
    for file in files:
        for line in data_file.read(file):
            joined = join.add(line, model.join.by) if join is not None and model.join is not None else line
            answer = model.says or joined.text(model.answer)
            for question in _questions(joined, model.question):
                yield question, answer


def _questions(line: Line, name: str) -> list[str]:
    found = line.get(name)
    return list(map(str, found)) if isinstance(found, list) else [line.text(name)]
