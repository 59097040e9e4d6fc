"""``wardgate validate``: checks everything that a start would read, and starts nothing.

It compiles each pattern alone, as every load does, and no plans: those of the shipped policies take 8 s of CPU where no
database is kept, and nothing more is refused there (``gateway.core.scanner`` looks always for what is too large).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_commands(subparsers: Any) -> None:
    """Add ``validate``."""
    parser = subparsers.add_parser("validate", help="check the configuration and all policies")
    parser.add_argument("policies", nargs="*", help="policy files or directories (default: those of the configuration)")
    parser.add_argument("--config", type=Path, help="configuration file (default: wardgate.yaml, where there is one)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--coverage", action="store_true",
                        help="print which strings of each API are judged, which are not and why; nothing else")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 when anything is wrong; every mistake is printed with file, line and cure."""
    from gateway.config import policy_file
    from gateway.core.guard import guards
    from gateway.detectors.loading import check_detectors, decided
    from gateway.errors import ConfigError

    if options.coverage:
        from gateway.cli import coverage

        coverage.show(as_json=options.json)
        return 0
    errors: list[ConfigError] = []
    warnings: list[str] = []
    sets: list[dict[str, Any]] = []
    paths = [Path(name) for name in options.policies]
    try:
        paths = paths or [_configured(options.config, warnings)]
    except ConfigError as error:
        errors.append(error)
    for path in paths:
        try:
            found = decided(policy_file.load_policies(path), guards())
            check_detectors(found, guards())
            warnings += found.warnings
            sets.append({"path": str(path), "revision": found.revision, "policies": [p.name for p in found.policies],
                         "rules": sum(len(policy.rules) for policy in found.policies)})
        except ConfigError as error:
            errors += getattr(error, "errors", (error,))
    if options.json:
        print(json.dumps({
            "valid": not errors, "sets": sets, "warnings": warnings,
            "errors": [{"file": e.file, "line": e.line, "field": e.field, "message": e.message, "cure": e.cure}
                       for e in errors],
        }, indent=2))
        return 2 if errors else 0
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for mistake in errors:
        print(mistake, file=sys.stderr)
    for each in sets:
        print(f"{each['path']}: {len(each['policies'])} policies, {each['rules']} rules, revision {each['revision']}")
    return 2 if errors else 0


def _configured(config: Path | None, warnings: list[str]) -> Path:
    """Check the configuration; returns where it says the policies are. What only may fail, elsewhere, is a warning."""
    from gateway.audit.chain import obstacle
    from gateway.cli.judging import SHIPPED
    from gateway.config.settings import load

    path = config or (Path("wardgate.yaml") if Path("wardgate.yaml").exists() else None)
    settings = load(path)
    if settings.audit.path is not None and (why := obstacle(settings.audit.path)):
        then = "no request would be served" if settings.audit.mode == "required" else "no record would be kept"
        where = f"{path}: " if path is not None else ""
        warnings.append(f"{where}audit.sink: {why}, so {then} (give sqlite:///PATH of a file that can be written)")
    return Path(settings.policies or SHIPPED)
