"""Runs NeMo Guardrails' own rails on texts, in a thread with an event loop of its own: the package blocks and patches.

What the package does beside judging is switched off before it is loaded: its usage reports and its logs, which hold the
texts. Only YAML and Colang files of a configuration are given to it, so no Python of its runs here. A model that does
not answer makes the package say "an internal error has occurred" in the text's place: that is a failure, not a verdict.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.api import register
from gateway.guards.nemo import NemoParams

_MISSING = "needs the package nemoguardrails, which is not installed | pip install 'wardgate[nemo]'"
_MOST_CONFIGURATIONS = 16
_FAILED = "internal error"
"""What the package puts in the place of a text when one of its actions raised."""


class Rails:
    """One configuration of the package each, made at its first text and kept."""

    name = "nemo"

    def __init__(self) -> None:
        try:
            self.version = f"nemoguardrails-{version('nemoguardrails')}"
        except PackageNotFoundError:
            self.version = "none"
        self._known: dict[tuple[object, ...], Any] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See ``gateway.detectors.api.RemoteDetector``; on the gateway's event loop it only waits."""
        loop = self._running()
        waiting = [asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._judged(ask), loop)) for ask in asks]
        return await asyncio.gather(*waiting)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                _quiet()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="nemo", daemon=True).start()
            return self._loop

    async def _judged(self, ask: Ask) -> Answer:
        params = ask.params
        if not isinstance(params, NemoParams):
            return None
        try:
            rails = self._rails(params)
            async with asyncio.timeout(params.timeout_s):
                return await _checked(rails, ask)
        except Exception:  # noqa: BLE001  # law 5: whatever the package raises is a failure; its words may hold the text
            return None

    def _rails(self, params: NemoParams) -> Any:
        known = self._known.get(params.config)
        if known is None:
            while len(self._known) >= _MOST_CONFIGURATIONS:
                del self._known[next(iter(self._known))]
            known = self._known[params.config] = _loaded(params)
        return known


async def _checked(rails: Any, ask: Ask) -> Answer:
    from nemoguardrails.rails.llm.options import RailStatus, RailType

    ours = ask.role == "assistant"
    wanted = RailType.OUTPUT if ours else RailType.INPUT
    if not getattr(rails.config.rails, wanted.value).flows:
        return ()  # the configuration has no rails for this side
    message = {"role": "assistant" if ours else "user", "content": ask.text}
    result = await rails.check_async([message], rail_types=[wanted])
    if result.status is RailStatus.PASSED:
        return ()
    if _FAILED in str(result.content):
        return None
    blocked = result.status is RailStatus.BLOCKED
    return (Reading(0, len(ask.text), 1.0 if blocked else 0.6, "BLOCKED" if blocked else "MODIFIED"),)


def _loaded(params: NemoParams) -> Any:
    """The package's rails of a configuration. Raises whatever the package does for one that it refuses."""
    from nemoguardrails import LLMRails, RailsConfig

    with tempfile.TemporaryDirectory(prefix="wardgate-nemo-") as folder:
        for each in params.config:
            (Path(folder) / Path(each.name).name).write_text(each.text, "utf-8")
        return LLMRails(RailsConfig.from_path(folder))


def _quiet() -> None:
    os.environ["NEMO_GUARDRAILS_NO_USAGE_STATS"] = "1"
    os.environ["DO_NOT_TRACK"] = "1"
    for name in ("nemoguardrails", "httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


def usable(params: Iterable[object] = ()) -> None:
    """Raises ``ValueError("what is wrong | cure")`` where the package is missing, or a configuration has no rails."""
    try:
        version("nemoguardrails")
    except PackageNotFoundError:
        raise ValueError(_MISSING) from None
    for each in params:
        if isinstance(each, NemoParams) and not any(_has_rails(file.name, file.text) for file in each.config):
            raise ValueError("the configuration has no input or output rails | add `rails: {input: {flows: […]}}`")


def _has_rails(name: str, text: str) -> bool:
    if not name.lower().endswith((".yml", ".yaml")):
        return False
    try:
        rails = (yaml.safe_load(text) or {})["rails"]
        return any((rails.get(side) or {}).get("flows") for side in ("input", "output"))
    except yaml.YAMLError:
        raise ValueError(f"'{name}' of the configuration is no YAML | correct it") from None
    except (KeyError, TypeError, AttributeError):
        return False


register(Rails(), check=usable)
