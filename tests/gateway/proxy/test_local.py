"""The routes that the gateway answers itself, on real sockets: decisions, audit, limits, feedback, and other tenants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import ModerationCreateResponse
from pydantic import BaseModel

from gateway.audit import chain, reviews
from gateway.audit.local_suite import LocalSuite
from gateway.audit.record import Outcome
from gateway.audit.reviews import Decisions
from gateway.audit.sqlite import SqliteAudit
from gateway.core.policy import Policy, Rule
from gateway.proxy.auth import Caller, hash_key
from gateway.proxy.limits import Bounds
from tests.chaos.house import KEY, Answer, Running, request, running

OTHER = "wg-another-tenants-key"
CALLERS = ((hash_key(KEY), Caller("app", "acme")), (hash_key(OTHER), Caller("web", "globex", models=("other",))))
CANARY = "canary-5d1f"
Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    houses: list[Running] = []

    async def begin(**how: Any) -> Running:
        house = await running(callers=CALLERS, **how)
        houses.append(house)
        return house

    yield begin
    for house in houses:
        await house.stop()


async def _ask(house: Running, path: str, body: Any, key: str = KEY) -> Answer:
    client = await house.client()
    client.send(request(body, path=path, key=key))
    return await client.answer()


# -- checks ------------------------------------------------------------------------------------


async def test_a_check_says_what_the_policy_makes_of_a_text(start: Start) -> None:
    house = await start()
    answer = await _ask(house, "/v1/checks", {"input": "please maskme42 now"})
    said = answer.json
    assert (answer.status, said["object"], said["decision"], said["policy"], said["revision"]) == (
        200, "check", "edit", "test", "rev1")
    assert said["findings"] == [{"rule": "hide", "entity": "", "stage": "input", "path": "/input", "start": 7, "end": 15, "score": 1.0}]
    assert said["edited"] == {"input": "please <REDACTED> now"}
    states = {(each["rule"], each["stage"]): each["state"] for each in said["states"]}
    assert states == {("no-bad", "input"): "allowed", ("hide", "input"): "edited", ("fragile", "input"): "allowed",
                      ("no-bad", "output"): "not_run", ("hide", "output"): "not_run", ("fragile", "output"): "not_run"}
    assert answer.headers["x-request-id"] == said["id"]
    assert answer.headers["x-wardgate-decision"] == "edit"
    assert house.upstream.accepted == 0


async def test_a_block_names_rules_and_places_and_edits_nothing(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/checks", {"messages": [
        {"role": "system", "content": "be kind"}, {"role": "user", "content": [{"type": "text", "text": "FORBIDDEN7"}]}
    ]})).json
    assert (said["decision"], said["rules"]) == ("block", ["no-bad"])
    assert said["findings"][0]["path"] == "/messages/1/content/0/text"
    assert said["id"] in said["refusal"]
    assert "edited" not in said


async def test_answers_are_judged_by_the_output_rules_one_by_one(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/checks", {"output": ["fine", "so FORBIDDEN7 it is", "maskme42"]})).json
    assert (said["decision"], said["rules"]) == ("block", ["no-bad"])
    assert [(each["rule"], each["stage"], each["path"]) for each in said["findings"]] == [
        ("no-bad", "output", "/output/1"), ("hide", "output", "/output/2")]
    fine, cut, edited = said["edited"]["output"]
    assert (fine, edited) == ("fine", "<REDACTED>")
    assert cut.startswith("so \n\n")
    assert said["id"] in cut
    one = (await _ask(house, "/v1/checks", {"output": "maskme42"})).json
    assert (one["edited"], one["findings"][0]["path"]) == ({"output": "<REDACTED>"}, "/output")


async def test_a_check_is_audited_and_counted_like_any_decision(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/checks", {"model": "m", "input": f"FORBIDDEN7 {CANARY}", "output": "maskme42"})).json
    begin, end = house.audit.begins[0], house.audit.ends[0]
    assert (begin.decision_id, begin.tenant, begin.key, begin.model, begin.route, begin.decision) == (
        said["id"], "acme", "app", "*", "checks", "block")
    assert (end.outcome, end.decision, end.findings[0].rule, end.revision) == (Outcome.COMPLETED, "block", "hide", "rev1")
    metrics = house.gateway.house.metrics
    assert metrics.requests.values[("checks", "completed")] == 1
    assert metrics.findings.values[("no-bad", "")] == 1
    assert CANARY not in repr(house.audit)


async def test_a_guard_that_breaks_blocks_a_check(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/checks", {"input": "crashnow"})).json
    assert (said["decision"], said["rules"]) == ("block", ["fragile"])
    assert {"rule": "fragile", "stage": "input", "state": "error"} in said["states"]


async def test_token_ids_and_pictures_take_the_policys_answer(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/checks", {"input": [1, 2]})).json
    assert (said["decision"], said["rules"]) == ("block", ["unscannable:tokens"])


async def test_the_model_decides_whose_policies_judge(start: Start) -> None:
    house = await start()
    await _ask(house, "/v1/checks", {"model": "m", "input": "x"})
    await _ask(house, "/v1/checks", {"input": "x"})
    assert house.policies.asked == [("m", "app"), ("", "app")]
    forbidden = await _ask(house, "/v1/checks", {"model": "m", "input": "x"}, key=OTHER)
    assert (forbidden.status, forbidden.json["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"), ({"model": "m"}, "input"), ({"input": "a", "messages": []}, "messages"), ({"input": ["a", 1]}, "input[1]"),
        ({"output": []}, "output"), ({"output": ["a", 1]}, "output[1]"), ({"output": 5}, "output"), ({"messages": []}, "messages"),
        ({"messages": [{"role": "x"}]}, "messages[0].role"), ({"model": 5, "input": "a"}, "model"), ({CANARY: 1}, None),
        ([], None), (b"{", None), ({"input": "a", "tools": "no"}, "tools"),
    ],
)
async def test_an_odd_check_names_the_member_and_no_text(start: Start, body: Any, param: str | None) -> None:
    house = await start()
    answer = await _ask(house, "/v1/checks", body)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)
    assert CANARY.encode() not in answer.body
    assert house.audit.begins == []
    assert house.gateway.house.metrics.requests.values[("checks", "error")] == 1


async def test_each_key_may_ask_so_often_whatever_the_route(start: Start) -> None:
    house = await start(bounds=Bounds(checks_rpm=3))
    routes = ["/v1/checks", "/v1/moderations"]
    answers = [await _ask(house, routes[at % 2], {"input": "x"}) for at in range(4)]
    assert [each.status for each in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "3"
    assert answers[3].json["error"]["code"] == "rate_limit_exceeded"
    assert int(answers[3].headers["retry-after"]) >= 1
    assert (await _ask(house, "/v1/checks", {"input": "x"}, key=OTHER)).status == 200
    assert (await _ask(house, "/v1/feedback", {})).status == 400  # a bucket of its own


async def test_a_limit_of_zero_is_none(start: Start) -> None:
    house = await start(bounds=Bounds(checks_rpm=0))
    assert {(await _ask(house, "/v1/checks", {"input": "x"})).status for _ in range(70)} == {200}


@pytest.mark.parametrize("path", ["/v1/checks", "/v1/moderations", "/v1/feedback"])
async def test_local_routes_want_a_key_a_post_and_json(start: Start, path: str) -> None:
    house = await start()
    client = await house.client()
    client.send(request({"input": "x"}, path=path, key="wrong") + request(None, path=path, method="GET"))
    assert [(await client.answer()).status for _ in range(2)] == [401, 405]
    client.send(request({"input": "x"}, path=path, content_type="text/plain"))
    assert (await client.answer()).status == 415


# -- moderations -------------------------------------------------------------------------------


def _ours(found: BaseModel) -> dict[str, Any]:
    """What the client read under the names of the policy's own rules."""
    return {name: (found.model_extra or {})[name] for name in ("no-bad", "hide", "fragile")}


