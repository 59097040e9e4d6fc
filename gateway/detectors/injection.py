"""Reads how much a window looks like an attempt to take over the assistant; who wrote it decides what counts as one.

What a user may ask of an assistant, a document may not: "recommend a good book" is an attack inside an e-mail.
"""

from __future__ import annotations

from gateway.core.types import Role
from gateway.detectors.api import register
from gateway.detectors.encoder import SHIPPED
from gateway.detectors.encoder_input import OUTSIDE, TYPES
from gateway.detectors.scored import HeadDetector


def head(role: Role) -> str:
    """The encoder's head for texts by ``role``."""
    return "injection_outside" if TYPES[role] >= OUTSIDE else "injection_user"


ENOUGH = {"injection_user": 0.9, "injection_outside": 0.5}
"""What a gloss must score to be a finding at ``balanced``; ``python -m benchmarks.glosses --levels`` derives it."""

register(HeadDetector("injection", head, ENOUGH), check=SHIPPED.check, share=SHIPPED.share)
