"""Finds abuse, hate, threats and stereotypes, by what the encoder reads in every window.

There are no patterns: a word that is an insult here is a quotation, a complaint or a name there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.core.guard import NoParams, guard
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.core.windows import Ask, Reading, Readings


def _take(_: Ask, readings: Readings) -> Iterator[Reading]:
    for each in readings:
        yield replace(each, entity="TOXICITY")


@guard("toxicity", detector="toxicity", take=_take, entities=("TOXICITY",))
def find_toxicity(view: View, params: NoParams) -> Iterator[Finding]:
    """Findings cover whole windows; all come from the detector."""
    yield from ()
