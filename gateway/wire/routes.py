"""The routes of OpenAI's and Anthropic's APIs that are not served, with the reason; docs/routes.md lists them all.

What is not named anywhere is refused as well: an unknown route is never passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import NotFound


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything at and below ``path`` that is not served."""

    path: str
    reason: str


_KEPT = "What is kept by a model server would come back without being judged again."
_UNREAD = "No guard reads this kind of content."
_OPERATOR = "The operator of the model server decides this, not its callers."
_NO_TOOLS = "Nothing is run or fetched on behalf of a caller."
REFUSED: tuple[Refused, ...] = (
    Refused("/v1/chat/completions", "Stored completions: " + _KEPT),
    Refused("/v1/responses", "Stored answers and open connections: " + _KEPT),
    Refused("/v1/messages", "Stored batches: " + _KEPT),
    Refused("/v1/conversations", _KEPT),
    Refused("/v1/threads", _KEPT),
    Refused("/v1/assistants", _KEPT),
    Refused("/v1/chatkit", _KEPT),
    Refused("/v1/decisions", _KEPT),
    Refused("/v1/complete", "The older API of Anthropic: use /v1/messages."),
    Refused("/v1/files", "A document in a format of its own: " + _UNREAD),
    Refused("/v1/uploads", "A document in a format of its own: " + _UNREAD),
    Refused("/v1/batches", "Requests in files are answered where no one judges: send them one by one."),
    Refused("/v1/vector_stores", "A document in a format of its own: " + _UNREAD),
    Refused("/v1/audio", "Sound: " + _UNREAD),
    Refused("/v1/images", "Pictures: " + _UNREAD),
    Refused("/v1/videos", "Moving pictures: " + _UNREAD),
    Refused("/v1/content_provenance_checks", _UNREAD),
    Refused("/v1/realtime", "Sound on an open connection: " + _UNREAD),
    Refused("/v1/live", "Sound on an open connection: " + _UNREAD),
    Refused("/v1/containers", _NO_TOOLS),
    Refused("/v1/skills", _NO_TOOLS),
    Refused("/v1/agents", _NO_TOOLS),
    Refused("/v1/sessions", _NO_TOOLS),
    Refused("/v1/environments", _NO_TOOLS),
    Refused("/v1/deployments", _NO_TOOLS),
    Refused("/v1/deployment_runs", _NO_TOOLS),
    Refused("/v1/dreams", _NO_TOOLS),
    Refused("/v1/tunnels", _NO_TOOLS),
    Refused("/v1/memory_stores", _KEPT),
    Refused("/v1/vaults", "Credentials of callers are no matter of this gateway."),
    Refused("/v1/user_profiles", "Credentials of callers are no matter of this gateway."),
    Refused("/v1/webhook_endpoints", "Answers go to whoever asked, in the same connection, and nowhere else."),
    Refused("/v1/webhook_event_types", "Answers go to whoever asked, in the same connection, and nowhere else."),
    Refused("/v1/fine_tuning", _OPERATOR),
    Refused("/v1/evals", "Wardgate evaluates by `wardgate eval`."),
    Refused("/v1/organization", _OPERATOR),
    Refused("/v1/organizations", _OPERATOR),
    Refused("/v1/projects", _OPERATOR),
    Refused("/v1/compliance", _OPERATOR),
    Refused("/v1/safety", _OPERATOR),
)


class UnservedRoute(NotFound):
    """404: a route that the gateway does not serve, and will not pass on."""

    code = "unsupported_route"


def refusal(path: str, served: Iterable[str]) -> UnservedRoute:
    """The error for ``path``, which never repeats more of it than the table has; ``served``: what to use instead."""
    reason = next((each.reason for each in REFUSED if path == each.path or path.startswith(each.path + "/")), "")
    return UnservedRoute(f"This route is not served. {reason} Served are {', '.join(served)}.".replace("  ", " "))
