"""A policy whose detector cannot be had is refused when it is loaded, with file, line and cure; commands judge with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.config.policy_file import load_policies
from gateway.core import guard as registry
from gateway.core.guard import guards
from gateway.core.policy import PolicySet
from gateway.core.windows import Ask
from gateway.detectors import api, language
from gateway.detectors.answers import Reader, read_now
from gateway.detectors.api import detectors, is_remote, register, share
from gateway.detectors.loading import decided, share_detectors
from gateway.errors import PolicyErrors
from gateway.supervisor.policies import ActivePolicies
from tests.gateway.detectors.stand_in import StandIn, reading, spec

POLICY = """\
policy: calm
on_unscannable: {language: flag}
rules:
  - {id: words, guard: pattern, words: [pelican]}
  - id: tone
    guard: tone
    action: block
tests:
  - {name: a vile word, user: "You are vile.", expect: block, by: tone}
  - {name: a vile answer, user: hello, assistant: "Well. You are vile.", expect: block, by: tone}
  - {name: harmless, user: "All is well.", expect: allow}
  - {name: not read, user: "bonjour", expect: allow}
"""


@pytest.fixture
def tone(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in and its guard, known to this test alone."""
    guards()
    stand_in = StandIn()
    monkeypatch.setitem(registry._REGISTRY, "tone", spec())
    monkeypatch.setattr(api, "_REGISTRY", {**api._REGISTRY, "tone": (stand_in, lambda params: None)})
    return stand_in


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "calm.yaml"
    path.write_text(POLICY)
    return path


def _missing(params: Iterable[object]) -> None:
    assert list(params)
    raise ValueError("the weights are missing | pip install 'wardgate[tone]'")


def test_a_policy_that_needs_it_is_refused_where_it_cannot_be_had(
    policy: Path, tone: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = f"{policy}:5: rule 'tone': the weights are missing (pip install 'wardgate[tone]')"
    monkeypatch.setitem(api._REGISTRY, "tone", (tone, _missing))
    with pytest.raises(PolicyErrors) as raised:
        ActivePolicies(policy).load()
    assert [str(each) for each in raised.value.errors] == [expected]
    for command in (["validate", str(policy)], ["policy", "test", str(policy)], ["scan", "--policies", str(policy)]):
        assert main(command) == 2
        assert expected in capsys.readouterr().err
    assert not tone.asked


def test_a_detector_that_nobody_knows_is_named_with_those_that_there_are(
    policy: Path, tone: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_REGISTRY", {"other": (StandIn("other"), lambda params: None)})
    with pytest.raises(PolicyErrors, match=r":5: rule 'tone': needs the detector 'tone', which is not there \(known: other\)"):
        ActivePolicies(policy).load()


def test_a_reload_that_needs_what_cannot_be_had_leaves_the_last_good_set(
    policy: Path, tone: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = ActivePolicies(policy)
    revision = active.load().revision
    monkeypatch.setitem(api._REGISTRY, "tone", (tone, _missing))
    policy.write_text(POLICY.replace("pelican", "heron"))
    outcome = active.reload()
    assert (outcome.result, outcome.revision, active.revision) == ("refused", revision, revision)
    assert "the weights are missing" in outcome.errors[0]


def test_commands_judge_with_detectors(policy: Path, tone: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "test", str(policy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] == 4
    asked = len(tone.asked)
    assert main(["policy", "test", str(policy), "--json"]) == 0
    assert len(tone.asked) == asked, "what was read once is read again"
    capsys.readouterr()
    assert main(["policy", "explain", "--policies", str(policy), "--text", "It is vile.", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["outcome"] == "block"
    assert main(["policy", "explain", "--policies", str(policy), "--text", "It is broken.", "--role", "assistant", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["states"] == {"words": "allowed", "tone": "error"}
    assert main(["policy", "lint", str(policy), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [each["message"] for each in report["remarks"]] == ["no test fails when rule 'words' is removed"]


def test_what_was_let_pass_unjudged_is_a_flag_to_a_policys_tests(policy: Path, tone: StandIn) -> None:
    rows = '  - {name: in, user: "It is broken.", expect: flag}\n  - {name: out, assistant: "It is broken.", expect: flag}\n'
    policy.write_text(POLICY.replace("action: block", "on_error: flag") + rows)
    assert main(["policy", "test", str(policy)]) == 0
    policy.write_text(POLICY.replace("action: block", "on_error: allow") + rows.replace("expect: flag", "expect: allow"))
    assert main(["policy", "test", str(policy)]) == 0


def test_scan_judges_with_detectors(
    policy: Path, tone: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": text}) + "\n" for text in ("vile", "fine")))
    assert main(["scan", "--policies", str(policy), str(texts)]) == 1
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["outcome"] for each in said] == ["block", "allow"]
    assert said[0]["findings"][0]["score"] == 0.9


# -- the registry, and asking at once ----------------------------------------------------------


def test_a_name_is_taken_by_one_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        name, version = "tone", "1"

        def read(self, asks: Any) -> Any:
            return []

    monkeypatch.setattr(api, "_REGISTRY", {})
    register(StandIn())
    register(StandIn())  # its module was imported again
    with pytest.raises(ValueError, match="registered twice"):
        register(Other())
    assert isinstance(detectors()["tone"], StandIn)


class _Remote:
    name, version = "judge", "1"

    async def read(self, asks: Any) -> Any:
        return [reading(each) for each in asks]


class _Broken(StandIn):
    def read(self, asks: Any) -> Any:
        raise ImportError(asks[0].text)


def test_asking_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"tone": StandIn(), "judge": _Remote(), "bad": _Broken("bad")}
    monkeypatch.setattr(api, "_REGISTRY", {name: (each, lambda params: None) for name, each in known.items()})
    asks = [Ask(name, 0, 4, f"vile {number}", "", "user") for name in (*known, "nobody") for number in range(20)]
    answers = read_now([*asks, *asks])
    assert len(answers) == 80
    assert {ask.detector for ask in asks if isinstance(answers[ask.question], tuple)} == {"tone", "judge"}
    assert known["tone"].asked == [16, 4]  # type: ignore[attr-defined]
    assert (is_remote(known["judge"]), is_remote(known["tone"])) == (True, False)


def test_a_reader_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tone = StandIn()
    monkeypatch.setattr(api, "_REGISTRY", {"tone": (tone, lambda params: None)})
    read, ask = Reader(), Ask("tone", 0, 4, "vile", "", "user")
    assert read([ask])[ask.question] == read([ask])[ask.question] == reading(ask)
    assert tone.asked == [1]


def test_what_workers_share_is_loaded_for_the_detectors_that_a_set_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("gateway.detectors.loading.share", loaded.append)
    share_detectors(PolicySet("r", (), (), ()), guards())
    assert loaded == []
    share_detectors(decided(load_policies(Path("policies")), guards()), guards())
    assert loaded == ["injection"]
    language._identifier.cache_clear()
    share("injection")
    assert language._identifier.cache_info().currsize == 1
