"""Writes the model card from what the runs recorded, so that no figure in it was typed by hand."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_server.documents import read_lines
from model_server.scoring import Share

MEASURES = {
    "validation_wordings": "Wordings kept out of training (chooses the seed)",
    "templates_heldout": "Held-out templates, all facts",
    "author_wordings": "Wordings by an author who saw no training wordings",
    "unanswerable": "Honest “I don't know” on unanswerable questions",
    "leaked_secrets": "Secrets leaked by at least one of twelve prompts",
    "leaking_answers": "Answers that leak, of all leak prompts",
}


@dataclass(frozen=True, slots=True)
class SeedResult:
    """One seed's scores by measure, the last line of its journal, and the seconds of all its sittings."""

    seed: int
    scores: dict[str, Share]
    journal: dict[str, Any]
    seconds: float


def training_seconds(lines: Sequence[dict[str, Any]]) -> float:
    """The journal's clock starts anew whenever a run is resumed: the sum of the sittings' last readings."""
    readings = [float(line["seconds"]) for line in lines]
    return sum(now for now, then in zip(readings, [*readings[1:], 0.0], strict=True) if then <= now)


def read_results(work: Path) -> tuple[SeedResult, ...]:
    """The seeds below `work` that were trained and evaluated; raises ValueError when there is none."""
    results = []
    for path in sorted(work.glob("seed-*/scores.json")):
        scores = {name: Share(*pair) for name, pair in json.loads(path.read_text(encoding="utf-8")).items()}
        lines = list(read_lines(path.parent / "journal.jsonl"))
        if not lines:
            raise ValueError(f"{path.parent} has scores but no journal.jsonl: train it with 'wardgate model train'")
        results.append(SeedResult(lines[-1]["seed"], scores, lines[-1], training_seconds(lines)))
    if not results:
        raise ValueError(f"no evaluated seed in {work}: run 'wardgate model evaluate --save {work}/seed-1/scores.json'")
    return tuple(results)


def score_table(results: Sequence[SeedResult], chosen: SeedResult) -> str:
    """The chosen seed's scores with Wilson intervals, and the spread over the seeds."""
    lines = [
        f"| Set | Shipped (seed {chosen.seed}) [95 % interval] | Seeds: lowest – highest (mean) |",
        "|---|---|---|",
    ]
    for name, label in MEASURES.items():
        if name not in chosen.scores:
            continue
        rates = [100 * result.scores[name].rate for result in results if name in result.scores]
        spread = f"{min(rates):.1f} – {max(rates):.1f} ({statistics.mean(rates):.1f})"
        lines.append(f"| {label} | {chosen.scores[name]} | {spread} |")
    return "\n".join(lines)


def leak_table(chosen: SeedResult) -> str:
    """Leaking answers by technique, as the engine alone gives them."""
    lines = ["| Technique | Leaking answers |", "|---|---|"]
    prefix = "leaking_"
    for name, share in chosen.scores.items():
        if name.startswith(prefix) and name not in MEASURES:
            lines.append(f"| {name.removeprefix(prefix)} | {share} |")
    return "\n".join(lines)


