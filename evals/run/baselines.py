"""What a score is to be measured by: answers that need no model. A model that is not above them has learned nothing.

``majority`` gives the answer that is most common in the pool (questions and answers of which none is the suite's), to
every question; ``nearest`` that of the pool's question which BM25 finds nearest; ``retrieval`` the best sentence of the
best passage. A suite without a pool has its own references for one: its majority is the best constant answer.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from evals.loading.passage import Passage
from evals.loading.suite import MAJORITY, NEAREST, RETRIEVAL, Pool
from evals.run.plan import Ask
from evals.run.reply import ANSWERED, Reply
from evals.run.retriever import Bm25

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"'(])")


def answer(ask: Ask) -> Reply:
    """The baseline's answer, with the time that it took."""
    began = time.perf_counter()
    said = _WAYS[ask.target.name](ask.suite.pool, ask.sample.asked)
    return Reply(ANSWERED, said, round(time.perf_counter() - began, 6))


def _majority(pool: Pool, _: str) -> str:
    return _most_common(pool.answers)


@cache
def _most_common(answers: tuple[str, ...]) -> str:
    """The first of equals."""
    return Counter(answers).most_common(1)[0][0]


def _nearest(pool: Pool, question: str) -> str:
    return pool.answers[int(_best(_questions(pool.questions), question))]


def _retrieval(pool: Pool, question: str) -> str:
    found = _best(_passages(pool.passages), question)
    text = next(passage.text for passage in pool.passages if passage.id == found)
    sentences = _SENTENCE.split(text)
    return sentences[int(_best(_index(sentences), question))] if len(sentences) > 1 else text


def _best(index: Bm25, query: str) -> str:
    """The id with the highest score, the first of equals."""
    return max(index.search(query), key=lambda pair: pair[1])[0]


@cache
def _questions(questions: tuple[str, ...]) -> Bm25:
    return _index(questions)


@cache
def _passages(passages: tuple[Passage, ...]) -> Bm25:
    return Bm25(passages)


def _index(texts: Sequence[str]) -> Bm25:
    return Bm25([Passage(str(at), text) for at, text in enumerate(texts)])


_WAYS: dict[str, Callable[[Pool, str], str]] = {MAJORITY: _majority, NEAREST: _nearest, RETRIEVAL: _retrieval}
