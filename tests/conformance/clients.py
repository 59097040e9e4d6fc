"""Makes a call with an official Python client, as an application would, and says what came of it in plain data."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import anthropic
import openai

from tests.conformance.calls import Call
from tests.conformance.house import KEY

_FINALS = {"chat.completions": "get_final_completion", "responses": "get_final_response", "messages": "get_final_message"}


@dataclass(frozen=True, slots=True)
class Came:
    """``said``: the parsed result. Otherwise ``status`` and ``error`` (0: no answer), what the client raised."""

    said: Any = None
    status: int = 200
    error: Any = None

    @property
    def passed(self) -> bool:
        return self.error is None


class Clients:
    """The four Python clients of one target, made once. ``port``: where it listens."""

    def __init__(self, port: int) -> None:
        self.port = port
        where = f"http://127.0.0.1:{port}"
        self._sync: dict[str, Any] = {
            "openai": openai.OpenAI(base_url=f"{where}/v1", api_key=KEY, admin_api_key=KEY, max_retries=0),
            "anthropic": anthropic.Anthropic(base_url=where, api_key=KEY, max_retries=0),
        }
        self._async: dict[str, Any] = {
            "openai": openai.AsyncOpenAI(base_url=f"{where}/v1", api_key=KEY, admin_api_key=KEY, max_retries=0),
            "anthropic": anthropic.AsyncAnthropic(base_url=where, api_key=KEY, max_retries=0),
        }

    async def close(self) -> None:
        for name, client in self._async.items():
            await client.close()
            self._sync[name].close()

    async def ask(self, call: Call, *, waiting: bool) -> Came:
        """The call by the synchronous client, in a thread, or by the asynchronous one where ``waiting``."""
        try:
            if waiting:
                return Came(await _awaited(self._async[call.client], call))
            return Came(await asyncio.to_thread(_asked, self._sync[call.client], call))
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            return Came(status=error.status_code, error=error.body)
        except Exception as error:
            return Came(status=0, error=f"{type(error).__name__}: {error}")


def _method(client: Any, call: Call) -> tuple[Any, dict[str, Any]]:
    arguments = copy.deepcopy(call.arguments)
    if call.streamed:
        arguments["stream"] = True
    return getattr(attrgetter(call.resource)(client), call.method), arguments


def _asked(client: Any, call: Call) -> Any:
    method, arguments = _method(client, call)
    if call.method == "stream":
        with method(**arguments) as live:
            events = [dumped(each) for each in live]
            return {"final": dumped(getattr(live, _FINALS[call.resource.removeprefix("beta.")])()), "kinds": kinds(events)}
    said = method(**arguments)
    if call.streamed:
        with said:
            return folded([dumped(each) for each in said])
    return dumped(said)


async def _awaited(client: Any, call: Call) -> Any:
    method, arguments = _method(client, call)
    if call.method == "stream":
        async with method(**arguments) as live:
            events = [dumped(each) async for each in live]
            return {"final": dumped(await getattr(live, _FINALS[call.resource.removeprefix("beta.")])()), "kinds": kinds(events)}
    said = await method(**arguments)
    if call.streamed:
        async with said:
            return folded([dumped(each) async for each in said])
    return dumped(said)


def dumped(said: Any) -> Any:
    """A parsed object as plain data."""
    return said.model_dump(mode="json", warnings=False) if hasattr(said, "model_dump") else said


def kinds(events: list[Any]) -> list[str]:
    """The kinds of the events that there were: one text may be held while another goes on, so their order may differ."""
    return sorted({each.get("type", "") for each in events if isinstance(each, dict)})


def folded(events: list[Any]) -> Any:
    """A stream without the places at which its texts were cut: what any reader of it ends up with."""
    if events and "choices" in events[0]:
        return _chunks(events)
    out: list[Any] = []
    places: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in events:
        each.pop("sequence_number", None)
        delta = each.get("delta")
        lane = _lane(each)
        text = delta if isinstance(delta, str) else delta.get(lane) if lane else None
        if not isinstance(text, str):
            out.append(each)
            continue
        where = (each["type"], lane, *(each.get(name) for name in ("item_id", "content_index", "summary_index", "index")))
        if where in places:
            known = places[where]
            known["text"] += text
            known["logprobs"] += each.get("logprobs") or []
        else:
            places[where] = {"at": where, "text": text, "logprobs": each.get("logprobs") or []}
            out.append(places[where])
    return out


def _lane(event: dict[str, Any]) -> str:
    delta = event.get("delta")
    kind = delta.get("type") if isinstance(delta, dict) else None
    return {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}.get(kind or "", "")


def _chunks(events: list[Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"choices": {}}
    for event in events:
        for choice in event.pop("choices"):
            _append(out["choices"].setdefault(choice["index"], {}), choice)
        out |= {key: value for key, value in event.items() if value is not None}
    return out


def _append(known: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if key == "tool_calls":
            for call in value or ():
                _append(known.setdefault(key, {}).setdefault(call["index"], {}), call)
        elif isinstance(value, dict) and key != "top_logprobs":
            _append(known.setdefault(key, {}), value)
        elif isinstance(value, str) and key in ("content", "refusal", "arguments", "text"):
            known[key] = known.get(key, "") + value
        elif isinstance(value, list):
            known[key] = [*known.get(key, ()), *value]
        elif value is not None:
            known[key] = value
