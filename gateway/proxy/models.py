"""Which names callers may ask for and where each is served; an upstream comes from here and nowhere else.

No header, body field or policy can change scheme, host, port or path of a model server (CVE-2024-6587).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from gateway.proxy.auth import Caller, unknown_model
from gateway.proxy.call import Call
from gateway.proxy.upstream import Target

_MAX_REMEMBERED = 4096


class ModelServer(Protocol):
    """Where questions go: ``Upstream`` (direct), or ``LitellmUpstream`` (a server of another API)."""

    target: Target

    def check(self, api: str, body: dict[str, Any]) -> None: ...
    async def post(self, path: str, body: bytes, request_id: str) -> Call: ...
    async def get(self, path: str, request_id: str) -> Call: ...
    def sweep(self, now: float) -> None: ...
    @property
    def live(self) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of ``models:`` in the settings. ``name`` may hold shell wildcards."""

    name: str
    upstream: ModelServer
    upstream_model: str = ""
    """What the model server calls it; empty: the caller's name is passed on."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where one request goes. ``name`` is what policies match; ``label`` comes from the settings."""

    name: str
    label: str
    upstream: ModelServer
    upstream_model: str | None


class Models:
    """The table of ``models:``; the first entry that matches wins, exact names before wildcards."""

    __slots__ = ("_exact", "_found", "_globs", "upstreams")

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._exact = {entry.name: entry for entry in reversed(entries) if "*" not in entry.name}
        self._globs = tuple(entry for entry in entries if "*" in entry.name)
        self._found: dict[str, Route] = {}
        self.upstreams: tuple[ModelServer, ...] = tuple(dict.fromkeys(entry.upstream for entry in entries))

    def route(self, model: str, caller: Caller) -> Route:
        """Raises NotFound for a name that is not served and Forbidden for one the key may not use."""
        route = self._found.get(model)
        if route is None:
            route = self._look_up(model)
            if len(self._found) < _MAX_REMEMBERED:
                self._found[model] = route
        caller.require(model)
        return route

    def _look_up(self, model: str) -> Route:
        entry = self._exact.get(model) or next((e for e in self._globs if fnmatchcase(model, e.name)), None)
        if entry is None:
            raise unknown_model()
        return Route(model, entry.name, entry.upstream, entry.upstream_model or None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that can be listed without asking a model server."""
        return tuple(self._exact)

    @property
    def open(self) -> tuple[Entry, ...]:
        """Entries with wildcards: what they serve is known to their model servers only."""
        return self._globs
