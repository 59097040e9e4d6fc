"""What leaves a run: textfiles that are whole and documented, pages without network, no text where none may stand."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from evals import session
from evals.loading.suite import DIRECT, GATEWAY, Suite
from evals.report import html, json_file, markdown, prometheus
from evals.report.prometheus import ATTEMPT, VALUES
from evals.run.runner import run as run_asks
from evals.run.targets import LOCAL_TARGET, Target
from evals.statistics.results import Judged, Report, from_json, to_json
from evals.store.runs import COMPLETE, INCOMPLETE, RunDir, Store
from gateway.errors import ConfigError
from tests.evals.make import QA, TEXT, small
from tests.evals.server import Server, answer_to, blocked, serving

DOCS = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text()
CANARY = "canary-7f3a <script>alert('x')</script>"


async def finished(root: Path, server: Server, suites: tuple[Suite, ...], targets: tuple[Target, ...] = (),
                   **options: object) -> tuple[RunDir, Report]:
    from evals.run.journal import Journal
    from evals.run.plan import plan

    store = Store(root)
    targets = targets or (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m", "k"))
    run = session.begin(store, "nightly", ("small",), suites, targets, 7)
    with Journal(run.journal) as journal:
        await run_asks(plan(suites, (*targets, LOCAL_TARGET)), journal)
    report = session.evaluate(store, run, suites, session.Options(**options))  # type: ignore[arg-type]
    return run, report


async def gateway_blocks_some(body: dict[str, object], before: int) -> web.Response | None:
    if "Question 4?" in json.dumps(body) and body["key"]:
        return blocked(**{"x-wardgate-rules": "injection", "x-wardgate-policy": "p@1"})
    return None


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report, Report]:
    """A store with two runs, the second of which is worse; nobody writes to it."""
    return asyncio.run(_two_runs(tmp_path_factory.mktemp("two")))


async def _two_runs(tmp_path: Path) -> tuple[Path, Report, Report]:
    suites = (small(tmp_path), small(tmp_path, yaml=TEXT))
    suites = (dataclasses.replace(suites[0], samples=(
        dataclasses.replace(suites[0].samples[0], asked=CANARY, row={"x": CANARY}), *suites[0].samples[1:])), suites[1])
    async with serving(Server(gateway_blocks_some)) as server:
        _, first = await finished(tmp_path / "store", server, suites)

        async def worse(body: dict[str, object], before: int) -> web.Response | None:
            from tests.evals.server import chat

            found = await gateway_blocks_some(body, before)
            return found or (chat("no idea") if "Question 1" in json.dumps(body) else None)

        server.script = worse
        _, second = await finished(tmp_path / "store", server, suites)
    return tmp_path / "store", first, second


def families(path: Path) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {family.name: [(dict(sample.labels), sample.value) for sample in family.samples]
            for family in text_string_to_metric_families(path.read_text())}


async def test_every_family_and_its_labels_are_documented(two_runs: tuple[Path, Report, Report], tmp_path: Path) -> None:
    judged = (Judged("small-qa", "direct", "m", "j", "claims", 12, 9, 1, 1, 1, 0, (("timeout", 1),)),)
    prometheus.write_textfiles(tmp_path / "prom", dataclasses.replace(two_runs[2], judged=judged))
    found = families(tmp_path / "prom" / VALUES) | families(tmp_path / "prom" / ATTEMPT)
    labels_of: dict[str, set[str]] = {}
    last: set[str] = set()
    for line in DOCS.splitlines():
        if line.startswith("| `wardgate_eval_"):
            names, labels = re.findall(r"`(\w+)`", line.split("|")[1]), set(re.findall(r"\w+", line.split("|")[2]))
            last = last if labels == {"same"} else labels
            labels_of |= dict.fromkeys(names, last)
    for name, samples in found.items():
        assert name in labels_of, name
        assert {key for labels, _ in samples for key in labels} == labels_of[name], name
    absent = set(labels_of) - set(found)
    assert absent <= {"wardgate_eval_failures"}  # nothing failed


async def test_the_values_are_the_reports(two_runs: tuple[Path, Report, Report], tmp_path: Path) -> None:
    _, first, second = two_runs
    prometheus.write_textfiles(tmp_path, second)
    found = families(tmp_path / VALUES)
    for score in second.scores:
        labels = {"suite": score.suite, "metric": score.metric, "target": score.target, "model": "m"}
        assert (labels, score.estimate.value) in found["wardgate_eval_score"]
        assert (labels, float(score.estimate.n)) in found["wardgate_eval_score_n"]
        assert score.change is not None
        assert (labels, score.change.value) in found["wardgate_eval_score_delta"]
    f1 = next(each for each in second.scores if (each.metric, each.target) == ("f1", "direct"))
    assert f1.change is not None
    assert f1.change.value < 0
    assert second.previous == first.run
    outcomes = {labels["outcome"]: value for labels, value in found["wardgate_eval_samples"]
                if labels["suite"] == "small-qa" and labels["target"] == "gateway"}
    assert outcomes == {"answered": 11.0, "refused": 1.0, "cut": 0.0, "failed": 0.0}
    assert found["wardgate_eval_last_success_timestamp_seconds"] == [({"collection": "nightly"}, second.ended)]


async def test_a_failed_run_leaves_the_last_good_values(two_runs: tuple[Path, Report, Report], tmp_path: Path) -> None:
    _, good, _ = two_runs
    prometheus.write_textfiles(tmp_path, good)
    before = (tmp_path / VALUES).read_bytes()
    bad = dataclasses.replace(good, complete=False, ended=good.ended + 60)
    assert prometheus.write_textfiles(tmp_path, bad) == (tmp_path / ATTEMPT,)
    assert (tmp_path / VALUES).read_bytes() == before
    attempt = families(tmp_path / ATTEMPT)
    assert attempt["wardgate_eval_last_attempt_ok"] == [({"collection": "nightly"}, 0.0)]
    assert attempt["wardgate_eval_last_attempt_timestamp_seconds"] == [({"collection": "nightly"}, good.ended + 60)]
    assert (tmp_path / VALUES).stat().st_mode & 0o777 == 0o644


async def test_a_file_that_cannot_be_written_is_named_and_no_half_is_left(
    two_runs: tuple[Path, Report, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, good, _ = two_runs
    prometheus.write_textfiles(tmp_path / "p", good)
    before = (tmp_path / "p" / VALUES).read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(ConfigError, match=r"wardgate_eval_attempt.prom: cannot be written: No space left"):
        prometheus.write_textfiles(tmp_path / "p", good)
    assert (tmp_path / "p" / VALUES).read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == sorted((VALUES, ATTEMPT))


async def test_too_many_failures_make_a_run_incomplete_and_are_in_no_average(tmp_path: Path) -> None:
    async def script(body: dict[str, object], _: int) -> web.Response | None:
        return web.json_response({}, status=404) if re.search(r"Question [159]\?", json.dumps(body)) else None

    suites = (small(tmp_path),)
    async with serving(Server(script)) as server:
        run, report = await finished(tmp_path / "store", server, suites)
        _, lenient = await finished(tmp_path / "store", server, suites, most_failures=0.5)
    assert not report.complete
    assert report.problems[0] == "small-qa on direct: 3 of 12 samples failed (3 client_error)"
    assert [each.manifest.status for each in Store(tmp_path / "store").runs()] == [INCOMPLETE, COMPLETE]
    em = next(each for each in lenient.scores if each.metric == "exact_match")
    assert (em.estimate.n, em.estimate.value) == (9, 6 / 9)  # of q0, q3, q6 and q9, which are wrong, q9 failed
    assert lenient.previous == ""  # an incomplete run is nothing to compare with
    assert families_of(lenient, tmp_path)["wardgate_eval_failures"] == [
        ({"suite": "small-qa", "target": target, "model": "m", "reason": "client_error"}, 3.0)
        for target in ("direct", "gateway")]
    assert run.path.stat().st_mode & 0o777 == 0o700


def families_of(report: Report, tmp_path: Path) -> dict[str, list[tuple[dict[str, str], float]]]:
    prometheus.write_textfiles(tmp_path / "out", report)
    return families(tmp_path / "out" / VALUES)


class _Reader(HTMLParser):
    """Collects what a browser would load, run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "xlink:href")]
        if tag not in ("meta", "line", "circle", "polyline", "polygon"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        if tag not in ("line", "circle", "polyline", "polygon"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_page_needs_no_network_and_runs_nothing(two_runs: tuple[Path, Report, Report]) -> None:
    root, _, second = two_runs
    page = (root / "runs" / second.run / "report.html").read_text()
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert all(link.startswith("#") for link in reader.loads)
    assert not reader.tags & {"script", "link", "img", "iframe", "object", "embed", "base"}
    assert not re.search(r"url\(|@import|https?://", page)
    assert "default-src 'none'" in page
    assert CANARY in reader.text  # samples' texts may stand here, as text
    assert "<script>" not in page
    assert reader.text.count("small-qa") >= 2
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert {link[1:] for link in reader.loads} <= ids


async def test_every_number_on_the_page_has_its_interval_and_n(two_runs: tuple[Path, Report, Report]) -> None:
    from evals.report import wording

    _, first, second = two_runs
    reader = _Reader()
    reader.feed(html.render(second, [first]))
    for score in second.scores:
        unit = second.metric(score.metric).unit
        assert wording.value(score.estimate.value, unit) in reader.text
        assert wording.span(score.estimate.low, score.estimate.high, unit) in reader.text
        assert str(score.estimate.n) in reader.text


async def test_the_page_shows_what_got_worse_since_the_run_before_sample_by_sample(two_runs: tuple[Path, Report, Report]) -> None:
    """Questions 1, 10 and 11 lost their answer; of the others none moved."""
    _, first, second = two_runs
    assert {(each.worse, each.better, each.fell) for each in first.worst} == {(0, 0, ())}
    for each in second.worst:
        fell = {sample.id: (sample.before, sample.score) for sample in each.fell}
        if each.suite == "small-qa":
            assert (each.worse, each.better) == (3, 0)
            assert fell == {"q1": (1.0, 0.0), "q10": (1.0, 0.0), "q11": (1.0, 0.0)}
        else:
            assert (each.worse, each.better, each.fell) == (0, 0, ())
    reader = _Reader()
    reader.feed(html.render(second, [first]))
    assert "Since the run before, direct: 3 worse, 0 better by f1" in re.sub(r"\s+", " ", reader.text)
    assert "Since the run before" not in html.render(first)


async def test_no_samples_text_is_in_the_other_outputs(two_runs: tuple[Path, Report, Report], tmp_path: Path) -> None:
    _, _, second = two_runs
    prometheus.write_textfiles(tmp_path, second)
    for text in (markdown.render(second), (tmp_path / VALUES).read_text(), (tmp_path / ATTEMPT).read_text()):
        assert "canary" not in text
        assert answer_to("Question 1?") not in text
        assert "Question" not in text


async def test_a_report_is_the_same_again_from_its_json_and_from_its_journal(
    two_runs: tuple[Path, Report, Report], tmp_path: Path
) -> None:
    root, _, second = two_runs
    data = json.loads(json_file.render(second))
    assert json.dumps(to_json(from_json(data))) == json.dumps(data)
    with pytest.raises(ValueError, match="has format 9"):
        from_json({**data, "format": 9})
    assert not [value for value in json.dumps(data).split() if "NaN" in value]
    before = (root / "runs" / second.run / "report.json").read_bytes()
    run = Store(root).find(second.run)
    assert json.loads(before) == to_json(run.report())


def test_a_gauge_without_a_value_is_left_out() -> None:
    out = prometheus._Families()
    out.set("wardgate_eval_score", "x", {"suite": "a"}, math.nan)
    assert list(out.registry.collect()) == []


async def test_a_report_says_what_a_gate_over_it_can_see_and_which_numbers_are_weak(
    two_runs: tuple[Path, Report, Report],
) -> None:
    _, first, second = two_runs
    assert [(each.suite, each.target, each.metric) for each in second.firsts] == [
        ("small-qa", "direct", "f1"), ("small-qa", "gateway", "f1"), ("small-text", "direct", "word_perplexity")]
    page, summary = html.render(second), markdown.render(second)
    for each in second.firsts:
        assert f"| {each.suite} | {each.target} | {each.metric} | {each.independent} |" in summary
        warning = f"{each.suite} {each.metric} on {each.target}: {each.independent} independent samples"
        assert warning in page
        assert warning in summary
    assert [each.independent for each in second.firsts] == [6, 6, 4]
    assert first.firsts[0].sees > 0.9  # at .05 / 3, six of six clusters must fail
    assert " pp at best |" in markdown.render(first)
    assert all(math.isnan(each.sees) for each in second.scores if each not in second.firsts)



async def test_a_report_of_before_these_figures_is_still_read(two_runs: tuple[Path, Report, Report]) -> None:
    data = to_json(two_runs[2])
    del data["warnings"]
    for score in data["scores"]:
        del score["sees"], score["independent"]
    found = from_json(data)
    assert found.warnings == ()
    assert math.isnan(found.scores[0].sees)
    assert found.scores[0].estimate == two_runs[2].scores[0].estimate


async def test_a_run_of_something_else_does_not_take_the_nightlys_times_away(
    two_runs: tuple[Path, Report, Report], tmp_path: Path,
) -> None:
    """Else its alert has no series to fire on."""
    nightly = two_runs[1]
    prometheus.write_textfiles(tmp_path, nightly)
    prometheus.write_textfiles(tmp_path, dataclasses.replace(nightly, collection="leaks", ended=nightly.ended + 60))
    prometheus.write_textfiles(tmp_path, dataclasses.replace(nightly, collection="other", complete=False, ended=nightly.ended + 90))
    found = families(tmp_path / VALUES) | families(tmp_path / ATTEMPT)
    assert found["wardgate_eval_last_success_timestamp_seconds"] == [
        ({"collection": "leaks"}, nightly.ended + 60), ({"collection": "nightly"}, nightly.ended)]
    assert sorted((labels["collection"], ok) for labels, ok in found["wardgate_eval_last_attempt_ok"]) == [
        ("leaks", 1.0), ("nightly", 1.0), ("other", 0.0)]
    (tmp_path / VALUES).write_text("not { a textfile\n")
    prometheus.write_textfiles(tmp_path, nightly)  # a damaged file is replaced, not a reason to write nothing
    assert families(tmp_path / VALUES)["wardgate_eval_last_success_timestamp_seconds"] == [
        ({"collection": "nightly"}, nightly.ended)]


async def test_each_gateway_is_priced_by_its_own_policy(tmp_path: Path) -> None:
    """One lets everything through, one refuses a third; both beside the same direct answers."""
    async def script(body: dict[str, object], before: int) -> web.Response | None:
        text = json.dumps(body)
        if body["key"] == "Bearer strict":
            return blocked(**{"x-wardgate-policy": "strict@2"}) if any(f"n {at}?" in text for at in (1, 4, 7, 10)) else None
        if body["key"] == "Bearer mild":
            from tests.evals.server import chat

            return chat(answer_to(body["messages"][-1]["content"]), **{"x-wardgate-policy": "mild@1"})  # type: ignore[index]
        return None

    suites = (small(tmp_path),)
    async with serving(Server(script)) as server:
        targets = (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m", "mild"),
                   Target("gateway-strict", GATEWAY, server.url, "m", "strict"))
        _, report = await finished(tmp_path / "store", server, suites, targets)
    tax = {(each.target, each.policy, each.metric): each.change for each in report.taxes}
    assert tax["gateway-strict", "strict", "refusal_rate"].value == pytest.approx(4 / 12)
    assert tax["gateway", "mild", "refusal_rate"].value == 0
    assert tax["gateway", "mild", "f1"].value == 0
    assert tax["gateway-strict", "strict", "f1"].value < 0
    assert {each.n for each in tax.values()} == {12}
    prometheus.write_textfiles(tmp_path, report)
    found = families(tmp_path / VALUES)
    labels = {"suite": "small-qa", "metric": "refusal_rate", "target": "gateway-strict", "model": "m", "policy": "strict"}
    assert (labels, pytest.approx(4 / 12)) in found["wardgate_eval_guard_tax"]
    added = {(labels["target"], labels["policy"]) for labels, _ in found["wardgate_eval_added_latency_seconds"]}
    assert added == {("gateway", "mild"), ("gateway-strict", "strict")}
    assert "| small-qa | gateway-strict | strict | refusal_rate |" in markdown.render(report)
    page = html.render(report)
    assert page.count("gateway-strict, <span class=\"mono\">strict</span>") == len(tax) // 2


async def test_baselines_stand_beside_and_not_among_the_models(tmp_path: Path) -> None:
    yaml = QA.replace("metrics: [f1", "baselines: {}\nmetrics: [f1")
    async with serving(Server()) as server:
        _, report = await finished(tmp_path / "store", server, (small(tmp_path, yaml=yaml),))
    assert [each.target for each in report.firsts] == ["direct", "gateway"]
    page, summary = html.render(report), markdown.render(report)
    majority = next(each.estimate for each in report.scores if (each.target, each.metric) == ("majority", "f1"))
    assert f"majority {100 * majority.value:.1f} %" in page
    assert "baselines, without a model: majority</span>" in page
    assert "| small-qa | majority | f1 |" in summary
    assert not [each for each in report.warnings if "majority" in each]
    prometheus.write_textfiles(tmp_path, report)
    labels = {"suite": "small-qa", "metric": "f1", "target": "majority", "model": "baseline"}
    assert (labels, majority.value) in families(tmp_path / VALUES)["wardgate_eval_score"]
