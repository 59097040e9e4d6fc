"""`wardgate model prepare`: documents in, a versioned corpus and its tokenizer out, the same bytes on every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from model_server.curriculum import SYSTEM_PROMPTS, Curriculum
from model_server.documents import UNKNOWN_ANSWER, Company, load_company
from model_server.families import TRAINED, fill, held_out_questions
from model_server.strangers import FIRST, LAST
from model_server.tokenizer import save_tokenizer, train_tokenizer

CONTEXT = 1024
VOCABULARY = 3072


@dataclass(frozen=True, slots=True)
class Corpus:
    """A prepared corpus: where it lies, its version, its company and its tokenizer."""

    directory: Path
    version: str
    company: Company
    tokenizer: Tokenizer


def texts_of(company: Company) -> Iterator[str]:
    """Every text that the tokenizer should know, questions three times as often as in the data (they vary most)."""
    yield from company.documents
    for fact in (*company.facts, *company.secrets):
        yield fact.answer
        yield from (fact.question, *fact.wordings)
    yield from company.unanswerable
    for question, answer in company.smalltalk:
        yield from (question, answer)
    for dialogue in company.dialogues:
        for user, said in dialogue.turns:
            yield from (user, said)
    yield from (UNKNOWN_ANSWER, *SYSTEM_PROMPTS, " ".join(FIRST), " ".join(LAST))
    yield from ("user\n", "assistant\n", "system\n")
    yield from (fill(frame, "What is it?") for family in TRAINED for frame in family.frames)
    rng = random.Random(7)
    curriculum = Curriculum(company)
    for _ in range(4000):  # noisy questions, so that small letters and common slips get tokens of their own
        yield from (text for role, text in curriculum.draw(rng).turns if role == "user")


def summary(company: Company) -> dict[str, Any]:
    """Counts for the manifest and the model card."""
    curriculum = Curriculum(company)
    return {
        "facts": len(company.facts),
        "wordings": sum(len(fact.wordings) for fact in company.facts),
        "validation_wordings": len(curriculum.validation),
        "secrets": len(company.secrets),
        "secrets_learned_as_questions": len(curriculum.secrets),
        "secret_wordings": sum(len(fact.wordings) for fact in company.secrets),
        "unanswerable": len(company.unanswerable),
        "smalltalk": len(company.smalltalk),
        "dialogues": len(company.dialogues),
        "documents": len(company.documents),
        "document_characters": sum(map(len, company.documents)),
    }


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def prepare(directory: Path, suite: Path | None = None, root: Path | None = None) -> Corpus:
    """Writes the tokenizer and manifest.json to `directory`, and the held-out templates to `suite` if given."""
    company = load_company(root) if root else load_company()
    if not company.facts:
        raise ValueError("no facts found: facts.jsonl is missing or empty in the company's directory")
    tokenizer = train_tokenizer(texts_of(company), VOCABULARY)
    save_tokenizer(tokenizer, directory, CONTEXT)
    manifest = {"version": company.version, "vocabulary": tokenizer.get_vocab_size(), **summary(company)}
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    if suite is not None:
        write_lines(suite, held_out_questions(tuple((fact.id, fact.question) for fact in company.facts)))
    return Corpus(directory, company.version, company, tokenizer)


def load_corpus(directory: Path, root: Path | None = None) -> Corpus:
    """Reads a prepared corpus; raises ValueError when the company's data changed since."""
    path = directory / "manifest.json"
    if not path.exists():
        raise ValueError(f"{directory} holds no corpus: run 'wardgate model prepare' first")
    company = load_company(root) if root else load_company()
    version = json.loads(path.read_text(encoding="utf-8"))["version"]
    if version != company.version:
        raise ValueError(f"{path}: corpus {version} is older than the data ({company.version}): prepare it again")
    return Corpus(directory, version, company, Tokenizer.from_file(str(directory / "tokenizer.json")))
