"""Holds the active policies: compiled as a whole, swapped in one step, the last good set kept whatever happens.

Files are watched by content, because operators' editors, Kubernetes' ``..data`` swaps and copies all change them
in different ways. A change counts once it was the same for two looks, so half-written files are not read.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.config.policy_file import load_policies, policy_files
from gateway.config.yaml_lines import MAX_BYTES
from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import Policy, PolicySet
from gateway.core.scanner import DatabaseCache
from gateway.detectors.loading import check_detectors, decided
from gateway.errors import PolicyError
from gateway.proxy.plans import Unforeseen
from gateway.supervisor.compiled import Compiled

Result = Literal["activated", "unchanged", "refused"]
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Reload:
    """What came of a reload. ``errors`` name file, line and cure, for the operator's log."""

    result: Result
    revision: str
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


class ActivePolicies:
    """The policies of ``path`` (a directory, or one file), for callers who may name ``models`` with ``keys``.

    ``on_reload`` is told of every reload that activated or refused something, and of one that found the active
    set again after a refusal; on the thread that reloaded. ``spread``, if given, activates a set that was compiled
    here in all workers, or raises PolicyError and leaves every one of them with the set it has; on that thread too.
    """

    def __init__(
        self, path: Path, *, models: Iterable[str] = ("*",), keys: Iterable[str] = ("*",),
        cache: DatabaseCache | None = None, on_reload: Callable[[Reload], None] = lambda _: None,
        spread: Callable[[PolicySet], None] = lambda _: None,
    ) -> None:
        self.path = path
        self._models, self._keys = tuple(models), tuple(keys)
        self._cache, self._on_reload, self._spread = cache, on_reload, spread
        self._active: Compiled | None = None
        self._looked = ""  # what the last load saw on disk, good or bad
        self._failing = False
        self._lock = threading.Lock()
        self._wake: asyncio.Event | None = None

    @property
    def revision(self) -> str:
        """The active revision; empty before the first ``load``."""
        return self._active.found.revision if self._active else ""

    @property
    def found(self) -> PolicySet:
        """The active set. Raises PolicyError before the first ``load``."""
        return self._compiled().found

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The active policies."""
        return self._active.found.policies if self._active else ()

    def at_hand(self, model: str, key: str) -> Plan | Unforeseen:
        """The plan that judges requests for ``model`` by the key named ``key``, or, where nobody foresaw that, what
        compiles it. Raises PolicyError before ``load``."""
        return self._compiled().at_hand(model, key)

    def _compiled(self) -> Compiled:
        if self._active is None:
            raise PolicyError("no policy set is active", cure="call load() first")
        return self._active

    def load(self) -> Reload:
        """The first load: raises PolicyErrors, as there is no last good set to fall back on."""
        with self._lock:
            return self._activate()

    def reload(self) -> Reload:
        """Read, check and compile everything, then switch; on any mistake the active set stays. Never raises."""
        with self._lock:
            try:
                outcome = self._activate()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the last good set goes on serving
                problems = [str(each) for each in getattr(error, "errors", ())]
                problems = problems or [str(error) if isinstance(error, PolicyError) else type(error).__name__]
                outcome = Reload("refused", self.revision, errors=tuple(problems))
        if outcome.result != "unchanged" or self._failing:
            self._on_reload(outcome)
        self._failing = outcome.result == "refused"
        return outcome

    async def reload_soon(self) -> Reload:
        """``reload`` on another thread: compiling takes seconds and the event loop goes on serving."""
        return await asyncio.to_thread(self.reload)

    def wake(self) -> None:
        """Reload now (SIGHUP): safe in a signal handler of the loop that runs ``watch``."""
        if self._wake is not None:
            self._wake.set()

    async def watch(self, interval: float = POLL_SECONDS) -> None:
        """Reload whenever the files change; runs until cancelled."""
        self._wake = asyncio.Event()
        before = self._looked
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), interval)
            except TimeoutError:
                seen = await asyncio.to_thread(self.signature)
                if seen == before and seen != self._looked:
                    await self.reload_soon()
                before = seen
            else:
                self._wake.clear()
                await self.reload_soon()

    def signature(self) -> str:
        """A hash of all that the set is read from: policy files by content, documents by their file status."""
        documents = [Path(name) for name in (self._active.found.files if self._active else ())]
        digest = hashlib.sha256(self._own_signature())
        for path in sorted({*documents, *(each.parent for each in documents)} - {self.path}):
            digest.update(f"\0{path}\0{_status(path)}".encode())
        return digest.hexdigest()

    def _own_signature(self) -> bytes:
        """A hash of the policy files' names and contents."""
        digest = hashlib.sha256()
        try:
            for path in policy_files(self.path) if self.path.is_dir() else (self.path,):
                digest.update(f"\0{path}\0".encode())
                digest.update(_content(path))
        except PolicyError as error:
            digest.update(error.message.encode())
        return digest.digest()

    def _activate(self) -> Reload:
        """Load and compile; swap by one assignment. Runs under the lock."""
        started = time.perf_counter()
        self._looked, before = self.signature(), self._own_signature()
        found = decided(load_policies(self.path), guards())
        if self._active is not None and found.revision == self._active.found.revision:
            self._active.found = found
            self._settle(before)
            return Reload("unchanged", found.revision, warnings=found.warnings)
        check_detectors(found, guards())
        active = Compiled(found, guards(), self._cache)
        active.prepare(self._models, self._keys)
        if self._active is not None:  # the first set is what workers begin with
            self._spread(found)
        self._active = active
        self._settle(before)
        return Reload("activated", found.revision, tuple(each.name for each in found.policies),
                      warnings=found.warnings, seconds=time.perf_counter() - started)

    def _settle(self, before: bytes) -> None:
        """Remember what was loaded; when a file changed meanwhile nothing is, so that it is looked at again."""
        self._looked = self.signature() if self._own_signature() == before else ""


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return f"unreadable: {error.errno}".encode()


def _status(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as error:
        return f"unreadable: {error.errno}"
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
