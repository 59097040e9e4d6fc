"""Letters set apart (``i g n o r e``, ``i.g.n.o.r.e``, ``[i][g][n]``, one a line) read as the words they spell.

What separates the letters is what stands most often between two of them; what stands there beyond that is the text's
own: a space, a comma, the ``@`` of an address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from gateway.core.breath import EVERY, breathe
from gateway.core.rewriting import Change
from gateway.core.vocabulary import Vocabulary

_GAP = r"(?:</[a-z]{1,6}> ?<[a-z]{1,6}>|[^A-Za-z0-9]{1,12})"
_REGION = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9](?:{_GAP}[A-Za-z0-9](?![A-Za-z0-9])){{4,}}")
_BETWEEN = re.compile(rf"([A-Za-z0-9])({_GAP}|\Z)")
_PIECES = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{1,5}([-._*~+/|])[A-Za-z]{1,5}(?:\1[A-Za-z]{1,5}){0,10}(?![A-Za-z0-9])"
)
_CHAIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,18}([-_+~.*])[A-Za-z]{1,18}(?:\1[A-Za-z]{1,18}){2,}(?![A-Za-z0-9])")
_TAGGED = re.compile(r"(?:<([a-z]{1,6})>[^<>]</\1>\s?){4,256}")
_TAGGED_CHARACTER = re.compile(r">([^<>])<")
_AROUND = (
    re.compile(r"(?P<left>\*\*|__|~~|[*~`\"'|])[^ ](?P<right>(?P=left))(?:[ \n]{0,4}(?P=left)[^ ](?P=left)){4,}"),
    *(re.compile(rf"(?P<left>{left})[^\n](?P<right>{right})(?:[ \n]{{0,4}}{left}[^\n]{right}){{4,}}")
      for left, right in ((r"\[", r"\]"), (r"\(", r"\)"), (r"\{", r"\}"), ("<", ">"), ("«", "»"))),
)
"""Characters with the same signs around each: ``**i** **g**``, ``[i][g][ ][a]``."""
_LETTERS = re.compile(r"[A-Za-z]{5,}")
_LOOSE = re.compile(r"[A-Za-z0-9](?:[-._*|/~+]{1,2}[A-Za-z0-9](?![A-Za-z0-9]))+")
_FIGURES = re.compile(r"[0-9\W_]*[^0-9\s_-][0-9\W_]*")
"""Rows of single figures with other signs between them are numbers, and lists of numbers."""
_SPACE = re.compile(r"\s{2,}|\s")
FEW_LETTERS = 10
"""Letters; fewer are one word rather than several."""
MOSTLY = 0.6
"""Share of the letters that must be in known words."""
OWN = 0.5
"""Share of the gaps that must be alike for the others to hold something of the text's own."""


def respaced(text: str, known: Vocabulary, budget: int) -> Iterator[Change]:
    """What is to be read otherwise; words are looked for in ``budget`` letters at most."""
    for region in _REGION.finditer(text):
        if _FIGURES.fullmatch(region.group()):
            continue
        letters, origins, spaced, alike = _joined(region.group())
        if not alike:
            yield from _loose(region.group(), region.start(), known)
            continue
        if not spaced and budget > 0:
            budget -= len(letters)
            letters, origins = _apart(letters, origins, known)
        yield Change(region.start(), region.end() + _trailing(text, region), letters, origins)


def unwrapped(text: str) -> Iterator[Change]:
    """Characters with signs around each of them, if most are letters: figures in brackets are sources, and so on."""
    at = 0
    for found in sorted((each for kind in _AROUND for each in kind.finditer(text)), key=lambda each: each.start()):
        left, right = re.escape(found["left"]), re.escape(found["right"])
        chars = list(re.finditer(rf"(?s){left}(.){right}([ \n]*)", found.group()))
        if found.start() < at or 2 * sum(char[1].isalpha() for char in chars) < len(chars):
            continue
        at = found.end()
        usual = Counter(char[2] for char in chars[:-1]).most_common(1)[0][0]
        out, places = list[str](), list[int]()
        for char in chars:
            out.append(char[1])
            places.append(char.start(1))
            if len(char[2]) > len(usual) and char is not chars[-1]:
                out.append(" ")
                places.append(char.start(2))
        yield Change(found.start(), found.end(), "".join(out), places)


def untagged(text: str) -> Iterator[Change]:
    """Characters in an element each: ``<b>i</b><b>g</b>``."""
    for found in _TAGGED.finditer(text):
        places = [(each[1], each.start(1)) for each in _TAGGED_CHARACTER.finditer(found.group())]
        yield Change(*found.span(), "".join(char for char, _ in places), [at for _, at in places])


def repieced(text: str, known: Vocabulary) -> Iterator[Change]:
    """Known words cut in pieces: ``ig-no-re``."""
    for found in _PIECES.finditer(text):
        pieces = found.group().lower().split(found[1])
        whole = "".join(pieces)
        words = [len(each) > 2 and each in known for each in pieces]
        if len(whole) >= 4 and whole in known and not all(words):
            origins = [index for index, char in enumerate(found.group()) if char != found[1]]
            yield Change(*found.span(), found.group().replace(found[1], ""), origins)


