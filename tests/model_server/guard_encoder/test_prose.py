"""Harmless prose is taught in every role that says such things; clean documents of other sets choose thresholds."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from model_server.guard_encoder import prose
from model_server.guard_encoder.clean_documents import MOST, clean


def test_each_paragraph_is_there_once_for_each_role() -> None:
    found = [(text, role) for text, role in prose.texts() if role != "user"]
    assert len({text for text, role in prose.texts() if role == "user"}) > 40
    roles = Counter(role for _, role in found)
    texts = {text for text, _ in found}
    assert roles == {"document": len(texts), "tool": roles["tool"], "assistant": roles["assistant"]}
    assert min(roles["tool"], roles["assistant"]) > 100
    assert len(found) == 2 * len(texts)
    assert all(len(text) > 200 for text in texts)
    assert not any("\\n" in text for text in texts), "a line break is one"
    assert any("\n" in text for text in texts)


def test_there_is_prose_of_many_kinds_and_none_twice() -> None:
    counts = Counter(len({text for text, role in prose.texts() if role == "document"} & set(prose.read(path)))
                     for path in prose.TEXTS.glob("*.txt") if path.stem != "asked")
    assert len(list(counts.elements())) == 25
    assert min(counts) >= 24
    assert sum(counts.elements()) > 1100
    assert {path.stem for path in prose.TEXTS.glob("*.txt")} == set(prose.ROLES)


def test_each_paragraph_is_drawn_once_in_one_of_its_roles() -> None:
    found, other = (list(prose.drawn(random.Random(seed))) for seed in (1, 2))
    assert len(found) == len(dict(found)) == len({text for text, _ in prose.texts()})
    assert set(found) <= set(prose.texts())
    part = list(prose.drawn(random.Random(1), 800))
    assert len({text for text, _ in part}) == 800
    assert set(part) <= set(prose.texts())
    assert {text for text, _ in part} != {text for text, _ in prose.drawn(random.Random(2), 800)}
    differ = sum(one != two for one, two in zip(found, other, strict=True))
    assert 0.4 < differ / len([text for text, role in found if role != "user"]) < 0.6


def test_clean_documents_are_read_as_people_write_them(tmp_path: Path) -> None:
    wiki, lsat = tmp_path / "wikitext2/valid.txt", tmp_path / "agieval/lsat-rc.jsonl"
    gum = tmp_path / "gum_btc/gum-train.conll"
    for path in (wiki, lsat, gum):
        path.parent.mkdir(parents=True)
    line = "Lobsters ( the blue @-@ black ones ) live here , <unk> says . " * 5
    wiki.write_text(f" = Lobsters = \n {line}\n short .\n", "utf-8")
    lsat.write_text("".join(json.dumps({"passage": each}) + "\n" for each in ("Law.", "Law.", "Art.")), "utf-8")
    gum.write_text("\n\n".join("We\tO\nca\tO\nn't\tO\nwait\tB-x\n.\tO" for _ in range(7)), "utf-8")
    found = list(clean(tmp_path, tmp_path, random.Random(1)))
    assert Counter((family, role) for family, role, _ in found) == {
        ("wikitext", "document"): 1, ("lsat", "document"): 2, ("gum", "tool"): 2}
    texts = {family: text for family, _, text in found}
    assert texts["wikitext"].startswith("Lobsters (the blue-black ones) live here, it says. ")
    assert {text for family, _, text in found if family == "gum"} == {
        " ".join(["We can't wait."] * 5), " ".join(["We can't wait."] * 2)}
    assert MOST > 100
