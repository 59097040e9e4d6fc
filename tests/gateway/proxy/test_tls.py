"""A model server behind TLS: who it is is checked before a byte of a request leaves; and how the key is sent."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import UpstreamSettings
from gateway.errors import UpstreamFailed
from gateway.proxy.models import ModelServer
from gateway.supervisor.assemble import upstream
from tests.chaos.upstream import ChaosUpstream

FOLDER = Path(__file__).parent / "tls"
SECRET = b'{"secret": "of the request"}'
Start = Callable[..., Awaitable[ChaosUpstream]]


@pytest.fixture
async def behind() -> AsyncIterator[Start]:
    """``await behind(file)``: a model server with that certificate; without one, a plain one."""
    servers: list[ChaosUpstream] = []

    async def begin(certificate: str = "") -> ChaosUpstream:
        tls = None
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(FOLDER / certificate, FOLDER / "server.key")
        servers.append(await ChaosUpstream().start(tls))
        return servers[-1]

    yield begin
    for each in servers:
        await each.stop()


def _hop(port: int, host: str = "localhost", scheme: str = "https", **settings: Any) -> ModelServer:
    made = UpstreamSettings(name="tls", base_url=f"{scheme}://{host}:{port}/v1", **settings)
    return upstream(made, time.monotonic)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_server_that_the_ca_file_vouches_for_is_asked(behind: Start, host: str) -> None:
    server = await behind("good.pem")
    hop = _hop(server.port, host, ca_file=str(FOLDER / "ca.pem"))
    for _ in range(2):
        call = await hop.post("/chat/completions", SECRET, "r1")
        assert (call.status, b"Hello, world!" in call.body) == (200, True)
    assert [body for _, body in server.requests] == [SECRET, SECRET]
    assert server.accepted == 1, "the connection is kept"
    hop.close()


@pytest.mark.parametrize(("certificate", "authority"), [
    ("good.pem", ""), ("good.pem", "other_ca.pem"), ("wrong_name.pem", "ca.pem"), ("expired.pem", "ca.pem"),
], ids=["unknown authority", "another authority", "wrong host name", "expired"])
async def test_any_other_is_refused_before_it_is_told_anything(behind: Start, certificate: str, authority: str) -> None:
    server = await behind(certificate)
    hop = _hop(server.port, ca_file=str(FOLDER / authority) if authority else "")
    with pytest.raises(UpstreamFailed) as caught:
        await hop.post("/chat/completions", SECRET, "r1")
    assert (caught.value.status, caught.value.code) == (502, "upstream_failed")
    assert caught.value.message == "The model server could not be reached."
    assert server.requests == []
    hop.close()


@pytest.mark.parametrize(("auth", "sent", "not_sent"), [
    ("bearer", {b"authorization: Bearer sk-of-the-settings"}, (b"x-api-key", b"anthropic-version")),
    ("x-api-key", {b"x-api-key: sk-of-the-settings", b"anthropic-version: 2023-06-01"}, (b"authorization",)),
])  # fmt: skip
async def test_how_the_key_is_sent(behind: Start, auth: str, sent: set[bytes], not_sent: tuple[bytes, ...]) -> None:
    server = await behind()
    hop = _hop(server.port, scheme="http", api_key="sk-of-the-settings", auth=auth)
    await hop.post("/messages", b"{}", "r1")
    lines = set(server.requests[0][0].split(b"\r\n"))
    assert sent <= lines
    assert not [line for line in lines if line.lower().startswith(not_sent)]
    hop.close()