async def test_a_moderation_as_the_official_client_reads_it(start: Start) -> None:
    house = await start()
    async with openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{house.port}/v1", api_key=KEY, max_retries=0) as client:
        said = await client.moderations.create(input=["fine", "FORBIDDEN7", "maskme42"])
    ModerationCreateResponse.model_validate(json.loads(said.model_dump_json(by_alias=True)), strict=True)
    assert [each.flagged for each in said.results] == [False, True, False]
    bad = said.results[1]
    assert (bad.categories.violence, bad.category_scores.sexual_minors, bad.category_applied_input_types.hate) == (False, 0.0, [])
    assert _ours(bad.categories) == {"no-bad": True, "hide": False, "fragile": False}
    assert _ours(bad.category_scores) == {"no-bad": 1.0, "hide": 0.0, "fragile": 0.0}
    assert _ours(bad.category_applied_input_types) == {"no-bad": ["text"], "hide": ["text"], "fragile": ["text"]}
    assert _ours(said.results[2].category_scores) == {"no-bad": 0.0, "hide": 1.0, "fragile": 0.0}
    assert said.model == "wardgate"
    begin = house.audit.begins[0]
    assert (begin.route, begin.decision, begin.rules) == ("moderations", "block", ("no-bad",))
    assert {each.path for each in begin.findings} == {"/input/1", "/input/2"}
    assert {each.rule: each.state.value for each in begin.states} == {"no-bad": "blocked", "hide": "edited", "fragile": "allowed"}


