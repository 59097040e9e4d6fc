"""Reads recognizers as Presidio writes them in YAML, from files and from policies, with the line of every mistake.

What Presidio's file says and the linear-time engine cannot do is refused here, by file and line, unless the rule asks
for Presidio's own engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.yaml_lines import Document, Location, nearest, read
from gateway.core.regex import Unsupported
from gateway.errors import ConfigError, PolicyError
from gateway.guards.pii_recognizers import compiled

KEYS = ("name", "supported_entity", "patterns", "context", "deny_list", "deny_list_score", "supported_language",
        "supported_languages", "type", "enabled", "supported_entities", "global_regex_flags")
_PATTERN_KEYS = ("name", "regex", "score")


@dataclass(slots=True)
class RecognizerReader:
    """``any_regex``: expressions need not be linear, as Presidio runs them. Keeps errors and the files it read."""

    any_regex: bool
    errors: list[PolicyError] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def read(self, value: Any, document: Document, location: Location) -> list[dict[str, Any]]:
        """What ``value`` says: names of files, relative to ``document``'s, or recognizers, or a list of both."""
        out: list[dict[str, Any]] = []
        listed = isinstance(value, list)
        for index, item in enumerate(value if listed else [value]):
            place = (*location, index) if listed else location
            if isinstance(item, str):
                out += self._file(Path(document.file).parent / item, document, place)
            else:
                out += self._one(item, document, place)
        return out

    def _file(self, path: Path, document: Document, location: Location) -> list[dict[str, Any]]:
        try:
            found = read(path)
        except ConfigError as error:
            if error.line:
                self.errors.append(PolicyError(error.message, file=error.file, line=error.line, cure=error.cure))
            else:
                self._note(document, location, f"the recognizers of '{path.name}' {error.message}", error.cure)
            return []
        self.files.add(str(path))
        data = found.data.get("recognizers") if isinstance(found.data, dict) else found.data
        if not isinstance(data, list):
            self._note(found, (), "holds no list of recognizers", "start it with `recognizers:` and a list")
            return []
        place: Location = ("recognizers",) if isinstance(found.data, dict) else ()
        return [each for index, item in enumerate(data) for each in self._one(item, found, (*place, index))]

    def _one(self, item: Any, document: Document, place: Location) -> list[dict[str, Any]]:
        before = len(self.errors)
        if not isinstance(item, dict) or item.get("type") == "predefined":
            cure = "name the entity under `entities`, or set `engine: presidio`"
            self._note(document, place, "is not a recognizer of your own" if isinstance(item, (dict, str))
                       else "must be a recognizer, or a file's name", cure)
            return []
        if item.get("enabled") is False:
            return []
        for key in item:
            if key not in KEYS:
                self._note(document, (*place, key), f"unknown key '{key}' in a recognizer", nearest(str(key), KEYS))
        entity = item.get("supported_entity")
        if not isinstance(entity, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", entity):
            self._note(document, (*place, "supported_entity"), "a recognizer needs `supported_entity`, in capitals",
                       "such as `supported_entity: EMPLOYEE_ID`")
        patterns = list(self._patterns(item.get("patterns") or [], document, (*place, "patterns")))
        if not patterns and not item.get("deny_list") and len(self.errors) == before:
            self._note(document, place, "looks for nothing", "give it `patterns` or a `deny_list`")
        words = {key: self._words(item, key, document, place) for key in ("context", "deny_list")}
        sure = self._score(item.get("deny_list_score", 1.0), document, (*place, "deny_list_score"))
        if len(self.errors) > before:
            return []
        return [{"name": str(item.get("name", entity)), "entity": entity, "patterns": patterns,
                 "deny_list_score": sure, **words}]

    def _words(self, item: dict[str, Any], key: str, document: Document, place: Location) -> list[str]:
        """A list of words; contexts may also stand with their languages, as Presidio has it."""
        value = item.get(key) or []
        languages = item.get("supported_languages")
        if key == "context" and isinstance(languages, list):
            for each in languages:
                value = [*value, *(each.get("context") or [] if isinstance(each, dict) else [])]
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self._note(document, (*place, key), "must be a list of words", "quote numbers and yes or no")
            return []
        return value

    def _patterns(self, value: Any, document: Document, place: Location) -> Iterator[dict[str, Any]]:
        if not isinstance(value, list):
            self._note(document, place, "must be a list of patterns", "start each with `- name:`")
            return
        for index, each in enumerate(value):
            here = (*place, index)
            if not isinstance(each, dict) or not isinstance(each.get("regex"), str):
                self._note(document, here, "a pattern needs its `regex`", "such as {name: id, regex: '…', score: 0.5}")
                continue
            for key in each:
                if key not in _PATTERN_KEYS:
                    self._note(document, (*here, key), f"unknown key '{key}' in a pattern", nearest(key, _PATTERN_KEYS))
            self._compile(each["regex"], document, (*here, "regex"))
            yield {"name": str(each.get("name", "")), "regex": each["regex"],
                   "score": self._score(each.get("score", 0.5), document, (*here, "score"))}

    def _compile(self, regex: str, document: Document, place: Location) -> None:
        try:
            re.compile(regex)
            if not self.any_regex:
                compiled(regex)
        except re.error as error:
            self._note(document, place, f"is not a regular expression: {error.msg}", "correct it")
        except Unsupported as error:
            self._note(document, place, f"the pattern {error}",
                       "rewrite it without that, or set `engine: presidio` in the rule")

    def _score(self, value: Any, document: Document, place: Location) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            self._note(document, place, "must be a score from 0 to 1", "such as 0.5")
            return 0.0
        return float(value)

    def _note(self, document: Document, place: Location, message: str, cure: str) -> None:
        error = document.error(message, place, cure, PolicyError)
        assert isinstance(error, PolicyError)  # noqa: S101 - the kind that was asked for
        self.errors.append(error)
