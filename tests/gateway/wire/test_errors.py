"""Errors and lists of models have OpenAI's shapes, and say nothing that a model server said."""

from __future__ import annotations

import json

from openai.types import Model

from gateway.errors import BadRequest, ContentFiltered, UpstreamFailed
from gateway.wire import errors, models
from gateway.wire.sse import Splitter


def test_an_error_has_the_four_members() -> None:
    body = json.loads(errors.render(BadRequest("'n' must be 1.", param="n")))
    assert body == {"error": {"message": "'n' must be 1.", "type": "invalid_request_error", "param": "n",
                              "code": "invalid_request"}}  # fmt: skip


def test_details_of_a_block_are_beside_them() -> None:
    body = json.loads(errors.render(ContentFiltered("No.", detail={"rules": ["pii"]})))
    assert body["error"]["code"] == "content_filter"
    assert body["error"]["wardgate"] == {"rules": ["pii"]}


def test_the_frame_is_one_event_of_the_same_body() -> None:
    error = UpstreamFailed("two\nlines")
    (event,) = Splitter().feed(errors.frame(error))
    assert event.data == errors.render(error)


def test_what_a_model_server_reports_is_named_by_single_words_only() -> None:
    said = errors.reported({"message": "secret prompt", "type": "server_error", "code": "boom: secret", "param": "secret"})
    assert said.message == "The model server reported an error (server_error)."
    assert errors.reported("secret").message == "The model server reported an error."
    assert said.status == 502


def test_models_are_what_the_client_reads() -> None:
    assert [Model.model_validate(each).id for each in json.loads(models.listing(["a", "b"]))["data"]] == ["a", "b"]
    empty = json.loads(models.listing([]))
    assert (empty["object"], empty["data"], empty["has_more"]) == ("list", [], False)
    assert Model.model_validate(json.loads(models.single("a"))).object == "model"
