"""Tokens become words, words become spans: what stands between them decides, and faint neighbours do not join."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.detectors.calibration import Calibration, Curve
from gateway.detectors.encoder import Seen
from gateway.detectors.encoder_input import Row
from gateway.detectors.pii import readings

TAGS = ("O", "PERSON", "ADDRESS", "DATE_TIME", "ORGANIZATION", "TITLE", "AGE", "DATE_OF_BIRTH", "ZIP_CODE", "LOCATION")
LINE = Curve((0.0, 0.3, 0.5, 0.8, 1.0))
CALIBRATION = Calibration({}, TAGS, dict.fromkeys(TAGS[1:], LINE), {})


def seen(*tokens: tuple[int, int, str, float]) -> Seen:
    """A window of one row: tokens with their place, tag and share of that tag."""
    logits = np.full((len(tokens) + 2, len(TAGS)), -20.0)
    for index, (_, _, tag, share) in enumerate(tokens, 1):
        logits[index, TAGS.index(tag)] = np.log(max(share, 1e-9))
        logits[index, 0] = np.log(max(1 - share, 1e-9)) if tag != "O" else 0.0
    places = (None, *[(start, end) for start, end, _, _ in tokens], None)
    row = Row((101, *range(len(tokens)), 102), (0,) * len(places), places)
    return Seen((row,), np.zeros((1, 3)), np.zeros((1, 4)), (logits,))


def spans(text: str, *tokens: tuple[str, str, float]) -> list[tuple[str, str]]:
    at, placed = 0, []
    for piece, tag, share in tokens:
        at = text.index(piece, at)
        placed.append((at, at + len(piece), tag, share))
        at += len(piece)
    return [(text[each.start : each.end], each.entity) for each in readings(CALIBRATION, seen(*placed), text)
            if each.score >= 0.5]


@pytest.mark.parametrize(("text", "tokens", "found"), [
    ("Ana Kowalska left", [("Ana", "PERSON", 0.9), ("Kow", "PERSON", 0.9), ("alska", "PERSON", 0.5), ("left", "O", 1)],
     [("Ana Kowalska", "PERSON")]),
    ("J. Doe, M. Roe", [("J", "PERSON", 0.9), (".", "O", 1), ("Doe", "PERSON", 0.9), (",", "O", 1), ("M", "PERSON", 0.9),
                        (".", "O", 1), ("Roe", "PERSON", 0.9)], [("J. Doe", "PERSON"), ("M. Roe", "PERSON")]),
    ("at 9:45 on", [("at", "O", 1), ("9", "DATE_TIME", 0.9), (":", "DATE_TIME", 0.9), ("45", "DATE_TIME", 0.9),
                    ("on", "O", 1)], [("9:45", "DATE_TIME")]),
    ("1 Elm Rd, Leeds.", [("1", "ADDRESS", 0.9), ("Elm", "ADDRESS", 0.9), ("Rd", "ADDRESS", 0.9), (",", "ADDRESS", 0.7),
                          ("Leeds", "ADDRESS", 0.9), (".", "ADDRESS", 0.6)], [("1 Elm Rd, Leeds", "ADDRESS")]),
    ("the Tom case", [("the", "PERSON", 0.2), ("Tom", "PERSON", 0.9), ("case", "PERSON", 0.2)], [("Tom", "PERSON")]),
    ("Tom Elm Rd", [("Tom", "PERSON", 0.9), ("Elm", "ADDRESS", 0.9), ("Rd", "ADDRESS", 0.9)],
     [("Tom", "PERSON"), ("Elm Rd", "ADDRESS")]),
    ("Tom     Roe", [("Tom", "PERSON", 0.9), ("Roe", "PERSON", 0.9)], [("Tom", "PERSON"), ("Roe", "PERSON")]),
    ("the name is ann of the", [("the", "PERSON", 0.9), ("name", "O", 1), ("is", "PERSON", 0.9), ("ann", "PERSON", 0.9),
                                ("of", "PERSON", 0.9), ("the", "PERSON", 0.9)], [("ann", "PERSON")]),
    ("bank of the west", [("bank", "ORGANIZATION", 0.9), ("of", "ORGANIZATION", 0.9), ("the", "ORGANIZATION", 0.9),
                          ("west", "ORGANIZATION", 0.9)], [("bank of the west", "ORGANIZATION")]),
    ("1 Elm Road, Malmesbury. It was", [("1", "ADDRESS", 0.9), ("Elm", "ADDRESS", 0.9), ("Road", "ADDRESS", 0.9),
                                        ("Malmesbury", "ADDRESS", 0.9), ("It", "ADDRESS", 0.9), ("was", "O", 1)],
     [("1 Elm Road, Malmesbury", "ADDRESS")]),
    ("Kim Lopez Ltd. won", [("Kim", "PERSON", 0.5), ("Lopez", "ORGANIZATION", 0.9), ("Ltd", "ORGANIZATION", 0.9),
                            (".", "O", 1), ("won", "O", 1)], [("Kim", "PERSON"), ("Lopez Ltd.", "ORGANIZATION")]),
    ("Mary's car", [("Mary", "PERSON", 0.9), ("'", "PERSON", 0.6), ("s", "PERSON", 0.6), ("car", "O", 1)],
     [("Mary", "PERSON")]),
    ("see Tom B. there", [("see", "O", 1), ("Tom", "PERSON", 0.9), ("B", "PERSON", 0.9), (".", "O", 1), ("there", "O", 1)],
     [("Tom B.", "PERSON")]),
    ("Mr. Roe and mrs Roe", [("Mr", "O", 1), (".", "O", 1), ("Roe", "PERSON", 0.9), ("and", "O", 1), ("mrs", "PERSON", 0.9),
                             ("Roe", "PERSON", 0.9)],
     [("Mr.", "TITLE"), ("Roe", "PERSON"), ("mrs", "TITLE"), ("Roe", "PERSON")]),
    ("Judge Roe, judge Doe", [("Judge", "TITLE", 0.9), ("Roe", "PERSON", 0.9), (",", "O", 1), ("judge", "O", 1),
                              ("Doe", "PERSON", 0.9)], [("Judge", "TITLE"), ("Roe", "PERSON"), ("Doe", "PERSON")]),
    ("the doctor, mr nobody", [("doctor", "TITLE", 0.9), (",", "O", 1), ("mr", "TITLE", 0.9), ("nobody", "O", 1)], []),
    ("on 3/9/1940 or 4/9/1950", [("3", "DATE_OF_BIRTH", 0.9), ("1940", "DATE_TIME", 0.5), ("4", "DATE_TIME", 0.9),
                                 ("1950", "O", 1)], [("3/9/1940", "DATE_OF_BIRTH"), ("4/9/1950", "DATE_TIME")]),
    ("lot 05-02-94 here", [("lot", "ADDRESS", 0.9), ("05", "ADDRESS", 0.9), ("02", "ADDRESS", 0.9), ("94", "ADDRESS", 0.9),
                           ("here", "O", 1)], [("lot 05-02-94", "ADDRESS")]),
    ("user tom_roe left", [("user", "O", 1), ("tom", "PERSON", 0.9), ("roe", "PERSON", 0.9), ("left", "O", 1)], []),
    ("Ann that Roe", [("Ann", "PERSON", 0.9), ("that", "PERSON", 0.9), ("Roe", "PERSON", 0.9)],
     [("Ann", "PERSON"), ("Roe", "PERSON")]),
    ("the ann", [("the", "PERSON", 0.9), ("ann", "PERSON", 0.4)], []),
    ("to Malmesbury. Nobody", [("to", "O", 1), ("Malmesbury", "ADDRESS", 0.9), ("Nobody", "ADDRESS", 0.9)],
     [("Malmesbury", "ADDRESS"), ("Nobody", "ADDRESS")]),
    ("Roe & Sons, Roe GmbH sue", [("Roe", "PERSON", 0.9), ("&", "O", 1), ("Sons", "O", 1), (",", "O", 1),
                                  ("Roe", "PERSON", 0.9), ("GmbH", "O", 1), ("sue", "O", 1)],
     [("Roe & Sons", "ORGANIZATION"), ("Roe GmbH", "ORGANIZATION")]),
    ("Roe, Inc. and Roe SEE", [("Roe", "ORGANIZATION", 0.9), (",", "O", 1), ("Inc", "O", 1), (".", "O", 1), ("and", "O", 1),
                               ("Roe", "PERSON", 0.9), ("SEE", "O", 1)],
     [("Roe, Inc.", "ORGANIZATION"), ("Roe", "PERSON")]),
    ("Ann - Roe", [("Ann", "PERSON", 0.9), ("-", "PERSON", 0.9), ("Roe", "PERSON", 0.9)],
     [("Ann", "PERSON"), ("Roe", "PERSON")]),
    ("Isle of Wight", [("Isle", "LOCATION", 0.9), ("of", "O", 1), ("Wight", "LOCATION", 0.9)],
     [("Isle of Wight", "LOCATION")]),
    ("Stow-on-the-Wold", [("Stow", "LOCATION", 0.9), ("-", "O", 1), ("on", "O", 1), ("-", "O", 1), ("the", "O", 1),
                          ("-", "O", 1), ("Wold", "LOCATION", 0.9)], [("Stow-on-the-Wold", "LOCATION")]),
    ("Paris in France", [("Paris", "LOCATION", 0.9), ("in", "O", 1), ("France", "LOCATION", 0.9)],
     [("Paris", "LOCATION"), ("France", "LOCATION")]),
    ("Vienne en France", [("Vienne", "LOCATION", 0.9), ("en", "O", 1), ("France", "LOCATION", 0.9)],
     [("Vienne", "LOCATION"), ("France", "LOCATION")]),
    ("Ana de la Cruz", [("Ana", "PERSON", 0.9), ("de", "O", 1), ("la", "O", 1), ("Cruz", "PERSON", 0.9)],
     [("Ana de la Cruz", "PERSON")]),
    ("Ann of Acme", [("Ann", "PERSON", 0.9), ("of", "O", 1), ("Acme", "ORGANIZATION", 0.9)],
     [("Ann", "PERSON"), ("Acme", "ORGANIZATION")]),
    ("Elm Rd and Oak Rd", [("Elm", "ADDRESS", 0.9), ("Rd", "ADDRESS", 0.9), ("and", "O", 1), ("Oak", "ADDRESS", 0.9),
                           ("Rd", "ADDRESS", 0.9)], [("Elm Rd and Oak Rd", "ADDRESS")]),
    ("In sunny Rome it", [("sunny", "LOCATION", 0.9), ("Rome", "LOCATION", 0.9)], [("Rome", "LOCATION")]),
    ("so sunny rome it", [("sunny", "LOCATION", 0.9), ("rome", "LOCATION", 0.9)], [("sunny rome", "LOCATION")]),
    ("we met van Dam there", [("van", "PERSON", 0.9), ("Dam", "PERSON", 0.9)], [("van Dam", "PERSON")]),
    ("Dear Sir or Madam", [("Sir", "PERSON", 0.9), ("Madam", "PERSON", 0.9)], []),
    ("the Group met Roe", [("Group", "ORGANIZATION", 0.9), ("Roe", "PERSON", 0.9)], [("Roe", "PERSON")]),
    ("from 25.139.216.53", [("25", "DATE_TIME", 0.9), ("53", "DATE_TIME", 0.9)], []),
    ("in 1990. Then 25.", [("1990", "DATE_TIME", 0.9), ("25", "AGE", 0.9)], [("1990", "DATE_TIME"), ("25", "AGE")]),
    ("ages 29", [("ages", "AGE", 0.9), ("29", "O", 1)], []),
    ("it took me ages", [("took", "DATE_TIME", 0.9), ("ages", "AGE", 0.9)], []),
    ("aged 29 and 829 or 3.5", [("29", "AGE", 0.9), ("829", "AGE", 0.9), ("3", "AGE", 0.9)], [("29", "AGE")]),
    ("plan B or zip A", [("B", "ORGANIZATION", 0.9), ("A", "ZIP_CODE", 0.9)], []),
    ("...", [(".", "PERSON", 0.9)], []),
    ("Nobody here", [("Nobody", "PERSON", 0.4), ("here", "O", 1)], []),
])
def test_runs(text: str, tokens: list[tuple[str, str, float]], found: list[tuple[str, str]]) -> None:
    assert spans(text, *tokens) == found


def test_a_word_joins_a_run_that_it_is_somewhat_like_and_together_they_decide() -> None:
    """"Kim" alone is rather a person, "Kim Lopez Ltd" is a firm."""
    one = seen((0, 3, "PERSON", 0.5), (4, 9, "ORGANIZATION", 0.9), (10, 13, "ORGANIZATION", 0.9))
    one.tags[0][1, TAGS.index("ORGANIZATION")] = np.log(0.4)
    [found] = readings(CALIBRATION, one, "Kim Lopez Ltd")
    assert (found.start, found.end, found.entity) == (0, 13, "ORGANIZATION")


def test_a_token_of_two_rows_counts_once() -> None:
    one = seen((0, 3, "PERSON", 0.9))
    both = Seen((*one.rows, *one.rows), one.scores, one.topics, (*one.tags, *one.tags))
    assert len(list(readings(CALIBRATION, both, "Tom"))) == 1
