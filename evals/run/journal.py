"""The record of a run: one line for every answer, appended at once and made durable in groups.

A killed run loses nothing: what was answered is in the file, and a resumed run asks only for what is not. A line that a
kill tore in two is cut off when the file is opened again; its sample was never counted as answered.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evals.loading.suite import canonical
from evals.run.reply import FAILED, Reply
from gateway.errors import ConfigError

FORMAT = 1


class Journal:
    """Append-only JSON Lines at ``path``, owned by one process at a time.

    ``replies`` holds the reply of every key. ``spans`` holds, for each time that the file was opened for writing,
    when that was and when its last line was written (Unix times).
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        self.replies: dict[str, Reply] = {}
        self.spans: list[tuple[float, float]] = []
        self._file = self._open(writable)
        self._dirty = False
        try:
            self._begin(writable)
        except BaseException:
            self.close()
            raise

    def _begin(self, writable: bool) -> None:
        if writable:
            self._mend()
        self._read()
        if writable:
            now = time.time()
            self.spans.append((now, now))
            self._write({"journal": FORMAT, "opened": round(now, 3)})

    def _open(self, writable: bool) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT if writable else os.O_RDONLY
        try:
            file = os.open(self.path, flags | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"cannot be opened: {error.strerror}", file=str(self.path), cure="check the run's name "
                              "with `wardgate eval list`") from None
        if writable:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                raise ConfigError("another process is writing this run", file=str(self.path),
                                  cure="wait for it, or end it") from None
        return file

    def _mend(self) -> None:
        """Cuts off what stands behind the last newline: a line that was being written when the process died."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)

    def _read(self) -> None:
        for number, line in enumerate(self.path.read_bytes().split(b"\n")[:-1], 1):
            try:
                entry = json.loads(line)
                if "opened" in entry:
                    self._opened(entry)
                    continue
                self.replies[entry["key"]] = Reply.from_json(entry["reply"])
                if self.spans:
                    self.spans[-1] = (self.spans[-1][0], float(entry["at"]))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise ConfigError("is damaged", file=str(self.path), line=number,
                                  cure="remove this line; its sample is asked again by --resume") from None

    def _opened(self, entry: dict[str, Any]) -> None:
        if entry["journal"] != FORMAT:
            raise ConfigError(f"has format {entry['journal']}, this version reads {FORMAT}", file=str(self.path),
                              line=1, cure="use the version of Wardgate that wrote it")
        self.spans.append((float(entry["opened"]), float(entry["opened"])))

    def append(self, key: str, suite: str, sample: str, target: str, reply: Reply) -> None:
        """Writes one answer; it survives the end of this process from here on. Raises OSError on a full disk."""
        now = time.time()
        self._write({"key": key, "at": round(now, 3), "suite": suite, "sample": sample, "target": target,
                     "reply": reply.to_json()})
        self.replies[key] = reply
        self.spans[-1] = (self.spans[-1][0], now)

    def _write(self, entry: dict[str, Any]) -> None:
        line = canonical(entry) + b"\n"
        written = os.write(self._file, line)
        self._dirty = True
        if written != len(line):  # a nearly full disk: the rest would make the next line unreadable
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(28, "No space left on device", str(self.path))

    def sync(self) -> None:
        """Makes everything written so far survive the machine's end; does nothing when it already does."""
        if self._dirty:
            self._dirty = False
            os.fsync(self._file)

    def failed(self) -> Iterator[str]:
        """Keys whose reply is a failure."""
        return (key for key, reply in self.replies.items() if reply.outcome == FAILED)

    def close(self) -> None:
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
