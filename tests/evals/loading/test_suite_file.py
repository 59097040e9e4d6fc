"""Whatever is wrong with a suite, its rows or its targets, the error names file, line, field and cure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.loading import suite_file
from evals.loading.suite import DIRECT, GATEWAY
from evals.loading.suite_file import catalog, load
from evals.run import targets
from evals.session import load_suites
from gateway.errors import ConfigError
from tests.evals.make import QA, rows, write

SEARCH = """
suite: find
version: 1
about: x
on: [local]
data: {file: facts.jsonl}
ask: {search: "{question}", documents: "docs/*.md"}
metrics: [mrr]
"""


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("metrics: [f1, exact_match, bleu]", "metrics: [f1, exact_mach]",
         r"small-qa.yaml:9: metrics\[1\]: there is no metric 'exact_mach' \(did you mean 'exact_match'\?\)"),
        ("metrics: [f1, exact_match, bleu]", "metrics: [f1, zzz]",
         r"metrics\[1\]: there is no metric 'zzz' \(`wardgate eval list` names them\)"),
        ("metrics: [f1, exact_match, bleu]", "metrics: [f1, bleu, f1]",
         r"small-qa.yaml:9: metrics\[2\]: metric 'f1' is named twice \(keep one of them\)"),
        ("metrics: [f1, exact_match, bleu]", "metrics: []", r"small-qa.yaml:9: metrics: names no metric \(valid here"),
        ("metrics: [f1, exact_match, bleu]", "metrics: [leak_rate]",
         r"small-qa.yaml:9: metrics\[0\]: metric 'leak_rate' needs `tables.secrets` \(add `tables: \{secrets: …\}`\)"),
        ("reference: {answer: answer}", "reference: {}",
         r"small-qa.yaml:9: metrics\[0\]: metric 'f1' needs `reference.answer`"),
        ("reference: {answer: answer}", "reference: {answer: anwser}",
         r"small.jsonl:1: anwser: the row has no field 'anwser' \(did you mean 'answer'\?\)"),
        ("about: A", "abut: A", r"small-qa.yaml:3: abut: unknown key 'abut' \(did you mean 'about'\?\)"),
        ("on: [direct, gateway]", "on: [gatway]", r"small-qa.yaml:4: on\[0\]: must be one of direct, gateway, local"),
        ("on: [direct, gateway]", "on: []", r"small-qa.yaml:4: on: names no target"),
        ("on: [direct, gateway]", "on: [local]", r"small-qa.yaml:4: on: `search` runs on the target `local`"),
        ("cluster: fact", "cluster: facts", r"small.jsonl:1: facts: the row has no field 'facts'"),
        ("slices: [topic]", "slices: [q]", r"small.jsonl:1: q: the row has no field 'q'"),
        ("slices: [topic]", "where: {topic: [none]}", r"small-qa.yaml:5: data: no row is left to ask"),
        ('"{question}"', '"{qestion}"', r"small.jsonl:1: qestion: .* \(did you mean 'question'\?\)"),
        ('{user: "{question}"}', "{}", r"small-qa.yaml:6: ask: says nothing to ask with"),
        ('{user: "{question}"}', '{user: a, echo: b}', r"small-qa.yaml:6: ask: says user and echo to ask with"),
        ('{user: "{question}"}', '{user: a, prefix: b}', r"small-qa.yaml:6: ask.prefix: 'prefix' means nothing beside"),
        ('{user: "{question}"}', '{messages: question}', r"small.jsonl:1: question: is not a conversation"),
        ("file: small.jsonl", "file: gone.jsonl", r"gone.jsonl: cannot be read: No such file"),
        ("file: small.jsonl", "file: small.jsonl, join: {by: fact, file: texts.jsonl}",
         r"small.jsonl:1: fact: no row of .*texts.jsonl has this id"),
        ("version: 1", "version: [1]", r"small-qa.yaml:2: version: "),
        ("suite: small-qa", "suite: small qa", r"small.yaml:1: suite: must be lower-case letters"),
    ],
)
def test_a_wrong_suite(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert old in QA
    with pytest.raises(ConfigError, match=error):
        load(write(tmp_path, yaml=QA.replace(old, new)))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, yaml=QA.replace("about: A", "abut: A").replace("on: [direct", "on: [nowhere"))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value).count("small-qa.yaml:") == 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", r"small.jsonl:3: is not JSON: .* \(write one JSON object on each line\)"),
        ("[1]", r"small.jsonl:3: is not a JSON object"),
        ('{"id": "a", "id": "b"}', r"small.jsonl:3: key 'id' is written twice \(keep one of them\)"),
        (json.dumps(rows(1)[0]), r"small.jsonl:3: id: another row has this id"),
        ('{"id": ["a"], "fact": "f", "topic": "t", "question": "q", "answer": "a"}',
         r"small.jsonl:3: id: 'id' must be text \(write a string\)"),
        ('{"id": "x", "fact": "f", "topic": "t", "question": {}, "answer": "a"}', r"question: 'question' must be text"),
        ("\xff", r"small.jsonl:3: is not UTF-8 \(save the file as UTF-8\)"),
    ],
)
def test_a_wrong_row(tmp_path: Path, line: str, error: str) -> None:
    path = write(tmp_path, 2)
    with (tmp_path / "small.jsonl").open("ab") as file:
        file.write(line.encode("latin-1") + b"\n")
    with pytest.raises(ConfigError, match=error):
        load(path)


@pytest.mark.parametrize(("answer", "error"), [
    ("null", "answer: must be a text, or a list of texts with at least one"), ("3", "answer: must be a text"),
    ("[]", "answer: must be a text"), ('["a", 1]', "answer: must be a text"), ('{"a": 1}', "answer: must be a text"),
    ("true", "answer: must be a text"), ("NaN", r"NaN is no JSON \(write a number, null or a text\)"),
    ('"\\ud83d"', "holds half of a surrogate pair"), ("[" * 50_000, "is nested too deeply"),
    ("1" * 5000, r"holds a number of too many digits \(quote it"),
])
def test_an_answer_that_nothing_could_be_compared_with_is_told_before_anybody_is_asked(
    tmp_path: Path, answer: str, error: str
) -> None:
    path = write(tmp_path, 2)
    with (tmp_path / "small.jsonl").open("a") as file:
        file.write('{"id": "x", "fact": "f", "topic": "t", "question": "q", "answer": ' + answer + "}\n")
    with pytest.raises(ConfigError, match=rf"small.jsonl:3: {error}"):
        load(path)


@pytest.mark.parametrize(("row", "error"), [
    ({"choices": ["a", "b"], "gold": 2}, "gold: is not the index of an option"),
    ({"choices": ["a", "b"], "gold": "a"}, "gold: must be the index of an option"),
    ({"choices": ["a", "b"], "gold": [True]}, "gold: must be the index"), ({"choices": "ab", "gold": 0}, "options: must be a list"),
    ({"choices": [], "gold": 0}, "options: must be a list of texts"),
])
def test_a_choice_needs_its_options(tmp_path: Path, row: dict[str, object], error: str) -> None:
    (tmp_path / "c.jsonl").write_text(json.dumps({"question": "q", "options": row["choices"], "gold": row["gold"]}) + "\n")
    (tmp_path / "c.yaml").write_text("suite: c\ndata: {file: c.jsonl}\nask: {user: \"{question}\"}\n"
                                     "reference: {choices: options, gold: gold}\nmetrics: [choice]\n")
    with pytest.raises(ConfigError, match=rf"c.jsonl:1: {error}"):
        load(tmp_path / "c.yaml")


def test_a_search_finds_what_holds_the_value(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nThere are 28 days.\n\nThere are 280 rules.\n")
    fact = {"id": "f", "question": "How many days?", "doc": "docs/leave.md", "value": "28", "accept": ["28 days"]}
    (tmp_path / "facts.jsonl").write_text(json.dumps(fact) + "\n")
    (tmp_path / "find.yaml").write_text(SEARCH.lstrip())
    suite = load(tmp_path / "find.yaml")
    assert suite.samples[0].reference["relevant"] == ("leave.md#1",)
    (tmp_path / "facts.jsonl").write_text(json.dumps({**fact, "value": "29", "accept": []}) + "\n")
    with pytest.raises(ConfigError, match=r"facts.jsonl:1: doc: no passage of leave.md holds the value"):
        load(tmp_path / "find.yaml")


def test_the_fingerprint_follows_what_is_asked_and_compared_with(tmp_path: Path) -> None:
    prints = {load(write(tmp_path)).fingerprint, load(write(tmp_path)).fingerprint}
    assert len(prints) == 1
    for old, new in (("version: 1", "version: 2"), ("max_tokens: 16", "max_tokens: 17"), ("{answer: answer}", "{answer: topic}"),
                     ("cluster: fact", "cluster: topic")):
        prints.add(load(write(tmp_path, yaml=QA.replace(old, new))).fingerprint)
    prints.add(load(write(tmp_path, 13)).fingerprint)
    assert len(prints) == 6
    prints.add(load(write(tmp_path, yaml=QA.replace("[f1,", "[chrf,"))).fingerprint)
    assert len(prints) == 6  # a further metric is not another question


def test_a_directory_adds_to_the_shipped_suites_and_replaces_them(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "both.yaml").write_text("collection: both\nabout: x\nsuites: [small-qa, leaks]\n")
    found = catalog(tmp_path)
    assert found.expand(("both", "small-qa")) == ("small-qa", "leaks")
    (tmp_path / "other").mkdir()
    path = write(tmp_path / "other", yaml=QA.replace("small-qa", "leaks"))
    assert catalog(tmp_path, tmp_path / "other").suites["leaks"] == path


def test_a_suite_is_named_by_its_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    assert [suite.name for suite in load_suites(("small-qa.yaml", "leaks"), ())] == ["small-qa", "leaks"]
    with pytest.raises(ConfigError, match=r"smal-qa.yaml: there is no such file \(check the path, or name a suite"):
        load_suites(("smal-qa.yaml",), ())


def test_unknown_names_are_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'qqqqqqqq' \(`wardgate eval list` names them; a file's name ends in .yaml\)"):
        catalog().expand(("qqqqqqqq",))
    with pytest.raises(ConfigError, match=r"no suite or collection 'handbok' \(did you mean 'handbook'\?\)"):
        catalog().expand(("handbok",))
    (tmp_path / "c.yaml").write_text("collection: c\nabout: x\nsuites: [leak]\n")
    with pytest.raises(ConfigError, match=r"c.yaml:3: suites\[0\]: there is no suite 'leak' \(did you mean 'leaks'"):
        catalog(tmp_path)
    (tmp_path / "c.yaml").write_text("colection: c\n")
    with pytest.raises(ConfigError, match=r"c.yaml:1: is neither a suite nor a collection"):
        catalog(tmp_path)
    with pytest.raises(ConfigError, match="is not a directory of suites"):
        catalog(tmp_path / "nowhere")


def test_every_shipped_suite_loads_and_is_in_both_collections() -> None:
    """All but those whose every metric is a judge's word: a night without a judge could not run them."""
    found = catalog()
    alone = set()
    for name, path in found.suites.items():
        if path.parent == suite_file.PUBLIC:
            continue
        suite = load(path)
        assert suite.samples
        if not all(metric.judge for metric in suite.metrics):
            alone.add(name)
    assert {name for name, path in found.suites.items() if path.parent != suite_file.PUBLIC} - alone == {"handbook-judged"}
    assert set(found.collections["nightly"].suites) == alone == set(found.collections["handbook"].suites)
    assert suite_file.SHIPPED.is_dir()


