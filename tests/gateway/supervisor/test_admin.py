"""The admin port keeps its door shut to everyone without its own key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.supervisor import admin


class House:
    """Counts the reloads that got through."""

    def __init__(self) -> None:
        self.reloads = 0

    def policies(self) -> dict[str, Any]:
        return {"revision": "r"}

    async def reload(self) -> dict[str, Any]:
        self.reloads += 1
        return {"ok": self.reloads == 1}

    def status(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer ", "Bearer admin-ke", "Bearer admin-keyy", "admin-key",
                                  "Basic admin-key", "Bearer \u00fcber", "Bearer admin-key\x7f"])  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/admin/policies"), ("POST", "/admin/policies/reload"), ("GET", "/admin/decisions/1"), ("GET", "/nothing")],
)
async def test_without_the_key_nothing_opens(method: str, path: str, sent: str | None) -> None:
    house = House()
    async with TestClient(TestServer(admin.build(house, "admin-key", None))) as client:
        headers = {} if sent is None else {"authorization": sent}
        try:
            answer = await client.request(method, path, headers=headers)
        except ValueError:
            return  # the client would not even send it
        assert answer.status in (400, 401)
        assert "admin-key" not in await answer.text()
    assert house.reloads == 0


async def test_with_the_key_it_opens() -> None:
    headers = {"authorization": "Bearer admin-key"}
    async with TestClient(TestServer(admin.build(House(), "admin-key", None)), headers=headers) as client:
        assert (await (await client.get("/admin/policies")).json()) == {"revision": "r"}
        assert (await client.post("/admin/policies/reload")).status == 200
        assert (await client.post("/admin/policies/reload")).status == 409
        assert (await client.get("/admin/policies/reload")).status == 405
        answer = await client.get("/admin/decisions/nothing")
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")


def test_a_missing_or_broken_audit_file_has_no_decisions(tmp_path: Path) -> None:
    broken = tmp_path / "audit.db"
    broken.write_bytes(b"this is no database" * 100)
    for path in (None, tmp_path / "missing.db", broken):
        assert admin.read_decision(path, "x") == []
