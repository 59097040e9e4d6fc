"""Corpus BLEU, chrF and TER by sacrebleu itself, with its signature, so that figures can be compared with any paper's.

A sample's parts are sacrebleu's own segment statistics. They are whole numbers (but for TER's mean length of several
references), so sums in any order give the very score that ``corpus_score`` gives, for the corpus, a slice or a resample
(Koehn 2004), without reading a text again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from evals.metrics.registry import Array, Item, Parts, Places, metric, references


@cache
def bleu() -> Any:
    """sacrebleu's BLEU with its defaults (13a, exp smoothing, case kept)."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(force=True)  # force: no warning about tokenised-looking text; the score is the same


@cache
def sentence_bleu() -> Any:
    """The same for one sentence alone: orders that it is too short for do not count, as in ``sentence_bleu``."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(force=True, effective_order=True)


@cache
def chrf() -> Any:
    """sacrebleu's chrF2 with its defaults (Popović 2015)."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


@cache
def chrf_words() -> Any:
    """sacrebleu's chrF2++: word unigrams and bigrams beside the character n-grams (Popović 2017)."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(word_order=2)


@cache
def ter() -> Any:
    """sacrebleu's TER with its defaults (Snover et al. 2006, Tercom's rules, case folded)."""
    from sacrebleu.metrics.ter import TER

    return TER()


def _statistics(scorer: Any, item: Item) -> Parts:
    streams = [[each] for each in references(item)]
    return tuple(map(float, scorer._extract_corpus_statistics([item.text], streams)[0]))


def _scores(scorer: Any, sums: Array) -> Array:
    """Shape (…, statistics) → (…), 0 to 100. sacrebleu is given whole numbers as such, as it would sum them itself."""
    flat = sums.reshape(-1, sums.shape[-1])
    out = [scorer._compute_score_from_stats([int(each) if each.is_integer() else each for each in row]).score
           for row in flat.tolist()]
    return np.array(out, dtype=np.float64).reshape(sums.shape[:-1])


def _bleus(sums: Array) -> Array:
    return _scores(bleu(), sums)


def _sentence_bleus(sums: Array) -> Array:
    return _scores(sentence_bleu(), sums)


def _chrfs(sums: Array) -> Array:
    return _scores(chrf(), sums)


def _chrf_words(sums: Array) -> Array:
    return _scores(chrf_words(), sums)


def _ters(sums: Array) -> Array:
    return _scores(ter(), sums)


def _resampled(scorer: Any, parts: Array, places: Places) -> Array:
    """Scores of resamples, bit for bit as sacrebleu's own bootstrap has them: it sums and divides in float32."""
    sums = parts.astype(np.float32)[places].sum(axis=1)
    return np.array([scorer._compute_score_from_stats(row).score for row in sums], dtype=np.float64)


def _resampled_bleu(parts: Array, places: Places) -> Array:
    return _resampled(bleu(), parts, places)


def _resampled_chrf(parts: Array, places: Places) -> Array:
    return _resampled(chrf(), parts, places)


def _resampled_chrf_words(parts: Array, places: Places) -> Array:
    return _resampled(chrf_words(), parts, places)


def _resampled_ter(parts: Array, places: Places) -> Array:
    return _resampled(ter(), parts, places)


def _signature(scorer: Any, name: str, count: int) -> str:
    """sacrebleu's own signature; it reads the number of references off the scorer. -1 stands for ``nrefs:var``."""
    scorer.num_refs = count
    return f"{name}|{scorer.get_signature()}"


def bleu_signature(count: int = 1) -> str:
    """For instance ``BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0``; ``count``: of references."""
    return _signature(bleu(), "BLEU", count)


def chrf_signature(count: int = 1) -> str:
    """For instance ``chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0``."""
    return _signature(chrf(), "chrF2", count)


def chrf_words_signature(count: int = 1) -> str:
    """For instance ``chrF2++|nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0``."""
    return _signature(chrf_words(), "chrF2++", count)


def ter_signature(count: int = 1) -> str:
    """For instance ``TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0``."""
    return _signature(ter(), "TER", count)


@metric("bleu", unit="points", needs=("answer",), sliced=False, value=_bleus, alone=_sentence_bleus,
        resampled=_resampled_bleu, signature=bleu_signature)
def _bleu(item: Item, _: object) -> Parts:
    """Corpus BLEU over word n-grams."""
    return _statistics(bleu(), item)


@metric("chrf", unit="points", needs=("answer",), sliced=False, value=_chrfs, resampled=_resampled_chrf,
        signature=chrf_signature)
def _chrf(item: Item, _: object) -> Parts:
    """Corpus chrF over character n-grams."""
    return _statistics(chrf(), item)


@metric("chrf++", unit="points", needs=("answer",), sliced=False, value=_chrf_words, resampled=_resampled_chrf_words,
        signature=chrf_words_signature)
def _chrf_plus(item: Item, _: object) -> Parts:
    """Corpus chrF++ over character n-grams, words and pairs of words."""
    return _statistics(chrf_words(), item)


@metric("ter", unit="points", better="lower", needs=("answer",), sliced=False, value=_ters, resampled=_resampled_ter,
        signature=ter_signature)
def _ter(item: Item, _: object) -> Parts:
    """Translation edit rate: edits and shifts for each word of the reference."""
    return _statistics(ter(), item)
