"""The encoder: one small network that answers several detectors' questions about a window in one pass.

Its scores depend on the window, what stood before it and who wrote it, on nothing else: rows are padded to a length
that follows from themselves and computed beside rows of that length, activations are quantised token by token. What one
detector made it compute is kept for the others that ask about the same window, and for each of them once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from gateway.core.rewriting import Readable
from gateway.core.types import Role
from gateway.core.windows import UNSCANNABLE, Answer, Ask, Partly, Reading
from gateway.detectors.calibration import Calibration
from gateway.detectors.encoder_input import TYPES, Places, Row, Tokens, lettered
from gateway.detectors.gloss import glossed
from gateway.detectors.glossary import glossaries
from gateway.detectors.glossary import version as glosses
from gateway.detectors.undone import Piece, knows_around_names, pieces, share

WEIGHTS = Path(__file__).parent / "weights"
KEPT = 512
"""Windows that are remembered until every detector that wants them has asked, the oldest forgotten first."""
PASS = 4
"""Rows in one pass at most: more at once gain nothing on one core, and hold memory (16 rows 17 MB more)."""
FILES = ("calibration.json", "encoder.onnx", "tokenizer.json", "background.npz")
MOST_LONGER = 1.2
"""How much longer a text may be written than it is read, to be read as it is written, too."""
NEEDED = ("numpy", "onnxruntime", "tokenizers")


class Part(NamedTuple):
    """``[start, end)`` of a window's characters, ``rows`` of what is seen of it, and how many words it has.

    ``known``: whether it is in a language that the encoder knows. Where it is not, it has rows of its own only if what
    stands ``around`` its names is, and ``glossed`` are the rows of its gloss in English, if there is one.
    """

    start: int
    end: int
    rows: slice
    words: int
    known: bool
    around: bool = False
    glossed: slice | None = None


class Seen(NamedTuple):
    """What the encoder makes of a window: for each of its rows logits (S,), a vector (H,) and logits of tags (L, T)."""

    rows: tuple[Row, ...]
    scores: Any
    topics: Any
    tags: tuple[Any, ...]
    parts: tuple[Part, ...] = ()
    """What was read at once, in order."""

    def answered(
        self, find: Callable[[Part], Iterable[Reading]], through: Callable[[Part], Iterable[Reading]] | None = None
    ) -> Answer:
        """What ``find`` finds in the parts that are in a language that it knows, and ``through`` in others' glosses.

        What nothing is found in through a gloss is as unread as without one.
        """
        found: list[Reading] = []
        for part in self.parts:
            if part.known:
                found += find(part)
            elif part.glossed is not None and through is not None:
                found += through(part)
        unknown = sum(not part.known for part in self.parts)
        if not unknown:
            return tuple(found)
        return Partly(tuple(found), UNSCANNABLE) if found or unknown < len(self.parts) else UNSCANNABLE


@dataclass(slots=True)
class _Kept:
    seen: Future[Seen] = field(default_factory=Future)
    takers: set[str] = field(default_factory=set)


class Encoder:
    """The weights of one directory. Loads them at the first question; safe to ask from several threads."""

    def __init__(self, directory: Path = WEIGHTS) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    @cached_property
    def version(self) -> str:
        """Of the weights, how their scores are read (the calibration names its files' digests), and the glossaries.

        "none": the weights are missing.
        """
        if not all((self.directory / name).exists() for name in FILES):
            return "none"
        weights = hashlib.sha256((self.directory / "calibration.json").read_bytes()).hexdigest()[:12]
        return f"{weights}.{glosses()}"

    def check(self, _: Iterable[object] = ()) -> None:
        """Raises ``ValueError("what is wrong | cure")`` where it cannot work; loads nothing."""
        for name in NEEDED:
            if importlib.util.find_spec(name) is None:
                raise ValueError(f"needs the encoder, and {name} is not installed | pip install 'wardgate[embedded]', "
                                 "or write `model: off` to judge by patterns alone")
        if self.version == "none":
            raise ValueError(f"needs the encoder, whose weights are not in {self.directory} | "
                             "install the package anew, or remake them with `wardgate model train-guards`")

    def share(self) -> None:
        """Load what workers can have in common; not the network, whose library begins a thread that a fork loses."""
        share()
        glossaries()
        self.tokens  # noqa: B018

    @cached_property
    def calibration(self) -> Calibration:
        return Calibration.read(json.loads((self.directory / "calibration.json").read_text(encoding="utf-8")))

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.directory / "tokenizer.json")

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        path = str(self.directory / "encoder.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def see(self, asks: Sequence[Ask], taker: str, *, worded: bool = False) -> list[Seen]:
        """What it makes of the windows of ``asks``; computed once where several ``taker`` ask about one.

        ``worded``: of what is no digest, token or the like in them.
        """
        windows = [Window(ask.role, ask.run, ask.text, pieces(ask, worded=worded)) for ask in asks]
        keys = [each.key for each in windows]
        ours: dict[bytes, tuple[_Kept, Window]] = {}
        wanted: dict[bytes, _Kept] = {}
        with self._lock:
            for key, window in zip(keys, windows, strict=True):
                if key in wanted:
                    continue
                kept = self._kept.get(key)
                if kept is None or taker in kept.takers:
                    kept = self._kept[key] = _Kept()
                    ours[key] = kept, window
                kept.takers.add(taker)
                wanted[key] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if ours:
            self._fill(list(ours.values()))
        return [wanted[key].seen.result() for key in keys]

    def _fill(self, ours: Sequence[tuple[_Kept, Window]]) -> None:
        try:
            read = [window.read(self.tokens) for _, window in ours]
            found = self.compute([rows for rows, _ in read])
        except BaseException as error:
            for kept, _ in ours:
                kept.seen.set_exception(error)
            with self._lock:
                mine = {id(kept) for kept, _ in ours}
                for key in [key for key, kept in self._kept.items() if id(kept) in mine]:
                    del self._kept[key]
            raise
        for (kept, _), seen, (_, parts) in zip(ours, found, read, strict=True):
            kept.seen.set_result(seen._replace(parts=parts))

    def compute(self, windows: Sequence[tuple[Row, ...]]) -> list[Seen]:
        """The answers of windows given as rows, in their order; rows of one padded length are computed together."""
        places: dict[int, list[tuple[int, int]]] = {}
        for index, rows in enumerate(windows):
            for number, row in enumerate(rows):
                places.setdefault(row.padded, []).append((index, number))
        found: dict[tuple[int, int], tuple[Any, Any, Any]] = {}
        for length, where in places.items():
            for start in range(0, len(where), PASS):
                part = where[start : start + PASS]
                given = _padded([windows[index][number] for index, number in part], length)
                answers = self._session.run(("scores", "topic", "tags"), given)
                found.update(zip(part, zip(*answers, strict=True), strict=True))
        return [self._seen(rows, [found[index, number] for number in range(len(rows))])
                for index, rows in enumerate(windows)]

    def pooled(self, rows: Sequence[Row]) -> Any:
        """What the heads read of each row, (n, 3 H): for their training alone."""
        return self._session.run(("pooled",), _padded(rows, max(row.padded for row in rows)))[0]

    @staticmethod
    def _seen(rows: tuple[Row, ...], parts: list[tuple[Any, Any, Any]]) -> Seen:
        import numpy as np

        if not parts:
            return Seen((), np.zeros((0, 0)), np.zeros((0, 0)), ())
        scores, topics, tags = zip(*parts, strict=True)
        return Seen(rows, np.stack(scores), np.stack(topics), tags)


def _padded(rows: Sequence[Row], length: int) -> dict[str, Any]:
    """The network's input: ids, types and mask of ``rows``, each (n, length)."""
    import numpy as np

    ids, types, mask = np.zeros((3, len(rows), length), dtype=np.int64)
    for line, row in enumerate(rows):
        size = len(row.ids)
        ids[line, :size], types[line, :size], mask[line, :size] = row.ids, row.types, 1
    return {"ids": ids, "types": types, "mask": mask}


class Window(NamedTuple):
    """A window by who wrote it, what is written, after what of the same notation, and how that is read."""

    role: Role
    run: str
    text: str
    pieces: tuple[Piece, ...]

    @property
    def key(self) -> bytes:
        """The window by its content, so that what is kept holds no text."""
        digest = hashlib.blake2b(digest_size=16)
        read = (each for piece in self.pieces for each in (piece.before, piece.text))
        for part in (str(TYPES[self.role]), self.run, self.text, *read):
            digest.update(part.encode("utf-8", "surrogatepass"))
            digest.update(b"\x00")
        return digest.digest()

    def read(self, tokens: Tokens) -> tuple[tuple[Row, ...], tuple[Part, ...]]:
        """Its rows, and which of them each of its pieces has."""
        rows: list[Row] = []
        parts: list[Part] = []
        for each in self.pieces:
            (start, end), words, known = each.span, len(each.text.split()), each.known
            around = not known and knows_around_names(self.text[start:end])
            plain = tokens.numbered(each.text, each.places, self.role, each.before) if known or around else ()
            own = _more(rows, plain)
            gloss = None if known else glossed(self._readings(each), self.text)
            through = None if gloss is None else _more(rows, tokens.numbered(*gloss, self.role))
            parts.append(Part(start, end, own, words, known, around, through))
        return tuple(rows), tuple(parts)

    def _readings(self, piece: Piece) -> list[tuple[str, Places]]:
        """``piece`` as it is written, if that is of about its length, and as it is read."""
        start, end = piece.span
        as_read = piece.text, piece.places
        if end - start > MOST_LONGER * len(piece.text):
            return [as_read]
        written = self.text[start:end]
        plain, places = lettered(Readable.plain(written), written)
        if plain == piece.text:
            return [as_read]

        def back(first: int, last: int) -> tuple[int, int] | None:
            found = places(first, last)
            return None if found is None else (start + found[0], start + found[1])

        return [(plain, back), as_read]


def _more(rows: list[Row], more: Iterable[Row]) -> slice:
    """Where ``rows`` have ``more``, which are added."""
    first = len(rows)
    rows += more
    return slice(first, len(rows))


SHIPPED = Encoder()
"""The encoder of the release, which all detectors of this package ask."""