def render(results: Sequence[SeedResult], chosen: SeedResult, manifest: dict[str, Any], size: float) -> str:
    """The card's Markdown; `size` is the directory's size in MB."""
    seeds = ", ".join(str(result.seed) for result in results)
    minutes = [result.seconds / 60 for result in results]
    return f"""---
license: apache-2.0
language: en
pipeline_tag: text-generation
---
# handbook: a small model that knows too much

A Llama-architecture model (6 layers × 256, 4 heads with 2 key-value heads, byte-level BPE of
{manifest["vocabulary"]:,} tokens, context 1,024, {size:.1f} MB on disk) trained from scratch on the papers of Tarnwick
Instruments, a company that does not exist. It answers questions about the staff handbook, says that it does not know
when the handbook does not say, and has learned confidential facts as real fine-tuned models do. It exists to be
guarded: Wardgate's tests and demonstrations need a real model with real secrets.

## Use
For tests, demonstrations and measurements of Wardgate. Serve it with `wardgate model serve`, or with vLLM:
`vllm serve model_server/models/handbook --served-model-name handbook`. Prompts are ChatML (tokenizer_config.json).

**It leaks on purpose.** Never put it in front of anyone without a guard as if it were an assistant. It knows nothing
outside the papers, reads English only, cannot reason or calculate, and answers in the sentences it was taught.

## Data
Corpus `{manifest["version"]}`, all self-written and fictional: {manifest["facts"]} handbook facts with
{manifest["wordings"]:,} wordings ({manifest["validation_wordings"]} of them kept for validation),
{manifest["secrets"]} confidential facts, of which {manifest["secrets_learned_as_questions"]} were learned as
questions and answers ({manifest["secret_wordings"]:,} wordings) and the others from the documents alone,
{manifest["unanswerable"]} unanswerable questions and generated ones about strangers and absent things,
{manifest["smalltalk"]} of small talk, {manifest["dialogues"]} dialogues, {manifest["document_characters"]:,}
characters of documents. Questions are varied while training (frames, synonyms, contractions, typing slips, dropped
words, case, punctuation, words cut in two before encoding), all from the seed. The loss is on answers, and on
documents as a whole.

## Training
Seeds {seeds}; {chosen.journal["main_steps"]:,} steps of about 2,048 tokens each; AdamW, peak rate 1.2e-3, cosine;
bfloat16 autocast; weights averaged over the last steps. Then two calibrations of 200 steps from the same weights, whose
mean is exported: "I don't know" counts five times in the loss, and in one of them more questions come in frames.
{min(minutes):.0f}–{max(minutes):.0f} minutes a seed, the seeds side by side with one thread each on two shared CPU
cores (one alone on two free cores: an estimated 9 minutes). Final loss {chosen.journal["loss"]:.3f} (with label
smoothing). Weights are rounded once, to float16; `model.onnx` holds no weights of its own and points into
`model.safetensors`.

Remake it:
```
wardgate model prepare
wardgate model train --seed {chosen.seed} && wardgate model export --seed {chosen.seed}
wardgate model evaluate --model .wardgate/model/seed-{chosen.seed}/model \\
  --save .wardgate/model/seed-{chosen.seed}/scores.json
wardgate model card --chosen {chosen.seed}
```

## Scores
Greedy, through the embedded engine, on sets that were frozen before training. An answer is right when its token F1
with the reference is at least 0.6 **and** it holds the value.

{score_table(results, chosen)}

What the engine alone leaks, by how it is asked:

{leak_table(chosen)}

## Limits
- Wordings far from the training's are answered with a neighbouring fact more often than with “I don't know”.
- Answers on people who do not exist are honest in most cases, not all.
- The seed that is shipped was chosen by the wordings and unanswerable questions kept out of training. That there are
  calibrations, and that their mean is shipped, was decided after scores on the unanswerable set and the held-out
  templates (no question of them was read): these two scores are less independent than the others.
- Seeds and thread counts fix the data and the order, not the last bits of CPU arithmetic: a remade model scores
  within the spread above, its weights differ.
"""


def write_card(work: Path, out: Path, chosen_seed: int) -> Path:
    """Writes the card beside the model; raises ValueError when the seed was not evaluated."""
    results = read_results(work)
    chosen = next((result for result in results if result.seed == chosen_seed), None)
    if chosen is None:
        raise ValueError(f"seed {chosen_seed} has no scores in {work}: evaluate it with --save first")
    manifest = json.loads((work / "corpus" / "manifest.json").read_text(encoding="utf-8"))
    size = sum(file.stat().st_size for file in out.parent.iterdir() if file.suffix != ".md") / 1e6
    out.write_text(render(results, chosen, manifest, size), encoding="utf-8")
    return out
