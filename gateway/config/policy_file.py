"""Reads a directory of policy files into one ``PolicySet``, valid as a whole or not at all.

Every mistake in every file is reported at once, each with file, line, key and cure. A child policy
(``extends``) can tighten what it inherits, and loosen only the rules that it names by id.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.policy_family import Family, Source, draft_of, fault
from gateway.config.policy_model import PolicyModel, RowModel
from gateway.config.policy_rules import Draft, RuleReader, stricter
from gateway.config.policy_selection import UNSCANNABLE
from gateway.config.validation import Problem, validate
from gateway.config.yaml_lines import Document, nearest, read
from gateway.core.guard import GuardSpec, guards
from gateway.core.policy import DEFAULT_REFUSAL, ActionKind, Exemption, Policy, PolicySet, PolicyTest, Release
from gateway.core.types import Role
from gateway.errors import ConfigError, PolicyError, PolicyErrors

MAX_TEST = 1_000_000
"""Characters of one text under test, repeats included."""
Specs = Mapping[str, GuardSpec]


def policy_files(directory: Path) -> tuple[Path, ...]:
    """The policy files of a directory: ``*.yaml`` and ``*.yml``, dot files and sub-directories left out.

    Raises PolicyError when the directory cannot be listed.
    """
    try:
        names = sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise PolicyError(f"the policy directory cannot be read: {error.strerror}", file=str(directory),
                          cure="check `policies` in wardgate.yaml and the directory's rights") from None
    return tuple(path for path in names if not path.name.startswith("."))


def load_policies(path: Path, *, now: float | None = None, specs: Specs | None = None) -> PolicySet:
    """The policies of a directory, or of one file with those beside it that it extends.

    ``now`` (seconds since the epoch) only decides which exceptions are warned about as expired. Raises
    PolicyErrors holding every mistake.
    """
    if not path.is_dir():
        return load_files((path,), beside=True, now=now, specs=specs)
    found = policy_files(path)
    if not found:
        raise PolicyErrors((PolicyError("holds no policy file", file=str(path), cure="add a file such as base.yaml"),))
    return load_files(found, now=now, specs=specs)


def load_files(paths: Iterable[Path], *, beside: bool = False, now: float | None = None, specs: Specs | None = None,
               ) -> PolicySet:
    """The policies of ``paths`` as one set; ``beside`` also takes parents from the files next to them."""
    loader = _Loader(guards() if specs is None else specs, time.time() if now is None else now)
    named = tuple(dict.fromkeys(paths))
    for path in named:
        loader.add(path)
    if beside:
        loader.add_parents({path.parent for path in named})
    return loader.result()


@dataclass(slots=True)
class _Loader:
    specs: Specs
    now: float
    family: Family = field(default_factory=Family)
    files: list[str] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Read one file and check all of it that needs no other file."""
        self.files.append(str(path))
        try:
            document = read(path)
        except ConfigError as error:
            self.family.errors.append(PolicyError(error.message, file=error.file, line=error.line, cure=error.cure))
            return
        if not isinstance(document.data, dict):
            self.family.errors.append(PolicyError("is not a policy", file=document.file, line=1,
                                           cure="start it with `policy: name` and `rules:`"))
            return
        model, problems = validate(PolicyModel, document.data)
        self._note(document, problems)
        if model is None:
            self.family.broken.add(str(document.data.get("policy")))
            self._check_loose_rules(document)
            return
        if model.policy in self.family.sources:
            first = self.family.sources[model.policy].document.file
            self.family.errors.append(fault(document, ("policy",), f"policy '{model.policy}' exists already ({first})",
                                            "give one of them another name"))
            return
        self.family.sources[model.policy] = Source(document, model, document.data)

    def add_parents(self, directories: set[Path]) -> None:
        """Add files beside the named ones until every ``extends`` is satisfied or nothing more is there."""
        others = [path for directory in directories for path in policy_files(directory) if str(path) not in self.files]
        names = {}
        for path in others:
            try:
                data = read(path).data
            except ConfigError:
                continue
            if isinstance(data, dict):
                names[str(data.get("policy"))] = path
        wanted = [parent for source in self.family.sources.values() for parent in source.model.extends]
        while wanted:
            parent = wanted.pop()
            if parent not in self.family.sources and parent in names:
                self.add(names.pop(parent))
                wanted.extend(self.family.sources[parent].model.extends if parent in self.family.sources else ())

    def result(self) -> PolicySet:
        policies = [self._policy(name) for name in self.family.sources]
        if self.family.errors:
            ordered = sorted(self.family.errors, key=lambda error: (error.file, error.line))
            raise PolicyErrors(tuple(ordered))
        found = tuple(sorted(policies, key=lambda policy: policy.name))
        return PolicySet(revision(found), found, tuple(self.family.warnings), tuple(dict.fromkeys(self.files)))

    def _check_loose_rules(self, document: Document) -> None:
        """A file with mistakes elsewhere still has its rules checked, so that one round shows everything."""
        rules = document.data.get("rules")
        if isinstance(rules, list) and not document.data.get("extends"):
            reader = RuleReader(self.specs)
            for index, item in enumerate(rules):
                if isinstance(item, dict):
                    reader.read(draft_of(item, document, index, "", PolicyModel(policy="x")))
            self.family.errors.extend(reader.errors)

    def _policy(self, name: str) -> Policy:
        source = self.family.sources[name]
        model, document = source.model, source.document
        drafts = self.family.merged(name)
        parents = self.family.ancestors(name)
        family = [source, *(self.family.sources[parent] for parent in parents)]
        release = _slowest(one.model.release for one in family)
        reader = RuleReader(self.specs, release=release)
        rules = tuple(rule for draft in drafts.values() if (rule := reader.read(draft)) is not None)
        self.family.errors.extend(error for error in reader.errors if str(error) not in map(str, self.family.errors))
        self.files.extend(sorted(reader.files))
        return Policy(
            name=name, parents=parents, rules=rules,
            models=tuple(model.applies_to.models), keys=tuple(model.applies_to.keys),
            exceptions=tuple(each for one in family for each in self._exceptions(one, drafts)),
            tests=self._tests(source, drafts), mode=model.mode,
            release=release,
            on_unscannable=self._unscannable(family),
            refusal=next((one.model.refusal for one in family if one.model.refusal), DEFAULT_REFUSAL),
            file=document.file,
        )

    def _unscannable(self, family: list[Source]) -> tuple[tuple[str, ActionKind], ...]:
        out: dict[str, ActionKind] = {}
        for source in reversed(family):
            for kind, answer in source.model.on_unscannable.items():
                given = ActionKind(answer)
                out[kind] = stricter(UNSCANNABLE, given, out.get(kind))
                if out[kind] is not given:
                    self.family.warnings.append(str(fault(
                        source.document, ("on_unscannable", kind), f"stays '{out[kind]}', as an inherited policy says",
                        "a child can only tighten this")))
        return tuple(sorted(out.items()))

    def _exceptions(self, source: Source, drafts: Mapping[str, Draft]) -> Iterable[Exemption]:
        for index, each in enumerate(source.model.exceptions):
            place = ("exceptions", index)
            if each.rule not in drafts:
                self.family.errors.append(fault(source.document, (*place, "rule"), f"there is no rule '{each.rule}'",
                                               nearest(each.rule, list(drafts))))
            if each.until <= self.now:
                until = source.raw["exceptions"][index]["until"]
                warning = str(fault(source.document, (*place, "until"), f"ended on {until}: it never applies",
                                          "remove it or renew it"))
                if warning not in self.family.warnings:
                    self.family.warnings.append(warning)
            yield Exemption(each.rule, each.match, each.owner, each.reason, each.until)

    def _tests(self, source: Source, drafts: Mapping[str, Draft]) -> tuple[PolicyTest, ...]:
        out = []
        for index, each in enumerate(source.model.tests):
            place = ("tests", index)
            for key, ids in (("by", [each.by] if each.by else []), ("not_by", each.not_by)):
                for id_ in ids:
                    if id_ not in drafts:
                        self.family.errors.append(fault(source.document, (*place, key), f"there is no rule '{id_}'",
                                                       nearest(id_, list(drafts))))
            channels = _said(each)
            answer = each.assistant * each.times if each.assistant else each.assistant
            if channels and each.assistant is None:
                channels = (*channels[:-1], (channels[-1][0], channels[-1][1] * each.times))
            if len(answer or (channels[-1][1] if channels else "")) > MAX_TEST:
                self.family.errors.append(fault(source.document, (*place, "times"),
                                                f"makes a text of more than {MAX_TEST} characters", "lower it"))
                continue
            if not channels and each.assistant is None:
                self.family.errors.append(fault(source.document, place, "says nothing", "add `user: \"…\"`"))
            if each.text is not None and each.expect != "edit":
                self.family.errors.append(fault(source.document, (*place, "text"), "is compared for edits only",
                                               "write `expect: edit`"))
            out.append(PolicyTest(each.name, channels, answer, each.expect, each.by or "", each.text,
                                  tuple(each.not_by), source.document.line(place)))
        return tuple(out)

    def _note(self, document: Document, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.family.errors.append(fault(document, problem.location, problem.message, problem.cure))


def _said(test: RowModel) -> tuple[tuple[Role, str], ...]:
    said: list[tuple[Role, str]] = []
    single: tuple[tuple[Role, str | None], ...] = (("system", test.system), ("developer", test.developer))
    said.extend((role, text) for role, text in single if text is not None)
    said.extend((message.role, message.content) for message in test.messages)
    single = (("document", test.document), ("tool", test.tool), ("user", test.user))
    said.extend((role, text) for role, text in single if text is not None)
    return tuple(said)


def _slowest(releases: Iterable[Release | None]) -> Release:
    """The one that holds most."""
    given = set(releases)
    tails = [each for each in given if isinstance(each, int)]
    return "complete" if "complete" in given else max(tails) if tails else "stream"


def revision(policies: tuple[Policy, ...]) -> str:
    """Twelve hex digits that change exactly when what the set does changes: not with comments or tests."""
    meant = [_meaning(policy) for policy in policies]
    text = json.dumps(meant, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _meaning(policy: Policy) -> dict[str, Any]:
    out = {name: value for name, value in asdict(policy).items() if name not in ("tests", "file", "rules")}
    out["rules"] = [{name: value for name, value in asdict(rule).items() if name not in ("line", "policy")}
                    for rule in policy.rules]
    return out


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)
