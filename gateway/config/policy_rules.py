"""Merges a rule over the files that write it and turns it into a ``Rule``, its guard's parameters checked.

Each key remembers the file and line it came from, so that a mistake in an inherited rule is reported where
it was written. What a rule cannot honour is refused here: a policy that loads does what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from gateway.config.policy_model import RuleModel
from gateway.config.recognizer_file import RecognizerReader
from gateway.config.source_files import read_sources
from gateway.config.validation import Problem, keys_of, validate
from gateway.config.yaml_lines import Document, Location, nearest
from gateway.core.guard import GuardSpec
from gateway.core.pattern import pattern
from gateway.core.policy import BLOCK, EDITS, Action, ActionKind, Mode, OnError, Release, Rule, SourceFile
from gateway.core.regex import Unsupported
from gateway.errors import ConfigError, PolicyError
from gateway.guards.pii_recognizers import Recognizer

RULE_KEYS = keys_of(RuleModel)
_MODES: tuple[Mode, ...] = ("shadow", "monitor", "enforce")
_ON_ERRORS: tuple[OnError, ...] = ("allow", "flag", "block")


@dataclass(frozen=True, slots=True)
class Key:
    """A value and the place it was written at."""

    value: Any
    document: Document
    location: Location


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as written so far: its keys, and the mode and error answer of the file that introduced it."""

    id: str
    keys: Mapping[str, Key]
    document: Document
    location: Location
    policy: str
    mode: Mode
    on_error: OnError

    def under(self, keys: Mapping[str, Key], document: Document, location: Location, policy: str) -> Draft:
        """This rule with the keys of a child that names it: the child's word counts, key by key."""
        kept = dict(self.keys)
        if "guard" in keys and "guard" in kept and keys["guard"].value != kept["guard"].value:
            kept = {name: key for name, key in kept.items() if name in RULE_KEYS}
        return replace(self, keys={**kept, **keys}, document=document, location=location, policy=policy)

    def tightened(self, mode: Mode | None, on_error: OnError | None) -> Draft:
        """This inherited rule under a child's file-wide settings, which can only tighten it."""
        return replace(self, mode=stricter(_MODES, self.mode, mode),
                       on_error=stricter(_ON_ERRORS, self.on_error, on_error))


def stricter(order: tuple[Any, ...], one: Any, other: Any | None) -> Any:
    """The later of the two in ``order``; None says nothing."""
    return one if other is None else max(one, other, key=order.index)


