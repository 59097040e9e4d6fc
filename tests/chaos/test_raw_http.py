"""Raw HTTP oddities: whatever two servers could read differently is a 4xx in OpenAI's shape, and no one's echo.

Each row is bytes on the wire. ``served`` rows are odd but unambiguous; they must give exactly one well-formed
request to the model server. All others must give none.
"""

from __future__ import annotations

import json

import pytest

from tests.chaos.conftest import Start
from tests.chaos.house import KEY, chat, request, until

MARK = b"CANARY-77e1"
"""Something of the client's in every row; no answer may hold it."""
BODY = json.dumps(chat("hi")).encode()
LENGTH = b"content-length: %d\r\n" % len(BODY)
AUTH = b"authorization: Bearer " + KEY.encode() + b"\r\n"
START = b"POST /v1/chat/completions HTTP/1.1\r\n"
HOST = b"host: localhost\r\n"
TYPE = b"content-type: application/json\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
AS_CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
REST = HOST + AUTH + TYPE + b"x-mark: " + MARK + b"\r\n"

REFUSED: dict[str, bytes] = {
    "not http": MARK + b" \x00\x01\x02\r\n\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARK,
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + MARK,
    "http/0.9": b"GET /" + MARK + b"\r\n\r\n",
    "http/3.7": b"POST /v1/chat/completions HTTP/3.7\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "unknown method": b"BREW /v1/chat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "lower-case method": b"post /v1/chat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\n" + REST + b"\r\n",
    "no host": START + AUTH + TYPE + b"x: " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "two hosts": START + REST + b"host: " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "length and chunked": START + REST + LENGTH + CHUNKED + b"\r\n" + AS_CHUNKS,
    "chunked and length": START + REST + CHUNKED + LENGTH + b"\r\n" + AS_CHUNKS,
    "two lengths alike": START + REST + LENGTH + LENGTH + b"\r\n" + BODY,
    "two lengths that differ": START + REST + LENGTH + b"content-length: 3\r\n\r\n" + BODY,
    "length list": START + REST + b"content-length: 5, 5\r\n\r\n" + BODY,
    "negative length": START + REST + b"content-length: -1\r\n\r\n" + BODY,
    "plus length": START + REST + b"content-length: +5\r\n\r\n" + BODY,
    "hex length": START + REST + b"content-length: 0x10\r\n\r\n" + BODY,
    "length beyond 64 bits": START + REST + b"content-length: 99999999999999999999\r\n\r\n" + BODY,
    "length with inner space": START + REST + b"content-length: 1 2\r\n\r\n" + BODY,
    "space before colon": START + REST + b"content-length : %d\r\n\r\n" % len(BODY) + BODY,
    "chunked twice": START + REST + CHUNKED + CHUNKED + b"\r\n" + AS_CHUNKS,
    "gzip, chunked": START + REST + b"transfer-encoding: gzip, chunked\r\n\r\n" + AS_CHUNKS,
    "chunked, identity": START + REST + b"transfer-encoding: chunked, identity\r\n\r\n" + AS_CHUNKS,
    "xchunked": START + REST + b"transfer-encoding: xchunked\r\n\r\n" + AS_CHUNKS,
    "chunked by vertical tab": START + REST + b"transfer-encoding: \x0bchunked\r\n\r\n" + AS_CHUNKS,
    "chunked in http/1.0": b"POST /v1/chat/completions HTTP/1.0\r\n" + REST + CHUNKED + LENGTH + b"\r\n" + AS_CHUNKS,
    "bad chunk size": START + REST + CHUNKED + b"\r\nzz\r\n" + MARK + b"\r\n0\r\n\r\n",
    "chunk size beyond 64 bits": START + REST + CHUNKED + b"\r\nfffffffffffffffff\r\n" + MARK,
    "negative chunk size": START + REST + CHUNKED + b"\r\n-1\r\n" + MARK,
    "chunk longer than said": START + REST + CHUNKED + b"\r\n3\r\n" + MARK + b"\r\n0\r\n\r\n",
    "chunk ended by lf": START + REST + CHUNKED + b"\r\n3\nabc\n0\n\n",
    "obsolete folding": START + REST + b"x-folded: a\r\n " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "bare lf in the head": START.replace(b"\r\n", b"\n") + REST + LENGTH + b"\r\n" + BODY,
    "bare cr in a value": START + REST + b"x-a: b\rc: " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "nul in a value": START + REST + b"x-a: \x00" + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "nul in a name": START + REST + b"x\x00a: " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "space in a name": START + REST + b"x a: " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "no colon": START + REST + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "empty name": START + REST + b": " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "first line indented": START + b" x: " + MARK + b"\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "20 KB header that never ends": START + REST + b"x-long: " + MARK * 4000,
    "300 headers": START + REST + b"".join(b"x-%d: %b\r\n" % (n, MARK) for n in range(300)) + LENGTH + b"\r\n" + BODY,
    "40 KB target": b"POST /v1/chat/completions?" + b"a" * 40_000 + MARK + b" HTTP/1.1\r\n" + REST + b"\r\n",
    "upgrade": START + REST + b"connection: upgrade\r\nupgrade: websocket\r\n" + LENGTH + b"\r\n" + BODY,
    "h2c": START + REST + b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\n" + LENGTH + b"\r\n" + BODY,
    "two authorizations": START + REST + AUTH + LENGTH + b"\r\n" + BODY,
    "two content types": START + REST + TYPE + LENGTH + b"\r\n" + BODY,
    "gzip body": START + REST + b"content-encoding: gzip\r\n" + LENGTH + b"\r\n" + BODY,
    "other route": b"POST /v1/" + MARK + b" HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "admin route": b"GET /admin/policies HTTP/1.1\r\n" + REST + b"\r\n",
    "dot segments": b"POST /v1/../v1/chat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "double slash": b"POST //v1/chat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "encoded slash": b"POST /v1%2Fchat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "absolute form": b"POST http://evil.example/v1/chat/completions HTTP/1.1\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + REST + b"\r\n",
    "wrong method": b"DELETE /v1/chat/completions HTTP/1.1\r\n" + REST + b"\r\n",
    "form body": START + HOST + AUTH + b"content-type: application/x-www-form-urlencoded\r\n" + LENGTH + b"\r\n" + BODY,
    "no content type": START + HOST + AUTH + LENGTH + b"\r\n" + BODY,
    "no key": START + HOST + TYPE + LENGTH + b"\r\n" + BODY,
    "basic key": START + HOST + TYPE + b"authorization: Basic " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "wrong key": START + HOST + TYPE + b"authorization: Bearer " + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "key with bytes": START + HOST + TYPE + b"authorization: Bearer \xff\xfe" + MARK + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "empty key": START + HOST + TYPE + b"authorization: Bearer \r\n" + LENGTH + b"\r\n" + BODY,
}
SERVED: dict[str, bytes] = {
    "chunked": START + REST + CHUNKED + b"\r\n" + AS_CHUNKS,
    "chunk extension": START + REST + CHUNKED + b"\r\n%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    "trailers": START + REST + CHUNKED + b"\r\n%x\r\n%b\r\n0\r\nauthorization: x\r\nhost: y\r\n\r\n" % (len(BODY), BODY),
    "query string": START.replace(b" HTTP", b"?api-version=1 HTTP") + REST + LENGTH + b"\r\n" + BODY,
    "names in capitals": (START + REST.upper().replace(KEY.upper().encode(), KEY.encode())).replace(
        b"BEARER", b"bearer").replace(b"POST /V1", b"POST /v1") + LENGTH + b"\r\n" + BODY,
    "http/1.0": b"POST /v1/chat/completions HTTP/1.0\r\n" + REST + LENGTH + b"\r\n" + BODY,
    "expect": START + REST + b"expect: 100-continue\r\n" + LENGTH + b"\r\n" + BODY,
}  # fmt: skip


