"""Presidio's AnalyzerEngine as a process that answers over its pipes: run as ``python -m`` this, by ``presidio.py``.

Nothing here may reach the network, so sockets are closed to it, tldextract keeps to the list that it brings along, and
spaCy runs blank: a model would be downloaded. Names and places are thus not Presidio's to find; the encoder has them.
A message is its length in four bytes and JSON.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from typing import Any, BinaryIO, NoReturn

LENGTH = struct.Struct("!I")
READY = b'"ready"'


def analyzer() -> Any:
    """An AnalyzerEngine with all recognizers that Presidio switches on for English."""
    os.environ["REGEX_TIMEOUT_SECONDS"] = "1"  # it is 60, and read when Presidio is imported
    import spacy
    import tldextract.tldextract as suffixes
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    suffixes.TLD_EXTRACTOR = suffixes.TLDExtract(suffix_list_urls=(), cache_dir=None)
    if not Language.has_factory("wardgate_lemmas"):
        Language.component("wardgate_lemmas", func=_lemmas)
    nlp = spacy.blank("en")
    nlp.add_pipe("wardgate_lemmas")
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": nlp}
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def _lemmas(document: Any) -> Any:
    """Words as they stand: Presidio looks for words of context among the lemmas, and a blank spaCy has none."""
    for token in document:
        token.lemma_ = token.lower_
    return document


def recognizers(wanted: list[dict[str, Any]]) -> list[Any]:
    """A policy's own, as Presidio's."""
    from presidio_analyzer import Pattern, PatternRecognizer

    out = []
    for each in wanted:
        patterns = [Pattern(one["name"], one["regex"], one["score"]) for one in each["patterns"]]
        context, words = each["context"], each["deny_list"]
        if patterns:
            out.append(PatternRecognizer(each["entity"], name=each["name"], patterns=patterns, context=context))
        if words:
            out.append(PatternRecognizer(each["entity"], name=f"{each['name']} (deny list)", deny_list=words,
                                         deny_list_score=each["deny_list_score"], context=context))
    return out


def analyze(engine: Any, text: str, own: list[Any]) -> list[tuple[int, int, float, str]]:
    """What Presidio finds, but for the domains that it reports as links inside e-mail addresses."""
    found = engine.analyze(text, "en", ad_hoc_recognizers=own)
    mails = [(each.start, each.end) for each in found if each.entity_type == "EMAIL_ADDRESS"]
    return [
        (each.start, each.end, min(1.0, max(0.0, float(each.score))), each.entity_type) for each in found
        if each.entity_type != "URL" or not any(start <= each.start and each.end <= end for start, end in mails)
    ]


def receive(stream: BinaryIO) -> bytes | None:
    """One message, or None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    body = stream.read(size)
    return body if len(body) == size else None


def send(stream: BinaryIO, body: bytes) -> None:
    """One message."""
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def serve(engine: Any, source: BinaryIO, target: BinaryIO) -> None:
    """Answer until the other side is gone: texts and recognizers in, lists of findings out, null for a failed one."""
    own: dict[str, list[Any]] = {}
    analyze(engine, "Call +44 20 7946 0958 or write to jo@example.com.", [])  # number plans and lists load by it
    send(target, READY)
    while (message := receive(source)) is not None:
        answers: list[Any] = []
        for text, wanted in json.loads(message):
            key = json.dumps(wanted)
            try:
                if key not in own:
                    own[key] = recognizers(wanted)
                answers.append(analyze(engine, text, own[key]))
            except Exception:  # noqa: BLE001 - whatever a recognizer raises, the others' texts are still answered
                answers.append(None)
        send(target, json.dumps(answers).encode())


def _no_network(*_: object, **__: object) -> NoReturn:
    raise OSError("Presidio's process has no network")


def main() -> None:
    """What Presidio and its libraries print goes nowhere: it could hold users' text."""
    target = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    socket.socket.connect = _no_network  # type: ignore[method-assign]
    serve(analyzer(), sys.stdin.buffer, target)


if __name__ == "__main__":
    main()
