"""Law 1 for detectors over whole streams: however bytes are cut and answers are late, the same bytes go out.

The whole way is taken, for every API that streams: bytes of events in, through what reads ahead, bytes out. They must be those of a stream whose detectors had answered beforehand, and the verdict that of the answer as a whole.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.policy import BLOCK, Action, ActionKind, Policy, Rule
from gateway.core.types import Context, State, Verdict
from gateway.core.windows import Ask
from gateway.detectors.pending import Pending
from gateway.errors import ApiError
from gateway.proxy import read_ahead
from gateway.proxy.aside import THREADS, Aside
from gateway.proxy.read_ahead import ReadAhead
from gateway.wire import messages
from gateway.wire.sse import Splitter
from tests.gateway.detectors.stand_in import answers, reading, spec
from tests.gateway.wire import streams as chat
from tests.gateway.wire.completions import streams as completions
from tests.gateway.wire.messages import streams as anthropic
from tests.gateway.wire.responses import server
from tests.laws.test_law1_streaming import GUARDS

_MASK = Action(ActionKind.MASK)
RULES = (
    Rule("tone", "tone", action=BLOCK, entities=(("PERSON", _MASK), ("PLACE", Action(ActionKind.FLAG))), threshold=0.7,
         on_error="flag"),
    Rule("mail", "mail", action=_MASK), Rule("code", "code"),
)  # fmt: skip
PLANS = {release: Plan.compile([Policy("law", rules=RULES, release=release, on_unscannable=(("language", ActionKind.ALLOW),))],  # type: ignore[arg-type]
                               "r", {**GUARDS, "tone": spec()}) for release in ("stream", "complete")}  # fmt: skip
TEXTS = st.lists(st.sampled_from([
    "All is well. ", "You are vile! ", "project falcon", "x" * 60 + " ", "Fine.\n", "vile", " and so on", "é", "\n\n", "Ask Zoe",
    " in Ulm. ", "bonjour", "broken ", '"\\', "ann@quill.example", " ",
]), max_size=8).map("".join)  # fmt: skip
Pieces = Callable[[str], list[str]]


@dataclass
class Told:
    """What a model server says: its request, the answer as a whole, and the events of the same as a stream."""

    asked: Any
    whole: bytes
    datas: list[bytes]


def _chat(texts: list[str], cut: Pieces, mix: Random) -> Told:
    lanes, choices = [], []
    for index, text in enumerate(texts):
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "note", "arguments": ""}}
        written = json.dumps({"note": text})
        lanes.append([
            chat.chunk({"role": "assistant", "content": ""}, index=index),
            *[chat.chunk({"content": piece}, index=index) for piece in cut(text)],
            chat.chunk({"tool_calls": [call]}, index=index),
            *[chat.chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}, index=index) for piece in cut(written)],
            *([chat.chunk({}, "tool_calls", index=index)] if mix.random() < 0.8 else []),  # some servers just say [DONE]
        ])
        whole = {**call, "function": {"name": "note", "arguments": written}}
        del whole["index"]
        choices.append({"index": index, "finish_reason": "tool_calls",
                        "message": {"role": "assistant", "content": text, "tool_calls": [whole]}})  # fmt: skip
    body = orjson.dumps({**chat.HEAD, "object": "chat.completion", "choices": choices})
    return Told(chat.request(n=len(texts)), body, [*_mixed(lanes, mix), chat.usage(), b"[DONE]"])


def _completions(texts: list[str], cut: Pieces, mix: Random) -> Told:
    lanes = [[completions.body(completions.choice(piece, index, "stop" if last and mix.random() < 0.8 else None))
              for last, piece in _marked(cut(text))] for index, text in enumerate(texts)]  # fmt: skip
    whole = completions.body(*[completions.choice(text, index, "stop") for index, text in enumerate(texts)])
    return Told(completions.request(n=len(texts), stream=True), whole, [*_mixed(lanes, mix), b"[DONE]"])


def _responses(texts: list[str], cut: Pieces, mix: Random) -> Told:
    output = [server.thoughts(texts[0]), *[server.message(server.said(text), name=f"msg_{at}") for at, text in enumerate(texts)],
              server.call(json.dumps({"note": texts[-1]}))]  # fmt: skip
    response = server.whole(output)
    items = [list(server.item(raw, index, cut)) for index, raw in enumerate(output)]
    order = [mix.randrange(len(output)) for _ in range(12)]
    return Told(server.request(), orjson.dumps(response), server.frames(server.told(response, items, order)))


def _messages(texts: list[str], cut: Pieces, _: Random) -> Told:
    told = anthropic.message(anthropic.thought(texts[0]), *texts, anthropic.tool({"note": texts[-1]}))
    asked = messages.parse(orjson.dumps(anthropic.request(stream=True)))
    return Told(asked, orjson.dumps(told), anthropic.written(told, cut))


APIS = {"chat": _chat, "completions": _completions, "responses": _responses, "messages": _messages}


def _marked(pieces: list[str]) -> list[tuple[bool, str]]:
    return [(at == len(pieces) - 1, piece) for at, piece in enumerate(pieces)]


def _mixed(lanes: list[list[bytes]], mix: Random) -> list[bytes]:
    left, out = [list(each) for each in lanes if each], []
    while left:
        lane = mix.choice(left)
        out.append(lane.pop(0))
        left = [each for each in left if each]
    return out


class Judging:
    """Judges what is handed on, and keeps what goes out, as the pump does."""

    def __init__(self, answer: Any, source: ReadAhead) -> None:
        self.answer, self.source, self.splitter = answer, source, Splitter()
        self.out: list[bytes] = []
        self.ended = False

    def data(self, data: bytes) -> None:
        assert not self.ended
        for event in self.splitter.feed(data):
            self.out.append(self.answer.feed(event.data))
            if event.data == b"[DONE]" or self.answer.done:
                self.source.abort()
                self.end()
                return

    def end(self) -> None:
        if not self.ended:
            self.out.append(self.answer.finish())
            self.ended = True

    def lost(self, error: ApiError) -> None:
        raise AssertionError(error)


class Server:
    """A call whose bytes come when the test says so. ``held``: it was asked to wait."""

    def __init__(self) -> None:
        self.sink: Any = None
        self.held = self.gone = False

    def stream_to(self, sink: Any) -> None:
        self.sink = sink

    def pause(self) -> None:
        assert not self.held, "asked to wait twice"
        self.held = True

    def resume(self) -> None:
        assert self.held, "asked to go on without having waited"
        self.held = False

    def abort(self) -> None:
        self.gone = True


class Late:
    """Detectors that answer when ``some`` is called: some of what they were asked, in any order."""

    def __init__(self, mix: Random) -> None:
        self.mix = mix
        self.owed: list[tuple[Pending, Ask]] = []

    def ask(self, asks: list[Ask], pending: Pending | None = None) -> Pending:
        pending = pending or Pending(lambda item, _: None)
        now = [each for each in asks if self.mix.random() < 0.2]
        pending.answers.update(answers(now))
        later = [each for each in asks if each not in now]
        pending.left += len(later)
        self.owed += [(pending, each) for each in later]
        return pending

    def some(self, most: int) -> None:
        for _ in range(min(most, len(self.owed))):
            pending, ask = self.owed.pop(self.mix.randrange(len(self.owed)))
            pending.give(ask.question, reading(ask))


def _exchange(release: str) -> Exchange:
    return Exchange(PLANS[release], Context("d", placeholder_keys=(b"key",)))


def _known(release: str, look: Callable[[Any], object]) -> Exchange:
    """An exchange for ``look``, whose detectors have answered all that it will be asked."""
    exchange, scout = _exchange(release), PLANS[release].scout()
    assert scout is not None
    look(scout)
    exchange.answers.update(answers(scout.take()))
    return exchange


def _streamed(told: Told, judge: Any) -> bytes:
    answer, out = told.asked.answer(judge), []
    for data in told.datas:
        out.append(answer.feed(data))
        if answer.done:
            break
    return b"".join([*out, answer.finish()])


def _plain(told: Told, release: str) -> tuple[bytes, Verdict]:
    """The stream when all answers are known beforehand."""
    exchange = _known(release, lambda judge: _streamed(told, judge))
    return _streamed(told, exchange), exchange.verdict()


async def _late(
    told: Told, release: str, mix: Random, aside: Aside, *, slow: bool, turn: float
) -> tuple[bytes, Verdict, Exchange]:
    """The stream as it comes, in pieces of any size, while answers come late and the client may be slow.

    ``turn``: seconds that pass between two looks at the clock.
    """
    exchange, call, late = _exchange(release), Server(), Late(mix)
    scout, looks = exchange.plan.scout(), itertools.count()
    assert scout is not None
    ahead = ReadAhead(call, told.asked.answer(scout), scout, exchange, late.ask, lambda: next(looks) * turn, aside)
    judging = Judging(told.asked.answer(exchange), ahead)
    ahead.stream_to(judging)
    stream = b"".join(b"data: %b\n\n" % each for each in told.datas)
    size = mix.choice([1 << 20, 400, 90])
    while stream and not call.gone:
        piece, stream = stream[:size], stream[size:]
        call.sink.data(piece)
        if slow and mix.random() < 0.2:
            (ahead.resume if call.held else ahead.pause)()
        late.some(mix.choice([0, 0, 1, 5]))
        if mix.random() < 0.3:
            await asyncio.sleep(0)
    if not call.gone:
        call.sink.end()
    if call.held and not call.gone:
        ahead.resume()
    async with asyncio.timeout(20):
        while not judging.ended:
            late.some(1)
            await asyncio.sleep(0)
    return b"".join(judging.out), exchange.verdict(), exchange


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def aside(runner: asyncio.Runner) -> Iterator[Aside]:
    aside = Aside()
    yield aside
    idle = threading.Barrier(THREADS)

    async def wait() -> None:
        await asyncio.gather(*[aside.run(idle.wait) for _ in range(THREADS)])

    runner.run(wait())
    aside.close()


@pytest.fixture(scope="module", autouse=True)
def _many_are_long() -> Iterator[None]:
    """Else a thread would see none of these events."""
    with pytest.MonkeyPatch.context() as patch:
        if read_ahead.__file__.endswith(".py"):  # compiled, it goes by its own
            patch.setattr(read_ahead, "is_short", lambda data: zlib.crc32(data) % 3 > 0)
        yield


@pytest.mark.parametrize("api", APIS)
@settings(max_examples=120, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3), marks=st.lists(st.integers(0, 300), max_size=12),
       release=st.sampled_from(["stream", "complete"]), seed=st.integers(0, 1 << 30), slow=st.booleans(), turn=st.sampled_from([0.0, 0.0015, 0.003]))
def test_late_answers_change_no_byte(
    runner: asyncio.Runner, aside: Aside, api: str, texts: list[str], marks: list[int], release: str, seed: int, slow: bool,
    turn: float,
) -> None:
    def cut(text: str) -> list[str]:
        ends = sorted({mark % (len(text) + 1) for mark in marks} | {len(text)})
        return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    told = APIS[api](texts, cut, Random(seed))
    sent, verdict = _plain(told, release)
    out, late, exchange = runner.run(_late(told, release, Random(seed + 1), aside, slow=slow, turn=turn))
    assert out == sent
    assert late == verdict
    at_once = _known(release, lambda judge: told.asked.answer(judge).complete(told.whole))
    told.asked.answer(at_once).complete(told.whole)
    whole = at_once.verdict()
    assert (whole.decision, whole.rules, whole.states) == (verdict.decision, verdict.rules, verdict.states)
    assert [(each.rule, each.start, each.end) for each in whole.findings] == [
        (each.rule, each.start, each.end) for each in verdict.findings]  # fmt: skip
    states = {each.rule: each.state for each in verdict.states}
    if not any("broken" in text for text in texts):
        assert states["tone"] is not State.ERROR, "something was judged that nobody was asked about"
    assert exchange.longest_hold >= 0


def test_the_law_sees_cuts_edits_and_failures() -> None:
    """What the property compares is not empty."""
    seen = set()
    for api in APIS:
        for text in ("You are vile! ", "Ask Zoe in Ulm. ", "broken. ", "All is well. "):
            _, verdict = _plain(APIS[api]([text], lambda each: [each], Random(1)), "stream")
            seen.add((api, {each.rule: each.state for each in verdict.states}["tone"]))
    assert seen == {(api, state) for api in APIS for state in (State.BLOCKED, State.EDITED, State.ERROR, State.ALLOWED)}
