"""Errors of the Messages API, as Anthropic's clients know them; and answers that the policy itself gives."""

from __future__ import annotations

import json

import orjson
import pytest

from gateway import errors as tree
from gateway.errors import ApiError, ContentFiltered
from gateway.wire.messages import parse
from gateway.wire.messages.count import CountAnswer
from gateway.wire.messages.errors import SHAPE, kind
from tests.gateway.wire.fakes import CUT, EDIT, REPLACEMENT, FakeExchange
from tests.gateway.wire.messages.streams import events, joined, request, same

KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    405: "invalid_request_error", 408: "timeout_error", 413: "request_too_large", 415: "invalid_request_error",
    429: "rate_limit_error", 500: "api_error", 502: "api_error", 504: "timeout_error",
}  # fmt: skip


def test_every_error_has_anthropics_word() -> None:
    classes = [each for each in vars(tree).values() if isinstance(each, type) and issubclass(each, ApiError)]
    assert len(classes) > 15
    for each in classes:
        expected = {"Overloaded": "overloaded_error", "GuardUnavailable": "api_error"}.get(each.__name__)
        assert kind(each("why")) == (expected or KINDS[each.status])


def test_a_body_has_the_apis_shape_and_our_detail_in_one_member() -> None:
    error = ContentFiltered("Blocked.", headers={"x-request-id": "r1"}, detail={"decision_id": "r1", "rules": ["a"]})
    assert json.loads(SHAPE.body(error)) == {
        "type": "error", "request_id": "r1",
        "error": {"type": "invalid_request_error", "message": "Blocked.",
                  "wardgate": {"code": "content_filter", "decision_id": "r1", "rules": ["a"]}},
    }  # fmt: skip
    (said,) = events(SHAPE.frame(tree.BadRequest("Bad.", param="x")))
    assert said == {"type": "error", "error": {"type": "invalid_request_error", "message": "Bad.",
                                               "wardgate": {"code": "invalid_request", "param": "x"}}}  # fmt: skip
    assert SHAPE.id_lines("r1") == b"request-id: r1\r\n"


def test_the_policys_own_words_come_as_a_message() -> None:
    whole = json.loads(parse(orjson.dumps(request())).canned("Not here.", "d1", 1.0))
    streamed = joined(parse(orjson.dumps(request(stream=True))).canned("Not here.", "d1", 1.0))
    streamed.pop("usage")
    assert streamed == same(whole)
    assert (whole["content"], whole["stop_reason"]) == ([{"type": "text", "text": "Not here."}], "refusal")
    assert (whole["id"], whole["model"]) == ("msg_d1", "m")


def test_a_count_passes_and_what_stands_beside_it_is_judged() -> None:
    out = CountAnswer(FakeExchange()).complete(orjson.dumps({"input_tokens": 7, "note": f"a {EDIT}"}))
    assert json.loads(out) == {"input_tokens": 7, "note": f"a {REPLACEMENT}"}
    for body in (b"7", b'{"input_tokens":"7"}', b'{"input_tokens":-1}', b'{"error":{}}', b'{"input_tokens":7,"n":"%b"}' % CUT.encode()):
        with pytest.raises(tree.UpstreamFailed):
            CountAnswer(FakeExchange()).complete(body)
    count = CountAnswer(FakeExchange())
    assert (count.usage, count.done) == ((0, 0), False)
    for never in (lambda: count.feed(b"{}"), count.finish):
        with pytest.raises(tree.UpstreamFailed):
            never()
    assert events(count.fail(tree.UpstreamTimeout("Late.")))[0]["error"]["type"] == "timeout_error"
