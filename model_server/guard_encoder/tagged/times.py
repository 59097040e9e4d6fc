"""Dates and times in the notations that people use."""

from __future__ import annotations

import datetime
from random import Random

_TODAY = datetime.date(2026, 6, 1)
_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%B %d, %Y", "%d %B %Y", "%b %d, %Y",
            "%d %b %Y",
            "%d-%b-%Y", "%A, %d %B %Y", "%Y/%m/%d", "%d.%m.%y", "%m/%d/%y", "%d %B", "%B %d", "%B %Y", "%d.%m.",
            "%b %d")
_UNITS = ("days", "weeks", "months", "years")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(rng: Random, oldest: int = 8, newest: int = -2) -> datetime.date:
    """A day between ``oldest`` and ``newest`` years ago (negative: ahead)."""
    return _TODAY - datetime.timedelta(days=rng.randint(newest * 365, oldest * 365))


def date(rng: Random, of: datetime.date) -> str:
    """A date as people write it: a third of them in words with an ordinal, or without leading zeros."""
    text = of.strftime(rng.choice(_FORMATS))
    if rng.random() < 0.3:
        text = text.replace(" 0", " ").removeprefix("0").replace("/0", "/")
    if rng.random() < 0.1:
        ending = "th" if 4 <= of.day <= 20 or 24 <= of.day <= 30 else ("st", "nd", "rd")[of.day % 10 - 1]
        text = rng.choice((f"{of.day}{ending} of {of:%B}", f"{of:%B} {of.day}{ending}",
                           f"{of.day}{ending} {of:%B} {of.year}"))
    return text


VAGUE = ("today", "tomorrow", "yesterday", "next week", "last night", "this morning", "tonight", "next month",
         "last year", "this weekend", "soon", "in a few days", "the other day", "later")
"""Days that say nothing without their context: nobody's data."""


def relative(rng: Random) -> str:
    """A day told from today; those of ``VAGUE`` are no dates."""
    ahead = rng.random() < 0.5
    return rng.choice((
        rng.choice(VAGUE), rng.choice(VAGUE), "on " + rng.choice(DAYS), "on " + rng.choice(DAYS),
        ("next " if ahead else "last ") + rng.choice(DAYS), rng.choice(DAYS) + rng.choice((" morning", " night")),
        f"in {rng.randint(2, 9)} {rng.choice(_UNITS)}" if ahead else f"{rng.randint(2, 9)} {rng.choice(_UNITS)} ago",
    ))


def clock(rng: Random) -> str:
    """A time of day."""
    hour, minute = rng.randint(0, 23), rng.choice((0, 0, 15, 30, 30, 45, rng.randint(0, 59)))
    half, twelve = ("am", "pm")[hour > 11], (hour - 1) % 12 + 1
    return rng.choice((
        f"{hour:02}:{minute:02}", f"{hour}:{minute:02}", f"{twelve}:{minute:02} {half}", f"{twelve}{half}",
        f"{twelve} {half}",
        f"{hour}h{minute:02}", f"{hour:02}:{minute:02}:{rng.randint(0, 59):02}", f"{twelve} o'clock",
        f"{twelve}:{minute:02}{half.upper()}",
    ))


def stamp(rng: Random, of: datetime.date) -> str:
    """A log's time stamp."""
    at = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    return rng.choice((f"{of}T{at}Z", f"{of} {at}", f"{of} {at},{rng.randint(0, 999):03}", f"{of:%d/%b/%Y}:{at} +0000",
                       f"{of}T{at}+02:00"))
