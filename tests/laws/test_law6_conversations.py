"""Law 6 through the whole codec: what callers say comes back to them, and the model never sees it.

Conversations are random but seeded: any number of values in turns, tool arguments and several choices, answered by
a model that repeats what it saw, whole or as a stream cut anywhere, exactly or in its own spelling.
"""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.placeholders import UNKNOWN, Minted
from gateway.core.policy import Action, ActionKind, Policy, Rule
from gateway.core.types import Context, State
from gateway.wire import chat
from tests.gateway.wire import streams

TOKENIZE = Action(ActionKind.TOKENIZE)
CONVERSATIONS = 10_000
SHARDS = 10
KEYS = (b"acme", b"acme before")
WORDS = ("please write to", "and then", "the answer is", "été", "日本", "a \"quoted\" word", "back\\slash", "{", "line\nbreak")


@cache
def _plan() -> Plan:
    """Made when it is asked for: compiling takes seconds, and every process of a run collects this file."""
    entities = (("EMAIL_ADDRESS", TOKENIZE), ("PHONE_NUMBER", TOKENIZE))
    rule = Rule("personal", "pii", action=Action(ActionKind.ALLOW), entities=entities)
    return Plan.compile([Policy("p", rules=(rule,))], "1", guards())


def _value(rng: random.Random) -> str:
    if rng.random() < 0.7:
        return f"{rng.choice(('ann', 'bo.lee', 'c_d', 'Zoë'.lower().replace('ë', 'e')))}{rng.randrange(999)}@quill.example"
    return f"+44 20 7946 0{rng.randrange(100, 1000)}"


def _text(rng: random.Random) -> str:
    return " ".join(part for _ in range(rng.randint(1, 3)) for part in (rng.choice(WORDS), _value(rng))) + " ok"


def _opened(body: dict[str, Any]) -> tuple[chat.ChatRequest, Exchange, dict[str, Any]]:
    """The request, its exchange, and the body that the model gets."""
    request = chat.parse(json.dumps(body).encode())
    exchange = _plan().open(Context("d", placeholder_keys=KEYS, conversation=request.channels))
    verdict = exchange.judge_input(request.channels, request.unscannable)
    return request, exchange, json.loads(request.rewrite(verdict.edits))


def _body(rng: random.Random) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for turn in range(rng.randint(1, 4)):
        messages.append({"role": "user", "content": _text(rng)})
        if rng.random() < 0.4:
            arguments = json.dumps({"to": _value(rng), "note": _text(rng), "n": 3}, ensure_ascii=rng.random() < 0.5)
            call = {"id": f"c{turn}", "type": "function", "function": {"name": "send", "arguments": arguments}}
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            messages.append({"role": "tool", "tool_call_id": f"c{turn}", "content": _text(rng)})
    return {"model": "m", "messages": messages, "n": rng.choice((1, 1, 3)), "stream": rng.random() < 0.5}


def _answer(rng: random.Random, request: chat.ChatRequest, exchange: Exchange, texts: list[str], calls: list[str]) -> dict[int, Any]:
    """What the caller gets of ``texts`` and ``calls``, one of each per choice: content and arguments by choice."""
    made = [
        {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": texts[index], "tool_calls": [
            {"id": "x", "type": "function", "function": {"name": "send", "arguments": calls[index]}}]}}
        for index in range(request.n)
    ]
    answer = chat.Answer(exchange, request)
    if not request.stream:
        out = json.loads(answer.complete(json.dumps({**streams.HEAD, "object": "chat.completion", "choices": made}).encode()))
        return {each["index"]: (each["message"]["content"], each["message"]["tool_calls"][0]["function"]["arguments"])
                for each in out["choices"]}
    datas: list[bytes] = []
    pieces = [(index, kind, part) for index in range(request.n)
              for kind, text in (("content", texts[index]), ("arguments", calls[index])) for part in _cut(rng, text)]
    named: set[int] = set()
    for index, kind, part in _interleaved(rng, pieces):
        if kind == "content":
            datas.append(streams.chunk({"content": part}, index=index))
            continue
        function: dict[str, Any] = {"arguments": part} if index in named else {"name": "send", "arguments": part}
        named.add(index)
        datas.append(streams.chunk({"tool_calls": [{"index": 0, "id": "x", "type": "function", "function": function}]}, index=index))
    datas += [streams.chunk({}, "stop", index) for index in range(request.n)]
    got = streams.joined(streams.run(answer, datas))
    return {index: (each["content"], each["tool_calls"][0]["function"]["arguments"]) for index, each in got.items()}


def _interleaved(rng: random.Random, pieces: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """The pieces of all choices in turns, those of one choice in their order."""
    left: dict[int, list[tuple[int, str, str]]] = {}
    for piece in pieces:
        left.setdefault(piece[0], []).append(piece)
    out = []
    while left:
        index = rng.choice(list(left))
        out.append(left[index].pop(0))
        if not left[index]:
            del left[index]
    return out


def _cut(rng: random.Random, text: str) -> list[str]:
    marks = sorted(rng.randrange(len(text) + 1) for _ in range(rng.randint(0, 6)))
    return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]


