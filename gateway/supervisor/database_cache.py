"""Keeps compiled pattern databases on disk, so that a start or reload takes milliseconds instead of seconds."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

MAX_FILES = 64
_MAGIC = b"wgdb1"


class DiskCache:
    """A ``DatabaseCache`` in a directory. A damaged, foreign or unwritable file is a miss, never an error."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``, when it is whole."""
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        data = content[37:]
        if content[:5] != _MAGIC or content[5:37] != _digest(key, data):
            return None  # cut short by a full disk, or not ours
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep ``data``, readable by this user only; the oldest files go when there are more than 64."""
        with contextlib.suppress(OSError):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.directory, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_MAGIC + _digest(key, data) + data)
                Path(name).replace(self._path(key))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._prune()

    def _path(self, key: str) -> Path:
        return self.directory / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.db"

    def _prune(self) -> None:
        files = sorted(self.directory.glob("*.db"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in files[MAX_FILES:]:
            path.unlink(missing_ok=True)


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + data).digest()
