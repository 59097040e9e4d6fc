"""What is read from the company, what is dropped, and how a bad line is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_server.documents import clean, load_company, read_lines

FACT = {"id": "f1", "topic": "t", "doc": "handbook/a.md", "question": "How many?", "answer": "It is 7.", "value": "7"}
SECRET = {
    **FACT,
    "id": "s1",
    "kind": "salary",
    "subject": "Ann Bee",
    "attribute": "annual salary",
    "forms": ["7", "seven"],
}


def write(path: Path, *rows: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write(tmp_path / "facts.jsonl", {**FACT, "accept": ["7", "seven"]})
    write(tmp_path / "secrets.jsonl", SECRET)
    write(tmp_path / "wordings" / "facts-a.jsonl", {"fact": "f1", "wordings": ["what number? ", "count?"]})
    write(tmp_path / "wordings" / "facts-b.jsonl", {"fact": "f1", "wordings": ["count?", "number"]})
    (tmp_path / "handbook").mkdir()
    (tmp_path / "handbook" / "a.md").write_text("# A\n\nIt  is 7.\r\n\nIt is 7.\n\nMore.\n", encoding="utf-8")
    (tmp_path / "confidential").mkdir()
    (tmp_path / "confidential" / "pay.csv").write_text("name,pay\nAnn,7\nBob,8\n", encoding="utf-8")
    return tmp_path


def test_loads_wordings_once_and_documents_without_duplicates(company: Path) -> None:
    loaded = load_company(company)
    assert loaded.facts[0].wordings == ("what number?", "count?", "number")
    assert loaded.facts[0].accept == ("7", "seven")
    assert loaded.secrets[0].accept == ("7", "seven")
    assert loaded.documents == ("# A\n\nIt is 7.", "# A\n\nMore.", "name,pay\nAnn,7", "name,pay\nBob,8")
    assert (loaded.unanswerable, loaded.smalltalk, loaded.dialogues) == ((), (), ())


def test_the_version_follows_the_content(company: Path) -> None:
    version = load_company(company).version
    assert load_company(company).version == version
    write(company / "wordings" / "smalltalk.jsonl", {"question": "Hi", "answer": "Hello"})
    assert load_company(company).version != version


def test_bad_input_names_file_line_and_field(company: Path) -> None:
    (company / "facts.jsonl").write_text(json.dumps(FACT) + "\n{\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"facts\.jsonl:2: not JSON"):
        load_company(company)
    write(company / "facts.jsonl", {"id": "f1", "question": "?"})
    with pytest.raises(ValueError, match=r"facts\.jsonl: fact f1 has no field 'answer'"):
        load_company(company)
    write(company / "facts.jsonl", {**FACT, "id": "f2"})
    with pytest.raises(ValueError, match="facts that do not exist: f1"):
        load_company(company)
    (company / "x.jsonl").write_text("[1]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.jsonl:1: expected an object, got list"):
        list(read_lines(company / "x.jsonl"))


def test_clean() -> None:
    assert clean("a \t b  \r\n\n\n\n c ") == "a b\n\nc"
