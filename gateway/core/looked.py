"""A first look at what a caller, or a model, sends: which texts guards must look at closely, and what that may take.

Nearly all texts are judged in less time than it takes to hand them to somebody else. A text full of disguises, or of
numbers that may be somebody's, takes up to five hundred times that: whoever has an event loop to keep going judges it
elsewhere (``gateway.proxy.aside``). The figures are the worst that floods of each kind cost on one core, rounded up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from sys import maxsize
from typing import Final, NamedTuple

import orjson

from gateway.core.disguised import is_strange
from gateway.core.json_scan import Escapes, unescaped
from gateway.core.marks import hinted
from gateway.core.pattern import Pattern
from gateway.core.spans import ANYWHERE
from gateway.core.stage import Stage
from gateway.core.text import canonical
from gateway.core.types import Channel, Segment

LONG: Final = 16_384
"""Characters of a request of which not even a first look is taken where it would hold up others."""
LIGHT: Final = 1_500_000
"""Nanoseconds that judging may take there."""
ESCAPE: Final = 20
"""Characters that a backslash counts as: what is read behind JSON's escapes is read one by one."""
EACH: Final = 512
"""Characters that a text counts as besides its own."""
AT_ONCE: Final = 1024
"""Bytes of a whole answer that is judged at once whatever it holds."""
SHORT: Final = 8192
"""Bytes of one of which a first look is taken."""
AROUND: Final = 1024
"""Bytes of what may be around its long texts."""
_PIECE: Final = 64
"""Bytes between two quotes that are a long text."""
_BESIDE: Final = 4096
"""Bytes of what may be beside those in an event: probabilities of a token."""
_TEXT: Final = 45_000
"""Nanoseconds for a text, whatever it holds."""
_PLAIN: Final = 15
"""Nanoseconds for a character of what is plain."""
_READ: Final = 100
"""For one of what detectors have read."""
_FOLDED: Final = 300
"""For one of what is not ASCII."""
_FIGURE: Final = 12_000
"""For a figure, of which numbers are made."""
_AT: Final = 50_000
"""For an at sign, of which addresses are."""
_ENCODED: Final = 800
"""For a character where runs of letters may be an encoding."""
_APART: Final = 8000
"""For one where letters stand apart, or something hints at a disguise of which every word is to be read."""
_MATCH: Final = 40_000
"""For a match of a rule's pattern."""
_DENSE: Final = 5000
"""For a character of nothing but such matches."""
_FIGURES: Final = b"0123456789"
Seen = dict[str, tuple[bytes, int]]
"""By text, its canonical form and the hits in it: what a first look leaves for whoever judges the text."""


class Looked(NamedTuple):
    """A text of ``channel`` as its reader reads it: ``data`` is its canonical form, which has ``hits``.

    ``escapes``: the way back to what is written, where that is something else. ``hint``: a word that a disguise makes
    occurs. ``closer``: whether guards must look at it.
    """

    channel: Channel
    text: str
    escapes: Escapes | None
    data: bytes
    hits: int
    hint: bool
    closer: bool


def is_short(data: bytes) -> bool:
    """Whether an event's ``data`` hold so little text that nobody is held up by it, whatever it is."""
    if len(data) <= AT_ONCE:
        return True
    if len(data) > SHORT:
        return False
    said = sum([len(each) for each in data.split(b'"') if len(each) >= _PIECE])
    return said <= AT_ONCE and len(data) - said <= _BESIDE


def look(stage: Stage, channel: Channel) -> Looked:
    """Linear, and hardly more than two passes over the text by machines that are made for it."""
    text, escapes = channel.text, None
    if "\\" in text:
        text, escapes = as_read(channel)
    plain = text.isascii()
    data = text.encode() if plain else canonical(text).encode("utf-8", "replace")
    hits = stage.scanner.hits(data)
    hint = stage.known is not None and hinted(data)
    longest = stage.limits[0][0] if stage.limits else maxsize
    closer = not plain or hint or hits & stage.wanted[channel.role] != 0 or len(text) > longest
    return Looked(channel, text, escapes, data, hits, hint, closer)


def as_read(channel: Channel) -> tuple[str, Escapes | None]:
    """The channel's text as its reader reads it, and the way back where that is not as it is written."""
    text = channel.text
    return (unescaped(channel) if "\\" in text else None) or (text, None)


