"""From the command line to vLLM's: options, mistakes, and what `--print` shows."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from model_server.api import VERSION
from model_server.cli import add_commands
from model_server.embedded import DEFAULT_MODEL
from model_server.vllm import pins
from model_server.vllm.command import command, environment
from model_server.vllm.errors import CannotInstall
from model_server.vllm.options import Adapter, Options
from model_server.vllm.pins import CPU, GPU, PinList

PYTHON = Path("/venv/bin/python")
PLAIN = Options(Path("/m"), "m", "127.0.0.1", 8000)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    options = parser.parse_args(["model", "serve", *words])
    return int(options.func(options))


def adapter(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(text)
    return folder


def test_the_plainest_command_of_each_device() -> None:
    start = [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", "/m", "--served-model-name", "m"]
    start += ["--host", "127.0.0.1", "--port", "8000", "--no-enable-log-requests", "--disable-uvicorn-access-log"]
    assert command(PYTHON, PLAIN, "gpu", 8000) == start
    cpu = ["--dtype", "float32", "--enforce-eager", "--kv-cache-memory-bytes", "536870912"]
    assert command(PYTHON, PLAIN, "cpu", 8000) == start + cpu


def test_every_option_has_its_place_and_extra_comes_last() -> None:
    adapters = (Adapter("a", Path("/a"), 4), Adapter("b", Path("/b"), 17))
    full = Options(Path("/m"), "m", "::", 1, "key", "bfloat16", 512, 2, adapters, ("--seed", "3"))
    line = " ".join(command(PYTHON, full, "gpu", 9))
    assert "--host :: --port 9 " in line
    assert "--dtype bfloat16 --max-model-len 512 --tensor-parallel-size 2 " in line
    assert "--enable-lora --max-loras 2 --max-lora-rank 32 --lora-modules a=/a b=/b --seed 3" in line
    assert line.endswith("--seed 3")
    assert "key" not in line.split()


def test_the_environment_keeps_the_users_and_drops_this_programs() -> None:
    base = {"PATH": "/bin", "PYTHONPATH": "/src", "VIRTUAL_ENV": "/x", "VLLM_CPU_KVCACHE_SPACE": "", "HOME": "/h"}
    found = environment(Options(Path("/m"), "m", "h", 1, "k"), "cpu", PYTHON, base)
    assert found["PATH"] == "/venv/bin:/bin"
    assert found["HOME"] == "/h"
    assert (found["HF_HUB_OFFLINE"], found["TORCH_COMPILE_DISABLE"], found["VLLM_API_KEY"]) == ("1", "1", "k")
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "VLLM_CPU_KVCACHE_SPACE"} & set(found)
    assert "VLLM_API_KEY" not in environment(PLAIN, "gpu", PYTHON, base)
    assert "TORCH_COMPILE_DISABLE" not in environment(PLAIN, "gpu", PYTHON, base)


def test_print_shows_the_command_and_no_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDGATE_VLLM_HOME", str(tmp_path))
    lora = adapter(tmp_path / "support", json.dumps({"r": 8}))
    words = ("--engine", "vllm", "--device", "cpu", "--print", "--api-key", "hush", "--lora", f"support={lora}")
    assert run(*words, "--", "--max-num-seqs", "8") == 0
    out = capsys.readouterr().out
    assert 'VLLM_API_KEY="$VLLM_API_KEY" ' in out
    assert "hush" not in out
    assert f"{tmp_path}/vllm-{CPU.digest((3, 11))}/bin/python -m vllm." in out
    assert f"--model {DEFAULT_MODEL} --served-model-name handbook " in out
    assert out.endswith(f"--lora-modules support={lora} --max-num-seqs 8\n")
    assert list(tmp_path.iterdir()) == [lora]  # nothing was installed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "/nowhere"), "/nowhere has no config.json; run 'wardgate model export' or give another --model"),
        (("--threads", "2"), "--threads belongs to the embedded engine"),
        (("--max-model-len", "0"), "--max-model-len must be 1 or more, not 0"),
        (("--tensor-parallel", "-1"), "--tensor-parallel must be 1 or more, not -1"),
        (("--lora", "support"), "--lora 'support' is not NAME=DIR"),
        (("--lora", "=x"), "--lora '=x' is not NAME=DIR"),
        (("--lora", "a=/nowhere"), "--lora a: cannot read /nowhere/adapter_config.json: No such file"),
    ],
)
def test_mistakes_name_the_option(words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--engine", "vllm", "--print", *words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {message}")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("config", ["{", "[]", "{}", '{"r": 0}', '{"r": 513}', '{"r": "8"}', '{"r": true}'])
def test_an_adapters_configuration_is_read_with_care(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--engine", "vllm", "--print", "--lora", f"a={adapter(tmp_path / 'a', config)}") == 2
    assert str(tmp_path / "a" / "adapter_config.json") in capsys.readouterr().err


def test_a_model_without_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    assert run("--engine", "vllm", "--print", "--model", str(tmp_path)) == 2
    assert f"error: {tmp_path} has no *.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("--dtype", "float16"), "--dtype"),
        (("--lora", "a=b"), "--lora"),
        (("--print",), "--print"),
        (("--install-only",), "--install-only"),
        (("--", "--seed", "1"), "arguments after --"),
    ],
)
def test_the_embedded_engine_ignores_no_option(
    words: tuple[str, ...], flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert capsys.readouterr().err == f"error: {flag}: the embedded engine has no such option; add --engine vllm\n"


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]


def test_the_pin_lists_name_exact_versions_and_one_vllm() -> None:
    pinned = [line.split("==") for line in lines(CPU.file)]
    assert all(len(parts) == 2 for parts in pinned)  # no host, no option, no range
    versions = dict(pinned)
    assert len(versions) == len(pinned) > 100
    assert versions["torch"].endswith("+cpu")
    # CUDA builds and packages of a gigabyte that a CPU does not need; vLLM itself under its CPU name only.
    assert not versions.keys() & {"torchvision", "torchaudio", "torchcodec", "triton", "vllm"}
    assert lines(GPU.file) == [f"vllm=={versions['vllm-cpu']}"]
    assert VERSION.split("+")[0] == versions["vllm-cpu"]


def pinned(**changes: object) -> PinList:
    given: dict[str, object] = {
        "device": "cpu", "file": CPU.file, "complete": True, "python": None, "machines": ("x86_64", "aarch64"),
        "disk": 0, "about": "",
    }  # fmt: skip
    return PinList(**(given | changes))  # type: ignore[arg-type]


def test_another_python_is_named_with_both_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotInstall, match=r"made for Python 3\.2, this is Python 3\.\d+ and there is no other on PATH"):
        pins.interpreter(pinned(python=(3, 2)), None)
    with pytest.raises(CannotInstall, match=r"made for Python 3\.2, .* is Python 3\.\d+; install Python 3\.2"):
        pins.interpreter(pinned(python=(3, 2)), Path(sys.executable))
    with pytest.raises(CannotInstall, match=r"--python /nowhere is no Python that runs"):
        pins.interpreter(pinned(), Path("/nowhere"))


def test_the_python_that_fits_is_found_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "python3.2"
    other.write_text("#!/bin/sh\nexit 127\n")  # as a version manager's shim says that it has no such version
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotInstall, match="there is no other on PATH"):
        pins.interpreter(pinned(python=(3, 2)), None)
    other.write_text("#!/bin/sh\necho 3 2\n")
    assert pins.interpreter(pinned(python=(3, 2)), None) == (other, (3, 2))


def test_a_gpus_environment_is_unsound_without_cuda(tmp_path: Path) -> None:
    for name, cuda in (("torch", None), ("vllm", None)):
        (tmp_path / f"{name}.py").write_text(f"class version: cuda = {cuda}\n__version__ = '1'\n")
    command = [sys.executable, "-c", GPU.check]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr.startswith("error: pip chose a build of torch without CUDA; ")
    (tmp_path / "torch.py").write_text("class version: cuda = '13.0'\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout == "1\n"


def test_another_machine_and_a_missing_library_are_named() -> None:
    pins.check_machine(pinned())
    with pytest.raises(CannotInstall, match=r"was made for Linux on vax, this is Linux on "):
        pins.check_machine(pinned(machines=("vax",)))
    with pytest.raises(CannotInstall, match=r"needs libnothing\.so\.9, which this system lacks; .*apt-get install libnuma1"):
        pins.check_machine(pinned(library="libnothing.so.9"))


@pytest.mark.parametrize(("told", "code", "device"), [("GPU 0: NVIDIA H100", 0, "gpu"), ("", 0, "cpu"), ("GPU 0", 9, "cpu")])
def test_a_gpu_is_what_the_driver_lists(
    told: str, code: int, device: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho '{told}'\nexit {code}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pins.choose("auto").device == device
    assert pins.choose("gpu").device == "gpu"
    assert pins.choose("cpu").device == "cpu"
