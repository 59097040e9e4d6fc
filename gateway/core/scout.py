"""Runs ahead of the judging of an answer and collects what detectors must be asked, so that judging never waits.

A ``Scout`` stands in for the exchange: an API's answer, given to it first, shows it every text that the exchange will
see, in the same windows, since those depend on the texts alone. What of them is cut or edited later is asked about in
vain; nothing is judged without having been asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gateway.core.json_scan import Escapes
from gateway.core.json_text import is_json
from gateway.core.policy import ActionKind
from gateway.core.stage import Stage
from gateway.core.types import Explanation
from gateway.core.windows import Ask, Passage, Question, Windows

if TYPE_CHECKING:
    from gateway.core.exchange import Exchange


class ScoutedField:
    """One text of an answer: lets it pass as it comes, and has its windows asked about."""

    __slots__ = ("_ended", "_escapes", "_place", "_scout", "_windows", "cut", "edited", "held", "moves", "position")

    def __init__(self, scout: Scout, place: tuple[int, str]) -> None:
        self._scout, self._place, self._windows = scout, place, Windows()
        self._escapes = Escapes() if is_json(place[1]) else None
        self._ended = self.cut = self.edited = False
        self.held = self.position = 0
        self.moves: list[tuple[int, int, int]] = []

    def feed(self, text: str) -> str:
        """``text``."""
        self._take(text, final=False)
        return text

    def follow(self, before: str) -> None:
        """Nothing: what stands before was read where it was told."""

    def next_part(self, path: str) -> str:
        """Nothing: windows read on from one part to the next."""
        return ""

    def finish(self, text: str = "") -> str:
        """``text``, the last of it."""
        if self._ended:
            return ""
        self._ended = True
        self._take(text, final=True)
        return text

    def _take(self, text: str, *, final: bool) -> None:
        self.position += len(text)
        self._scout.grew(self._place, self)
        escapes = self._escapes
        said = text if escapes is None else escapes.decode(text, final=final)
        for passage in self._windows.take(said, final=final):
            self._scout.ask(passage)
        if escapes is not None:
            escapes.forget(self._windows.frontier)


class Scout:
    """A judge of an answer (``gateway.wire.leaves.Judge``) that decides nothing."""

    __slots__ = ("_asked", "_asks", "_fields", "_grown", "_stage")

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._fields: dict[tuple[int, str], ScoutedField] = {}
        self._asked: set[Question] = set()
        self._asks: list[Ask] = []
        self._grown: dict[tuple[int, str], ScoutedField] = {}

    def take(self) -> list[Ask]:
        """The questions that have come up since the last call, each once in the answer's life."""
        asks, self._asks = self._asks, []
        return asks

    def close(self) -> None:
        """The answer is over: as ``Exchange.close``."""
        self._fields, self._grown = {}, {}

    def hold(self, exchange: Exchange) -> None:
        """Tells ``exchange`` how far its fields are behind what has come since the last call."""
        for (choice, name), field in self._grown.items():
            exchange.waited(choice, name, field.position)
        self._grown.clear()

    def ask(self, passage: Passage) -> None:
        """Note the questions about a window of an answer."""
        for _, ask in self._stage.asks(passage, "assistant"):
            if ask.question not in self._asked:
                self._asked.add(ask.question)
                self._asks.append(ask)

    # ---- what an answer asks of its judge ----------------------------------------------------------------------

    def field(self, choice: int, name: str) -> ScoutedField:
        field = self._fields.get((choice, name))
        if field is None:
            field = self._fields[choice, name] = ScoutedField(self, (choice, name))
        return field

    def grew(self, place: tuple[int, str], field: ScoutedField) -> None:
        """More of ``field`` has come."""
        self._grown[place] = field

    def refusal(self, choice: int) -> str:
        return ""

    def unreadable(self, kind: str) -> ActionKind:
        return ActionKind.ALLOW

    def settle(self, kept: Sequence[Any], blocking: str = "") -> None:
        return None

    def explained(self) -> Explanation | None:
        return None
