"""A worker's policies: the sets that were prepared and the one that is active; the supervisor decides."""

from __future__ import annotations

import pickle
from pathlib import Path

from gateway.config.settings import Settings
from gateway.core.engine import Plan
from gateway.core.guard import guards
from gateway.core.policy import PolicySet
from gateway.core.windows import Ask
from gateway.detectors.loading import first_asks, share_detectors
from gateway.errors import PolicyError
from gateway.proxy.plans import Unforeseen
from gateway.supervisor.compiled import Compiled
from gateway.supervisor.database_cache import DiskCache

CACHE = Path(".wardgate/cache")
SHIPPED = Path(__file__).resolve().parents[2] / "policies"


def served_models(settings: Settings) -> tuple[str, ...]:
    """The model names that callers may use, and none: a check need not name one."""
    return (*(each.name for each in settings.served), "")


def served_keys(settings: Settings) -> tuple[str, ...]:
    """The names of the keys that callers may have."""
    return tuple(each.name for each in settings.keys) or ("anonymous",)


class PreparedPolicies:
    """The policies of one worker; ``at_hand`` judges by the active set."""

    def __init__(self, settings: Settings) -> None:
        self._models, self._keys = served_models(settings), served_keys(settings)
        self._cache = DiskCache(CACHE)
        self._prepared: dict[str, Compiled] = {}
        self._active: Compiled | None = None

    @property
    def revision(self) -> str:
        return self._active.found.revision if self._active else ""

    def prepare(self, pickled: bytes) -> str:
        """Compile a set of the supervisor's, on any thread; databases that it has compiled come from the disk."""
        found: PolicySet = pickle.loads(pickled)  # noqa: S301  # our own supervisor's, over a pipe that only it holds
        compiled = Compiled(found, guards(), self._cache)
        compiled.prepare(self._models, self._keys)
        self._prepared[found.revision] = compiled
        return found.revision

    def first_asks(self, revision: str) -> list[Ask]:
        """What detectors must have answered before the prepared ``revision`` judges."""
        return first_asks(self._prepared[revision].found, guards())

    def activate(self, revision: str) -> None:
        """Judge from now on with a prepared set; those that were prepared besides it are forgotten."""
        self._active = self._prepared.pop(revision)
        self._prepared.clear()

    def share(self) -> None:
        """Load what workers have in common of the active set's detectors; for the process that they are forked from."""
        if self._active is not None:
            share_detectors(self._active.found, guards())

    def forget(self, revision: str) -> None:
        self._prepared.pop(revision, None)

    def at_hand(self, model: str, key: str) -> Plan | Unforeseen:
        if self._active is None:
            raise PolicyError("no policy set is active", cure="the supervisor activates one before it lets serve")
        return self._active.at_hand(model, key)
