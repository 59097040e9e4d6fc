"""The nouns of the flow: what is judged, what was found, what was decided.

Everything here is frozen, so a verdict can be replayed and shared between requests; nothing here
holds the matched text, so whatever is logged or audited from these types cannot leak it. What every request makes is
frozen for the type checker, by ``Final``: to make a frozen dataclass takes ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

Role = Literal["system", "developer", "user", "assistant", "tool", "document"]
Direction = Literal["input", "output"]
Kind = Literal["text", "call", "definition"]
Explain = Literal["nothing", "states", "findings"]
"""How much of a decision the caller is told: what each rule did, or also where it found something."""
ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant", "tool", "document")


class Decision(StrEnum):
    """What happens to the text: redaction is ``allow`` plus edits, never a decision of its own."""

    ALLOW = "allow"
    BLOCK = "block"


class State(StrEnum):
    """What a configured rule did at a stage; an audit says exactly one of these for each rule."""

    ALLOWED = "allowed"
    FLAGGED = "flagged"
    EDITED = "edited"
    BLOCKED = "blocked"
    NOT_RUN = "not_run"
    ERROR = "error"
    TIMEOUT = "timeout"
    UNSCANNABLE = "unscannable"


@dataclass(slots=True, init=False)
class Segment:
    """A place in the payload: a JSON pointer, who wrote it, and its text."""

    path: Final[str]
    role: Final[Role]
    text: Final[str]

    def __init__(self, path: str, role: Role, text: str) -> None:
        # Written out, as what dataclasses generate is not compiled.
        self.path = path
        self.role = role
        self.text = text


@dataclass(slots=True, init=False)
class Channel:
    """Segments that read as one text, joined by ``joiner``, so that a match may span them."""

    role: Final[Role]
    segments: Final[tuple[Segment, ...]]
    joiner: Final[str]
    kind: Final[Kind]
    """A ``call`` is a tool's name and what it is called with, a ``definition`` the name of a tool that may be called:
    no running text, but for guards of calls alone. The same segments stand in channels of text, too."""

    def __init__(
        self, role: Role, segments: tuple[Segment, ...], joiner: str = "\n", kind: Kind = "text"
    ) -> None:
        self.role = role
        self.segments = segments
        self.joiner = joiner
        self.kind = kind

    @property
    def text(self) -> str:
        if len(self.segments) == 1:
            return self.segments[0].text
        return self.joiner.join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Unscannable:
    """A part of the payload that no guard can read (image, audio, file, …)."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule found something: offsets are characters of the original text at ``path``."""

    rule: str
    path: str
    start: int
    end: int
    score: float = 1.0
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace characters ``[start, end)`` of the text at ``path``."""

    path: str
    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class RuleState:
    """What one configured rule did at one stage."""

    rule: str
    stage: Direction
    state: State


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of judging: a decision, why, what to edit, and what each rule did."""

    decision: Decision
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    states: tuple[RuleState, ...] = ()
    refusal: str = ""
    """What the caller is told when the decision is ``block``; never contains user text."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that blocked, in policy order."""
    respond: str = ""
    """When set, a blocked request is answered with this text instead of an error."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a caller who asks for it is told of a decision: the verdicts on its request and on the answer."""

    decision_id: str
    policy: str
    revision: str
    given: Verdict
    answered: Verdict
    findings: bool
    """Whether it is told where the rules found something, too."""


@dataclass(slots=True, init=False)
class Context:
    """Who asks for what, under which ids; the part of a decision that is not text."""

    decision_id: Final[str]
    tenant: Final[str]
    key: Final[str]
    model: Final[str]
    api: Final[str]
    now: Final[float]
    """Seconds since the epoch, given by the shell: core has no clock."""
    explain: Final[Explain]
    """What the caller wants to be told, and may be."""
    placeholder_keys: tuple[bytes, ...] = field(repr=False)
    """The tenant's secrets from which placeholders are derived: the one in use, then retired ones."""
    conversation: tuple[Channel, ...] = field(repr=False)
    """The request's own channels, for guards that judge an answer by what was asked."""
    derived: dict[str, object] = field(init=False, repr=False, compare=False)
    """What guards worked out of the conversation, by names of their own: once a request, not with every chunk."""

    def __init__(
        self, decision_id: str, tenant: str = "default", key: str = "", model: str = "", api: str = "chat",
        now: float = 0.0, explain: Explain = "nothing", placeholder_keys: tuple[bytes, ...] = (b"",),
        conversation: tuple[Channel, ...] = (),
    ) -> None:  # fmt: skip
        self.decision_id = decision_id
        self.tenant = tenant
        self.key = key
        self.model = model
        self.api = api
        self.now = now
        self.explain = explain
        self.placeholder_keys = placeholder_keys
        self.conversation = conversation
        self.derived = {}
