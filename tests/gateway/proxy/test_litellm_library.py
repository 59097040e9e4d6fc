"""litellm is imported late, only where it is asked for, and never finds its own way to a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config.settings import loads, redirecting_variable
from gateway.errors import ConfigError
from gateway.proxy.litellm_library import prepare
from gateway.supervisor import assemble

ROOT = Path(__file__).parents[3]
CONFIG = b"""
upstreams:
  - {name: claude, litellm: "anthropic/claude-sonnet-4-5", api_key: "sk"}
"""


def run(code: str) -> str:
    """What ``code`` prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_package_the_start_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    with pytest.raises(ConfigError) as caught:
        prepare("anthropic/x", upstream="claude", base_url="")
    assert str(caught.value) == (
        "upstreams.claude.litellm: needs the package litellm, which is not installed (pip install 'wardgate[litellm]')"
    )


def test_the_direct_path_imports_nothing_of_it() -> None:
    said = run(
        "import asyncio, json, sys, time\n"
        "from gateway.config.settings import loads\n"
        "from gateway.supervisor import assemble, run\n"
        "assemble.models(loads(b''), time.monotonic)\n"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] in ('litellm', 'httpx', 'openai')]))"
    )
    assert json.loads(said) == []


def test_a_variable_that_would_redirect_the_upstream_is_found() -> None:
    for variable in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "LITELLM_API_BASE", "ANTHROPIC_FILES_API_BASE"):
        assert redirecting_variable("anthropic", {variable: "x", "PATH": "x"}) == variable
    assert redirecting_variable("bedrock", ["AWS_BEDROCK_RUNTIME_ENDPOINT"])
    assert redirecting_variable("vertex_ai", ["VERTEXAI_API_BASE"])
    assert redirecting_variable("anthropic", ["OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT"]) == ""


@pytest.mark.litellm
def test_every_variable_that_litellm_reads_an_anthropic_address_from_is_refused() -> None:
    """The names are read from litellm's own code, so that a new one does not slip by."""
    import re
    from importlib.util import find_spec

    found = find_spec("litellm")
    assert found is not None
    assert found.origin is not None
    code = (Path(found.origin).parent / "llms" / "anthropic" / "common_utils.py").read_text("utf-8")
    names = set(re.findall(r"""["'](ANTHROPIC_[A-Z_]*(?:BASE|URL|ENDPOINT|HOST)[A-Z_]*)["']""", code))
    assert {"ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"} <= names
    for name in names - {"ANTHROPIC_DISABLE_URL_SUFFIX"}:
        assert redirecting_variable("anthropic", {name: "x"}) == name


@pytest.mark.litellm
def test_a_whole_start_with_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    models = assemble.models(loads(CONFIG), lambda: 0.0)
    assert models.upstreams[0].target.name == "claude"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://x")
    for start in (lambda: loads(CONFIG), lambda: prepare("anthropic/claude-sonnet-4-5", upstream="c", base_url="")):
        with pytest.raises(ConfigError, match="ANTHROPIC_BASE_URL may send this upstream's requests elsewhere"):
            start()


@pytest.mark.litellm
def test_an_unknown_provider_is_named_at_the_start() -> None:
    with pytest.raises(ConfigError, match="knows no such provider"):
        prepare("nosuchprovider/x", upstream="claude", base_url="http://127.0.0.1:1")


@pytest.mark.litellm
def test_the_import_uses_no_network_no_dot_env_file_and_leaves_the_logs_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=sk-of-a-file\n")
    said = run(
        "import json, logging, os, socket, sys\n"
        f"os.chdir({str(tmp_path)!r}); sys.path.insert(0, {str(ROOT)!r})\n"
        "os.environ['LITELLM_LOG'] = 'DEBUG'\n"
        "asked = []\n"
        "socket.getaddrinfo = lambda *a, **k: asked.append(a[:2]) or (_ for _ in ()).throw(OSError())\n"
        "socket.socket.connect = lambda self, to: asked.append(to)\n"
        "logging.getLogger().setLevel(logging.DEBUG)\n"
        "before = logging.getLogger().handlers[:], logging.getLogger().level\n"
        "from gateway.proxy.litellm_library import prepare\n"
        "p = prepare('anthropic/claude-sonnet-4-5', upstream='c', base_url='http://127.0.0.1:1')\n"
        "loud = [n for n, l in logging.root.manager.loggerDict.items() if n.lower().startswith('litellm')\n"
        "        and isinstance(l, logging.Logger) and (l.handlers or not l.disabled)]\n"
        "print(json.dumps([asked, os.environ.get('ANTHROPIC_API_KEY'), loud,\n"
        "    (logging.getLogger().handlers, logging.getLogger().level) == before, 'tools' in p.known, 'n' in p.known,\n"
        "    p.library.callbacks + p.library.success_callback + p.library.failure_callback]))"
    )
    assert json.loads(said) == [[], None, [], True, True, False, []]
