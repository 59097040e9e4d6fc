"""What is scored without a model, as items: predictions, likelihoods, and rankings with their judgements."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.metrics import claims
from evals.metrics.registry import Item, Metric, Use
from evals.scoring.file_lines import Line, columns, rows, shown
from gateway.errors import ConfigError

RUN_COLUMNS = ("query", "Q0", "document", "rank", "score", "tag")
QRELS_COLUMNS = ("query", "0", "document", "grade")
_FIELDS = {"answer": "references"}
"""What a row calls a reference, where it is another name."""


@dataclass(frozen=True, slots=True)
class Queries:
    """How many queries were scored, and how many of either file the other one knows nothing of."""

    scored: int
    without_results: int
    without_judgements: int


def predictions(path: str, metrics: Sequence[Metric]) -> Iterator[Item]:
    """Items of a JSON Lines file with ``prediction`` and what ``metrics`` need; raises ConfigError."""
    for line in rows(path):
        text = line.text("prediction")
        reference = {need: _reference(line, need) for need in _wanted(line, metrics, (
            "answer", "choices", "gold", "claims", "source", "answerable", "prices"))}
        _check_gold(line, reference)
        yield Item(_name(line, "id"), _name(line, "cluster"), line.row, reference, text=text, use=_use(line),
                   confidence=line.number("confidence", 0, 1))


def likelihoods(path: str, metrics: Sequence[Metric]) -> Iterator[Item]:
    """Items of a JSON Lines file with ``logprobs``: of a text's tokens, or of each of ``choices``."""
    for line in rows(path):
        needs = ("text", "choices", "gold", "mc1_choices", "unigram_logprobs", "alone_logprobs")
        reference = {need: _reference(line, need) for need in _wanted(line, metrics, needs)}
        choices = reference.get("choices")
        tokens: tuple[float, ...] = ()
        options: tuple[float, ...] = ()
        if isinstance(choices, tuple):
            options = _options(line, len(choices))
            _check_gold(line, reference)
        else:
            tokens = line.numbers("logprobs")
            if not tokens:
                raise line.error("holds no number", "logprobs", "leave the row out: it has no token to score")
            _check_unigrams(line, reference, len(tokens))
        yield Item(_name(line, "id"), _name(line, "cluster"), line.row, reference, logprobs=tokens, likelihoods=options)


def _wanted(line: Line, metrics: Sequence[Metric], known: Sequence[str]) -> list[str]:
    """The references that the row has or must have."""
    needed = {need for metric in metrics for need in metric.needs}
    if all(metric.name == "token_perplexity" or "text" not in metric.needs for metric in metrics):
        needed.discard("text")  # tokens are counted without the text
    return [need for need in known if need in needed or line.has(_FIELDS.get(need, need))]


def _reference(line: Line, need: str) -> object:
    if need == "answer":
        one = "references" if line.has("references") or not line.has("reference") else "reference"
        return line.texts(one)
    return _READERS[need](line, need)


def _answerable(line: Line, name: str) -> bool:
    found = line.row.get(name)
    if not isinstance(found, bool):
        raise line.error("is neither true nor false", name, "write true or false")
    return found


def _labels(line: Line, name: str) -> tuple[str, ...]:
    found = line.row.get(name)
    labels = () if found == [] else line.texts(name)
    for each in labels:
        try:
            claims.label(each)
        except ValueError:
            raise line.error("holds what is no label of a claim", name,
                             "write supported, neutral or contradicted") from None
    return labels


def _gold(line: Line, name: str) -> tuple[int, ...]:
    found = line.row.get(name)
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(each, int) and not isinstance(each, bool) for each in listed):
        raise line.error("is missing" if found is None else "is not the index of an option", name,
                         "write an index from 0, or a list of them")
    return tuple(listed)


def _prices(line: Line, name: str) -> dict[str, float]:
    found = line.row.get(name)
    inner = Line(found if isinstance(found, dict) else {}, line.file, line.at)
    prices = {kind: inner.number(kind, 0) for kind in ("prompt", "completion")}
    if None in prices.values():
        raise line.error("needs `prompt` and `completion`", name, "write prices for a million tokens")
    return {kind: price for kind, price in prices.items() if price is not None}


def _first_choices(line: Line, name: str) -> int:
    found = line.number(name, 1)
    if found is None or not found.is_integer():
        raise line.error("is not a count of options", name, "write how many of the choices are mc1's")
    return int(found)


_READERS: dict[str, Callable[[Line, str], object]] = {
    "choices": Line.texts, "gold": _gold, "claims": _labels, "source": Line.text, "answerable": _answerable,
    "prices": _prices, "text": Line.text, "mc1_choices": _first_choices, "unigram_logprobs": Line.numbers,
    "alone_logprobs": Line.numbers,
}


