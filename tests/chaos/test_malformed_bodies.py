"""A thousand malformed bodies through a real socket: always an OpenAI-shaped 4xx, never an echo, nothing sent on."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable

from gateway.errors import BadRequest
from gateway.wire import chat as codec
from tests.chaos.conftest import Start
from tests.chaos.house import chat

MARK = "CANARY5d0c"
GOOD = json.dumps(chat(MARK)).encode()
BODIES = 1000

WRONG_TYPES: tuple[object, ...] = (
    None, 3, -1.5, True, [], {}, [1], {"a": MARK}, MARK, [[MARK]], [None], [{"role": MARK}], [{"content": MARK}],
    [{"role": "user"}], [{"role": "user", "content": 3}], [{"role": "user", "content": [{"type": 3, "text": MARK}]}],
    [{"role": 7, "content": MARK}],
)
FIELDS = ("model", "messages")
TYPED = ("n", "stream", "temperature", "max_tokens", "stop", "tools", "logit_bias", "top_logprobs", "stream_options")
BAD_VALUES: tuple[object, ...] = (MARK, [MARK, 3], {"x": [MARK]}, -(10**30), 1e300)


def _truncated(chance: random.Random) -> bytes:
    return GOOD[: chance.randrange(0, len(GOOD))]


def _flipped(chance: random.Random) -> bytes:
    """A structural character replaced, so that it is no JSON any more."""
    places = [index for index, byte in enumerate(GOOD) if byte in b'{}[]:,"']
    at = chance.choice(places)
    return GOOD[:at] + bytes([chance.choice(b"\x00\x01@;=<")]) + GOOD[at + 1 :]


def _wrong_type(chance: random.Random) -> bytes:
    return json.dumps({**chat(MARK), chance.choice(FIELDS): chance.choice(WRONG_TYPES)}).encode()


def _bad_parameter(chance: random.Random) -> bytes:
    return json.dumps({**chat(MARK), chance.choice(TYPED): chance.choice(BAD_VALUES)}).encode()


def _duplicate(chance: random.Random) -> bytes:
    return b'{"model": "m", "%s": 1, ' % chance.choice((b"model", b"mod\\u0065l")) + GOOD[1:]


def _number(chance: random.Random) -> bytes:
    return GOOD[:-1] + b', "seed": %s}' % chance.choice((b"NaN", b"Infinity", b"-Infinity", b"1" * 5000, b"01", b"+1", b".5", b"0x1"))


def _deep(chance: random.Random) -> bytes:
    depth = chance.choice((100, 1000, 100_000))
    return GOOD[:-1] + b', "metadata": ' + b"[" * depth + b"]" * depth + b"}"


def _encoding(chance: random.Random) -> bytes:
    text = GOOD.decode()
    return chance.choice((
        b"\xef\xbb\xbf" + GOOD, text.encode("utf-16"), text.encode("utf-32"), GOOD.replace(b"CANARY", b"\xff\xfe\xc3"),
        GOOD.replace(b"CANARY", b"\\ud800"), GOOD.replace(b"CANARY", b"\xed\xa0\x80"), gzip.compress(GOOD),
        GOOD.replace(b"CANARY", b"\xc0\xaf"), GOOD + b"\x00", GOOD + GOOD, b"\x00" * 40,
    ))


def _garbage(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 400)) + MARK.encode()


MAKERS: tuple[Callable[[random.Random], bytes], ...] = (
    _truncated, _flipped, _wrong_type, _bad_parameter, _duplicate, _number, _deep, _encoding, _garbage,
)


def _is_right_after_all(body: bytes) -> bool:
    """Some changes leave a request that is in order (``stream: null``); another is drawn for those."""
    try:
        codec.parse(body)
    except BadRequest:
        return False
    return True


async def test_a_thousand_malformed_bodies(start: Start) -> None:
    house = await start()
    chance = random.Random(20)
    statuses: dict[int, int] = {}
    for index in range(BODIES):
        body = MAKERS[index % len(MAKERS)](chance)
        while _is_right_after_all(body):
            body = MAKERS[index % len(MAKERS)](chance)
        media = chance.choice(("application/json", "text/plain", "application/json; charset=utf-7", "multipart/form-data"))
        answer = await house.ask(body, content_type=media)
        error = answer.json["error"]
        assert 400 <= answer.status < 500, (answer.status, MAKERS[index % len(MAKERS)].__name__)
        assert answer.headers["content-type"].startswith("application/json")
        assert set(error) >= {"message", "type", "param", "code"}
        assert b"CANARY" not in answer.body
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    assert sum(statuses.values()) == BODIES
    assert not house.upstream.requests
    print(statuses)
