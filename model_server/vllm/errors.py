"""Why vLLM cannot be installed or served: one line for the person who asked, and an exit code for the script.

VllmError           4  vLLM ended by itself
├── CannotServe     2  the command line, the model directory or the port must be mended
└── CannotInstall   3  the machine must be mended: network, disk, a library, another Python
"""

from __future__ import annotations


class VllmError(Exception):
    """What is wrong and, after a semicolon, what to do about it."""

    exit_code = 4


class CannotServe(VllmError):
    exit_code = 2


class CannotInstall(VllmError):
    exit_code = 3
