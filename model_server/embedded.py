"""The embedded engine's front door: one process serves the shipped model with onnxruntime, no torch, no GPU."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from aiohttp import web

from model_server.api import Api
from model_server.decoder import Decoder
from model_server.engine import Engine
from model_server.vocabulary import Vocabulary

DEFAULT_MODEL = Path(__file__).parent / "models" / "handbook"
SAMPLING_DEFAULTS = ("temperature", "top_p", "top_k", "min_p")


def sampling_defaults(model_dir: Path) -> dict[str, float]:
    """The sampling that requests get when they name none, from generation_config.json, as in vLLM."""
    path = model_dir / "generation_config.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: float(found[name]) for name in SAMPLING_DEFAULTS if found.get(name) is not None}


def check_model_dir(model_dir: Path) -> None:
    """Raises FileNotFoundError naming the missing file and the command that makes it."""
    for name in ("config.json", "tokenizer.json", "model.onnx", "model.safetensors"):
        if not (model_dir / name).is_file():
            raise FileNotFoundError(f"{model_dir} has no {name}: run 'wardgate model export' or give another directory")


def build(model_dir: Path, name: str | None = None, api_key: str | None = None, threads: int = 1) -> web.Application:
    """The engine's application; the model is served under `name` (default: the directory's name)."""
    check_model_dir(model_dir)
    engine = Engine(Decoder(model_dir, threads), Vocabulary(model_dir))
    app = Api(engine, name or model_dir.resolve().name, sampling_defaults(model_dir), api_key).app()

    async def begin(_: web.Application) -> None:
        engine.start()

    async def end(_: web.Application) -> None:
        await engine.stop()

    app.on_startup.append(begin)
    app.on_cleanup.append(end)
    return app


async def start(
    host: str = "127.0.0.1",
    port: int = 0,
    model_dir: Path = DEFAULT_MODEL,
    *,
    name: str | None = None,
    api_key: str | None = None,
    threads: int = 1,
) -> web.AppRunner:
    """Starts serving and returns the runner: `runner.addresses[0]` is (host, port), `await runner.cleanup()` stops.

    Raises FileNotFoundError for an incomplete model directory and OSError for a port in use.
    """
    # Without handler_cancellation a client that leaves before its first token would be computed for to the end.
    app = build(model_dir, name, api_key, threads)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


def say(line: str) -> None:
    """A line for whoever started the process (the address, or why there is none)."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="model directory (default: the shipped one)")
    parser.add_argument("--served-model-name", help="name that clients use (default: the directory's name)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free port")
    parser.add_argument("--api-key", help="require this bearer key on /v1/*")
    parser.add_argument("--threads", type=int, help="threads of one step (default 1; batching gains more)")


async def serve(arguments: argparse.Namespace) -> None:
    """Serves until SIGINT or SIGTERM."""
    runner = await start(
        arguments.host,
        arguments.port,
        arguments.model,
        name=arguments.served_model_name,
        api_key=arguments.api_key,
        threads=arguments.threads or 1,
    )
    host, port = runner.addresses[0][:2]
    say(f"serving on http://{host}:{port}")
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def run(arguments: argparse.Namespace) -> int:
    """The command's exit code: 0 after a clean stop, 2 when the model or the port is not usable."""
    logging.basicConfig(level=logging.WARNING)
    try:
        asyncio.run(serve(arguments))
    except FileNotFoundError as error:
        say(f"error: {error}")
        return 2
    except OSError as error:
        say(f"error: cannot listen on {arguments.host}:{arguments.port}: {error.strerror}; choose another --port")
        return 2
    return 0


if __name__ == "__main__":
    parsed = argparse.ArgumentParser(description="Serve a small exported model on onnxruntime in vLLM's wire format.")
    add_arguments(parsed)
    raise SystemExit(run(parsed.parse_args()))