@pytest.mark.parametrize(
    "shard", [0, *(pytest.param(shard, marks=pytest.mark.chaos) for shard in range(1, SHARDS))]
)
def test_random_conversations_come_back_as_they_were_said(shard: int) -> None:
    rng = random.Random(shard)
    for _ in range(CONVERSATIONS // SHARDS):
        body = _body(rng)
        said = [message["content"] for message in body["messages"] if message.get("content")]
        request, exchange, seen = _opened(body)
        shown = json.dumps(seen, ensure_ascii=False)
        assert "@quill" not in shown
        assert "20 7946" not in shown
        told = [message["content"] for message in seen["messages"] if message.get("content")]
        picks = [rng.randrange(len(said)) for _ in range(request.n)]
        calls = [json.dumps({"text": told[pick], "list": [told[pick], 1]}, ensure_ascii=rng.random() < 0.5) for pick in picks]
        got = _answer(rng, request, exchange, [told[pick] for pick in picks], calls)
        for index, pick in enumerate(picks):
            content, arguments = got[index]
            assert content == said[pick]
            assert json.loads(arguments) == {"text": said[pick], "list": [said[pick], 1]}


def test_a_turn_more_leaves_the_beginning_as_it_was() -> None:
    """Else the model server's prefix cache would be of no use."""
    rng = random.Random(7)
    for _ in range(500):
        body = _body(rng)
        later = {**body, "messages": [*body["messages"], {"role": "assistant", "content": _text(rng)},
                                      {"role": "user", "content": _text(rng)}]}
        first, second = (json.dumps(_opened(each)[2]["messages"], ensure_ascii=False) for each in (body, later))
        assert second.startswith(first[:-1])


SPELLINGS = {
    "lower case": str.lower, "upper case": str.upper, "no brackets": lambda name: name[1:-1],
    "square brackets": lambda name: f"[{name[1:-1]}]", "inner spaces": lambda name: f"< {name[1:-1]} >",
    "spaces for underscores": lambda name: name[1:-1].replace("_", " "), "markdown": lambda name: name.replace("_", "\\_"),
    "entities": lambda name: f"&lt;{name[1:-1]}&gt;", "title case": lambda name: name[1:-1].title(),
}  # fmt: skip


@pytest.mark.parametrize("how", SPELLINGS)
def test_another_spelling_is_undone_too_however_it_is_cut(how: str) -> None:
    rng = random.Random(len(how))
    for _ in range(100):
        value = _value(rng)
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": f"mail {value} now"}]}
        request, exchange, seen = _opened(body)
        name = seen["messages"][0]["content"].removeprefix("mail ").removesuffix(" now")
        datas = [streams.chunk({"content": part}) for part in _cut(rng, f"I wrote to {SPELLINGS[how](name)}, as asked.")]
        out = streams.run(chat.Answer(exchange, request), [*datas, streams.chunk({}, "stop")])
        assert streams.joined(out)[0]["content"] == f"I wrote to {value}, as asked."
        assert exchange.verdict().findings == ()


@pytest.mark.parametrize("whose", ["forged", "another tenant's", "another value's", "broken"])
def test_what_this_request_did_not_make_stays_and_is_reported(whose: str) -> None:
    mine = Minted(KEYS).name("EMAIL_ADDRESS", "ann@quill.example")
    name = {
        "forged": "<EMAIL_ADDRESS_00112233445566>", "broken": mine[:-2] + ">",
        "another tenant's": Minted((b"other",)).name("EMAIL_ADDRESS", "ann@quill.example"),
        "another value's": Minted(KEYS).name("EMAIL_ADDRESS", "bo@quill.example"),
    }[whose]
    asked = f"mail ann@quill.example about {name}" if whose == "forged" else "mail ann@quill.example"
    for stream in (True, False):
        request, exchange, _ = _opened({"model": "m", "stream": stream, "messages": [{"role": "user", "content": asked}]})
        text = f"It is {name}."
        if stream:
            datas = [streams.chunk({"content": part}) for part in text]
            got = streams.joined(streams.run(chat.Answer(exchange, request), [*datas, streams.chunk({}, "stop")]))[0]["content"]
        else:
            whole = {**streams.HEAD, "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}
            got = json.loads(chat.Answer(exchange, request).complete(json.dumps(whole).encode()))["choices"][0]["message"]["content"]
        assert got == text
        (finding,) = exchange.verdict().findings
        assert (finding.rule, finding.entity, finding.start, finding.end) == ("personal", UNKNOWN, 6, 6 + len(name))
        assert exchange.verdict().states[0].state is State.FLAGGED
