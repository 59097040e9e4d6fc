"""CONTRIBUTING.md followed to the letter: its guard and its table, put into a copy of the tree, and nothing else.

The guard's own table passes there, and so does every test that looks at the guards as a whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = "tests/gateway/guards/test_ticket.py"
BESIDE = ("tests/policies", "tests/gateway/core/test_guard.py", "tests/gateway/config", "tests/gateway/cli",
          "tests/gateway/guards/test_limits.py", "tests/test_files.py")  # fmt: skip
"""What knows of guards in general: the docs, the schema, the registry, policy files, the commands, house rules."""


def _blocks() -> tuple[str, str]:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    guard = next(block for block in blocks if "@guard(" in block)
    table = next(block for block in blocks if "guard_table(" in block)
    return guard, table


def _git(home: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=home, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files of this tree, as a clone would have them."""
    home = tmp_path_factory.mktemp("clone")
    for name in _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith("model_server/models/"):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, home / name)
    _git(home, "init", "--quiet")
    return home


def _follow(home: Path, guard: str, table: str) -> None:
    (home / "gateway" / "guards" / "ticket.py").write_text(guard)
    (home / TABLE).write_text(table)
    _git(home, "add", "--all")


def _run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run([sys.executable, "-m", *command], cwd=home, capture_output=True, text=True, env=environment)


def _tests(home: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    return _run(home, "pytest", "-p", "no:cacheprovider", *paths)


def test_a_guard_is_one_file_and_one_table(tree: Path) -> None:
    _follow(tree, *_blocks())
    done = _tests(tree, TABLE)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b20 passed", done.stdout), done.stdout[-500:]  # 4 rows, 5 checks each


def test_nothing_else_asks_for_an_edit(tree: Path) -> None:
    _follow(tree, *_blocks())
    done = _tests(tree, *BESIDE)
    assert done.returncode == 0, done.stdout[-3000:]
    asked = _run(tree, "pytest", "--collect-only", "-p", "no:cacheprovider", BESIDE[1]).stdout
    assert "[ticket]" in asked, "the copy's own guards were looked at"


def test_policies_commands_and_editors_know_it_at_once(tree: Path) -> None:
    """Step 4's rule does what it says; step 5's command writes the schema, and its freshness is asked for as before."""
    _follow(tree, *_blocks())
    rule = re.search(r"`- (\{id: no-tickets, .*\})`", (ROOT / "CONTRIBUTING.md").read_text())
    assert rule is not None
    (tree / "mine.yaml").write_text(
        f"policy: mine\nrules:\n  - {rule[1]}\n"
        'tests:\n  - {name: a ticket, assistant: "see TCK-123455", expect: edit, text: "see <TICKET>"}\n'
    )
    done = _run(tree, "gateway.cli.main", "policy", "test", "mine.yaml")
    assert done.stdout.startswith("1 passed"), done.stderr
    assert "right check" in _run(tree, "gateway.cli.main", "policy", "guards", "ticket").stdout
    schema = tree / "policies" / "schema.json"
    _run(tree, "gateway.cli.main", "policy", "schema", "--output", str(schema))
    assert "ticket" in json.loads(schema.read_text())["$defs"]["RuleModel"]["properties"]["guard"]["enum"]
    assert _tests(tree, "tests/policies/test_shipped.py", "-k", "schema").returncode == 0
    schema.write_text(schema.read_text().replace("max_characters", "max_characterz"))
    assert _tests(tree, "tests/policies/test_shipped.py", "-k", "schema").returncode == 1


def test_the_free_checks_find_a_guard_that_is_wrong(tree: Path) -> None:
    guard, table = _blocks()
    careless = guard.replace(r"\bTCK-\d{6}\b", r"TCK-\d{6}")  # without its end, a longer number is cut short
    assert careless != guard
    _follow(tree, careless, table)
    assert _tests(tree, TABLE).returncode == 1
