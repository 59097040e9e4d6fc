"""What a caller's parameters may cost the model server, and what they may not say at all.

Model servers trust whoever reaches them: a large ``n`` multiplies memory, a template or a processor's
settings run code, ids of server-side conversations bypass what was judged here. One table, with reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from gateway.errors import BadRequest

Kind = Literal["integer", "number", "boolean", "strings", "integers", "array", "object", "size", "biases"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter's type and limits: values for numbers, elements for arrays and objects, bytes for ``size``."""

    kind: Kind
    low: int | float  # as it is written: a float next to 2**63 is 2**63
    high: int | float
    reason: str


_SCHEMA_BYTES = 256 << 10
BOUNDS: Mapping[str, Bound] = {
    "n": Bound("integer", 1, 16, "each choice is a whole generation"),
    "best_of": Bound("integer", 1, 16, "each candidate is a whole generation"),
    "logprobs": Bound("boolean", 0, 1, "a flag in this API"),
    "top_logprobs": Bound("integer", 0, 20, "a sort and a text per token and alternative"),
    "max_tokens": Bound("integer", 1, 1 << 20, "room is reserved for them"),
    "max_completion_tokens": Bound("integer", 1, 1 << 20, "room is reserved for them"),
    "min_tokens": Bound("integer", 0, 1 << 20, "forces a generation to go on"),
    "temperature": Bound("number", 0, 2, "the API's range"),
    "top_p": Bound("number", 0, 1, "the API's range"),
    "min_p": Bound("number", 0, 1, "the API's range"),
    "top_k": Bound("integer", -1, 1 << 20, "the API's range"),
    "presence_penalty": Bound("number", -2, 2, "the API's range"),
    "frequency_penalty": Bound("number", -2, 2, "the API's range"),
    "repetition_penalty": Bound("number", 0, 10, "the API's range"),
    "seed": Bound("integer", -(2**63), 2**63 - 1, "beyond 64 bits servers fail"),
    "stop": Bound("strings", 0, 16, "each is looked for after each token"),
    "bad_words": Bound("strings", 0, 64, "each is turned into tokens"),
    "stop_token_ids": Bound("integers", 0, 64, "each is looked for after each token"),
    "allowed_token_ids": Bound("integers", 0, 4096, "a mask per token"),
    "logit_bias": Bound("biases", 0, 1024, "a bias per entry and token"),
    "messages": Bound("array", 1, 10_000, "each is a node of the template's output"),
    "tools": Bound("array", 0, 512, "each goes into the prompt and the grammar"),
    "functions": Bound("array", 0, 512, "each goes into the prompt and the grammar"),
    "documents": Bound("array", 0, 1024, "each goes into the prompt"),
    "metadata": Bound("object", 0, 64, "kept with the request"),
    "modalities": Bound("strings", 0, 8, "the API's list"),
    "stream_options": Bound("object", 0, 16, "the API's object"),
    "response_format": Bound("size", 0, _SCHEMA_BYTES, "compiled into a grammar"),
    "structured_outputs": Bound("size", 0, _SCHEMA_BYTES, "compiled into a grammar"),
    "guided_json": Bound("size", 0, _SCHEMA_BYTES, "compiled into a grammar"),
    "guided_regex": Bound("size", 0, 4096, "compiled into an automaton that can explode"),
    "guided_choice": Bound("size", 0, _SCHEMA_BYTES, "compiled into a grammar"),
    "guided_grammar": Bound("size", 0, _SCHEMA_BYTES, "compiled into a grammar"),
    "parallel_tool_calls": Bound("boolean", 0, 1, "a flag"),
    "ignore_eos": Bound("boolean", 0, 1, "a flag"),
}
DROPPED: Mapping[str, str] = {
    "chat_template": "a program that the model server would run, and that could undo the roles",
    "chat_template_kwargs": "arguments to that program",
    "chat_template_content_format": "changes how the parts of a message are joined after they were judged",
    "cache_salt": "lets a caller probe or flood the shared prefix cache",
    "mm_processor_kwargs": "sizes of pictures, that is memory, chosen by a caller",
    "media_io_kwargs": "as mm_processor_kwargs",
    "kv_transfer_params": "addresses inside the serving cluster",
    "vllm_xargs": "reaches plugins of the model server",
    "logits_processors": "names code that the model server would import",
    "request_id": "is the gateway's to give",
    "priority": "is the operator's to give",
    "store": "keeps the conversation where it is not judged again",
    "prompt_logprobs": "answers with the prompt's tokens one by one, which no guard can read",
    "return_token_ids": "answers with the text as numbers, past every edit",
    "return_tokens_as_token_ids": "hides the text of tokens behind numbers",
    "use_beam_search": "each beam is a whole generation",
    "guided_decoding_backend": "chooses code of the model server",
    "guided_whitespace_pattern": "an automaton of the caller's own",
}
"""Parameters that are taken out of the request: an answer without them is still the answer asked for."""
REFUSED: Mapping[str, str] = {
    "previous_response_id": "this gateway keeps no conversations: send the messages themselves",
    "conversation": "this gateway keeps no conversations: send the messages themselves",
    "prompt_embeds": "a prompt as numbers cannot be judged, and model servers unpickle it: send 'prompt'",
    "background": "this gateway answers in the same request only",
}
"""Parameters without which the answer would be to another question."""


