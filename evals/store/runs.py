"""Where runs lie: one directory each, with what was asked, what came back and what it was worth.

    STORE/runs/RUN/run.json        what the run is: suites, targets, seed, status (written in one rename)
                   journal.jsonl   every answer
                   judgements.jsonl  what a judge said of them, where one was asked
                   parts.jsonl     what the metrics saw; later runs are compared with it
                   report.json, report.html, summary.md
    STORE/runs.db                  what all of them came to (or a PostgreSQL, for several machines)
    STORE/fetched/RUN/             a run that only the database knew
    STORE/wardgate_eval.prom       the last complete run, for Prometheus

Runs hold questions and answers, so only their owner may read them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.run.targets import Target
from evals.statistics.results import Report, from_json
from evals.store.database import ADDRESS, Database
from gateway.config.yaml_lines import nearest
from gateway.errors import ConfigError

RUNNING, COMPLETE, INCOMPLETE, SHARD = "running", "complete", "incomplete", "shard"
"""What a run is; the last: a part of one whose samples all have an outcome, to be merged."""
_RUN = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is. ``suites`` maps names to (version, fingerprint); targets are without their keys.

    ``limit``: how many samples of each suite were taken, the first ones; 0: all. ``judge``: as a target, if any.
    ``shard``: ``2/4`` where it is a part of a run. ``data``: directories in which the suites' files were.
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
    judge: dict[str, str] = field(default_factory=dict)
    shard: str = ""
    data: tuple[str, ...] = ()

    def as_targets(self) -> tuple[Target, ...]:
        return tuple(Target(**each) for each in self.targets)

    def as_judge(self) -> Target | None:
        return Target(**self.judge) if self.judge else None


@dataclass(frozen=True, slots=True)
class RunDir:
    """One run's directory."""

    path: Path
    manifest: Manifest = field(compare=False)

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def judgements(self) -> Path:
        return self.path / "judgements.jsonl"

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
    return RunDir(directory, _manifest(json.loads((directory / "run.json").read_bytes())))


def _manifest(data: dict[str, Any]) -> Manifest:
    """From JSON; raises KeyError or TypeError for what is none."""
    tuples = {"names": tuple(data["names"]), "suite_dirs": tuple(data["suite_dirs"]), "targets": tuple(data["targets"]),
              "data": tuple(data.get("data", ())),
              "suites": {name: tuple(pair) for name, pair in data["suites"].items()}}
    return Manifest(**{**data, **tuples})


