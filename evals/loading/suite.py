"""What a suite is once it is loaded: samples with what to ask, what to compare with and what they share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.metrics.registry import Metric, Row, Tables

DIRECT, GATEWAY, LOCAL = "direct", "gateway", "local"
KINDS = (DIRECT, GATEWAY, LOCAL)
"""Kinds of target: a model on its own, a model behind a gateway, and no model at all (a retriever of our own)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to ask. ``cluster``: what it shares with others (a fact, a secret, a document); its own id if nothing.

    ``endpoint``: ``chat/completions``, ``completions`` or ``search``; ``body``: the request without the model's name.
    """

    id: str
    cluster: str
    row: Row
    reference: Row
    slices: tuple[tuple[str, str], ...]
    endpoint: str
    body: Mapping[str, Any]
    asked: str


@dataclass(frozen=True, slots=True)
class Suite:
    """A loaded suite. ``main`` is the metric that stands for it in summaries and picks the worst samples.

    ``documents`` is the path, with wildcards, of what a ``search`` looks through.
    """

    name: str
    version: str
    about: str
    on: tuple[str, ...]
    samples: tuple[Sample, ...]
    metrics: tuple[Metric, ...]
    tables: Tables = field(default_factory=dict)
    file: str = ""
    documents: str = ""

    @property
    def main(self) -> Metric:
        return self.metrics[0]

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits over everything that is asked and compared with; metrics may come and go."""
        seen = hashlib.sha256()
        for sample in self.samples:
            seen.update(canonical([sample.id, sample.cluster, sample.endpoint, sample.body, sample.reference,
                                   sample.slices]))
        seen.update(canonical([self.name, self.version, self.tables]))
        return seen.hexdigest()[:12]

    @property
    def edition(self) -> str:
        """Version and fingerprint. Numbers of two editions are not compared, even where the version was forgotten."""
        return f"{self.version}@{self.fingerprint}"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys: the same bytes for the same value on every machine."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
