"""Answers of text completions: every choice judged, whole or streamed, with what stands beside its text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.errors import UpstreamFailed
from gateway.wire import completions
from tests.gateway.wire.completions.streams import HEAD, USAGE, body, choice, joined, request, rows, scores
from tests.gateway.wire.fakes import CUT, EDIT, REFUSAL, FakeExchange
from tests.gateway.wire.streams import events, run


def _answer(exchange: FakeExchange | None = None, **fields: Any) -> completions.Answer:
    return completions.Answer(exchange or FakeExchange(), request(**fields))


def _whole(*choices: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    return json.loads(_answer(**fields).complete(body(*choices, usage=USAGE)))["choices"]  # type: ignore[no-any-return]


def test_an_answer_that_is_fine_stays_as_it_is() -> None:
    sent = body(choice("one", 0, "stop", stop_reason=None), choice("two", 1, "length"), usage=USAGE)
    answer = _answer(n=2)
    assert json.loads(answer.complete(sent)) == json.loads(sent)
    assert answer.usage == (3, 4)


def test_edits_and_cuts_belong_to_their_choice() -> None:
    one, two, three = _whole(
        choice(f"a {EDIT} b", 0, "stop"), choice(f"so {CUT} on", 1, "stop", stop_reason="x"), choice("fine", 2, "stop"), n=3
    )
    assert (one["text"], one["finish_reason"]) == ("a <*> b", "stop")
    assert (two["text"], two["finish_reason"]) == (f"so {REFUSAL}", "content_filter")
    assert "stop_reason" not in two
    assert (three["text"], three["finish_reason"]) == ("fine", "stop")


def test_a_stream_delivers_what_the_whole_answer_does() -> None:
    texts = [f"a {EDIT} b", f"so {CUT} on"]
    whole = {each["index"]: each["text"] for each in _whole(*[choice(text, at, "stop") for at, text in enumerate(texts)], n=2)}
    datas = []
    for at in range(max(map(len, texts))):
        datas += [body(choice(text[at], index)) for index, text in enumerate(texts) if at < len(text)]
    datas += [body(choice("", index, "stop")) for index in (0, 1)] + [b"[DONE]"]
    out = joined(run(_answer(n=2, stream=True), datas))
    assert {index: each["text"] for index, each in out.items()} == whole
    assert [out[0]["finish_reason"], out[1]["finish_reason"]] == ["stop", "content_filter"]


def test_several_choices_in_one_event() -> None:
    data = body(choice("hello there", 0), choice(f"{CUT} x", 1), choice("and more", 2))
    answer = _answer(n=3, stream=True)
    out = joined(answer.feed(data) + answer.feed(body(choice("", 0, "stop"), choice("", 2, "stop"))) + answer.finish())
    assert [out[index]["text"] for index in range(3)] == ["hello there", REFUSAL, "and more"]


def test_a_stream_in_which_nothing_is_held_passes_event_by_event() -> None:
    answer = _answer(stream=True)
    first = answer.feed(body(choice("a long beginning")))
    assert joined(first)[0]["text"] == "a long begi"  # the fake holds five characters
    assert answer.feed(body(choice("ab"))) != b""
    assert _answer(stream=True).feed(body(choice("ab"))) == b""


def test_the_usage_event_and_the_end() -> None:
    answer = _answer(stream=True, stream_options={"include_usage": True})
    out = run(answer, [body(choice("done here", 0, "stop")), body(usage=USAGE), b"[DONE]"])
    assert [event if event == "[DONE]" else len(event["choices"]) for event in events(out)] == [1, 0, "[DONE]"]
    assert answer.usage == (3, 4)
    assert answer.feed(body(choice("more"))) == b""


def test_usage_is_still_told_when_the_model_was_stopped_early() -> None:
    answer = _answer(stream=True, stream_options={"include_usage": True, "continuous_usage_stats": True})
    out = run(answer, [body(choice(f"{CUT} now"), usage=USAGE), body(choice("never"))])
    assert answer.done
    last = events(out)[-2]
    assert (last["choices"], last["usage"]) == ([], USAGE)


def test_a_stream_that_ends_without_a_reason_still_delivers_its_rest() -> None:
    answer = _answer(stream=True)
    out = joined(answer.feed(body(choice("abc"))) + answer.feed(b"[DONE]") + answer.finish())
    assert out[0] == {"text": "abc", "finish_reason": None, "rows": []}


def test_a_stream_that_breaks_off_is_an_error() -> None:
    answer = _answer(stream=True)
    answer.feed(body(choice("abc")))
    with pytest.raises(UpstreamFailed):
        answer.finish()
    assert b"upstream_failed" in answer.fail(UpstreamFailed("The stream was lost."))
    assert answer.finish() == b""


def test_what_stands_beside_the_text_is_judged() -> None:
    exchange = FakeExchange()
    sent = body(choice("fine", 0, "stop", stop_reason=f"a {EDIT}", note="judged words", prompt_token_ids=[1], token_ids=[2]),
                kv_transfer_params={"host": "10.0.0.1"}, system_fingerprint="fp_1", extra=f"x {EDIT}")
    out = json.loads(_answer(exchange).complete(sent))
    assert out["choices"][0] == choice("fine", 0, "stop", stop_reason="a <*>", note="judged words")
    assert out["extra"] == "x <*>"
    assert "kv_transfer_params" not in out
    assert {"judged words", "note", "extra"} <= set(exchange.seen())


def test_a_cut_beside_the_text_ends_the_choice_and_the_rest_of_its_text_is_held() -> None:
    exchange = FakeExchange()
    answer = _answer(exchange, stream=True)
    out = answer.feed(body(choice("some words")))
    out += answer.feed(body(choice("never said", note=f"{CUT}!")))
    assert joined(out)[0]["text"] == f"some {REFUSAL}"
    assert answer.done
    assert exchange.fields[0, "text"].ended


# -- scores ------------------------------------------------------------------------------------


def test_scores_pass_where_nothing_is_edited() -> None:
    tokens = ["Once", " upon", " a", " time"]
    sent = choice("Once upon a time", 0, "stop", scores(tokens))
    assert _whole(sent, logprobs=2)[0] == sent


def test_echoed_scores_pass_with_a_first_token_that_has_none() -> None:
    found = scores(["Once", " upon"])
    found["token_logprobs"][0] = found["top_logprobs"][0] = None
    assert _whole(choice("Once upon", 0, "length", found), logprobs=1, echo=True, max_tokens=0)[0]["logprobs"] == found


def test_no_score_goes_out_from_the_first_edit_on() -> None:
    tokens = ["ab", " SEC", "RET", " tail"]
    out = _whole(choice("ab SECRET tail", 0, "stop", scores(tokens)), logprobs=1)[0]
    assert out["text"] == "ab <*> tail"
    assert [row[0] for row in rows(out["logprobs"])] == ["ab"]


def test_no_score_goes_out_of_what_was_cut() -> None:
    tokens = ["ab", " CUT", "CUT", " tail"]
    out = _whole(choice("ab CUTCUT tail", 0, "stop", scores(tokens)), logprobs=1)[0]
    assert out["text"] == f"ab {REFUSAL}"
    assert [row[0] for row in rows(out["logprobs"])] == ["ab"]


def test_scores_that_no_one_asked_for_do_not_pass() -> None:
    assert _whole(choice("ab", 0, "stop", scores(["ab"])))[0]["logprobs"] is None


def test_tokens_that_do_not_spell_the_text_are_judged_themselves() -> None:
    exchange = FakeExchange()
    sent = body(choice("fine words", 0, "stop", scores(["CUT", "CUT", " instead"])))
    out = json.loads(_answer(exchange, logprobs=1).complete(sent))["choices"][0]
    assert out == choice(f"fine {REFUSAL}", 0, "content_filter")


def test_streamed_scores_wait_for_their_text() -> None:
    answer = _answer(stream=True, logprobs=1)
    first = answer.feed(body(choice("ab SEC", 0, None, scores(["ab", " SEC"]))))
    assert (joined(first) or {0: {"rows": []}})[0]["rows"] == []
    rest = answer.feed(body(choice("RET tail", 0, None, scores(["RET", " tail"], 6))))
    rest += answer.feed(body(choice("", 0, "stop"))) + answer.finish()
    out = joined(first + rest)[0]
    assert out["text"] == "ab <*> tail"
    assert [row[0] for row in out["rows"]] == ["ab"]


# -- what cannot be judged -----------------------------------------------------------------------


@pytest.mark.parametrize("odd", [
    {"index": 1, "text": "x"}, {"index": -1, "text": "x"}, {"index": True, "text": "x"}, {"index": 0}, "text",
    {"index": 0, "text": 5}, {"index": 0, "text": None}, {"index": 0, "text": "x", "finish_reason": "a long sentence."},
    {"index": 0, "text": "x", "finish_reason": 7},
])  # fmt: skip
def test_an_odd_choice_is_never_relayed(odd: Any) -> None:
    with pytest.raises(UpstreamFailed):
        _answer().complete(body(odd))
    with pytest.raises(UpstreamFailed):
        _answer(stream=True).feed(body(odd))


@pytest.mark.parametrize("logprobs", [
    [], "x", {"tokens": "x"}, {"tokens": [1]}, {"tokens": ["a"], "token_logprobs": ["words"]},
    {"tokens": ["a"], "top_logprobs": ["words"]}, {"tokens": ["a"], "top_logprobs": [{"a": "words"}]},
    {"tokens": ["a"], "text_offset": ["words"]}, {"tokens": ["a"], "token_logprobs": [1, 2]},
])  # fmt: skip
def test_odd_scores_are_never_relayed(logprobs: Any) -> None:
    with pytest.raises(UpstreamFailed):
        _whole(choice("a", 0, "stop", logprobs), logprobs=1)


def test_other_members_of_the_scores_do_not_pass() -> None:
    out = _whole(choice("a", 0, "stop", {**scores(["a"]), "words": "unseen"}), logprobs=1)[0]
    assert out["logprobs"] == scores(["a"])


@pytest.mark.parametrize("data", [b"no json", b"[]", b'"x"', b'{"choices": 1}', b'{"choices": [1]}', b"{}"])
def test_an_event_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        _answer(stream=True).feed(data)
    with pytest.raises(UpstreamFailed):
        _answer().complete(data)


def test_a_choice_may_not_go_on_after_its_end_nor_come_twice() -> None:
    answer = _answer(stream=True)
    answer.feed(body(choice("abc", 0, "stop")))
    with pytest.raises(UpstreamFailed):
        answer.feed(body(choice("def")))
    with pytest.raises(UpstreamFailed):
        _answer(n=2).complete(body(choice("a", 0, "stop"), choice("b", 0, "stop")))


def test_a_reported_error_keeps_its_words_to_itself() -> None:
    data = json.dumps({**HEAD, "error": {"message": "you said: my prompt", "type": "BadThing"}}).encode()
    with pytest.raises(UpstreamFailed) as caught:
        _answer(stream=True).feed(data)
    assert "BadThing" in caught.value.message
    assert "prompt" not in caught.value.message
