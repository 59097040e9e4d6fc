"""Reads personal data with Presidio's own engine, in processes beside the worker: its passes hold the interpreter.

A process that takes longer than its budget is killed and replaced; what it was asked about has failed. It ends by
itself when the worker's end of its pipe closes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.api import register
from gateway.detectors.presidio_engine import LENGTH, READY

BUDGET = 1.5
"""Seconds a batch may take; the pool gives up on it a little later."""
START = 60.0
"""Seconds until a new process is ready; spaCy takes a few."""
COMMAND = (sys.executable, "-m", "gateway.detectors.presidio_engine")
_CHUNK = 1 << 16


class Process:
    """One child and its two pipes. ``ask`` raises ``TimeoutError`` or ``OSError``; the child is of no use then."""

    def __init__(self, command: Sequence[str]) -> None:
        self.owner = os.getpid()
        self._ready = False
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "REGEX_TIMEOUT_SECONDS": "1"},
        )
        assert self._child.stdin is not None  # noqa: S101 - it is a pipe
        assert self._child.stdout is not None  # noqa: S101
        self._in, self._out = self._child.stdin.fileno(), self._child.stdout.fileno()
        os.set_blocking(self._in, False)

    def ask(self, message: bytes, seconds: float) -> bytes:
        """The answer to ``message``, within ``seconds`` of when the child was ready."""
        if not self._ready:
            if self._exchange(b"", START) != READY:
                raise OSError("the process did not start")
            self._ready = True
        return self._exchange(LENGTH.pack(len(message)) + message, seconds)

    def kill(self) -> None:
        """Ends the child and waits for it."""
        self._child.kill()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                stream.close()
        self._child.wait()

    def _exchange(self, out: bytes, seconds: float) -> bytes:
        deadline, back = time.monotonic() + seconds, b""
        with selectors.DefaultSelector() as ready:
            ready.register(self._out, selectors.EVENT_READ)
            if out:
                ready.register(self._in, selectors.EVENT_WRITE)
            while len(back) < LENGTH.size or len(back) < LENGTH.size + LENGTH.unpack(back[: LENGTH.size])[0]:
                left = deadline - time.monotonic()
                events = ready.select(left) if left > 0 else []
                if not events:
                    raise TimeoutError("Presidio took longer than its budget")
                for key, _ in events:
                    if key.fd == self._in:
                        out = out[os.write(self._in, out[:_CHUNK]) :]
                        if not out:
                            ready.unregister(self._in)
                    elif part := os.read(self._out, _CHUNK):
                        back += part
                    else:
                        raise OSError("the process ended")
        return back[LENGTH.size :]


class PresidioDetector:
    """One process for each thread that asks at the same time."""

    name = "presidio"

    def __init__(self, command: Sequence[str] = COMMAND, budget: float = BUDGET) -> None:
        self._command, self._budget = command, budget
        self._idle: list[Process] = []
        self._lock = threading.Lock()
        try:
            self.version = f"presidio-analyzer {metadata.version('presidio-analyzer')}"
        except metadata.PackageNotFoundError:
            self.version = ""

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """What stands before a window is read along, for its words of context; findings there are not the window's."""
        texts = [(ask.before + ask.text, _own(ask.params)) for ask in asks]
        process = self._process()
        try:
            answers = json.loads(process.ask(json.dumps(texts).encode(), self._budget))
        except (OSError, ValueError):  # a timeout is an OSError
            process.kill()
            with self._lock:
                self._idle.append(Process(self._command))  # it loads while the next question is on its way
            raise
        with self._lock:
            self._idle.append(process)
        return [None if found is None else _readings(ask, found) for ask, found in zip(asks, answers, strict=True)]

    def close(self) -> None:
        """Ends the processes that nobody waits for."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.kill()

    def _process(self) -> Process:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.owner == os.getpid():  # another's is that of the process we were forked from
                    return process
        return Process(self._command)


def _own(params: object) -> list[dict[str, Any]]:
    """A policy's recognizers, in the words of ``presidio_engine``."""
    return [asdict(each) for each in getattr(params, "recognizers", ())]


def _readings(ask: Ask, found: list[tuple[int, int, float, str]]) -> tuple[Reading, ...]:
    shift, size = len(ask.before), len(ask.text)
    return tuple([
        Reading(max(start - shift, 0), end - shift, score, entity) for start, end, score, entity in found
        if shift < end <= shift + size
    ])


def check(_: Iterable[object]) -> None:
    """Raises ``ValueError("what is wrong | cure")`` when Presidio is not installed."""
    if importlib.util.find_spec("presidio_analyzer") is None:
        raise ValueError("needs Presidio, which is not installed | pip install 'wardgate[presidio]'")


register(PresidioDetector(), check=check)