class Store:
    """All runs below ``root``, and those that only the database knows: of other machines, or pruned here.

    ``database``: its address; empty: that of the environment, or else a SQLite file below ``root``.
    """

    def __init__(self, root: Path, database: str = "") -> None:
        self.root = root
        self.shared = Database(database or os.environ.get(ADDRESS, "") or f"sqlite:///{root / 'runs.db'}")
        self._common = bool(database or os.environ.get(ADDRESS, ""))

    def create(self, manifest: dict[str, Any]) -> RunDir:
        """A new run, named by the time (UTC) and the collection."""
        began = time.time()
        base = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(began)) + "-" + str(manifest["collection"])[:40]
        base += "-shard-" + str(manifest["shard"]).replace("/", "-of-") if manifest.get("shard") else ""
        (self.root / "runs").mkdir(parents=True, exist_ok=True, mode=0o700)
        base += f"-{secrets.token_hex(2)}" if self._common else ""  # another machine may begin one in this second
        for number in range(1, 1000):
            name = base if number == 1 else f"{base}-{number}"
            try:
                (self.root / "runs" / name).mkdir(mode=0o700)
            except FileExistsError:
                continue
            made = Manifest(run=name, began=began, **manifest)
            return RunDir(self.root / "runs" / name, made).save(made)
        raise ConfigError("holds a thousand runs of this second", file=str(self.root), cure="look at what starts them")

    def check(self) -> None:
        """Raises ConfigError where the database that was named cannot be used: better now than after a long run."""
        if self._common:
            self.shared.manifests()

    def keep(self, run: RunDir) -> None:
        """Puts a scored run into the database; raises ConfigError when that cannot be used."""
        report = json.loads((run.path / "report.json").read_bytes())
        self.shared.keep(asdict(run.manifest), report, run.parts.read_text(encoding="utf-8"))

    def runs(self) -> Iterator[RunDir]:
        """All runs that can be read, oldest first."""
        here = list(self.local())
        yield from sorted([*here, *self._others({run.path.name for run in here})],
                          key=lambda run: (run.manifest.began, run.path.name))

    def _others(self, here: set[str]) -> Iterator[RunDir]:
        """Runs of the database that have no directory here; it is made when one is looked into."""
        if not self._common and not (self.root / "runs.db").exists():
            return
        for data in self.shared.manifests():
            if data["run"] not in here and _RUN.match(str(data["run"])) and data["run"].strip("."):
                with contextlib.suppress(TypeError, KeyError):  # of another version
                    yield RunDir(self.root / "fetched" / data["run"], _manifest(data))

    def opened(self, run: RunDir) -> RunDir:
        """``run`` with its files in place, fetched from the database if need be."""
        if run.path.parent.name != "fetched" or (run.path / "run.json").exists():
            return run
        found = self.shared.fetch(run.path.name)
        if found is None:
            raise ConfigError(f"run {run.path.name} is no longer in the database", cure="see `wardgate eval list`")
        run.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        run.write("report.json", found[0])
        run.write("parts.jsonl", found[1])
        return run.save(run.manifest)

    def local(self) -> Iterator[RunDir]:
        """Those with a directory of their own, oldest first."""
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
        if name == "latest" and (whole := [run for run in known.values() if not run.manifest.shard]):
            return self.opened(max(whole, key=lambda run: (run.manifest.began, run.path.name)))
        if name in known and known[name].path.parent.name == "fetched" and (self.root / "runs" / name).exists():
            raise ConfigError("is damaged or missing", file=str(self.root / "runs" / name / "run.json"),
                              cure="restore it, or move its directory away: the run's numbers are in the database")
        if name not in known or not _RUN.match(name):
            raise ConfigError(f"there is no run '{name}' in {self.root}", cure=nearest(name, list(known)) or
                              "make one with `wardgate eval run handbook`")
        return self.opened(known[name])

    def unfinished(self, collection: str, shard: str = "") -> RunDir | None:
        """The newest run of ``collection``, or of this shard of it, that is not complete, unless a newer one is."""
        mine = [run for run in self.local() if (run.manifest.collection, run.manifest.shard) == (collection, shard)]
        newest = max(mine, key=lambda run: (run.manifest.began, run.path.name), default=None)
        return newest if newest is not None and newest.manifest.status not in (COMPLETE, SHARD) else None

    def before(self, run: RunDir, most: int = 30) -> tuple[RunDir, ...]:
        """Complete runs before ``run`` that share an edition of a suite with it: the ``most`` newest, newest first."""
        mine = set(run.manifest.suites.items())
        found = [each for each in self.runs() if each.manifest.status == COMPLETE
                 and each.manifest.began < run.manifest.began and mine & set(each.manifest.suites.items())]
        newest = sorted(found, key=lambda each: each.manifest.began, reverse=True)[:most]
        return tuple(each for each in map(self.opened, newest) if each.parts.exists())

    def prune(self, keep: int) -> int:
        """Removes complete runs beyond the newest ``keep`` of their collection; returns how many."""
        removed = 0
        for collection in {run.manifest.collection for run in self.local()}:
            mine = [run for run in self.local()
                    if run.manifest.collection == collection and run.manifest.status == COMPLETE]
            for run in sorted(mine, key=lambda each: each.manifest.began)[: max(0, len(mine) - keep)]:
                shutil.rmtree(run.path)
                removed += 1
        return removed
