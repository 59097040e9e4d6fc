"""Judges addresses: where a link may lead, what it pretends to be, and what data it would carry out.

An address is read as a browser reads it (userinfo, numbers as hosts, encoded and international names), and links in
Markdown and HTML by what they show and where they lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.guards.urls_data import (
    ANCHOR,
    BARE,
    DEFINITION,
    EMBEDDED,
    MARKDOWN,
    NAME,
    NO_DOMAINS,
    RUNNING,
    RUNS_CODE,
    SHORTENERS,
    URL,
)
from gateway.guards.urls_hosts import Address, imitations, read, site

ENTITIES = ("DENIED_DOMAIN", "UNLISTED_DOMAIN", "LOOKALIKE_DOMAIN", "USERINFO", "DISGUISED_HOST", "PRIVATE_HOST",
            "SCHEME", "SHORTENER", "LINK_MISMATCH", "DATA_IN_URL")
_ENTRY = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}(?:/[^\s?#]{0,200})?|[0-9a-f.:]{3,45}")
_SHOWN = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|//)?(?:[\w-]{1,63}\.){1,6}[a-z]{2,18}(?:[:/?#][^\s]{0,300})?", re.IGNORECASE)
_CODED = re.compile(r"(?:[A-Za-z0-9_-]{40,}|(?:%[0-9A-Fa-f]{2}|[\w+.-]){60,})={0,2}")
_TARGET = re.compile(
    r"(?:src|href|data|background|poster|srcset)\s{0,2}=\s{0,2}[\"']?([^\s\"'<>]+)", re.IGNORECASE)
_LEADS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:[/\\]|//|\\\\)", re.IGNORECASE)
_BLANKS = re.compile(
    r"\{{1,2}[^{}]{1,60}\}{1,2}|\[[A-Za-z _-]{3,60}\]|\$\{?[A-Za-z_]{3,40}\}?|<[A-Za-z _-]{3,60}>|%s\b")


@dataclass(frozen=True, slots=True)
class UrlsParams:
    """``allow``: domains, or domains with a path, that may be named; any other is then a finding.

    ``deny``: those that may not. An entry counts for its sub-domains too, and the longer of two entries decides.
    ``protect``: domains whose imitations are found, beside those of ``allow``. ``schemes``: which are allowed; empty:
    all but those that run code (``javascript:``, ``data:``). ``private``: whether addresses inside networks are
    allowed. ``shorteners``: whether shortened addresses are. ``bare``: names without ``https://`` count, too.
    ``max_image_data``: characters that the query of an image, or anything that loads by itself, may carry;
    ``max_link_data``: the same for links; 0: any number. ``entities``: what is looked for. Raises ``ValueError``
    for an entry that is no domain and for an entity that is not known.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    private: bool = False
    shorteners: bool = True
    bare: bool = True
    max_image_data: int = 64
    max_link_data: int = 1000
    entities: tuple[str, ...] = ENTITIES

    def __post_init__(self) -> None:
        for each in (*self.allow, *self.deny, *self.protect):
            if not _ENTRY.fullmatch(each.lower()):
                raise ValueError(f"{each!r} is no domain | write it as in example.com or example.com/path")
        for each in self.entities:
            if each not in ENTITIES:
                raise ValueError(f"unknown entity {each!r}; known are {', '.join(ENTITIES)}")
        if self.max_image_data < 0 or self.max_link_data < 0:
            raise ValueError("max_image_data and max_link_data must be 0 (no limit) or more")


def _patterns(params: UrlsParams) -> tuple[Pattern, ...]:
    every = (URL, RUNS_CODE, MARKDOWN, DEFINITION, ANCHOR, EMBEDDED)
    return (*every, NAME) if params.bare else every


@guard("urls", patterns=_patterns, params=UrlsParams)
def find_urls(view: View, params: UrlsParams) -> Iterator[Finding]:
    """Findings cover the address, for LINK_MISMATCH the whole link. Names without a scheme score 0.6 at most."""
    for entity, score, finding in _found(view, params):
        if entity in params.entities and score > 0:
            yield finding


Reason = tuple[str, float]


def _found(view: View, params: UrlsParams) -> Iterator[tuple[str, float, Finding]]:
    for match in view.matches(URL):
        stop = _trimmed(match.text)
        for entity, score in _reasons(*_readings(view, match, stop), params, params.max_link_data):
            yield entity, score, _part(view, match, stop, entity, score)
    for match in view.matches(RUNS_CODE):
        if match.text.partition(":")[0].lower() not in params.schemes:
            yield "SCHEME", 0.9, _part(view, match, _trimmed(match.text), "SCHEME", 0.9)
    if params.bare:
        yield from _bare(view, params)
    for kind in (MARKDOWN, DEFINITION, ANCHOR, EMBEDDED):
        for match in view.matches(kind):
            yield from _link(view, match, kind, params)


def _readings(view: View, match: Match, stop: int) -> tuple[Address, Address]:
    """The address as it looks (folded, as guards read everything), and as a browser reads what is written."""
    seen = read(match.text[:stop])
    original = view.original(match)
    return seen, seen if original.isascii() else read(original)


def _bare(view: View, params: UrlsParams) -> Iterator[tuple[str, float, Finding]]:
    """Names that chat clients turn into links."""
    for match in view.matches(NAME):
        if view.before(match, 1).endswith(("/", "@", "\\", ".", "-", "_", "=", ":")):
            continue  # part of an address with a scheme, of an e-mail address, or of a longer name
        stop = _trimmed(match.text)
        seen, meant = _readings(view, match, stop)
        if seen.host in NO_DOMAINS or not _is_domain(seen, params):
            continue
        for entity, score in _reasons(seen, meant, params, params.max_link_data):
            score = min(score, 0.6)
            yield entity, score, _part(view, match, stop, entity, score)


