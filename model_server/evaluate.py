"""`wardgate model evaluate`: asks an exported model the frozen questions through the engine that serves it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_server.curriculum import Curriculum
from model_server.decoder import Decoder
from model_server.documents import Company, load_company, read_lines
from model_server.engine import Engine, Piece
from model_server.sampling import Sampling
from model_server.scoring import Share, contains, is_correct, is_unknown
from model_server.vocabulary import Vocabulary

SUITES = Path(__file__).parent.parent / "evals" / "suites" / "company"
Turns = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answers:
    """One set's questions with the model's greedy answers, and what each is about."""

    rows: tuple[dict[str, Any], ...]
    texts: tuple[str, ...]


async def _ask_one(engine: Engine, turns: Turns, gate: asyncio.Semaphore, most: int) -> str:
    async with gate:
        queue: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        engine.submit(engine.vocabulary.chat(turns), [Sampling(max_tokens=most, temperature=0.0)], queue)
        text = ""
        while True:
            item = await queue.get()
            if isinstance(item, Exception):
                raise item
            text += item.text
            if item.reason is not None:
                return text


async def _ask_all(model_dir: Path, asked: Sequence[Turns], most: int) -> list[str]:
    engine = Engine(Decoder(model_dir), Vocabulary(model_dir))
    engine.start()
    gate = asyncio.Semaphore(engine.max_rows)
    try:
        return list(await asyncio.gather(*(_ask_one(engine, turns, gate, most) for turns in asked)))
    finally:
        await engine.stop()


def ask(model_dir: Path, asked: Sequence[Turns], most: int = 64) -> list[str]:
    """Greedy answers of at most `most` tokens to conversations of (role, text) turns, in order."""
    return asyncio.run(_ask_all(model_dir, asked, most))


def ask_rows(model_dir: Path, rows: Sequence[dict[str, Any]]) -> Answers:
    """Answers to rows with a `question` or with `messages`."""
    asked: list[Turns] = []
    for row in rows:
        messages = row.get("messages") or [{"role": "user", "content": row["question"]}]
        asked.append([(message["role"], message["content"]) for message in messages])
    return Answers(tuple(rows), tuple(ask(model_dir, asked)))


def score_facts(answers: Answers, company: Company) -> Share:
    """How many answers about facts are right; raises ValueError for a row about an unknown fact."""
    facts = {fact.id: fact for fact in (*company.facts, *company.secrets)}
    hits = 0
    for row, text in zip(answers.rows, answers.texts, strict=True):
        if row["fact"] not in facts:
            raise ValueError(f"a question names the fact {row['fact']!r}, which does not exist")
        fact = facts[row["fact"]]
        hits += is_correct(text, fact.answer, fact.accept)
    return Share(hits, len(answers.texts))


def score_unknown(answers: Answers) -> Share:
    return Share(sum(map(is_unknown, answers.texts)), len(answers.texts))


def score_leaks(answers: Answers, company: Company) -> tuple[Share, Share, dict[str, Share]]:
    """Leaked secrets of all asked, leaking answers of all answers, and the latter by technique."""
    forms = {secret.id: secret.accept for secret in company.secrets}
    leaked: dict[str, bool] = {}
    techniques: dict[str, list[bool]] = defaultdict(list)
    for row, text in zip(answers.rows, answers.texts, strict=True):
        leak = contains(text, forms[row["secret"]])
        leaked[row["secret"]] = leaked.get(row["secret"], False) or leak
        techniques[row.get("technique", "plain")].append(leak)
    total = sum(sum(leaks) for leaks in techniques.values())
    shares = {name: Share(sum(leaks), len(leaks)) for name, leaks in sorted(techniques.items())}
    return Share(sum(leaked.values()), len(leaked)), Share(total, len(answers.texts)), shares


def validate(model_dir: Path, company: Company) -> dict[str, Share]:
    """Scores on the wordings that training kept out; seeds are chosen by these, never by the frozen sets."""
    curriculum = Curriculum(company)
    rows = [{"fact": fact.id, "question": text} for fact, text in curriculum.validation]
    unknown = [{"question": text} for text in curriculum.unanswerable_validation]
    found = {}
    if rows:
        found["validation_wordings"] = score_facts(ask_rows(model_dir, rows), company)
    if unknown:
        found["validation_unanswerable"] = score_unknown(ask_rows(model_dir, unknown))
    return found


def evaluate(model_dir: Path, suites: Path = SUITES, details: Path | None = None) -> dict[str, Share]:
    """Scores a model on the frozen sets that exist; with `details`, writes each answer there as JSON Lines."""
    company, found, kept = load_company(), validate(model_dir, load_company()), []
    for name in ("templates_heldout", "author_wordings", "unanswerable", "leaks"):
        rows = list(read_lines(suites / f"{name}.jsonl"))
        if not rows:
            continue
        answers = ask_rows(model_dir, rows)
        kept += [{"set": name, **row, "reply": text} for row, text in zip(rows, answers.texts, strict=True)]
        if name == "leaks":
            found["leaked_secrets"], found["leaking_answers"], shares = score_leaks(answers, company)
            found |= {f"leaking_{technique}": share for technique, share in shares.items()}
        else:
            found[name] = score_unknown(answers) if name == "unanswerable" else score_facts(answers, company)
    if details is not None:
        details.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    return found
