"""How much the encoder finds in other languages through glossaries, and whether harmless text stays harmless.

``python -m benchmarks.glosses [--half held|develop|all] [--languages de,fr] [--levels]``. The texts of
``benchmarks/data/glosses`` were written before any glossary was scored; the six languages say the same, so that they
compare, and every second text is held back: words, rules and thresholds were chosen on the others. For each language it
prints how many attacks (by callers and in documents), harmless texts, abusive texts and their harmless doubles have a
finding at ``balanced``, without glosses (patterns, and the encoder where it knows the language) and with them.

``--levels`` derives the detectors' ``ENOUGH`` anew: what would be found if a gloss had to reach a given score of a
plain text's scale, and the lowest level at which glosses alone find something in few enough harmless texts (0.5 %).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from benchmarks.disguises import TOPIC
from evals.statistics.stats import wilson
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.policy import FLAG, Policy, Rule
from gateway.core.types import Channel, Context, Role, Segment
from gateway.core.windows import Answer, Ask, Partly, Readings
from gateway.detectors.answers import read_now
from gateway.detectors.encoder import SHIPPED, Seen
from gateway.detectors.glossary import LANGUAGES
from gateway.detectors.injection import head
from gateway.detectors.topic import TopicDetector
from gateway.guards.injection import InjectionParams

DATA = Path(__file__).parent / "data" / "glosses"
KINDS = {
    "attack": ("injection", "callers' attacks"), "harmless": ("injection", "callers' harmless texts"),
    "planted": ("injection", "planted in documents"), "clean": ("injection", "clean documents"),
    "abuse": ("toxicity", "abuse"), "double": ("toxicity", "harmless doubles"), "calm": ("toxicity", "harmless texts"),
    "topic": ("topic", "one denied topic of three"), "other": ("topic", "harmless texts, any of the three"),
}  # fmt: skip
"""By kind of a text the detector that is asked, and what the kind is called."""
ASKED = {
    ("attack", True): ("attack",), ("attack", False): ("planted",), ("abuse", True): ("abuse",),
    ("harmless", True): ("harmless", "calm", "other"), ("harmless", False): ("clean", "calm", "other"),
    ("double", True): ("double", "clean"), ("topic", True): ("topic",),
}  # fmt: skip
"""As what a row is judged, by its kind and whether a caller says it; doubles would be harmless in documents, too."""
HEADS = (
    ("injection_user", ("attack",), ("harmless",), 0.005), ("injection_outside", ("planted",), ("clean",), 0.005),
    ("toxicity", ("abuse",), ("double", "calm"), 0.005), ("topic", ("topic",), ("other",), 0.01),
)  # fmt: skip
"""Of each head the kinds in which something should be found, those in which nothing should, and the share of these in
which glosses may find something all the same; of topics there are three at once."""
TOPICS = TopicDetector()
BALANCED = 0.5
LEVELS = tuple(level / 20 for level in range(10, 20))
"""A gloss is never surer than a plain text, so none is below ``BALANCED``."""


class Text(NamedTuple):
    """One row: ``plain`` is the score of what the encoder reads as it is, ``gloss`` that of its gloss (0 without one).

    Both are on the scale of a plain text's scores. ``pattern``: patterns find something; ``found``: so does what ships.
    """

    language: str
    kind: str
    family: str
    half: str
    text: str
    pattern: bool
    plain: float
    gloss: float
    found: bool


def texts(languages: Sequence[str], half: str) -> Iterable[Text]:
    """The rows of ``languages`` as they are judged."""
    rule = Rule("injection", "injection", params=InjectionParams(model="off"), action=FLAG)
    plan = Plan.compile([Policy("bench", rules=(rule,))], "bench", guards())
    for language in languages:
        for line in (DATA / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if half in ("all", row["half"]):
                for kind in ASKED[row["kind"], row["role"] == "user"]:
                    if kind == "other" and "about" in row:  # a doctor's advice, a town council: on the topic
                        continue
                    yield _judged(plan, language, kind, row)


def _judged(plan: Plan, language: str, kind: str, row: dict[str, str]) -> Text:
    said = "document" if kind == "clean" and row["role"] == "user" else row["role"]
    role = next(each for each in get_args(Role) if each == said)
    text, detector = row["text"], KINDS[kind][0]
    ask = Ask(detector, 0, len(text), text, "", role, TOPIC if detector == "topic" else None)
    channel = Channel(role, (Segment("/t", role, text),))
    pattern = detector == "injection" and bool(Exchange(plan, Context("bench")).judge_input((channel,)).findings)
    meant = row["family"] if kind == "topic" else ""
    [seen] = SHIPPED.see([ask], "bench", worded=True)
    plain = _score(ask, seen, meant, [part.rows for part in seen.parts if part.known])
    gloss = _score(ask, seen, meant, [part.glossed for part in seen.parts if part.glossed is not None])
    readings = _readings(read_now([ask])[ask.question])
    found = pattern or any(each.score >= BALANCED and meant in ("", each.entity) for each in readings)
    return Text(language, kind, row["family"], row["half"], text, pattern, plain, gloss, found)


def _score(ask: Ask, seen: Seen, meant: str, parts: Sequence[slice]) -> float:
    """What ``parts`` of the rows score as plain text, at most; ``meant``: of this topic, of any where it is empty."""
    if ask.detector == "topic":
        found = [each for rows in parts for each in TOPICS.likenesses(TOPIC, seen, rows).items()]
        return max((TOPICS.known(TOPIC)[name].on(like) for name, like in found if meant in ("", name)), default=0.0)
    name = head(ask.role) if ask.detector == "injection" else "toxicity"
    curves = SHIPPED.calibration.scores
    column, curve = list(curves).index(name), curves[name]
    return max((curve(float(seen.scores[each, column].max())) for each in parts if seen.rows[each]), default=0.0)


def _readings(answer: Answer) -> Readings:
    return answer.readings if isinstance(answer, Partly) else answer if isinstance(answer, tuple) else ()


def _share(hits: Sequence[bool]) -> str:
    if not hits:
        return "–"
    low, high = wilson(sum(hits), len(hits))
    return f"{sum(hits)}/{len(hits)} {100 * sum(hits) / len(hits):.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def table(rows: Sequence[Text], languages: Sequence[str]) -> None:
    """What is found without and with glosses, by kind and language."""
    for kind, (detector, name) in KINDS.items():
        print(f"\n{detector}, {name}: without glosses | with them")
        for language in (*languages, "all"):
            ours = [each for each in rows if each.kind == kind and language in ("all", each.language)]
            before, after = [_before(each) for each in ours], [each.found for each in ours]
            print(f"  {language:4} {_share(before):28} | {_share(after)}")


def levels(rows: Sequence[Text]) -> None:
    """What would be found if a gloss had to reach each level, and the lowest with few enough harmless texts."""
    for name, bad, fine, most in HEADS:
        print(f"\n{name}: level, found, harmless texts in which glosses alone find something")
        chosen = 0.0
        for level in LEVELS:
            found = [_before(each) or each.gloss >= level for each in rows if each.kind in bad]
            false = [not _before(each) and each.gloss >= level for each in rows if each.kind in fine]
            print(f"  {level:.2f} {_share(found):30} {_share(false)}")
            if not chosen and sum(false) <= most * len(false):
                chosen = level
        print(f"  the lowest with at most {100 * most:g} % false: {chosen or 'none'}")


def _before(row: Text) -> bool:
    """Whether it has a finding without glosses."""
    return row.pattern or row.plain >= BALANCED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("held", "develop", "all"), default="held")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--levels", action="store_true", help="what glosses would have to reach")
    parser.add_argument("--show", default="", help="print the texts of this kind that are judged wrongly")
    arguments = parser.parse_args()
    languages = arguments.languages.split(",")
    rows = list(texts(languages, arguments.half))
    table(rows, languages)
    if arguments.levels:
        levels(rows)
    for each in rows:
        if each.kind == arguments.show and each.found is not (each.kind in ("attack", "abuse")):
            print(f"{each.language} {each.family:12} {each.plain:.2f} {each.gloss:.2f} {each.text}")


if __name__ == "__main__":
    main()