def check(
    body: dict[str, Any], bounds: Mapping[str, Bound] = BOUNDS, refused: Mapping[str, str] = REFUSED
) -> None:
    """Raises BadRequest, naming the parameter, for the first value that is out of bounds.

    An API that means something else by a name than chat completions do gives its own ``bounds`` and ``refused``.
    """
    for name, value in body.items():
        if value is None:
            continue
        bound = bounds.get(name)
        if bound is not None:
            _check(name, value, bound)
        if name in refused and value is not False:
            raise BadRequest(f"'{name}' is not supported: {refused[name]}.", param=name)


def _check(name: str, value: Any, bound: Bound) -> None:
    kind, low, high = bound.kind, bound.low, bound.high
    if kind == "integer" or kind == "number":
        known = type(value) is int or (kind == "number" and type(value) is float)
        if not known or not low <= value <= high:
            what = "an integer" if kind == "integer" else "a number"
            raise BadRequest(f"'{name}' must be {what} between {low:g} and {high:g}.", param=name)
    elif kind == "boolean":
        if type(value) is not bool:
            raise BadRequest(f"'{name}' must be true or false.", param=name)
    elif kind == "size":
        if len(orjson.dumps(value)) > high:
            raise BadRequest(f"'{name}' may hold at most {high:g} bytes.", param=name)
    elif kind == "object" or kind == "biases":
        _check_object(name, value, bound)
    else:
        _check_array(name, value, bound)


def _check_object(name: str, value: Any, bound: Bound) -> None:
    if type(value) is not dict:
        raise BadRequest(f"'{name}' must be an object.", param=name)
    if len(value) > bound.high:
        raise BadRequest(f"'{name}' may have at most {bound.high:g} members.", param=name)
    if bound.kind == "biases":
        for key, bias in value.items():
            if not (key.isascii() and key.isdigit() and len(key) < 10):
                raise BadRequest(f"The keys of '{name}' must be token ids.", param=name)
            if type(bias) not in (int, float) or not -100 <= bias <= 100:
                raise BadRequest(f"The values of '{name}' must be numbers between -100 and 100.", param=name)


def _check_array(name: str, value: Any, bound: Bound) -> None:
    if bound.kind == "strings" and type(value) is str:
        return
    if type(value) is not list:
        raise BadRequest(f"'{name}' must be an array.", param=name)
    if not bound.low <= len(value) <= bound.high:
        least = f"at least {bound.low:g} and " if bound.low else ""
        raise BadRequest(f"'{name}' must have {least}at most {bound.high:g} elements.", param=name)
    wanted = {"strings": str, "integers": int}.get(bound.kind)
    for index, each in enumerate(value):
        if wanted is not None and type(each) is not wanted:
            what = "a string" if wanted is str else "an integer"
            raise BadRequest(f"'{name}[{index}]' must be {what}.", param=f"{name}[{index}]")
