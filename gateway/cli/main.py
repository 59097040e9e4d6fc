"""The ``wardgate`` command: finds the subcommand's module and loads no other, so that it starts at once.

Exit codes: 0 fine, 1 findings or failed tests, 2 a wrong command line or configuration, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from gateway import __version__
from gateway.errors import ConfigError

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("gateway.cli.up", "start the embedded model and the gateway, and say what to try"),
    "serve": ("gateway.cli.serve", "run the gateway"),
    "validate": ("gateway.cli.validate", "check the configuration and all policies"),
    "policy": ("gateway.cli.policy", "test, lint and explain policies"),
    "scan": ("gateway.cli.scan", "judge text or JSON lines without a model"),
    "key": ("gateway.cli.keys", "create, list and revoke API keys"),
    "audit": ("gateway.cli.audit", "read and verify the audit trail"),
    "model": ("model_server.cli", "train, serve and export the custom model"),
    "eval": ("evals.cli", "score a model, a gateway and what the gateway costs"),
}
"""Name → (module with ``add_commands(subparsers)``, help)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        parser = _parser(args)
        if parser is None:
            return 2
        options = parser.parse_args(args)
        return int(options.func(options) or 0)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `wardgate … | head`: the reader has left, which is no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(ConfigError(f"cannot be used: {error.strerror}", file=str(error.filename),
                          cure="check its path and rights"), file=sys.stderr)
        return 2


def _parser(args: Sequence[str]) -> argparse.ArgumentParser | None:
    """A parser that knows the one command that was named; all of them by name only, for ``--help``."""
    parser = argparse.ArgumentParser(
        prog="wardgate", description="A guardrails-and-evaluation gateway in front of a custom language model.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n" + "\n".join(f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items())
        + "\n\n`wardgate COMMAND --help` says more about each.",
    )
    parser.add_argument("--version", action="version", version=f"wardgate {__version__}")
    name = args[0] if args else ""
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, help="see below")
    if name not in COMMANDS:
        for each in COMMANDS:
            subparsers.add_parser(each, add_help=False)
        return parser
    module, about = COMMANDS[name]
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        print(f"wardgate {name}: needs '{missing}', which is not installed. It is there to {about}.", file=sys.stderr)
        return None
    loaded.add_commands(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
