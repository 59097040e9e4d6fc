"""The chaos tests' model server and gateway process, and clients that are closed in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.conftest import upstream
from tests.processes.crew import CrewProcess

__all__ = ["crew", "upstream"]


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[CrewProcess]:
    """A gateway of two workers that is not started yet."""
    one = CrewProcess(tmp_path)
    yield one
    one.close()
    for _ in range(3):
        await asyncio.sleep(0)  # the aborted connections are lost in the next turns
