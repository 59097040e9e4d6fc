"""Runs one vLLM until told to stop: says when it answers, ends it with all that it started, never leaves it behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping

import aiohttp

from model_server.vllm.children import die_with_parent
from model_server.vllm.errors import CannotServe, VllmError

GRACE = 15.0  # seconds for vLLM to end its workers by itself
ASK_EVERY = 0.25


def free_port(host: str, port: int) -> int:
    """`port`, or a free one for 0. Raises CannotServe when it is taken, before half a minute of starting is spent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            number: int = probe.getsockname()[1]
            return number
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotServe(f"cannot listen on {host}:{port}: {reason}; choose another --port or --host") from None


def reach(host: str, port: int) -> str:
    """The URL by which this machine reaches a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def run(words: list[str], environ: Mapping[str, str], url: str, ready: Callable[[], None]) -> None:
    """Returns after SIGINT or SIGTERM; a second one does not wait. Raises VllmError when vLLM ends by itself."""
    stopping, hurry = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (hurry if stopping.is_set() else stopping).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    process = await _start(words, environ)
    ended = asyncio.create_task(process.wait())
    told = asyncio.create_task(_tell(url, ready))
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            when = "after it had answered" if told.done() else "before it answered"
            raise VllmError(f"vLLM ended by itself {when}, with exit code {process.returncode}; its reason is above")
    finally:
        told.cancel()
        stopped.cancel()
        await _end(process, ended, hurry)


async def _start(words: list[str], environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """In a session of its own: Ctrl-C reaches this process only, which then ends vLLM in order.

    What vLLM says goes to stderr; stdout has one line, the address.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *words, env=dict(environ), stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr.fileno(),
            start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip
    except OSError as error:
        raise CannotServe(f"cannot run {words[0]}: {error.strerror}; name an interpreter that has vLLM") from None


async def _tell(url: str, ready: Callable[[], None]) -> None:
    """Asks until vLLM answers that it is healthy."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(f"{url}/health") as reply:
                    if reply.status == 200:
                        break
            await asyncio.sleep(ASK_EVERY)
    ready()


async def _end(process: asyncio.subprocess.Process, ended: asyncio.Task[int], hurry: asyncio.Event) -> None:
    """SIGTERM, patience, then SIGKILL to all of vLLM's session."""
    hurried = asyncio.create_task(hurry.wait())
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    await asyncio.wait({ended, hurried}, timeout=GRACE, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # workers that outlived the server, or all of it
    await ended
