"""``wardgate policy``: what a security team runs before and after it edits a policy."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

DEFAULT = ""
FILES = "policy files or directories (default: policies/, else the shipped ones)"


def add_commands(subparsers: Any) -> None:
    """Add ``policy`` and its subcommands."""
    policy = subparsers.add_parser("policy", help="test, lint and explain policies")
    commands = policy.add_subparsers(dest="policy_command", metavar="COMMAND", required=True)
    test = commands.add_parser("test", help="run the tests that the policies carry")
    test.add_argument("files", nargs="*", default=[DEFAULT], help=FILES)
    test.set_defaults(func=run_test)
    lint = commands.add_parser("lint", help="find rules without tests, unused exceptions, repeated phrases")
    lint.add_argument("files", nargs="*", default=[DEFAULT], help=FILES)
    lint.set_defaults(func=run_lint)
    schema = commands.add_parser("schema", help="write the JSON schema of policy files")
    schema.add_argument("--output", type=Path, help="where to (default: standard output)")
    schema.set_defaults(func=run_schema)
    known = commands.add_parser("guards", help="list the guards and their parameters, as their files explain them")
    known.add_argument("name", nargs="?", default="", help="say all about this one")
    known.set_defaults(func=run_guards)
    explain = commands.add_parser("explain", help="say what each rule makes of a text")
    explain.add_argument("--text", required=True, help="the text; - reads standard input")
    explain.add_argument("--role", default="user", help="who says it; assistant judges it as an answer (default: user)")
    explain.add_argument("--policies", default=DEFAULT, help=FILES)
    explain.add_argument("--policy", help="name of the policy, when there are several")
    explain.set_defaults(func=run_explain)
    for each in (test, lint, known, explain):
        each.add_argument("--json", action="store_true", help="print JSON")


def run_test(options: argparse.Namespace) -> int:
    """Exit code 1 when a test fails, or when there is none."""
    from gateway.cli.judging import READ, load, plan_of
    from gateway.config.policy_tests import TestResult, run_tests

    found, policies = load(options.files)
    results: list[TestResult] = []
    started = time.perf_counter()
    for policy in policies:
        results += run_tests(plan_of(policy, found), policy, time.time(), READ)
    failed = [each for each in results if not each.passed]
    if options.json:
        rows = [{"policy": each.policy, "file": each.file, "line": each.test.line, "name": each.test.name,
                 "passed": each.passed, "reason": each.reason} for each in results]
        print(json.dumps({"revision": found.revision, "passed": len(results) - len(failed), "failed": len(failed),
                          "tests": rows}, indent=2))
    else:
        for each in failed:
            print(f"{each.file}:{each.test.line}: FAILED {each.test.name}: {each.reason}")
        print(f"{len(results) - len(failed)} passed, {len(failed)} failed "
              f"({', '.join(policy.name for policy in policies)} at {found.revision}, "
              f"{time.perf_counter() - started:.1f} s)")
        if not results:
            print("no policy holds a test", file=sys.stderr)
    return 1 if failed or not results else 0


def run_lint(options: argparse.Namespace) -> int:
    """Exit code 1 when there is anything to say."""
    from gateway.cli.judging import READ, load, plan_of
    from gateway.config.policy_lint import lint

    found, policies = load(options.files)
    reports = [lint(policy, plan_of(policy, found), time.time(), READ) for policy in policies]
    remarks = [remark for report in reports for remark in report.remarks]
    if options.json:
        print(json.dumps({
            "revision": found.revision,
            "policies": [{"policy": each.policy, "mutations": each.mutations, "caught": each.caught}
                         for each in reports],
            "remarks": [{"file": each.file, "line": each.line, "kind": each.kind, "message": each.message}
                        for each in remarks],
        }, indent=2))
    else:
        for remark in remarks:
            print(f"{remark.file}:{remark.line}: {remark.kind}: {remark.message}")
        for report in reports:
            print(f"{report.policy}: its tests catch {report.caught} of {report.mutations} weakened rules")
    return 1 if remarks else 0


def run_schema(options: argparse.Namespace) -> int:
    """Print or write the schema."""
    from gateway.config.policy_schema import schema_text

    if options.output:
        options.output.write_text(schema_text(), "utf-8")
    else:
        print(schema_text(), end="")
    return 0


def run_guards(options: argparse.Namespace) -> int:
    """The guards by name; one that is named with all that its file says. Exit code 2 when there is none so called."""
    from gateway.config.guard_docs import guard_docs
    from gateway.config.yaml_lines import nearest
    from gateway.errors import ConfigError

    docs = guard_docs()
    if options.name and options.name not in docs:
        raise ConfigError(f"there is no guard '{options.name}'", cure=nearest(options.name, list(docs)))
    shown = [docs[options.name]] if options.name else list(docs.values())
    if options.json:
        print(json.dumps([asdict(each) for each in shown], indent=2))
        return 0
    for each in shown:
        print(f"{each.name}\n\n{each.text}\n" if options.name else f"{each.name:<12} {each.about}")
        for parameter in each.parameters:
            print(f"  {parameter.name:<16} {parameter.type}; default {parameter.default}")
    return 0


def run_explain(options: argparse.Namespace) -> int:
    """What each rule did, and where; exit code 0 whatever came of it."""
    from gateway.cli.judging import choose, explained, judged_text, load

    text = sys.stdin.read() if options.text == "-" else options.text
    found, policies = load([options.policies])
    out = [(policy, judged_text(policy, found, options.role, text)) for policy in choose(policies, options.policy)]
    if options.json:
        print(json.dumps([explained(policy, judged) for policy, judged in out], indent=2))
        return 0
    for policy, judged in out:
        print(f"{policy.name}: {judged.outcome}" + (f" by {', '.join(judged.rules)}" if judged.rules else ""))
        for state in judged.verdict.states:
            if state.stage == judged.stage:
                print(f"  {state.rule:<28} {state.state}")
        for each in judged.verdict.findings:
            print(f"  found by {each.rule}: {each.entity or '-'} at {each.start}-{each.end}, score {each.score:.2f}: "
                  f"{text[each.start:each.end]!r}")
        if judged.outcome == "edit":
            print(f"  becomes: {judged.text}")
    return 0
