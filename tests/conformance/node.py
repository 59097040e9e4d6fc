"""The same calls by the official Node clients, which ``npm install`` brings into a folder of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.conformance.calls import METHODS, TOOLS, Call, Method, of
from tests.conformance.clients import Came, folded
from tests.conformance.house import KEY
from tests.conformance.run import Tally, Targets

HERE = Path(__file__).parent / "node"
_NAMES = {"count_tokens": "countTokens"}


class NpmFailed(Exception):
    """The clients could not be installed; what npm said."""


def calls() -> list[Call]:
    """The calls of the Python clients without those parameters that only these have: readers of answers, in Python."""
    return [call for method in METHODS for call in of(_plain(method))]


def _plain(method: Method) -> Method:
    return replace(method, more=TOOLS if method.more and "tools" in method.more else None)


async def install(folder: Path) -> None:
    """Raises NpmFailed. ``folder``: where the packages go."""
    for name in ("package.json", "ask.mjs"):
        shutil.copy(HERE / name, folder / name)
    npm = await asyncio.create_subprocess_exec(
        "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await npm.communicate()
    if npm.returncode:
        raise NpmFailed(said.decode(errors="replace")[-2000:])


async def ask(folder: Path, asked: list[Call], control: int, port: int, key: str) -> list[Any]:
    """What came of the calls ``asked`` at ``port``. ``folder``: see ``install``; ``control``: a mock's port."""
    wanted = [{"client": call.client, "resource": call.resource, "method": _NAMES.get(call.method, call.method),
               "arguments": call.arguments, "streamed": call.streamed} for call in asked]  # fmt: skip
    (folder / "calls.json").write_text(json.dumps(wanted), "utf-8")
    results = folder / f"results-{port}.json"
    process = await asyncio.create_subprocess_exec(
        "node", "ask.mjs", "calls.json", results.name, str(control), str(port), key, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise AssertionError(f"the Node clients broke off: {said.decode(errors='replace')[-2000:]}")
    return list(json.loads(results.read_text("utf-8")))


async def run(folder: Path, targets: Targets, asked: list[Call], tally: Tally) -> None:
    """Makes the calls ``asked`` at each of the targets and counts them. ``folder``: see ``install``."""
    came = [await ask(folder, asked, targets.mock.port, each.port, KEY) for each in targets.clients]
    for call, direct, through, dead in zip(asked, *came, strict=True):
        tally.add(f"{call.client} Node", call, _came(direct), _came(through), _came(dead), (_asked(direct), _asked(through)))


def _came(raw: dict[str, Any]) -> Came:
    if "said" not in raw:
        return Came(status=raw["status"], error=raw["error"])
    said = raw["said"]
    return Came(folded(said["events"]) if isinstance(said, dict) and "events" in said else said)


def _asked(raw: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(path, body) for path, body in raw["asked"]]
