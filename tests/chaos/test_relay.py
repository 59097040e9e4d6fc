"""The flow over real sockets when nothing fails: answers, blocks, edits, headers, audit."""

from __future__ import annotations

import asyncio
import json

from gateway.audit.record import Outcome
from tests.chaos.conftest import Start
from tests.chaos.house import chat
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, completion, delta


async def test_a_whole_answer_with_its_headers_and_audit(start: Start) -> None:
    house = await start()
    answer = await house.ask(chat("hi"))
    assert answer.status == 200
    assert answer.json["choices"][0]["message"]["content"] == "Hello, world!"
    assert answer.headers["x-wardgate-policy"] == "test@rev1"
    assert answer.headers["x-wardgate-decision"] == "allow"
    assert 0 < float(answer.headers["x-wardgate-overhead-ms"]) < 1000
    begin, end = house.audit.begins[0], await house.ended()
    assert begin.decision_id == end.decision_id == answer.headers["x-request-id"]
    assert (begin.tenant, begin.key, begin.policy, begin.revision) == ("acme", "app", "test", "rev1")
    assert end.outcome is Outcome.COMPLETED
    assert (end.input_tokens, end.output_tokens) == (3, 5)
    assert {(each.rule, each.stage) for each in begin.states + end.states} == {
        (rule, stage) for rule in ("no-bad", "hide", "fragile") for stage in ("input", "output")
    }


