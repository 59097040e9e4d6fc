"""A record or two of every public set, in the forms in which upstream publishes them; the texts are our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def _lines(*rows: Mapping[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


_PARAGRAPH = {"context": "The mill stands in Aalen. It was built in 1820.", "qas": [
    {"id": "a1", "question": "Where is the mill?", "answers": [{"text": "Aalen", "answer_start": 18}, {"text": "in Aalen", "answer_start": 15}]},
    {"id": "a2", "question": "When was it built?", "answers": [{"text": "1820", "answer_start": 41}]}]}
_SQUAD = json.dumps({"version": "1.1", "data": [{"title": "Mill", "paragraphs": [_PARAGRAPH]}]})
_EXAM = _lines({"passage": "Six boats race.", "question": "Which may win?", "options": ["(A)The red one", "(B)The blue one"],
                "label": "B", "answer": None, "other": None},
               {"passage": None, "question": "What is 2 + 2?", "options": ["(A)4", "(B)5"], "label": "A"})
_ENTRY = {"question": "Is soup a drink?", "mc1_targets": {"No.": 1, "Yes.": 0}, "mc2_targets": {"No.": 1, "It is food.": 1, "Yes.": 0}}

FILES: dict[str, dict[str, str]] = {
    "squad": {"squad/dev-v1.1.json": _SQUAD},
    "xquad": {"xquad_en/xquad.en.json": _SQUAD},
    "wikitext": {"wikitext2/test.txt": " \n = Old mill = \n \n It stands . \n = = Use = = \n Flour . \n = New mill = \n \n It does not . \n"},
    "gsm8k": {"gsm8k/test.jsonl": _lines({"question": "2 + 2?", "answer": "It is <<2+2=4>>4.\n#### 4"},
                                         {"question": "1,000 + 1?", "answer": "So\n#### 1,001"})},
    "bbh": {"bbh/sums.json": json.dumps({"canary": "c", "examples": [{"input": "1 + 1 is", "target": "2"}]}),
            "bbh/sums.txt": "canary\n-----\nAdd up.\n\nQ: 0 + 1 is\nA: So the answer is 1."},
    "agieval-lsat": {"agieval/lsat-ar.jsonl": _EXAM, "agieval/lsat-lr.jsonl": _EXAM},
    "agieval-sat": {"agieval/sat-en.jsonl": _EXAM, "agieval/sat-math.jsonl": _EXAM, "agieval/sat-en-without-passage.jsonl": "{"},
    "agieval-aqua": {"agieval/aqua-rat.jsonl": _EXAM},
    "mmlu": {"mmlu/test/law_test.csv": '"May one, or not?",Yes,No,Both,"Neither, nor",D\n'},
    "hellaswag": {"hellaswag/hellaswag_val.jsonl": _lines({"ctx": "She takes the oar and", "endings": ["rows.", "eats it.", "sings it.", "is it."],
                                                           "label": 0, "activity_label": "Rowing"})},
    "piqa": {"piqa/valid.jsonl": _lines({"goal": "Open a jar.", "sol1": "Turn the lid.", "sol2": "Turn the table."}),
             "piqa/valid-labels.lst": "0\n"},
    "commonsenseqa": {"commonsenseqa/dev_rand_split.jsonl": _lines({"id": "x", "answerKey": "B", "question": {
        "stem": "Where do boats lie?", "choices": [{"label": "A", "text": "oven"}, {"label": "B", "text": "harbour"}]}})},
    "truthfulqa-mc": {"truthfulqa/mc_task.json": json.dumps([_ENTRY])},
    "truthfulqa": {"truthfulqa/TruthfulQA.csv": "\ufeffType,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\n"
                                                "Adversarial,Food,Is soup a drink?,No,\"No; It is food\",Yes,https://x\n"},
    "halueval": {"halueval/general_data.json": _lines({"ID": "1", "user_query": "Name a sea.", "chatgpt_response": "The Baltic.",
                                                       "hallucination": "no", "hallucination_spans": []})},
    "cnn-dailymail": {"cnn_dailymail/test.jsonl": _lines({"id": "1", "article": "A long text.", "highlights": "A text."})},
    "xsum": {"xsum/test.jsonl": _lines({"id": "1", "document": "A long text.", "summary": "A text."})},
    "wmt": {"wmt/wmt19.de-en.src": "Guten Tag.\nJa.\n", "wmt/wmt19.de-en.ref": "Good day.\nYes.\n"},
    "beir-msmarco": {"msmarco/queries.jsonl": _lines({"_id": "q1", "text": "old mill"}, {"_id": "q2", "text": "unjudged"}),
                     "msmarco/corpus.jsonl": _lines({"_id": "d1", "title": "Mill", "text": "The old mill."},
                                                    {"_id": "d2", "title": "", "text": "A boat."}),
                     "msmarco/qrels/dev.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t0\n"},
}
FILES["beir-scifact"] = {name.replace("msmarco", "scifact").replace("dev.tsv", "test.tsv"): text
                         for name, text in FILES["beir-msmarco"].items()}

HUB: dict[str, dict[str, Any]] = {
    "squad": {"id": "a1", "title": "Mill", "context": "It stands in Aalen.", "question": "Where?", "answers": {"text": ["Aalen"], "answer_start": [13]}},
    "xquad": {"id": "a1", "context": "It stands in Aalen.", "question": "Where?", "answers": {"text": ["Aalen"], "answer_start": [13]}},
    "wikitext": {"page": " = Old mill = \n \n It stands . "},
    "gsm8k": {"question": "2 + 2?", "answer": "4\n#### 4"},
    "agieval-lsat": {"query": "Six boats race. Q: Which may win? Answer Choices: (A)red (B)blue\nA:", "choices": ["(A)red", "(B)blue"], "gold": [1]},
    "agieval-sat": {"query": "Q: What? Answer Choices: (A)red (B)blue\nA:", "choices": ["(A)red", "(B)blue"], "gold": [1]},
    "agieval-aqua": {"query": "Q: What? Answer Choices: (A)1 (B)2\nA:", "choices": ["(A)1", "(B)2"], "gold": [0]},
    "mmlu": {"question": "May one?", "subject": "law", "choices": ["Yes", "No", "Both", "None"], "answer": 1},
    "hellaswag": {"ctx": "She rows and", "endings": ["rests.", "eats.", "sings.", "is."], "label": "0", "activity_label": "Rowing"},
    "piqa": {"goal": "Open a jar.", "sol1": "Turn the lid.", "sol2": "Turn the table.", "label": 0},
    "commonsenseqa": {"question": "Where do boats lie?", "choices": {"label": ["A", "B"], "text": ["oven", "harbour"]}, "answerKey": "B"},
    "truthfulqa-mc": {"question": "Is soup a drink?", "mc1_targets": {"choices": ["No.", "Yes."], "labels": [1, 0]},
                      "mc2_targets": {"choices": ["No.", "It is food.", "Yes."], "labels": [1, 1, 0]}},
    "truthfulqa": {"question": "Is soup a drink?", "best_answer": "No", "correct_answers": ["No", "It is food"], "category": "Food"},
    "halueval": {"ID": "1", "user_query": "Name a sea.", "chatgpt_response": "The Baltic.", "hallucination": "yes"},
    "cnn-dailymail": {"id": "1", "article": "A long text.", "highlights": "A text."},
    "xsum": {"id": "1", "document": "A long text.", "summary": "A text."},
    "wmt": {"translation": {"de": "Ja.", "en": "Yes."}},
}


def put(folder: Path, suite: str) -> Path:
    """The suite's files below ``folder``, as somebody who has the set would put them."""
    for name, text in FILES[suite].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
