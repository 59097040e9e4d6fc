"""Reads an address as its reader would: which host it leads to, however it is written, and what that host imitates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote

from gateway.core.text import canonical

_SECOND_LEVEL = "co com org net gov edu ac or ne go gob nom mil ltd plc sch nhs police gouv gv asso"
SECOND_LEVEL = frozenset(_SECOND_LEVEL.split())
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):[/\\]{1,4}")
"""Browsers take any number of slashes, and either kind, after a scheme that they know."""
_IGNORED = frozenset(["\u034f", "\u3164", "\u115f", "\u1160", "\uffa0"])
_STOPS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_ALIKE = str.maketrans("0134578$@!|", "oleastbsaii")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SHORTEST_MISSPELT = 6
"""Letters; of shorter names too many neighbours are names of their own."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart. ``host``: lower case, as browsers map it, IP addresses in their plain notation."""

    scheme: str
    user: str
    host: str
    path: str
    data: str
    """Query and fragment."""
    disguised: bool = False
    """The host is written so that people do not recognise it: a number, hexadecimal, octal, percent signs."""

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def read(text: str) -> Address:
    """``text`` (with or without a scheme) as a browser reads it: ``\\`` is a ``/``; what is before ``@`` is no host."""
    text = text if text.isascii() else mapped(text)
    begun = _SCHEME.match(text)
    scheme, rest = (begun[1], text[begun.end():]) if begun is not None else ("", text.lstrip("/\\"))
    end = min((at for at in map(rest.find, "/?#\\") if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    user, _, host = authority.rpartition("@")
    if tail.startswith("\\") and "@" in tail:  # strict readers take what follows the @ for the host
        user, host = user or host, tail.partition("@")[2].partition("/")[0]
    path, _, data = tail.partition("?") if "?" in tail else tail.partition("#")
    plain, disguised = _host(host)
    return Address(scheme.lower(), user, plain, _path(path), data, disguised)


def mapped(text: str) -> str:
    """``text`` as names are mapped before they are looked up (UTS 46): folded, without what is invisible."""
    kept = "".join(char for char in text if not _is_ignored(char))
    return unicodedata.normalize("NFKC", kept.translate(_STOPS)).casefold()


def _is_ignored(char: str) -> bool:
    return not char.isascii() and (
        unicodedata.category(char) == "Cf" or char in _IGNORED or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef")


def _path(path: str) -> str:
    """Without the steps ``.`` and ``..`` and without escapes, as a server reads it."""
    steps: list[str] = []
    for step in unquote(path).replace("\\", "/").split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    return "/" + "/".join(steps)


def _host(text: str) -> tuple[str, bool]:
    """The host without its port, and whether it was disguised."""
    plain = mapped(unquote(text)) if "%" in text else text.lower()
    disguised = plain != text.lower()
    if plain.startswith("["):
        return plain[1:].partition("]")[0], disguised
    plain = plain.partition(":")[0].strip(".")
    number = _number(plain)
    if number is None:
        return plain, disguised
    dotted = str(number)
    return dotted, disguised or dotted != plain


def _number(host: str) -> IPv4Address | None:
    """``host`` as the four bytes that it is read as: each part decimal, octal or hexadecimal, the last may be many."""
    parts = host.split(".")
    if len(parts) > 4 or not host[:1].isdigit():
        return None
    values = []
    for part in parts:
        base = 16 if part[:2] == "0x" else 8 if len(part) > 1 and part[0] == "0" else 10
        try:
            values.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
        except ValueError:
            return None
    *heads, last = values
    if any(each > 255 for each in heads) or last >= 256 ** (5 - len(parts)):
        return None
    return IPv4Address(sum(each << (24 - 8 * index) for index, each in enumerate(heads)) + last)


def site(host: str) -> str:
    """The part of ``host`` that somebody registers: ``shop.example.co.uk`` gives ``example.co.uk``."""
    labels = host.split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3 if deep else -2:])


def shown(host: str) -> str:
    """``host`` with its encoded labels (``xn--``) as they are shown."""
    return ".".join(_decoded(label) if label.startswith("xn--") else label for label in host.split("."))


def _decoded(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _name(host: str) -> str:
    """The name that somebody chose: ``shop.example.co.uk`` gives ``example``."""
    return site(host).partition(".")[0]


def skeleton(text: str) -> str:
    """What ``text`` looks like at a glance: look-alike letters, digits and pairs are folded."""
    folded = canonical(text).lower().translate(_ALIKE).replace("l", "i")
    for pair, letter in _PAIRS:
        folded = folded.replace(pair.replace("l", "i"), letter)
    return folded


class Imitations:
    """Which hosts look like some of ``domains`` and are none of them."""

    __slots__ = ("_domains", "_names", "_near", "_sites")

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = tuple(domains)
        self._sites = frozenset(site(each) for each in self._domains)
        self._names = {skeleton(_name(each)): _name(each) for each in self._domains if len(_name(each)) > 2}
        self._near = {shorter: name for name in self._names if len(name) >= _SHORTEST_MISSPELT
                      for shorter in _without_one(name)}

    def score(self, host: str) -> float:
        """How sure it is that ``host`` imitates a domain: 0 for one of the domains, or a host like none."""
        seen = shown(host)
        if site(host) in self._sites or "." not in host:
            return 0.0
        name = _name(seen)
        if skeleton(name) in self._names:
            # the same name under another top-level domain may well be somebody else's: a weak sign
            return 0.4 if name == self._names[skeleton(name)] else 0.95
        if any(f".{each}." in f".{seen}." for each in self._domains):
            return 0.95  # bank.example.evil.net
        parts = name.split("-")
        if len(parts) > 1 and any(len(part) > 4 and skeleton(part) in self._names for part in parts):
            return 0.6
        return 0.7 if self._misspelt(skeleton(name)) else 0.0

    def _misspelt(self, name: str) -> bool:
        """One letter too many, too few, another, or two letters changed places."""
        if len(name) < _SHORTEST_MISSPELT - 1:
            return False
        for each in _without_one(name):
            known = self._near.get(each)
            if known is not None and known != name and _one_apart(known, name):
                return True
        return False


def _without_one(name: str) -> Iterator[str]:
    yield name
    for index in range(min(len(name), 64)):
        yield name[:index] + name[index + 1:]


def _one_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) == 1:
        return True  # they share a string that has one letter less than the longer
    different = [index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    if len(one) != len(other) or not different:
        return False
    first = different[0]
    return len(different) == 1 or (
        len(different) == 2 and different[1] == first + 1 and one[first] == other[first + 1]
        and one[first + 1] == other[first])


@lru_cache(maxsize=64)
def imitations(domains: tuple[str, ...]) -> Imitations:
    return Imitations(domains)