def test_there_are_at_least_forty_rows() -> None:
    assert len(REFUSED) >= 40


@pytest.mark.parametrize("name", REFUSED)
async def test_an_oddity_is_refused_in_our_own_words(start: Start, name: str) -> None:
    house = await start()
    client = await house.client()
    client.send(REFUSED[name])
    answer = await client.answer()
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"] == "application/json"
    error = answer.json["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["message"]
    assert MARK not in answer.body
    assert MARK.decode() not in str(answer.headers)
    assert house.upstream.requests == []
    client.close()


@pytest.mark.parametrize("name", SERVED)
async def test_an_odd_but_clear_request_is_served_once(start: Start, name: str) -> None:
    house = await start()
    client = await house.client()
    client.send(SERVED[name])
    if name == "expect":
        assert (await client.head())[0] == 100
    answer = await client.answer()
    assert answer.status == 200
    assert len(house.upstream.requests) == 1
    head, body = house.upstream.requests[0]
    assert json.loads(body) == json.loads(BODY)
    assert head.count(b"content-length") == 1
    assert b"transfer-encoding" not in head.lower()
    client.close()


@pytest.mark.parametrize("cut", range(1, 60, 7))
async def test_a_request_may_come_in_pieces(start: Start, cut: int) -> None:
    house = await start()
    client = await house.client()
    whole = request(chat("hi"))
    for at in range(0, len(whole), cut):
        client.send(whole[at : at + cut])
        await client.writer.drain()
    assert (await client.answer()).status == 200
    client.close()


@pytest.mark.parametrize("tail", [b"\x00garbage", b"GET / HTTP/1.1\r\nbroken", b"POST /x HTTP/9.9\r\n\r\n"])
async def test_garbage_behind_a_request_neither_spoils_its_answer_nor_is_served(start: Start, tail: bytes) -> None:
    house = await start()
    client = await house.client()
    client.send(request(chat("hi")) + tail)
    assert (await client.answer()).status == 200
    assert len(house.upstream.requests) == 1
    client.close()


async def test_a_body_over_the_limit_is_a_413_whether_announced_or_not(start: Start) -> None:
    from gateway.proxy.limits import Bounds

    house = await start(bounds=Bounds(max_body=1000))
    big = json.dumps(chat("x" * 2000)).encode()
    for message in (
        request(big),
        START + REST + CHUNKED + b"\r\n" + b"%x\r\n%b\r\n0\r\n\r\n" % (len(big), big),
        START + REST + b"content-length: 5000000000\r\n\r\n",
    ):
        client = await house.client()
        client.send(message)
        answer = await client.answer()
        assert (answer.status, answer.json["error"]["code"]) == (413, "request_too_large")
        assert await client.at_end()
        client.close()
    assert house.upstream.requests == []


async def test_head_is_answered_without_a_body(start: Start) -> None:
    house = await start()
    client = await house.client()
    client.send(b"HEAD /v1/models HTTP/1.1\r\n" + HOST + AUTH + b"connection: close\r\n\r\n")
    status, headers = await client.head()
    assert status == 405
    assert int(headers["content-length"]) > 0
    assert await client.at_end()
    client.close()


async def test_the_connection_survives_an_error_that_is_not_http_s(start: Start) -> None:
    house = await start()
    client = await house.client()
    client.send(request(b"{broken"))
    answer = await client.answer()
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_json")
    client.send(request(chat("hi")))
    assert (await client.answer()).status == 200
    client.close()
    await until(lambda: not house.gateway.connections)
