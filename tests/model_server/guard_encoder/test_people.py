"""Figures of tags: words and spans, with their type and without, addresses in parts and whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.detectors.encoder import SHIPPED
from model_server.guard_encoder.card import _people
from model_server.guard_encoder.people import Span, measured, merged, people

TEXT = "Ann Roe, 9 Elm Rd, Leeds, met Mr Doe of Acme"
ANN, ROAD, LEEDS = (0, 7, "PERSON"), (9, 17, "ADDRESS"), (19, 24, "LOCATION")
MR, DOE, ACME = (30, 32, "PREFIX"), (33, 36, "PERSON"), (40, 44, "ORGANIZATION")
ALL = [ANN, ROAD, LEEDS, MR, DOE, ACME]


def figures(wanted: list[Span], told: list[Span]) -> dict[str, Any]:
    return measured([(TEXT, wanted)], lambda _: told)


def test_everything_found_and_nothing_found() -> None:
    right = figures(ALL, [*ALL[:3], (30, 32, "TITLE"), DOE, ACME])
    assert {name: row["f2"] for name, row in right.items() if row["n"]} == dict.fromkeys(
        [name for name in right if name != "DATE_TIME"], 1.0)
    none = figures(ALL, [])
    assert all(row["recall"] == 0 and row["found"] == 0 for row in none.values())
    assert (none["words"]["n"], none["any"]["n"], none["typed_merged"]["n"]) == (9, 6, 5)


def test_an_address_whole_is_wrong_in_parts_and_right_when_parts_are_merged() -> None:
    rows = figures([ROAD, LEEDS], [(9, 24, "ADDRESS")])
    assert (rows["any"]["recall"], rows["any"]["precision"]) == (0.5, 1.0)
    assert rows["typed_merged"] == {"recall": 1.0, "precision": 1.0, "f2": 1.0, "n": 1, "found": 1}
    assert rows["words"]["recall"] == 1


def test_another_type_counts_without_types_only_and_other_entities_count_neither_way() -> None:
    rows = figures([ACME, (33, 36, "US_SSN")], [(40, 44, "PERSON"), (33, 36, "PERSON"), (0, 3, "NRP")])
    assert (rows["any"]["recall"], rows["any"]["found"]) == (1.0, 1)
    assert (rows["typed"]["recall"], rows["typed"]["found"], rows["ORGANIZATION"]["recall"]) == (0.0, 1, 0.0)


def test_less_than_half_is_not_found_but_its_words_are() -> None:
    rows = figures([(0, 24, "ADDRESS")], [(0, 8, "ADDRESS")])
    assert rows["any"]["recall"] == 0
    assert rows["words"]["recall"] == pytest.approx(2 / 6, abs=1e-4)


@pytest.mark.parametrize(("spans", "wanted"), [
    ([ROAD, LEEDS], [(9, 24, "ADDRESS")]),
    ([LEEDS, ROAD], [(9, 24, "ADDRESS")]),
    ([LEEDS, (40, 44, "ADDRESS")], [LEEDS, (40, 44, "ADDRESS")]),
    ([(0, 3, "LOCATION"), (4, 7, "LOCATION")], [(0, 3, "LOCATION"), (4, 7, "LOCATION")]),
    ([ANN, ROAD], [ANN, ROAD]),
])
def test_merged(spans: list[Span], wanted: list[Span]) -> None:
    assert merged(spans, TEXT) == wanted


def test_the_shipped_encoder_on_a_file_and_its_rows_in_the_card(tmp_path: Path) -> None:
    text = "Please call Maria Fischer in Hamburg."
    rows = [{"full_text": text, "spans": [
        {"start_position": 12, "end_position": 25, "entity_type": "PERSON"},
        {"start_position": 29, "end_position": 36, "entity_type": "LOCATION"}]}]
    (tmp_path / "presidio_research").mkdir()
    (tmp_path / "presidio_research/generated_large.json").write_text(json.dumps(rows))
    found = people(SHIPPED, tmp_path)
    assert (found["typed"]["recall"], found["typed"]["precision"], found["typed"]["n"]) == (1.0, 1.0, 2)
    card = _people(found)
    assert "| spans (type the same) | 1.000 | 1.000 | 1.000 | 2 |" in card
    assert len(card) == len(found) + 3
