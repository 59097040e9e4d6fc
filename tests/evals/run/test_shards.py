"""A run in parts is the run: the same plan, the same numbers, byte for byte."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals import merging, session
from evals.loading.suite import DIRECT, GATEWAY
from evals.run.journal import Journal
from evals.run.plan import Shard, plan, shard
from evals.run.runner import run as run_asks
from evals.run.targets import LOCAL_TARGET, Target
from evals.store.runs import SHARD, RunDir, Store
from gateway.errors import ConfigError
from tests.evals.cli.test_commands import wardgate
from tests.evals.make import QA, TEXT, small, write
from tests.evals.run.test_kill import timeless
from tests.evals.server import Server, serving

N = 21


def bytes_of(run: RunDir) -> list[bytes]:
    """What a run came to, without its name and what clocks say."""
    report = timeless(json.loads((run.path / "report.json").read_bytes()))
    return [json.dumps(report, sort_keys=True).encode(), run.parts.read_bytes()]


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("suite")
    suites = [small(folder, N), small(folder, yaml=TEXT)]
    return plan(suites, [Target("direct", DIRECT, "", "m"), Target("gateway", GATEWAY, "", "m")])


@settings(deadline=None)
@given(of=st.integers(1, 40))
def test_parts_are_disjoint_together_whole_even_and_keep_pairs(of: int, asks: Any) -> None:
    parts = [shard(asks, Shard(number, of)) for number in range(1, of + 1)]
    assert [ask for part in parts for ask in part] == list(asks)
    samples = [{(ask.suite.name, ask.sample.id) for ask in part} for part in parts]
    assert sum(map(len, samples)) == len(set().union(*samples)) == N + 4
    assert max(map(len, samples)) - min(map(len, samples)) <= 1


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/", "-1/2", "1/2/3", ""])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match="write 2/4"):
        Shard.parse(text)


async def test_shards_of_a_run_become_the_run(tmp_path: Path) -> None:
    """From the command line, as several machines would: four shards, one of them resumed after an outage."""
    (tmp_path / "suites").mkdir()
    write(tmp_path / "suites", N, QA.replace("metrics: [f1", "baselines: {}\nmetrics: [f1"))
    async with serving(Server()) as server:
        command = ["run", "small-qa", "--suites-dir", "suites", "--target", f"direct={server.url}", "--target",
                   f"gateway={server.url}", "--json"]
        code, out, errors = await wardgate(tmp_path, *command, "--store", "whole")
        assert code == 0, errors
        whole = Store(tmp_path / "whole").find("latest")
        assert server.asked.total() == 2 * N
        names = []
        for number in range(1, 5):
            code, out, errors = await wardgate(tmp_path, *command, "--store", f"store-{number}", "--shard", f"{number}/4")
            assert (code, json.loads(out)["missing"]) == (0, 0), errors
            names.append(f"store-{number}/runs/{json.loads(out)['run']}")
        assert server.asked.total() == 4 * N
        code, out, errors = await wardgate(tmp_path, "merge", *names, "--store", "merged", "--json")
        assert code == 0, errors
        assert server.asked.total() == 4 * N
        assert bytes_of(Store(tmp_path / "merged").find("latest")) == bytes_of(whole)
        assert "wardgate_eval_score{" in (tmp_path / "merged" / "wardgate_eval.prom").read_text()
        code, _, errors = await wardgate(tmp_path, "merge", *names[:3], "--store", "merged")
        assert (code, "of 4 shards there is no 4" in errors) == (2, True), errors


async def shards(folder: Path, server: Server, of: int) -> tuple[Store, RunDir, list[RunDir]]:
    """A whole run, and its journal cut into shards as if each had been asked alone."""
    suites = (small(folder, N), small(folder, yaml=TEXT))
    targets = (Target("direct", DIRECT, server.url, "m"), Target("gateway", GATEWAY, server.url, "m", "k"))
    store = Store(folder / "store")
    asks = plan(suites, (*targets, LOCAL_TARGET))

    def begin(part: str) -> RunDir:
        return session.begin(store, "some", ("small-qa", "small-text"), suites, targets, 7, suite_dirs=[str(folder)], shard=part)

    whole = begin("")
    with Journal(whole.journal) as journal:
        await run_asks(asks, journal)
    session.evaluate(store, whole, suites, session.Options())
    lines = whole.journal.read_bytes().splitlines(keepends=True)
    parts = []
    for number in range(1, of + 1):
        mine = {ask.key for ask in shard(asks, Shard(number, of))}
        part = begin(f"{number}/{of}")
        part.journal.write_bytes(b"".join(line for line in lines if json.loads(line).get("key", "") in mine or b"opened" in line))
        assert session.close_shard(part, suites) == 0
        parts.append(store.find(part.path.name))
    return store, whole, parts


async def test_one_journal_cut_into_shards_is_the_same_report_to_the_last_byte(tmp_path: Path) -> None:
    """Times and latencies, too: only the run's name differs."""
    async with serving(Server()) as server:
        store, whole, parts = await shards(tmp_path, server, 4)
    merged = merging.merged(store, parts[::-1])  # in any order
    suites = (small(tmp_path, N), small(tmp_path, yaml=TEXT))
    session.evaluate(store, merged, suites, session.Options())
    for name in ("report.json", "parts.jsonl", "summary.md"):
        before, after = ((run.path / name).read_text().replace(run.path.name, "RUN") for run in (whole, merged))
        if name == "report.json":  # the second run of a store has the first one to be compared with
            before, after = ({key: value for key, value in json.loads(text).items() if key not in ("previous", "scores")}
                             for text in (before, after))  # type: ignore[assignment]
            assert before["latencies"] == after["latencies"] != []  # type: ignore[index]
        if name != "summary.md":
            assert before == after, name
    assert store.find("latest") == merged  # a shard is no run that anybody means
    assert store.unfinished("some") is None


async def test_what_is_not_all_of_one_run_is_not_merged(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        store, whole, parts = await shards(tmp_path, server, 3)
    def but(at: int, **fields: Any) -> list[RunDir]:
        changed = dataclasses.replace(parts[at], manifest=dataclasses.replace(parts[at].manifest, **fields))
        return [*parts[:at], changed, *parts[at + 1 :]]

    for given_, error in (
        ([whole], "is no shard"), (parts[:2], "of 3 shards there is no 3"), ([*parts, parts[0]], "shard 1/3 is there twice"),
        (but(1, status="incomplete"), "is not finished"), (but(1, seed=8), "differ in seed"), (but(2, limit=5), "differ in limit"),
        (but(1, suites={"small-qa": ("1", "x")}), "differ in suites"), (but(2, shard="3/4"), "there is no common number"),
        (but(0, targets=({"name": "direct", "kind": "direct", "base_url": "", "model": "other"},)), "asked other targets"),
    ):
        with pytest.raises(ConfigError, match=error):
            merging.merged(store, given_)
    assert all(part.manifest.status == SHARD for part in parts)


async def test_a_shard_without_all_its_answers_is_not_finished(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        store, _, parts = await shards(tmp_path, server, 2)
    parts[0].journal.write_bytes(b"\n".join(parts[0].journal.read_bytes().splitlines()[:-1]) + b"\n")
    assert session.close_shard(parts[0], (small(tmp_path, N), small(tmp_path, yaml=TEXT))) == 1
    found = store.unfinished("some", "1/2")
    assert found is not None
    assert found.path == parts[0].path
