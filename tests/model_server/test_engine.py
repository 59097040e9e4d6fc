"""The engine beside the numpy reference: alone, in company, cut short, and broken."""

from __future__ import annotations

import asyncio
import logging

import numpy as np
import pytest

from model_server.decoder import Batch, Decoder
from model_server.engine import Engine, Job, Piece
from model_server.sampling import Sampling
from model_server.vocabulary import Vocabulary
from tests.model_server.reference import Reference

QUESTIONS = (
    "How many days of paid annual leave do full-time employees get?",
    "Where is the head office?",
    "who leads sales",
    "What is the dress code?",
    "payday?",
    "My laptop was stolen on the train yesterday evening, within what time do I have to report it and to whom, please?",
)


def prompt(vocabulary: Vocabulary, question: str) -> list[int]:
    return vocabulary.chat([("user", question)])


async def collect(engine: Engine, ids: list[int], **sampling: object) -> tuple[str, list[int], str | None]:
    queue: asyncio.Queue[Piece | Exception] = asyncio.Queue()
    job = engine.submit(ids, [Sampling(**{"max_tokens": 24, "temperature": 0.0, **sampling})], queue)
    text = ""
    while True:
        piece = await queue.get()
        assert isinstance(piece, Piece)
        text += piece.text
        if piece.reason is not None:
            return text, job.choices[0].drawn, piece.reason


def test_graph_agrees_with_the_numpy_reference_whole_and_in_pieces(
    decoder: Decoder, vocabulary: Vocabulary, reference: Reference
) -> None:
    ids = prompt(vocabulary, QUESTIONS[5])
    wanted = reference.logits(ids)
    whole, _ = decoder.prefill(ids, decoder.empty(), np.arange(len(ids)))
    np.testing.assert_allclose(whole, wanted, atol=1e-4)
    cache, rows = decoder.empty(), []
    for at in range(0, len(ids), 7):
        piece = ids[at : at + 7]
        logits, cache = decoder.prefill(piece, cache, np.arange(len(piece)))
        rows.append(logits)
    np.testing.assert_allclose(np.concatenate(rows), wanted, atol=1e-4)


def test_rows_of_different_lengths_decode_as_if_alone(
    decoder: Decoder, vocabulary: Vocabulary, reference: Reference
) -> None:
    """Rows join (a longer one after a shorter, and the reverse) and leave; each keeps the reference's logits."""
    batch, texts = Batch(decoder.empty(0)), [prompt(vocabulary, question) for question in QUESTIONS[:5]]
    running: list[list[int]] = []

    def join(ids: list[int]) -> None:
        _, cache = decoder.prefill(ids, decoder.empty(), np.arange(1))
        batch.join(cache, len(ids), 1)
        running.append(list(ids))

    def step() -> None:
        tokens = [int(reference.logits(ids)[-1].argmax()) for ids in running]
        logits = decoder.decode(tokens, batch)
        for ids, token, row in zip(running, tokens, logits, strict=True):
            ids.append(token)
            np.testing.assert_allclose(row, reference.logits(ids)[-1], atol=1e-4)

    join(texts[4])
    step()
    join(texts[0])
    join(texts[1])
    step()
    batch.keep([0, 2])
    del running[1]
    assert batch.width == max(len(ids) for ids in running)
    step()
    join(texts[2])
    step()


async def test_greedy_text_is_the_references(engine: Engine, vocabulary: Vocabulary, reference: Reference) -> None:
    for question in QUESTIONS[:3]:
        ids = prompt(vocabulary, question)
        text, drawn, reason = await collect(engine, ids)
        assert drawn == reference.greedy(ids, vocabulary.end_ids, 24)
        assert reason == ("stop" if drawn[-1] in vocabulary.end_ids else "length")
        assert text == vocabulary.decode(drawn, specials=False)


async def test_company_changes_nothing(engine: Engine, vocabulary: Vocabulary) -> None:
    """Greedy and seeded streams give the same text alone and beside others that come and go."""
    asks = [(question, {}) for question in QUESTIONS]
    asks += [(question, {"temperature": 1.3, "seed": 5, "top_p": 0.9}) for question in QUESTIONS]
    alone = [await collect(engine, prompt(vocabulary, question), **sampling) for question, sampling in asks]
    together = await asyncio.gather(
        *(collect(engine, prompt(vocabulary, question), **sampling) for question, sampling in asks * 3)
    )
    assert together == alone * 3


