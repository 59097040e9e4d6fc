"""Reads safetensors with numpy alone, because serving and its tests should not need another package for one header."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ELEMENTS = {"F16": np.float16, "F32": np.float32}


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """The tensors' entries (dtype, shape, data_offsets) and the file offset at which their data starts.

    Source: https://huggingface.co/docs/safetensors, "Format".
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


def read_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """All tensors as float32, by name; raises ValueError for an element type other than F16 and F32."""
    header, start = read_header(path)
    data = path.read_bytes()
    weights = {}
    for name, entry in header.items():
        if entry["dtype"] not in ELEMENTS:
            raise ValueError(f"{path}: {name} is {entry['dtype']}; read F16 or F32 only: export with --dtype float16")
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data[start + begin : start + end], dtype=ELEMENTS[entry["dtype"]])
        weights[name] = flat.reshape(entry["shape"]).astype(np.float32)
    return weights
