"""Turns conversations into token rows and length-sorted batches, so that little of a step is spent on padding."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from model_server.curriculum import Conversation, Curriculum
from model_server.documents import UNKNOWN_ANSWER
from model_server.vocabulary import TEXT_END, TURN_END, TURN_START

POOL = 1024  # rows sorted by length at a time
STEP = 8  # lengths are rounded up to this


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids, for each whether the model must learn to predict it, and whether it is part of an "I don't know"."""

    ids: tuple[int, ...]
    learned: tuple[bool, ...]
    unknown: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """`ids` (rows, length) padded on the right; `places` are flat indexes into (rows, length) whose next token,
    `targets`, counts in the loss; `unknown` says which targets belong to an "I don't know"."""

    ids: NDArray[np.int64]
    places: NDArray[np.int64]
    targets: NDArray[np.int64]
    unknown: NDArray[np.bool_]


class RowMaker:
    """Encodes conversations in ChatML. Some of the users' words are cut in two before encoding, so that rare and
    misspelt words look less strange: BPE-dropout (https://arxiv.org/abs/1910.13267) with a seed."""

    def __init__(
        self, tokenizer: Tokenizer, cut_texts: float = 0.3, cut_letters: float = 0.04, longest: int = 384
    ) -> None:
        self._plain = Tokenizer.from_str(tokenizer.to_str())
        self._plain.encode_special_tokens = True
        self._cut_texts, self._cut_letters, self._longest = cut_texts, cut_letters, longest
        names = (TURN_START, TURN_END, TEXT_END)
        vocabulary: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
        self._start, self._end, self._text_end = (vocabulary[name] for name in names)
        self._newline = self._ids("\n")

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        return ids

    def _asked(self, role: str, text: str, rng: random.Random) -> list[int]:
        if rng.random() >= self._cut_texts:
            return self._ids(f"{role}\n{text}")
        inside = (at for at in range(1, len(text)) if text[at - 1 : at + 1].isalpha())
        cuts = [at for at in inside if rng.random() < self._cut_letters]
        parts = [text[low:high] for low, high in pairwise((0, *cuts, len(text)))]
        return [token for part in (f"{role}\n{parts[0]}", *parts[1:]) for token in self._ids(part)]

    def row(self, conversation: Conversation, rng: random.Random) -> Row:
        if conversation.document:
            whole = [*self._ids(conversation.document), self._text_end][: self._longest]
            return Row(tuple(whole), (False, *[True] * (len(whole) - 1)), (False,) * len(whole))
        ids: list[int] = []
        learned: list[bool] = []
        unknown: list[bool] = []
        for role, text in conversation.turns:
            if role == "assistant":
                head, body = [self._start, *self._ids("assistant\n")], [*self._ids(text), self._end]
            else:
                head = [self._start, *self._asked(role, text, rng), self._end]
                body = []
            ids += [*head, *body, *self._newline]
            learned += [False] * len(head) + [True] * len(body) + [False] * len(self._newline)
            unknown += [text == UNKNOWN_ANSWER and role == "assistant"] * (len(ids) - len(unknown))
        kept = slice(-self._longest, None)
        return Row(tuple(ids[kept]), tuple(learned[kept]), tuple(unknown[kept]))


def pad(rows: list[Row], length: int) -> TokenBatch:
    """Rows of at most `length` tokens as one batch."""
    ids = np.zeros((len(rows), length), dtype=np.int64)
    learned = np.zeros((len(rows), length), dtype=bool)
    unknown = np.zeros((len(rows), length), dtype=bool)
    for at, row in enumerate(rows):
        ids[at, : len(row.ids)] = row.ids
        learned[at, : len(row.ids)] = row.learned
        unknown[at, : len(row.ids)] = row.unknown
    line, column = np.nonzero(learned[:, 1:])
    return TokenBatch(ids, line * length + column, ids[:, 1:][line, column], unknown[:, 1:][line, column])


def endless(curriculum: Curriculum, maker: RowMaker, tokens: int, seed: int, skip: int = 0) -> Iterator[TokenBatch]:
    """Batches of about `tokens` tokens for ever. Pools are seeded one by one, so `skip` batches can be passed over
    when training resumes, and the rest is what it would have been."""
    pool = 0
    while True:
        rng = random.Random(f"{seed}/{pool}")
        rows = sorted((maker.row(curriculum.draw(rng), rng) for _ in range(POOL)), key=lambda row: len(row.ids))
        batches = []
        while rows:
            length = -(-len(rows[-1].ids) // STEP) * STEP
            count = max(1, tokens // length)
            batches.append((rows[-count:], length))
            del rows[-count:]
        rng.shuffle(batches)
        for batch, length in batches:
            if skip:
                skip -= 1
            else:
                yield pad(batch, length)
        pool += 1
