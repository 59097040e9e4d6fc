"""The listening sockets: made once, by the supervisor, and kept open for as long as it lives.

A worker that ends leaves its socket open here, so connections that wait in its queue wait for its successor
instead of being reset. Several workers listen on one port, each with a socket and a queue of its own
(``SO_REUSEPORT``), so that none is woken for a connection that another takes.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from gateway.config.settings import split_address
from gateway.errors import ConfigError

BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the listeners are, as ``http://host:port``; admin is empty when no admin key is set."""

    data: str
    admin: str
    ops: str


def bind(address: str, field: str) -> socket.socket:
    """A listening socket. Raises ConfigError that names the port and the setting to change."""
    host, port = split_address(address)
    listener = _bound(host, port, field, shared=False)
    _listen(listener)
    return listener


def bind_shared(address: str, field: str, count: int) -> list[socket.socket]:
    """``count`` listening sockets on one port. Raises ConfigError as ``bind`` does.

    The port is first taken alone: a second gateway of the same user would otherwise join in without a word.
    """
    if count == 1:
        return [bind(address, field)]
    host, port = split_address(address)
    _bound(host, port, field, shared=False).close()
    listeners: list[socket.socket] = []
    try:
        for _ in range(count):
            listeners.append(_bound(host, port, field, shared=True))
            port = listeners[0].getsockname()[1]
    except ConfigError:
        for each in listeners:
            each.close()
        raise
    for each in listeners:
        _listen(each)
    return listeners


def url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(listener: socket.socket) -> None:
    listener.listen(BACKLOG)
    listener.setblocking(False)


def _bound(host: str, port: int, field: str, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        busy = error.errno == errno.EADDRINUSE
        what = (f"port {port} on {host} is already in use" if busy
                else f"cannot listen on {host}:{port}: {error.strerror}")  # fmt: skip
        cure = f"stop what uses it, or set listen.{field} to another port"
        raise ConfigError(what, field=f"listen.{field}", cure=cure) from None
    return listener