@pytest.mark.parametrize(
    ("yaml", "error"),
    [
        ("targets: []", r"t.yaml:1: targets: names no target"),
        ("targets:\n  - {name: direct, base_url: ftp://x}", r"t.yaml:2: targets\[0\].base_url: is not a base URL"),
        ("targets:\n  - {name: direct, base_url: 'http://a:b@x'}", r"must hold neither a password nor a query"),
        ("targets:\n  - {name: local, base_url: 'http://x'}", r"t.yaml:2: targets\[0\].name: cannot be a target's name"),
        ("targets:\n  - {name: a, base_url: 'http://x'}\n  - {name: a, base_url: 'http://y'}",
         r"t.yaml:3: targets\[1\].name: is named twice"),
        ("targets:\n  - {name: a, base_url: 'http://x', api_key: '${NOPE}'}",
         r"t.yaml:2: targets\[0\].api_key: the environment variable NOPE is not set \(export NOPE=…\)"),
        ("targets:\n  - {name: a, base_url: 'http://x', kind: model}", r"must be one of direct, gateway"),
        ("targets:\n  - {name: a, url: 'http://x'}", r"unknown key 'url'"),
    ],
)
def test_wrong_targets(tmp_path: Path, yaml: str, error: str) -> None:
    (tmp_path / "t.yaml").write_text(yaml)
    with pytest.raises(ConfigError, match=error):
        targets.from_file(tmp_path / "t.yaml", {})


