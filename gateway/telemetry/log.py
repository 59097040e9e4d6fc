"""Structured logs on stderr: one JSON object a line, fields from an allow-list, no caller's text at any level.

Other libraries' records pass through the same door: their messages may hold a URL or a header, so only the
logger's name, the level and an exception's type and place are kept.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any, TextIO

FIELDS = frozenset({
    "address", "port", "name", "revision", "policies", "model", "upstream", "seconds", "count", "signal", "file",
    "line", "field", "cure", "reason", "version", "pid", "requests", "worker",
})  # fmt: skip
"""What a log line may carry besides its event; operators' configuration and numbers, never a request's content."""
_ATTRIBUTE = "wardgate"
_MAX_PLACES = 8


class Log:
    """``log.info("listening", address=…)``; a field that is not in ``FIELDS`` is a bug and raises."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def _emit(self, level: int, event: str, error: BaseException | None, fields: dict[str, Any]) -> None:
        unknown = set(fields) - FIELDS
        if unknown:
            raise ValueError(f"log fields must be on the allow-list, not {sorted(unknown)}")
        if self._logger.isEnabledFor(level):
            info = (type(error), error, error.__traceback__) if error is not None else None
            self._logger.log(level, event, exc_info=info, extra={_ATTRIBUTE: fields})

    def debug(self, event: str, **fields: Any) -> None:
        self._emit(logging.DEBUG, event, None, fields)

    def info(self, event: str, **fields: Any) -> None:
        self._emit(logging.INFO, event, None, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._emit(logging.WARNING, event, None, fields)

    def error(self, event: str, *, error: BaseException | None = None, **fields: Any) -> None:
        self._emit(logging.ERROR, event, error, fields)


log = Log("wardgate")


class Formatter(logging.Formatter):
    """Renders our own records in full and everyone else's without their message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"time": round(record.created, 3), "level": record.levelname.lower()}
        fields = getattr(record, _ATTRIBUTE, None)
        if isinstance(fields, dict):
            line |= {"event": record.msg, **fields}
        else:
            line |= {"event": "library", "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = [
                f"{place.filename.rsplit('/', 1)[-1]}:{place.lineno}"
                for place in traceback.extract_tb(record.exc_info[2])[-_MAX_PLACES:]
            ]
        return json.dumps(line, default=str)


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every logger of the process through ``Formatter``."""
    output = logging.StreamHandler(stream or sys.stderr)
    output.setFormatter(Formatter())
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level.upper())
