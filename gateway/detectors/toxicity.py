"""Reads how much a window looks like abuse, hate, a threat or a stereotype."""

from __future__ import annotations

from gateway.detectors.api import register
from gateway.detectors.encoder import SHIPPED
from gateway.detectors.scored import HeadDetector

register(HeadDetector("toxicity", lambda _: "toxicity"), check=SHIPPED.check, share=SHIPPED.share)
