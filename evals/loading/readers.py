"""What public data sets look like, as files and as rows of the hub, and the rows that our suites are written for.

One function a form: it takes upstream's records and gives rows with the names that the suite's template uses. A record
that is not as upstream publishes it raises KeyError, IndexError, TypeError or ValueError; whoever calls names the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
Row = dict[str, Any]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPTION = re.compile(r"\A\(([A-Z])\)\s*")
_HEADING = re.compile(r"(?m)^ = (?!=)(.+?) = ?$\n?")


@dataclass(frozen=True, slots=True)
class Reader:
    """``file``: records of one file; ``row``: a record as a row; ``hub``: a record of the hub, where that differs."""

    file: Callable[[Path], Iterable[Record]]
    row: Callable[[Record], Row]
    hub: Callable[[Record], Row] | None = None


def lettered(options: Iterable[str]) -> str:
    """Options as they are shown: one a line, with its letter."""
    return "\n".join(f"({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def _chosen(question: str, options: list[str], gold: int, **more: Any) -> Row:
    if not 0 <= gold < len(options) or len(options) < 2:
        raise ValueError("the right option is none of them")
    return {"question": question, "options": options, "shown": lettered(options), "gold": gold,
            "answer": f"({LETTERS[gold]})", **more}


def lines(path: Path) -> Iterator[Record]:
    """JSON Lines."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _array(path: Path) -> Iterator[Record]:
    """A JSON array, or JSON Lines that call themselves .json."""
    text = path.read_text(encoding="utf-8")
    yield from json.loads(text) if text.lstrip().startswith("[") else map(json.loads, text.strip().splitlines())


def _table(path: Path) -> Iterator[Record]:
    yield from csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))


def _squad_file(path: Path) -> Iterator[Record]:
    for article in json.loads(path.read_bytes())["data"]:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                yield {"id": asked["id"], "title": article.get("title", ""), "context": paragraph["context"],
                       "question": asked["question"], "answers": {"text": [each["text"] for each in asked["answers"]]}}


def _squad(found: Record) -> Row:
    answers = list(dict.fromkeys(found["answers"]["text"]))
    if not answers:
        raise ValueError("has no answer")
    return {"id": str(found["id"]), "title": found.get("title", ""), "passage": found["context"],
            "question": found["question"], "answers": answers}


def _articles(path: Path) -> Iterator[Record]:
    """WikiText's one text cut at its headings of the first level."""
    text = path.read_text(encoding="utf-8")
    starts = [match.start() for match in _HEADING.finditer(text)]
    for at, start in enumerate(starts):
        end = starts[at + 1] if at + 1 < len(starts) else len(text)
        yield {"page": text[start:end].strip()}


def _page(found: Record) -> Row:
    text = found["page"]
    return {"text": text, "title": text.split("\n")[0].strip(" =")}


def _gsm8k(found: Record) -> Row:
    worked, mark, final = found["answer"].rpartition("####")
    if not mark:
        raise ValueError("has no figure behind ####")
    return {"question": found["question"], "worked": worked.strip(), "answer": final.strip()}


def _bbh_file(path: Path) -> Iterator[Record]:
    beside = path.with_suffix(".txt")
    shots = beside.read_text(encoding="utf-8").partition("-----\n")[2].strip() if beside.exists() else ""
    for each in json.loads(path.read_bytes())["examples"]:
        yield {**each, "task": path.stem, "shots": shots}


def _bbh(found: Record) -> Row:
    return {"task": found.get("task", "bbh"), "shots": found.get("shots", ""), "question": found["input"],
            "answer": found["target"]}


def _agieval_file(path: Path) -> Iterator[Record]:
    yield from ({**each, "exam": path.stem} for each in lines(path))


def _agieval(found: Record) -> Row:
    options = [_OPTION.sub("", option) for option in found["options"]]
    passage = found.get("passage") or ""
    return _chosen(found["question"], options, LETTERS.index(found["label"]), exam=found.get("exam", "agieval"),
                   passage=f"{passage}\n\n" if passage else "", about=passage or found["question"])


def _agieval_hub(found: Record) -> Row:
    """The hub's form has the whole question in one text, and the options behind it."""
    return _chosen(found["query"].rpartition("Answer Choices:")[0].strip() or found["query"],
                   [_OPTION.sub("", option) for option in found["choices"]], int(found["gold"][0]), exam="agieval",
                   passage="", about=found["query"])


def _mmlu_file(path: Path) -> Iterator[Record]:
    for question, *options, answer in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
        yield {"question": question, "choices": options, "answer": LETTERS.index(answer),
               "subject": path.stem.removesuffix("_test").removesuffix("_val").removesuffix("_dev")}


def _mmlu(found: Record) -> Row:
    return _chosen(found["question"], list(found["choices"]), int(found["answer"]), subject=found["subject"])


