"""Shards of one run become the run: what one machine would have written, from what several did."""

from __future__ import annotations

from collections.abc import Sequence

from evals.run.plan import Shard
from evals.store.runs import SHARD, RunDir, Store
from gateway.errors import ConfigError

_SAME = ("collection", "names", "suites", "seed", "version", "limit", "judge")
"""What shards of one run have in common; addresses may differ, names and models of targets may not."""


def merged(store: Store, shards: Sequence[RunDir]) -> RunDir:
    """A new run with the journals of all shards, not yet scored; raises ConfigError unless they are all of one run."""
    ordered = _checked(shards)
    first = ordered[0].manifest
    run = store.create({
        **{name: getattr(first, name) for name in _SAME}, "suite_dirs": first.suite_dirs, "data": first.data,
        "targets": first.targets, "embedded": first.embedded,
    })
    run.write("journal.jsonl", b"".join(_lines(each) for each in ordered))
    return run


def _lines(shard: RunDir) -> bytes:
    """Whole lines only: a shard that was killed may have torn its last one, whose sample would then be missing."""
    content = shard.journal.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _checked(shards: Sequence[RunDir]) -> list[RunDir]:
    found: dict[int, RunDir] = {}
    for each in shards:
        name, manifest = each.path.name, each.manifest
        if not manifest.shard:
            raise ConfigError(f"run {name} is no shard", cure="name runs that were made with --shard")
        if manifest.status != SHARD:
            raise ConfigError(f"shard {manifest.shard} ({name}) is not finished",
                              cure=f"go on with --resume {name} where it was begun")
        part = Shard.parse(manifest.shard)
        if part.number in found:
            raise ConfigError(f"shard {manifest.shard} is there twice", cure="name each once")
        found[part.number] = each
    first = shards[0].manifest
    for each in shards:
        for name in _SAME:
            if getattr(each.manifest, name) != getattr(first, name):
                raise ConfigError(f"{each.path.name} and {shards[0].path.name} differ in {name}",
                                  cure="merge shards of one run")
        if _targets(each) != _targets(shards[0]):
            raise ConfigError(f"{each.path.name} and {shards[0].path.name} asked other targets",
                              cure="merge shards of one run")
    of = Shard.parse(first.shard).of
    absent = [str(number) for number in range(1, of + 1) if number not in found]
    if absent or len(found) != of or any(Shard.parse(each.manifest.shard).of != of for each in shards):
        raise ConfigError(f"of {of} shards there is no {', '.join(absent) or 'common number'}", cure="name all of them")
    return [found[number] for number in sorted(found)]


def _targets(run: RunDir) -> list[tuple[str, str, str]]:
    return [(each["name"], each["kind"], each["model"]) for each in run.manifest.targets]
