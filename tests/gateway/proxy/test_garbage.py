"""A request leaves nothing for the garbage collector: what it held, callers' texts among it, is freed when it ends.

What refers to itself in a circle stays until the collector comes, hundreds of requests later: with bodies of megabytes
that is memory without a bound, and looking for it was a fifteenth of a request's CPU.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import pytest

from tests.chaos.house import Running, request, running
from tests.gateway.proxy.speaking import PATHS, SPOKEN, asking, telling


@pytest.fixture
async def house() -> AsyncIterator[Running]:
    one = await running()
    yield one
    await one.stop()


def _left() -> list[str]:
    """The types of the gateway's objects that only the collector has freed since it was last run."""
    gc.collect()
    left = sorted({type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith("gateway.")})
    gc.garbage.clear()
    return left


CASES = [(api, False) for api in PATHS] + [(api, True) for api in SPOKEN]


@pytest.mark.parametrize("said", ["Calm.", "It says maskme42 there", "It says FORBIDDEN7 there"])
@pytest.mark.parametrize(("api", "stream"), CASES)
async def test_nothing_of_a_request_is_left_for_the_collector(
    house: Running, api: str, stream: bool, said: str
) -> None:
    house.upstream.script = telling(said)
    client = await house.client()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        client.send(request(asking(api, "hi", stream=stream), PATHS[api]))
        got = await client.answer()
        await house.ended()
        left = _left()
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert got.status == (502 if api not in SPOKEN and "FORBIDDEN7" in said else 200)
    assert left == []
