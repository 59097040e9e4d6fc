"""Which texts the encoder is shown, how often, and which are kept back: development families choose the thresholds.

Families of ``KEPT_BACK`` are made by the same generators but never trained on; other development texts come from sets
that are trained on nowhere (``development.py``).
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gateway.core.types import Role
from model_server.guard_encoder import items, prose, shared_sets, toxicity
from model_server.guard_encoder.data import examples as injections
from model_server.guard_encoder.data.passages import docstrings, passages
from model_server.guard_encoder.items import Item, Taught
from model_server.guard_encoder.tagged import Tagged
from model_server.guard_encoder.tagged import examples as tagged_texts
from model_server.guard_encoder.tagged.corpora import read_btc, read_wnut
from model_server.guard_encoder.tagged.surroundings import without_names
from model_server.guard_encoder.tagged.vocabulary import Vocabulary, with_faker

KEPT_BACK = frozenset({"memory_poison", "extraction_repeat", "hypothetical", "doc_ads", "doc_conditional",
                       "bypass_override", "news_quotes", "records", "relayed_wish", "submission_rules"})
UNSEEN_DOMAINS = frozenset({"travel", "work", "kitchen_and_dining"})
"""CLINC150's domains that no part of the training sees, to measure topics on."""
ANYONE: tuple[Role, ...] = ("user", "document", "tool", "assistant")
CORPORA = 0.5
"""How many of the tweets with names are shown."""
FOREIGN = ("german", "french", "spanish", "french_spanish", "italian_portuguese_dutch")


def kept_back(source: str, share: int = 10) -> bool:
    """Whether what was filled from template ``source`` is for development: one in ``share``, by name."""
    return zlib.crc32(source.encode()) % share == 0


def injection(tokens: Taught, root: Path, seed: int, reserve: bool) -> Iterator[Item]:
    """Attacks and their harmless doubles, jailbreaks of the wild, and everyday texts of every role."""
    chance = random.Random(seed)
    told = calm(root)
    given = tuple(shared_sets.planted(root, "train"))
    real = passages(seed, told + [each.text for each in corpora(root)])
    for each in injections(seed, passages=real, given=given, reserve=reserve):
        if each.family not in KEPT_BACK:
            role: Role = "assistant" if each.role != "user" and chance.random() < 0.1 else each.role
            weight = 0.3 if each.family in FOREIGN else 1.0
            value = float(each.label == "attack")
            yield from items.judged(tokens, each.text, role, value, each.family, chance, weight=weight,
                                    attack=each.attack)
    for text, source in shared_sets.jailbreaks(root):
        if source != "gptfuzz":
            yield from items.judged(tokens, text, "user", 1.0, "wild", chance)
            if chance.random() < 0.4:
                yield from items.judged(tokens, text, "document", 1.0, "wild", chance, weight=0.5)
    for text in everyday(root, chance, 5000):
        yield from items.judged(tokens, text, "user", 0.0, "everyday", chance, weight=0.7)
    for text in chance.sample(told, 2000):
        yield from items.judged(tokens, text, chance.choice(("document", "tool")), 0.0, "everyday", chance, weight=0.4)
    for text, role in prose.drawn(chance, prose.SHARE):
        yield from items.whole_and_cut(tokens, text, role, "prose", chance)
    for text in everyday(root, chance, 800):
        yield from items.judged(tokens, text, "assistant", 0.0, "everyday", chance, weight=0.4)
    for sentence, _ in chance.sample(list(toxicity.sentences(seed, 6)), 800):
        yield from items.judged(tokens, sentence.text, "user", 0.0, "rude", chance, weight=0.5)


def calm(root: Path) -> list[str]:
    """Tweets that nobody found offensive. In documents they are harmless; there a question to an assistant, such as
    CLINC150's, is what an injection looks like."""
    return [each.text for each in shared_sets.tweets(root) if each.value < 0.4]


def everyday(root: Path, chance: random.Random, size: int) -> list[str]:
    """Questions to assistants and banks, and tweets that nobody found offensive."""
    found = [text for text, domain in shared_sets.clinc(root) if domain not in UNSEEN_DOMAINS]
    found += shared_sets.banking(root)
    found += calm(root) * 2
    return chance.sample(found, size)


