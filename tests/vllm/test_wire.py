"""The embedded engine's wire beside real vLLM's, field by field: every difference is in the table, or a defect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from model_server.embedded import start
from tests.vllm.conftest import Served
from tests.vllm.differences import KNOWN, METRICS_OF_VLLM_ALONE
from tests.vllm.wire import ANSWERED, KEY, REFUSED, Probe, Told, story, tell, unlike

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="module")]
Found = tuple[str, str, str]
"""(place, what the embedded engine has there, what vLLM has there)."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engines(vllm: Served) -> AsyncIterator[tuple[aiohttp.ClientSession, aiohttp.ClientSession]]:
    runner = await start("127.0.0.1", 0, name="handbook", api_key=KEY)
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as embedded, aiohttp.ClientSession(vllm.url) as real:
        yield embedded, real
    await runner.cleanup()


Engines = tuple[aiohttp.ClientSession, aiohttp.ClientSession]


async def both(engines: Engines, probe: Probe) -> tuple[Told, Told]:
    embedded, real = engines
    return await tell(embedded, probe), await tell(real, probe)


def differences(embedded: Told, vllm: Told) -> Iterator[Found]:
    """Status, content type, fields, their types and values; of an error what clients branch on."""
    if embedded.status != vllm.status:
        yield "status", str(embedded.status), str(vllm.status)
        return
    if embedded.content_type != vllm.content_type:
        yield "content type", embedded.content_type, vllm.content_type
    if embedded.status >= 400:
        yield from _errors(embedded.values, vllm.values)
        return
    for place in sorted(embedded.fields.keys() | vllm.fields.keys()):
        mine, theirs = (told.fields.get(place, frozenset({"absent"})) for told in (embedded, vllm))
        if mine != theirs:
            yield place, "/".join(sorted(mine)), "/".join(sorted(theirs))
    values = [story(t.values) if isinstance(t.values, list) else t.values for t in (embedded, vllm)]
    for place, one, other in unlike(*values):
        yield f"value of {place}", one, other


def _errors(embedded: Any, vllm: Any) -> Iterator[Found]:
    assert set(embedded) == {"error"}
    if not isinstance(vllm.get("error"), dict):
        yield "body", "error object", ", ".join(sorted(vllm))
        return
    assert set(embedded["error"]) == set(vllm["error"]) == {"message", "type", "param", "code"}
    assert isinstance(embedded["error"]["message"], str)
    assert isinstance(vllm["error"]["message"], str)
    for name in ("type", "param", "code"):
        if embedded["error"][name] != vllm["error"][name]:
            yield f"error/{name}", str(embedded["error"][name]), str(vllm["error"][name])


def unexplained(probe: Probe, found: Iterator[Found]) -> list[Found]:
    return [each for each in found if not any(row.allows(probe.name, *each) for row in KNOWN)]


@pytest.mark.parametrize("probe", ANSWERED, ids=lambda probe: probe.name)
async def test_answers_agree_in_fields_types_and_values(engines: Engines, probe: Probe) -> None:
    embedded, vllm = await both(engines, probe)
    assert embedded.status == 200
    assert not unexplained(probe, differences(embedded, vllm))


@pytest.mark.parametrize("probe", REFUSED, ids=lambda probe: probe.name)
async def test_refusals_agree(engines: Engines, probe: Probe) -> None:
    embedded, vllm = await both(engines, probe)
    assert embedded.status >= 400
    assert not unexplained(probe, differences(embedded, vllm))


async def test_every_known_difference_is_still_one(engines: Engines) -> None:
    """A row that nothing needs any more would hide the next difference."""
    met = set()
    for probe in (*ANSWERED, *REFUSED):
        for each in differences(*await both(engines, probe)):
            met |= {row for row in KNOWN if row.allows(probe.name, *each)}
    assert [row for row in KNOWN if row not in met] == []


async def families(http: aiohttp.ClientSession) -> dict[str, Metric]:
    async with http.get("/metrics") as reply:
        found = text_string_to_metric_families(await reply.text())
        return {family.name: family for family in found if family.name.startswith("vllm:")}


def shape(family: Metric) -> tuple[str, set[str]]:
    labels = {label for sample in family.samples for label in sample.labels if label != "le"}
    return family.type, labels


async def test_metrics_agree_in_names_types_and_labels(engines: Engines) -> None:
    await asyncio.gather(*(tell(http, ANSWERED[4]) for http in engines))  # a label shows once something was counted
    embedded, vllm = [await families(http) for http in engines]
    assert len(embedded) >= 11
    assert {name: shape(family) for name, family in embedded.items()} == {
        name: shape(vllm[name]) for name in embedded if name in vllm
    }
    missing = {name.removeprefix("vllm:") for name in vllm.keys() - embedded.keys() if not name.endswith("_created")}
    assert {name for name in missing if not name.startswith(tuple(METRICS_OF_VLLM_ALONE))} == set()
    assert [prefix for prefix in METRICS_OF_VLLM_ALONE if not any(map(str.startswith, missing, [prefix] * len(missing)))] == []
