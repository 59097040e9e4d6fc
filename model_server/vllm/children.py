"""Keeps what this program starts from outliving it, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None]:
    """For `preexec_fn`: on Linux the kernel sends the child SIGTERM when this process is killed."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # killed before the line above
                os._exit(1)

    return ask_the_kernel
