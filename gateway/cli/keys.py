"""``wardgate key``: makes, lists and revokes API keys; only their hashes need to rest in a file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.config.keys_file import revoke
from gateway.config.settings import load
from gateway.proxy.auth import hash_key, new_key


def add_commands(subparsers: Any) -> None:
    """Registers ``wardgate key``."""
    parser = subparsers.add_parser("key", help=(__doc__ or "").split(": ")[-1])
    parser.set_defaults(func=run)
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a key and print it once, with the lines for wardgate.yaml")
    create.add_argument("name")
    create.add_argument("--tenant", default="default")
    create.add_argument("--models", nargs="+", default=["*"])
    create.add_argument("--json", action="store_true")
    listing = actions.add_parser("list", help="the configured keys, without the keys")
    listing.add_argument("--config", type=Path, default=Path("wardgate.yaml"))
    listing.add_argument("--json", action="store_true")
    revoking = actions.add_parser("revoke", help="take a key out of the settings file; the rest of it stays as it is")
    revoking.add_argument("name")
    revoking.add_argument("--config", type=Path, default=Path("wardgate.yaml"))
    revoking.add_argument("--json", action="store_true")
    hashing = actions.add_parser("hash", help="hash a key read from standard input")
    hashing.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    pepper = os.environ.get("WARDGATE_KEY_PEPPER", "").encode()
    if arguments.action == "create":
        return _create(arguments, pepper)
    if arguments.action == "hash":
        digest = hash_key(sys.stdin.readline().strip(), pepper)
        print(json.dumps({"hash": digest}) if arguments.json else digest)
        return 0
    return _revoke(arguments) if arguments.action == "revoke" else _list(arguments)


def _create(arguments: argparse.Namespace, pepper: bytes) -> int:
    key = new_key()
    digest = hash_key(key, pepper)
    if arguments.json:
        print(json.dumps({"name": arguments.name, "key": key, "hash": digest, "tenant": arguments.tenant}))
        return 0
    print(f"key (shown once): {key}\n\nAdd to wardgate.yaml:\nkeys:")
    models = json.dumps(arguments.models)
    print(f"  - {{name: {json.dumps(arguments.name)}, tenant: {json.dumps(arguments.tenant)}, models: {models},")
    print(f"     hash: \"{digest}\"}}")
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    went = revoke(arguments.config, arguments.name)
    if arguments.json:
        print(json.dumps({**asdict(went), "file": str(arguments.config)}))
        return 0
    lines = f"line {went.first}" if went.first == went.last else f"lines {went.first} to {went.last}"
    print(f"{went.name}: taken out of {arguments.config} ({lines}).\n"
          "A running gateway reads its keys at start: restart it, or the key goes on working.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    settings = load(arguments.config)
    shown = [{"name": key.name, "tenant": key.tenant, "models": list(key.models), "rpm": key.rpm}
             for key in settings.keys]  # fmt: skip
    if arguments.json:
        print(json.dumps(shown))
        return 0
    for key in settings.keys:
        print(f"{key.name}\ttenant {key.tenant}\tmodels {', '.join(key.models)}\trpm {key.rpm or 'unlimited'}")
    return 0
