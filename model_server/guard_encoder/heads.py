"""Teaches the window heads once more, on the numbers of the eight-bit network that ships, and harmless manuals.

The network below them stands still, so its numbers are worked out once, and an epoch takes seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gateway.core.types import Role
from gateway.detectors.encoder import Encoder
from model_server.guard_encoder import items, manuals, prose, recipe
from model_server.guard_encoder.data.examples import orders
from model_server.guard_encoder.items import Item, Taught
from model_server.guard_encoder.learn import Batch, score_loss
from model_server.guard_encoder.names import SCORES
from model_server.guard_encoder.student import POOLED, Head

EPOCHS, SIZE, RATE, DROPOUT = 6, 256, 3e-4, 0.3
MANUALS = 2400
ORDERS = 2500
"""Of 72 orders that were documents of their own, heads that had seen them only within others found three in seven."""
PROSE = 3
"""How often each paragraph is shown, each time in a drawn role."""
BLEND = 0.5
"""How far the heads go from what was learnt with the network towards what was learnt on it: all the way, they know the
training's families better and others worse, by the development families."""
SHARE = 0.45
"""Of what the whole network was taught, shown once more."""


def documented(tokens: Taught, seed: int) -> Iterator[Item]:
    """Prose of every kind; manuals as documents and tools' results, and now and then in a caller's question; orders to
    an assistant that are a document of their own."""
    chance = random.Random(seed + 5)
    for each in orders(seed + 6, ORDERS):
        if each.family not in recipe.KEPT_BACK:
            yield from items.judged(tokens, each.text, each.role, 1.0, each.family, chance)
    for _ in range(PROSE):
        for text, said_by in prose.drawn(chance):
            yield from items.judged(tokens, text, said_by, 0.0, "prose", chance)
    for number, text in enumerate(manuals.passages(seed, MANUALS)):
        role: Role = chance.choice(("document", "document", "tool", "assistant"))
        yield from items.judged(tokens, text, role, 0.0, "manuals", chance)
        if number % 4 == 0:
            asked = chance.choice(("Explain this:\n", "What does this mean? ", "Shorten: ", "")) + text[:600]
            yield from items.judged(tokens, asked, "user", 0.0, "manuals", chance)
        if number % 4 == 1:
            yield from items.judged(tokens, text, role, 0.0, "manuals", chance, toxicity=True, weight=0.5)


def pooled(encoder: Encoder, found: Sequence[Item]) -> np.ndarray:
    """The network's pooled numbers of all rows of ``found``, (rows, 1152), in their order."""
    rows = [row for item in found for row in item.rows]
    out = np.zeros((len(rows), POOLED), dtype=np.float16)
    order = sorted(range(len(rows)), key=lambda index: rows[index].padded)
    for start in range(0, len(order), 16):
        part = order[start : start + 16]
        out[part] = encoder.pooled([rows[index] for index in part])
    return out


def teach(state: dict[str, Tensor], numbers: np.ndarray, found: Sequence[Item], seed: int) -> dict[str, Tensor]:
    """``state`` with its heads taught on ``numbers``, the rest as it was."""
    torch.manual_seed(seed)
    heads = torch.nn.ModuleList(Head(DROPOUT) for _ in SCORES)
    known = {name.removeprefix("heads."): value for name, value in state.items() if name.startswith("heads.")}
    heads.load_state_dict(known)
    optimizer = torch.optim.AdamW(heads.parameters(), lr=RATE, weight_decay=0.05)
    starts = np.cumsum([0, *[len(item.rows) for item in found]])
    chance, steps = random.Random(seed), EPOCHS * -(-len(found) // SIZE)
    step = 0
    for _ in range(EPOCHS):
        order = list(range(len(found)))
        chance.shuffle(order)
        for at in range(0, len(order), SIZE):
            part = order[at : at + SIZE]
            rows = np.concatenate([np.arange(starts[index], starts[index + 1]) for index in part])
            owner = np.repeat(np.arange(len(part)), [len(found[index].rows) for index in part])
            values = torch.from_numpy(numbers[rows].astype(np.float32))
            nothing = torch.zeros(0)
            batch = Batch(nothing, nothing, nothing, torch.from_numpy(owner), [found[index] for index in part])
            loss = score_loss(batch, torch.cat([head(values) for head in heads], 1))
            for group in optimizer.param_groups:
                group["lr"] = RATE * (1 - step / steps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    taught = {f"heads.{name}": value.detach() for name, value in heads.state_dict().items()}
    return {**state, **{name: state[name].lerp(value, BLEND) for name, value in taught.items()}}


def finish(checkpoint: Path, encoder: Encoder, tokens: Taught, found: Sequence[Item], seed: int) -> None:
    """Writes ``checkpoint`` anew with heads that were taught on what ``encoder``, its export, computes."""
    state = torch.load(checkpoint, weights_only=True)
    chance = random.Random(seed)
    shown = [item for item in found if item.head >= 0 and chance.random() < SHARE]
    shown += list(documented(tokens, seed))
    state["average"] = teach(state["average"], pooled(encoder, shown), shown, seed)
    torch.save(state, checkpoint)
