"""The observed system, started once for all queries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dashboards.observed import Observed


@pytest.fixture(scope="session")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    system = Observed(tmp_path_factory.mktemp("observed"))
    try:
        system.start().traffic()
        yield system
    finally:
        system.stop()
