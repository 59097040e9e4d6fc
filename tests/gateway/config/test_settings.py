"""Settings: an empty file serves; every mistake names file, line, field and cure, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import settings as settings_module
from gateway.config.settings import is_loopback, load, loads, split_address
from gateway.errors import ConfigError

FULL = """
listen: {data: "0.0.0.0:4000"}
upstreams:
  - {name: vllm, base_url: "http://127.0.0.1:8000/v1/", api_key: "${VLLM_API_KEY}"}
  - {name: other, base_url: "https://models.example", api_key: os.environ/OTHER}
models:
  - {name: handbook, upstream: vllm, model: inner}
  - {name: "*", upstream: other}
keys:
  - {name: app, key: "${APP_KEY}", tenant: acme, models: ["handbook*"], rpm: 60}
audit: {sink: "sqlite:///audit.db", mode: required}
"""
ENVIRONMENT = {"VLLM_API_KEY": "sk-a", "OTHER": "sk-b", "APP_KEY": "wg-c"}


def test_an_empty_file_serves() -> None:
    for settings in (load(None), loads(b""), loads(b"# nothing\n")):
        assert settings.listen.data == "127.0.0.1:4000"
        assert settings.served[0].name == "*"
        assert settings.audit.path == Path(".wardgate/audit.db")


def test_a_whole_file() -> None:
    settings = loads(FULL.encode(), "w.yaml", ENVIRONMENT)
    assert settings.upstreams[0].base_url == "http://127.0.0.1:8000/v1"
    assert [each.api_key for each in settings.upstreams] == ["sk-a", "sk-b"]
    assert (settings.keys[0].key, settings.keys[0].models) == ("wg-c", ("handbook*",))
    assert settings.audit.mode == "required"
    assert "sk-a" not in repr(settings)
    assert "wg-c" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("listn: {}", "w.yaml:1: listn: unknown key 'listn' (did you mean 'listen'?)"),
        ("listen:\n  dat: x", "w.yaml:2: listen.dat: unknown key 'dat' in listen (did you mean 'data'?)"),
        ("listen: {data: nowhere}", "must be host:port"),
        ("listen: {data: '127.0.0.1:99999'}", "must be host:port"),
        ("workers: 0", "w.yaml:1: workers"),
        ("upstreams: []", "at least one model server"),
        ("upstreams:\n  - {name: a, base_url: 'ftp://x'}", "w.yaml:2: upstreams[0].base_url: must be http(s)://"),
        ("upstreams:\n  - {name: a, base_url: 'http://user:pass@x/v1'}", "must be http(s)://"),
        ("upstreams:\n  - {name: a}", "'base_url' is missing"),
        ("upstreams:\n  - {name: a, litellm: claude}", "w.yaml:2: upstreams[0].litellm: must be provider/model"),
        ("upstreams:\n  - {name: a, base_url: 'http://x', credentials: environment}", "is for litellm only"),
        ("upstreams:\n  - {name: a, base_url: 'https://x', ca_file: /none/ca.pem}",
         "w.yaml:2: upstreams[0].ca_file: cannot be read, or holds no certificate (give the path of a PEM file)"),
        (f"upstreams:\n  - {{name: a, base_url: 'https://x', ca_file: '{__file__}'}}", "or holds no certificate"),
        ("models:\n  - {name: m, upstream: nope}", "w.yaml:2: models[0].upstream: names an upstream that is not"),
        ("keys:\n  - {name: a}", "w.yaml:2: keys[0]: needs either key or hash"),
        ("keys:\n  - {name: a, key: x, hash: 'sha256:0'}", "must be sha256:"),
        ("keys:\n  - {name: a, key: x}\n  - {name: a, key: y}", "w.yaml:3: keys[1].name: two keys have the same name"),
        ("keys:\n  - {name: a, key: '${NOT_SET}'}", "w.yaml:2: keys[0].key: the environment variable NOT_SET is not set"),
        ("audit: {sink: 'redis://x'}", "must be sqlite:///PATH or none"),
        ("audit: {mode: sometimes}", "must be one of best_effort, required"),
        ("listen: {data: '0.0.0.0:4000'}", "w.yaml:1: listen.data: the data port is open to others"),
        ("limits: {max_body: big}", "limits.max_body: must be a whole number, not text"),
        ("limits: {idle_timeout: -1}", "limits.idle_timeout: should be greater than 0"),
    ],
)
def test_a_mistake_names_its_place_and_cure(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text.encode(), "w.yaml", {})
    assert expected in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        loads(b"listn: {}\nworkers: x\n", "w.yaml", {})
    assert "listn" in str(caught.value)
    assert "workers" in str(caught.value)


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        loads(b"upstreams:\n  - {name: a, base_url: 'sk-CANARY-secret'}\nworkers: sk-CANARY-2", "w.yaml", {})
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "parts", "loopback"),
    [("127.0.0.1:1", ("127.0.0.1", 1), True), ("[::1]:2", ("::1", 2), True), ("localhost:3", ("localhost", 3), True),
     ("0.0.0.0:4", ("0.0.0.0", 4), False), ("example.org:5", ("example.org", 5), False)],
)  # fmt: skip
def test_addresses(address: str, parts: tuple[str, int], loopback: bool) -> None:
    assert split_address(address) == parts
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        ("litellm: anthropic/x", "w.yaml:2: upstreams[0]: needs either api_key or credentials: environment"),
        ("litellm: anthropic/x, api_key: k, credentials: environment", "needs either api_key or credentials"),
        ("litellm: anthropic/x, api_key: k, ca_file: a.pem", "upstreams[0].ca_file: has no effect on a litellm"),
        ("litellm: anthropic/x, api_key: k, auth: x-api-key", "upstreams[0].auth: has no effect on a litellm"),
        ("litellm: anthropic/x, api_key: k}\nmodels:\n  - {name: m, upstream: a, model: other", "a litellm upstream serves"),
    ],
)
def test_a_litellm_upstream_s_mistakes(monkeypatch: pytest.MonkeyPatch, upstream: str, expected: str) -> None:
    monkeypatch.setattr(settings_module, "find_spec", lambda name: name)
    with pytest.raises(ConfigError) as caught:
        loads(f"upstreams:\n  - {{name: a, {upstream}}}".encode(), "w.yaml", {})
    assert expected in str(caught.value)


def test_a_variable_that_redirects_a_litellm_upstream_is_named_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "find_spec", lambda name: name)
    text = "upstreams:\n  - {name: a, litellm: anthropic/x, api_key: k%s}"
    with pytest.raises(ConfigError) as caught:
        loads((text % "").encode(), "w.yaml", {"ANTHROPIC_BASE_URL": "http://x"})
    assert str(caught.value) == (
        "w.yaml:2: upstreams[0].litellm: the environment variable ANTHROPIC_BASE_URL may send this upstream's requests "
        "elsewhere (unset ANTHROPIC_BASE_URL, or write base_url here)"
    )
    assert loads((text % ", base_url: 'http://y'").encode(), "w.yaml", {"ANTHROPIC_BASE_URL": "http://x"}).upstreams


def test_a_litellm_upstream_without_the_package_is_refused_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        loads(b"upstreams:\n  - {name: a, litellm: anthropic/x, api_key: k}", "w.yaml", {})
    assert str(caught.value) == (
        "w.yaml:2: upstreams[0].litellm: needs the package litellm, which is not installed "
        "(pip install 'wardgate[litellm]')"
    )