@dataclass(slots=True)
class RuleReader:
    """Turns drafts into rules; keeps every error, and every file that a parameter was read from."""

    specs: Mapping[str, GuardSpec]
    errors: list[PolicyError] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    release: Release = "complete"
    """Of the policy, which guards of whole answers depend on."""

    def read(self, draft: Draft) -> Rule | None:
        """The rule, or None after its errors were noted."""
        own = {name: key.value for name, key in draft.keys.items() if name in RULE_KEYS}
        model, problems = validate(RuleModel, own)
        self._note(draft, problems)
        guard = own.get("guard")
        spec = self.specs.get(guard) if isinstance(guard, str) else None
        if spec is None:
            if isinstance(guard, str):
                self._note(draft, (Problem(("guard",), f"there is no guard '{guard}'",
                                           nearest(guard, list(self.specs))),))
            self._note(draft, tuple(_misspelt(draft)) if guard is None else ())
            return None
        before = len(self.errors)
        params = self._params(draft, spec, own.get("entities"))
        if params is not None and spec.entities is not None and model is not None:
            self._refuse_unknown(draft, spec, model.entities, spec.entities(params))
        if model is None or len(self.errors) > before:
            return None
        return self._rule(draft, model, params)

    def _rule(self, draft: Draft, model: RuleModel, params: Any) -> Rule | None:
        default = Action(ActionKind.ALLOW) if model.entities else BLOCK
        rule = Rule(
            id=model.id, guard=model.guard, input_roles=tuple(dict.fromkeys(model.on.input)), output=model.on.output,
            params=params, action=model.action or default, entities=tuple(model.entities.items()),
            threshold=model.sensitivity, on_error=model.on_error or draft.on_error, mode=model.mode or draft.mode,
            line=draft.document.line(draft.location), policy=draft.policy,
        )
        problems = (*_unhonoured(rule), *_unheld(rule, self.specs[rule.guard], self.release))
        self._note(draft, problems)
        return None if problems else rule

    def _params(self, draft: Draft, spec: GuardSpec, entities: Any) -> Any:
        valid = keys_of(spec.params)
        given: dict[str, Any] = {}
        for name, key in draft.keys.items():
            if name in RULE_KEYS:
                continue
            if name not in valid:
                cure = nearest(name, [*RULE_KEYS, *valid])
                self._note(draft, (Problem((name,), f"unknown key '{name}' in a rule of guard '{spec.name}'", cure),))
                continue
            given[name] = (
                self._sources(key) if reads_files(spec.params, name)
                else self._recognizers(key, draft) if reads_recognizers(spec.params, name) else key.value
            )
        if "entities" in valid and isinstance(entities, dict):
            own = [each["entity"] for each in given.get("recognizers") or ()]
            known, usual = self._known_entities(draft, spec, entities, own)
            if "action" not in draft.keys:  # nothing follows from the others, so they are not looked for
                given["entities"] = known
            elif "entities" not in given:
                given["entities"] = list(dict.fromkeys([*usual, *known]))
        unread = [name for name, value in given.items() if value is None and reads_files(spec.params, name)]
        given |= {name: [] for name in unread}
        params, problems = validate(spec.params, given)
        self._note(draft, tuple(each if each.location else _own_check(each.message, each.cure, given)
                                for each in problems))
        if params is None or unread:  # what the guard says of missing documents would be a second cure for one mistake
            return None
        try:
            spec.patterns(params)
        except Unsupported as error:
            place = next((place for place, text in _texts(given) if _refused(text)), ("guard",))
            cure = "rewrite it without that" if place != ("guard",) else ""
            self._note(draft, (Problem(place, f"the pattern {error}", cure),))
        except ValueError as error:  # a guard's own check of its parameters
            message, _, cure = str(error).partition(" | ")
            self._note(draft, (_own_check(message, cure, given),))
        return params

    def _known_entities(
        self, draft: Draft, spec: GuardSpec, entities: Mapping[str, Any], own: list[str]
    ) -> tuple[list[str], tuple[str, ...]]:
        """Those of ``entities`` that the guard knows, and its default for them: what else it knows is on request."""
        usual = next((each.default for each in fields(spec.params) if each.name == "entities"), ())
        if not isinstance(usual, tuple):
            return list(entities), ()
        known = (*usual, *getattr(spec.params, "ON_REQUEST", ()), *own)
        self._refuse_unknown(draft, spec, entities, known)
        return [name for name in entities if name in known], usual

    def _refuse_unknown(self, draft: Draft, spec: GuardSpec, names: Iterable[str], known: tuple[str, ...]) -> None:
        """An action for what is never found is a rule that does nothing."""
        for name in names:
            if name not in known:
                message = f"guard '{spec.name}' knows no entity '{name}'"
                cure = nearest(name, known) or f"`wardgate policy guards {spec.name}` lists them"
                self._note(draft, (Problem(("entities", name), message, cure),))

    def _recognizers(self, key: Key, draft: Draft) -> list[dict[str, Any]]:
        engine = draft.keys.get("engine")
        reader = RecognizerReader(any_regex=engine is not None and engine.value == "presidio")
        found = reader.read(key.value, key.document, key.location)
        self.errors.extend(reader.errors)
        self.files.update(reader.files)
        return found

    def _sources(self, key: Key) -> list[dict[str, str]] | None:
        """The documents that a parameter names; None after the error was noted."""
        try:
            sources = read_sources(key.value, Path(key.document.file).parent, self.files)
        except ConfigError as error:
            wrong = key.document.error(error.message, key.location, error.cure, PolicyError)
            assert isinstance(wrong, PolicyError)  # noqa: S101 - the kind that was asked for
            self.errors.append(wrong)
            return None
        return [{"name": source.name, "text": source.text} for source in sources]

    def _note(self, draft: Draft, problems: tuple[Problem, ...]) -> None:
        for problem in problems:
            key = draft.keys.get(str(problem.location[0])) if problem.location else None
            document = key.document if key else draft.document
            place = (*key.location, *problem.location[1:]) if key else (*draft.location, *problem.location)
            error = document.error(problem.message, place, problem.cure, PolicyError)
            if isinstance(error, PolicyError) and str(error) not in map(str, self.errors):
                self.errors.append(error)


