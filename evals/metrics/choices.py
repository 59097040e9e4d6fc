"""Multiple choice, by the likelihood of each option and by what the model wrote.

By likelihood, as lm-eval has it (``api/task.py``, ``ConfigurableTask.process_results``): the most likely option is the
answer, the first of equals; ``acc_norm`` divides by the option's characters, ``acc_bytes`` by its UTF-8 bytes. mc1 and
mc2 are TruthfulQA's (Lin et al. 2022): a true option is the most likely one; the probability of the true options among
all. ``reference.choices`` are the options, ``reference.gold`` the index of the right one or a list of them.

By text: an option is read out of the answer by the rules of ``chosen``. An answer that names none is wrong, and
``choice_named`` tells how many answers did.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from evals.metrics.registry import Item, Parts, metric

_SAID = re.compile(r"\b(?:answer|option|choice)\b(?:\s+(?:is|would\s+be))?\s*[:=]?\s*[*_(\[$\\{\s]*([A-Z]|\d{1,2})\b"
                   r"(?![.,]?\d)(?!['’])", re.IGNORECASE)
_FIRST = re.compile(r"\A[\s*_(\[]*([A-Z])(?:[\s*_]*[)\].:,]|[\s*_]*\Z|\s*\n)")
_BRACKETED = re.compile(r"\(([A-Z])\)|\\boxed\{\s*(?:\\text\{)?\s*\(?([A-Z])\b")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def gold(item: Item) -> tuple[int, ...]:
    """Indices of the right options."""
    found = item.reference["gold"]
    return (found,) if isinstance(found, int) else tuple(found)


def best(likelihoods: Sequence[float]) -> int:
    """The index of the largest number, the first of equals."""
    return max(range(len(likelihoods)), key=likelihoods.__getitem__)


def probabilities(likelihoods: Sequence[float]) -> list[float]:
    """Each option's share of all options' probability; sums to 1."""
    top = max(likelihoods)
    masses = [math.exp(each - top) for each in likelihoods]
    total = math.fsum(masses)
    return [mass / total for mass in masses]


def true_mass(likelihoods: Sequence[float], right: Sequence[int]) -> float:
    """mc2: the true options' share, in lm-eval's order of sums; where all of it underflows, relative to the largest."""
    wrong = [at for at in range(len(likelihoods)) if at not in right]
    true = np.exp(np.array([likelihoods[at] for at in right], dtype=np.float64))
    false = np.exp(np.array([likelihoods[at] for at in wrong], dtype=np.float64))
    total = sum(true) + sum(false)
    if total == 0:
        shares = probabilities(likelihoods)
        return math.fsum(shares[at] for at in right)
    return float(sum(true / total))


def chosen(text: str, options: Sequence[str]) -> int | None:
    """The index of the option that ``text`` settles on; None when it names none, or several.

    In this order: the last "answer is X" (or ``option``, ``choice``; X a letter, or a number where there are digits
    only); a letter at the very start with punctuation behind it or alone; the last letter in brackets or in a box; the
    only option whose own words stand in the text.
    """
    said = [letter for letter in _SAID.findall(text) if letter.isdigit() or letter.isupper()]
    bracketed = ["".join(pair) for pair in _BRACKETED.findall(text)]
    first = _FIRST.match(text)
    for name in (said[-1:], [first[1]] if first else [], bracketed[-1:]):
        if name:
            at = LETTERS.find(name[0]) if name[0].isalpha() else int(name[0]) - 1
            if 0 <= at < len(options):
                return at
    folded = " ".join(text.casefold().split())
    named = [at for at, option in enumerate(options) if option.strip() and _stands(option, folded)]
    longest = [at for at in named if not any(at != other and options[at].casefold().strip() in options[other].casefold()
                                             for other in named)]
    return longest[0] if len(longest) == 1 else None


def _stands(option: str, folded: str) -> bool:
    wanted = re.escape(" ".join(option.casefold().split()))
    return re.search(rf"(?<!\w){wanted}(?!\w)(?![.,]\d)", folded) is not None


@metric("acc", binary=True, needs=("choices", "gold"))
def _acc(item: Item, _: object) -> Parts | None:
    """The most likely option is right."""
    return (float(best(item.likelihoods) in gold(item)), 1.0) if item.likelihoods else None


@metric("acc_norm", binary=True, needs=("choices", "gold"))
def _acc_norm(item: Item, _: object) -> Parts | None:
    """The option that is most likely for each of its characters is right."""
    return _normed(item, [len(option) for option in item.reference["choices"]])


@metric("acc_bytes", binary=True, needs=("choices", "gold"))
def _acc_bytes(item: Item, _: object) -> Parts | None:
    """The option that is most likely for each byte of its UTF-8 is right."""
    return _normed(item, [len(option.encode()) for option in item.reference["choices"]])


def _normed(item: Item, lengths: Sequence[int]) -> Parts | None:
    """An empty option has no length to divide by; it counts as if it had one character."""
    if not item.likelihoods:
        return None
    scaled = [each / max(1, length) for each, length in zip(item.likelihoods, lengths, strict=True)]
    return float(best(scaled) in gold(item)), 1.0


@metric("mc1", binary=True, needs=("choices", "gold"))
def _mc1(item: Item, _: object) -> Parts | None:
    """TruthfulQA's mc1: the most likely option is true; of the first ``reference.mc1_choices`` options, where given."""
    if not item.likelihoods:
        return None
    return float(best(item.likelihoods[: item.reference.get("mc1_choices")]) in gold(item)), 1.0


@metric("mc2", needs=("choices", "gold"))
def _mc2(item: Item, _: object) -> Parts | None:
    """TruthfulQA's mc2: the true options' share of all options' probability, without the first ``mc1_choices``."""
    skip = item.reference.get("mc1_choices") or 0
    if not item.likelihoods[skip:]:
        return None
    return true_mass(item.likelihoods[skip:], [at - skip for at in gold(item) if at >= skip]), 1.0


@metric("choice", binary=True, needs=("choices", "gold"))
def _choice(item: Item, _: object) -> Parts:
    """The option that the answer names is right."""
    return float(chosen(item.text, item.reference["choices"]) in gold(item)), 1.0


@metric("choice_named", binary=True, needs=("choices",))
def _choice_named(item: Item, _: object) -> Parts:
    """The answer names exactly one option."""
    return float(chosen(item.text, item.reference["choices"]) is not None), 1.0
