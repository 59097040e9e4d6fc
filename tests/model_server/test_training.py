"""Against torch; run by `make test-train`, as the base test environment has no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_server.decoder import Decoder
from model_server.shape import ModelShape
from tests.model_server.reference import Reference

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from model_server.corpus import prepare

    return prepare(tmp_path_factory.mktemp("corpus"))


def tiny(corpus: Any) -> ModelShape:
    size = corpus.tokenizer.get_vocab_size()
    return ModelShape(vocab_size=size, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=96, context=128)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_export_computes_what_torch_computes(corpus: Any, tmp_path: Path, dtype: str) -> None:
    import torch

    from model_server.architecture import Llama
    from model_server.export import DTYPES, export

    torch.manual_seed(3)
    shape = tiny(corpus)
    model = Llama(shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # larger than the start, or attention would be near uniform
            parameter.mul_(4.0) if parameter.dim() == 2 else parameter.uniform_(0.5, 1.5)
    export(model.state_dict(), shape, corpus.directory, tmp_path, dtype)
    model.load_state_dict({name: t.to(DTYPES[dtype]).float() for name, t in model.state_dict().items()})
    ids = [int(i) for i in np.random.default_rng(0).integers(0, shape.vocab_size, 40)]
    with torch.no_grad():
        wanted = model.logits(model(torch.tensor([ids])))[0].numpy()
    decoder = Decoder(tmp_path)
    got, _ = decoder.prefill(ids, decoder.empty(), np.arange(len(ids)))
    np.testing.assert_allclose(got, wanted, atol=1e-4)
    np.testing.assert_allclose(Reference(tmp_path).logits(ids), wanted, atol=1e-4)
    assert (tmp_path / "model.onnx").stat().st_size < 50_000  # the weights are in model.safetensors only


def test_a_weight_that_float16_cannot_hold_is_refused(corpus: Any, tmp_path: Path) -> None:
    from model_server.architecture import Llama
    from model_server.export import export

    model = Llama(tiny(corpus))
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weights["model.norm.weight"][3] = 1e6
    with pytest.raises(ValueError, match=r"model\.norm\.weight is not finite in float16"):
        export(weights, tiny(corpus), corpus.directory, tmp_path)


def test_training_learns_resumes_and_repeats(corpus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from model_server import train as training

    monkeypatch.setattr(training, "ModelShape", lambda **_: tiny(corpus))
    plan = training.Plan(seed=4, steps=24, tokens=512, warmup=4, dropout=0.1, calibration_steps=6)
    whole = training.train(corpus, plan, tmp_path / "whole", lambda _: None, compile_model=False)

    run = training.Run(tiny(corpus), plan)
    losses = []
    batches = training.endless(training.Curriculum(corpus.company), training.RowMaker(corpus.tokenizer), 512, 4)
    run.model.train()
    for _ in range(10):
        losses.append(run.learn(next(batches), run.model))
    (tmp_path / "cut").mkdir()
    run.save(tmp_path / "cut" / "checkpoint.pt")
    resumed = training.train(corpus, plan, tmp_path / "cut", lambda _: None, compile_model=False)
    for (name, mine), theirs in zip(whole.averaged().items(), resumed.averaged().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5, msg=name)
    lines = [json.loads(line) for line in (tmp_path / "whole" / "journal.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == 36
    assert lines[-1]["loss"] < losses[0]
    other = training.Plan(seed=5, steps=24, tokens=512)
    with pytest.raises(ValueError, match="another plan"):
        training.train(corpus, other, tmp_path / "whole", lambda _: None, compile_model=False)


def test_the_rate_warms_up_and_falls() -> None:
    from model_server.train import Plan, rate_at

    plan = Plan(steps=1000, warmup=100)
    rates = [rate_at(step, plan) for step in range(1000)]
    assert rates.index(max(rates)) in {99, 100}
    assert rates[:100] == sorted(rates[:100])
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert rates[-1] == pytest.approx(plan.peak_rate * plan.floor, rel=0.01)
    assert rate_at(1000, plan) == rate_at(1200, plan) == plan.calibration_rate
    assert 0 < rate_at(plan.all_steps - 1, plan) < plan.calibration_rate / 100


def test_calibration_weighs_doubt_in_the_loss(corpus: Any) -> None:
    """The same batch costs more after the main steps when its "I don't know" is what the model gets wrong."""
    from model_server import train as training

    plan = training.Plan(
        seed=1, steps=1, calibration_steps=9, tokens=512, dropout=0.0, peak_rate=0.0, calibration_rate=0.0
    )
    run = training.Run(tiny(corpus), plan)
    curriculum, maker = training.Curriculum(corpus.company), training.RowMaker(corpus.tokenizer)
    batch = next(b for b in training.endless(curriculum, maker, 512, 1) if 0 < b.unknown.sum() < len(b.unknown))
    with __import__("torch").no_grad():  # "I" is made unlikely: the doubtful targets cost most
        run.model.model.embed_tokens.weight[batch.targets[batch.unknown]] -= 1.0
    assert run.learn(batch, run.model) != run.learn(batch, run.model)