def unchained(text: str, known: Vocabulary) -> Iterator[Change]:
    """Known words with another sign than a space between them: ``ignore_all_previous_rules``."""
    for sign in "_-+~.":
        if text.count(sign) >= 5 > 5 * text.count(" ") / text.count(sign):  # it stands for the space everywhere
            yield from (Change(at, at + 1, " ", (0,)) for at, char in enumerate(text) if char == sign)
            return
    for found in _CHAIN.finditer(text):
        words = found.group().split(found[1])
        if sum(len(word) for word in words if word.lower() in known) >= MOSTLY * sum(map(len, words)):
            yield Change(*found.span(), found.group().replace(found[1], " "), range(len(found.group())))


def unspaced(run: str, known: Vocabulary) -> tuple[str, ...]:
    """All readings of a run of letters set apart: in one piece, and as words where there are some."""
    letters, origins, spaced, _ = _joined(run)
    bare = "".join(char for char in letters if char.isalnum())
    if spaced:
        return bare, letters
    apart = _apart(letters, origins, known)[0] if len(bare) >= FEW_LETTERS else bare
    return (bare,) if apart == bare else (bare, apart)


def _trailing(text: str, region: re.Match[str]) -> int:
    """1 where a separator stands between the last letter and a sign of the text's own, as in ``m.e..``; else 0."""
    sign = text[region.end() : region.end() + 1]
    after = text[region.end() + 1 : region.end() + 2]
    inside = region.group()
    if sign and not sign.isspace() and after and not after.isspace() and inside.count(sign) >= OWN * (len(inside) // 2):
        return 1
    return 0


def _loose(run: str, at: int, known: Vocabulary) -> Iterator[Change]:
    """Words whose letters stand apart by changing signs, if they are mostly known ones."""
    found = [
        (word.start(), [index for index, char in enumerate(word.group()) if char.isalnum()], word.group())
        for word in _LOOSE.finditer(run)
    ]
    plain = ["".join(word[index] for index in places) for _, places, word in found]
    if sum(len(each) for each in plain if each.lower() in known) < MOSTLY * sum(map(len, plain)):
        return
    for (start, places, word), each in zip(found, plain, strict=True):
        yield Change(at + start, at + start + len(word), each, places)


def _joined(run: str) -> tuple[str, list[int], bool, bool]:
    """The letters of ``run`` with what is the text's own between them, and their places.

    Also whether there are spaces of its own, and whether what separates the letters is mostly the same.
    """
    gaps = _BETWEEN.findall(run)
    counts = Counter(gap for _, gap in gaps if gap)
    separator, often = counts.most_common(1)[0] if counts else ("", 0)  # signs alone: to a pattern ``_`` is a letter
    alike = often >= OWN * sum(counts.values())
    out: list[str] = []
    origins: list[int] = []
    at, spaced = 0, False
    for step, (char, gap) in enumerate(gaps):
        if not step & EVERY:
            breathe()
        out.append(char)
        origins.append(at)
        own = _own(gap, separator) if alike else " " if len(gap) > 1 and gap.isspace() else ""
        out.append(own)
        origins += [min(at + 1, len(run) - 1)] * len(own)
        spaced = spaced or " " in own
        at += 1 + len(gap)
    return "".join(out), origins, spaced, alike


def _own(gap: str, separator: str) -> str:
    """What a gap holds beyond the separators on both sides, and between its characters."""
    if gap == separator or not gap:
        return ""
    if gap.startswith("<"):
        return ""
    if len(gap) > len(separator) and "".join(gap.split()) == "".join(separator.split()):
        return " "
    size = len(separator)
    if len(gap) > size and gap.startswith(separator):
        rest = gap[size:]
        own = rest[:: size + 1] if rest[1 : 1 + size] == separator else rest
        own = own.removesuffix(separator) if len(own) > 1 else own
        return _SPACE.sub(" ", own) if own.strip() else " "
    if size < len(gap) and separator.strip() and gap.endswith(separator):
        gap = gap[:-size]  # it stands before the next letter, too
    return _SPACE.sub(" ", gap) if gap.strip() else " "


def _apart(letters: str, origins: list[int], known: Vocabulary) -> tuple[str, list[int]]:
    """Long stretches of letters as words, with a space between them."""
    out: list[str] = []
    places: list[int] = []
    at = 0
    for found in _LETTERS.finditer(letters):
        if found.group().lower() in known:
            continue
        out.append(letters[at : found.start()])
        places += origins[at : found.start()]
        at = found.start()
        for word in known.words(found.group()):
            if at > found.start():
                out.append(" ")
                places.append(origins[at])
            out.append(word)
            places += origins[at : at + len(word)]
            at += len(word)
    out.append(letters[at:])
    return "".join(out), places + origins[at:]
