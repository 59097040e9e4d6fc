"""Listening sockets: a port of one's own, or one port with several queues that no one else can join unnoticed."""

from __future__ import annotations

import socket

import pytest

from gateway.errors import ConfigError
from gateway.supervisor.sockets import bind, bind_shared, url


def close(listeners: list[socket.socket]) -> None:
    for each in listeners:
        each.close()


def test_several_sockets_share_a_port() -> None:
    listeners = bind_shared("127.0.0.1:0", "data", 3)
    try:
        assert len({each.getsockname() for each in listeners}) == 1
        assert url(listeners[0]) == f"http://127.0.0.1:{listeners[0].getsockname()[1]}"
        assert all(each.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) for each in listeners)
    finally:
        close(listeners)


def test_one_socket_shares_with_no_one() -> None:
    (only,) = bind_shared("127.0.0.1:0", "data", 1)
    try:
        assert not only.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
    finally:
        only.close()


@pytest.mark.parametrize("first", [1, 2])
def test_a_second_gateway_cannot_join_the_port_of_the_first(first: int) -> None:
    listeners = bind_shared("127.0.0.1:0", "data", first)
    port = listeners[0].getsockname()[1]
    try:
        with pytest.raises(ConfigError, match=rf"listen\.data: port {port} on 127\.0\.0\.1 is already in use"):
            bind_shared(f"127.0.0.1:{port}", "data", 2)
        with pytest.raises(ConfigError):
            bind(f"127.0.0.1:{port}", "data")
    finally:
        close(listeners)
