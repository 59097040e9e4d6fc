"""The gate closes for a significant drop on enough samples, for nothing less, and never by leaving something out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from evals.report import verdict
from evals.statistics.observed import Key, Observed
from evals.verdicts.gate import ABSENT, FELL, FEW, HELD, Gate, Rule, compared
from gateway.cli.main import main
from gateway.errors import ConfigError
from tests.evals.cli.test_commands import wardgate
from tests.evals.make import QA, rows, write
from tests.evals.server import Server, chat, serving


def place(suite: str = "qa", metric: str = "correct", target: str = "direct", edition: str = "1@a") -> Key:
    return suite, edition, target, metric


def hits(n: int, right: int, clusters: int = 0) -> Observed:
    """The first ``right`` of ``n`` are right."""
    return Observed(tuple(f"s{at}" for at in range(n)), tuple(f"c{at % (clusters or n)}" for at in range(n)),
                    tuple((float(at < right), 1.0) for at in range(n)))


def states(before: dict[Key, Observed], after: dict[Key, Observed], **rule: Any) -> dict[tuple[str, str, str], str]:
    return {(check.suite, check.target, check.metric): check.state for check in compared(before, after, Rule(**rule), 1)}


@pytest.mark.parametrize(
    ("n", "right", "now", "state"),
    [
        (200, 180, 160, FELL),
        (200, 180, 176, HELD),  # four lost and none won: p = 1/16
        (200, 180, 175, FELL),  # five: p = 1/32
        (200, 160, 180, HELD),  # better is no drop
        (29, 29, 0, FEW),  # everything is lost, but of 29 samples
        (30, 30, 15, FELL),
    ],
)
def test_a_drop_must_be_significant_and_seen_on_enough_samples(n: int, right: int, now: int, state: str) -> None:
    assert states({place(): hits(n, right)}, {place(): hits(n, now)}) == {("qa", "direct", "correct"): state}


def test_many_samples_of_few_things_are_few() -> None:
    assert states({place(): hits(400, 380, 20)}, {place(): hits(400, 100, 20)}) == {("qa", "direct", "correct"): FEW}
    assert states({place(): hits(400, 380, 20)}, {place(): hits(400, 100, 20)}, least=20)["qa", "direct", "correct"] == FELL


def test_lower_is_better_for_leaks() -> None:
    key = place(metric="leak_rate")
    assert set(states({key: hits(100, 5)}, {key: hits(100, 25)}).values()) == {FELL}
    assert set(states({key: hits(100, 25)}, {key: hits(100, 5)}).values()) == {HELD}


def test_what_would_be_significant_alone_is_not_among_many() -> None:
    before = {place(suite=f"suite-{at}"): hits(200, 180) for at in range(20)}
    after = before | {place(suite="suite-3"): hits(200, 174)}  # p = 1/64
    assert states({place(): hits(200, 180)}, {place(): hits(200, 174)})["qa", "direct", "correct"] == FELL
    assert set(states(before, after).values()) == {HELD}


def test_the_first_metric_of_each_target_is_checked_or_those_that_are_named() -> None:
    before = {place(metric=name, target=target): hits(100, 90) for target in ("direct", "gateway") for name in ("correct", "exact_match")}
    assert {key[1:] for key in states(before, before)} == {("direct", "correct"), ("gateway", "correct")}
    assert {key[1:] for key in states(before, before, metrics=("exact_match",))} == {("direct", "exact_match"), ("gateway", "exact_match")}
    with pytest.raises(ConfigError, match="the baseline has no metric 'f1'"):
        states(before, before, metrics=("f1",))


def test_leaving_out_a_suite_a_target_or_an_edition_is_no_way_to_pass() -> None:
    before = {place(): hits(100, 90), place(target="gateway"): hits(100, 90), place("other"): hits(100, 90)}
    after = {place(): hits(100, 90), place("other", edition="2@b"): hits(100, 90)}
    checks = compared(before, after, Rule(), 1)
    assert [check.state for check in checks] == [HELD, ABSENT, ABSENT]
    assert checks[1].why == "the run has no correct of qa on gateway"
    assert checks[2].why == "another edition of the suite: 1@a in the baseline, 2@b in the run"
    assert not Gate("a", "b", Rule(), checks).is_open
    assert Gate("a", "b", Rule(allow_absent=True), checks).is_open


def test_a_value_that_is_none_does_not_hold() -> None:
    key = place("injection", "precision", "gateway")
    nothing_stopped = Observed(hits(60, 0).units, hits(60, 0).clusters, ((0.0, 0.0),) * 60)
    assert set(states({key: hits(60, 50)}, {key: nothing_stopped}).values()) == {ABSENT}


def test_clusters_that_share_what_they_lose_count_once() -> None:
    """40 samples lost in 4 of 50 clusters prove less than 40 scattered ones."""
    before = hits(500, 500, 50)
    together = Observed(before.units, before.clusters, tuple((float(int(name[1:]) >= 4), 1.0) for name in before.clusters))
    scattered = Observed(before.units, before.clusters, tuple((float(at >= 40), 1.0) for at in range(500)))
    assert set(states({place(): before}, {place(): together}).values()) == {HELD}
    assert set(states({place(): before}, {place(): scattered}).values()) == {FELL}


def test_it_says_what_it_sees() -> None:
    (check,) = compared({place(): hits(200, 180)}, {place(): hits(200, 180)}, Rule(), 1)
    assert check.sees == pytest.approx(0.034, abs=0.001)  # enough that five of 200 are lost in four runs of five
    (clustered,) = compared({place(): hits(200, 180, 40)}, {place(): hits(200, 180, 40)}, Rule(), 1)
    assert clustered.sees == pytest.approx(0.164, abs=0.002)  # five of 40 clusters
    (text,) = compared({place(metric="word_perplexity"): hits(50, 1)}, {place(metric="word_perplexity"): hits(50, 1)}, Rule(), 1)
    assert math.isnan(text.sees)


def test_noise_blunts_it() -> None:
    rng = np.random.default_rng(1)
    before = hits(200, 180)
    noisy = Observed(before.units, before.clusters, tuple((float(each), 1.0) for each in rng.random(200) < 0.9))
    (calm,), (blunt,) = (compared({place(): before}, {place(): after}, Rule(), 1) for after in (before, noisy))
    assert blunt.sees > 2 * calm.sees


def test_junit_and_the_sentence_say_the_same() -> None:
    before = {place(f"s{at}"): hits(100, 90) for at in range(3)} | {place("small"): hits(10, 9)}
    after = {place("s0"): hits(100, 90), place("s1"): hits(100, 60), place("small"): hits(10, 9)}
    gate = Gate("old", "new", Rule(), compared(before, after, Rule(), 1))
    said = verdict.sentence(gate)
    assert said.startswith("Closed: s1 correct on direct fell from 90.0 % to 60.0 % (−30.0 pp [")
    assert said.endswith("100 samples, p < 0.001 one-sided, corrected for 2 checks); s2 correct on direct: the run has no correct of s2 on direct.")
    root = ElementTree.fromstring(verdict.junit(gate))
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "2", "1")
    kinds = {case.get("classname"): [child.tag for child in case if child.tag != "properties"] for case in suite.iter("testcase")}
    assert kinds == {"s0": [], "s1": ["failure"], "s2": ["failure"], "small": ["skipped"]}
    failure = suite.find("testcase[@classname='s1']/failure")
    assert failure is not None
    assert str(failure.get("message")) in said
    is_open = verdict.sentence(Gate("old", "new", Rule(), compared({place(): hits(200, 180)}, {place(): hits(200, 180)}, Rule(), 1)))
    assert is_open == ("Open: none of 1 checks fell by more than chance explains. "
                       "The bluntest, qa correct on direct, sees drops of 3.4 pp and more four times in five.")


async def test_the_command_opens_and_closes(tmp_path: Path) -> None:
    write(tmp_path, 80, QA.replace(", cluster: fact", ""))
    base = ["run", "small-qa", "--suites-dir", ".", "--json"]
    async with serving(Server()) as server:
        target = ["--target", f"direct={server.url}"]
        first = json.loads((await wardgate(tmp_path, *base, *target))[1])["run"]
        again = json.loads((await wardgate(tmp_path, *base, *target))[1])["run"]

        async def forgets(body: dict[str, Any], _: int) -> Any:
            forgotten = [row["question"] for row in rows(80) if row["topic"] == "pay"]
            return chat("no idea") if body["messages"][-1]["content"] in forgotten else None

        server.script = forgets
        await wardgate(tmp_path, *base, *target)
    code, out, _ = await wardgate(tmp_path, "gate", again, "--baseline", first)
    assert (code, "Open: none of 1 checks fell" in " ".join(out.split())) == (0, True), out
    code, _, errors = await wardgate(tmp_path, "gate", "--baseline", str(tmp_path / ".wardgate" / "evals" / "runs" / first),
                                     "--junit", "out/gate.xml")
    assert (code, "Closed: small-qa f1 on direct fell from" in errors) == (1, True), errors
    assert ElementTree.parse(tmp_path / "out" / "gate.xml").getroot()[0].get("failures") == "1"
    code, out, _ = await wardgate(tmp_path, "gate", "--baseline", first, "--json")
    found = json.loads(out)
    assert (code, found["open"], found["checks"][0]["state"]) == (1, False, FELL)
    assert found["why"].startswith("Closed: small-qa f1 on direct fell from")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["gate", "--baseline", "gone"], "there is no run 'gone'"),
        (["gate", "--baseline", "./gone"], "./gone: is not the directory of a run"),
    ],
)
def test_a_mistake_is_said_with_its_cure(
    arguments: list[str], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", *arguments]) == 2
    assert error in " ".join(capsys.readouterr().err.split())


async def test_a_run_that_is_not_fit_to_be_judged(tmp_path: Path) -> None:
    write(tmp_path, 40)
    failing = False

    async def script(body: dict[str, Any], _: int) -> Any:
        from aiohttp import web

        return web.json_response({}, status=404) if failing and "Question 1" in json.dumps(body) else None

    async with serving(Server(script)) as server:
        base = ["run", "small-qa", "--suites-dir", ".", "--json", "--target", f"direct={server.url}"]
        first = json.loads((await wardgate(tmp_path, *base))[1])["run"]
        failing = True
        bad = json.loads((await wardgate(tmp_path, *base))[1])["run"]
    code, _, errors = await wardgate(tmp_path, "gate", bad, "--baseline", first, "--min-n", "5")
    assert (code, f"Closed: run {bad} is not complete" in errors) == (1, True), errors
    code, _, errors = await wardgate(tmp_path, "gate", first, "--baseline", bad)
    assert (code, f"run {bad} is not complete (take a complete run as the baseline)" in errors) == (2, True), errors
    code, _, errors = await wardgate(tmp_path, "gate", first, "--baseline", first)
    assert (code, "is its own baseline" in errors) == (2, True), errors
    code, _, errors = await wardgate(tmp_path, "gate", bad, "--baseline", first)
    assert (code, "15 independent samples, 30 are needed" in errors) == (2, True), errors
