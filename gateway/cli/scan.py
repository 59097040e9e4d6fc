"""``wardgate scan``: judges text or JSON lines without a model server, for pipelines, spot checks and measurements."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_FAILS = ("never", "block", "edit", "flag", "error")


def add_commands(subparsers: Any) -> None:
    """Add ``scan``."""
    parser = subparsers.add_parser(
        "scan", help="judge text or JSON lines without a model",
        description="Reads text (one judgement) or JSON lines (one each: `text`, and `id`, `role`, `context`, `topics` "
        "where they are there) and prints a JSON line for each, in order: offsets and scores, never the text.",
        epilog="With --guard, or --policy FILE: {id, score, decision, findings}; exit code 0 unless --fail-on says "
        "otherwise. Without either: what each policy of --policies makes of it; exit code 1 when anything was found.",
    )
    parser.add_argument("file", nargs="?", default="-", help="text or .jsonl file; - reads standard input (default)")
    parser.add_argument("--guard", help="judge by this guard; all: by every one that needs no parameters")
    parser.add_argument("--role", default="user", help="who says it; assistant judges an answer (default: user)")
    parser.add_argument("--policy", metavar="FILE|NAME",
                        help="a policy file whose rules (of the guard) judge; or the name of one of --policies")
    parser.add_argument("--policies", default="", help="policy file or directory (default: policies/)")
    parser.add_argument("--sensitivity", default="", help="low, balanced, high or a threshold from 0 to 1")
    parser.add_argument("--params", default="", help="the guard's parameters in YAML or JSON, or @ and their file")
    parser.add_argument("--jsonl", action="store_true", help="the input holds JSON lines, whatever it looks like")
    parser.add_argument("--text", action="store_true", help="the input is one text, whatever it looks like")
    parser.add_argument("--keep-going", action="store_true", help="for a line that cannot be read, print its error")
    parser.add_argument("--fail-on", help=f"exit code 1 when any decision is as grave as this: {', '.join(_FAILS)}")
    parser.add_argument("--workers", type=int, default=0, help="processes (default: one a core, where it is worth it)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument("--json", action="store_true", help="print JSON, which this command does anyway")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """By a guard or a policy file; else by all policies, as before there were these."""
    if options.guard or _is_file(options.policy):
        return _scan(options)
    return _by_policies(options)


def _is_file(policy: str | None) -> bool:
    return policy is not None and (policy.endswith((".yaml", ".yml")) or Path(policy).exists())


def _scan(options: argparse.Namespace) -> int:
    """Exit code 1 when a decision is as grave as ``--fail-on`` says."""
    from gateway.cli.scan_judge import GRAVITY, Judge
    from gateway.cli.scan_rules import Asked
    from gateway.cli.scan_run import cores, judged, progress
    from gateway.errors import ConfigError

    fail_on = _known("--fail-on", options.fail_on or "never", _FAILS)
    asked = Asked(options.guard or "", options.policy or "", options.sensitivity, options.params)
    judge = Judge(asked)
    for note in judge.rules.notes:
        print(note, file=sys.stderr)
    workers = options.workers or (1 if judge.rules.waits else cores())
    limit = GRAVITY.index(fail_on) if fail_on in GRAVITY else len(GRAVITY)
    failed, errors, done = False, 0, [0]
    with _opened(options.file) as handle, progress(options.file, done, wanted=not options.quiet) as show:
        items = _items(options, handle, done)
        for count, (label, row) in enumerate(judged(items, asked, _name(options), judge=judge, workers=workers), 1):
            if isinstance(row, ConfigError):
                if not options.keep_going:
                    sys.stdout.flush()
                    raise row
                errors += 1
                print(_dumped({"id": label, "error": str(row)}))
            else:
                failed = failed or GRAVITY.index(row["decision"]) >= limit or (fail_on == "error" and "unjudged" in row)
                print(_dumped(row))
            show(count)
    if errors:
        print(f"{errors} lines could not be judged", file=sys.stderr)
    return 1 if failed or (errors and fail_on == "error") else 0


def _dumped(row: dict[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"))


def _by_policies(options: argparse.Namespace) -> int:
    """Exit code 1 when anything was found in any text."""
    from gateway.cli.judging import choose, explained, judged_text, load, plan_of
    from gateway.cli.scan_items import Unreadable

    for name in ("sensitivity", "params", "keep_going", "fail_on"):
        if getattr(options, name):
            from gateway.errors import ConfigError

            raise ConfigError("needs --guard or --policy FILE", field=f"--{name.replace('_', '-')}")
    found, policies = load([options.policies])
    plans = [(policy, plan_of(policy, found)) for policy in choose(policies, options.policy)]
    any_found = False
    with _opened(options.file) as handle:
        for item in _items(options, handle, [0]):
            if isinstance(item, Unreadable):
                raise item.error
            for policy, plan in plans:
                judged = judged_text(policy, found, item.role, item.text, plan)
                any_found = any_found or judged.outcome != "allow"
                out = explained(policy, judged)
                out.pop("text", None)
                print(json.dumps({"id": item.label, **out}))
    return 1 if any_found else 0


def _opened(file: str) -> BinaryIO:
    from gateway.errors import ConfigError

    try:
        return sys.stdin.buffer if file == "-" else Path(file).open("rb")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file, cure="check its path and rights") from None


def _items(options: argparse.Namespace, handle: BinaryIO, done: list[int]) -> Iterator[Any]:
    from gateway.cli.scan_items import read_items
    from gateway.core.types import ROLES

    role = _known("--role", options.role, ROLES)
    lines = True if options.jsonl or options.file.endswith(".jsonl") else False if options.text else None
    return read_items(handle, _name(options), role, lines=lines, done=done)


def _name(options: argparse.Namespace) -> str:
    return "standard input" if options.file == "-" else str(options.file)


def _known(option: str, value: str, known: tuple[Any, ...]) -> Any:
    from gateway.config.yaml_lines import nearest
    from gateway.errors import ConfigError

    if value not in known:
        raise ConfigError(f"there is no '{value}'", field=option, cure=nearest(value, list(known)))
    return value
