"""The shape of a policy file, key by key; docs/policies.md says what each key means.

Rules stay raw mappings here: a rule may be written in several files (``extends``) and its other keys belong
to its guard, so it is checked as ``RuleModel`` once it is merged, by ``gateway.config.policy_rules``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gateway.config.yaml_lines import nearest
from gateway.core.policy import Action, ActionKind, Mode, OnError, Release
from gateway.core.types import ROLES, Role

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Text = Annotated[str, Field(max_length=200_000)]
PartKind = Literal["image", "audio", "video", "file", "text", "tokens", "language", "other"]
Expect = Literal["allow", "block", "edit", "flag", "respond"]
SENSITIVITIES = {"low": 0.8, "balanced": 0.5, "high": 0.3}
"""Thresholds by name: a finding whose score is below is dropped."""
MAX_TAIL = 100_000
"""Characters of each text that ``release: {tail: …}`` may hold."""
LATER_ACTIONS = ("rephrase", "retry", "route")


def _roles(value: Any) -> Any:
    if value == "all":
        return list(ROLES)
    if value == "none":
        return []
    roles = [value] if isinstance(value, str) else value
    for role in roles if isinstance(roles, list) else ():
        if role not in ROLES:
            raise ValueError(f"names a role that does not exist | {nearest(str(role), [*ROLES, 'all', 'none'])}")
    return roles


def _output(value: Any) -> Any:
    words = {"all": True, "none": False, True: True, False: False}
    if isinstance(value, (str, bool)) and value in words:
        return words[value]
    raise ValueError("must be 'all' or 'none' | every field of an answer is judged, or none is")


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _globs(value: Any) -> Any:
    if value == []:
        raise ValueError("names nothing, so the policy would never apply | write [\"*\"] for all, or remove the key")
    return _list(value)


def _sensitivity(value: Any) -> Any:
    if isinstance(value, str):
        if value not in SENSITIVITIES:
            raise ValueError(f"must be low, balanced, high or a threshold | {nearest(value, list(SENSITIVITIES))}")
        return SENSITIVITIES[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError("must be low, balanced, high or a threshold | a threshold lies between 0 and 1")


def _release(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("stream", "complete"):
            raise ValueError(f"must be stream, complete or {{tail: 200}} | {nearest(value, ['stream', 'complete'])}")
        return value
    tail = value.get("tail") if isinstance(value, dict) and len(value) == 1 else None
    if type(tail) is not int or not 1 <= tail <= MAX_TAIL:
        raise ValueError(f"must be stream, complete or {{tail: 200}} | a tail is 1 to {MAX_TAIL} characters")
    return tail


def read_action(value: Any) -> dict[str, str]:
    """``block`` or ``{respond: "text"}`` as the fields of an ``Action``; raises ValueError ``message | cure``."""
    name, text = value, ""
    if isinstance(value, dict):
        if len(value) != 1:
            raise ValueError("must be one action | write a word, or one key such as {respond: \"…\"}")
        name, text = next(iter(value.items()))
        if name not in ("respond", "replace") and name in tuple(ActionKind):
            raise ValueError(f"'{name}' takes no text | write `{name}`")
    if name in LATER_ACTIONS:
        raise ValueError(f"'{name}' cannot be honoured: it needs the whole answer again, which is not built yet | "
                         "use `block`, `mask` or {respond: \"…\"}")
    if name not in tuple(ActionKind):
        raise ValueError(f"is not an action | {nearest(str(name), [str(kind) for kind in ActionKind])}")
    if name in ("respond", "replace"):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"'{name}' needs its text | write {{{name}: \"…\"}}")
        if len(text) > 2000:
            raise ValueError(f"the text of '{name}' is longer than 2000 characters | shorten it")
    return {"kind": str(name), "text": text}


_TEXT_ACTION = {"type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
                "properties": {"respond": {"type": "string"}, "replace": {"type": "string"}}}
_WORDS = [str(kind) for kind in ActionKind if kind not in (ActionKind.RESPOND, ActionKind.REPLACE)]
ActionField = Annotated[Action, BeforeValidator(read_action),
                        WithJsonSchema({"anyOf": [{"enum": _WORDS}, _TEXT_ACTION]})]
Words = Annotated[list[str], BeforeValidator(_list),
                  WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})]
Globs = Annotated[list[str], BeforeValidator(_globs), WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]})]
Roles = Annotated[list[Role], BeforeValidator(_roles), WithJsonSchema(
    {"anyOf": [{"enum": ["all", "none", *ROLES]}, {"type": "array", "items": {"enum": list(ROLES)}}]})]
Output = Annotated[bool, BeforeValidator(_output), WithJsonSchema({"enum": ["all", "none", True, False]})]
_TAIL = {"type": "integer", "minimum": 1, "maximum": MAX_TAIL}
ReleaseField = Annotated[Release, BeforeValidator(_release), WithJsonSchema({"anyOf": [
    {"enum": ["stream", "complete"]},
    {"type": "object", "additionalProperties": False, "required": ["tail"], "properties": {"tail": _TAIL}}]})]
Sensitivity = Annotated[float, BeforeValidator(_sensitivity), WithJsonSchema(
    {"anyOf": [{"enum": list(SENSITIVITIES)}, {"type": "number", "minimum": 0, "maximum": 1}]})]


class Strict(BaseModel):
    """Unknown keys are mistakes: a typo must never switch a guard off."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AppliesTo(Strict):
    models: Globs = ["*"]
    keys: Globs = ["*"]


class On(Strict):
    """Where a rule looks. A side that is left out is not judged."""

    input: Roles = []
    output: Output = False


class RuleModel(Strict):
    """A rule's own keys; every other key of a rule is a parameter of its guard."""

    id: Name
    guard: str
    about: Line | None = None
    on: On = On(input=list(ROLES), output=True)
    sensitivity: Sensitivity = 0.5
    action: ActionField | None = None
    entities: dict[str, ActionField] = {}
    on_error: OnError | None = None
    mode: Mode | None = None


def _until(value: Any) -> Any:
    """A date lasts to its end (UTC); an instant is taken as it is written."""
    try:
        if isinstance(value, str) and len(value) == 10:
            day = date.fromisoformat(value)
            return (datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp()
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a date | write it as 2027-01-31")


class ExceptionModel(Strict):
    rule: str
    match: Annotated[str, Field(min_length=3, max_length=1000)]
    owner: Line
    reason: Line
    until: Annotated[float, BeforeValidator(_until), WithJsonSchema({"type": "string", "format": "date"})]


class Message(Strict):
    role: Role
    content: Text


class RowModel(Strict):
    """A row of ``tests``: what is said, by whom, and what must come of it."""

    name: Line
    system: Text | None = None
    developer: Text | None = None
    messages: list[Message] = []
    document: Text | None = None
    tool: Text | None = None
    user: Text | None = None
    assistant: Text | None = None
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    expect: Expect
    by: str | None = None
    not_by: Words = []
    text: Text | None = None


class PolicyModel(Strict):
    """One policy file."""

    policy: Name
    about: Line | None = None
    extends: Words = []
    applies_to: AppliesTo = AppliesTo()
    mode: Mode = "enforce"
    on_error: OnError = "block"
    on_unscannable: dict[PartKind, Literal["block", "flag", "allow"]] = {}
    release: ReleaseField | None = None
    refusal: Line | None = None
    rules: list[dict[str, Any]] = []
    exceptions: list[ExceptionModel] = []
    tests: list[RowModel] = []
