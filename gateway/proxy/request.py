"""One HTTP request as the data port reads it, strict where parsers are known to disagree.

Two headers of a kind that may occur once, or a body in a coding that we would have to undo, are how
requests are smuggled past a guard; both are refused here, before anything is judged.
"""

from __future__ import annotations

from typing import Final

from gateway.errors import ApiError, BadRequest, TooLarge, UnsupportedMedia
from gateway.proxy.auth import Caller
from gateway.proxy.limits import Bounds
from gateway.wire.api import OPENAI, ErrorShape

_ONCE: Final = frozenset(
    {b"host", b"content-length", b"content-type", b"content-encoding", b"transfer-encoding", b"authorization",
     b"x-api-key", b"expect", b"connection"}
)  # fmt: skip


class Request:
    """A request while it arrives and while it is served. Header names are lower case."""

    __slots__ = ("arrived", "body", "caller", "close", "error", "errors", "head_size", "headers", "method", "parts",
                 "size", "started", "target", "version")  # fmt: skip

    def __init__(self) -> None:
        self.arrived = 0
        """Bytes read while the head was not complete."""
        self.method = b""
        self.target = b""
        self.version = "1.1"
        self.headers: dict[bytes, bytes] = {}
        self.head_size = 0
        self.parts: list[bytes] = []
        self.size = 0
        self.body = b""
        self.caller: Caller | None = None
        """Set once the key was found good."""
        self.close = False
        """The connection ends with this request."""
        self.error: ApiError | None = None
        """Why the request is refused; its body is read but not kept."""
        self.errors: ErrorShape = OPENAI
        """How its route writes errors; OpenAI's way until the route is known."""
        self.started = 0.0
        """When its last byte had come: seconds, monotonic."""

    def add_target(self, part: bytes, bounds: Bounds) -> None:
        self.target += part
        self._grow(len(part), bounds)

    def add_header(self, name: bytes, value: bytes, bounds: Bounds) -> None:
        """Keeps a header. Raises BadRequest when a header that may occur once is repeated."""
        name = name.lower()
        self._grow(len(name) + len(value) + 4, bounds)
        if name in self.headers and name in _ONCE:
            raise BadRequest("A header that may occur only once was sent twice.")
        self.headers[name] = value
        if len(self.headers) > bounds.max_headers:
            raise TooLarge("The request has too many headers.")

    def _grow(self, size: int, bounds: Bounds) -> None:
        self.head_size += size
        if self.head_size > bounds.max_head:
            raise TooLarge("The request's head is too large.")

    def check_head(self, bounds: Bounds) -> None:
        """What can be refused before the body arrives. Raises ApiError."""
        headers = self.headers
        if b"host" not in headers and self.version == "1.1":
            raise BadRequest("The Host header is missing.")
        if b"content-length" in headers and b"transfer-encoding" in headers:
            raise BadRequest("Send either Content-Length or Transfer-Encoding, not both.")
        coding = headers.get(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != b"chunked":
            raise BadRequest("The only transfer coding understood is 'chunked'.")
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise UnsupportedMedia("Send the body without a content encoding.")
        length = headers.get(b"content-length")
        if length is not None and (not length.isdigit() or int(length[:20]) > bounds.max_body):
            raise TooLarge(f"The body may hold at most {bounds.max_body} bytes.")

    def add_body(self, part: bytes, bounds: Bounds) -> None:
        self.size += len(part)
        if self.size > bounds.max_body:
            raise TooLarge(f"The body may hold at most {bounds.max_body} bytes.")
        if self.error is None:
            self.parts.append(part)

    def seal(self) -> None:
        self.body = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts = []
