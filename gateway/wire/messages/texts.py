"""Text blocks that follow each other: who cites cuts a sentence into such blocks, and clients show them as one.

What is held at the end of one waits for the next, and so does the event that ends it.
"""

from __future__ import annotations

from typing import Any

from gateway.wire.joined import Joined
from gateway.wire.leaves import Leaves, malformed
from gateway.wire.messages.block import Block
from gateway.wire.messages.told import Event, piece, started, stopped


class Texts:
    """Blocks with nothing but text in them and between them. The methods give the events that may go out."""

    __slots__ = ("_blocks", "_leaves", "_shown", "_tails", "joined")

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self.joined = Joined(leaves)
        self._blocks: list[Block] = []
        self._shown = 0
        """Blocks of which the beginning was told."""
        self._tails: list[list[Event]] = []
        """What is told after the text of each block that is over."""

    @property
    def block(self) -> Block:
        """The one that what goes out has come to."""
        return self._blocks[min(self.joined.at, len(self._blocks) - 1)]

    def begin(self, block: Block) -> list[Event]:
        """The next block begins, perhaps with text."""
        self._blocks.append(block)
        out = self._out(self.joined.begin(block.name))
        return out + self._out(self.joined.feed(block.name, block.first)) if block.first else out

    def take(self, block: Block, delta: dict[str, Any]) -> list[Event]:
        """A piece of the last block. What is no delta of a text cannot be judged and is left out."""
        kind = delta.get("type")
        if kind == "citations_delta":
            block.citations.append(delta.get("citation"))
        elif kind == block.piece:
            text = delta.get(block.key)
            if type(text) is not str:
                raise malformed()
            if text:
                return self._out(self.joined.feed(block.name, text))
            return [piece(block.index, block.delta(""))] if self._blocks[self.joined.at] is block else []
        return []

    def end(self, block: Block) -> list[Event]:
        """The last block is over. Where what it cites is blocked (``leaves.cut``), all of the texts are: the rest."""
        cited = [piece(block.index, each) for each in block.cited()]
        if self._leaves.cut:
            rest = self.finish()
            return rest if self.joined.cut else rest + cited
        self._tails.append([*cited, stopped(block.index)])
        self.joined.end()
        return self._out([])

    def finish(self) -> list[Event]:
        """Nothing follows that would read on."""
        return self._out(self.joined.finish())

    def _out(self, released: list[tuple[int, str]]) -> list[Event]:
        joined, out = self.joined, list[Event]()
        for place, text in released:
            while joined.at < place:
                self._show(out)
                out += self._tails[joined.at]
                joined.at += 1
            self._show(out)
            block = self._blocks[place]
            out.append(piece(block.index, block.delta(text)))
        self._show(out)
        while joined.step():
            out += self._tails[joined.at - 1]
            self._show(out)
        return out

    def _show(self, out: list[Event]) -> None:
        """Tell the beginning of the block that has been reached, once."""
        if self._shown == self.joined.at < len(self._blocks):
            out.append(started(self._blocks[self._shown]))
            self._shown += 1
