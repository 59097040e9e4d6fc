"""Compares an answer with the documents and tools' answers of its request: what they do not say is made up.

Sentence by sentence, by words, numbers and names (see ``grounding_claims``); the whole answer is judged, so the policy
must hold it: ``release: complete``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.types import ROLES, Context, Finding, Role
from gateway.core.whole import Whole
from gateway.guards.grounding_claims import Sources, claims

_ALL = ("UNSUPPORTED", "UNSUPPORTED_NUMBER", "UNSUPPORTED_NAME", "NO_SOURCES")


@dataclass(frozen=True, slots=True)
class GroundingParams:
    """``sources``: roles whose words an answer may rest on.

    ``begin``, ``end``: marks between which sources stand in texts of other roles, for applications that put them into
    a prompt. ``required``: an answer without any source in the request is a finding. Raises ``ValueError`` for a role
    that is none, and for one mark without the other.
    """

    sources: tuple[Role, ...] = ("document", "tool")
    begin: str = ""
    end: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        for each in self.sources:
            if each not in ROLES:
                raise ValueError(f"{each!r} is no role | known: {', '.join(ROLES)}")
        if bool(self.begin) != bool(self.end):
            raise ValueError("begin and end are given together | add the other mark, or remove both")


@guard("grounding", params=GroundingParams, decode=False, whole="text", entities=_ALL)
def find_unsupported(whole: Whole, params: GroundingParams) -> Iterator[Finding]:
    """UNSUPPORTED sentences, with _NUMBER or _NAME where one of those is nowhere; NO_SOURCES over the whole answer."""
    sources = _sources(whole.context, params)
    if sources is None:
        if params.required and whole.text:
            yield whole.finding(entity="NO_SOURCES")
        return
    for each in claims(whole.text, sources):
        yield whole.finding(each.start, each.end, entity=each.entity, score=each.score)


def _sources(context: Context, params: GroundingParams) -> Sources | None:
    """The words of the request's sources, read once a request; None when there are none."""
    key = f"grounding {params}"
    if key not in context.derived:
        texts = [text for text in _texts(context, params) if text.strip()]
        context.derived[key] = Sources.of(texts) if texts else None
    found = context.derived[key]
    return found if isinstance(found, Sources) else None


def _texts(context: Context, params: GroundingParams) -> Iterator[str]:
    for channel in context.conversation:
        for segment in channel.segments:
            if channel.role in params.sources:
                yield segment.text
            elif params.begin:
                for part in segment.text.split(params.begin)[1:]:
                    yield part.partition(params.end)[0]
