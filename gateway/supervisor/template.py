"""The template: a process in which a worker's code is loaded and its policies are compiled, and that serves no one.

Workers are forked from it, so one that takes a dead one's place serves within milliseconds, where a new interpreter
would import and compile for a second, or for several on a busy machine; and what all of them have in common is in
memory once. It has one thread, no event loop and no caller's connection: nothing that a fork would tear apart. The
supervisor, which has all of these, starts it as

    python -m gateway.supervisor.template COMMANDS RATES LISTENER …        (inherited file descriptors)

and tells it what to do over COMMANDS. When that closes, because the supervisor is gone, it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import socket
import struct
import sys
import time
from enum import IntEnum

import orjson

from gateway.config.settings import Settings
from gateway.core.guard import guards
from gateway.detectors.api import detectors
from gateway.errors import ConfigError
from gateway.supervisor import worker
from gateway.supervisor.prepared import PreparedPolicies

with contextlib.suppress(ImportError):
    import uvloop as uvloop  # so that the workers need not

HEAD = struct.Struct("<BI")
"""What a message begins with, in both directions: its kind, and the length of its payload."""
PID = struct.Struct("<q")
_PR_SET_NAME = 15


class Word(IntEnum):
    """Supervisor to template: SETTINGS, PREPARE, FORK; template to supervisor: DONE, FAILED."""

    SETTINGS = 1
    """The settings, as JSON."""
    PREPARE = 2
    """A pickled PolicySet: have it compiled, for the workers to come."""
    FORK = 3
    """With a file descriptor, a worker's pipe: make a worker. DONE carries its process id."""

    DONE = 20
    FAILED = 21
    """Why, for the operator."""


class Template:
    """``rates`` and ``listeners`` are the workers' to use; none of them is touched here."""

    def __init__(self, commands: socket.socket, rates: int, listeners: list[int]) -> None:
        self._commands, self._rates, self._listeners = commands, rates, listeners
        self._policies: list[PreparedPolicies] = []
        """One, once the settings are known; a worker empties the list when it has made it its own."""

    def run(self) -> int:
        """Do what the supervisor says until it is gone; in a worker, that worker's life. Gives the exit code."""
        while message := self._next():
            word, payload, handle = message
            try:
                if word is Word.FORK:
                    pid = _fork()
                    if not pid:
                        self._commands.close()
                        name_process("wardgate-worker")
                        return worker.serve(handle, self._rates, self._listeners, self._policies)
                    os.close(handle)
                    answer = PID.pack(pid)
                else:
                    answer = b""
                    self._take(word, payload)
            except Exception as error:  # noqa: BLE001 - the supervisor starts workers without it then
                reason = str(error) if isinstance(error, ConfigError | OSError) else type(error).__name__
                self._say(Word.FAILED, reason.encode())
            else:
                self._say(Word.DONE, answer)
        return 0

    def _take(self, word: Word, payload: bytes) -> None:
        if word is Word.SETTINGS:
            self._policies = [PreparedPolicies(Settings.model_validate(orjson.loads(payload)))]
        elif word is Word.PREPARE:
            for policies in self._policies:
                policies.activate(policies.prepare(payload))
                policies.share()
            gc.unfreeze()
            gc.collect()
            gc.freeze()  # no collection in a worker writes to what it shares with the others

    def _next(self) -> tuple[Word, bytes, int] | None:
        """A message and its file descriptor (-1: none); None when the supervisor is gone."""
        try:
            head, handles, _, _ = socket.recv_fds(self._commands, HEAD.size, 1)
            if len(head) < HEAD.size:
                return None
            kind, length = HEAD.unpack(head)
            return Word(kind), receive(self._commands, length), handles[0] if handles else -1
        except (EOFError, OSError):
            return None

    def _say(self, word: Word, payload: bytes) -> None:
        with contextlib.suppress(OSError):  # seen when the next message is read
            self._commands.sendall(HEAD.pack(word, len(payload)) + payload)


def receive(connection: socket.socket, length: int) -> bytes:
    """Exactly ``length`` bytes. Raises EOFError or OSError."""
    parts: list[bytes] = []
    while length:
        part = connection.recv(min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _fork() -> int:
    """Make a process that is the supervisor's child, not ours; gives its id, and 0 in that process.

    It is the child of a child that ends at once, so it is left to the next ancestor that takes in orphans: the
    supervisor, which then learns of its death and of how it ended as of any child's.
    """
    out, into = os.pipe()
    between = os.fork()
    if between:
        os.close(into)
        with os.fdopen(out, "rb") as pids:
            told = pids.read()
        os.waitpid(between, 0)
        if len(told) != PID.size:
            raise OSError("no process can be made")
        return int(PID.unpack(told)[0])
    try:
        os.close(out)
        between, pid = os.getpid(), os.fork()
        if pid:
            os.write(into, PID.pack(pid))
            os._exit(0)
    except BaseException:  # noqa: BLE001 - two processes must never go on with one life
        os._exit(1)
    os.close(into)
    while os.getppid() == between:  # it must have been left before it asks to die with its parent
        time.sleep(0.0005)
    return 0


def name_process(name: str) -> None:
    """What ``ps`` and ``top`` show, where there is such a thing; at most 15 characters."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())


def main(arguments: list[str]) -> int:
    """``arguments``: file descriptors."""
    worker.die_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a terminal or systemd signals everyone; the supervisor answers
    name_process("wardgate-templ")
    guards()
    detectors()
    commands, rates, *listeners = map(int, arguments)
    return Template(socket.socket(fileno=commands), rates, listeners).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
