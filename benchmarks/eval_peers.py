"""CPU of an evaluation: `python -m benchmarks.eval_run [--lm-eval PYTHON]`.

1,000 questions to a mock that answers after 50 ms, 128 at a time, with journal, request cache, retries and report on.
Each figure is the CPU time of the whole process and its children (user and system) in fresh directories; the marginal
figure is the difference between 1,000 and 100 samples, divided by 900. lm-eval runs in the same rounds where an
interpreter that has it is named.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

DELAY, AT_ONCE = 0.05, 128
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


def mock(ready: Connection) -> None:
    """The server, in a process of its own; tells its port."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(DELAY)
        message = {"role": "assistant", "content": "Full-time employees get 28 days of paid annual leave."}
        return web.json_response({"id": "m", "object": "chat.completion", "created": 1, "model": "mock", "choices": [
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


def measured(command: list[str], where: Path, **environment: str) -> dict[str, float]:
    """Wall and CPU seconds of a command that must succeed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, cwd=where, env={**os.environ, **environment}, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    said = process.communicate()[0]
    if process.returncode != 0:
        sys.exit(f"{' '.join(command[:4])} … ended with {process.returncode}:\n{said.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": time.perf_counter() - began,
            "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def rows(where: Path, n: int) -> None:
    (where / "rows.jsonl").write_text("".join(json.dumps(
        {"id": f"q{at}", "question": f"Question {at}: how many days of paid annual leave are there? " * 4,
         "answer": "Full-time employees get 28 days of paid annual leave."}) + "\n" for at in range(n)))


def ours(where: Path, port: int) -> dict[str, float]:
    (where / "speed.yaml").write_text(SUITE)
    return measured([sys.executable, "-m", "gateway.cli.main", "eval", "run", "speed", "--suites-dir", ".", "--model",
                     "m", "--target", f"direct=http://127.0.0.1:{port}/v1", "--concurrency", str(AT_ONCE), "--cache",
                     "--json"], where, PYTHONPATH=str(Path(__file__).parents[1]))


def lm_eval(python: str) -> Callable[[Path, int], dict[str, float]]:
    def run(where: Path, port: int) -> dict[str, float]:
        (where / "speed.yaml").write_text(LM_TASK.replace("ROWS", str(where / "rows.jsonl")))
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        return measured([python, "-m", "lm_eval", "--model", "local-chat-completions", "--model_args",
                         f"model=m,base_url={url},num_concurrent={AT_ONCE},max_retries=3,tokenized_requests=False",
                         "--tasks", "speed", "--include_path", ".", "--apply_chat_template", "--output_path", "out"],
                        where, OPENAI_API_KEY="none", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HOME=str(where))

    return run


def start_up() -> dict[str, float]:
    """`wardgate eval list`: what every command pays."""
    with tempfile.TemporaryDirectory() as folder:
        return measured([sys.executable, "-m", "gateway.cli.main", "eval", "list", "--json"], Path(folder),
                        PYTHONPATH=str(Path(__file__).parents[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lm-eval", metavar="PYTHON", help="an interpreter that has lm-eval")
    options = parser.parse_args()
    runners: dict[str, Callable[[Path, int], dict[str, float]]] = {"wardgate": ours}
    if options.lm_eval:
        runners["lm-eval"] = lm_eval(options.lm_eval)
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=mock, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for n in (100, 1000):
            for name, run in runners.items():
                with tempfile.TemporaryDirectory() as folder:
                    rows(Path(folder), n)
                    found.setdefault(f"{name} {n}", []).append(run(Path(folder), port))
        found.setdefault("start", []).append(start_up())
    server.terminate()
    server.join()
    out: dict[str, object] = {}
    for case, runs in found.items():
        out[case] = {key: [round(min(run[key] for run in runs), 3), round(max(run[key] for run in runs), 3)]
                     for key in ("wall", "cpu")}
    for name in runners:
        per = [(many["cpu"] - few["cpu"]) / 0.9 for few, many in zip(found[f"{name} 100"], found[f"{name} 1000"],
                                                                     strict=True)]
        whole = statistics.median(run["cpu"] for run in found[f"{name} 1000"])
        out[f"{name}: CPU ms per sample"] = {"marginal": round(statistics.median(per), 3),
                                             "with the start": round(whole, 3)}
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
