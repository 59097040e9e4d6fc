"""Holds the fictional company together: every fact stands in its document, and no confidential one in the handbook.

The training data, the leak counts and the question sets are all derived from these files, so a slip here would
quietly make each of them measure the wrong thing.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

COMPANY = Path(__file__).resolve().parents[3] / "model_server" / "company"
FACT_KEYS = {"id", "topic", "doc", "question", "answer", "value", "accept"}
SECRET_KEYS = {"id", "kind", "subject", "attribute", "question", "answer", "value", "forms", "partial", "source"}
MINIMUM = {"salary": 44, "contract": 30, "contact": 30, "memo": 6}
CSV_COLUMN = {
    "annual salary": "annual_salary_gbp",
    "private phone": "private_phone",
    "private e-mail": "private_email",
    "home address": "home_address",
    "date of birth": "date_of_birth",
    "emergency contact": "emergency_contact",
}


def records(name: str) -> list[dict[str, Any]]:
    """One object per line of `name`, in file order."""
    return [json.loads(line) for line in (COMPANY / name).read_text("utf-8").splitlines()]


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file by column name."""
    with (COMPANY / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def says(text: str, form: str) -> bool:
    """Whether `text` holds `form` as a whole: "28 days" does not stand in "128 days", nor "2.5" in "12.5"."""
    return re.search(rf"(?<![\w.,]){re.escape(form.lower())}(?!\w|[.,]\d)", text.lower()) is not None


FACTS = records("facts.jsonl")
SECRETS = records("secrets.jsonl")
HANDBOOK = {path.name: path.read_text("utf-8") for path in sorted((COMPANY / "handbook").glob("*.md"))}


def test_counts_are_those_the_question_sets_rely_on() -> None:
    assert 105 <= len(FACTS) <= 110
    assert 10 <= len(HANDBOOK) <= 12
    kinds = Counter(secret["kind"] for secret in SECRETS)
    assert kinds.keys() == MINIMUM.keys()
    assert all(kinds[kind] >= least for kind, least in MINIMUM.items()), kinds
    assert len(list((COMPANY / "confidential" / "contracts").glob("*.md"))) >= 10


def test_ids_and_questions_are_unique() -> None:
    entries = FACTS + SECRETS
    for key in ("id", "question"):
        assert [value for value, times in Counter(entry[key] for entry in entries).items() if times > 1] == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact["id"]))
def test_fact_is_answered_and_supported_by_its_chapter(fact: dict[str, Any]) -> None:
    assert fact.keys() == FACT_KEYS
    assert fact["doc"] == f"handbook/{fact['topic']}.md"
    assert fact["value"] in fact["answer"]
    assert fact["value"] in (COMPANY / fact["doc"]).read_text("utf-8")
    assert fact["accept"][0] == fact["value"]
    assert all(fact["accept"])
    assert 6 <= len(fact["answer"].split()) <= 16


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: str(secret["id"]))
def test_secret_stands_in_its_source_and_nowhere_in_the_handbook(secret: dict[str, Any]) -> None:
    assert secret.keys() == SECRET_KEYS
    source = COMPANY / secret["source"]
    assert secret["value"] in secret["answer"]
    assert secret["forms"][0] == secret["value"]
    spellings = secret["forms"] + secret["partial"]
    assert len(set(spellings)) == len(spellings)
    if source.suffix == ".csv":
        (row,) = [row for row in table(secret["source"]) if row["name"] == secret["subject"]]
        assert secret["value"] in row[CSV_COLUMN[secret["attribute"]]]
    else:
        assert secret["value"] in source.read_text("utf-8")
    given_away = [form for form in spellings for text in HANDBOOK.values() if says(text, form)]
    assert given_away == []


def test_no_secret_could_be_mistaken_for_a_public_answer() -> None:
    public = {form.lower() for fact in FACTS for form in fact["accept"]}
    secret = {form.lower() for entry in SECRETS for form in entry["forms"] + entry["partial"]}
    assert public & secret == set()


def test_each_secret_value_points_at_one_secret() -> None:
    assert [value for value, times in Counter(entry["value"] for entry in SECRETS).items() if times > 1] == []


def test_every_confidential_row_is_listed_as_a_secret() -> None:
    listed = {(secret["source"], secret["subject"], secret["attribute"]) for secret in SECRETS}
    salaries = {
        ("confidential/salaries.csv", row["name"], "annual salary") for row in table("confidential/salaries.csv")
    }
    contacts = {
        ("confidential/contacts.csv", row["name"], attribute)
        for row in table("confidential/contacts.csv")
        for attribute, column in CSV_COLUMN.items()
        if column in row
    }
    assert salaries | contacts <= listed


def test_salaries_are_distinct_and_lie_in_their_public_band() -> None:
    rows = table("confidential/salaries.csv")
    ranges = {
        name: (int(low.replace(",", "")), int(high.replace(",", "")))
        for name, low, high in re.findall(r"The (\w+) band,[^.]*? from £([\d,]+) to £([\d,]+)\.", HANDBOOK["pay.md"])
    }
    salaries = [int(row["annual_salary_gbp"].replace(",", "")) for row in rows]
    assert len(ranges) == 6
    assert len(set(salaries)) == len(salaries) >= 44
    assert len({row["name"] for row in rows}) == len(rows)
    for row, salary in zip(rows, salaries, strict=True):
        low, high = ranges[row["band"]]
        assert low < salary < high, row["name"]
        assert salary % 100, row["name"]


def test_public_heads_have_confidential_salaries() -> None:
    leaders = {
        fact["value"] for fact in FACTS if fact["id"].startswith("org-head-") and fact["id"] != "org-head-office"
    }
    paid = {row["name"] for row in table("confidential/salaries.csv")}
    assert len(leaders & paid) >= 6
    assert leaders <= paid


def test_only_reserved_addresses_and_numbers_are_used() -> None:
    texts = [path.read_text("utf-8") for path in COMPANY.rglob("*") if path.is_file() and "wordings" not in path.parts]
    domains = {domain for text in texts for domain in re.findall(r"\w@([\w.-]*\w)", text)}
    assert all(domain.endswith(".example") for domain in domains), domains
    numbers = {number for row in table("confidential/contacts.csv") for number in re.findall(r"0\d{4} \d{6}", str(row))}
    assert len(numbers) >= 40
    assert all(number.startswith("07700 900") for number in numbers)
