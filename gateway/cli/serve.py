"""``wardgate serve``: the gateway alone, in front of a model server that is already there."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from gateway.config.settings import load
from gateway.errors import ConfigError
from gateway.supervisor.run import Addresses, serve
from gateway.telemetry import log

BAD_CONFIG = 2


def add_commands(subparsers: Any) -> None:
    """Registers ``wardgate serve``."""
    parser = subparsers.add_parser("serve", help=(__doc__ or "").split(": ")[-1])
    parser.set_defaults(func=run)
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="settings (default: wardgate.yaml)")
    parser.add_argument("--json", action="store_true", help="print the addresses as one JSON line once serving")


def run(arguments: argparse.Namespace) -> int:
    """0 after a clean stop; 2 when the configuration, a policy or a port is the operator's to fix."""
    path = arguments.config
    if path is None and Path("wardgate.yaml").exists():
        path = Path("wardgate.yaml")
    try:
        settings = load(path)
        log.configure(settings.log_level)
        return serve(settings, _announce if arguments.json else lambda _: None)
    except ConfigError as error:
        print(f"wardgate: {error}", file=sys.stderr)
        return BAD_CONFIG


def _announce(addresses: Addresses) -> None:
    print(json.dumps({"data": addresses.data, "admin": addresses.admin, "ops": addresses.ops}), flush=True)
