"""Texts that callers sent with their feedback, as the lines of an evaluation suite; off unless an operator asks for it.

It is the one file of the gateway that holds users' text, so it is for its owner's eyes only (mode 0600), outside the
audit, bounded, and named in the settings. Every process appends for itself: a line is one write under a lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

FILE = "feedback.jsonl"
MAX_BYTES = 64 << 20
"""Size at which no more is taken."""


class LocalSuite:
    """The suite in ``folder``, which is made when the first line comes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def append(self, line: Mapping[str, Any]) -> bool:
        """Write one line; blocks for the disk. False when the file is full or cannot be written."""
        data = orjson.dumps(line) + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.fchmod(handle, 0o600)  # it may have been made by hand
            size = os.fstat(handle).st_size
            if size + len(data) > MAX_BYTES:
                return False
            if os.write(handle, data) == len(data):
                return True
            os.ftruncate(handle, size)  # a full disk: no half line stays
            return False
        except OSError:
            return False
        finally:
            os.close(handle)