async def test_unseeded_draws_differ(engine: Engine, vocabulary: Vocabulary) -> None:
    ids = prompt(vocabulary, "Hello")
    texts = {(await collect(engine, ids, temperature=3.0))[0] for _ in range(6)}
    assert len(texts) > 1


async def test_abandoned_jobs_free_their_rows_within_a_step(engine: Engine, vocabulary: Vocabulary) -> None:
    queue: asyncio.Queue[Piece | Exception] = asyncio.Queue()
    job = engine.submit(prompt(vocabulary, "x"), [Sampling(max_tokens=900, ignore_end=True)] * 3, queue)
    await queue.get()
    assert engine.running == 3
    before = engine.steps
    engine.abandon(job)
    while engine.running:
        await asyncio.sleep(0)
    assert engine.steps <= before + 1
    assert len(job.choices[0].drawn) < 50


async def test_jobs_beyond_the_batch_wait_and_are_served(decoder: Decoder, vocabulary: Vocabulary) -> None:
    engine = Engine(decoder, vocabulary, max_rows=2)
    engine.start()
    seen = 0

    async def watch() -> None:
        nonlocal seen
        while True:
            seen = max(seen, engine.running)
            await asyncio.sleep(0)

    watcher = asyncio.create_task(watch())
    answers = await asyncio.gather(*(collect(engine, prompt(vocabulary, question)) for question in QUESTIONS))
    watcher.cancel()
    await engine.stop()
    assert seen == 2
    assert all(text for text, _, _ in answers)


async def test_a_broken_step_tells_every_client_and_the_engine_goes_on(
    engine: Engine, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ids = prompt(vocabulary, "Where is the head office?")
    whole = await collect(engine, ids)

    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    queues: list[asyncio.Queue[Piece | Exception]] = [asyncio.Queue(), asyncio.Queue()]
    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
        patch.setattr(engine, "_advance", broken)
        for queue in queues:
            engine.submit(ids, [Sampling(max_tokens=4)], queue)
        for queue in queues:
            assert isinstance(await asyncio.wait_for(queue.get(), 5), RuntimeError)
    assert await collect(engine, ids) == whole


@pytest.mark.parametrize(
    ("sampling", "reason", "text"),
    [
        ({"stops": ("Tarnwick",)}, "stop", "The head office is "),
        ({"stops": ("Tarnwick",), "keep_stop": True}, "stop", "The head office is Tarnwick"),
        ({"stops": ("zzz", "office is T", "fice")}, "stop", "The head of"),
        ({"max_tokens": 2}, "length", None),
        ({"logit_bias": ((-1, 0.0),)}, "stop", "The head office is Tarnwick House in Hollinby."),
    ],
)
async def test_ends(
    engine: Engine, vocabulary: Vocabulary, sampling: dict[str, object], reason: str, text: str | None
) -> None:
    got, drawn, why = await collect(engine, prompt(vocabulary, "Where is the head office?"), **sampling)
    assert why == reason
    if text is not None:
        assert got == text
    else:
        assert len(drawn) == 2


async def test_min_tokens_outlast_the_end(engine: Engine, vocabulary: Vocabulary) -> None:
    ids = prompt(vocabulary, "Where is the head office?")
    short = (await collect(engine, ids))[1]
    _, drawn, _ = await collect(engine, ids, min_tokens=len(short) + 3)
    assert drawn[: len(short) - 1] == short[:-1]
    assert not vocabulary.end_ids & set(drawn[: len(short) + 3])


async def test_prompt_scores_are_the_references(engine: Engine, vocabulary: Vocabulary, reference: Reference) -> None:
    ids = vocabulary.encode("Salaries are paid once a month. " * 40, marks=False)
    assert len(ids) > 256  # more than one piece of prefill
    queue: asyncio.Queue[Piece | Exception] = asyncio.Queue()
    job: Job = engine.submit(ids, [Sampling(max_tokens=0, top_logprobs=2)], queue, want_prompt=True)
    assert (await queue.get()).reason == "length"  # type: ignore[union-attr]
    assert job.prompt_scores[0].logprob is None
    assert [scored.token for scored in job.prompt_scores] == ids
    got = [scored.logprob for scored in job.prompt_scores[1:]]
    np.testing.assert_allclose(got, reference.logprobs(ids), atol=1e-3)
    assert all(len(scored.top) == 2 and scored.top[0][1] >= scored.top[1][1] for scored in job.prompt_scores[1:])
