"""Reads how much a window looks like abuse, hate, a threat or a stereotype."""

from __future__ import annotations

from gateway.detectors.api import register
from gateway.detectors.encoder import SHIPPED
from gateway.detectors.scored import HeadDetector

ENOUGH = {"toxicity": 0.7}
"""What a gloss must score to be a finding at ``balanced``; ``python -m benchmarks.glosses --levels`` derives it."""

register(HeadDetector("toxicity", lambda _: "toxicity", ENOUGH), check=SHIPPED.check, share=SHIPPED.share)