def _check_gold(line: Line, reference: dict[str, object]) -> None:
    choices, gold = reference.get("choices"), reference.get("gold")
    if isinstance(choices, tuple) and isinstance(gold, tuple) and not all(0 <= each < len(choices) for each in gold):
        raise line.error("is not the index of an option", "gold", f"there are {len(choices)}, counted from 0")
    first = reference.get("mc1_choices")
    if isinstance(choices, tuple) and isinstance(first, int) and first > len(choices):
        raise line.error("is more than there are options", "mc1_choices", f"there are {len(choices)}")


def _check_unigrams(line: Line, reference: dict[str, object], tokens: int) -> None:
    usual = reference.get("unigram_logprobs")
    if isinstance(usual, tuple) and len(usual) != tokens:
        raise line.error("does not have one number for each token", "unigram_logprobs", f"`logprobs` has {tokens}")


def _options(line: Line, count: int) -> tuple[float, ...]:
    """The log-likelihood of each option: a number, or the list of its tokens' to be summed."""
    found = line.row.get("logprobs")
    if not isinstance(found, list) or len(found) != count or None in found:
        raise line.error("does not have one entry for each of `choices`", "logprobs",
                         "write a number, or a list of tokens' logprobs, for each")
    if not any(isinstance(each, list) for each in found):
        return line.numbers("logprobs")
    return tuple(_summed(line, f"logprobs.{place}", each if isinstance(each, list) else [each])
                 for place, each in enumerate(found))


def _summed(line: Line, name: str, tokens: list[object]) -> float:
    numbers = line.numbers(name, tokens)
    if not numbers:
        raise line.error("holds no number", name, "leave the row out: the option has no token to score")
    return sum(numbers)


def _name(line: Line, field: str) -> str:
    found = line.row.get(field)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        raise line.error("is neither a text nor a whole number", field, "write a name")
    return str(found)


def _use(line: Line) -> Use:
    return Use(line.number("seconds", 0), line.number("first_token_seconds", 0), _tokens(line, "prompt_tokens"),
               _tokens(line, "completion_tokens"), line.number("cost", 0))


def _tokens(line: Line, name: str) -> int | None:
    found = line.number(name, 0)
    if found is not None and not found.is_integer():
        raise line.error("is not a whole number", name, "write how many tokens it had")
    return None if found is None else int(found)


def rankings(run: str, qrels: str, *, all_queries: bool = False) -> tuple[list[Item], Queries]:
    """An item for each query that both files know, in the order of the judgements; raises ConfigError.

    ``all_queries``: queries without results count, too, as trec_eval's ``-c`` has it.
    """
    graded: dict[str, dict[str, int]] = {}
    for number, (query, _, document, grade) in columns(qrels, QRELS_COLUMNS):
        judged = graded.setdefault(query, {})
        _check_once(judged, document, qrels, number)
        judged[document] = _grade(grade, qrels, number)
    ranked: dict[str, dict[str, float]] = {}
    for number, (query, _, document, _, score, _) in columns(run, RUN_COLUMNS):
        found = ranked.setdefault(query, {})
        _check_once(found, document, run, number)
        found[document] = _score(score, run, number)
    scored = [query for query in graded if all_queries or query in ranked]
    if not scored or not ranked:
        raise ConfigError("has no query in common with the judgements", file=shown(run),
                          cure=f"compare the first column with that of {shown(qrels)}")
    items = [Item(query, query, {}, {"relevant": graded[query]}, ranking=tuple(ranked.get(query, {}).items()))
             for query in scored]
    return items, Queries(len(scored), len(graded.keys() - ranked.keys()), len(ranked.keys() - graded.keys()))


def _check_once(known: dict[str, int] | dict[str, float], document: str, path: str, number: int) -> None:
    if document in known:
        raise ConfigError("names a document that this query has had", file=shown(path), line=number, field="document",
                          cure="keep one line for each query and document")


def _grade(text: str, path: str, number: int) -> int:
    try:
        return int(text.replace("_", "?"))  # Python would read 1_0 as 10
    except ValueError:
        raise ConfigError("is not a whole number", file=shown(path), line=number, field="grade",
                          cure="write 0, 1, 2 …") from None


def _score(text: str, path: str, number: int) -> float:
    try:
        score = float(text.replace("_", "?"))
    except ValueError:
        score = math.nan
    if math.isnan(score):
        raise ConfigError("is not a number", file=shown(path), line=number, field="score",
                          cure="write a decimal number")
    return score
