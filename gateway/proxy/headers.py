"""Heads of the messages that leave: built from allow-lists, so nothing a caller or an upstream says gets through.

No header of a request is ever forwarded and only two of an upstream's are read back, which closes
header injection, Host confusion and cookie leaks by construction (CVE-2026-49468, CVE-2026-75871).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from gateway.core.types import Decision, State, Verdict

_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_STATUS_LINES: Final = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}
JSON: Final = b"content-type: application/json\r\n"
EVENTS: Final = (
    b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"
)
MAX_RULES: Final = 20
"""Rule ids named in a header; the audit record has all of them."""


class _Date:
    """The ``date`` line, rendered once a second because formatting it costs more than the rest of the head."""

    __slots__ = ("line", "second")

    def __init__(self) -> None:
        self.second, self.line = -1, b""

    def at(self, now: float) -> bytes:
        second = int(now)
        if second != self.second:
            self.second, self.line = second, f"date: {formatdate(second, usegmt=True)}\r\n".encode()
        return self.line


_date = _Date()


def line(name: str, value: str) -> bytes:
    """One header line. Raises ValueError on anything but printable ASCII: CR, LF and NUL split responses."""
    if not _PRINTABLE.fullmatch(value) or not _PRINTABLE.fullmatch(name):
        raise ValueError("a header may hold printable ASCII only")
    return f"{name}: {value}\r\n".encode("ascii")


def lines(pairs: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(line(name, value) for name, value in pairs)


def status_line(status: int, now: float) -> bytes:
    """Status and date lines; ``now`` in seconds since the epoch."""
    known = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} Unknown\r\n".encode()
    return known + _date.at(now)


def decision_word(*verdicts: Verdict) -> str:
    """``block``, ``edit`` or ``allow``: the strongest thing that any stage did."""
    word = "allow"
    for verdict in verdicts:
        if verdict.decision is Decision.BLOCK:
            return "block"
        if verdict.edits or (verdict.findings and any(each.state is State.EDITED for each in verdict.states)):
            word = "edit"
    return word


def rule_ids(*verdicts: Verdict) -> str:
    """Ids of the rules that blocked or found something, in order, without repeats."""
    seen: dict[str, None] = {}
    for verdict in verdicts:
        if not verdict.rules and not verdict.findings:
            continue
        seen.update(dict.fromkeys(verdict.rules))
        seen.update((finding.rule, None) for finding in verdict.findings)
    if not seen:
        return ""
    return ",".join(re.sub(r"[^\x21-\x2b\x2d-\x7e]", "_", rule) for rule in list(seen)[:MAX_RULES])


def decided(decision_id: str, policy: str, *verdicts: Verdict) -> bytes:
    """The lines that say which decision was made, by which ``policy`` (name@revision) and which rules."""
    head = b"x-request-id: %b\r\nx-wardgate-policy: %b\r\nx-wardgate-decision: %b\r\n" % (
        decision_id.encode(), policy.encode("ascii", "replace"), decision_word(*verdicts).encode(),
    )  # fmt: skip
    rules = rule_ids(*verdicts)
    return head + line("x-wardgate-rules", rules) if rules else head
