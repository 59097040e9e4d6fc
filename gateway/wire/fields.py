"""Which strings of a payload are no text, and why: everything that is not named here is judged.

A leaf is exempt only while it looks like what its entry says it is: an "enum" that reads like a sentence, or
an "id" with a space in it, is judged as text. A new field of an API is therefore guarded by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Treat = Literal["text", "enum", "id", "sealed", "image", "audio", "video", "file", "schema", "plain", "token"]
"""``text``: judged, listed so that its key counts as known. ``enum``, ``id``: exempt while they look like it.
``sealed``: encrypted or signed by the model's provider: passed on or blocked, never edited, while it looks like it.
``image`` … ``file``: content that no guard reads, reported as unscannable. ``schema``: a JSON schema, whose
keywords are known keys. ``plain``: holds no string (one that does come is judged). ``token``: see its reason."""

BLOBS: Final[frozenset[str]] = frozenset({"image", "audio", "video", "file"})
_ENUM: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,31}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:/|+=\-]{1,128}")
_SEALED: Final = re.compile(r"[A-Za-z0-9_.+/=\-]+")


@dataclass(frozen=True, slots=True)
class Field:
    """A place (``*``: any index or key), how it is treated, and the reason."""

    path: str
    treat: Treat
    reason: str


@dataclass(slots=True)
class Node:
    """The table as a tree; ``any`` stands for every key or index that is not named."""

    treat: Treat = "text"
    children: dict[str, Node] = field(default_factory=dict)
    any: Node | None = None

    def exempts(self, text: str) -> bool:
        """Whether the leaf ``text`` at this place is no text to judge."""
        treat = self.treat
        if treat == "text" or treat == "schema":
            return False
        if treat == "enum":
            return _ENUM.fullmatch(text) is not None
        if treat == "id":
            return _ID.fullmatch(text) is not None
        if treat == "sealed":
            return _SEALED.fullmatch(text) is not None
        return treat == "token"

    def below(self, key: str) -> Node:
        """The node of a member or an element."""
        return self.children.get(key) or self.any or UNKNOWN


UNKNOWN: Final = Node()
SCHEMA_KEYS: Final = (
    "$defs $id $ref $schema additionalProperties allOf anyOf const contains default definitions deprecated "
    "description else enum examples exclusiveMaximum exclusiveMinimum format if items maxItems maxLength "
    "maxProperties maximum minItems minLength minProperties minimum multipleOf not nullable oneOf pattern "
    "patternProperties prefixItems properties propertyNames readOnly required strict then title type "
    "uniqueItems unevaluatedProperties writeOnly"
)
"""JSON Schema's own keywords: the only keys of a schema that its writer did not choose."""
SCHEMA: Final = Node("schema")
SCHEMA.any = SCHEMA
SCHEMA.children = dict.fromkeys(SCHEMA_KEYS.split(), SCHEMA)


def compiled(table: Iterable[Field]) -> Node:
    """The tree of ``table``."""
    root = Node()
    for entry in table:
        node = root
        for name in entry.path[1:].split("/"):
            if name == "*":
                node.any = node = node.any or Node()
            else:
                node = node.children.setdefault(name, Node())
        if entry.treat == "schema":
            node.any, node.children = SCHEMA, SCHEMA.children
        node.treat = entry.treat
    return root


def every(treat: Treat, reason: str, paths: str) -> tuple[Field, ...]:
    """One entry for each of the ``paths``, which are separated by spaces."""
    return tuple(Field(path, treat, reason) for path in paths.split())


DROPPED_FROM_ANSWERS: Final[Mapping[str, str]] = {
    "prompt_logprobs": "the prompt's tokens one by one, which no guard can read",
    "prompt_token_ids": "the prompt as numbers, before any edit of the answer is known",
    "prompt_text": "the prompt, after the template",
    "token_ids": "the answer as numbers: what was edited or cut could be read from them",
    "kv_transfer_params": "addresses inside the serving cluster",
    "wardgate": "this gateway's own word: from a model server it would be taken for that",
}
"""Members of an answer, and of its choices, that never reach a caller, with the reason."""
