"""``wardgate serve`` as a process of its own, for what only a process can show: signals, ports, logs, crashes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ADMIN_KEY = "admin-key-for-tests"

CONFIG = """
listen: {{data: "127.0.0.1:0", admin: "127.0.0.1:0", ops: "127.0.0.1:0"}}
admin_key: {admin}
upstreams:
  - {{name: chaos, base_url: "{base_url}", api_key: "{upstream_key}"}}
keys: {keys}
policies: {policies}
audit: {{sink: "sqlite:///{audit}", mode: {mode}}}
limits: {{drain_grace: {grace}}}
log_level: debug
"""


class Serving:
    """A running ``wardgate serve`` in ``folder``; its log lines are in ``log``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.jsonl"
        self.audit = folder / "audit.db"
        self.data = self.admin = self.ops = ""
        self.process: subprocess.Popen[bytes]

    async def start(
        self, base_url: str, key: str, *, upstream_key: str = "sk-up", grace: float = 5.0, rules: str = "[]",
        more: str = "", keys: str = "", audit: str = "best_effort", policies: Path | None = None,
    ) -> Serving:
        """``more``: further lines of ``wardgate.yaml``; ``keys``: another list of keys; ``audit``: its mode;
        ``policies``: a folder of them, instead of one with ``rules``.
        """
        if policies is None:
            policies = self.folder / "policies"
            policies.mkdir(exist_ok=True)
            (policies / "test.yaml").write_text(f"policy: test\nrules: {rules}\n")
        config = self.folder / "wardgate.yaml"
        config.write_text(CONFIG.format(
            admin=ADMIN_KEY, base_url=base_url, keys=keys or f'[{{name: app, key: "{key}", tenant: acme}}]',
            policies=policies, audit=self.audit, mode=audit, grace=grace, upstream_key=upstream_key,
        ) + more)  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli.main", "serve", "--config", str(config), "--json"],
                cwd=self.folder, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        assert line, self.log.read_text()
        addresses = json.loads(line)
        self.data, self.admin, self.ops = addresses["data"], addresses["admin"], addresses["ops"]
        return self

    @property
    def port(self) -> int:
        return int(self.data.rsplit(":", 1)[1])

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def exit_code(self, within: float = 10.0) -> int:
        return await asyncio.to_thread(self.process.wait, within)

    async def get(self, url: str, key: str = "", method: str = "GET") -> tuple[int, Any]:
        """Status and parsed JSON (or text) of an admin or ops route."""
        import urllib.error
        import urllib.request

        def fetch() -> tuple[int, bytes]:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            asked = urllib.request.Request(url, method=method, headers=headers)
            try:
                with urllib.request.urlopen(asked, timeout=5) as reply:
                    return reply.status, reply.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read()

        status, body = await asyncio.to_thread(fetch)
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
