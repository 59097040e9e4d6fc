"""What `wardgate model serve --engine vllm` can be told, read from the command line into one checked value."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from model_server.vllm.errors import CannotServe

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The ranks that vLLM makes room for (`--max-lora-rank`)."""
NEEDED = ("config.json", "tokenizer.json")
DTYPES = ("auto", "float16", "bfloat16", "float32")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter: the name that clients ask for, its directory, its rank."""

    name: str
    directory: Path
    rank: int


@dataclass(frozen=True, slots=True)
class Options:
    """`port` 0 takes a free one; `extra` goes to vLLM as it stands and wins over everything before it."""

    model: Path
    name: str
    host: str
    port: int
    api_key: str | None = None
    dtype: str | None = None
    max_model_len: int | None = None
    tensor_parallel: int = 1
    adapters: tuple[Adapter, ...] = ()
    extra: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that only `--engine vllm` has; their defaults are None, so that it shows whether one was given."""
    group = parser.add_argument_group("with --engine vllm")
    add = group.add_argument
    add("--device", choices=("auto", "cpu", "gpu"), help="default auto: a GPU where nvidia-smi lists one")
    add("--dtype", choices=DTYPES, help="of the weights (default: float32 on the CPU, else the model's own)")
    add("--max-model-len", type=int, metavar="TOKENS", help="prompt and answer together (default: the model's own)")
    add("--tensor-parallel", type=int, metavar="N", help="GPUs that share the model (default 1)")
    add("--lora", action="append", metavar="NAME=DIR", help="serve a LoRA adapter under NAME; may be repeated")
    add("--python", type=Path, metavar="FILE", help="interpreter to make vLLM's environment with")
    add("--vllm-python", type=Path, metavar="FILE", help="interpreter that has vLLM already; nothing is installed")
    add("--install-only", action="store_true", default=None, help="make vLLM's environment and stop")
    add("--print", action="store_true", default=None, dest="show", help="show the command, install and run nothing")
    add("extra", nargs="*", metavar="-- ARGS", help="after `--`: arguments for vLLM itself; they win")


ONLY_VLLM = {
    "device": "--device", "dtype": "--dtype", "max_model_len": "--max-model-len",
    "tensor_parallel": "--tensor-parallel", "lora": "--lora", "python": "--python", "vllm_python": "--vllm-python",
    "install_only": "--install-only", "show": "--print", "extra": "arguments after --",
}  # fmt: skip


def misplaced(arguments: argparse.Namespace) -> str | None:
    """The first option given that the embedded engine would have to ignore."""
    return next((flag for name, flag in ONLY_VLLM.items() if getattr(arguments, name, None)), None)


def read(arguments: argparse.Namespace) -> Options:
    """Raises CannotServe naming the option at fault."""
    model: Path = arguments.model
    check_model(model)
    if arguments.threads is not None:
        raise CannotServe("--threads belongs to the embedded engine; vLLM takes all cores it is given (taskset)")
    for flag, value in (("--max-model-len", arguments.max_model_len), ("--tensor-parallel", arguments.tensor_parallel)):
        if value is not None and value < 1:
            raise CannotServe(f"{flag} must be 1 or more, not {value}")
    return Options(
        model=model.resolve(),
        name=arguments.served_model_name or model.resolve().name,
        host=arguments.host,
        port=arguments.port,
        api_key=arguments.api_key,
        dtype=arguments.dtype,
        max_model_len=arguments.max_model_len,
        tensor_parallel=arguments.tensor_parallel or 1,
        adapters=tuple(read_adapter(text) for text in arguments.lora or ()),
        extra=tuple(arguments.extra),
    )


def check_model(directory: Path) -> None:
    """Raises CannotServe naming the missing file."""
    for name in NEEDED:
        if not (directory / name).is_file():
            raise CannotServe(f"{directory} has no {name}; run 'wardgate model export' or give another --model")
    if not any(directory.glob("*.safetensors")):
        raise CannotServe(f"{directory} has no *.safetensors; run 'wardgate model export' or give another --model")


def read_adapter(text: str) -> Adapter:
    """`name=directory` with the rank from the directory's adapter_config.json."""
    name, equals, place = text.partition("=")
    directory = Path(place)
    if not (name and equals and place):
        raise CannotServe(f"--lora {text!r} is not NAME=DIR; for example --lora support=adapters/support")
    path = directory / "adapter_config.json"
    try:
        rank = json.loads(path.read_text(encoding="utf-8"))["r"]
    except OSError as error:
        raise CannotServe(f"--lora {name}: cannot read {path}: {error.strerror}; give a PEFT adapter") from None
    except (ValueError, KeyError, TypeError):
        raise CannotServe(f"--lora {name}: {path} is no PEFT adapter's configuration with a rank 'r'") from None
    if not isinstance(rank, int) or isinstance(rank, bool) or not 0 < rank <= RANKS[-1]:
        raise CannotServe(f"--lora {name}: the rank 'r' in {path} must be 1 to {RANKS[-1]}, the most that vLLM takes")
    return Adapter(name, directory.resolve(), rank)
