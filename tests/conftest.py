"""Hypothesis for the whole suite: no deadline (neighbours on the machine are no news), no example database in the tree."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("house", deadline=None, database=None, print_blob=True)
settings.load_profile("house")

# A shell ignores Ctrl-C for what it runs in the background, and so would everything that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