async def test_a_stream_arrives_whole_and_is_counted(start: Start) -> None:
    house = await start()
    answer = await house.ask(chat("hi", stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text == "Hello, world!"
    assert answer.events[-1] == "[DONE]"
    assert (await house.ended()).outcome is Outcome.COMPLETED
    assert house.gateway.house.metrics.first_token.sum > 0


async def test_only_our_own_headers_and_body_reach_the_model(start: Start) -> None:
    house = await start()
    await house.ask(chat("hi"), cookie="session=1", x_forwarded_for="10.0.0.1", x_evil="1", host="evil.example")
    head, _ = house.upstream.requests[0]
    names = {line.split(b":")[0] for line in head.split(b"\r\n")[1:]}
    assert names == {b"x-request-id", b"host", b"authorization", b"user-agent", b"accept-encoding", b"content-type",
                     b"content-length"}  # fmt: skip
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"authorization: Bearer sk-upstream" in head
    assert f"host: 127.0.0.1:{house.upstream.port}".encode() in head
    assert b"evil" not in head


async def test_an_upstream_s_cookies_and_server_stay_behind(start: Start) -> None:
    house = await start()

    async def chatty(ask: Ask) -> None:
        body = json.dumps(completion("ok")).encode()
        ask.send(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nserver: secret/1.0\r\nx-internal: 1\r\nlocation: /x\r\n"
                 b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))  # fmt: skip

    house.upstream.script = chatty
    answer = await house.ask(chat("hi"))
    assert answer.status == 200
    assert not {"set-cookie", "server", "x-internal", "location"} & set(answer.headers)


async def test_a_blocked_request_never_reaches_the_model(start: Start) -> None:
    house = await start()
    answer = await house.ask(chat("say FORBIDDEN7 now"))
    assert answer.status == 400
    error = answer.json["error"]
    assert error["code"] == "content_filter"
    assert error["wardgate"]["rules"] == ["no-bad"]
    assert error["wardgate"]["decision_id"] == house.audit.begins[0].decision_id == answer.headers["x-request-id"]
    assert answer.headers["x-wardgate-decision"] == "block"
    assert answer.headers["x-wardgate-rules"] == "no-bad"
    assert b"FORBIDDEN7" not in answer.body
    assert house.upstream.requests == []
    end = await house.ended()
    assert (end.outcome, end.decision) == (Outcome.BLOCKED, "block")
    finding = house.audit.begins[0].findings[0]
    assert (finding.path, finding.start, finding.end) == ("/messages/0/content", 4, 14)


async def test_an_edited_request_reaches_the_model_edited(start: Start) -> None:
    house = await start()
    answer = await house.ask(chat("my word is maskme42, yes"))
    assert house.upstream.asks[0].json["messages"][0]["content"] == "my word is <REDACTED>, yes"
    assert answer.headers["x-wardgate-decision"] == "edit"


async def test_an_answer_is_cut_alike_streamed_or_not(start: Start) -> None:
    house = await start()

    async def leaks(ask: Ask) -> None:
        text = "The word is FORBIDDEN7 and more"
        if not ask.json.get("stream"):
            ask.answer(completion(text))
            return
        ask.send(HEAD_EVENTS)
        for letter in text:
            ask.chunk(delta(letter))
        ask.chunk(delta(None, "stop") + DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = leaks
    whole = await house.ask(chat("hi"))
    streamed = await house.ask(chat("hi", stream=True))
    content = whole.json["choices"][0]["message"]["content"]
    assert content.startswith("The word is ")
    assert "FORBIDDEN" not in content
    assert whole.json["choices"][0]["finish_reason"] == "content_filter"
    decisions = [record.decision_id for record in house.audit.begins]
    assert streamed.text.replace(decisions[1], "") == content.replace(decisions[0], "")
    assert b"FORBIDDEN" not in streamed.body
    assert streamed.events[-1] == "[DONE]"
    assert {event["choices"][0]["finish_reason"] for event in streamed.events[:-1] if event["choices"]} == {
        None, "content_filter",
    }  # fmt: skip
    await house.ended(2)
    assert [end.outcome for end in house.audit.ends] == [Outcome.BLOCKED, Outcome.BLOCKED]


async def test_once_every_choice_is_cut_the_model_is_stopped(start: Start) -> None:
    house = await start()

    async def leaks_and_goes_on(ask: Ask) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("FORBIDDEN7 "))
        await ask.left.wait()

    house.upstream.script = leaks_and_goes_on
    answer = await house.ask(chat("hi", stream=True))
    assert answer.events[-1] == "[DONE]"
    async with asyncio.timeout(1):
        await house.upstream.asks[0].left.wait()


async def test_a_rule_that_crashes_blocks_and_says_so(start: Start) -> None:
    house = await start()
    answer = await house.ask(chat("please crashnow"))
    assert answer.status == 503
    assert answer.json["error"]["code"] == "guard_unavailable"
    states = {each.rule: each.state.value for each in house.audit.begins[0].states}
    assert states["fragile"] == "error"
    assert house.upstream.requests == []


async def test_models_are_those_of_the_model_server_that_the_key_may_use(start: Start) -> None:
    from gateway.proxy.auth import Caller, hash_key
    from tests.chaos.house import KEY, request

    house = await start(callers=((hash_key(KEY), Caller("app", models=("handbook-*",))),))
    client = await house.client()
    client.send(request(None, "/v1/models", "GET"))
    assert [each["id"] for each in (await client.answer()).json["data"]] == ["handbook-1"]
    client.send(request(None, "/v1/models/handbook-1", "GET"))
    assert (await client.answer()).json["id"] == "handbook-1"
    for hidden in ("m", "nothing", "%00", "handbook-1%0d%0ax:1"):
        client.send(request(None, f"/v1/models/{hidden}", "GET"))
        answer = await client.answer()
        assert answer.status == 404
        assert answer.json["error"]["param"] == "model"
    client.send(request(chat("hi")))
    assert (await client.answer()).status == 403
    client.close()


async def test_one_connection_serves_many_requests_over_one_upstream_connection(start: Start) -> None:
    house = await start()
    client = await house.client()
    from tests.chaos.house import request

    for number in range(20):
        client.send(request(chat(f"number {number}", stream=number % 2 == 0)))
        assert (await client.answer()).status == 200
    client.close()
    assert house.upstream.accepted == 1


async def test_pipelined_requests_are_answered_in_order(start: Start) -> None:
    house = await start()
    client = await house.client()
    from tests.chaos.house import request

    async def echo_number(ask: Ask) -> None:
        ask.answer(completion(ask.json["messages"][0]["content"]))

    house.upstream.script = echo_number
    client.send(b"".join(request(chat(f"n{number}")) for number in range(8)))
    answers = [(await client.answer()).json["choices"][0]["message"]["content"] for _ in range(8)]
    assert answers == [f"n{number}" for number in range(8)]
    client.close()
