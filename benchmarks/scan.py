"""How many texts a second ``wardgate scan`` judges, as it is run: a process, JSON lines in, JSON lines out.

Run ``python -m benchmarks.scan [--guards injection,pii,secrets,all] [--texts 20000] [--workers 1,2]``. It prints texts
and megabytes a second, the start of the process apart, for chat turns and for documents, and the peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.guards_micro import PROSE

_SENTENCES = [each.strip() for each in PROSE.replace("\n", " ").split(". ") if each.strip()]


def _file(folder: Path, kind: str, count: int) -> Path:
    """``count`` texts of a kind: ``chat`` is a sentence or two (about 130 characters), ``document`` about 2,000."""
    chance = random.Random(kind)
    path = folder / f"{kind}-{count}.jsonl"
    with path.open("w", encoding="utf-8") as handle:
        for index in range(count):
            size = chance.choice((1, 1, 2)) if kind == "chat" else 18
            text = ". ".join(chance.choices(_SENTENCES, k=size)) + f". {index}"
            handle.write(json.dumps({"id": index, "text": text}) + "\n")
    return path


def _run(path: Path, guard: str, workers: int, folder: Path) -> tuple[float, int]:
    """Seconds, and the number of rows."""
    command = [sys.executable, "-m", "gateway.cli.main", "scan", "--guard", guard, "--workers", str(workers), str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return time.perf_counter() - begun, done.stdout.count(b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guards", default="injection,pii,secrets,all")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--workers", default="1,2")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, count in (("chat", options.texts), ("document", max(1, options.texts // 10))):
            path, one = _file(folder, kind, count), _file(folder, kind, 1)
            for guard in options.guards.split(","):
                _run(one, guard, 1, folder)  # compiled once, kept in the folder's cache
                start, _ = _run(one, guard, 1, folder)
                for workers in map(int, options.workers.split(",")):
                    spent, rows = _run(path, guard, workers, folder)
                    size = path.stat().st_size / 1e6
                    net = max(spent - start, 0.01)
                    print(f"{kind:9} {guard:10} {workers} process(es): {rows:6} rows, start {start:.2f} s, then "
                          f"{rows / net:7.0f} texts/s, {size / net:6.2f} MB/s (whole run {spent:.2f} s)")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
