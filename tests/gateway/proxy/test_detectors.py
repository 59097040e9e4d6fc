"""Detectors in the flow, on real sockets: what waits for them, what does not, and what a caller sees of it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.audit.record import Outcome
from gateway.core import scout as scouts
from gateway.core.engine import Plan
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import State
from gateway.core.windows import Answer, Ask, Passage
from gateway.detectors.pending import NoDetectors, Pending
from gateway.detectors.pool import Bounds, Pool
from gateway.proxy import app, limits
from gateway.proxy.aside import THREADS
from tests.chaos.house import KEY, SPECS, Running, chat, request, running, until
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, completion, delta
from tests.chaos.upstream import Ask as Asked
from tests.gateway.detectors.stand_in import StandIn, reading, spec

PERSON = (("PERSON", Action(ActionKind.MASK)),)
POLICY = Policy("p", rules=(Rule("tone", "tone", entities=PERSON, threshold=0.7), Rule("no-bad", "bad")))
PLAN = Plan.compile([POLICY], "r", {**SPECS, "tone": spec()})


class Gated(StandIn):
    """Reads answers once ``gate`` is open, ``shut``: requests, too; ``texts``: what it was asked, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.shut = False
        self.texts: list[str] = []

    def read(self, asks: Sequence[Ask]) -> list[Answer]:
        self.texts += [each.text for each in asks]
        if self.shut or any(each.role == "assistant" for each in asks):
            assert self.gate.wait(10)
        return super().read(asks)


