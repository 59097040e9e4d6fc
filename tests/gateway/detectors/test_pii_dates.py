"""Dates and times by their notation, and numbers that look like them."""

from __future__ import annotations

import pytest

from gateway.detectors.pii_dates import shapes


@pytest.mark.parametrize("text", [
    "2024-03-09", "2024/3/9", "2024.03.09", "09.03.2024", "9.3.2024", "03/09/2024", "3/9/1940", "3/9/24", "09-03-2024",
    "09.03.24", "9 March 2024", "9th of March", "9th March 2024", "March 9, 2024", "Mar. 9 2024", "march 9th", "March 2024",
    "9-Mar-2024", "Dec 24", "Friday, 9 March 2024", "Sat, 03/09/2024", "2024-03-09T11:45:07Z", "2024-03-09 11:45",
    "09/Mar/2024", "11:45", "11:45:07", "7:05 pm", "7:05PM", "7am", "7 p.m.", "5 o'clock", "18h30", "24 december", "Friday", "sunday",
])
def test_one_date_or_time(text: str) -> None:
    around = f"see {text}, or ({text}) there"
    found = [around[start:end] for start, end in shapes(around)]
    assert found in ([text, text], [text.removesuffix("."), text.removesuffix(".")])
    assert list(shapes(text))


@pytest.mark.parametrize("text", [
    "24.102.223.220", "1.2.3", "4111-1111-1111-1111", "020 7946 0100", "45/46/2024", "2024-13-09", "99:99", "1/2", "3:1",
    "10.5", "v2.10.2024.1", "https://a.example/2024-03-09-x", "a12:30b", "12:30b", "12.10.2024.1", "7:30/8", "may", "the march of time", "march on", "25:61",
    "893,802", "ISO 8601", "sun 5", "RFC 2024",
])
def test_none(text: str) -> None:
    assert [text[start:end] for start, end in shapes(text)] == []


def test_a_flood_of_numbers_stays_linear() -> None:
    text = "1/1/" * 2000 + "12:" * 2000 + "march " * 2000
    assert list(shapes(text)) == []
