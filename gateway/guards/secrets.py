"""Finds credentials: tokens that announce their issuer, private keys, passwords in URLs and in assignments.

What stands where a secret would stand is mostly no secret ("changeme", "<your-key>", "${TOKEN}"), so a value
counts only when it could have been drawn at random.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, pattern
from gateway.core.text import canonical
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.guards.secrets_tokens import ENTITIES as TOKEN_ENTITIES
from gateway.guards.secrets_tokens import TOKENS

_KEY_BODY = r"[A-Za-z0-9+/=\r\n\\]"
PRIVATE_KEY = pattern(
    r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s{1,3}[A-Za-z-]{2,16}: [A-Za-z0-9,. -]{1,64}){0,3}\s{0,4}"
    rf"{_KEY_BODY}{{24,1000}}" + rf"{_KEY_BODY}{{0,1000}}" * 4
    + r"(?:-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?",
    trigger=r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY",
)
JWT = pattern(
    r"\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{5,1000}[A-Za-z0-9_-]{0,1000}\.[A-Za-z0-9_-]{16,1000}",
    trigger=r"\beyJ[A-Za-z0-9_-]{8}",
)
URL_PASSWORD = pattern(
    r"\b[A-Za-z][A-Za-z0-9+]{1,20}://[^\s:/@\"'<>]{0,64}:[^\s/@\"'<>]{1,128}@[A-Za-z0-9\[]",
    trigger=r"://[^\s:/@\"'<>]{0,64}:[^\s/@\"'<>]{1,128}@",
)
ASSIGNMENT = pattern(
    r"(?:passw(?:or)?d|passphrase|passwort|pwd|secret|token|(?:api|access|auth|private|encryption|master)"
    r"[_-]?key|credentials?|client[_-]?secret)"
    r"(?:[_-](?:key|id|value|default|prod|production|dev|hash|base64)){0,2}[\"']?[ \t]{0,3}(?::=|=>|={1,2}|:)"
    r"[ \t]{0,3}[\"'`]?[^\s\"'`,;<>]{6,128}[\"'`]?",
    ignore_case=True,
)
SPOKEN = pattern(
    r"\b(?:password|passphrase|passcode|passwort|pwd) (?:is|was|ist)(?: now)?:? {1,2}[\"'`]?[^\s\"'`<>]{6,128}[\"'`]?",
    ignore_case=True,
)
_LINK = "is|are|was|for|in|of|the|our|prod|production|staging|dev|test|here|this|value|now|below|it|rotate|id|api"
DRAWN = pattern(
    rf"\b(?:secret|token|key|credential|password|passphrase)s?(?:[ :=\"'`(,]{{1,3}}(?:{_LINK})\b){{0,4}}"
    r"[ :=\"'`(]{1,3}[A-Za-z0-9+/_=-]{20,200}(?:\.\.\.)?", ignore_case=True,
)
CURL = pattern(
    r"\bcurl(?: -{1,2}[A-Za-z-]{1,20}){0,3} (?:-u|--user)[ =]{1,2}[\"']?[^\s:\"']{1,64}:[^\s\"']{4,128}",
    trigger=r"\bcurl ",
)
BEARER = pattern(r"\b(?:bearer|basic) {1,3}[A-Za-z0-9+/_.~-]{20,250}={0,2}", ignore_case=True)

ENTITIES: tuple[str, ...] = (*TOKEN_ENTITIES, "PRIVATE_KEY", "JWT", "URL_PASSWORD", "PASSWORD", "BEARER_TOKEN")

_VALUE = re.compile(r"""(?::=|=>|={1,2}|:)[ \t]*["'`]?([^\s"'`,;<>]+)["'`]?\Z""")
_REFERENCE = re.compile(
    r"[({\[]|^\$[A-Za-z_]|(?-i:\$[A-Z][A-Z0-9_]{2})|%[A-Za-z_]+%|^(?:process|os|env|self|this|config|settings|params|args|request|var|local|data"
    r"|secrets?|vault|options|ctx|props|module|https?)[.:]|^(?:[a-z_]+\.)+[a-z_]+$|^/|^\.{1,2}/|\*\*|\.\.\.|^@",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"change.?me|change.?it|example|sample|placeholder|dummy|your|redacted|replace|insert|todo|fixme|xxx|fake|foobar"
    r"|foo.?bar|lorem|not.?a.?real|hidden|masked|removed|secret.?here|goes.?here|test.?test|123456|abcdef"
    r"|^(?:my|the|some|a|test|new|old|user|db|admin|root|default|guest)?[_-]?(?:pass(?:word|wd|phrase)?|pwd|secret"
    r"|token|key|api.?key)\d{0,3}$|^(?:none|null|undefined|true|false|string|required|optional|admin|root|guest|user"
    r"|test|letmein)\d{0,3}$",
    re.IGNORECASE,
)

_DOCUMENTED = re.compile(
    r"example|sample|placeholder|change.?me|your[-_]|redacted|dummy|123456|abcdef|x{5}|0{6}|\*\*|\.\.\.|\$\{",
    re.IGNORECASE,
)
"""What documents write into a token; short words are in drawn ones, too."""


@dataclass(frozen=True, slots=True)
class SecretsParams:
    """``entities``: which kinds to look for. ``allow``: values that are no finding (documented sample keys).

    ``min_entropy``: bits a character below which the value of an assignment is taken for a word, 0 to 8.
    Raises ``ValueError`` for an entity that is not known.
    """

    entities: tuple[str, ...] = ENTITIES
    allow: tuple[str, ...] = ()
    min_entropy: float = 2.75

    def __post_init__(self) -> None:
        for each in self.entities:
            if each not in ENTITIES:
                raise ValueError(f"unknown entity {each!r}; known are {', '.join(sorted(ENTITIES))}")
        if not 0 <= self.min_entropy <= 8:
            raise ValueError("min_entropy must lie between 0 and 8 bits a character")


_OTHERS: tuple[tuple[str, Pattern], ...] = (
    ("PRIVATE_KEY", PRIVATE_KEY), ("JWT", JWT), ("URL_PASSWORD", URL_PASSWORD), ("BEARER_TOKEN", BEARER),
    ("PASSWORD", ASSIGNMENT), ("PASSWORD", SPOKEN), ("PASSWORD", CURL), ("PASSWORD", DRAWN),
)


_SOUGHT: tuple[tuple[str, Pattern], ...] = (*TOKENS, *_OTHERS)
_ALL: tuple[Pattern, ...] = tuple([each for _, each in _SOUGHT])


def _patterns(params: SecretsParams) -> tuple[Pattern, ...]:
    return tuple(each for entity, each in _SOUGHT if entity in params.entities)


@guard("secrets", patterns=_patterns, params=SecretsParams)
def find_secrets(view: View, params: SecretsParams) -> Iterator[Finding]:
    """Findings cover the secret itself: the password of a URL, the value of an assignment."""
    taken: set[int] = set()
    for place in view.occurring(_ALL):
        entity, each = _SOUGHT[place]
        if entity not in params.entities:
            continue
        for match in view.matches(each):
            part = _SPECIAL[each](match, params) if each in _SPECIAL else _secret(entity, match, params)
            if part is None:
                continue
            start, end, score = part
            value = match.text[start:end]
            left = len(match.text[:start].encode())
            if match.start + left in taken or value in params.allow or canonical(value) in params.allow:
                continue
            taken.add(match.start + left)
            yield view.finding(match, entity=entity, score=score, inner=(left, left + len(value.encode())))


def _secret(entity: str, match: Match, params: SecretsParams) -> tuple[int, int, float] | None:
    """Characters ``[start, end)`` of the match that are the secret, and the score; None for a stand-in."""
    text = match.text
    if entity == "PRIVATE_KEY":
        return (0, len(text), 1.0)
    if entity == "JWT":
        return (0, len(text), 1.0) if _is_jwt(text) else None
    if entity == "URL_PASSWORD":
        start, end = text.index(":", text.index("://") + 3) + 1, len(text) - 2
        return None if _is_stand_in(text[start:end]) or _REFERENCE.search(text[start:end]) else (start, end, 0.9)
    if entity == "PASSWORD":
        return _assigned(text, params.min_entropy)
    start = text.index(" ") + 1 if entity == "BEARER_TOKEN" else 0
    value = text[start:].lstrip()
    start = len(text) - len(value)
    if _DOCUMENTED.search(value) or entropy(value) < 3.0 or (entity == "BEARER_TOKEN" and not _is_mixed(value)):
        return None
    return (start, len(text), 0.8 if entity == "BEARER_TOKEN" else 1.0)


def _random(match: Match, _: SecretsParams) -> tuple[int, int, float] | None:
    """A long word near one that speaks of secrets, drawn at random: of all three classes, or hexadecimal."""
    found = _LONG.search(match.text)
    value = found[0] if found else ""
    classes = sum(any(map(test, value)) for test in (str.isupper, str.islower, str.isdigit))
    drawn = entropy(value) >= 3.8 if classes == 3 else len(value) >= 32 and _HEX.fullmatch(value) is not None
    if found is None or not drawn or _DOCUMENTED.search(value) or _REFERENCE.search(value):
        return None
    return (found.start(), found.end(), 0.6)


def _spoken(match: Match, params: SecretsParams) -> tuple[int, int, float] | None:
    """The last word of a sentence that gives a password away."""
    return _last_word(match.text, match.text.rfind(" ") + 1, 6, params)


def _curl(match: Match, params: SecretsParams) -> tuple[int, int, float] | None:
    """What stands behind the name in ``curl -u name:password``."""
    return _last_word(match.text, match.text.rfind(":") + 1, 4, params)


_SPECIAL = {SPOKEN: _spoken, CURL: _curl, DRAWN: _random}
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{20,200}\Z")
_HEX = re.compile(r"[a-f0-9]{32,64}|[A-F0-9]{32,64}")


def _last_word(text: str, start: int, least: int, params: SecretsParams) -> tuple[int, int, float] | None:
    end = len(text)
    while start < end and text[start] in "\"'`":
        start += 1
    while end > start and text[end - 1] in ".,;:)]}!?\"'`":
        end -= 1
    value = text[start:end]
    return (start, end, 0.7) if len(value) >= least and _is_drawn(value, params.min_entropy) else None


def _assigned(text: str, least: float) -> tuple[int, int, float] | None:
    found = _VALUE.search(text)
    if found is None:
        return None
    start, end = found.span(1)
    if "..." in text[start:end]:
        return None  # cut short
    while end > start and text[end - 1] in ".)]}!?" :
        end -= 1
    value = text[start:end]
    return (start, end, 0.85 if len(value) >= 12 else 0.7) if len(value) >= 6 and _is_drawn(value, least) else None


def _is_drawn(value: str, least: float) -> bool:
    """Whether a value is no stand-in, no reference and no plain word: one that was drawn or invented."""
    return (
        not _is_stand_in(value) and not _REFERENCE.search(value)
        and entropy(value) >= min(least, math.log2(len(value)) - 0.6) and _is_mixed(value)
    )


def _is_mixed(value: str) -> bool:
    """Letters with digits, as drawn or invented secrets have and words, plain numbers and dates have not."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _is_stand_in(value: str) -> bool:
    return _STAND_IN.search(value) is not None or len(set(value)) < 4


def _is_jwt(text: str) -> bool:
    head = text.partition(".")[0]
    try:
        return b'"alg"' in base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return False


def entropy(value: str) -> float:
    """Shannon entropy of the characters of ``value``, in bits a character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())