Start = Callable[..., Awaitable[tuple[Running, Gated]]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    made: list[tuple[Running, Gated]] = []
    monkeypatch.setattr(app, "SWEEP_EVERY", 0.01)

    async def begin(plan: Plan = PLAN, **bounds: Any) -> tuple[Running, Gated]:
        tone = Gated()
        pool = Bounds(timeout=30, threads=4, batch=1)
        house = await running(detectors=lambda metrics: Pool(pool, metrics, {"tone": tone}), bounds=limits.Bounds(**bounds))
        house.policies.plan = plan
        made.append((house, tone))
        return made[-1]

    yield begin
    for house, tone in made:
        tone.gate.set()
        await house.stop()


def _saying(*words: str, index: int = 0) -> Callable[[Asked], Awaitable[None]]:
    """A model that streams ``words``, one event each, and all that follows."""

    async def play(ask: Asked) -> None:
        ask.send(HEAD_EVENTS)
        for word in words:
            ask.chunk(delta(word, index=index))
        ask.chunk(delta(None, "stop", index=index))
        ask.chunk(b"data: " + json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                                          "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}).encode() + b"\n\n")
        ask.chunk(DONE)
        ask.send(LAST_CHUNK)

    return play


# -- requests ----------------------------------------------------------------------------------


async def test_a_request_is_read_before_it_is_sent_on(start: Start) -> None:
    house, tone = await start()
    assert (await house.ask(chat("You are vile"))).status == 400
    assert house.upstream.accepted == 0
    answer = await house.ask(chat("Ask Zoe"))
    assert answer.status == 200
    assert json.loads(house.upstream.requests[0][1])["messages"][0]["content"] == "Ask <PERSON>"
    assert house.audit.begins[1].states[0].state is State.EDITED
    assert "You are vile" in tone.texts


async def test_a_next_turn_costs_its_own_text_only(start: Start) -> None:
    house, tone = await start()
    turns = [{"role": "user", "content": "Where do I find the handbook of the house?"},
             {"role": "assistant", "content": "On the second shelf, to the left of the door."},
             {"role": "user", "content": "And who wrote it, if I may ask you that as well?"}]
    await house.ask({"model": "m", "messages": turns[:1]})
    asked = len(tone.texts)
    await house.ask({"model": "m", "messages": turns})
    assert {each.strip() for each in tone.texts[asked:]} == {turns[1]["content"], turns[2]["content"]}


async def test_who_leaves_while_its_request_is_read_leaves_nothing_behind(start: Start) -> None:
    house, tone = await start()
    tone.gate.clear()
    tone.shut = True
    client = await house.client()
    client.send(request(chat("Is anybody there?")))
    await until(lambda: tone.texts)
    client.close()
    metrics = house.gateway.house.metrics
    await until(lambda: metrics.requests.values["chat", "client_gone"] == 1)
    assert not house.audit.begins
    assert not house.upstream.accepted
    assert not house.gateway.house.detectors._open  # type: ignore[attr-defined]


class NobodyAsks(NoDetectors):
    def ask(self, tenant: str, asks: Any, pending: Pending | None = None) -> Pending:
        raise AssertionError("asked")

    async def read(self, tenant: str, asks: Any) -> dict[Any, Any]:
        raise AssertionError("asked")


async def test_a_policy_without_detectors_never_waits_for_any() -> None:
    house = await running(detectors=lambda metrics: NobodyAsks())
    try:
        assert (await house.ask(chat("hi"))).status == 200
        assert (await house.ask(chat("hi", stream=True))).text == "Hello, world!"
    finally:
        await house.stop()


# -- answers -----------------------------------------------------------------------------------


async def test_a_whole_answer_is_read_before_it_is_told(start: Start) -> None:
    house, _ = await start()
    said = ["Fine. You are vile. More.", "Ask Zoe."]

    async def play(ask: Asked) -> None:
        ask.answer(completion(said.pop(0)))

    house.upstream.script = play
    first, second = (await house.ask(chat("hi"))).json["choices"][0], (await house.ask(chat("hi"))).json["choices"][0]
    assert first["message"]["content"].startswith("Fine. \n\n")
    assert (first["finish_reason"], second["message"]["content"]) == ("content_filter", "Ask <PERSON>.")


async def test_text_waits_for_the_detector_and_everything_behind_it_too(start: Start) -> None:
    house, tone = await start(keepalive_comment=0.02)
    house.upstream.script = _saying("Ask ", "Zoe", " now. ", "All", " is well.")
    tone.gate.clear()
    client = await house.client()
    client.send(request(chat("Good morning", stream=True)))
    await client.head()
    assert (await client.chunk()).startswith(b": keep-alive")
    assert (await client.chunk()).startswith(b": keep-alive")
    await until(lambda: len(tone.texts) == 3)  # the second sentence is read while the first is waited for
    tone.gate.set()
    rest = b""
    while part := await client.chunk():
        rest += part
    events = [each[6:] for each in rest.split(b"\n\n") if each.startswith(b"data: ")]
    assert events.pop() == b"[DONE]"
    told = [json.loads(each) for each in events]
    assert told.pop()["usage"]["completion_tokens"] == 2
    assert [each["choices"][0]["finish_reason"] for each in told[:-1]] == [None] * (len(told) - 1)
    assert told[-1]["choices"][0]["finish_reason"] == "stop"
    assert "".join(each["choices"][0]["delta"].get("content", "") for each in told) == "Ask <PERSON> now. All is well."
    end = await house.ended()
    assert end.longest_hold >= len("Ask Zoe now. ")
    assert house.gateway.house.metrics.held.sum == end.longest_hold


async def test_what_detectors_still_read_counts_as_held(start: Start) -> None:
    house, tone = await start()
    house.upstream.script = _saying(*[f"Sentence {number}. " for number in range(10, 50)])
    tone.gate.clear()
    client = await house.client()
    client.send(request(chat("Good morning", stream=True)))
    pool = house.gateway.house.detectors
    assert isinstance(pool, Pool)
    await until(lambda: len(pool._open) == 40)
    tone.gate.set()
    await client.answer()
    assert (await house.ended()).longest_hold == 40 * len("Sentence 10. ")


async def test_windows_of_all_choices_are_asked_about_at_once(start: Start) -> None:
    house, tone = await start()

    async def play(ask: Asked) -> None:
        ask.send(HEAD_EVENTS)
        for index in range(3):
            ask.chunk(delta(f"Choice {index}. ", index=index))
        for index in range(3):
            ask.chunk(delta(None, "stop", index=index))
        ask.chunk(DONE)
        ask.send(LAST_CHUNK)

    house.upstream.script = play
    tone.gate.clear()
    client = await house.client()
    client.send(request(chat("Good morning", stream=True, n=3)))
    await until(lambda: len(tone.texts) == 4)
    tone.gate.set()
    answer = await client.answer()
    assert answer.text == "Choice 0. "


async def test_who_leaves_a_stream_frees_the_model_and_the_detector(start: Start) -> None:
    house, tone = await start()

    async def play(ask: Asked) -> None:
        ask.send(HEAD_EVENTS)
        for index in range(20):
            ask.chunk(delta(f"Sentence {index}. "))
        await ask.left.wait()

    house.upstream.script = play
    tone.gate.clear()
    client = await house.client()
    client.send(request(chat("Good morning", stream=True)))
    await until(lambda: len(tone.texts) == 5)  # four threads, and the request's
    client.close()
    await until(lambda: house.upstream.asks[0].left.is_set())
    assert (await house.ended()).outcome is Outcome.CLIENT_GONE
    assert house.gateway.house.detectors._lanes["tone"].waiting == 0  # type: ignore[attr-defined]


async def test_what_came_before_the_model_was_lost_is_told_once_it_is_read(start: Start) -> None:
    house, tone = await start()

    async def play(ask: Asked) -> None:
        ask.send(HEAD_EVENTS)
        ask.chunk(delta("All is well. And then"))
        await asyncio.sleep(0.01)
        ask.reset()

    house.upstream.script = play
    tone.gate.clear()
    client = await house.client()
    client.send(request(chat("Good morning", stream=True)))
    await until(lambda: house.upstream.asks and house.upstream.asks[0].left.is_set())
    tone.gate.set()
    answer = await client.answer()
    assert answer.body.index(b"All is well. ") < answer.body.index(b'"error"')
    assert b"And then" not in answer.body
    assert b"[DONE]" not in answer.body


async def test_an_error_of_the_model_server_is_read_too(start: Start) -> None:
    house, _ = await start()
    said = ["You are vile.", "Ask Zoe."]

    async def play(ask: Asked) -> None:
        ask.answer({"error": {"message": said.pop(0)}}, b"400 Bad Request")

    house.upstream.script = play
    assert (await house.ask(chat())).json["error"]["message"] == "The model server refused the request."
    assert (await house.ask(chat())).json["error"]["message"] == "Ask <PERSON>."


@pytest.mark.skipif(not scouts.__file__.endswith(".py"), reason="compiled, nothing can be put in its place")
async def test_others_are_served_while_a_long_event_is_read(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, threads, ask = threading.Event(), threading.Event(), list[int](), scouts.Scout.ask

    def waiting(scout: scouts.Scout, passage: Passage) -> None:
        if "WAITFORME" in passage.text:
            threads.append(threading.get_ident())
            begun.set()
            assert go_on.wait(20.0), "nobody else was served meanwhile"
        ask(scout, passage)

    monkeypatch.setattr(scouts.Scout, "ask", waiting)
    house, _ = await start()
    long = "We met in spring. " * 1000
    house.upstream.script = _saying("Well, ", f"{long}WAITFORME. Ask Zoe.", " and", " so on")
    client = await house.client()
    client.send(request(chat("hello", stream=True)))
    await until(begun.is_set)
    house.upstream.script = _saying("Hello.")
    assert (await house.ask(chat("hello", stream=True))).text == "Hello."
    go_on.set()
    answer = await client.answer()
    assert threads[0] != threading.get_ident()
    assert answer.text == f"Well, {long}WAITFORME. Ask <PERSON>. and so on", "what comes meanwhile waits"
    assert answer.body.endswith(DONE)
    assert (await house.ended(2)).outcome is Outcome.COMPLETED


@pytest.mark.skipif(not scouts.__file__.endswith(".py"), reason="compiled, nothing can be put in its place")
async def test_who_leaves_while_a_long_event_is_read_leaves_nothing_behind(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, ask = threading.Event(), threading.Event(), scouts.Scout.ask

    def waiting(scout: scouts.Scout, passage: Passage) -> None:
        begun.set()
        assert go_on.wait(20.0)
        ask(scout, passage)

    monkeypatch.setattr(scouts.Scout, "ask", waiting)
    house, tone = await start()
    house.upstream.script = _saying("We met in spring. " * 1000)
    client = await house.client()
    client.send(request(chat("hello", stream=True)))
    await until(begun.is_set)
    asked = len(tone.texts)
    client.close()
    assert (await house.ended()).outcome is Outcome.CLIENT_GONE
    go_on.set()
    idle = threading.Barrier(THREADS)
    await asyncio.gather(*[house.gateway.house.aside.run(idle.wait) for _ in range(THREADS)])
    assert len(tone.texts) == asked


# -- routes that are answered here -------------------------------------------------------------


async def _local(house: Running, route: str, body: Any) -> Any:
    client = await house.client()
    client.send(request(body, path=f"/v1/{route}", key=KEY))
    return (await client.answer()).json


async def test_checks_judge_with_detectors_on_both_sides(start: Start) -> None:
    house, _ = await start()
    said = await _local(house, "checks", {"input": "Ask Zoe", "output": ["All is well.", "You are vile."]})
    assert said["edited"]["input"] == "Ask <PERSON>"
    assert said["edited"]["output"][0] == "All is well."
    assert said["edited"]["output"][1].startswith("This answer") or "decision" in said["edited"]["output"][1]
    assert [(each["rule"], each["stage"], each["state"]) for each in said["states"]][:1] == [("tone", "input", "edited")]
    assert said["rules"] == ["tone"]
    only = await _local(house, "checks", {"output": "You are vile."})
    assert only["decision"] == "block"
    assert {each["state"] for each in only["states"] if each["stage"] == "output" and each["rule"] == "tone"} == {"blocked"}


async def test_each_input_of_a_moderation_is_read(start: Start) -> None:
    house, _ = await start()
    said = await _local(house, "moderations", {"input": ["You are vile.", "All is well."]})
    assert [each["flagged"] for each in said["results"]] == [True, False]


# -- states that are exact ---------------------------------------------------------------------


async def test_a_language_that_nobody_reads_is_told_as_such(start: Start) -> None:
    plan = Plan.compile([replace(POLICY, on_unscannable=(("language", ActionKind.FLAG),))], "r", {**SPECS, "tone": spec()})
    house, _ = await start(plan)
    answer = await house.ask(chat("bonjour"))
    assert answer.status == 200
    assert {each.rule: each.state for each in house.audit.begins[0].states} == {"tone": State.UNSCANNABLE, "no-bad": State.ALLOWED}
    house.policies.plan = PLAN
    refused = await house.ask(chat("bonjour"))
    assert (refused.status, refused.json["error"]["wardgate"]["rules"]) == (400, ["unscannable:language"])


async def test_without_any_detectors_a_rule_that_needs_one_could_not_judge() -> None:
    house = await running()
    house.policies.plan = PLAN
    try:
        refused = await house.ask(chat("hi"))
        assert (refused.status, refused.json["error"]["wardgate"]["rules"]) == (503, ["tone"])
    finally:
        await house.stop()
    assert reading(Ask("tone", 0, 2, "hi", "")) == ()


# -- what is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/checks", "/v1/moderations"])
async def test_what_is_to_be_asked_of_a_long_text_is_worked_out_aside(start: Start, path: str) -> None:
    house, tone = await start()
    asked, real = list[int](), house.gateway.house.aside.run

    async def run(work: Callable[[], Any]) -> Any:
        result = await real(work)
        if isinstance(result, list) and all(isinstance(each, Ask) for each in result):
            asked.append(len(result))
        return result

    house.gateway.house.aside.run = run  # type: ignore[method-assign]
    for text in ("Is anybody there?", "We met in spring. " * 4000):
        client = await house.client()
        client.send(request(chat(text) if "chat" in path else {"input": text}, path=path))
        assert (await client.answer()).status == 200
    assert len(asked) == 1
    assert asked[0] > 100
    assert "Is anybody there?" in tone.texts


async def test_what_is_to_be_asked_of_a_long_answer_is_worked_out_aside(start: Start) -> None:
    house, _ = await start()
    runs, real = list[object](), house.gateway.house.aside.run

    async def run(work: Callable[[], Any]) -> Any:
        runs.append(work)
        return await real(work)

    async def long(ask: Asked) -> None:
        ask.answer(completion("We met in spring. " * 4000))

    house.gateway.house.aside.run, house.upstream.script = run, long  # type: ignore[method-assign]
    assert (await house.ask(chat("hello"))).status == 200
    assert len(runs) == 2, "once for what is to be asked, once for judging"
