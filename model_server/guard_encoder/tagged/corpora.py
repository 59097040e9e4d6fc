"""Reads two open corpora of people's own posts, with their labels under this project's names.

BTC, the Broad Twitter Corpus (Derczynski et al. 2016, CC BY 4.0), and WNUT-17 (Derczynski et al. 2017, CC BY 4.0),
both as CoNLL files: a word, a tab and its label a line, an empty line between texts. Neither is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_server.guard_encoder.tagged.example import Span, Tagged

BTC = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
WNUT = {"person": "PERSON", "location": "LOCATION", "corporation": "ORGANIZATION", "group": "ORGANIZATION"}
"""Products and creative works are nobody's personal data: hard negatives."""
_TIGHT_BEFORE = frozenset(".,!?;:%)]}'’…") | {"n't", "'s", "'m", "'re", "'ve", "'ll", "'d", "’s"}
_TIGHT_AFTER = frozenset("([{#$£€@")


def read_btc(path: Path) -> Iterator[Tagged]:
    """Texts of one of BTC's files. Raises ``ValueError`` with file and line for a label it does not know."""
    return _read(path, BTC)


def read_wnut(path: Path) -> Iterator[Tagged]:
    """Texts of one of WNUT-17's files. Raises ``ValueError`` with file and line for a label it does not know."""
    return _read(path, {**WNUT, "product": "", "creative-work": ""})


def _read(path: Path, names: dict[str, str]) -> Iterator[Tagged]:
    words: list[tuple[str, str]] = []
    for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], 1):
        word, _, label = (each.strip() for each in line.strip().partition("\t"))
        if word:
            kind = label[2:] if label[:2] in ("B-", "I-") else ""
            if kind and kind not in names:
                raise ValueError(f"{path}:{number}: unknown label {label!r}; known are {', '.join(names)}")
            words.append((word, label))
        elif words:
            yield _tagged(words, names, f"{path.stem}:{number}")
            words = []


def _tagged(words: list[tuple[str, str]], names: dict[str, str], source: str) -> Tagged:
    """The words as a text: blanks between them, save at the marks and endings that people write without."""
    text, spans, glued = "", list[Span](), True
    for word, label in words:
        if not (glued or word in _TIGHT_BEFORE):
            text += " "
        entity = names[label[2:]] if label[:2] in ("B-", "I-") else ""
        if entity and label.startswith("I-") and spans and spans[-1][2] == entity and not text[spans[-1][1] :].strip():
            spans[-1] = (spans[-1][0], len(text) + len(word), entity)
        elif entity:
            spans.append((len(text), len(text) + len(word), entity))
        text += word
        glued = word in _TIGHT_AFTER
    return Tagged(text, tuple(spans), source)
