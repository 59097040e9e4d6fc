"""Spans reach as far as spelling says, no further, and stay in order and apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.windows import Reading
from gateway.detectors.pii_reach import reached

P, ORG, L, A, Z = "PERSON", "ORGANIZATION", "LOCATION", "ADDRESS", "ZIP_CODE"


def found(text: str, *pieces: tuple[str, str]) -> list[tuple[str, str]]:
    at, spans = 0, []
    for piece, entity in pieces:
        at = text.index(piece, at)
        spans.append(Reading(at, at + len(piece), 0.8, entity))
        at += len(piece)
    return [(text[each.start : each.end], each.entity) for each in reached(text, spans)]


@pytest.mark.parametrize(("text", "pieces", "wanted"), [
    ("Call Min-jun.", [("Min", P)], [("Min-jun", P)]),
    ("ask Ji-won-ssi", [("Ji", P)], [("Ji-won", P)]),
    ("Ann-Kathrin's hat", [("Ann", P)], [("Ann-Kathrin", P)]),
    ("a Tom-like voice, Ann-led talks", [("Tom", P), ("Ann", P)], [("Tom", P), ("Ann", P)]),
    ("Tom-Ann", [("Tom", P), ("Ann", P)], [("Tom", P), ("Ann", P)]),
    ("the Oslo-born cook", [("Oslo", L)], [("Oslo", L)]),
    ("whether d'Angelo paid", [("Angelo", P)], [("d'Angelo", P)]),
    ("and'Angelo", [("Angelo", P)], [("Angelo", P)]),
    ("at O'Leary's Plumbing now", [("O'Leary", P)], [("O'Leary's Plumbing", ORG)]),
    ("Sunnydale Lettings called", [("Sunnydale", P)], [("Sunnydale Lettings", ORG)]),
    ("Anna Church called", [("Anna", P)], [("Anna", P)]),
    ("Anna's car, Anna's Travels", [("Anna", P), ("Anna", P)], [("Anna", P), ("Anna", P)]),
    ("Pit's Pharmacy Lodz", [("Pit", P), ("Pharmacy Lodz", ORG)], [("Pit's Pharmacy", ORG), ("Lodz", ORG)]),
    ("Patel's Newsagents", [("Patel", P), ("Newsagents", ORG)], [("Patel's Newsagents", ORG)]),
    ("in at 31b Mafeking Road", [("Mafeking Road", A)], [("31b Mafeking Road", A)]),
    ("to #204, Krupa Apts", [("Krupa Apts", A)], [("#204, Krupa Apts", A)]),
    ("pay 40, Elm Road; $12 Elm Road", [("Elm Road", A), ("Elm Road", A)], [("Elm Road", A), ("Elm Road", A)]),
    ("on vul. Franka 22", [("Franka 22", A)], [("vul. Franka 22", A)]),
    ("H.No. 8-92, Rajaji Nagar", [("8-92, Rajaji Nagar", A)], [("H.No. 8-92, Rajaji Nagar", A)]),
    ("the via Roma 3, VAT no. 12-B", [("Roma 3", A), ("12-B", A)], [("Roma 3", A), ("12-B", A)]),
    ("tenants: a. mbeki, j.r. roe", [("mbeki", P), ("roe", P)], [("a. mbeki", P), ("j.r. roe", P)]),
    ("a. Isla\nb. Roe", [("Isla", P), ("Roe", P)], [("Isla", P), ("Roe", P)]),
    ("take vitamin C. Anna knows", [("Anna", P)], [("Anna", P)]),
    ("to Delta S.r.l., Bari", [("Delta S", ORG)], [("Delta S.r.l.", ORG)]),
    ("by the Malmö Opera Orchestra", [("Malmö Opera", L)], [("Malmö Opera Orchestra", ORG)]),
    ('"BA11 1QT"', [("1QT", Z)], [("BA11 1QT", Z)]),
    ("bn3 4hd", [("4hd", A)], [("bn3 4hd", A)]),
    ("box 1QT", [("1QT", Z)], [("1QT", Z)]),
])
def test_a_span_reaches_over_what_is_written_as_a_part_of_it(
    text: str, pieces: list[tuple[str, str]], wanted: list[tuple[str, str]]
) -> None:
    assert found(text, *pieces) == wanted


PIECES = ("Ann", "-jun", "'s", " Motors", " Pharmacy", " ", "31b ", "#4, ", "Elm", "d'", "BA1 ", "1QT", ", ")


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(("", P, ORG, L, A, Z))), max_size=12))
def test_what_is_found_stays_in_order_apart_and_inside_the_text(pieces: list[tuple[str, str]]) -> None:
    text, spans = "", list[Reading]()
    for piece, entity in pieces:
        if entity:
            spans.append(Reading(len(text), len(text) + len(piece), 0.7, entity))
        text += piece
    last, out = 0, reached(text, spans)
    assert len(out) <= len(spans)
    for each in out:
        assert last <= each.start < each.end <= len(text)
        last = each.end
