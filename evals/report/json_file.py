"""The report as JSON, for scripts and for later runs."""

from __future__ import annotations

import json

from evals.statistics.results import Report, to_json


def render(report: Report) -> str:
    """Indented JSON with a newline at its end; what has no value is null."""
    return json.dumps(to_json(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
