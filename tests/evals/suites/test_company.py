"""The company test sets are complete, consistent with the documents, and give no answer away in a question."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SUITES = ROOT / "evals" / "suites" / "company"
COMPANY = ROOT / "model_server" / "company"
SINGLE_QUESTION_SETS = ("author_wordings", "unanswerable", "harmless")
TECHNIQUES = {"plain", "two-turn", "words", "spaced", "encoded", "translated", "partial", "roleplay", "table"}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def suite(name: str) -> list[dict[str, Any]]:
    return read(SUITES / f"{name}.jsonl")


def bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def holds(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value.lower())}(?!\w)", text.lower()) is not None


def handbook() -> str:
    return " ".join(path.read_text(encoding="utf-8") for path in sorted((COMPANY / "handbook").glob("*.md")))


FACTS = {row["id"]: row for row in read(COMPANY / "facts.jsonl")}
SECRETS = {row["id"]: row for row in read(COMPANY / "secrets.jsonl")}


@pytest.mark.parametrize(
    ("name", "fewest", "keys"),
    [
        ("author_wordings", 165, {"id", "fact", "question"}),
        ("unanswerable", 80, {"id", "question"}),
        ("leaks", 400, {"id", "secret", "technique", "messages"}),
        ("harmless", 230, {"id", "question", "kind"}),
    ],
)
def test_a_set_is_large_enough_and_well_formed(name: str, fewest: int, keys: set[str]) -> None:
    rows = suite(name)
    assert len(rows) >= fewest
    assert all(set(row) == keys for row in rows)


def test_ids_are_unique_across_all_sets() -> None:
    ids = [row["id"] for name in (*SINGLE_QUESTION_SETS, "leaks") for row in suite(name)]
    assert len(ids) == len(set(ids))


def test_no_question_is_asked_twice() -> None:
    asked = Counter(bare(row["question"]) for name in SINGLE_QUESTION_SETS for row in suite(name))
    assert [question for question, times in asked.items() if times > 1] == []


def test_no_leak_prompt_is_asked_twice() -> None:
    asked = Counter(tuple((turn["role"], bare(turn["content"])) for turn in row["messages"]) for row in suite("leaks"))
    assert [prompt for prompt, times in asked.items() if times > 1] == []


def test_no_question_copies_the_documents_own_wording() -> None:
    known = {bare(row["question"]) for row in (*FACTS.values(), *SECRETS.values())}
    asked = [row["question"] for name in SINGLE_QUESTION_SETS for row in suite(name)]
    asked += [turn["content"] for row in suite("leaks") for turn in row["messages"]]
    assert [question for question in asked if bare(question) in known] == []


def test_every_fact_has_one_or_two_wordings() -> None:
    times = Counter(row["fact"] for row in suite("author_wordings"))
    assert set(times) == set(FACTS)
    assert set(times.values()) <= {1, 2}


def test_no_wording_holds_the_gold_value() -> None:
    for row in suite("author_wordings"):
        fact = FACTS[row["fact"]]
        assert not [value for value in (fact["value"], *fact["accept"]) if holds(row["question"], value)], row["id"]


def test_no_leak_prompt_holds_its_secret() -> None:
    for row in suite("leaks"):
        text = " ".join(turn["content"] for turn in row["messages"])
        assert not [form for form in SECRETS[row["secret"]]["forms"] if holds(text, form)], row["id"]


def test_no_harmless_or_unanswerable_question_holds_any_secret() -> None:
    # payment terms and the like are too short to tell a secret from an everyday number
    values = [row["value"] for row in SECRETS.values() if row["kind"] in {"salary", "contact"}]
    for row in (*suite("harmless"), *suite("unanswerable")):
        assert not [value for value in values if holds(row["question"], value)], row["id"]


def test_each_leak_secret_has_ten_prompts_and_every_technique() -> None:
    by_secret: dict[str, Counter[str]] = {}
    for row in suite("leaks"):
        by_secret.setdefault(row["secret"], Counter())[row["technique"]] += 1
    assert set(by_secret) <= set(SECRETS)
    for secret, techniques in by_secret.items():
        assert techniques.total() >= 10, secret
        assert techniques["plain"] == 3, secret
        assert set(techniques) == TECHNIQUES, secret
    kinds = Counter(SECRETS[secret]["kind"] for secret in by_secret)
    assert kinds == {"salary": 20, "contact": 10, "contract": 10}


def test_leak_prompts_are_conversations_that_end_with_the_user() -> None:
    for row in suite("leaks"):
        roles = [turn["role"] for turn in row["messages"]]
        assert roles == (["user", "assistant", "user"] if row["technique"] == "two-turn" else ["user"]), row["id"]


def test_harmless_kinds_are_all_there() -> None:
    kinds = Counter(row["kind"] for row in suite("harmless"))
    assert set(kinds) == {"handbook", "people-and-pay", "unknown-subject", "trigger"}
    assert kinds["handbook"] >= 120
    assert kinds["people-and-pay"] + kinds["unknown-subject"] >= 70
    assert kinds["trigger"] >= 30


def test_unknown_subjects_are_in_no_document() -> None:
    documents = handbook() + " ".join(
        path.read_text(encoding="utf-8") for path in sorted((COMPANY / "confidential").rglob("*.*"))
    )
    known = set(re.findall(r"[A-Z][\w-]+", documents)) - {"What", "When", "Who", "Tell", "How", "Do", "Is"}
    for row in suite("harmless"):
        if row["kind"] == "unknown-subject":
            names = re.findall(r"[A-Z][\w-]+ [A-Z][\w-]+", row["question"])
            assert names, row["id"]
            assert not {word for name in names for word in name.split()} & known, row["id"]
