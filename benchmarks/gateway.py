"""``make bench``: CPU time of Wardgate per request and per streamed chunk, against a plain pass-through.

Both relay the same load to the same mock model, in turns, one worker each; what is compared is the CPU time of
the process tree from ``/proc/PID/task/*/schedstat``, the only figure that repeats on shared machines, and only
as a ratio within one run. Every guard of the shipped policies, keys, metrics and audit are on, by their patterns; with
``--encoder`` what they let a model read is measured, too. With ``--compiled FOLDER`` (made by ``deploy.compiled``) the
gateway is measured once more with its hot modules compiled.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KEY = "wg-bench-key-that-is-no-secret"
MODEL = "handbook-bench"
CHUNKS, INTERVAL_MS = 100, 20
PLAIN_CONNECTIONS, STREAM_CONNECTIONS = 32, 50
_STREAM_SECONDS = CHUNKS * INTERVAL_MS / 1000


@dataclass
class Subject:
    """A gateway under test and what was measured: CPU microseconds per request and per chunk, one per round."""

    name: str
    port: int
    process: subprocess.Popen[str]
    request_us: list[float] = field(default_factory=list)
    chunk_us: list[float] = field(default_factory=list)
    loads: list[dict[str, Any]] = field(default_factory=list)


def cpu_seconds(pid: int) -> float:
    """CPU time of ``pid``'s process tree, all threads, in seconds."""
    total, todo = 0, [pid]
    while todo:
        here = Path(f"/proc/{todo.pop()}/task")
        for task in here.iterdir() if here.exists() else ():
            try:
                total += int((task / "schedstat").read_text().split()[0])
                todo += [int(child) for child in (task / "children").read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue  # a thread that has just ended
    return total / 1e9


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pin(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 and _has("taskset") else []


def _has(tool: str) -> bool:
    return any((Path(folder) / tool).exists() for folder in os.environ.get("PATH", "").split(os.pathsep))


def start(arguments: list[str], core: int, folder: Path, sources: Path = ROOT) -> subprocess.Popen[str]:
    """Start a child of ours from ``sources``; it prints one line when it is ready."""
    process = subprocess.Popen(
        [*_pin(core), sys.executable, "-m", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(sources)},
    )  # fmt: skip
    assert process.stdout is not None
    if not process.stdout.readline():
        raise SystemExit(f"{arguments[0]} did not start")
    return process


def wardgate(upstream: str, folder: Path, policies: str, *, name: str = "wardgate", sources: Path = ROOT) -> Subject:
    port = free_port()
    config = folder / f"{name}.yaml"
    config.write_text(json.dumps({
        "listen": {"data": f"127.0.0.1:{port}", "admin": "127.0.0.1:0", "ops": "127.0.0.1:0"},
        "upstreams": [{"name": "mock", "base_url": f"{upstream}/v1"}],
        "keys": [{"name": "bench", "key": KEY, "tenant": "bench"}],
        "policies": policies, "audit": {"sink": f"sqlite:///{folder}/{name}.db"}, "log_level": "warning",
    }))  # fmt: skip
    return Subject(name, port, start(
        ["gateway.cli.main", "serve", "--config", str(config), "--json"], 0, folder, sources
    ))  # fmt: skip


def by_patterns(policies: Path, folder: Path) -> Path:
    """A copy of ``policies`` in which no rule asks the encoder; what they refer to stays where it is."""
    copy = folder / "by-patterns" / policies.name
    copy.mkdir(parents=True)
    (copy.parent / "model_server").symlink_to(ROOT / "model_server")
    for each in policies.glob("*.yaml"):
        (copy / each.name).write_text(each.read_text("utf-8").replace("model: auto", "model: off"), "utf-8")
    return copy


def passthrough(upstream: str, folder: Path) -> Subject:
    port = free_port()
    return Subject("passthrough", port, start(["benchmarks.passthrough", str(port), upstream], 0, folder))


def load(port: int, mode: str, connections: int, seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [*_pin(1), sys.executable, "-m", "benchmarks.load", str(port), mode, str(connections), str(seconds), MODEL,
         KEY],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 60,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout)
    if result["errors"]:
        raise SystemExit(f"{result['errors']} of {result['answered']} answers were errors")
    return result


def measure(subject: Subject, seconds: float) -> None:
    """One round of both loads."""
    before = cpu_seconds(subject.process.pid)
    plain = load(subject.port, "plain", PLAIN_CONNECTIONS, seconds)
    subject.request_us.append((cpu_seconds(subject.process.pid) - before) / plain["answered"] * 1e6)
    before = cpu_seconds(subject.process.pid)
    stream = load(subject.port, "stream", STREAM_CONNECTIONS, max(0.1, seconds - _STREAM_SECONDS))
    subject.chunk_us.append((cpu_seconds(subject.process.pid) - before) / stream["chunks"] * 1e6)
    subject.loads.append({"plain": plain, "stream": stream})


def report(subjects: list[Subject], rounds: int) -> dict[str, Any]:
    def figures(values: list[float]) -> dict[str, float]:
        return {"median": statistics.median(values), "min": min(values), "max": max(values)}

    base, *ours = subjects

    def ratio(each: Subject, kind: str) -> dict[str, float]:
        return figures([mine / its for mine, its in zip(getattr(each, kind), getattr(base, kind), strict=True)])

    return {
        "rounds": rounds, "cores": os.cpu_count(), "load": os.getloadavg()[0],
        "requests": {each.name: sum(load["plain"]["answered"] for load in each.loads) for each in subjects},
        "chunks": {each.name: sum(load["stream"]["chunks"] for load in each.loads) for each in subjects},
        "cpu_us_per_request": {each.name: figures(each.request_us) for each in subjects},
        "cpu_us_per_chunk": {each.name: figures(each.chunk_us) for each in subjects},
        "ratio_request": {each.name: ratio(each, "request_us") for each in ours},
        "ratio_chunk": {each.name: ratio(each, "chunk_us") for each in ours},
    }  # fmt: skip


def show(result: dict[str, Any]) -> None:
    print(f"{result['rounds']} rounds, interleaved; load {result['load']:.1f} on {result['cores']} cores")
    print(f"{'':16}{'µs/request':>24}{'µs/chunk':>24}")
    for name in result["requests"]:
        cells = [result[kind][name] for kind in ("cpu_us_per_request", "cpu_us_per_chunk")]
        print(f"{name:16}" + "".join(f"{c['median']:10.1f} ({c['min']:.0f}–{c['max']:.0f})".rjust(24) for c in cells))
    for name in result["ratio_request"]:
        cells = [result[kind][name] for kind in ("ratio_request", "ratio_chunk")]
        print(f"{name + ' ratio':16}"
              + "".join(f"{c['median']:10.2f} ({c['min']:.2f}–{c['max']:.2f})".rjust(24) for c in cells))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each load")
    parser.add_argument("--policies", type=Path, default=ROOT / "policies")
    parser.add_argument("--encoder", action="store_true", help="also with the rules that ask the encoder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--at-most", type=float, metavar="RATIO", help="exit 1 when the last one's median is above")
    parser.add_argument("--compiled", type=Path, metavar="FOLDER", help="what `python -m deploy.compiled` made")
    arguments = parser.parse_args()
    processes: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            port = free_port()
            processes.append(start(["benchmarks.mock_model", str(port), str(CHUNKS), str(INTERVAL_MS)], 1, folder))
            upstream = f"http://127.0.0.1:{port}"
            patterns = str(by_patterns(arguments.policies.resolve(), folder))
            subjects = [passthrough(upstream, folder), wardgate(upstream, folder, patterns)]
            if arguments.encoder:
                subjects.append(wardgate(upstream, folder, str(arguments.policies.resolve()), name="with encoder"))
            if arguments.compiled:
                subjects.append(wardgate(upstream, folder, patterns, name="compiled",
                                         sources=arguments.compiled.resolve()))  # fmt: skip
            processes += [each.process for each in subjects]
            for subject in subjects:  # the first requests pay for imports, connections and caches
                load(subject.port, "plain", PLAIN_CONNECTIONS, 1.0)
            for number in range(arguments.rounds):
                for subject in subjects if number % 2 == 0 else subjects[::-1]:
                    measure(subject, arguments.seconds)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(10)
    result = report(subjects, arguments.rounds)
    show(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    worst = max(list(result[kind].values())[-1]["median"] for kind in ("ratio_request", "ratio_chunk"))
    return 1 if arguments.at_most is not None and worst > arguments.at_most else 0


if __name__ == "__main__":
    sys.exit(main())
