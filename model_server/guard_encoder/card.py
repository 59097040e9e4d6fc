"""Writes the model card from the scores of the runs, so that no figure in it was typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model_server.guard_encoder.people import ALIKE, LABELS

HEADS = (
    ("injection_user", "Injection by the caller", ("hard", "benign"),
     "attacks of 14 families by another author than the training's"),
    ("injection_outside", "Injection in documents", ("hard", "clean"),
     "122 injections written by hand, each in three carriers"),
    ("toxicity", "Toxicity", ("functional", "benign"), "functional test sentences, written by hand"),
)
HEAD = Path(__file__).with_name("card.md")
"""What is said of the model besides figures: use, sources, licences, gaps."""


_ROWS = {"words": "words (type ignored)", "any": "spans (type ignored)", "typed": "spans (type the same)",
         "any_merged": "spans, parts of an address as one (type ignored)",
         "typed_merged": "spans, parts of an address as one (type the same)"}


def _share(entry: Mapping[str, Any]) -> str:
    low, high = entry["interval"]
    return f"{100 * entry['value']:.1f} % [{100 * low:.1f}, {100 * high:.1f}], n = {entry['n'][0]:,}"


def _auc(entry: Mapping[str, Any]) -> str:
    low, high = entry["interval"]
    return f"{entry['value']:.3f} [{low:.3f}, {high:.3f}]"


def _head(scores: Mapping[str, Any], sets: Sequence[str]) -> list[str]:
    lines = ["| Measure | Shipped [95 % interval] |", "|---|---|"]
    for level in ("low", "balanced", "high"):
        lines.append(f"| Recall, `{level}` | {_share(scores[f'recall_{level}'])} |")
    lines.append(f"| Macro recall over families, `balanced` | {100 * scores['macro_recall_balanced']:.1f} % |")
    for name in sets:
        lines.append(f"| AUC against {name} | {_auc(scores[f'auc_against_{name}'])} |")
        lines.append(f"| Recall at 1 % of {name} | {_share(scores[f'recall_at_1_percent_of_{name}'])} |")
        for level in ("low", "balanced", "high"):
            wrong = scores[f"false_positives_{name}_{level}"]
            lines.append(f"| False positives, {name}, `{level}` | {_share(wrong)} |")
    worst = sorted(scores["recall_by_family"].items(), key=lambda item: item[1][0] / item[1][1])
    families = ", ".join(f"{name} {hits}/{n}" for name, (hits, n) in worst)
    return [*lines, "", f"Found by family (balanced), the hardest first: {families}.", ""]


def _people(scores: Mapping[str, Any]) -> list[str]:
    lines = ["| Entity | Recall | Precision | F2 | n |", "|---|---|---|---|---|"]
    for name, row in scores.items():
        label = _ROWS.get(name, name)
        lines.append(f"| {label} | {row['recall']:.3f} | {row['precision']:.3f} | {row['f2']:.3f} | {row['n']:,} |")
    return [*lines, ""]


def _labels() -> str:
    """The map between the two sides' names, where they differ."""
    theirs = [f"their {one} is {other}" for one, other in LABELS.items() if one != other]
    return ", ".join([*theirs, *[f"{one} is their {other}" for one, other in ALIKE.items()]])


def _topics(few: Mapping[str, Any], many: Mapping[str, Any]) -> list[str]:
    lines = ["| Topic | Given | AUC | Recall at 1 % | Recall, balanced | False positives, balanced |",
             "|---|---|---|---|---|---|"]
    for given, scores in (("15 phrases", few), ("15 phrases, 45 examples", many)):
        for name, row in scores.items():
            lines.append(f"| {name} | {given} | {_auc(row['auc'])} | {_share(row['recall_at_1_percent'])} | "
                         f"{_share(row['recall_balanced'])} | {_share(row['false_positives_balanced'])} |")
    return [*lines, ""]


def text(scores: Mapping[str, Any], spread: Sequence[Mapping[str, Any]] = ()) -> str:
    """The card of the run with ``scores``; ``spread``: those of its seeds, each alone."""
    lines = [HEAD.read_text(encoding="utf-8")]
    for name, title, sets, what in HEADS:
        lines += [f"### {title}", "", f"On {what}.", "", *_head(scores[name], sets)]
    lines += ["### Names and places", "",
              "Presidio-research's 2,109 generated texts. A span counts where half of the longer one is shared. These",
              "texts mark the parts of an address each by itself, the encoder all of it: where a row says so, parts",
              "beside each other are one on both sides. What is found where an entity stands that has a notation",
              "(cards, telephones) is left out.", "",
              f"Labels: {_labels()}. TITLE there is an occupation (23 of 36), for which the encoder has no tag.", "",
              *_people(scores["people"])]
    lines += ["### Topics", "", "Domains of CLINC150 that no training saw, against all others.", "",
              *_topics(scores["topics_15_phrases"], scores["topics_45_examples"])]
    lines += ["### Seeds", "", _seeds(spread)]
    return "\n".join(lines).rstrip() + "\n"


def _seeds(spread: Sequence[Mapping[str, Any]]) -> str:
    if len(spread) < 2:
        return "One seed was trained: the spread over seeds is not known."
    lines = [f"Of {len(spread)} seeds alone, before their mean was taken, whatever the thresholds: lowest to highest.",
             "", "| Measure | Seeds |", "|---|---|"]
    for name, title, sets, _ in HEADS:
        for kind in sets:
            aucs, recalls = ([each[name][f"{measure}_{kind}"]["value"] for each in spread]
                             for measure in ("auc_against", "recall_at_1_percent_of"))
            lines += [f"| {title}, AUC against {kind} | {min(aucs):.3f} – {max(aucs):.3f} |",
                      f"| {title}, recall at 1 % of {kind} | {100 * min(recalls):.1f} – {100 * max(recalls):.1f} % |"]
    for name in ("words", "any_merged", "typed_merged"):
        values = [each["people"][name]["f2"] for each in spread]
        lines.append(f"| Names and places, {_ROWS[name]}, F2 | {min(values):.3f} – {max(values):.3f} |")
    for name, given in (("topics_15_phrases", "15 phrases"), ("topics_45_examples", "45 examples")):
        found = [[row["recall_at_1_percent"]["value"] for row in each[name].values()] for each in spread]
        means = [sum(each) / len(each) for each in found]
        lines.append(f"| Topics, {given}, mean recall at 1 % | {100 * min(means):.1f} – {100 * max(means):.1f} % |")
    return "\n".join(lines)


def write(runs: Path, seeds: Sequence[int], directory: Path) -> Path:
    """``README.md`` beside the weights, from ``scores.json`` of the runs below ``runs``: that of ``seeds`` together,
    and those of each alone, as far as they were scored."""
    alone = [runs / f"seed-{seed}" / "scores.json" for seed in seeds]
    together = runs / f"seed-{'-'.join(map(str, seeds))}" / "scores.json"
    path = directory / "README.md"
    spread = [_scores(each) for each in alone if each.exists()]
    path.write_text(text(_scores(together), spread), encoding="utf-8")
    return path


def _scores(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
