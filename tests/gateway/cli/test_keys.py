"""``wardgate key``: a key is made, listed, used, revoked; only its hash rests in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.config.settings import load
from gateway.proxy.auth import hash_key

HEAD = 'upstreams:\n  - {name: vllm, base_url: "http://127.0.0.1:8000/v1"}\n# who may call\n'


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(args)
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with two keys, put together from what `key create` prints."""
    monkeypatch.chdir(tmp_path)
    text = HEAD + "keys:\n"
    for name in ("app", "portal"):
        _, out, _ = run(capsys, "key", "create", name, "--tenant", "acme")
        text += out.split("keys:\n", 1)[1]
        key = out.split("\n", 1)[0].removeprefix("key (shown once): ")
        assert key not in text
        assert hash_key(key, b"") in text
    path = tmp_path / "wardgate.yaml"
    path.write_text(text)
    return path


def test_a_revoked_key_is_no_longer_listed_and_the_file_still_serves(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [key.name for key in load(config).keys] == ["app", "portal"]
    code, out, _ = run(capsys, "key", "revoke", "app")
    assert code == 0
    assert out.startswith("app: taken out of wardgate.yaml (lines 5 to 6).\n")
    assert "restart it, or the key goes on working" in out
    assert [key.name for key in load(config).keys] == ["portal"]
    assert config.read_text().startswith(HEAD)
    assert run(capsys, "key", "list")[1].startswith("portal\ttenant acme")


def test_in_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "key", "revoke", "portal", "--json")
    assert json.loads(out) == {"name": "portal", "first": 7, "last": 8, "file": "wardgate.yaml"}


def test_mistakes_exit_2_and_name_the_cure(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "key", "revoke", "ap") == (
        2, "", "wardgate.yaml:4: keys: there is no key called 'ap' (known here: app, portal)\n")
    assert run(capsys, "key", "revoke", "app", "--config", "no.yaml")[0] == 2
    run(capsys, "key", "revoke", "app")
    code, _, err = run(capsys, "key", "revoke", "portal")
    assert (code, "it is the only key" in err) == (2, True)
