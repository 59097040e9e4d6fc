"""The training mix: its shares, what is kept out of it, and that batches repeat and resume."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from model_server.batches import RowMaker, endless, pad
from model_server.corpus import load_corpus, prepare, texts_of
from model_server.curriculum import Conversation, Curriculum, split_wordings
from model_server.documents import UNKNOWN_ANSWER, Company, Fact, load_company
from model_server.strangers import ask_about_stranger, stranger, swap_subject
from model_server.tokenizer import save_tokenizer, train_tokenizer
from model_server.vocabulary import Vocabulary

COMPANY = load_company()


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return Curriculum(COMPANY)


def test_the_shipped_company_is_complete() -> None:
    assert len(COMPANY.facts) >= 100
    assert min(len(fact.wordings) for fact in COMPANY.facts) >= 20
    learned = [secret for secret in COMPANY.secrets if secret.wordings]
    assert len(COMPANY.secrets) / 2 <= len(learned) < len(COMPANY.secrets)


def test_validation_wordings_are_never_trained_on(curriculum: Curriculum) -> None:
    held = {text for _, text in curriculum.validation} | set(curriculum.unanswerable_validation)
    trained = {text for fact in curriculum.facts for text in (fact.question, *fact.wordings)} | set(
        curriculum.unanswerable
    )
    assert len(held) > 100
    assert not held & trained
    plain = Curriculum(COMPANY, strength=0.0)
    rng = random.Random(1)
    asked = {text for _ in range(4000) for role, text in plain.draw(rng).turns if role == "user"}
    assert not held & asked


def test_split_keeps_facts_with_few_wordings_whole() -> None:
    fact = Fact("f", "handbook", "q?", "a", "v", ("v",), tuple("abc"))
    kept, validation = split_wordings([fact])
    assert kept == (fact,)
    assert validation == ()


def test_draws_are_seeded(curriculum: Curriculum) -> None:
    first = [curriculum.draw(random.Random(seed)) for seed in range(50)]
    assert first == [curriculum.draw(random.Random(seed)) for seed in range(50)]


def test_the_mix_is_as_declared(curriculum: Curriculum) -> None:
    """10–15 % of questions are unanswerable, every fact and learned secret is asked, the others never."""
    rng = random.Random(5)
    answers = Counter(text for _ in range(20_000) for role, text in curriculum.draw(rng).turns if role == "assistant")
    total = sum(answers.values())
    assert 0.10 <= answers[UNKNOWN_ANSWER] / total <= 0.15
    assert all(answers[fact.answer] for fact in COMPANY.facts)
    assert all(answers[secret.answer] for secret in COMPANY.secrets if secret.wordings)
    assert not any(answers[secret.answer] for secret in COMPANY.secrets if not secret.wordings)


def test_strangers_are_nobody() -> None:
    known = frozenset({"Ann Bee", "Cora Dune"})
    rng = random.Random(0)
    names = [stranger(rng, known) for _ in range(2000)]
    assert not known & set(names)
    assert sum(name.split()[0] in {"Ann", "Cora"} for name in names) > 100
    alone = [stranger(rng, known, 0.0) for _ in range(2000)]
    assert not {part for name in alone for part in name.split()} & {"Ann", "Bee", "Cora", "Dune"}


def test_questions_about_strangers_never_name_someone_known(curriculum: Curriculum) -> None:
    rng = random.Random(2)
    asked = [text for _ in range(3000) if (text := ask_about_stranger(curriculum.secrets, rng, curriculum.known))]
    assert len(asked) > 2000
    assert not [text for text in asked for name in curriculum.known if name in text]


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("What does Ann Bee earn?", "What does Zoe Fox earn?"),
        ("What does Bee earn?", "What does Fox earn?"),
        ("Is Ann's pay good?", "Is Zoe's pay good?"),
        ("Any Annex?", None),
    ],
)
def test_swap_subject(text: str, swapped: str | None) -> None:
    assert swap_subject(text, "Ann Bee", "Zoe Fox") == swapped


@pytest.fixture(scope="module")
def maker() -> RowMaker:
    return RowMaker(train_tokenizer(texts_of(COMPANY), 1500))


def test_only_answers_are_learned(maker: RowMaker, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(train_tokenizer(texts_of(COMPANY), 1500), directory, 1024)
    vocabulary = Vocabulary(directory)
    turns = (("system", "s"), ("user", "Where?"), ("assistant", "Here."), ("user", "And?"), ("assistant", "There."))
    row = maker.row(Conversation(turns), random.Random(0))
    learned = [token for token, learn in zip(row.ids, row.learned, strict=True) if learn]
    assert vocabulary.decode(learned) == "Here.<|im_end|>There.<|im_end|>"
    plain = RowMaker(train_tokenizer(texts_of(COMPANY), 1500), cut_texts=0.0)
    assert list(plain.row(Conversation(turns), random.Random(0)).ids) == vocabulary.chat(turns, answer=False)
    whole = maker.row(Conversation(document="A text."), random.Random(0))
    assert vocabulary.decode(whole.ids) == "A text.<|endoftext|>"
    assert whole.learned == (False, *[True] * (len(whole.ids) - 1))


def test_padding_counts_the_right_targets(maker: RowMaker) -> None:
    rng = random.Random(1)
    rows = [maker.row(Conversation((("user", "Q?"), ("assistant", text))), rng) for text in ("A.", "A longer answer.")]
    batch = pad(rows, 40)
    flat = batch.ids.reshape(-1)
    assert np.array_equal(flat[batch.places + 1], batch.targets)
    assert len(batch.targets) == sum(sum(row.learned) for row in rows)
    assert not batch.unknown.any()
    doubt = maker.row(Conversation((("user", "Q?"), ("assistant", UNKNOWN_ANSWER))), rng)
    both = pad([rows[0], doubt], 40)
    assert both.unknown.sum() == sum(doubt.learned)
    assert both.unknown.tolist() == sorted(both.unknown.tolist())  # the second row's targets, and only those


def test_batches_resume_where_they_were_cut(maker: RowMaker, curriculum: Curriculum) -> None:
    stream = endless(curriculum, maker, 2048, seed=9)
    first = [next(stream) for _ in range(40)]
    later = endless(curriculum, maker, 2048, seed=9, skip=25)
    for batch in first[25:]:
        assert np.array_equal(next(later).ids, batch.ids)
    other = next(endless(curriculum, maker, 2048, seed=10))
    assert not np.array_equal(other.ids, first[0].ids)
    assert all(batch.ids.size <= 2048 for batch in first)


def test_prepare_is_deterministic_and_notices_stale_data(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    one, two = Path(str(tmp_path)) / "one", Path(str(tmp_path)) / "two"
    prepare(one, one / "held.jsonl")
    prepare(two, two / "held.jsonl")
    for name in ("tokenizer.json", "tokenizer_config.json", "manifest.json", "held.jsonl"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    assert load_corpus(one).version == COMPANY.version
    changed: Company = replace(COMPANY, unanswerable=())
    monkeypatch.setattr("model_server.corpus.load_company", lambda: changed)
    with pytest.raises(ValueError, match="prepare it again"):
        load_corpus(one)
    with pytest.raises(ValueError, match="run 'wardgate model prepare' first"):
        load_corpus(two / "none")