async def test_a_rule_that_has_the_name_of_a_category_is_it(start: Start) -> None:
    house = await start(policy=Policy("p", rules=(Rule("violence", "bad"),)))
    result = (await _ask(house, "/v1/moderations", {"input": "FORBIDDEN7"})).json["results"][0]
    assert (result["categories"]["violence"], result["category_scores"]["violence"]) == (True, 1.0)
    assert result["category_applied_input_types"]["violence"] == ["text"]
    assert sum(result["categories"].values()) == 1
    assert len(result["categories"]) == 13


async def test_texts_and_pictures_of_one_input_get_one_result(start: Start) -> None:
    house = await start()
    said = (await _ask(house, "/v1/moderations", {"input": [
        {"type": "text", "text": "FORBIDDEN7"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
    ]})).json
    assert len(said["results"]) == 1
    assert said["results"][0]["wardgate"]["rules"] == ["no-bad", "unscannable:image"]
    assert said["results"][0]["category_applied_input_types"]["unscannable:image"] == ["image"]


@pytest.mark.parametrize(("model", "asked"), [("omni-moderation-latest", ""), ("text-moderation-stable", ""), ("m", "m")])
async def test_names_of_openais_moderation_models_mean_no_model(start: Start, model: str, asked: str) -> None:
    house = await start()
    said = (await _ask(house, "/v1/moderations", {"model": model, "input": "x"})).json
    assert (said["model"], house.policies.asked) == (model, [(asked, "app")])


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "input"), ({"input": []}, "input"), ({"input": ["a", 1]}, "input[1]"), ({"input": [1]}, "input[0]"),
     ({"input": [{"type": "text"}]}, "input[0]"), ({"input": [{"type": "text", "text": "a", "more": CANARY}]}, "input[0]"),
     ({"input": "a", CANARY: 1}, None), ({"input": ["a"] * 257}, "input")],
)
async def test_an_odd_moderation_names_the_member_and_no_text(start: Start, body: Any, param: str | None) -> None:
    house = await start()
    answer = await _ask(house, "/v1/moderations", body)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)
    assert CANARY.encode() not in answer.body


# -- feedback ----------------------------------------------------------------------------------


@pytest.fixture
async def kept(start: Start, tmp_path: Path) -> AsyncIterator[tuple[Running, Path]]:
    """A gateway with a real audit file and a local suite."""
    path = tmp_path / "audit.db"
    audit = SqliteAudit(path)
    house = await start(audit=audit)
    house.gateway.house = replace(house.gateway.house, decisions=Decisions(path), suite=LocalSuite(tmp_path / "suite"))
    yield house, path
    audit.close()


async def _decided(house: Running) -> str:
    return str((await _ask(house, "/v1/checks", {"input": f"FORBIDDEN7 {CANARY}"})).json["id"])


async def test_feedback_waits_for_review_without_text_and_its_text_goes_into_the_suite(kept: tuple[Running, Path]) -> None:
    house, path = kept
    decision = await _decided(house)  # its record may still be on its way to the disk
    answer = await _ask(house, "/v1/feedback", {"decision_id": decision, "verdict": "too_strict",
                                                "text": f"FORBIDDEN7 {CANARY}", "note": f"harmless {CANARY}"})
    assert answer.json == {"object": "feedback", "decision_id": decision, "verdict": "too_strict", "queued": True,
                           "kept": ["text", "note"]}
    database = chain.read_only(path)
    review, = reviews.queue(database)
    assert (review["decision_id"], review["verdict"], review["tenant"], review["key"]) == (decision, "too_strict", "acme", "app")
    assert (review["decision"]["rules"], review["decision"]["decision"]) == (["no-bad"], "block")
    assert list(reviews.queue(database, "too_lax")) == []
    database.close()
    assert CANARY.encode() not in path.read_bytes()
    assert chain.verify(path).broken == 0
    suite = path.parent / "suite" / "feedback.jsonl"
    assert suite.stat().st_mode & 0o777 == 0o600
    line = json.loads(suite.read_text())
    assert (line["text"], line["note"], line["label"], line["rules"]) == (f"FORBIDDEN7 {CANARY}", f"harmless {CANARY}", "harmless", ["no-bad"])
    assert line["messages"] == [{"role": "user", "content": line["text"]}]


