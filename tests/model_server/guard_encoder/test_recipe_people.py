"""Which texts with tags choose the thresholds: templates and sentences that no training sees, in the shares of training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_server.guard_encoder import recipe
from model_server.guard_encoder.tagged.vocabulary import own


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Public sets as small as they may be: four hundred questions to a bank, one with a name, and the other files empty."""
    for name in ("clinc150", "banking77", "davidson"):
        (tmp_path / name).mkdir()
    (tmp_path / "clinc150/domains.json").write_text(json.dumps({"travel": ["visa"], "home": ["tap"]}))
    (tmp_path / "clinc150/clinc150_dev.json").write_text(
        json.dumps({"train": [["which form do i need here", "visa"], ["the tap drips and drips", "tap"]]}))
    questions = [f"the {word} of box {letter}{other} does not fit" for word in ("lid", "key", "rim", "tag")
                 for letter in "abcdefghij" for other in "klmnopqrst"]
    (tmp_path / "banking77/train.csv").write_text("\n".join(["text,category", *[f"{each},x" for each in questions],
                                                             "please ask Rosalinde about it,x"]))
    (tmp_path / "davidson/labeled_data.csv").write_text(",count,hate_speech,offensive_language,neither,class,tweet\n"
                                                        "0,3,0,0,3,2,the soup was rather good\n1,3,3,0,0,0,you utter fool\n")
    return tmp_path


def test_sentences_are_of_the_sets_that_train_and_hold_no_names(root: Path) -> None:
    found = recipe.nameless(root, own())
    assert {"the tap drips and drips", "the soup was rather good", "the lid of box ak does not fit"} <= set(found)
    assert not {"which form do i need here", "you utter fool", "please ask Rosalinde about it"} & set(found)


def test_thresholds_are_chosen_on_what_was_kept_back(root: Path) -> None:
    made = list(recipe.people_kept_back(root, 3, 6000, own()))
    alone = [each for each in made if each.source == "around"]
    filled = [each for each in made if each.source != "around"]
    assert all(recipe.kept_back(part) for each in filled for part in each.source.split("+"))
    assert 0.07 < len(alone) / len(made) < 0.3
    assert len(filled) > 300
    assert not any(each.spans for each in alone)
    known = set(recipe.nameless(root, own()))
    whole = [each.text for each in alone if each.text in known]
    assert len(whole) > 5
    assert all(map(recipe.kept_back, whole))
