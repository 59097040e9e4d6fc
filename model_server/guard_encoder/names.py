"""What the encoder's heads are called, in the order of its outputs; apart, so that no torch is needed to know it."""

from __future__ import annotations

TAGS = ("O", "PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "ZIP_CODE", "DATE_OF_BIRTH", "DATE_TIME", "NRP", "AGE",
        "TITLE")
SCORES = ("injection_user", "injection_outside", "toxicity")