def _hellaswag(found: Record) -> Row:
    return _chosen(found["ctx"], list(found["endings"]), int(found["label"]), about=found.get("activity_label", ""))


def _piqa_file(path: Path) -> Iterator[Record]:
    labels = path.with_name(f"{path.stem}-labels.lst").read_text(encoding="utf-8").split()
    yield from ({**found, "label": label} for found, label in zip(lines(path), labels, strict=True))


def _piqa(found: Record) -> Row:
    return _chosen(found["goal"], [found["sol1"], found["sol2"]], int(found["label"]))


def _commonsense_file(path: Path) -> Iterator[Record]:
    for found in lines(path):
        choices = found["question"]["choices"]
        yield {"question": found["question"]["stem"], "answerKey": found["answerKey"],
               "choices": {key: [each[key] for each in choices] for key in ("label", "text")}}


def _commonsense(found: Record) -> Row:
    choices = found["choices"]
    return _chosen(found["question"], list(choices["text"]), list(choices["label"]).index(found["answerKey"]))


def _truth_file(path: Path) -> Iterator[Record]:
    for found in json.loads(path.read_bytes()):
        yield {"question": found["question"], **{
            name: {"choices": list(found[name]), "labels": list(found[name].values())}
            for name in ("mc1_targets", "mc2_targets")}}


def _truth(found: Record) -> Row:
    """The options of mc1, then those of mc2; ``gold`` are the true ones of both."""
    first, second = found["mc1_targets"], found["mc2_targets"]
    options, labels = [*first["choices"], *second["choices"]], [*first["labels"], *second["labels"]]
    return {"question": found["question"], "options": options, "mc1_choices": len(first["choices"]),
            "gold": [at for at, label in enumerate(labels) if label]}


def _truth_table(found: Record) -> Row:
    right = [each.strip() for each in found["Correct Answers"].split(";") if each.strip()]
    return {"question": found["Question"], "best": found["Best Answer"], "answers": right,
            "category": found["Category"]}


def _truth_hub(found: Record) -> Row:
    return {"question": found["question"], "best": found["best_answer"], "answers": list(found["correct_answers"]),
            "category": found["category"]}


def _halueval(found: Record) -> Row:
    said = {"yes": 0, "no": 1}[str(found.get("hallucination", found.get("hallucination_label"))).strip().lower()]
    return {"question": found["user_query"], "response": found["chatgpt_response"], "options": ["Yes", "No"],
            "gold": said, "kind": ("hallucinated", "sound")[said]}


def _summary(text: str, summary: str) -> Callable[[Record], Row]:
    return lambda found: {"text": found[text], "summary": found[summary]}


def _pairs(path: Path) -> Iterator[Record]:
    """A text of source lines, and beside it the same name with .ref for .src."""
    source, reference = (each.read_text(encoding="utf-8").splitlines() for each in (path, path.with_suffix(".ref")))
    yield from ({"source": one, "reference": other} for one, other in zip(source, reference, strict=True))


def _translation(found: Record) -> Row:
    return {"source": found["translation"]["de"], "reference": found["translation"]["en"]}


def _beir_file(path: Path) -> Iterator[Record]:
    """BEIR's queries.jsonl with the judgements of qrels/test.tsv (MS MARCO: dev.tsv); unjudged queries are left out."""
    judged: dict[str, dict[str, int]] = {}
    names = [path.parent / "qrels" / name for name in ("test.tsv", "dev.tsv")]
    qrels = next((each for each in names if each.exists()), names[0])
    for each in csv.DictReader(io.StringIO(qrels.read_text(encoding="utf-8")), delimiter="\t"):
        if int(each["score"]) > 0:
            judged.setdefault(each["query-id"], {})[each["corpus-id"]] = int(each["score"])
    for query in lines(path):
        if query["_id"] in judged:
            yield {"id": query["_id"], "query": query["text"], "relevant": judged[query["_id"]]}


def _same(found: Record) -> Row:
    return dict(found)


READERS: Mapping[str, Reader] = {
    "squad": Reader(_squad_file, _squad), "wikitext": Reader(_articles, _page), "gsm8k": Reader(lines, _gsm8k),
    "bbh": Reader(_bbh_file, _bbh), "agieval": Reader(_agieval_file, _agieval, _agieval_hub),
    "mmlu": Reader(_mmlu_file, _mmlu), "hellaswag": Reader(lines, _hellaswag), "piqa": Reader(_piqa_file, _piqa),
    "commonsense": Reader(_commonsense_file, _commonsense), "truthfulqa-mc": Reader(_truth_file, _truth),
    "truthfulqa": Reader(_table, _truth_table, _truth_hub), "halueval": Reader(_array, _halueval),
    "cnn-dailymail": Reader(lines, _summary("article", "highlights")),
    "xsum": Reader(lines, _summary("document", "summary")), "wmt": Reader(_pairs, _same, _translation),
    "beir": Reader(_beir_file, _same),
}
