"""vLLM's command line and environment from checked options; pure, so that `--print` shows exactly what would run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from model_server.vllm.options import RANKS, Options

SERVER = "vllm.entrypoints.openai.api_server"
CPU_CACHE = 512 * 1024 * 1024  # bytes of key-value cache; vLLM's own default takes a share of all memory
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
KEY = "VLLM_API_KEY"
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Variables of this program's own Python, which would shadow the packages of vLLM's."""


def command(python: Path, options: Options, device: str, port: int) -> list[str]:
    """The arguments to run. The API key is not among them: whoever lists the processes would read it."""
    # `vllm serve` asks for a distribution named vllm, which the CPU build is not.
    words = [str(python), "-m", SERVER, "--model", str(options.model), "--served-model-name", options.name]
    words += ["--host", options.host, "--port", str(port)]
    # Requests stay out of the log at any level; a line per request says nothing that /metrics does not.
    words += ["--no-enable-log-requests", "--disable-uvicorn-access-log"]
    dtype = options.dtype or ("float32" if device == "cpu" else None)
    words += ["--dtype", dtype] if dtype else []
    words += ["--max-model-len", str(options.max_model_len)] if options.max_model_len else []
    words += ["--tensor-parallel-size", str(options.tensor_parallel)] if options.tensor_parallel > 1 else []
    if device == "cpu":
        words += ["--enforce-eager", "--kv-cache-memory-bytes", str(CPU_CACHE)]
    return [*words, *_adapters(options), *options.extra]


def _adapters(options: Options) -> list[str]:
    if not options.adapters:
        return []
    rank = next(rank for rank in RANKS if rank >= max(adapter.rank for adapter in options.adapters))
    words = ["--enable-lora", "--max-loras", str(len(options.adapters)), "--max-lora-rank", str(rank)]
    return [*words, "--lora-modules", *(f"{adapter.name}={adapter.directory}" for adapter in options.adapters)]


def additions(options: Options, device: str) -> dict[str, str]:
    """The variables that are set for vLLM: no telemetry, no model hub, and on a CPU no compiler."""
    found = dict(OFFLINE)
    found["PYTHONSAFEPATH"] = "1"  # a folder named like a module in the working directory must not be imported
    if device == "cpu":
        found["TORCH_COMPILE_DISABLE"] = "1"  # the first logprobs request took 18 s with it
    if options.api_key is not None:
        found[KEY] = options.api_key
    return found


def environment(options: Options, device: str, python: Path, base: Mapping[str, str]) -> dict[str, str]:
    """The whole environment: `base` without this program's own Python, with vLLM's tools first on PATH."""
    kept = {name: value for name, value in base.items() if name not in OURS}
    if not kept.get("VLLM_CPU_KVCACHE_SPACE", "0"):
        del kept["VLLM_CPU_KVCACHE_SPACE"]  # vLLM crashes on an empty one
    kept["PATH"] = f"{python.parent}:{kept.get('PATH', '')}"
    return kept | additions(options, device)


def shown(words: list[str], added: Mapping[str, str]) -> str:
    """The command as a shell takes it, the key by its variable's name only."""
    variables = [
        f'{name}="${name}"' if name == KEY else f"{name}={shlex.quote(value)}" for name, value in added.items()
    ]
    return " ".join([*variables, shlex.join(words)])
