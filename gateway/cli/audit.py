"""``wardgate audit``: reads the audit file; works on a live one, and after a crash."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from gateway.audit import chain, reviews
from gateway.wire.feedback import VERDICTS

_DEFAULT = Path(".wardgate/audit.db")
_TAIL = 20


def add_commands(subparsers: Any) -> None:
    """Registers ``wardgate audit``."""
    parser = subparsers.add_parser("audit", help=(__doc__ or "").split(": ")[-1])
    parser.set_defaults(func=run)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (
        ("tail", "the last decisions"),
        ("verify", "check the hash chain: was a record changed, removed or put in?"),
        ("export", "every record as JSON lines"),
        ("review", "decisions that someone called wrong, with what was decided; never their text"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("file", nargs="?", type=Path, default=_DEFAULT)
        action.add_argument("--json", action="store_true")
        if name == "tail":
            action.add_argument("--follow", "-f", action="store_true")
            action.add_argument("-n", type=int, default=_TAIL, metavar="COUNT")
        if name == "review":
            action.add_argument("--verdict", choices=VERDICTS, default="", help="only these complaints")
        if name == "export":
            action.add_argument("--decision", default="", metavar="ID")


def run(arguments: argparse.Namespace) -> int:
    """0: fine; 1: the chain is broken; 2: the file cannot be read."""
    try:
        if arguments.action == "verify":
            return _verify(arguments)
        if arguments.action == "export":
            return _export(arguments)
        if arguments.action == "review":
            return _review(arguments)
        return _tail(arguments)
    except sqlite3.Error as error:
        print(f"wardgate: {arguments.file}: {error} (give the path of the audit database)", file=sys.stderr)
        return 2


def _verify(arguments: argparse.Namespace) -> int:
    result = chain.verify(arguments.file)
    if arguments.json:
        print(json.dumps({"records": result.records, "broken": result.broken, "head": result.head}))
    elif result.broken:
        print(f"BROKEN at record {result.broken}: the {result.records} records before it are as they were written")
    else:
        print(f"{result.records} records, chain whole; head {result.head}")
    return 1 if result.broken else 0


def _export(arguments: argparse.Namespace) -> int:
    database = chain.read_only(arguments.file)
    for sequence, record in chain.rows(database, arguments.decision):
        print(json.dumps({"sequence": sequence, **record}))
    return 0


def _tail(arguments: argparse.Namespace) -> int:
    database = chain.read_only(arguments.file)
    newest = database.execute("SELECT COALESCE(MAX(sequence), 0) FROM records").fetchone()[0]
    after = max(0, newest - arguments.n)
    while True:
        for sequence, record in chain.rows(database, after=after):
            after = sequence
            print(json.dumps({"sequence": sequence, **record}) if arguments.json else _line(record), flush=True)
        if not arguments.follow:
            return 0
        time.sleep(0.25)


def _review(arguments: argparse.Namespace) -> int:
    for review in reviews.queue(chain.read_only(arguments.file), arguments.verdict):
        if arguments.json:
            print(json.dumps(review))
            continue
        decided = review["decision"]
        what = f"{decided.get('policy')}@{decided.get('revision')} {decided.get('route')} {decided.get('decision')}"
        print(f"{_line(review)} was {what} {_found(decided)}".rstrip())
    return 0


def _line(record: dict[str, Any]) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(record["time"]))
    if record["kind"] == "review":
        kept = " text kept" if record["text_kept"] else ""
        return f"{when}Z {record['decision_id']} review {record['verdict']} key={record['key']}{kept}"
    if record["kind"] == "begin":
        what = f"{record['policy']}@{record['revision']} key={record['key']} input={record['decision']}"
    else:
        what = f"{record['outcome']} decision={record['decision']} {record['duration'] * 1000:.1f} ms"
    return f"{when}Z {record['decision_id']} {record['kind']:5} {what} {_found(record)}".rstrip()


def _found(record: dict[str, Any]) -> str:
    places = " ".join(f"{rule}:{path}[{start}:{end}]" for rule, path, start, end, *_ in record["findings"][:5])
    return f"rules={','.join(record['rules']) or '-'} {places}"
