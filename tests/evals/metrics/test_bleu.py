"""BLEU, chrF and TER are sacrebleu's: corpus, sentence, signature, and every score of its bootstrap."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import _bootstrap_resample

from evals.metrics.registry import Item, metrics
from evals.scoring import files as scoring
from tests.evals.metrics.texts import house_pairs

WORDS = ["The", "cat", "sat", "on", "the", "mat", ".", "28", "days,", "é", "£1,600", "don't"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=40)
SAMPLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8)
SCORERS = {"bleu": BLEU(force=True), "chrf": CHRF(), "chrf++": CHRF(word_order=2), "ter": TER()}
SENTENCE = {"bleu": BLEU(force=True, effective_order=True), "chrf": CHRF(), "chrf++": CHRF(word_order=2), "ter": TER()}


def rows(name: str, samples: list[tuple[str, ...]]) -> np.ndarray:  # type: ignore[type-arg]
    metric = metrics()[name]
    return np.array([metric.observe(Item(str(at), str(at), {}, {"answer": references}, text=answer), None)
                     for at, (answer, *references) in enumerate(samples)], dtype=float)


def summed(name: str, samples: list[tuple[str, ...]]) -> float:
    return float(metrics()[name].value(rows(name, samples).sum(axis=0)[None])[0])


@pytest.mark.parametrize("name", list(SCORERS))
@given(SAMPLES, st.booleans())
@settings(max_examples=60)
def test_summed_parts_equal_sacrebleus_corpus_score(name: str, samples: list[tuple[str, str, str]], two: bool) -> None:
    given_to_us = [sample[: 3 if two else 2] for sample in samples]
    answers, *streams = map(list, zip(*given_to_us, strict=True))
    assert summed(name, given_to_us) == SCORERS[name].corpus_score(answers, streams).score
    alone = metrics()[name].alone(rows(name, given_to_us)).tolist()
    assert alone == [SENTENCE[name].sentence_score(answer, references).score for answer, *references in given_to_us]


@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_no_bit(samples: list[tuple[str, str, str]], chance: random.Random) -> None:
    pairs = [sample[:2] for sample in samples]
    mixed = list(pairs)
    chance.shuffle(mixed)
    assert summed("bleu", mixed) == summed("bleu", pairs)
    assert summed("chrf", mixed) == summed("chrf", pairs)


@pytest.mark.parametrize("references", [1, 2])
@pytest.mark.parametrize("name", list(SCORERS))
def test_the_bootstrap_is_sacrebleus(name: str, references: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its scores, although ours are made a few at a time; two references make TER's lengths fractions."""
    monkeypatch.setattr(scoring, "_CELLS", 60 * 18 * 7)  # seven resamples at a time, so that the pieces must fit together
    chosen = random.Random(2).sample(house_pairs(), 60)
    samples = [(" ".join(answer.split()[:12]), *[" ".join(reference.split()[at * 2 :][:12]) for at in range(references)])
               for answer, reference in chosen]
    answers, *streams = map(list, zip(*samples, strict=True))
    scorer = SCORERS[name]
    _, expected = _bootstrap_resample(scorer._extract_corpus_statistics(answers, streams), scorer, 1000)
    asked = scoring.choose([name], "predictions")
    items = [Item(str(at), "", {}, {"answer": each}, text=answer) for at, (answer, *each) in enumerate(samples)]
    seen = scoring._Seen(asked[0].metric, [asked[0].metric.observe(item, None) for item in items])
    (drawn,) = scoring._resample([seen], [seen.parts], scoring.SEED, 1000)
    assert drawn.tolist() == [each.score for each in expected]
    found = scoring.score(items, asked)["metrics"][name]
    whole = scorer.corpus_score(answers, streams, n_bootstrap=1000)
    assert found["value"] == whole.score
    assert (found["ci"][1] - found["ci"][0]) * 0.5 == whole._ci


def test_signatures_are_sacrebleus() -> None:
    version = sacrebleu.__version__
    expected = {"bleu": f"BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}",
                "chrf": f"chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{version}",
                "chrf++": f"chrF2++|nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:{version}",
                "ter": f"TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:{version}"}
    for name, signature in expected.items():
        tell = metrics()[name].signature
        assert tell is not None
        assert tell() == signature
        assert tell(3) == signature.replace("nrefs:1", "nrefs:3")
        assert tell(-1) == signature.replace("nrefs:1", "nrefs:var")
