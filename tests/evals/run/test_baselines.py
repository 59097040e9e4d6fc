"""Baselines answer from the pool and nothing else, stand beside every score, and are in nothing that a gate looks at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.loading.suite import BASELINES, DIRECT, Suite
from evals.loading.suite_file import catalog, load
from evals.run.journal import Journal
from evals.run.plan import plan
from evals.run.runner import run
from evals.run.targets import Target
from evals.scoring.score import Scored, score
from gateway.errors import ConfigError
from tests.evals.make import QA, write
from tests.evals.server import Server, serving

POOL = """baselines:
  pool: [{file: pool-*.jsonl, question: asks, answer: answer}, {file: none.jsonl, says: "I do not know."}]
  passages: "*.md"
metrics: [f1, exact_match, bleu]"""


def made(folder: Path, yaml: str = QA.replace("metrics: [f1, exact_match, bleu]", POOL)) -> Suite:
    (folder / "pool-a.jsonl").write_text('{"asks": ["Question 3?", "Where is it?"], "answer": "Three."}\n'
                                         '{"asks": "What about Question 5?", "answer": "Five."}\n')
    (folder / "none.jsonl").write_text("".join(f'{{"question": "Nobody knows {at}?"}}\n' for at in range(4)))
    (folder / "doc.md").write_text("# Title\n\nThe sky is blue. Question 7 has seven legs. So it is.\n\nOther words.\n")
    return load(write(folder, 12, yaml))


async def scored(suite: Suite, folder: Path) -> tuple[dict[tuple[str, str], str], Scored]:
    async with serving(Server()) as server:
        target = Target("direct", DIRECT, server.url, "m")
        asks = plan([suite], (target,))
        with Journal(folder / "journal.jsonl") as journal:
            await run(asks, journal)
            said = {(ask.target.name, ask.sample.id): journal.replies[ask.key].text for ask in asks}
            return said, score([suite], [target], journal.replies, seed=1)


async def test_what_each_says(tmp_path: Path) -> None:
    said, found = await scored(made(tmp_path), tmp_path)
    assert {text for (name, _), text in said.items() if name == "majority"} == {"I do not know."}
    assert (said["nearest", "q3"], said["nearest", "q5"]) == ("Three.", "Five.")
    assert said["retrieval", "q7"] == "Question 7 has seven legs."
    assert {each.target for each in found.scores} == {"direct", *BASELINES}
    assert all(each.estimate.n == 12 for each in found.scores)
    assert {place[2] for place in found.observed} == {"direct"}  # what gates, comparisons and later runs see
    assert {each.target for each in (*found.slices, *found.outcomes, *found.worst)} == {"direct"}


async def test_without_a_pool_the_majority_is_the_best_constant_answer(tmp_path: Path) -> None:
    yaml = QA.replace("metrics: [f1", "baselines: {}\nmetrics: [f1")
    said, found = await scored(made(tmp_path, yaml), tmp_path)
    assert {text for (name, _), text in said.items() if name != "direct"} == {"Something else."}
    exact = next(each for each in found.scores if (each.target, each.metric) == ("majority", "exact_match"))
    assert exact.estimate.value == pytest.approx(4 / 12)


def test_another_pool_is_another_question(tmp_path: Path) -> None:
    first = {ask.key for ask in plan([made(tmp_path)], (Target("direct", DIRECT, "", "m"),))}
    pool = (tmp_path / "pool-a.jsonl").read_text()
    suite = made(tmp_path)
    (tmp_path / "pool-a.jsonl").write_text(pool.replace("Five.", "5."))
    changed = {ask.key for ask in plan([load(Path(suite.file))], (Target("direct", DIRECT, "", "m"),))}
    assert len(first) == len(changed) == 48
    assert len(first & changed) == 12  # the model's


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("answer: answer}, {", "answer: answer, says: x}, {", r"small-qa.yaml:\d+: baselines.pool\[0\]: needs one of"),
        ("pool-*.jsonl", "gone-*.jsonl", r"there is no file gone-\*.jsonl"),
        ("question: asks", "question: wonders", r"pool-a.jsonl:1: wonders: the row has no field"),
        ("passages:", "pages:", r"unknown key 'pages'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        made(tmp_path, QA.replace("metrics: [f1, exact_match, bleu]", POOL.replace(old, new)))


def test_the_company_suites_have_all_three_and_no_question_of_theirs_is_in_the_pool() -> None:
    for name in ("handbook-qa", "handbook-templates", "handbook-unknown", "handbook-abstention"):
        suite = load(catalog().suites[name])
        assert suite.baselines == BASELINES
        assert len(suite.pool.questions) > 4000
        if name != "handbook-templates":  # its questions are the pool's inside frames, by design
            asked = {sample.asked.casefold() for sample in suite.samples}
            assert len(asked & {question.casefold() for question in suite.pool.questions}) <= 0.02 * len(asked)


def test_an_abstention_suite_holds_both_kinds() -> None:
    rows = [json.loads(line) for line in
            (Path(catalog().suites["handbook-abstention"]).parent / "company" / "abstention.jsonl").read_text().splitlines()]
    assert sum(row["answerable"] for row in rows) == 110
    assert sum(not row["answerable"] for row in rows) == 104
    assert all((row["answer"] is None) != row["answerable"] for row in rows)
