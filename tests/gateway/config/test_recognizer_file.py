"""Recognizers in Presidio's YAML: read from files and policies; every mistake has its file, line and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.guard import guards
from gateway.core.types import Channel, Context, Segment
from gateway.errors import PolicyErrors

FILE = r"""recognizers:
  - name: "Zip code Recognizer"
    supported_languages:
      - language: en
        context: [zip, code]
      - language: es
        context: [código]
    patterns:
      - name: "zip code (weak)"
        regex: "(\\b\\d{5}(?:\\-\\d{4})?\\b)"
        score: 0.4
    supported_entity: "ZIP"
  - name: "Titles recognizer"
    supported_language: "en"
    supported_entity: "CODENAME"
    deny_list: [Falcon, Blue Lantern]
    deny_list_score: 0.8
  - {name: off, supported_entity: OFF, deny_list: [word], enabled: false}
"""
POLICY = """policy: own
rules:
  - id: own
    guard: pii
    recognizers: {recognizers}
    entities: {{ZIP: mask, CODENAME: {{replace: "our project"}}, EMAIL_ADDRESS: mask}}
"""


def _judged(folder: Path, text: str) -> str:
    policies = load_policies(folder)
    plan = Plan.compile(list(policies.policies), policies.revision, guards())
    channel = Channel("user", (Segment("/t", "user", text),))
    verdict = Exchange(plan, Context("d")).judge_input((channel,))
    for edit in sorted(verdict.edits, key=lambda each: -each.start):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def test_a_presidio_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers="presidio/all.yaml"))
    (tmp_path / "presidio").mkdir()
    (tmp_path / "presidio" / "all.yaml").write_text(FILE)
    assert _judged(tmp_path, "zip 12345, falcon, a@b.io, word") == "zip <ZIP>, our project, <EMAIL_ADDRESS>, word"
    assert str(tmp_path / "presidio" / "all.yaml") in load_policies(tmp_path).files


def test_recognizers_may_stand_in_the_policy_and_beside_files(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(POLICY.format(
        recognizers="[p/a.yaml, {name: n, supported_entity: ZIP, patterns: [{name: z, regex: '[A-Z]{2}\\\\d{3}', score: 0.7}]}]"
        .replace("{2}", "{2}").replace("\\\\", "\\")))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.yaml").write_text("- {supported_entity: CODENAME, deny_list: [Falcon]}\n")
    assert _judged(tmp_path, "AB123 Falcon") == "<ZIP> our project"


@pytest.mark.parametrize(("line", "says"), [
    ("- {supported_entity: ZIP, patterns: [{regex: '(?<=a)b', score: 1}]}",
     "look-behind|uses|engine: presidio"), ("- {supported_entity: ZIP, patterns: [{regex: '(', score: 1}]}", "not a regular expression"),
    ("- {supported_entity: ZIP, patterns: [{regex: a, score: 2}]}", "score from 0 to 1"),
    ("- {supported_entity: ZIP, patern: []}", "unknown key 'patern'.*did you mean 'patterns'"),
    ("- {supported_entity: ZIP}", "looks for nothing"), ("- {name: x, deny_list: [a]}", "needs `supported_entity`"),
    ("- {supported_entity: ZIP, deny_list: [1]}", "list of words"), ("- {name: UsSsnRecognizer, type: predefined}", "entities"),
    ("- {supported_entity: ZIP, patterns: [{name: a}]}", "needs its `regex`"),
])
def test_a_mistake_names_its_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers="p/a.yaml"))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.yaml").write_text(f"# one\nrecognizers:\n{line}\n")
    with pytest.raises(PolicyErrors, match=says) as caught:
        load_policies(tmp_path)
    assert f"{tmp_path}/p/a.yaml:3" in str(caught.value)


def test_a_file_that_is_missing_is_named_where_the_policy_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers="gone.yml"))
    with pytest.raises(PolicyErrors, match=r"own\.yaml:5.*gone\.yml.*cannot be read"):
        load_policies(tmp_path)
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers='"a\\0.yml"'))
    with pytest.raises(PolicyErrors, match=r"own\.yaml:5.*cannot be read: that is no name of a file"):
        load_policies(tmp_path)
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers="p/a.yaml"))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.yaml").write_text("entity: 1\n")
    with pytest.raises(PolicyErrors, match=r"a\.yaml.*holds no list of recognizers"):
        load_policies(tmp_path)


def test_an_entity_that_no_recognizer_has_is_still_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(POLICY.format(recognizers="{supported_entity: OTHER, deny_list: [a]}"))
    with pytest.raises(PolicyErrors, match="knows no entity 'ZIP'"):
        load_policies(tmp_path)
