"""Whether what was found is a leak: a weak form counts where the words around, or the question, say whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.core.text import canonical
from gateway.core.types import Context, Finding
from gateway.core.view import Match, View
from gateway.guards.leakage_documents import MONTHS, STEM, stem, words_of
from gateway.guards.leakage_forms import Form

_KEY: Final = "leakage: what was asked"
_KEY_TEXT: Final = "leakage: the text of what was asked"
_MONTHS: Final = frozenset(MONTHS)


class Said(NamedTuple):
    """A text in lower case, with its words and the stems of those that are no months."""

    text: str
    words: frozenset[str]
    stems: frozenset[str]


def report(view: View, match: Match, forms: Sequence[Form], found: list[Finding], entity: str = "FIGURE") -> None:
    """Adds one finding for the clearest of ``forms``, if the context makes any of them a leak."""
    if not forms:
        return
    if any(form.secret.strong and not form.partial for form in forms):
        found.append(view.finding(match, entity=entity, score=1.0))
        return
    near, text = (view.before(match, 512) + match.text).lower(), _asked_text(view.context)
    forms = [form for form in forms if _may_be_about(form, near, text)]
    if not forms:
        return
    said, asked = _said(near), _asked(view.context)
    for form in sorted(forms, key=_is_partial):
        if _about(form, said, asked):
            found.append(view.finding(match, entity="PARTIAL_FIGURE" if form.partial else entity, score=0.8))
            return


def _is_partial(form: Form) -> bool:
    return form.partial


def _may_be_about(form: Form, near: str, asked: str) -> bool:
    """Whether it is worth taking the text apart: a partial form wants its subject, and most have none at hand."""
    if not form.partial or not form.secret.subjects:
        return True
    return any(each in near or each in asked for each in form.secret.subjects)


def _about(form: Form, near: Said, asked: Said) -> bool:
    """Whether the words around say whom and what the secret is about."""
    secret = form.secret
    cues = len(secret.cues & near.stems | secret.cues & asked.stems)
    if secret.subjects:
        named = not (secret.subjects.isdisjoint(near.words) and secret.subjects.isdisjoint(asked.words))
        return (named and cues >= 1) or (not form.partial and cues >= 3)
    unit = stem(secret.unit)
    return cues >= (1 if len(secret.unit) > 6 and (unit in near.stems or unit in asked.stems) else 2)


def _asked(context: Context) -> Said:
    """What the caller said; worked out once a request."""
    known = context.derived.get(_KEY)
    if not isinstance(known, Said):
        known = context.derived[_KEY] = _said(_asked_text(context))
    return known


def _asked_text(context: Context) -> str:
    """The same as a text in lower case, which is enough to tell most numbers from leaks."""
    known = context.derived.get(_KEY_TEXT)
    if not isinstance(known, str):
        texts = [canonical(channel.text)[-4096:] for channel in context.conversation if channel.role == "user"]
        known = context.derived[_KEY_TEXT] = "\n".join(texts).lower()
    return known


def _said(text: str) -> Said:
    words = frozenset(words_of(text))
    return Said(text, words, frozenset([word[:STEM] for word in words - _MONTHS]))
