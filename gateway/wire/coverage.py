"""The map of what is judged: every place that a table names, over all APIs, with what happens there and why.

It is read from the tables that the codecs work by, so it cannot say anything else than they do. Places that no table
names have no entry: all that stands there is guarded, and so are keys that no table names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.wire import bounds
from gateway.wire.chat import fields as chat
from gateway.wire.completions import fields as completions
from gateway.wire.embeddings import fields as embeddings
from gateway.wire.fields import BLOBS, DROPPED_FROM_ANSWERS, Field
from gateway.wire.messages import fields as messages
from gateway.wire.messages import limits
from gateway.wire.responses import bounds as responses_bounds
from gateway.wire.responses import fields as responses

How = Literal["guarded", "number", "exempt", "unscannable", "removed", "refused"]
"""``guarded``: judged. ``number``: holds no text; a string that comes there is judged. ``exempt``: no text, as long
as it looks like what the table says. ``unscannable``: no guard reads it, the policy answers for its kind.
``removed``: never goes on. ``refused``: the request is an error."""
REST = "every other string, and every key that is not named"
"""What is guarded without an entry."""


@dataclass(frozen=True, slots=True)
class Place:
    """``path``: a JSON pointer, ``*`` for any index or key, from the root of ``where``. ``kind``: the table's word."""

    api: str
    where: str
    path: str
    how: How
    kind: str
    reason: str

    def holds(self, path: str) -> bool:
        """Whether ``path`` is this place, or below one of which nothing is read or nothing goes on."""
        names, own = path.split("/"), self.path.split("/")
        if len(names) < len(own) or (len(names) > len(own) and self.how in ("guarded", "number", "exempt")):
            return False
        return all(mine in ("*", name) for mine, name in zip(own, names, strict=False))


def places() -> tuple[Place, ...]:
    """All of them, API by API."""
    return (
        *_relayed("chat", chat.REQUEST_TABLE, chat.ANSWER_TABLE),
        *_relayed("completions", completions.REQUEST_TABLE, completions.ANSWER_TABLE),
        *_relayed("embeddings", embeddings.REQUEST_TABLE, embeddings.ANSWER_TABLE),
        *_responses(),
        *_messages(),
    )


def counts(found: Iterable[Place]) -> Mapping[tuple[str, str], Mapping[How, int]]:
    """By API and where in it: how many places of each sort there are."""
    out: dict[tuple[str, str], dict[How, int]] = {}
    for each in found:
        sums = out.setdefault((each.api, each.where), {})
        sums[each.how] = sums.get(each.how, 0) + 1
    return out


def _relayed(api: str, request: Iterable[Field], answer: Iterable[Field]) -> tuple[Place, ...]:
    return (
        *_all(api, "request", request, bounds.DROPPED, bounds.REFUSED),
        *_all(api, "answer", answer, DROPPED_FROM_ANSWERS),
    )


def _responses() -> tuple[Place, ...]:
    api, own = "responses", responses_bounds
    return (
        *_all(api, "request", responses.REQUEST_TABLE, own.DROPPED, {**bounds.REFUSED, **own.REFUSED}),
        *_gone(api, "item of a request, of type", "refused", own.REFUSED_ITEMS),
        *_all(api, "answer", responses.ANSWER_TABLE, responses.DROPPED),
        *_read(api, "item of an answer", responses.ITEM_TABLE),
        *_read(api, "item of an answer, image_generation_call", responses.PICTURE_TABLE),
        *_read(api, "event", responses.EVENT_TABLE),
    )


def _messages() -> tuple[Place, ...]:
    api = "messages"
    return (
        *_all(api, "request", messages.REQUEST_TABLE, limits.DROPPED, limits.REFUSED),
        *_all(api, "answer", messages.ANSWER_TABLE, DROPPED_FROM_ANSWERS),
        *_read(api, "any object with a type", messages.COMMON),
        *[place for kind, table in messages.TABLES.items() for place in _read(api, f"object of type {kind}", table)],
    )


def _all(
    api: str, where: str, table: Iterable[Field], removed: Mapping[str, str], refused: Mapping[str, str] | None = None
) -> tuple[Place, ...]:
    """What is read, and what never goes on: that counts where a table, which may serve two sides, names it too."""
    gone = (*_gone(api, where, "removed", removed), *_gone(api, where, "refused", refused or {}))
    paths = {each.path for each in gone}
    return (*[each for each in _read(api, where, table) if each.path not in paths], *gone)


def _read(api: str, where: str, table: Iterable[Field]) -> tuple[Place, ...]:
    return tuple(Place(api, where, each.path, _how(each.treat), each.treat, each.reason) for each in table)


def _gone(api: str, where: str, how: How, reasons: Mapping[str, str]) -> tuple[Place, ...]:
    return tuple(Place(api, where, f"/{name}", how, how, reason) for name, reason in reasons.items())


def _how(treat: str) -> How:
    if treat in BLOBS:
        return "unscannable"
    if treat in ("text", "schema"):
        return "guarded"
    return "number" if treat == "plain" else "exempt"
