"""Claims that people have labelled, to be put to a judge: what comes back says how far its labels are people's.

Two forms: JSON Lines with ``id``, ``human``, ``claim`` and, where there are any, ``answer`` and ``source``; and the
files of RefChecker's human evaluation (Hu et al. 2024; ``*_answers.json``), whose claims are triplets. RefChecker's
files come without the passages, so a judge has to know: they show whether the plumbing works and what a judge fails to
say, and less how well it compares texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.judges.judgements import JUDGED, Tally, about, read
from evals.judges.kinds import KINDS
from evals.loading import data_file
from evals.loading.data_file import Line
from evals.loading.suite import Suite
from evals.metrics.claims import label
from evals.run.plan import Ask
from evals.run.reply import Reply
from evals.run.targets import Target
from evals.verdicts.agreement import Rating
from gateway.errors import ConfigError

_KIND = KINDS["claim"]
_NO_SUITE = Suite("agree", "1", "", (), (), ())


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, what people said of it, and what it shares with others: the answer that it comes from."""

    id: str
    human: str
    claim: str
    answer: str = ""
    source: str = ""
    cluster: str = ""


def from_lines(path: Path, cluster: str = "") -> tuple[Claim, ...]:
    """The claims of a JSON Lines file; raises ConfigError naming line and field."""
    return tuple(_claim(line, cluster) for line in data_file.read(path))


def _claim(line: Line, cluster: str) -> Claim:
    try:
        human = label(line.text("human"))
    except ValueError:
        raise line.error("is no label of a claim", "human", "write supported, neutral or contradicted") from None
    answer, source = (line.text(name) if name in line.row else "" for name in ("answer", "source"))
    return Claim(line.text("id"), human, line.text("claim"), answer, source, line.text(cluster) if cluster else "")


def from_refchecker(path: Path) -> tuple[Claim, ...]:
    """The claims of a ``*_answers.json``, or of all in a folder; raises ConfigError."""
    files = sorted(path.glob("*_answers.json")) if path.is_dir() else [path]
    out = [claim for file in files for claim in _of_file(file)]
    if not out:
        raise ConfigError("holds no labelled claim", file=str(path),
                          cure="name RefChecker's *_answers.json, or their folder")
    return tuple(out)


def _of_file(file: Path) -> Iterator[Claim]:
    try:
        answers = json.loads(file.read_bytes())
        for answer in answers:
            name = f"{file.stem} {answer['id']}"
            claims = next((value for key, value in answer.items() if key.endswith("_response_kg")), None) or ()
            for at, claim in enumerate(claims):
                if claim.get("human_label"):
                    yield Claim(f"{name} {at}", label(claim["human_label"]), " ".join(map(str, claim["triplet"])),
                                str(answer["response"]), cluster=name)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(file), cure="check its path") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError("is not one of RefChecker's", file=str(file),
                          cure="its files hold answers with their labelled claims") from None


def asks(claims: Sequence[Claim], judge: Target) -> dict[str, Ask]:
    """What the judge is asked, by the claim's id; equal claims share a key."""
    return {each.id: about(_KIND, judge, _NO_SUITE, each.id, {
        "answer": each.answer, "claim": each.claim, "source": each.source}) for each in claims}


def ratings(claims: Sequence[Claim], asked: Mapping[str, Ask],
            replies: Mapping[str, Reply]) -> tuple[tuple[Rating, ...], Tally]:
    """Both labels of every claim, and what came of the questions; a judge that gave none has none."""
    out, tally = [], Tally()
    for each in claims:
        found = read(_KIND, replies.get(asked[each.id].key))
        tally.add(found)
        out.append(Rating(each.id, each.human, found.value if found.state == JUDGED else None, each.cluster))
    return tuple(out), tally
