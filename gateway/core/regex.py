"""Turns a pattern in Python's syntax into what the linear-time engines need.

From one syntax tree come the exact expression (RE2), its *prefix closure* (an expression for every
beginning of a match, so a stream knows what it must hold back), and the longest match in bytes.
Long repeats in the closure lose their counts: its automaton stays small, and it only ever holds more.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from re import _constants as op  # type: ignore[attr-defined]  # the public ``re`` has no parse tree
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeVar

from gateway.core.first import Node, first_bytes
from gateway.core.least import least_figures

UNBOUNDED = (256, 32, 8)
"""What an unbounded repeat is read as, at most, by how many repeats it is nested in."""

RE2_REPEATS = 1000
"""RE2 refuses nested repeats whose counts multiply to more than this."""

_PART = 10_000
"""Characters; closures of alternatives that begin alike are kept in parts of about this size."""

LONGEST_RUN = 700
"""Places of an expression one after another, a group inside another as six: its closure is nested as deep."""

LARGEST_TRIGGER = 3000
"""Characters of an expression that the prefilter is given: 2,500 took 0.5 s to compile, 8,500 took 7."""

_ANYTHING = r"(?s:.)"

LOOSE_ABOVE = 8
"""Closures forget the count of repeats longer than this: their automaton stays small, and holds no less."""

_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


_FOLD, _DOTALL, _MULTILINE = int(re.IGNORECASE), int(re.DOTALL), int(re.MULTILINE)
"""As plain numbers: with enums a fifth of a start went into ``&``."""


class Unsupported(ValueError):
    """The pattern needs something that no linear-time engine has; the message says what."""


class Closure(NamedTuple):
    """The beginnings of a pattern's matches, or of some of them: its loosened prefix closure, up to the text's end."""

    prefixes: str
    reach: int
    """The longest match in UTF-8 bytes."""
    first: bytes
    """The ASCII letters, digits and ``_`` with one of which every match begins at a word's edge; empty: it need not."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """``exact``: RE2 syntax; ``closures``: together they have every beginning; ``reach``: as in ``Closure``;
    ``figures``: how many every match holds at least."""

    exact: str
    closures: tuple[Closure, ...]
    reach: int
    figures: int


_Written = TypeVar("_Written")


@dataclass(slots=True)
class _Emitter:
    """Writes a syntax tree as RE2; ``loose`` drops the counts of repeats, for prefix closures only."""

    loose: bool = False
    flags: list[int] = field(default_factory=lambda: [0])
    depth: int = 0

    def sequence(self, nodes: list[Node]) -> str:
        return "".join(self.node(node) for node in nodes)

    def node(self, node: Node) -> str:
        code, value = node
        if code in _SINGLE:
            return self._single(code, value)
        if code is op.AT:
            return self._anchor(value)
        if code is op.BRANCH:
            return "(?:" + "|".join(self.sequence(list(arm)) for arm in value[1]) + ")"
        if code is op.SUBPATTERN:
            return "(?:" + self._scoped(value, self.sequence) + ")"
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, body = value
            lazy = "?" if code is op.MIN_REPEAT and not self.loose else ""
            high = _bound(low, high, body, self.depth)
            return f"(?:{self._nested(body, self.sequence)}){self._count(low, high)}{lazy}"
        raise Unsupported(_REASONS.get(code, f"uses {str(code).lower()}, which the linear-time engine does not have"))

    def prefixes(self, nodes: list[Node]) -> str:
        """An expression for every beginning, the empty one included, of what ``nodes`` match, at the end of the text.

        Every place where a beginning may stop has an end of its own. With one end for all, RE2 looks at all places
        for each of them: seconds for hundreds of phrases, which every worker would spend at every change.
        """
        if not nodes:
            return r"\z"
        head, rest = nodes[0], nodes[1:]
        if head[0] is op.AT:
            return rf"(?:{self.node(head)}{self.prefixes(rest)}|\z)" if rest else r"\z"
        if head[0] in _SINGLE:
            return rf"(?:{self.node(head)}{self.prefixes(rest)}|\z)" if rest else rf"(?:{self.node(head)})?\z"
        inside = self._inside(head)
        if all(code is op.AT for code, _ in rest):
            return inside  # a whole match counts among its beginnings, and anchors consume nothing
        return f"(?:{self.node(head)}{self.prefixes(rest)}|{inside})"

    def begun(self, nodes: list[Node], most: int) -> tuple[str, int]:
        """An expression for the beginnings, of about ``most`` characters, of what ``nodes`` match; how many are left of
        those, 0 where something was left out."""
        out = ""
        for code, value in nodes:
            if most <= 0:
                return out, 0
            if code in _SINGLE or code is op.AT:
                out += self.node((code, value))
                most -= code is not op.AT
            elif code is op.BRANCH:
                arms = [self.begun(list(arm), most) for arm in value[1]]
                out += f"(?:{'|'.join(dict.fromkeys(arm for arm, _ in arms))})"
                most = min(left for _, left in arms)
            elif code is op.SUBPATTERN:
                inside, most = self._scoped(value, partial(self.begun, most=most))
                out += f"(?:{inside})" if inside else ""
            else:  # a repeat
                low, high, body = value
                inside, left = self.begun(list(body), most)
                if low == 0 and (high != 1 or left == 0):
                    return out, 0
                out += f"(?:{inside})?" if low == 0 else f"(?:{inside})"
                most = left if high == 1 else 0
        return out, most

    def _inside(self, node: Node) -> str:
        """The prefix closure of a single composite node."""
        code, value = node
        if code is op.BRANCH:
            return "(?:" + "|".join(self.prefixes(list(arm)) for arm in value[1]) + ")"
        if code is op.SUBPATTERN:
            return self._scoped(value, self.prefixes)
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, body = value
            high = _bound(low, high, body, self.depth)
            begun = self._nested(body, self.prefixes)
            if high == 1:
                return begun
            count = "*" if high > LOOSE_ABOVE else f"{{0,{int(high) - 1}}}"
            return f"(?:(?:{self._nested(body, self.sequence)}){count}{begun})"
        raise Unsupported(_REASONS.get(code, f"uses {str(code).lower()}"))

    def _single(self, code: Any, value: Any) -> str:
        folded = bool(self.flags[-1] & _FOLD) and not self.flags[0] & _FOLD
        if code is op.LITERAL:
            text = _escape(value)
            folded = folded and chr(value).lower() != chr(value).upper()
        elif code is op.NOT_LITERAL:
            text = f"[^{_escape(value)}]"
        elif code is op.ANY:
            return r"(?s:.)" if self.flags[-1] & _DOTALL else r"[^\n]"
        else:
            text = _char_class(value)
            if self.flags[0] & _FOLD and _is_caseless(value):
                return f"(?-i:{text})"
        return f"(?i:{text})" if folded else text

    def _anchor(self, value: Any) -> str:
        many = bool(self.flags[-1] & _MULTILINE)
        if value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return "(?m:^)" if many and value is op.AT_BEGINNING else r"\A"
        if value in (op.AT_END, op.AT_END_STRING):
            return "(?m:$)" if many and value is op.AT_END else r"\z"
        return r"\b" if value is op.AT_BOUNDARY else r"\B"

    def _scoped(self, value: Any, write: Callable[[list[Node]], _Written]) -> _Written:
        _, added, removed, body = value
        if removed & _FOLD:
            raise Unsupported("switches case-insensitivity off inside the expression: write the classes out instead")
        self.flags.append(self.flags[-1] | added)
        try:
            return write(list(body))
        finally:
            self.flags.pop()

    def _nested(self, body: Any, write: Any) -> str:
        self.depth += 1
        try:
            return str(write(list(body)))
        finally:
            self.depth -= 1

    def _count(self, low: int, high: int) -> str:
        if (low, high) == (0, 1):
            return "?"
        if self.loose and high > LOOSE_ABOVE:
            return "*" if low == 0 else "+"
        return f"{{{low},{high}}}"


_REASONS = {
    op.ASSERT: "uses look-ahead or look-behind, which the linear-time engine does not have",
    op.ASSERT_NOT: "uses negative look-ahead or look-behind, which the linear-time engine does not have",
    op.GROUPREF: "uses a back-reference, which the linear-time engine does not have",
    op.GROUPREF_EXISTS: "uses a conditional group, which the linear-time engine does not have",
}


def _bound(low: int, high: Any, body: Any, depth: int) -> int:
    """The count that an unbounded repeat is read as; others keep theirs."""
    if high is not op.MAXREPEAT:
        return int(high)
    return _most(low, _weight(list(body), depth + 1), depth)


def _most(low: int, weight: int, depth: int) -> int:
    return max(low, min(UNBOUNDED[min(depth, len(UNBOUNDED) - 1)], RE2_REPEATS // weight))


def _weight(nodes: list[Node], depth: int) -> int:
    """The largest product of nested repeat counts in ``nodes``; each node is looked at once, however deep it is."""
    heaviest = 1
    for code, value in nodes:
        if code is op.BRANCH:
            heaviest = max(heaviest, *(_weight(list(arm), depth) for arm in value[1]))
        elif code is op.SUBPATTERN:
            heaviest = max(heaviest, _weight(list(value[3]), depth))
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, body = value
            inner = _weight(list(body), depth + 1)
            heaviest = max(heaviest, (_most(low, inner, depth) if high is op.MAXREPEAT else int(high)) * inner)
    return heaviest


def _escape(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{{{code:x}}}"


def _char_class(items: list[Node]) -> str:
    out = ""
    for code, value in items:
        if code is op.NEGATE:
            out += "^"
        elif code is op.LITERAL:
            out += _escape(value)
        elif code is op.RANGE:
            out += f"{_escape(value[0])}-{_escape(value[1])}"
        else:
            out += _CATEGORIES[value]
    return f"[{out}]"


def _is_caseless(items: list[Node]) -> bool:
    """Whether a class is the same in any case: RE2 would fold it all the same, to programs of twice the size.

    It would also count the long s and the Kelvin sign among ``\\w``, which no canonical text has.
    """
    return all(code in (op.CATEGORY, op.NEGATE) or (code is op.LITERAL and not chr(value).isalpha())
               or (code is op.RANGE and value[1] < ord("A")) for code, value in items)


def _reach(nodes: list[Node], depth: int = 0) -> int:
    """The longest match in UTF-8 bytes: four a character wherever one outside ASCII may stand."""
    total = 0
    for code, value in nodes:
        if code is op.LITERAL:
            total += len(chr(value).encode("utf-8", "surrogatepass"))
        elif code in _SINGLE:
            total += 1 if code is op.IN and _is_ascii(value) else 4
        elif code is op.BRANCH:
            total += max(_reach(list(arm), depth) for arm in value[1])
        elif code is op.SUBPATTERN:
            total += _reach(list(value[3]), depth)
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, body = value
            total += _bound(low, high, body, depth) * _reach(list(body), depth + 1)
    return total


def _is_ascii(items: list[Node]) -> bool:
    outside = (op.CATEGORY_NOT_DIGIT, op.CATEGORY_NOT_SPACE, op.CATEGORY_NOT_WORD)
    for code, value in items:
        if code is op.NEGATE or (code is op.CATEGORY and value in outside):
            return False
        if (code is op.LITERAL and value > 127) or (code is op.RANGE and value[1] > 127):
            return False
    return True


def compile_regex(text: str, *, ignore_case: bool = False) -> Compiled:
    """Read ``text`` (Python syntax) for the linear-time engines.

    Raises ``Unsupported`` with a reason that names the construct, never the text a caller sent.
    """
    tree = _parsed(text, _FOLD if ignore_case else 0)
    nodes, flags = list(tree), int(tree.state.flags)
    exact = _Emitter(flags=[flags]).sequence(nodes)
    if flags & _FOLD:
        exact = f"(?i:{exact})"
    low, _ = tree.getwidth()
    if low == 0:
        raise Unsupported("can match nothing at all, so it would match everywhere")
    return Compiled(exact, _closures(nodes, flags), _reach(nodes), least_figures(nodes))


def trigger(text: str, *, ignore_case: bool = False, largest: int = LARGEST_TRIGGER) -> str:
    """An expression that occurs in every match of ``text``, small enough for the prefilter.

    It is the exact one, or where that is too large the beginnings of matches, as long as may be. Raises
    ``Unsupported``.
    """
    exact = compile_regex(text, ignore_case=ignore_case).exact
    if len(exact) <= largest:
        return exact
    tree = _parsed(text, _FOLD if ignore_case else 0)
    flags = int(tree.state.flags)
    for most in (24, 12, 8, 6, 4, 3, 2, 1):
        begun, _ = _Emitter(flags=[flags]).begun(list(tree), most)
        if not begun:
            break
        begun = f"(?i:{begun})" if flags & _FOLD else begun
        if len(begun) <= largest:
            return begun
    return _ANYTHING


def _parsed(text: str, flags: int) -> Any:
    """The syntax tree. What Python warns of means something else in other dialects, as ``[[:alpha:]]`` does."""
    try:
        tree = _undoubted(text, flags) if _may_be_doubted(text) else parser.parse(text, flags)
        deep = _run(list(tree)) > LONGEST_RUN
    except re.error as error:
        raise Unsupported(f"is not a valid regular expression: {error.msg} at position {error.pos}") from None
    except (OverflowError, RecursionError):
        raise Unsupported("has a count that is too large, or is too deeply nested") from None
    if deep:
        raise Unsupported(f"is longer than {LONGEST_RUN} places in a row, or too deeply nested: split it")
    return tree


_may_be_doubted = re.compile(r"\[\[|--|&&|~~|\|\|").search
"""Whether Python may warn of an expression: hardly ever, so what it says is hardly ever listened to."""
_LISTENING = threading.Lock()
"""``warnings`` has one list of filters for all threads: two that listen at once would miss what is said, or listen on
for as long as the process lives. A reload compiles in a thread while the event loop compiles what a request needs."""


def _undoubted(text: str, flags: int) -> Any:
    with _LISTENING, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", FutureWarning)
        tree = parser.parse(text, flags)
    for said in [str(each.message) for each in heard if issubclass(each.category, FutureWarning)]:
        if said.startswith("Possible"):  # else another thread's
            raise Unsupported(f"means something else in other dialects ({said[0].lower()}{said[1:]}): escape the sign, "
                              "and write classes such as [[:alpha:]] out")
    return tree


def _run(nodes: list[Node]) -> int:
    """How deep the closure of ``nodes`` is nested."""
    deepest = 0
    for index, (code, value) in enumerate(nodes):
        inner: list[Any] = []
        if code is op.BRANCH:
            inner = list(value[1])
        elif code is op.SUBPATTERN:
            inner = [value[3]]
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            inner = [value[2]]
        deepest = max([deepest, *(index + 6 + _run(list(each)) for each in inner)])
    return max(deepest, len(nodes))


def _closures(nodes: list[Node], flags: int) -> tuple[Closure, ...]:
    """One closure, or, of a pattern with many alternatives, several: small ones compile fast, and only where needed."""
    emitter = _Emitter(loose=True, flags=[flags])
    parts: list[Closure] = []
    for arm in _arms(nodes):
        each = Closure(emitter.prefixes(arm), _reach(arm), first_bytes(arm, fold=bool(flags & _FOLD)))
        last = parts[-1] if parts else None
        if last is not None and last.first == each.first and len(last.prefixes) + len(each.prefixes) <= _PART:
            each = Closure(f"{last.prefixes}|{each.prefixes}", max(last.reach, each.reach), each.first)
            parts.pop()
        parts.append(each)
    begin, end = ("(?i:", ")") if flags & _FOLD else ("(?:", ")")
    return tuple(each._replace(prefixes=f"{begin}{each.prefixes}{end}") for each in parts)


def _arms(nodes: list[Node]) -> list[list[Node]]:
    """The alternatives of a pattern that is nothing but alternatives between anchors; else the pattern itself."""
    inner = [index for index, (code, _) in enumerate(nodes) if code is not op.AT]
    if len(inner) != 1 or nodes[inner[0]][0] is not op.BRANCH:
        return [nodes]
    place = inner[0]
    return [[*nodes[:place], *arm, *nodes[place + 1 :]] for arm in nodes[place][1][1]]
