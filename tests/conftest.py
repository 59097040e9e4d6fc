"""Hypothesis for the whole suite: no deadline (neighbours on the machine are no news), no example database in the tree."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None, database=None, print_blob=True)
settings.load_profile("house")
