"""Who is asking: API keys, hashed at rest, looked up by their whole digest.

A digest is compared in constant time, and a lookup never uses a prefix of a key or of a digest
(CVE-2026-35030 was a cache keyed by the first characters of a token).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from gateway.core.types import Explain
from gateway.errors import Forbidden, NotFound, Unauthorized

PREFIX: Final = "sha256:"
_DEFAULT_PEPPER: Final = b"wardgate"
_BLOCK: Final = 64
_INNER, _OUTER = bytes(each ^ 0x36 for each in range(256)), bytes(each ^ 0x5C for each in range(256))
"""RFC 2104: the block of the hash, and what each byte of the key becomes at its two beginnings."""
_NO_KEY: Final = "Send your API key as 'Authorization: Bearer …' or as 'x-api-key: …'."
_TWO_KEYS: Final = "The Authorization and x-api-key headers hold two different keys: send one of them."
_BAD_KEY: Final = "The API key is not known or was revoked."


@dataclass(frozen=True, slots=True)
class Caller:
    """What a key stands for."""

    name: str
    tenant: str = "default"
    models: tuple[str, ...] = ("*",)
    """Model names (shell wildcards) that the key may ask for."""
    rpm: int = 0
    """Requests per minute; 0: unlimited."""
    explain: Explain = "states"
    """The most that it may ask to be told of a decision."""

    def may_use(self, model: str) -> bool:
        return any(pattern == "*" or fnmatchcase(model, pattern) for pattern in self.models)

    def require(self, model: str) -> None:
        """Raises Forbidden without naming the model: a caller's text stays out of messages."""
        if not self.may_use(model):
            raise Forbidden("This API key may not use the requested model.", param="model")


ANYONE: Final = Caller("anonymous")


def hash_key(key: str, pepper: bytes = b"") -> str:
    """``sha256:`` and the hex HMAC-SHA-256 of a key under ``pepper``: the form that may rest in a file."""
    return PREFIX + hmac.digest(pepper or _DEFAULT_PEPPER, key.encode(), "sha256").hex()


class _Mac:
    """HMAC-SHA-256 under one key, whose two beginnings are worked out once: a third of what ``hmac.digest`` takes."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def new_key() -> str:
    """A fresh key with 256 random bits."""
    return "wg-" + secrets.token_urlsafe(32)


class Keys:
    """The known keys. ``callers``: (hash as ``hash_key`` writes it, caller). Without any, everyone is ``anyone``."""

    __slots__ = ("_anyone", "_by_digest", "_mac")

    def __init__(
        self, callers: tuple[tuple[str, Caller], ...], pepper: bytes = b"", *, anyone: Caller = ANYONE
    ) -> None:
        self._mac, self._anyone = _Mac(pepper or _DEFAULT_PEPPER), anyone
        self._by_digest: dict[bytes, tuple[bytes, Caller]] = {}
        for digest, caller in callers:
            raw = bytes.fromhex(digest.removeprefix(PREFIX))
            self._by_digest[raw] = (raw, caller)

    @property
    def open(self) -> bool:
        return not self._by_digest

    def authenticate(self, authorization: bytes | None, api_key: bytes | None = None) -> Caller:
        """The caller behind an ``Authorization`` or (Anthropic) an ``x-api-key`` value. Raises Unauthorized."""
        if not self._by_digest:
            return self._anyone
        if authorization is None and api_key is not None:
            key = api_key.strip()
        elif authorization is None or authorization[:7].lower() != b"bearer ":
            raise Unauthorized(_NO_KEY, headers={"www-authenticate": "Bearer"})
        else:
            key = authorization[7:].strip()
            if api_key is not None and not hmac.compare_digest(api_key.strip(), key):
                raise Unauthorized(_TWO_KEYS, headers={"www-authenticate": "Bearer"})
        digest = self._mac.digest(key)
        stored, caller = self._by_digest.get(digest, (b"\0" * 32, ANYONE))
        if not hmac.compare_digest(digest, stored):
            raise Unauthorized(_BAD_KEY, headers={"www-authenticate": "Bearer"})
        return caller


def unknown_model() -> NotFound:
    error = NotFound("The requested model does not exist. GET /v1/models lists those that do.", param="model")
    error.detail = {"reason": "model_not_found"}
    return error