def _own_check(message: str, cure: str, given: Mapping[str, Any]) -> Problem:
    """What a guard says of its parameters together, at the one that it names, or that holds the value it names."""
    said = f"{message} {cure}"
    quoted = set(re.findall(r"'([^']*)'", message))
    named = [name for name in given if re.search(rf"\b{re.escape(name)}\b", said)]
    named += [str(place[0]) for place, text in _texts(dict(given)) if text in quoted]
    return Problem((named[0],) if named else ("guard",), message, cure or "correct the value")


def _misspelt(draft: Draft) -> Iterator[Problem]:
    """Without a guard its parameters are unknown; what resembles a rule's own key is a typo all the same."""
    for name in draft.keys:
        if name not in RULE_KEYS and (cure := nearest(name, RULE_KEYS)).startswith("did"):
            yield Problem((name,), f"unknown key '{name}' in a rule", cure)


def _unhonoured(rule: Rule) -> Iterator[Problem]:
    """What the rule asks for and no code path could do; refused, so that nothing is silently ignored."""
    if not rule.input_roles and not rule.output:
        yield Problem(("on",), "the rule runs nowhere", "name roles under `input`, or set `output: all`")
    for place, action in _actions(rule):
        if action.kind is ActionKind.TOKENIZE and not rule.input_roles:
            yield Problem(place, "'tokenize' on an answer could never be turned back by the caller",
                          "use `mask` or `block` for output, or judge input too")


def _unheld(rule: Rule, spec: GuardSpec, release: Release) -> Iterator[Problem]:
    """What guards of whole texts, and of their length, cannot do."""
    if spec.longest is not None:
        for place, action in _actions(rule):
            if action.kind in EDITS:
                yield Problem(place, "a text that is too long would lose one character and go on",
                              "use `block`, `respond` or `flag`")
    if spec.whole == "text":
        if rule.input_roles:
            yield Problem(("on",), f"guard '{spec.name}' judges answers only", "write `on: {output: all}`")
        if release != "complete":
            yield Problem(("guard",), f"guard '{spec.name}' judges whole answers, which a stream would have let go",
                          "add `release: complete` to the policy")
    if spec.whole == "calls":
        for place, action in _actions(rule):
            if action.kind in EDITS:
                yield Problem(place, "a tool call cannot be edited into another one", "use `block` or `flag`")


def _actions(rule: Rule) -> Iterator[tuple[Location, Action]]:
    yield ("action",), rule.action
    for name, action in rule.entities:
        yield ("entities", name), action


def reads_files(params: type[Any], name: str) -> bool:
    """Whether parameter ``name`` is written as globs and given to the guard as documents."""
    return bool(get_type_hints(params)[name] == tuple[SourceFile, ...])


def reads_recognizers(params: type[Any], name: str) -> bool:
    """Whether parameter ``name`` is written as Presidio writes recognizers, or as files of them."""
    return bool(get_type_hints(params)[name] == tuple[Recognizer, ...])


def _texts(value: Any, here: Location = ()) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield here, value
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*here, key))


def _refused(text: str) -> bool:
    try:
        pattern(text)
    except Unsupported:
        return True
    return False
