"""`wardgate model serve --engine vllm`: checks, makes vLLM's environment once, serves until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from model_server.vllm import command, options, pins, process
from model_server.vllm.environment import Environment, home
from model_server.vllm.errors import VllmError


def run(arguments: argparse.Namespace) -> int:
    """The command's exit code: 0 after a clean stop; otherwise errors.py says which."""
    try:
        return _run(arguments)
    except VllmError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _run(arguments: argparse.Namespace) -> int:
    asked = options.read(arguments)
    chosen = pins.choose(arguments.device or "auto")
    if arguments.show:
        python = arguments.vllm_python or Environment(chosen, *_base(chosen, arguments), home()).python
        words = command.command(python, asked, chosen.device, asked.port)
        print(command.shown(words, command.additions(asked, chosen.device)))
        return 0
    port = 0 if arguments.install_only else process.free_port(asked.host, asked.port)
    python = arguments.vllm_python or ready(chosen, arguments.python)
    if arguments.install_only:
        print(python)
        return 0
    url = process.reach(asked.host, port)
    words = command.command(python, asked, chosen.device, port)
    environ = command.environment(asked, chosen.device, python, os.environ)
    asyncio.run(process.run(words, environ, url, lambda: print(f"serving on {url}", flush=True)))
    return 0


def ready(chosen: pins.PinList, wanted: Path | None, say: Callable[[str], None] | None = None) -> Path:
    """The interpreter of a finished environment for this machine, made now if need be. Raises CannotInstall."""
    pins.check_machine(chosen)
    base, version = pins.interpreter(chosen, wanted)
    return Environment(chosen, base, version, home()).ensure(say or _say)


def _base(chosen: pins.PinList, arguments: argparse.Namespace) -> tuple[Path, tuple[int, int]]:
    """The interpreter and version that an environment would be made with, without asking that it be here."""
    if chosen.python is not None:
        return Path(), chosen.python
    return pins.interpreter(chosen, arguments.python)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