async def test_a_decision_of_another_tenant_does_not_exist(kept: tuple[Running, Path]) -> None:
    house, path = kept
    decision = await _decided(house)
    said = [await _ask(house, "/v1/feedback", {"decision_id": each, "verdict": "too_strict"}, key=OTHER)
            for each in (decision, "0" * 24)]
    assert [each.status for each in said] == [404, 404]
    assert said[0].json == said[1].json
    database = chain.read_only(path)
    assert list(reviews.queue(database)) == []
    database.close()


async def test_without_a_suite_no_text_is_kept_and_the_answer_says_so(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    audit = SqliteAudit(path)
    house = await start(audit=audit)
    house.gateway.house = replace(house.gateway.house, decisions=Decisions(path))
    decision = await _decided(house)
    said = (await _ask(house, "/v1/feedback", {"decision_id": decision, "verdict": "too_lax", "text": CANARY})).json
    assert (said["queued"], said["kept"]) == (True, [])
    audit.close()
    assert [each for each in tmp_path.rglob("*") if CANARY.encode() in (each.read_bytes() if each.is_file() else b"")] == []


async def test_without_an_audit_there_is_no_feedback(start: Start) -> None:
    house = await start()
    answer = await _ask(house, "/v1/feedback", {"decision_id": "0" * 24, "verdict": "too_lax"})
    assert (answer.status, answer.json["error"]["code"]) == (404, "not_found")
    assert house.audit.reviews == []


async def test_an_audit_that_cannot_be_written_is_not_a_success(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    audit = SqliteAudit(path)
    house = await start(audit=audit)
    house.gateway.house = replace(house.gateway.house, decisions=Decisions(path))
    decision = await _decided(house)
    await _ask(house, "/v1/feedback", {"decision_id": decision, "verdict": "too_lax"})
    audit.down = True
    answer = await _ask(house, "/v1/feedback", {"decision_id": decision, "verdict": "too_lax"})
    assert (answer.status, answer.json["error"]["code"]) == (503, "audit_unavailable")
    audit.close()


@pytest.mark.parametrize(
    ("change", "param"),
    [({"decision_id": None}, "decision_id"), ({"decision_id": "ZZ"}, "decision_id"), ({"decision_id": 5}, "decision_id"),
     ({"verdict": "wrong"}, "verdict"), ({"verdict": []}, "verdict"), ({"text": 5}, "text"), ({"text": "x" * 100_001}, "text"),
     ({"note": "x" * 2001}, "note"), ({"role": "system"}, "role"), ({CANARY: 1}, None)],
)
async def test_odd_feedback_names_the_member_and_no_text(start: Start, change: dict[str, Any], param: str | None) -> None:
    house = await start()
    answer = await _ask(house, "/v1/feedback", {"decision_id": "0" * 24, "verdict": "too_lax", **change})
    assert (answer.status, answer.json["error"]["param"]) == (400, param)
    assert CANARY.encode() not in answer.body


def test_a_full_suite_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.audit.local_suite.MAX_BYTES", 40)
    suite = LocalSuite(tmp_path / "a" / "b")
    assert suite.append({"text": "one"})
    assert suite.append({"text": "two"})
    assert not suite.append({"text": "three"})
    assert suite.path.read_text() == '{"text":"one"}\n{"text":"two"}\n'


def test_a_suite_is_never_written_through_a_link(tmp_path: Path) -> None:
    suite = LocalSuite(tmp_path / "suite")
    suite.path.parent.mkdir()
    suite.path.symlink_to(tmp_path / "elsewhere")
    assert not suite.append({"text": "one"})
    assert not (tmp_path / "elsewhere").exists()


