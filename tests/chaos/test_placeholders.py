"""Placeholders on real sockets: many requests at once share nothing, and processes agree on what they make."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from gateway.core.policy import Action, ActionKind, Policy, Rule
from tests.chaos.conftest import Start
from tests.chaos.house import chat
from tests.chaos.upstream import DONE, HEAD_EVENTS, LAST_CHUNK, Ask, completion, delta

POLICY = Policy("test", rules=(Rule("hide", "masked", action=Action(ActionKind.TOKENIZE), entities=()),))
AT_ONCE = 200


async def echo(ask: Ask) -> None:
    """Says what it was told, a few characters at a time where a stream was asked for; the others go on meanwhile."""
    said = ask.json["messages"][-1]["content"]
    if not ask.json.get("stream"):
        await asyncio.sleep(0)
        ask.answer(completion(said))
        return
    ask.send(HEAD_EVENTS)
    for at in range(0, len(said), 7):
        ask.chunk(delta(said[at : at + 7]))
        await asyncio.sleep(0.001)
    ask.chunk(delta(None, "stop") + DONE)
    ask.send(LAST_CHUNK)


async def test_two_hundred_requests_at_once_get_back_their_own_values_only(start: Start) -> None:
    house = await start(policy=POLICY)
    house.upstream.script = echo
    foreign = "<VALUE_0123456789abcd>"
    asked = [f"number {index}: maskme42 and {foreign}" for index in range(AT_ONCE)]
    answers = await asyncio.gather(*(house.ask(chat(text, stream=index % 2 == 0)) for index, text in enumerate(asked)))
    got = [answer.text if index % 2 == 0 else answer.json["choices"][0]["message"]["content"]
           for index, answer in enumerate(answers)]
    assert got == asked
    seen = [json.loads(body)["messages"][0]["content"] for _, body in house.upstream.requests]
    assert len(seen) == AT_ONCE
    assert not any("maskme42" in text for text in seen)


_MAKE = """
from gateway.config.settings import Settings
from gateway.core.placeholders import Minted
from gateway.supervisor.assemble import tenant_keys
keys = tenant_keys(Settings(placeholder_key="one for all", retired_placeholder_keys=("the last one",)))
print([Minted(keys(tenant)).mint("NAME", "Zoë") for tenant in ("acme", "quill")])
"""


def test_two_processes_make_the_same_of_the_same_value() -> None:
    runs = [subprocess.run([sys.executable, "-c", _MAKE], capture_output=True, text=True, check=True) for _ in range(2)]
    first, second = (run.stdout for run in runs)
    assert first == second
    acme, quill = first.strip("[]\n").split(", ")
    assert acme != quill
