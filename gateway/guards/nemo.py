"""Runs the input and output rails of a NeMo Guardrails configuration as a rule, for those who have one already.

The ``nemo`` detector (``gateway.detectors.nemo``) runs the package itself, in a thread of its own; here is what a
policy says of it. Python files of a configuration are never run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.policy import SourceFile
from gateway.core.types import Finding
from gateway.core.view import View

_KNOWN = (".yml", ".yaml", ".co")


@dataclass(frozen=True, slots=True)
class NemoParams:
    """``config``: globs of the configuration's files, ``*.yml`` and ``*.co``.

    ``timeout_s``: what the rails may take for one passage, in seconds. Texts of the assistant run the output rails,
    all others the input rails. Raises ``ValueError`` for a time that cannot be meant.
    """

    config: tuple[SourceFile, ...] = ()
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.timeout_s <= 300:
            raise ValueError("timeout_s must be more than 0 and at most 300 seconds")


def _patterns(params: NemoParams) -> tuple[Pattern, ...]:
    if not params.config:
        raise ValueError("has no configuration | add `config: [\"rails/*\"]`")
    for each in params.config:
        if not each.name.lower().endswith(_KNOWN):
            raise ValueError(f"'{each.name}' is no part of a configuration | give *.yml and *.co files only")
    if not any(each.name.lower().endswith((".yml", ".yaml")) for each in params.config):
        raise ValueError("the configuration has no *.yml file | add its config.yml")
    return ()


@guard("nemo", patterns=_patterns, params=NemoParams, decode=False, detector="nemo", entities=("BLOCKED", "MODIFIED"))
def find_stopped(view: View, params: NemoParams) -> Iterator[Finding]:
    """BLOCKED where a rail stops the text, MODIFIED (score 0.6) where one would change it."""
    return iter(())
