"""As many calls of the official clients pass through the gateway as pass directly, with the same parsed results."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance import node
from tests.conformance.calls import ALIASES, METHODS, of, untried
from tests.conformance.house import POLICY
from tests.conformance.run import Tally, Targets
from tests.conformance.unserved import sweep

pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of the clients' helpers, about generics
LOCAL = {"moderations"}
"""Resources that the gateway answers without any model server: they pass at a dead end, too."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conformance")


@pytest.fixture
async def targets(folder: Path) -> AsyncIterator[Targets]:
    async with Targets(folder) as each:
        yield each


def test_no_parameter_of_the_installed_clients_is_left_untried() -> None:
    assert {f"{each.resource}.{each.name}": left for each in METHODS if (left := untried(each))} == {}


async def test_the_least_and_the_most_of_every_method(targets: Targets) -> None:
    tally = Tally()
    for method in METHODS:
        await targets.run([call for call in of(method) if call.label in ("least", "everything")], tally)
    _check(tally)


async def test_an_edit_is_a_difference(folder: Path) -> None:
    """The comparison can fail: a policy that masks a word makes every call differ, in the question or in the answer."""
    (folder / "edits").mkdir()
    tally = Tally()
    async with Targets(folder / "edits", POLICY.replace('"answer"], action: flag', '"answer"], action: mask')) as targets:
        for method in METHODS:
            if method.name == "create" and method.resource not in LOCAL | {"embeddings", "completions"}:
                await targets.run([next(iter(of(method)))], tally)
    assert {key: (row.gateway, row.different) for key, row in tally.rows.items()} == dict.fromkeys(tally.rows, (0, 1))
    assert len(tally.rows) == 12


@pytest.mark.conformance
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # some of these methods say that they will go
async def test_what_is_not_served_is_refused_as_documented(targets: Targets) -> None:
    refused, faults = await sweep(targets.gateway.port)
    print(f"\nmethods that are not served, all refused as documented: {refused}")
    assert faults == []
    assert refused["openai"] > 350
    assert refused["anthropic"] > 350
    assert targets.mock.asked == [], "none of them reached a model server"


@pytest.mark.conformance
async def test_every_parameter_of_every_method_by_the_python_clients(targets: Targets) -> None:
    tally = Tally()
    for method in (*METHODS, *ALIASES):
        await targets.run(of(method), tally)
    print(f"\n{tally.table()}")
    _check(tally)
    assert sum(row.calls for row in tally.rows.values()) > 1000


@pytest.mark.conformance
async def test_every_parameter_of_every_method_by_the_node_clients(targets: Targets, tmp_path: Path) -> None:
    await node.install(tmp_path)
    tally = Tally()
    await node.run(tmp_path, targets, node.calls(), tally)
    print(f"\n{tally.table()}")
    _check(tally)
    assert sum(row.calls for row in tally.rows.values()) > 500


def _check(tally: Tally) -> None:
    assert tally.faults == []
    assert [key for key, row in tally.rows.items() if row.gateway + row.refused != row.direct or row.direct != row.calls] == []
    alive = {method.partition(".")[0] for (_, method), row in tally.rows.items() if row.dead}
    assert alive == LOCAL, "only what the gateway answers itself passes where no model server is"


