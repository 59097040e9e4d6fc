"""Embeddings: what goes in is judged as the caller's text, what comes out is numbers and judged strings."""

from __future__ import annotations

import base64
import copy
import json
import struct
from typing import Any

import orjson
import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.embedding_create_params import EmbeddingCreateParams

from gateway.core.policy import ActionKind
from gateway.core.types import Edit, Unscannable
from gateway.errors import BadRequest, UpstreamFailed
from gateway.wire import embeddings
from gateway.wire.embeddings.fields import ANSWER_TABLE
from tests.gateway.wire.fakes import CUT, EDIT, FakeExchange
from tests.gateway.wire.samples import Samples, canaries

USAGE = {"prompt_tokens": 5, "total_tokens": 5}


def request(**fields: Any) -> embeddings.EmbeddingsRequest:
    return embeddings.parse(orjson.dumps({"model": "m", "input": "hi", **fields}))


def body(*vectors: Any, **more: Any) -> bytes:
    data = [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)]
    return orjson.dumps({"object": "list", "data": data, "model": "m", "usage": USAGE, **more})


def _complete(data: bytes, exchange: FakeExchange | None = None, **fields: Any) -> Any:
    return json.loads(embeddings.Answer(exchange or FakeExchange(), request(**fields)).complete(data))


# -- requests ----------------------------------------------------------------------------------


def test_each_input_is_a_text_of_its_own() -> None:
    parsed = request(input=["one", "two"], user="u 7")
    texts = [[(each.path, each.role, each.text) for each in channel.segments] for channel in parsed.channels]
    assert sorted(texts) == [[("/input/0", "user", "one")], [("/input/1", "user", "two")], [("/user", "user", "u 7")]]
    assert (parsed.inputs, parsed.stream) == (2, False)


@pytest.mark.parametrize(("given", "parts"), [([1, 2], ["/input"]), ([[1], [2, 3]], ["/input/0", "/input/1"])])
def test_token_ids_are_reported_as_what_no_guard_can_read(given: Any, parts: list[str]) -> None:
    assert request(input=given).unscannable == tuple(Unscannable(path, "tokens") for path in parts)


def test_edits_go_into_the_body_that_is_sent_on() -> None:
    sent = json.loads(request(input=["a SECRET", "b"]).rewrite((Edit("/input/0", 2, 8, "<*>"),), "real"))
    assert sent == {"model": "real", "input": ["a <*>", "b"]}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": None}, "input"), ({"input": []}, "input"), ({"input": 4}, "input"), ({"input": ["a", 1]}, "input[1]"),
        ({"input": ["a"] * 2049}, "input"), ({"stream": True}, "stream"), ({"encoding_format": "bytes"}, "encoding_format"),
        ({"encoding_format": ["x"]}, "encoding_format"), ({"dimensions": 0}, "dimensions"), ({"dimensions": "8"}, "dimensions"),
        ({"messages": [{"role": "user", "content": "x"}]}, "messages"), ({"model": None}, "model"),
    ],
)
def test_an_odd_request_names_the_place(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        request(**fields)
    assert caught.value.param == param


def test_every_string_of_a_request_is_judged() -> None:
    leaves = 0
    for sent in Samples({"model": "gpt-custom"}).of(EmbeddingCreateParams):
        parsed = embeddings.parse(orjson.dumps(sent))
        segments = {(segment.path, segment.text) for channel in parsed.channels for segment in channel.segments}
        for path, text in canaries(parsed.body):
            leaves += 1
            assert (path, text) in segments, path
    assert leaves >= 5


# -- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", [[0.5, -1, 2e-8], base64.b64encode(struct.pack("<3f", 1, 2, 3)).decode()])
def test_vectors_pass_as_they_are(vector: Any) -> None:
    sent = body(vector, vector)
    answer = embeddings.Answer(FakeExchange(), request(input=["a", "b"]))
    assert json.loads(answer.complete(sent)) == json.loads(sent)
    assert answer.usage == (5, 0)


@pytest.mark.parametrize("vector", [
    [], ["0.5"], [0.5, None], [True], [[0.5]], "", "not base64!", "words of a model", "QUJD=QUJD", {"a": 1}, None, 7,
    [0.0] * ((1 << 16) + 1), "A" * (1 << 20),
])  # fmt: skip
def test_what_is_no_vector_is_never_relayed(vector: Any) -> None:
    with pytest.raises(UpstreamFailed):
        _complete(body(vector))


@pytest.mark.parametrize("data", [
    b"", b"[]", b'{"data": []}', b'{"data": 1}', b'{"data": [1]}', b'{"data": [{"embedding": [1]}]}',
    body([0.5], [0.5]), orjson.dumps({"error": {"message": "you said: hi", "type": "Bad"}}),
])  # fmt: skip
def test_an_odd_answer_is_never_relayed(data: bytes) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        _complete(data)
    assert "you said" not in caught.value.message


def test_strings_beside_the_numbers_are_judged() -> None:
    sent = json.loads(body([0.5], note=f"a {EDIT}", kv_transfer_params={"host": "x"}))
    sent["data"][0].update(comment=f"b {EDIT}", token_ids=[1])
    out = _complete(orjson.dumps(sent))
    assert out["note"] == "a <*>"
    assert out["data"][0] == {"object": "embedding", "index": 0, "embedding": [0.5], "comment": "b <*>"}
    assert "kv_transfer_params" not in out


@pytest.mark.parametrize("where", ["beside", "inside"])
def test_a_block_beside_the_numbers_stops_the_answer(where: str) -> None:
    sent = json.loads(body([0.5]))
    (sent if where == "beside" else sent["data"][0])["note"] = CUT
    with pytest.raises(UpstreamFailed):
        _complete(orjson.dumps(sent))


def test_every_string_of_an_answer_is_judged_or_named() -> None:
    exempt = {entry.path: entry.treat for entry in ANSWER_TABLE}
    leaves = 0
    for sent in Samples().of(CreateEmbeddingResponse):
        exchange = FakeExchange(ActionKind.ALLOW)
        _complete(orjson.dumps(copy.deepcopy(sent)), exchange)
        judged = "\n".join(exchange.seen())
        for path, text in canaries(sent):
            leaves += 1
            assert text in judged, path
    assert leaves >= 1
    assert exempt["/data/*/embedding"] == "token"


def test_a_policys_own_words_cannot_stand_in_a_vectors_place() -> None:
    assert request(input="hi").canned("Ask HR.", "d1", 1.0) is None
