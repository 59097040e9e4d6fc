"""``wardgate scan``: judges text or JSON lines by a policy without any model, for pipelines and spot checks."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def add_commands(subparsers: Any) -> None:
    """Add ``scan``."""
    parser = subparsers.add_parser(
        "scan", help="judge text or JSON lines without a model",
        description="Reads text (one judgement) or JSON lines (one each; `text`, and `role` and `id` if given) and "
        "prints a JSON line with outcome, rules, findings and scores for each: offsets, never the text.",
    )
    parser.add_argument("file", nargs="?", default="-", help="text or .jsonl file; - reads standard input (default)")
    parser.add_argument("--jsonl", action="store_true", help="standard input holds JSON lines")
    parser.add_argument("--role", default="user", help="who says it; assistant judges an answer (default: user)")
    parser.add_argument("--policies", default="", help="policy file or directory (default: policies/)")
    parser.add_argument("--policy", help="name of the policy, when there are several")
    parser.add_argument("--json", action="store_true", help="print JSON, which this command does anyway")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when anything was found in any text."""
    from gateway.cli.judging import choose, explained, judged_text, load, plan_of

    found, policies = load([options.policies])
    plans = [(policy, plan_of(policy, found)) for policy in choose(policies, options.policy)]
    any_found = False
    for number, (label, role, text) in enumerate(_texts(options)):
        for policy, plan in plans:
            judged = judged_text(policy, found, role, text, plan)
            any_found = any_found or judged.outcome != "allow"
            out = explained(policy, judged)
            out.pop("text", None)
            print(json.dumps({"id": number if label is None else label, **out}))
    return 1 if any_found else 0


def _texts(options: argparse.Namespace) -> Iterator[tuple[Any, str, str]]:
    """Label, role and text of everything to judge."""
    from gateway.core.types import ROLES
    from gateway.errors import ConfigError

    try:
        content = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=options.file) from None
    name = "standard input" if options.file == "-" else options.file
    lines = options.jsonl or options.file.endswith(".jsonl")
    for number, line in enumerate(content.split(b"\n") if lines else [content], 1):
        if lines and not line.strip():
            continue
        try:
            item = json.loads(line) if lines else {"text": line.decode()}
        except ValueError:
            message = "is not JSON in UTF-8" if lines else "is not UTF-8 text"
            raise ConfigError(message, file=name, line=number) from None
        role = item.get("role", options.role) if isinstance(item, dict) else None
        if role not in ROLES or not isinstance(item.get("text"), str):
            raise ConfigError("needs `text`, and a known `role`", file=name, line=number, cure=f"{', '.join(ROLES)}")
        yield item.get("id"), role, item["text"]
