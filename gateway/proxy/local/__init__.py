"""The routes that the gateway answers itself: one file each, and this table."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.proxy.local import checks, feedback, moderations
from gateway.proxy.local.route import Local

LOCAL: Mapping[bytes, Local] = {each.route: each for each in (
    Local("checks", b"/v1/checks", "checks", checks.answer),
    Local("moderations", b"/v1/moderations", "checks", moderations.answer),
    Local("feedback", b"/v1/feedback", "feedback", feedback.answer),
)}  # fmt: skip
"""By route."""

__all__ = ["LOCAL", "Local"]
