"""docs/routes.md lists what the code serves and refuses, and no resource of the official clients is left to chance."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.settings import CheckSettings, FeedbackSettings, Settings, loads
from gateway.proxy.app import SERVED
from gateway.proxy.local import LOCAL
from gateway.wire.apis import RELAYED
from gateway.wire.checks import MEMBERS
from gateway.wire.completions.request import MAX_CHOICES
from gateway.wire.feedback import MAX_NOTE, MAX_TEXT, VERDICTS
from gateway.wire.feedback import MEMBERS as FEEDBACK
from gateway.wire.routes import REFUSED, refusal

TEXT = (Path(__file__).parents[2] / "docs" / "routes.md").read_text("utf-8")
ASKS = frozenset({"_get", "_post", "_put", "_patch", "_delete", "_get_api_list"})


def _table(heading: str) -> dict[str, str]:
    """The rows of the table under a heading: the last cell by the name in the first one."""
    part = re.split(r"^#+ ", TEXT.split(f"{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): row[-1].strip() for row in rows}


def test_the_guarded_routes() -> None:
    guarded = _table("## Guarded: judged on the way to a model server, and on the way back")
    assert set(guarded) == {route.decode() for route in RELAYED}


def test_the_routes_that_are_answered_here() -> None:
    assert set(_table("## Answered by the gateway itself")) == {*(route.decode() for route in LOCAL), "/v1/models"}


def test_the_refused_routes_with_their_reasons() -> None:
    assert _table("## Refused") == {each.path: each.reason for each in REFUSED}
    paths = [each.path for each in REFUSED]
    assert len(paths) == len(set(paths))


def test_members_limits_and_verdicts() -> None:
    members = " ".join(re.findall(r"^\| (`[^|]+) \|", TEXT.split("### `POST /v1/checks`")[1].split("The answer:")[0], re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", members)) == set(MEMBERS)
    about_feedback = TEXT.split("### `POST /v1/feedback`")[1]
    assert [name for name in (*VERDICTS, *FEEDBACK) if f"`{name}`" not in about_feedback] == []
    assert f"{MAX_NOTE:,} characters" in about_feedback
    assert f"{MAX_TEXT:,}" in about_feedback
    assert f"at most {MAX_CHOICES} choices" in TEXT


def test_the_settings_are_the_defaults_and_load() -> None:
    explain, limits, suite = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    told = loads(explain.encode(), environment={"WARDGATE_KEY": "one", "WARDGATE_TEST_KEY": "two"})
    assert (told.explain, [each.explain for each in told.keys]) == (Settings().explain, [None, "findings"])
    settings = loads(limits.encode())
    assert (settings.checks, settings.feedback) == (CheckSettings(), FeedbackSettings())
    assert loads(suite.encode()).feedback.suite == "feedback/"
    assert f"{CheckSettings().rpm} times a minute together, and send feedback {FeedbackSettings().rpm} times" in TEXT


def paths_of(package: str, prefix: str) -> Iterator[str]:
    """Every path that the resources of an installed client ask for, by what its source hands to its own HTTP methods."""
    found = importlib.util.find_spec(package)
    assert found is not None, f"{package} is a development dependency: run make test"
    assert found.submodule_search_locations
    root = Path(found.submodule_search_locations[0]) / "resources"
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS and node.args:
                path = node.args[0]
                path = path.args[0] if isinstance(path, ast.Call) and path.args else path
                if isinstance(path, ast.Constant) and isinstance(path.value, str):
                    yield prefix + path.value.partition("?")[0]


@pytest.mark.parametrize(("package", "prefix", "least"), [("openai", "/v1", 150), ("anthropic", "", 100)])
def test_every_path_of_the_official_clients_is_served_or_refused_with_a_reason(package: str, prefix: str, least: int) -> None:
    paths = set(paths_of(package, prefix))
    assert len(paths) > least
    left = [path for path in sorted(paths) if path not in SERVED and not path.startswith("/v1/models/")]
    assert [path for path in left if not any(path == each.path or path.startswith(each.path + "/") for each in REFUSED)] == []
    assert len(left) < len(paths), "some are served"


def test_a_refusal_names_the_reason_and_what_there_is_and_repeats_nothing_of_the_path() -> None:
    error = refusal("/v1/files/canary-77", SERVED)
    assert (error.status, error.code) == (404, "unsupported_route")
    assert "No guard reads" in error.message
    assert [route for route in SERVED if route not in error.message] == []
    assert "canary" not in error.message
    assert refusal("/v1/filesystem", SERVED).message.startswith("This route is not served. Served are /v1/")
