"""Works out which rules a policy has once ``extends`` is resolved, and who may change which.

A child tightens what it inherits by its file-wide settings, and can loosen a rule only by naming its id:
so a reader of the child sees every weakening in the child's own file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.config.policy_model import PolicyModel
from gateway.config.policy_rules import Draft, Key
from gateway.config.yaml_lines import Document, Location, dotted, nearest
from gateway.errors import PolicyError


@dataclass(frozen=True, slots=True)
class Source:
    """One policy file, checked as far as it can be alone."""

    document: Document
    model: PolicyModel
    raw: Mapping[str, Any]


def fault(document: Document, place: Location, message: str, cure: str = "") -> PolicyError:
    """An error at ``place``; a message that names its key itself is not prefixed with it."""
    return PolicyError(message, file=document.file, line=document.line(place), cure=cure,
                       field="" if message.startswith("unknown key") else dotted(place))


def draft_of(item: Mapping[str, Any], document: Document, index: int, policy: str, model: PolicyModel) -> Draft:
    """The rule written as item ``index`` of a file's ``rules``."""
    place = ("rules", index)
    keys = {name: Key(value, document, (*place, name)) for name, value in item.items()}
    return Draft(str(item.get("id")), keys, document, place, policy, model.mode, model.on_error)


@dataclass(slots=True)
class Family:
    """All files of a set by policy name, and what was found wrong with them so far."""

    sources: dict[str, Source] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Names of policies that did not load, so that their children do not complain of them too."""
    errors: list[PolicyError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _drafts: dict[str, dict[str, Draft]] = field(default_factory=dict)

    def merged(self, name: str, above: tuple[str, ...] = ()) -> dict[str, Draft]:
        """The rules of ``name`` with those that it inherits, by id, parents first."""
        if name in self._drafts:
            return self._drafts[name]
        source = self.sources[name]
        out: dict[str, Draft] = {}
        origin: dict[str, str] = {}
        own = {str(item.get("id")) for item in source.model.rules}
        for index, parent in enumerate(source.model.extends):
            if not self._known_parent(source, index, parent, (*above, name)):
                continue
            for id_, draft in self.merged(parent, (*above, name)).items():
                clash = id_ in out and out[id_].keys != draft.keys and id_ not in own
                if clash:
                    message = f"rule '{id_}' comes from both '{origin[id_]}' and '{parent}'"
                    self.errors.append(fault(source.document, ("extends", index), message,
                                             "name the rule in this file to say what it shall do"))
                out.setdefault(id_, draft)
                origin.setdefault(id_, parent)
        self._tighten(source, out)
        self._own_rules(source, out)
        self._drafts[name] = out
        return out

    def _known_parent(self, source: Source, index: int, parent: str, above: tuple[str, ...]) -> bool:
        place: Location = ("extends", index)
        if parent in above:
            chain = " → ".join((*above[above.index(parent):], parent))
            self.errors.append(fault(source.document, place, f"extends itself: {chain}", "break the circle"))
            return False
        if parent not in self.sources:
            if parent not in self.broken:
                others = [each for each in self.sources if each != source.model.policy]
                self.errors.append(fault(source.document, place, f"there is no policy '{parent}'",
                                         nearest(parent, others)))
            return False
        return True

    def _tighten(self, source: Source, inherited: dict[str, Draft]) -> None:
        written = source.raw
        mode = source.model.mode if "mode" in written else None
        on_error = source.model.on_error if "on_error" in written else None
        own = {str(item.get("id")) for item in source.model.rules}
        for id_, draft in inherited.items():
            tight = inherited[id_] = draft.tightened(mode, on_error)
            weaker = [key for key, given, kept in (("mode", mode, tight.mode), ("on_error", on_error, tight.on_error))
                      if given is not None and given != kept]
            if weaker and id_ not in own:
                self.warnings.append(str(fault(
                    source.document, (weaker[0],), f"does not weaken the inherited rule '{id_}'",
                    "name the rule in this file if it shall")))

    def _own_rules(self, source: Source, out: dict[str, Draft]) -> None:
        seen: dict[str, int] = {}
        for index, item in enumerate(source.model.rules):
            draft = draft_of(item, source.document, index, source.model.policy, source.model)
            if draft.id in seen:
                self.errors.append(fault(source.document, ("rules", index, "id"),
                                               f"rule id '{draft.id}' is used twice", "give each rule its own id"))
                continue
            seen[draft.id] = index
            parent = out.get(draft.id)
            if parent is None:
                out[draft.id] = draft
                continue
            out[draft.id] = parent.under(draft.keys, draft.document, draft.location, draft.policy)

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Parents of ``name``, nearest first, each once."""
        out: dict[str, None] = {}
        wanted = list(self.sources[name].model.extends)
        while wanted:
            parent = wanted.pop(0)
            if parent in self.sources and parent not in out and parent != name:
                out[parent] = None
                wanted.extend(self.sources[parent].model.extends)
        return tuple(out)
