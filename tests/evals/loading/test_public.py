"""Suites that ship without their data: each is whole, reads upstream's files and the hub's rows, and says what is missing."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from evals.loading import sources
from evals.loading.suite_file import PUBLIC, catalog, define, load
from evals.run.plan import plan
from evals.run.runner import search
from evals.run.targets import LOCAL_TARGET
from gateway.errors import ConfigError
from tests.evals.loading.public import FILES, HUB, put

NAMES = sorted(path.stem for path in PUBLIC.glob("*.yaml"))
DOCS = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text()
WANTED = ("squad", "xquad", "wikitext", "gsm8k", "bbh", "agieval-lsat", "agieval-sat", "agieval-aqua", "mmlu", "hellaswag", "piqa",
          "commonsenseqa", "truthfulqa", "truthfulqa-mc", "halueval", "cnn-dailymail", "xsum", "wmt", "beir-msmarco", "beir-scifact")


def test_every_set_has_a_suite_and_a_line_in_the_docs() -> None:
    assert set(NAMES) == set(WANTED) == set(FILES)
    for name in NAMES:
        model, _ = define(PUBLIC / f"{name}.yaml")
        assert (model.suite, str(model.version).isdigit(), bool(model.about)) == (name, True, True)
        assert f"`{name}`" in DOCS, name
    assert set(NAMES) <= set(catalog().suites)
    assert not set(NAMES) & set(catalog().collections["nightly"].suites)


@pytest.mark.parametrize("name", NAMES)
def test_upstreams_files_become_samples(name: str, tmp_path: Path) -> None:
    suite = load(PUBLIC / f"{name}.yaml", (tmp_path / "empty", put(tmp_path, name)))
    assert suite.samples
    for sample in suite.samples:
        assert not re.search(r"\{[a-z_]+\}", json.dumps(sample.body))  # a field that nobody filled
        assert all(value is not None for value in sample.reference.values())
    again = load(PUBLIC / f"{name}.yaml", (tmp_path,))
    assert again.edition == suite.edition


@pytest.mark.parametrize(
    ("name", "at", "said", "reference"),
    [
        ("squad", 0, "It was built in 1820.\n\nQuestion: Where is the mill?", {"answer": ["Aalen", "in Aalen"]}),
        ("wikitext", 0, "= Old mill = \n \n It stands . \n = = Use = = \n Flour .", {}),
        ("gsm8k", 1, "1,000 + 1?", {"answer": "1,001"}),
        ("bbh", 0, "Q: 0 + 1 is\nA: So the answer is 1.\n\nQ: 1 + 1 is\nA: Let's think step by step.", {"answer": "2"}),
        ("agieval-sat", 0, "Six boats race.\n\nWhich may win?\n\n(A) The red one\n(B) The blue one",
         {"gold": 1, "choices": ["The red one", "The blue one"]}),
        ("agieval-aqua", 1, "What is 2 + 2?\n\n(A) 4\n(B) 5", {"gold": 0, "answer": "(A)"}),
        ("mmlu", 0, "May one, or not?\n\n(A) Yes\n(B) No\n(C) Both\n(D) Neither, nor", {"gold": 3}),
        ("truthfulqa", 0, "Is soup a drink?", {"answer": ["No", "It is food"]}),
        ("truthfulqa-mc", 0, "Q: Is soup a drink?\nA:", {"gold": [0, 2, 3], "mc1_choices": 2}),
        ("halueval", 0, "Response: The Baltic.", {"gold": 1}),
        ("hellaswag", 0, "She takes the oar and", {"gold": 0}),
        ("wmt", 1, "Ja.", {"answer": "Yes."}),
        ("beir-scifact", 0, "old mill", {"relevant": {"d1": 1}}),
    ],
)
def test_what_is_asked_and_compared_with(name: str, at: int, said: str, reference: dict[str, Any], tmp_path: Path) -> None:
    sample = load(PUBLIC / f"{name}.yaml", (put(tmp_path, name),)).samples[at]
    assert said in sample.asked
    assert {key: sample.reference[key] for key in reference} == reference


def test_slices_clusters_and_only_the_wanted_files(tmp_path: Path) -> None:
    sat = load(PUBLIC / "agieval-sat.yaml", (put(tmp_path, "agieval-sat"),))
    assert {dict(sample.slices)["exam"] for sample in sat.samples} == {"sat-en", "sat-math"}
    squad = load(PUBLIC / "squad.yaml", (put(tmp_path, "squad"),))
    assert len({sample.cluster for sample in squad.samples}) == 1


def test_a_corpus_is_searched(tmp_path: Path) -> None:
    suite = load(PUBLIC / "beir-scifact.yaml", (put(tmp_path, "beir-scifact"),))
    (ask,) = plan([suite], (LOCAL_TARGET,))
    assert dict(search(ask).ranking)["d2"] == 0
    assert max(search(ask).ranking, key=lambda pair: pair[1])[0] == "d1"


@pytest.mark.parametrize(
    ("name", "file", "text", "error"),
    [
        ("gsm8k", "gsm8k/test.jsonl", '{"question": "x", "answer": "4"}\n', r"test.jsonl: record 1 is not as upstream"),
        ("gsm8k", "gsm8k/test.jsonl", "{", r"test.jsonl: is not as upstream publishes it \(JSONDecodeError\)"),
        ("mmlu", "mmlu/test/law_test.csv", "x,1,2,3,4,E\n", r"law_test.csv: record 1 is not"),
        ("mmlu", "mmlu/test/law_test.csv", "x,1,2,3,4,?\n", r"law_test.csv: is not as upstream"),
        ("wmt", "wmt/wmt19.de-en.ref", "Good day.\n", r"wmt19.de-en.src: is not as upstream"),
        ("squad", "squad/dev-v1.1.json", "[]", r"dev-v1.1.json: is not as upstream"),
        ("truthfulqa", "truthfulqa/TruthfulQA.csv", "a,b\n1,2\n", r"TruthfulQA.csv: record 1 is not as upstream .*KeyError"),
    ],
)
def test_a_file_of_another_form_is_named(name: str, file: str, text: str, error: str, tmp_path: Path) -> None:
    put(tmp_path, name)
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError, match=error) as caught:
        load(PUBLIC / f"{name}.yaml", (tmp_path,))
    assert "Good day" not in str(caught.value)


def test_a_file_that_should_lie_beside_is_named(tmp_path: Path) -> None:
    put(tmp_path, "piqa")
    (tmp_path / "piqa" / "valid-labels.lst").unlink()
    with pytest.raises(ConfigError, match=r"valid-labels.lst: cannot be read: No such file"):
        load(PUBLIC / "piqa.yaml", (tmp_path,))


# -- the hub -----------------------------------------------------------------------------------------


class Hub(BaseHTTPRequestHandler):
    """Pages of rows, as the hub serves them; ``busy`` of the first requests are told to come again."""

    rows: list[dict[str, Any]] = []
    asked: list[dict[str, str]] = []
    busy = 0
    status = 200

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        Hub.asked.append(query)
        if Hub.busy:
            Hub.busy -= 1
            return self._say(429, {})
        start, count = int(query["offset"]), int(query["length"])
        found = [{"row_idx": at, "row": row, "truncated_cells": []} for at, row in enumerate(Hub.rows)][start : start + count]
        return self._say(Hub.status, {"rows": found, "num_rows_total": len(Hub.rows)})

    def _say(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    Hub.rows, Hub.asked, Hub.busy, Hub.status = [], [], 0, 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv(sources.HUB, f"http://127.0.0.1:{server.server_port}/rows")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(sources.time, "sleep", lambda _: None)
    yield Hub
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", sorted(HUB))
def test_the_hubs_rows_become_the_same_samples(name: str, hub: type[Hub]) -> None:
    hub.rows = [{**HUB[name], **({"id": f"x{at}"} if "id" in HUB[name] else {})} for at in range(3)]
    suite = load(PUBLIC / f"{name}.yaml", ())
    assert len(suite.samples) == 3
    model, _ = define(PUBLIC / f"{name}.yaml")
    assert model.data.hugging_face is not None
    wanted = model.data.hugging_face
    assert (hub.asked[0]["dataset"], hub.asked[0]["config"], hub.asked[0]["split"]) == (wanted.id, wanted.config, wanted.split)


def test_all_pages_are_fetched_once_and_kept(hub: type[Hub]) -> None:
    hub.rows, hub.busy = [{"question": f"{at}?", "answer": f"#### {at}"} for at in range(250)], 2
    first = load(PUBLIC / "gsm8k.yaml", ())
    assert [query["offset"] for query in hub.asked] == ["0", "0", "0", "100", "200"]
    assert [sample.reference["answer"] for sample in first.samples] == [str(at) for at in range(250)]
    assert load(PUBLIC / "gsm8k.yaml", ()).edition == first.edition
    assert len(hub.asked) == 5


def test_a_fetch_that_breaks_off_leaves_nothing_and_says_what_to_do(hub: type[Hub], tmp_path: Path) -> None:
    hub.status = 404
    with pytest.raises(ConfigError, match=r"suite 'gsm8k' ships without its data.*the hub: HTTP 404.*put gsm8k/test.jsonl below"):
        load(PUBLIC / "gsm8k.yaml", (tmp_path,))
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_offline_the_cure_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(sources.HUB, "http://127.0.0.1:9/rows")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match=r"no directory \(--data, WARDGATE_EVAL_DATA\).*refused.*published at https"):
        load(PUBLIC / "xsum.yaml", ())
    with pytest.raises(ConfigError, match=r"suite 'beir-scifact' ships without its data"):
        load(PUBLIC / "beir-scifact.yaml", ())


@pytest.mark.skipif("WARDGATE_EVAL_DATA" not in os.environ, reason="WARDGATE_EVAL_DATA names no data")
def test_real_files_are_read_whole() -> None:
    expected = {"xquad": (1190, 240), "gsm8k": (1319, 1319), "bbh": (6511, 6511), "truthfulqa": (817, 817), "truthfulqa-mc": (817, 817),
                "wikitext": (62, 62), "agieval-aqua": (254, 254), "agieval-lsat": (1009, None), "agieval-sat": (426, None),
                "halueval": (4507, 4507)}
    seen = 0
    for name, (samples, clusters) in expected.items():
        model, _ = define(PUBLIC / f"{name}.yaml")
        if sources.files(sources.Source(model.data.reader, tuple(model.data.files)), sources.directories()):
            suite = load(PUBLIC / f"{name}.yaml")
            assert len(suite.samples) == samples, name
            assert clusters is None or len({sample.cluster for sample in suite.samples}) == clusters, name
            seen += 1
    assert seen
    print(f"{seen} of {len(expected)} sets were there")