def weight(channels: Sequence[Channel]) -> int:
    """Characters of ``channels``, and what else there is to do before guards look at them, counted in such."""
    texts = [segment.text for channel in channels for segment in channel.segments]
    escapes = sum([text.count("\\") for text in texts if "\\" in text])
    return len(channels) * EACH + sum(map(len, texts)) + escapes * ESCAPE


def is_light(stage: Stage, found: Sequence[Looked]) -> bool:
    """Whether judging what was ``found`` takes no longer than a loop may be held."""
    return sum([_nanoseconds(stage, each, stage.wanted[each.channel.role]) for each in found]) <= LIGHT


def is_light_answer(stage: Stage, body: bytes, seen: Seen | None = None) -> bool:
    """The same for judging a whole answer, of which ``body`` is all: for its long texts, and what is around them.

    What the look finds in them is put into ``seen``: they need not be looked through again to be judged.
    """
    if len(body) <= AT_ONCE:
        return True
    if len(body) > SHORT:
        return False
    long = _escaped(body) if b"\\" in body else [each for each in body.split(b'"') if len(each) >= _PIECE]
    if len(body) - sum(map(len, long)) > AROUND:
        return False
    spent = 0
    for text in _read(long):
        each = look(stage, Channel("assistant", (Segment("", "assistant", text),)))
        if seen is not None:
            seen[text] = each.data, each.hits
        spent += _nanoseconds(stage, each, stage.judged)
    return spent <= LIGHT


def _escaped(body: bytes) -> list[bytes]:
    """The long strings of JSON of which some hold escapes, as they are written."""
    found, at = [], 0
    for each in body.replace(b"\\\\", b"__").replace(b'\\"', b"__").split(b'"'):
        end = at + len(each)
        if end - at >= _PIECE:
            found.append(body[at:end])
        at = end + 1
    return found


def _read(written: Sequence[bytes]) -> Iterator[str]:
    """The texts that strings of JSON stand for; of what is none after all, something as long."""
    for each in written:
        try:
            yield orjson.loads(b'"%b"' % each) if b"\\" in each else each.decode()
        except ValueError:
            yield each.decode("utf-8", "replace")


def _nanoseconds(stage: Stage, each: Looked, wanted: int) -> int:
    """At most, about; ``wanted``: the bits of the rules that judge it."""
    size = len(each.text)
    spent = _TEXT + size * (_READ if stage.wants else _PLAIN)
    if not each.closer and not each.hits & wanted:
        return spent
    if not each.text.isascii():
        spent += size * _FOLDED
    hits = each.hits
    if hits & stage.apart_bits or (stage.known is not None and (each.hint or is_strange(each.text))):
        spent += size * _APART
    elif hits & stage.decode_mask:
        spent += size * _ENCODED
    if hits & wanted:
        data = each.data
        figures = len(data) - len(data.translate(None, _FIGURES))
        spent += figures * _FIGURE + data.count(b"@") * _AT
        if spent <= LIGHT < spent + size * _DENSE:
            spent += _matches(stage, each, wanted, figures, (LIGHT - spent) // _MATCH + 1) * _MATCH
    return spent


def _matches(stage: Stage, each: Looked, wanted: int, figures: int, most: int) -> int:
    """How often rules' patterns match, as far as ``most``: phrases hold no figure by which they could be counted.

    Patterns of numbers are not even looked for where the text's ``figures`` are too few for as many matches.
    """
    hits = each.hits & wanted & ~(stage.decode_mask | stage.leet_bit | stage.restore_bit)
    found, patterns, numbers, at_most = 0, stage.scanner.patterns, list[Pattern](), 0
    while hits and found < most:
        pattern = patterns[(hits & -hits).bit_length() - 1]
        hits &= hits - 1
        if pattern.figures:
            numbers.append(pattern)
            at_most += figures // pattern.figures
        else:
            found = _counted(pattern, each.data, found, most)
    if found + at_most < most:
        return found + at_most
    for pattern in numbers:
        found = _counted(pattern, each.data, found, most)
    return found


def _counted(pattern: Pattern, data: bytes, found: int, most: int) -> int:
    """``found`` and how often ``pattern`` matches, as far as ``most``."""
    match, start, end = pattern.match, 0, len(data)
    while found < most and (to := match(ANYWHERE, data, start, end)[0][1]) >= 0:
        found, start = found + 1, to
    return found