def _is_domain(address: Address, params: UrlsParams) -> bool:
    ending = address.host.rpartition(".")[2]
    return ending in BARE or (len(address.path) > 1 and len(ending) > 1 and not address.host[0].isdigit()) or bool(
        _longest(address, params.deny))


def _link(view: View, match: Match, kind: Pattern, params: UrlsParams) -> Iterator[tuple[str, float, Finding]]:
    """What a link shows against where it leads, and what loads by itself."""
    shown, target = _parts(match.text, kind)
    loads = kind is EMBEDDED or match.text.startswith("!")
    address = read(target) if _LEADS.match(target) else None
    if address is None or not address.host:
        return
    if target.startswith("//"):  # without a scheme: no other pattern reads it
        for entity, score in _reasons(address, address, params, 0):
            yield entity, score, view.finding(match, entity=entity, score=score)
    shown_at = _SHOWN.fullmatch(shown.strip().strip("*_`<>").rstrip(".,:;!"))
    if shown_at is not None and not loads and kind is not DEFINITION:
        named = read(shown_at.group())
        known = "://" in shown or (named.host.rpartition(".")[2] in BARE and named.host not in NO_DOMAINS)
        if known and (address.ip is not None or site(named.host) != site(address.host)):
            yield "LINK_MISMATCH", 0.9, view.finding(match, entity="LINK_MISMATCH", score=0.9)
    if loads and not _longest(address, params.allow) and (
        _carried(address) > params.max_image_data > 0 or _BLANKS.search(address.data)
    ):
        yield "DATA_IN_URL", 0.9, view.finding(match, entity="DATA_IN_URL", score=0.9)


def _parts(text: str, kind: Pattern) -> tuple[str, str]:
    """What a link shows, and its target."""
    if kind is ANCHOR:
        head, _, shown = text.removesuffix("</a").removesuffix("</A").rpartition(">")
        return shown, _attribute(head)
    if kind is EMBEDDED:
        return "", text[4:].lstrip("\"'") if text[:4].lower() == "url(" else _attribute(text)
    shown, _, target = text.partition("](" if kind is MARKDOWN else "]:")
    return shown.lstrip("![ "), target.strip().lstrip("<").rstrip(">")


def _attribute(text: str) -> str:
    found = _TARGET.search(text)
    return found[1] if found else ""


def _reasons(seen: Address, meant: Address, params: UrlsParams, most: int) -> list[Reason]:
    """Why an address is a finding, by name; at most one reason concerns whose host it is."""
    return sorted(_judged(seen, meant, params, most))


def _judged(seen: Address, meant: Address, params: UrlsParams, most: int) -> Iterator[Reason]:
    if _scheme_is_refused(seen.scheme, params):
        yield "SCHEME", 0.9
    if not seen.host or "{" in seen.host or "$" in seen.host:
        return  # a place to fill in
    if seen.user:
        yield "USERINFO", 0.95 if "." in seen.user else 0.6
    if seen.disguised:
        yield "DISGUISED_HOST", 0.9
    denied = max(_longest(seen, params.deny), _longest(meant, params.deny))
    allowed = _longest(meant, params.allow)
    if denied and denied >= allowed:
        yield "DENIED_DOMAIN", 1.0
    elif not allowed:
        yield from _unknown(seen, meant, params)
        if most and (_carried(seen) > most or _CODED.search(seen.host)):
            yield "DATA_IN_URL", 0.8


def _unknown(seen: Address, meant: Address, params: UrlsParams) -> Iterator[Reason]:
    ip = seen.ip
    if ip is not None and not ip.is_global and not params.private:
        yield "PRIVATE_HOST", 0.8
    if not params.shorteners and (seen.host in SHORTENERS or site(seen.host) in SHORTENERS):
        yield "SHORTENER", 0.9
    imitated = imitations(_domains(params.allow + params.protect)).score(meant.host) if ip is None else 0.0
    if imitated >= 0.5:
        yield "LOOKALIKE_DOMAIN", imitated
    elif params.allow:
        yield "UNLISTED_DOMAIN", 0.9


def _scheme_is_refused(scheme: str, params: UrlsParams) -> bool:
    if params.schemes:
        return scheme not in (*params.schemes, "")
    return scheme in RUNNING


def _domains(entries: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.lower().partition("/")[0] for each in entries)


def _longest(address: Address, entries: tuple[str, ...]) -> int:
    """The length of the longest entry that covers ``address``; 0 for none."""
    best = 0
    for entry in entries:
        domain, _, path = entry.lower().partition("/")
        host = address.host
        if host != domain and not host.endswith("." + domain):
            continue
        path = "/" + path.strip("/")
        if path == "/" or address.path.lower() == path or address.path.lower().startswith(path + "/"):
            best = max(best, len(entry))
    return best


def _carried(address: Address) -> int:
    """Characters with which an address could carry data out: its query, and what looks encoded in its path."""
    coded = sum(len(found.group()) for found in _CODED.finditer(address.path))
    return len(address.data) + coded


def _trimmed(text: str) -> int:
    """Where the address ends, without the punctuation of the sentence around it."""
    return len(text.rstrip(".,;:!?*_}\\")) or len(text)


def _part(view: View, match: Match, stop: int, entity: str, score: float) -> Finding:
    return view.finding(match, entity=entity, score=score, inner=(0, len(match.text[:stop].encode())))