def toxic(tokens: Taught, root: Path, seed: int) -> Iterator[Item]:
    """Tweets by their readers' judgement, self-written abuse and its harmless doubles, and everyday texts."""
    chance = random.Random(seed + 1)
    for each in shared_sets.tweets(root):
        if not kept_back(each.text):
            value, weight, share = toxicity.tweet(each)
            if chance.random() < share:
                yield from _toxic(tokens, each.text, value, "tweets", chance, weight)
    own = list(toxicity.sentences(seed, 10))
    counts = Counter(function for _, function in own)
    for sentence, function in own:
        weight = min(2.0, max(0.7, (250 / counts[function]) ** 0.5))
        yield from _toxic(tokens, sentence.text, sentence.value, function, chance, weight)
    social = [each.text for each in corpora(root) if not toxicity.rude(each.text) and "http" not in each.text]
    calm = everyday(root, chance, 4000) + social
    for passage in toxicity.passages(seed, 5400, calm):
        yield from _toxic(tokens, passage.text, passage.value, "passages", chance, 1.0)
    for text in chance.sample(social, 1800):
        yield from _toxic(tokens, text, 0.0, "tweets without rude words", chance, 0.5)
    harmless = [each.text for each in injections(seed + 7) if each.label == "harmless" and each.family not in KEPT_BACK]
    for text in (*chance.sample(harmless, 3500), *everyday(root, chance, 1500)):
        yield from _toxic(tokens, text, 0.0, "everyday", chance, 0.5)


def _toxic(
    tokens: Taught, text: str, value: float, family: str, chance: random.Random, weight: float
) -> Iterator[Item]:
    yield from items.judged(tokens, text, chance.choice(ANYONE), value, family, chance, toxicity=True, weight=weight)


def people(tokens: Taught, root: Path, seed: int, count: int) -> Iterator[Item]:
    """Self-made texts with tags, everyday sentences without, and half of the tweets with names: their labels differ
    from ours in what a name is."""
    chance = random.Random(seed + 2)
    around = [each for each in nameless(root) if not kept_back(each)]
    tweets = [each for each in corpora(root) if chance.random() < CORPORA]
    for each in (*tagged_texts(seed, count, around=around), *tweets):
        if not any(map(kept_back, each.source.split("+"))):
            yield from items.tagged(tokens, each.text, each.spans, each.source.partition(":")[0], chance)


def people_kept_back(root: Path, seed: int, count: int, words: Vocabulary | None = None) -> Iterator[Tagged]:
    """Those of ``count`` texts that are of kept-back templates, and as large a share of the kept-back sentences without
    tags; ``words`` are Faker's, too, unless they are given."""
    chance, around = random.Random(seed), [each for each in nameless(root, words) if kept_back(each)]
    for each in tagged_texts(seed, count, words, around):
        if chance.random() < 0.1 if each.source == "around" else all(map(kept_back, each.source.split("+"))):
            yield each


def nameless(root: Path, words: Vocabulary | None = None) -> tuple[str, ...]:
    """What people ask assistants and banks, tweets and documentation, as far as surely no personal data is in it."""
    texts = [text for text, domain in shared_sets.clinc(root) if domain not in UNSEEN_DOMAINS]
    texts += [*shared_sets.banking(root), *docstrings()]
    texts += [each.text for each in shared_sets.tweets(root) if each.value < 0.4]
    return without_names(texts, words or with_faker())


def corpora(root: Path) -> Iterator[Tagged]:
    """WNUT-17 and the Broad Twitter Corpus."""
    yield from read_wnut(root / "wnut17/wnut17train.conll")
    for name in "bfg":
        yield from read_btc(root / f"gum_btc/{name}.conll")


def meanings(tokens: Taught, root: Path, seed: int) -> Iterator[Item]:
    """Texts of which only the teacher's vector is taught."""
    chance = random.Random(seed + 3)
    for text in everyday(root, chance, 9000):
        yield from items.plain(tokens, text, "everyday", chance)


def everything(tokens: Taught, root: Path, seed: int, people_count: int, *, reserve: bool = True) -> list[Item]:
    """All items of one seed; ``vector`` numbers those whose teacher's vector is wanted, from 0.

    ``reserve``: those of callers' families, too, that the frozen sets hold; without them, these measure families that
    the encoder never saw.
    """
    found: list[Item] = []
    parts: Sequence[Iterable[Item]] = (injection(tokens, root, seed, reserve), toxic(tokens, root, seed),
                                       people(tokens, root, seed, people_count), meanings(tokens, root, seed))
    for part in parts:
        found.extend(part)
    chance, number = random.Random(seed + 4), 0
    for item in found:
        if len(item.rows) == 1 and ((item.head < 0 and not item.tags) or chance.random() < 0.1):
            item.vector = number
            number += 1
    return found
