"""One text, three engines, one number: the embedded engine, vLLM, and transformers in vLLM's own environment."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import openai
import pytest

from model_server.embedded import DEFAULT_MODEL, start
from tests.vllm.conftest import Served
from tests.vllm.wire import KEY

pytestmark = pytest.mark.vllm
TEXT = (
    "Full-time employees get 28 days of paid annual leave a year. Salaries are paid once a month. "
    "The quick brown fox jumps over the lazy dog – größer als je zuvor."
)
REFERENCE = """
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, text = sys.argv[1:]
ids = AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False, return_tensors="pt").input_ids
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
with torch.no_grad():
    logits = model(ids).logits[0, :-1].double()
scores = torch.log_softmax(logits, -1).gather(1, ids[0, 1:, None])
print(json.dumps({"tokens": ids[0].tolist(), "perplexity": torch.exp(-scores.mean()).item()}))
"""


async def through(url: str) -> tuple[list[str], float]:
    """Echo and logprobs, nothing drawn: the tokens and exp of the mean negative log-likelihood after the first."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        answer = await client.completions.create(model="handbook", prompt=TEXT, max_tokens=0, echo=True, logprobs=1)
    found: Any = answer.choices[0].logprobs
    assert answer.choices[0].text == TEXT
    assert found.token_logprobs[0] is None
    return found.tokens, math.exp(-sum(found.token_logprobs[1:]) / (len(found.tokens) - 1))


def reference(python: Path) -> dict[str, Any]:
    command = [str(python), "-P", "-c", REFERENCE, str(DEFAULT_MODEL), TEXT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


async def test_perplexity_is_one_number(vllm: Served, vllm_python: Path) -> None:
    runner = await start("127.0.0.1", 0, DEFAULT_MODEL, name="handbook")
    try:
        host, port = runner.addresses[0][:2]
        tokens, embedded = await through(f"http://{host}:{port}")
    finally:
        await runner.cleanup()
    same, real = await through(vllm.url)
    wanted = reference(vllm_python)
    print(f"perplexity: embedded {embedded:.5f}, vLLM {real:.5f}, transformers {wanted['perplexity']:.5f}")
    assert tokens == same
    assert len(tokens) == len(wanted["tokens"]) > 30
    assert embedded == pytest.approx(wanted["perplexity"], rel=1e-3)
    assert real == pytest.approx(wanted["perplexity"], rel=1e-3)
