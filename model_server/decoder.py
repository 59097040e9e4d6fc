"""One onnxruntime session and the key-value cache of the rows it is decoding, so that streams share each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from model_server.sampling import Floats
from model_server.shape import ModelShape

HIDDEN = np.float32(-1e9)  # -inf would turn a fully hidden, padded row into NaN
Cache = list[Floats]  # per layer keys then values, each (rows, kv_heads, 1, length, head_dim)


@dataclass(slots=True)
class Batch:
    """Rows being decoded together. Caches end at the same column: shorter rows are padded on the left."""

    cache: Cache
    lengths: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        return int(self.cache[0].shape[3])

    def keep(self, rows: list[int]) -> None:
        """Drops all other rows and the padding that only they needed."""
        self.lengths = [self.lengths[row] for row in rows]
        start = self.width - max(self.lengths, default=0)
        self.cache = [np.ascontiguousarray(part[rows, :, :, start:]) for part in self.cache]

    def join(self, cache: Cache, length: int, copies: int) -> None:
        """Adds `copies` rows that share one prompt's cache of `length` positions."""
        width = max(self.width, length) if self.lengths else length
        joined = []
        for old, new in zip(self.cache, cache, strict=True):
            rows = np.repeat(_widen(new, width), copies, axis=0)
            joined.append(np.concatenate((_widen(old, width), rows)) if self.lengths else rows)
        self.cache = joined
        self.lengths += [length] * copies


def _widen(part: Floats, width: int) -> Floats:
    missing = width - part.shape[3]
    return np.pad(part, ((0, 0), (0, 0), (0, 0), (missing, 0), (0, 0))) if missing else part


class Decoder:
    """Runs the exported graph: `prefill` a prompt (in pieces), then `decode` one token for every row of a batch."""

    def __init__(self, directory: Path, threads: int = 1) -> None:
        self.shape = ModelShape.from_hf_config(directory / "config.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # the arena kept 60 MB that no step needed again
        self._session = onnxruntime.InferenceSession(
            str(directory / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        names = [(f"past_k_{layer}", f"past_v_{layer}") for layer in range(self.shape.layers)]
        self._past_names = [name for pair in names for name in pair]

    def empty(self, rows: int = 1) -> Cache:
        part = np.zeros((rows, self.shape.kv_heads, 1, 0, self.shape.head_dim), dtype=np.float32)
        return [part] * (2 * self.shape.layers)

    def prefill(self, ids: list[int], cache: Cache, rows: NDArray[np.int64]) -> tuple[Floats, Cache]:
        """Logits (len(rows), vocabulary) of the chosen positions of `ids`, and the cache grown by `ids`."""
        past, length = cache[0].shape[3], len(ids)
        mask = np.zeros((1, 1, 1, length, past + length), dtype=np.float32)
        mask[..., past:] = np.triu(np.full((length, length), HIDDEN, dtype=np.float32), 1)
        positions = np.arange(past, past + length, dtype=np.int64)[None]
        return self._run(np.asarray([ids], dtype=np.int64), positions, mask, rows, cache)

    def decode(self, tokens: list[int], batch: Batch) -> Floats:
        """Logits (rows, vocabulary) after one more token per row; the batch's cache grows by one position."""
        rows, width = len(tokens), batch.width
        lengths = np.asarray(batch.lengths, dtype=np.int64)
        columns = np.arange(width + 1)
        mask = np.where(columns[None] < (width - lengths)[:, None], HIDDEN, np.float32(0))[:, None, None, None]
        ids = np.asarray(tokens, dtype=np.int64)[:, None]
        logits, batch.cache = self._run(ids, lengths[:, None], mask, np.arange(rows, dtype=np.int64), batch.cache)
        batch.lengths = [length + 1 for length in batch.lengths]
        return logits

    def _run(
        self, ids: NDArray[np.int64], positions: NDArray[np.int64], mask: Floats, rows: NDArray[np.int64], cache: Cache
    ) -> tuple[Floats, Cache]:
        feeds: dict[str, NDArray[Any]] = dict(zip(self._past_names, cache, strict=True))
        feeds |= {"ids": ids, "positions": positions, "mask": mask, "rows": rows}
        logits, *grown = self._session.run(None, feeds)
        return logits, grown
