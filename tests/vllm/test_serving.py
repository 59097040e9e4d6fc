"""`wardgate model serve --engine vllm` as a person runs it: adapters, a key, Ctrl-C, a killed parent, a mistake."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import openai
import psutil
import pytest

from tests.vllm.conftest import STOPPED_WITHIN, Served, begin, served

pytestmark = pytest.mark.vllm
SECRET = "a-key-that-no-process-list-shows"
GONE_WITHIN = 20.0


def write_adapter(directory: Path, rank: int = 4) -> Path:
    """A LoRA adapter for the shipped model with drawn weights, in PEFT's format: strong enough to change any answer."""
    random = np.random.default_rng(0)
    tensors = {}
    for layer in range(6):
        prefix = f"base_model.model.model.layers.{layer}.self_attn.v_proj"
        tensors[f"{prefix}.lora_A.weight"] = random.normal(size=(rank, 256)).astype(np.float32)
        tensors[f"{prefix}.lora_B.weight"] = random.normal(size=(128, rank)).astype(np.float32)
    header: dict[str, Any] = {}
    place = 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [place, place + value.nbytes]}
        place += value.nbytes
    told = json.dumps(header).encode()
    directory.mkdir()
    (directory / "adapter_model.safetensors").write_bytes(
        len(told).to_bytes(8, "little") + told + b"".join(value.tobytes() for value in tensors.values())
    )
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 8, "target_modules": ["v_proj"],
              "base_model_name_or_path": "handbook", "bias": "none"}  # fmt: skip
    (directory / "adapter_config.json").write_text(json.dumps(config))
    return directory


def said(client: openai.OpenAI, model: str) -> str:
    return client.completions.create(model=model, prompt="Full-time employees get", temperature=0).choices[0].text


def test_adapters_a_key_and_a_shorter_context_and_nothing_outlives_a_kill(tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    engine = served(
        tmp_path, "--served-model-name", "base", "--lora", f"support={adapter}", "--max-model-len", "512",
        "--api-key", SECRET, "--", "--max-num-seqs", "4",
    )  # fmt: skip
    try:
        stranger = openai.OpenAI(base_url=f"{engine.url}/v1", api_key="wrong", max_retries=0)
        with stranger, pytest.raises(openai.AuthenticationError):
            stranger.models.list()
        with openai.OpenAI(base_url=f"{engine.url}/v1", api_key=SECRET, max_retries=0) as client:
            models: dict[str, Any] = {model.id: model for model in client.models.list()}
            assert set(models) == {"base", "support"}
            assert models["base"].max_model_len == 512
            assert models["support"].parent == "base"
            assert said(client, "support") != said(client, "base")
        told = [" ".join(process.cmdline()) for process in engine.family]
        assert any("--max-num-seqs 4" in line for line in told)
        assert not any(SECRET in line for line in told)
        assert len(engine.family) >= 2  # the server and what computes
    finally:
        engine.process.send_signal(signal.SIGKILL)
        engine.close()
    killed = time.monotonic()
    left = psutil.wait_procs(engine.family, timeout=GONE_WITHIN)[1]
    assert not left
    print(f"killed -9: vLLM was gone after {time.monotonic() - killed:.1f} s")


def test_ctrl_c_while_it_starts(tmp_path: Path) -> None:
    process, log = begin(tmp_path)
    while not (family := psutil.Process(process.pid).children()):
        assert process.poll() is None, log.read_text()
    engine = Served(process, log, "", tuple(family))
    engine.interrupt()
    engine.close()


def test_a_mistake_in_vllms_own_arguments_is_told(tmp_path: Path) -> None:
    process, log = begin(tmp_path, "--", "--no-such-option")
    out, _ = process.communicate(timeout=STOPPED_WITHIN * 4)
    assert process.returncode == 4
    assert out == ""
    assert "--no-such-option" in log.read_text()
    assert "error: vLLM ended by itself before it answered, with exit code 2" in log.read_text().splitlines()[-1]
