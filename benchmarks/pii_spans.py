"""Personal data in running text with tagged spans: the guard, with and without the encoder, and Presidio beside it.

Run ``python -m benchmarks.pii_spans FILE [--presidio] [--threshold 0.5]``. FILE is JSON as presidio-research writes it:
 a list of ``{"full_text", "spans": [{"start_position", "end_position", "entity_type"}]}``. A token (a run of
letters and digits) counts as found when a finding covers it, whatever its type; a span when a finding of any type
(typed: of its type, by ``SAME``) shares half of their union with it. F2 weighs recall twice.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.pii_values import Span, guard_look, presidio_look
from gateway.core.windows import Ask, passages
from gateway.detectors.api import detectors

SAME = {
    "STREET_ADDRESS": "ADDRESS", "ZIP_CODE": "ADDRESS", "GPE": "LOCATION", "DOMAIN_NAME": "URL", "PREFIX": "TITLE",
    "DATE_OF_BIRTH": "DATE_TIME", "UK_POSTCODE": "ADDRESS", "CA_POSTAL_CODE": "ADDRESS",
}
"""The label map: what is taken for the same entity, in the file and in what is found."""
PLACES = frozenset({"ADDRESS", "LOCATION"})
"""An address holds places, and files differ in where one ends: each may be found as the other."""
_TOKEN = re.compile(r"\w+")


def encoder_look(threshold: float) -> Callable[[str], Iterable[Span]]:
    """The guard's patterns and the encoder's tags, as a rule with both finds them."""
    patterns, tags = guard_look(threshold), detectors()["pii"]

    def look(text: str) -> Iterable[Span]:
        found = list(patterns(text))
        windows = list(passages(text))
        asks = [Ask("pii", each.start, each.end, each.text, each.before, "user") for each in windows]
        for window, answer in zip(windows, tags.read(asks), strict=True):
            if isinstance(answer, tuple):
                found += [(window.start + each.start, window.start + each.end, each.entity) for each in answer
                          if each.score >= threshold]
        return found

    return look


def _kind(entity: str) -> str:
    return SAME.get(entity, entity)


def _shares_half(one: Span, other: Span) -> bool:
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both > 0 and both >= 0.5 * (max(one[1], other[1]) - min(one[0], other[0]))


def _alike(one: Span, other: Span) -> bool:
    left, right = _kind(one[2]), _kind(other[2])
    return left == right or {left, right} <= PLACES


def measure(look: Callable[[str], Iterable[Span]], rows: list[tuple[str, list[Span]]]) -> dict[str, float]:
    """Token and span figures over ``rows``."""
    count = Counter[str]()
    for text, wanted in rows:
        found = _merged(look(text))
        for token in _TOKEN.finditer(text):
            real = any(start < token.end() and token.start() < end for start, end, _ in wanted)
            seen = any(start < token.end() and token.start() < end for start, end, _ in found)
            count[f"token {real} {seen}"] += 1
        for typed in ("any", "typed"):
            fits = _shares_half if typed == "any" else lambda one, other: _shares_half(one, other) and _alike(one,
                                                                                                              other)
            count[f"{typed} hit"] += sum(any(fits(one, other) for other in found) for one in wanted)
            count[f"{typed} right"] += sum(any(fits(one, other) for other in wanted) for one in found)
        count["wanted"] += len(wanted)
        count["found"] += len(found)
    out = {
        "token recall": count["token True True"] / max(1, count["token True True"] + count["token True False"]),
        "token precision": count["token True True"] / max(1, count["token True True"] + count["token False True"]),
    }
    for typed in ("any", "typed"):
        recall, precision = count[f"{typed} hit"] / max(1, count["wanted"]), count[f"{typed} right"] / max(1,
                                                                                                           count["found"])
        out |= {f"span recall, {typed}": recall, f"span precision, {typed}": precision,
                f"span F2, {typed}": 5 * precision * recall / max(1e-9, 4 * precision + recall)}
    return out


def _merged(found: Iterable[Span]) -> list[Span]:
    """Overlapping findings are one: the longest."""
    out: list[Span] = []
    for each in sorted(set(found), key=lambda span: (span[0] - span[1], span[0])):
        if not any(each[0] < end and start < each[1] for start, end, _ in out):
            out.append(each)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--limit", type=int, default=0, help="so many texts only")
    parser.add_argument("--presidio", action="store_true", help="ask Presidio, too")
    options = parser.parse_args()
    data = json.loads(options.file.read_text())[: options.limit or None]
    rows = [(each["full_text"], [(span["start_position"], span["end_position"], span["entity_type"])
                                 for span in each["spans"]]) for each in data]
    looks = {"patterns": guard_look(options.threshold), "with encoder": encoder_look(options.threshold)}
    if options.presidio:
        looks["presidio"] = presidio_look()
    print(f"{len(rows)} texts, {sum(len(spans) for _, spans in rows)} spans, threshold {options.threshold}")
    for name, look in looks.items():
        begun = time.thread_time()
        figures = measure(look, rows)
        spent = (time.thread_time() - begun) / len(rows) * 1000
        print(f"{name:13} {spent:6.2f} ms of CPU a text: " + ", ".join(f"{key} {value:.3f}" for key,
                                                                       value in figures.items()))


if __name__ == "__main__":
    main()
