"""What an evaluation costs: `python -m benchmarks.eval_peers [--lm-eval PYTHON] [--inspect PYTHON]`.

1,000 questions to a mock that answers after 50 ms, 128 at a time: ours with journal, request cache, retries and report
on, lm-eval and inspect_ai with their defaults, in turn, each in a fresh directory. Every figure is the middle of the
rounds, of the whole process with its children: seconds by the clock, seconds of CPU (user and system), the largest
process's memory. The marginal CPU of a sample is the difference between 1,000 and 100 samples, divided by 900; one
sample alone is what starting a run costs, none what the command line costs that only lists or helps.
`make bench-evals-peers` installs the two others, each in an environment of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

DELAY, AT_ONCE = 0.05, 128
ROOT = Path(__file__).parents[1]
SUITE = """
suite: speed
version: 1
about: Questions for a mock.
on: [direct]
data: {file: rows.jsonl}
ask: {user: "{question}"}
params: {temperature: 0, max_tokens: 64}
reference: {answer: answer}
metrics: [exact_match, f1]
"""
LM_TASK = """
task: speed
dataset_path: json
dataset_kwargs: {data_files: {test: ROWS}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n\\n"], max_gen_toks: 64, temperature: 0}
metric_list: [{metric: exact_match}]
"""
INSPECT_TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import exact, f1
from inspect_ai.solver import generate

@task
def speed():
    rows = json_dataset("rows.jsonl", FieldSpec(input="question", target="answer", id="id"))
    return Task(rows, solver=generate(), scorer=[exact(), f1()], config=GenerateConfig(temperature=0, max_tokens=64))
"""
Cost = dict[str, float]
Run = Callable[[Path, int], Cost]
"""Runs so many samples in a directory that has the rows; 0: a command that asks nobody."""


def mock(ready: Connection) -> None:
    """The server, in a process of its own; tells its port."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(DELAY)
        message = {"role": "assistant", "content": "Full-time employees get 28 days of paid annual leave."}
        return web.json_response({"id": "m", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())


def measured(command: list[str], where: Path, **environment: str) -> Cost:
    """What a command that must succeed took; its output is kept in a file, as a full pipe would stop it."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=where, env={**os.environ, **environment}, stdout=said,
                                   stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)  # of this process and those that it waited for
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"{' '.join(command[:4])} … ended with {process.returncode}:\n{said.read().decode()[-2000:]}")
    return {"wall s": wall, "cpu s": used.ru_utime + used.ru_stime, "MB": used.ru_maxrss / 1024}


def rows(where: Path, n: int) -> None:
    (where / "rows.jsonl").write_text("".join(json.dumps(
        {"id": f"q{at}", "question": f"Question {at}: how many days of paid annual leave are there? " * 4,
         "answer": "Full-time employees get 28 days of paid annual leave."}) + "\n" for at in range(n)))


def ours(port: int) -> Run:
    wardgate = [sys.executable, "-m", "gateway.cli.main", "eval"]

    def run(where: Path, n: int) -> Cost:
        if n == 0:
            return measured([*wardgate, "list", "--json"], where, PYTHONPATH=str(ROOT))
        (where / "speed.yaml").write_text(SUITE)
        cost = measured([*wardgate, "run", "speed", "--suites-dir", ".", "--model", "m", "--target",
                         f"direct=http://127.0.0.1:{port}/v1", "--concurrency", str(AT_ONCE), "--cache", "--json"],
                        where, PYTHONPATH=str(ROOT))
        (journal,) = where.glob(".wardgate/evals/runs/*/journal.jsonl")
        _check("wardgate", journal.read_bytes().count(b'"outcome":"answered"'), n)
        return cost

    return run


def lm_eval(port: int, python: str) -> Run:
    def run(where: Path, n: int) -> Cost:
        if n == 0:
            return measured([python, "-m", "lm_eval", "--help"], where, HOME=str(where))
        (where / "speed.yaml").write_text(LM_TASK.replace("ROWS", str(where / "rows.jsonl")))
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        cost = measured([python, "-m", "lm_eval", "--model", "local-chat-completions", "--model_args",
                         f"model=m,base_url={url},num_concurrent={AT_ONCE},max_retries=3,tokenized_requests=False",
                         "--tasks", "speed", "--include_path", ".", "--apply_chat_template", "--output_path", "out",
                         "--log_samples"],
                        where, OPENAI_API_KEY="none", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HOME=str(where))
        (samples,) = where.glob("out/**/samples_*.jsonl")
        _check("lm-eval", samples.read_text().count("\n"), n)
        return cost

    return run


def inspect(port: int, python: str) -> Run:
    def run(where: Path, n: int) -> Cost:
        if n == 0:
            return measured([python, "-m", "inspect_ai", "--help"], where, HOME=str(where))
        (where / "speed.py").write_text(INSPECT_TASK)
        cost = measured([python, "-m", "inspect_ai", "eval", "speed.py", "--model", "openai-api/mock/m",
                         "--max-connections", str(AT_ONCE), "--max-samples", str(AT_ONCE), "--display", "none",
                         "--log-dir", "logs"],
                        where, MOCK_API_KEY="none", MOCK_BASE_URL=f"http://127.0.0.1:{port}/v1", HOME=str(where))
        (log,) = where.glob("logs/*.eval")
        _check("inspect", _samples(log), n)
        return cost

    return run


def _samples(log: Path) -> int:
    """Samples of an inspect log, which is a zip with a file for each."""
    from zipfile import ZipFile

    with ZipFile(log) as file:
        return sum(name.startswith("samples/") for name in file.namelist())


def _check(name: str, found: int, wanted: int) -> None:
    if found != wanted:
        sys.exit(f"{name} has {found} answers of {wanted}")


def version(python: str, package: str) -> str:
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def middle(costs: list[Cost]) -> Cost:
    return {key: round(statistics.median(cost[key] for cost in costs), 3) for key in costs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lm-eval", metavar="PYTHON", help="an interpreter that has lm-eval")
    parser.add_argument("--inspect", metavar="PYTHON", help="an interpreter that has inspect_ai")
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=mock, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    runners = {f"wardgate {version(sys.executable, 'wardgate')}": ours(port)}
    for python, package, make in ((options.lm_eval, "lm-eval", lm_eval), (options.inspect, "inspect-ai", inspect)):
        if python:
            runners[f"{package} {version(python, package)}"] = make(port, os.path.abspath(python))  # noqa: PTH100
    found: dict[str, dict[int, list[Cost]]] = {name: {} for name in runners}
    for at in range(options.rounds):
        for n in (0, 1, 100, 1000):
            for name, run in runners.items():
                with tempfile.TemporaryDirectory() as folder:
                    rows(Path(folder), n)
                    cost = run(Path(folder), n)
                found[name].setdefault(n, []).append(cost)
                print(f"round {at + 1}, {name}, {n}: {cost['wall s']:.2f} s", file=sys.stderr)
    server.terminate()
    server.join()
    out: dict[str, object] = {"rounds": options.rounds}
    for name, cases in found.items():
        marginal = [(many["cpu s"] - few["cpu s"]) / 0.9 for few, many in zip(cases[100], cases[1000], strict=True)]
        out[name] = {**{f"{n} samples": middle(costs) for n, costs in cases.items()}, "CPU ms per sample": {
            "marginal": round(statistics.median(marginal), 3),
            "of 1,000 with the start": round(statistics.median(cost["cpu s"] for cost in cases[1000]), 3)}}
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
