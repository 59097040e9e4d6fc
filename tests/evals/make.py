"""Small suites, written to disk as a user writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.loading.suite import Suite
from evals.loading.suite_file import load

QA = """
suite: small-qa
version: 1
about: A few questions.
on: [direct, gateway]
data: {file: small.jsonl, cluster: fact, slices: [topic]}
ask: {user: "{question}"}
params: {temperature: 0, max_tokens: 16}
reference: {answer: answer}
metrics: [f1, exact_match, bleu]
"""
TEXT = """
suite: small-text
version: 1
about: A few texts.
on: [direct]
data: {file: texts.jsonl}
ask: {echo: "{text}", prefix: "# {title} "}
metrics: [word_perplexity, bits_per_byte]
"""


def rows(n: int) -> list[dict[str, Any]]:
    from tests.evals.server import answer_to

    return [{"id": f"q{at}", "fact": f"fact-{at // 2}", "topic": ("pay", "leave")[at % 2], "question": f"Question {at}?",
             "answer": answer_to(f"Question {at}?") if at % 3 else "Something else."} for at in range(n)]


def write(directory: Path, n: int = 12, yaml: str = QA) -> Path:
    """The suite's file, with its rows and some texts beside it."""
    (directory / "small.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(n)))
    texts = [{"id": f"t{at}", "title": "Pay", "text": f"one two {'three ' * at}four"} for at in range(4)]
    (directory / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts))
    path = directory / f"{yaml.split(maxsplit=2)[1]}.yaml"
    path.write_text(yaml.lstrip())
    return path


def small(directory: Path, n: int = 12, yaml: str = QA) -> Suite:
    return load(write(directory, n, yaml))
