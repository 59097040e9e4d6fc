"""Where runs lie: one directory each, with what was asked, what came back and what it was worth.

    STORE/runs/RUN/run.json        what the run is: suites, targets, seed, status (written in one rename)
                   journal.jsonl   every answer
                   parts.jsonl     what the metrics saw; later runs are compared with it
                   report.json, report.html, summary.md
    STORE/wardgate_eval.prom       the last complete run, for Prometheus

Runs hold questions and answers, so only their owner may read them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.run.targets import Target
from evals.statistics.results import Report, from_json
from gateway.config.yaml_lines import nearest
from gateway.errors import ConfigError

RUNNING, COMPLETE, INCOMPLETE = "running", "complete", "incomplete"
_RUN = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is. ``suites`` maps names to (version, fingerprint); targets are without their keys.

    ``limit``: how many samples of each suite were taken, the first ones; 0: all.
    """

    run: str
    collection: str
    names: tuple[str, ...]
    suites: dict[str, tuple[str, str]]
    targets: tuple[dict[str, str], ...]
    seed: int
    version: str
    suite_dirs: tuple[str, ...] = ()
    status: str = RUNNING
    began: float = 0.0
    embedded: bool = False
    limit: int = 0

    def as_targets(self) -> tuple[Target, ...]:
        return tuple(Target(**each) for each in self.targets)


@dataclass(frozen=True, slots=True)
class RunDir:
    """One run's directory."""

    path: Path
    manifest: Manifest = field(compare=False)

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def parts(self) -> Path:
        return self.path / "parts.jsonl"

    def report(self) -> Report:
        """The stored report; raises ConfigError when there is none or it cannot be read."""
        path = self.path / "report.json"
        try:
            return from_json(json.loads(path.read_bytes()))
        except FileNotFoundError:
            raise ConfigError("has no report yet", file=str(self.path),
                              cure=f"make it with `wardgate eval score {self.path.name}`") from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ConfigError(f"cannot be read: {error}", file=str(path),
                              cure=f"make it again with `wardgate eval score {self.path.name}`") from None

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the run, in one rename, for its owner only."""
        path = self.path / name
        write_private(path, content.encode() if isinstance(content, str) else content)
        return path

    def save(self, manifest: Manifest) -> RunDir:
        self.write("run.json", json.dumps(asdict(manifest), indent=1) + "\n")
        return RunDir(self.path, manifest)


def write_private(path: Path, content: bytes, mode: int = 0o600) -> None:
    """``content`` in ``path``, whole or not at all, durable once this returns."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(mode)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _opened(directory: Path) -> RunDir:
    """The run in ``directory``; raises OSError, ValueError, TypeError or KeyError when it is none."""
    data = json.loads((directory / "run.json").read_bytes())
    data |= {"names": tuple(data["names"]), "suite_dirs": tuple(data["suite_dirs"]), "targets": tuple(data["targets"]),
             "suites": {name: tuple(pair) for name, pair in data["suites"].items()}}
    return RunDir(directory, Manifest(**data))


class Store:
    """All runs below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, manifest: dict[str, Any]) -> RunDir:
        """A new run, named by the time (UTC) and the collection."""
        began = time.time()
        base = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(began)) + "-" + str(manifest["collection"])[:40]
        (self.root / "runs").mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(1, 1000):
            name = base if number == 1 else f"{base}-{number}"
            try:
                (self.root / "runs" / name).mkdir(mode=0o700)
            except FileExistsError:
                continue
            made = Manifest(run=name, began=began, **manifest)
            return RunDir(self.root / "runs" / name, made).save(made)
        raise ConfigError("holds a thousand runs of this second", file=str(self.root), cure="look at what starts them")

    def runs(self) -> Iterator[RunDir]:
        """All runs that can be read, oldest first."""
        for path in sorted((self.root / "runs").glob("*/run.json")):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):  # a foreign directory is no run
                yield _opened(path.parent)

    def find(self, name: str) -> RunDir:
        """The run ``name``, the newest for ``latest``, or one in a directory; raises ConfigError when there is none."""
        if os.sep in name:
            try:
                return _opened(Path(name))
            except (OSError, ValueError, TypeError, KeyError):
                raise ConfigError("is not the directory of a run", file=name,
                                  cure="name one that holds run.json") from None
        known = {run.path.name: run for run in self.runs()}
        if name == "latest" and known:
            return max(known.values(), key=lambda run: (run.manifest.began, run.path.name))
        if name not in known or not _RUN.match(name):
            raise ConfigError(f"there is no run '{name}' in {self.root}", cure=nearest(name, list(known)) or
                              "make one with `wardgate eval run handbook`")
        return known[name]

    def unfinished(self, collection: str) -> RunDir | None:
        """The newest run of ``collection`` that is not complete, unless a newer one is."""
        mine = [run for run in self.runs() if run.manifest.collection == collection]
        newest = max(mine, key=lambda run: (run.manifest.began, run.path.name), default=None)
        return newest if newest is not None and newest.manifest.status != COMPLETE else None

    def before(self, run: RunDir) -> tuple[RunDir, ...]:
        """Complete runs that began before ``run`` and share an edition of a suite with it, newest first."""
        mine = set(run.manifest.suites.items())
        found = [each for each in self.runs() if each.parts.exists()
                 and each.manifest.status == COMPLETE and each.manifest.began < run.manifest.began
                 and mine & set(each.manifest.suites.items())]
        return tuple(sorted(found, key=lambda each: each.manifest.began, reverse=True))

    def prune(self, keep: int) -> int:
        """Removes complete runs beyond the newest ``keep`` of their collection; returns how many."""
        removed = 0
        for collection in {run.manifest.collection for run in self.runs()}:
            mine = [run for run in self.runs()
                    if run.manifest.collection == collection and run.manifest.status == COMPLETE]
            for run in sorted(mine, key=lambda each: each.manifest.began)[: max(0, len(mine) - keep)]:
                shutil.rmtree(run.path)
                removed += 1
        return removed
