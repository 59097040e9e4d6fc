"""The supervisor's end of the template: workers by fork where that is possible, and the processes that come of it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import gateway
from gateway.errors import WardgateError
from gateway.supervisor.template import HEAD, PID, Word, receive

PREPARE_WITHIN = 60.0
FORK_WITHIN = 2.0
"""Seconds; a template that is busy or stuck for longer is not waited for: a worker can be started without it."""
_LOOK_EVERY = 0.005
_PR_SET_CHILD_SUBREAPER = 36


class WorkerLost(WardgateError):
    """A worker, or the template, ended or did not answer in time; its message is for the operator."""


class Process(Protocol):
    """What ``subprocess.Popen`` and ``Forked`` have in common."""

    pid: int

    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class Forked:
    """A child of this process that another has forked for it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None
        self._lock = threading.Lock()  # once it was waited for, its id may be another's

    def send_signal(self, sig: int) -> None:
        """Nothing happens when it has been waited for."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._code is None:
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal; blocks. Raises subprocess.TimeoutExpired."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._look()) is None:
            if end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_LOOK_EVERY)
        return code

    def _look(self) -> int | None:
        with self._lock:
            if self._code is None:
                try:
                    pid, status = os.waitpid(self.pid, os.WNOHANG)
                except ChildProcessError:
                    self._code = 0  # someone else has waited for it, as for any child of ``subprocess``
                else:
                    self._code = os.waitstatus_to_exitcode(status) if pid else None
            return self._code


class Forks:
    """A template process, from its start to its end; the supervisor's event loop is never kept waiting by it."""

    def __init__(self, process: subprocess.Popen[bytes], commands: socket.socket) -> None:
        self._process, self._commands = process, commands
        self._busy = asyncio.Lock()
        self.lost = False

    @classmethod
    def start(cls, listeners: Sequence[socket.socket], rates: int) -> Forks:
        """A new template. Raises OSError, also where no process may take in the children of another."""
        _take_in_orphans()
        ours, theirs = socket.socketpair()
        try:
            process = start_python("gateway.supervisor.template", [theirs.fileno(), rates,
                                                                   *(each.fileno() for each in listeners)])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def prepare(self, settings: bytes, pickled: bytes) -> None:
        """Have a set compiled for the workers to come; ``settings`` (JSON) for the first. Raises WorkerLost."""
        async with self._busy:
            if settings:
                await asyncio.to_thread(self._ask, Word.SETTINGS, settings, PREPARE_WITHIN)
            await asyncio.to_thread(self._ask, Word.PREPARE, pickled, PREPARE_WITHIN)

    async def fork(self, pipe: socket.socket) -> Forked:
        """A worker with ``pipe``. Raises WorkerLost."""
        try:
            async with asyncio.timeout(FORK_WITHIN):
                await self._busy.acquire()
        except TimeoutError:
            raise WorkerLost("the template is busy") from None
        try:
            own = os.dup(pipe.fileno())  # the thread's, whatever becomes of whoever waits for it
            return Forked(await asyncio.to_thread(self._fork, own))
        finally:
            self._busy.release()

    def _fork(self, pipe: int) -> int:
        try:
            return int(PID.unpack(self._ask(Word.FORK, b"", FORK_WITHIN, pipe))[0])
        finally:
            os.close(pipe)

    def _ask(self, word: Word, payload: bytes, within: float, *handles: int) -> bytes:
        """Say something and wait for the answer; a template that does not give one is ended. Raises WorkerLost."""
        try:
            self._commands.settimeout(within)
            socket.send_fds(self._commands, [HEAD.pack(word, len(payload))], handles)
            self._commands.sendall(payload)
            kind, length = HEAD.unpack(receive(self._commands, HEAD.size))
            answer = receive(self._commands, length)
        except (OSError, EOFError) as error:
            self.kill()
            raise WorkerLost("the template did not answer" if isinstance(error, TimeoutError)
                             else "the template has ended") from None  # fmt: skip
        if kind != Word.DONE:
            raise WorkerLost(answer.decode())
        return answer

    def look(self) -> bool:
        """Whether it still lives, as far as is known."""
        self.lost = self.lost or self._process.poll() is not None
        return not self.lost

    def kill(self) -> None:
        self.lost = True
        self._process.kill()

    async def close(self) -> None:
        """End it, and wait for its end: from then on it holds no listening socket."""
        self.kill()
        await asyncio.to_thread(self._process.wait)
        async with self._busy:
            self._commands.close()


def start_python(module: str, handles: Sequence[int]) -> subprocess.Popen[bytes]:
    """A new interpreter (exec, never a fork of this process with its threads) that inherits ``handles``.

    Raises OSError.
    """
    return subprocess.Popen(  # noqa: S603  # our own module; a vfork takes a millisecond
        [sys.executable, "-P", "-m", module, *map(str, handles)],
        pass_fds=handles, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=_environment(),
    )  # fmt: skip


def _environment() -> dict[str, str]:
    """This process's environment, with the place that this package was loaded from and no other before it."""
    root = str(Path(gateway.__file__).resolve().parents[1])
    rest = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{rest}" if rest else root}


def _take_in_orphans() -> None:
    """On Linux a process whose parent has ended becomes the child of an ancestor that asked for it. Raises OSError."""
    if sys.platform != "linux":
        raise OSError("only Linux lets a process take in the children of another")
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "a process cannot take in the children of another here")
