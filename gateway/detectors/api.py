"""What the flow knows of a detector, and the registry: a detector is one file in this package that registers itself.

A detector reads windows of text and says what it sees (``gateway.core.windows.Reading``); what follows from that is the
guard's and the policy's business. It is asked in worker processes only, after they were forked: whatever is heavy or
makes threads (a model's session, a client) is loaded by its first ``read``, never when its file is imported.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol, TypeGuard

from gateway.core.windows import Answer, Ask


class Detector(Protocol):
    """Computes: ``read`` runs in threads, several at once, and may take its time there.

    ``name``: what guards ask for. ``version``: another one whenever an answer may differ; remembered answers go by it.
    """

    name: str
    version: str

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """One answer for each of ``asks``, in their order; a window's must not depend on the others.

        ``None`` for one that it failed at, ``UNSCANNABLE`` for one that it cannot read. Whatever it raises is an
        error for all of ``asks``.
        """


class RemoteDetector(Protocol):
    """Asks somebody over the network: ``read`` runs on the event loop, and is cancelled when its time is up."""

    name: str
    version: str

    async def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See ``Detector.read``."""


AnyDetector = Detector | RemoteDetector
Check = Callable[[Iterable[object]], None]
Share = Callable[[], object]
_REGISTRY: dict[str, tuple[AnyDetector, Check]] = {}
_SHARED: dict[str, Share] = {}


def _usable(_: Iterable[object]) -> None:
    """Nothing to check."""


def _alone() -> None:
    """Nothing to share."""


def register(detector: AnyDetector, *, check: Check = _usable, share: Share = _alone) -> None:
    """Make ``detector`` known under its name. Raises ``ValueError`` when that is taken by another kind of detector.

    ``check``: given the parameters of all rules that need it, raises ``ValueError("what is wrong | cure")`` where it
    could not work: an extra that is not installed, weights that are missing. It is asked when a policy is loaded, in
    the supervisor, so it must not load the model itself. ``share`` loads what all workers can have in common; it is
    called before they are forked, so it must not begin a thread.
    """
    known = _REGISTRY.get(detector.name)
    if known is not None and _kind(known[0]) != _kind(detector):
        raise ValueError(f"detector {detector.name!r} is registered twice")
    _REGISTRY[detector.name] = detector, check
    _SHARED[detector.name] = share


def _kind(detector: AnyDetector) -> str:
    """The same for a file that is imported again."""
    return f"{type(detector).__module__}.{type(detector).__qualname__}"


def detectors() -> Mapping[str, AnyDetector]:
    """All detectors in ``gateway.detectors``, by name; none of them has loaded anything heavy."""
    _import_all()
    return {name: detector for name, (detector, _) in _REGISTRY.items()}


@cache
def _import_all() -> None:
    package = importlib.import_module("gateway.detectors")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"gateway.detectors.{module.name}")


def check(name: str, params: Iterable[object]) -> None:
    """Raises ``ValueError("what is wrong | cure")`` when detector ``name`` cannot serve rules with ``params`` here."""
    known = detectors()
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ValueError(f"needs the detector '{name}', which is not there | known: {names}")
    _REGISTRY[name][1](params)


def share(name: str) -> None:
    """Load what workers can have in common of detector ``name``: memory, and time at their start."""
    detectors()
    _SHARED.get(name, _alone)()


def is_remote(detector: AnyDetector) -> TypeGuard[RemoteDetector]:
    """Whether it waits for the network instead of computing."""
    return inspect.iscoroutinefunction(detector.read)
