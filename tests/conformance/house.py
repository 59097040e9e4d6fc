"""A gateway with the shipped guards on and a policy that lets everything pass, in front of the mock or of nothing."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from gateway.config.settings import loads
from gateway.supervisor import assemble
from gateway.supervisor.policies import ActivePolicies
from gateway.telemetry.metrics import Metrics
from tests.chaos.house import RememberingAudit

KEY = "wg-conformance-0123456789"
POLICY = """\
policy: pass-everything
mode: enforce
on_unscannable: {image: flag, audio: flag, video: flag, file: flag, text: flag, tokens: flag, other: flag}
rules:
  - {id: limits, guard: limits, on: {input: all}, max_characters: 10, action: flag}
  - {id: injection, guard: injection, on: {input: all, output: all}, action: flag}
  - {id: secrets, guard: secrets, on: {input: all, output: all}, action: flag}
  - {id: personal-data, guard: pii, on: {input: all, output: all}, action: flag}
  - {id: quoted, guard: pattern, on: {input: all, output: all}, patterns: ["quoted", "answer"], action: flag}
"""
"""The last rule finds something in nearly every call: that a finding alone changes nothing is a part of the proof."""


def active(folder: Path, policy: str = POLICY) -> ActivePolicies:
    """``policy``, written into ``folder`` and loaded as a supervisor does."""
    file = folder / "pass-everything.yaml"
    file.write_text(policy, "utf-8")
    policies = ActivePolicies(file)
    policies.load()
    return policies


class GatewayHouse:
    """One running gateway; ``port`` is the model server's, or 0 for a port at which no one answers."""

    def __init__(self, policies: ActivePolicies, port: int) -> None:
        self._dead: socket.socket | None = None
        if not port:
            self._dead = socket.socket()  # bound and never listening: kept, so that no one else gets the port
            self._dead.bind(("127.0.0.1", 0))
            port = self._dead.getsockname()[1]
        self.audit = RememberingAudit()
        self._settings = loads(
            f"upstreams: [{{name: mock, base_url: 'http://127.0.0.1:{port}/v1'}}]\n"
            f"keys: [{{name: app, key: '{KEY}'}}]\nchecks: {{rpm: 0}}\naudit: {{sink: none}}\n".encode()
        )
        self._policies, self.port = policies, 0

    async def start(self) -> GatewayHouse:
        self._gateway = assemble.gateway(self._settings, self._policies, Metrics(), self.audit)
        self._gateway.start()
        self._server = await asyncio.get_running_loop().create_server(self._gateway.connection, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        await self._gateway.close()
        if self._dead is not None:
            self._dead.close()