def test_targets_and_their_keys(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("targets:\n  - {name: vllm, base_url: 'http://x:1/v1/', api_key: '${K}'}\n"
                                     "  - {name: g, base_url: 'https://y/v1', kind: gateway, model: m}\n")
    first, second = targets.from_file(tmp_path / "t.yaml", {"K": "very-secret"})
    assert (first.name, first.kind, first.base_url, first.api_key) == ("vllm", DIRECT, "http://x:1/v1", "very-secret")
    assert (second.kind, second.model) == (GATEWAY, "m")
    assert "very-secret" not in repr(first)
    environment = {"WARDGATE_EVAL_KEY_GATEWAY": "one", "WARDGATE_EVAL_KEY": "all"}
    found = targets.from_options(["direct=http://x/v1", "gateway=http://y/v1"], "m", environment)
    assert [(each.kind, each.api_key) for each in found] == [(DIRECT, "all"), (GATEWAY, "one")]
    for pair, error in (("direct", "a URL is missing"), ("Direct=http://x", "cannot be a target's name"), ("a=x", "URL")):
        with pytest.raises(ConfigError, match=error):
            targets.from_options([pair], "", {})
    with pytest.raises(ConfigError, match="is named twice"):
        targets.from_options(["a=http://x", "a=http://y"], "", {})
