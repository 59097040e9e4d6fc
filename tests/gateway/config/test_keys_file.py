"""Revoking a key: it goes, everything else in the file stays to the letter, or nothing is written at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.config.keys_file import revoke
from gateway.config.yaml_lines import parse
from gateway.errors import ConfigError

LINES = """\
# the house's settings
upstreams:
  - {name: vllm, base_url: "http://127.0.0.1:8000/v1"}   # the big one
keys:
  # apps
  - {name: app, key: "${APP}", tenant: 'acme'}  # until May
  - name: "portal"      # the portal's
    # its hash, not the key
    hash: "sha256:x"
    models: [a, b]

  # people
  - {name: ann,
     key: "${ANN}"}

policies: policies/   # ours
"""

GONE = {
    "app": """  - {name: app, key: "${APP}", tenant: 'acme'}  # until May\n""",
    "portal": """\
  - name: "portal"      # the portal's
    # its hash, not the key
    hash: "sha256:x"
    models: [a, b]
""",
    "ann": """  - {name: ann,\n     key: "${ANN}"}\n""",
}


def written(folder: Path, text: str) -> Path:
    path = folder / "wardgate.yaml"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("name", GONE)
def test_its_lines_go_and_the_others_stay_to_the_letter(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, LINES)
    went = revoke(path, name)
    assert path.read_text() == LINES.replace(GONE[name], "")
    assert "".join(LINES.splitlines(keepends=True)[went.first - 1 : went.last]) == GONE[name]


@pytest.mark.parametrize(("before", "name", "after"), [
    ("keys: [{name: a}, {name: b}]\n", "a", "keys: [{name: b}]\n"),
    ("keys: [{name: a}, {name: b}]\n", "b", "keys: [{name: a}]\n"),
    ("keys: [{name: a} , {name: b}, {name: c}] # c\n", "b", "keys: [{name: a} , {name: c}] # c\n"),
    ("keys: [\n  {name: a},\n  {name: b},  # b's\n  {name: c}\n]\n", "a", "keys: [\n  {name: b},  # b's\n  {name: c}\n]\n"),
    ("keys: [\n  {name: a},\n  {name: b},\n]\n", "b", "keys: [\n  {name: a},\n]\n"),
    ("keys:\n- name: a\n- name: b", "b", "keys:\n- name: a\n"),
    ("keys:\n- name: a\n- name: b\n# the end", "b", "keys:\n- name: a\n# the end"),
    ("keys:\n-\n  name: a\n-\n  name: b\nrpm: 3\n", "a", "keys:\n-\n  name: b\nrpm: 3\n"),
    ('"keys":\r\n  - name: a\r\n  - name: b\r\n', "a", '"keys":\r\n  - name: b\r\n'),
    ("\ufeffkeys:\n  - name: ä\n  - name: b\n", "ä", "\ufeffkeys:\n  - name: b\n"),
    ("# 😀 é\nkeys:\n  - name: a # 😀\n  - name: b\n", "a", "# 😀 é\nkeys:\n  - name: b\n"),
    ("keys: [{name: a}, {name: b}] # [, {name: a}\n", "a", "keys: [{name: b}] # [, {name: a}\n"),
])  # fmt: skip
def test_however_the_list_is_written(tmp_path: Path, before: str, name: str, after: str) -> None:
    path = written(tmp_path, before)
    revoke(path, name)
    assert path.read_bytes().decode() == after
    assert [each["name"] for each in parse(after.encode()).data["keys"]] == [
        each["name"] for each in parse(before.encode()).data["keys"] if each["name"] != name
    ]


@pytest.mark.parametrize(("text", "name", "said"), [
    (LINES, "nobody", "wardgate.yaml:4: keys: there is no key called 'nobody' (known here: app, portal, ann)"),
    ("policies: x\n", "a", "there is no key called 'a' (the file lists no keys)"),
    ("keys: 3\n", "a", "(the file lists no keys)"),
    ("", "a", "(the file lists no keys)"),
    ("keys: [{name: a}]\n", "a", "keys[0]: it is the only key, and without keys whoever reaches the gateway is served"),
    ("keys: [{name: a}\n", "a", "is not valid YAML"),
    ("keys:\n  - &one {name: a, models: [x]}\n  - *one\n  - name: c\n", "a", "(take the key out of line 2 in an editor)"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_and_not_done(tmp_path: Path, text: str, name: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        revoke(path, name)
    assert said in str(refused.value)
    assert "wardgate.yaml" in str(refused.value)
    assert path.read_bytes().decode() == text
    assert [each.name for each in tmp_path.iterdir()] == ["wardgate.yaml"]


def test_rights_and_links_stay(tmp_path: Path) -> None:
    path = written(tmp_path, "keys: [{name: a}, {name: b}]\n")
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    revoke(link, "a")
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_text() == "keys: [{name: b}]\n"


def test_a_file_that_cannot_be_written_is_not_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, LINES)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match=r"cannot be written: No space left on device \(delete lines 7 to 10 in an ed"):
        revoke(path, "portal")
    assert path.read_text() == LINES
    assert [each.name for each in tmp_path.iterdir()] == ["wardgate.yaml"]
