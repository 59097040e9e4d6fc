"""Remembers readings, so that a conversation costs only its new text. Never a verdict: policies and exceptions change.

An entry is known by a keyed digest of all that an answer may depend on, so no text is kept, and one tenant's texts
never answer for another's. The key is the process's own and lasts as long as it does.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b

from gateway.core.windows import Answer, Ask, Unread

Key = tuple[bytes, Hashable]


class Memory:
    """The last ``most`` answers that were asked for or given; 0: none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[Key, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def key(self, tenant: str, version: str, ask: Ask) -> Key:
        """What an answer to ``ask`` is known by: two asks have the same key when the same may be answered to both."""
        digest = blake2b(digest_size=20, key=self._secret)
        for part in (tenant, ask.detector, version, ask.role, ask.before, ask.run, ask.text):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data) + data)
        return digest.digest(), ask.params

    def get(self, key: Key) -> Answer:
        """What was answered; None when that is not known."""
        answer = self._known.get(key)
        if answer is not None:
            self._known.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Remember readings, and that a window cannot be read; a failure is nothing to be remembered."""
        if not self._most or answer in (None, Unread.ERROR, Unread.TIMEOUT):
            return
        self._known[key] = answer
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
