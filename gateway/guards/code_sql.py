"""Reads SQL as far as a policy asks: which statement it is, which tables it touches, and whether it is SQL at all.

A linear tokenizer, no parser: comments, quotes and case change nothing, and prose ("select one from the menu") is told
from statements by its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from gateway.core.pattern import Pattern, pattern

_GAP = r"(?:\s|/\*!?(?:\d{5})?[^*/]{0,40}\*/|/\*!\d{0,5} ?|\*/|--[^\n]{0,40}\n|#[^\n]{0,40}\n|\+|%20){1,6}"
_NAME = r"(?:[\"'`\[]?[\w$#@]{1,64}[\"'`\]]?)(?:\.[\"'`\[]?[\w$#@]{1,64}[\"'`\]]?){0,3}"
_WORD = r"[\w$#@.\"`\[\]]{1,40}"
_ITEM = (rf"(?:\*|(?:[\w.]{{1,30}})?\([^()]{{0,28}}\)|{_WORD}(?:\.\*)?|'[^'\n]{{0,28}}')"
         r"(?:\s{0,2}[+*/|%=<>-]{1,2}\s{0,2}[\w.'\"()]{1,28})?(?:\s{1,3}(?:as\s{1,3})?\w{1,28})?")
_LIST = rf"{_ITEM}(?:\s{{0,3}},\s{{0,3}}{_ITEM}){{0,16}}"
_OBJECT = (r"(?:table|database|schema|view|materialized\s{1,3}view|index|user|role|login|function|procedure|trigger"
           r"|sequence|column|type|extension|policy|tablespace|server|event)")
_RIGHT = (r"(?:all(?:\s{1,3}privileges)?|select|insert|update|delete|execute|usage|create|drop|alter|connect|references"
          r"|super|reload|file|index|trigger|temporary)")
_RIGHTS = rf"{_RIGHT}(?:\s{{0,3}},\s{{0,3}}{_RIGHT}){{0,10}}"
_REST = r"(?:[^;`\n]|\n[^;`\n]){0,600}(?:;|`)?"


@cache
def statements() -> tuple[Pattern, ...]:
    """How statements begin, and what may follow: compiled when a policy first asks for SQL."""
    return (
        pattern(
            rf"\bselect{_GAP}(?:(?:distinct|all|top{_GAP}\d{{1,6}}){_GAP})?{_LIST}{_GAP}(?:from|into){_GAP}(?:{_NAME}|\(){_REST}",
            ignore_case=True, trigger=r"\bselect\W",
        ),
        pattern(
            rf"\b(?:(?:insert|replace){_GAP}(?:ignore{_GAP})?into{_GAP}{_NAME}"
            rf"|update{_GAP}(?:only{_GAP})?{_NAME}(?:{_GAP}\w{{1,20}})?{_GAP}set{_GAP}{_NAME}\s{{0,3}}[=+]"
            rf"|delete{_GAP}from{_GAP}{_NAME}|merge{_GAP}into{_GAP}{_NAME}){_REST}",
            ignore_case=True, trigger=r"\b(?:insert|replace|update|delete|merge)\W",
        ),
        pattern(
            rf"\b(?:(?:drop|alter|create(?:{_GAP}or{_GAP}replace)?(?:{_GAP}(?:temp|temporary|unique|external|global))?)"
            rf"{_GAP}{_OBJECT}{_GAP}(?:if{_GAP}(?:not{_GAP})?exists{_GAP})?{_NAME}"
            rf"|truncate{_GAP}table{_GAP}{_NAME}|rename{_GAP}table{_GAP}{_NAME}"
            rf"|(?:grant|revoke){_GAP}{_RIGHTS}{_GAP}on{_GAP}(?:table{_GAP})?(?:{_NAME}|\*\.\*|{_NAME}\.\*)){_REST}",
            ignore_case=True, trigger=r"\b(?:drop|alter|create|truncate|grant|revoke|rename)\W",
        ),
        pattern(
            rf"\b(?:exec(?:ute)?{_GAP}(?:immediate\b|(?:master\.\.?)?(?:sp|xp)_\w{{2,40}})|xp_cmdshell\b"
            rf"|call{_GAP}\w[\w.]{{1,60}}\(|load{_GAP}data{_GAP}(?:local{_GAP})?infile|into{_GAP}(?:out|dump)file\b"
            rf"|copy{_GAP}{_NAME}{_GAP}(?:from|to){_GAP}(?:program{_GAP})?'|union{_GAP}(?:all{_GAP})?select\b"
            rf"|or{_GAP}'?1'?\s{{0,2}}=\s{{0,2}}'?1|pg_(?:sleep|read_file)\(|waitfor{_GAP}delay\b|attach{_GAP}database{_GAP}'"
            rf"|shutdown{_GAP}with{_GAP}nowait){_REST}",
            ignore_case=True,
            trigger=r"\b(?:exec|execute|xp_|call|load|into|copy|union|or|pg_|waitfor|attach|shutdown)",
        ),
    )


KINDS = ("select", "insert", "update", "delete", "merge", "replace", "drop", "alter", "create", "truncate",
         "grant", "revoke",
         "rename", "exec", "call", "load", "copy", "attach", "shutdown", "injection", "outfile")
"""What a policy may allow or forbid; ``injection``: conditions and pauses that only attacks hold."""

_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)|--[^\n]*|\s+|'(?:[^']|'')*'?|\"[^\"]*\"?|`[^`]+`|\[[^\]\n]*\]|[\w$#@]+|.", re.DOTALL)
_WORDS = frozenset(("the", "a", "an", "your", "my", "our", "his", "her", "their", "this", "that", "these",
                    "those", "some",
                    "any", "one", "each", "every", "it", "them", "us", "me", "you", "which", "what", "here",
                    "there", "of", "to",
                    "and", "with", "for", "our", "its", "by", "at", "several", "many", "few", "various"))
"""English words that name no column and no table."""
_RUN_COMMENT = re.compile(r"/\*!\d{0,5}")
"""What MySQL runs although it looks like a comment."""
_PRONOUNS = frozenset(("it", "them", "us", "me", "you", "here", "there", "these", "those", "this", "that"))
_NAMING = frozenset(("select", "from", "into", "update", "join", "table", "distinct", "on", "database", "view",
                     "index", "user",
                     "role"))
_JOINTS = frozenset(("from", "where", "as", "join", "set", "on", "and", "or", "values", "order", "limit"))
"""What may follow a name that happens to be an English word."""
_KEYWORDS = frozenset(("select", "from", "where", "join", "inner", "left", "right", "outer", "full", "cross",
                       "on", "and", "or",
                       "not", "null", "is", "in", "like", "between", "exists", "group", "by", "order", "having",
                       "limit",
                       "offset", "union", "all", "distinct", "as", "asc", "desc", "into", "values", "set", "case",
                       "when", "then",
                       "else", "end", "insert", "update", "delete", "drop", "table", "alter", "create", "grant",
                       "revoke", "add",
                       "column", "cascade", "restrict", "if", "primary", "key", "using", "returning", "with",
                       "to", "truncate",
                       "database", "user", "role", "view", "index", "default", "references", "foreign", "unique",
                       "constraint",
                       "count", "for", "top", "natural", "lateral", "only", "schema", "identified", "option",
                       "public",
                       "privileges", "check", "int", "integer", "text", "varchar", "serial", "date", "timestamp",
                       "boolean"))
_TABLE_AFTER = frozenset(("from", "join", "into", "update", "table", "using", "truncate", "on"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: its ``kind``, the ``tables`` it touches (lower case), how sure that is, and where it ends."""

    kind: str
    tables: tuple[str, ...]
    score: float
    end: int


def read(text: str, *, code: bool) -> Statement | None:
    """The statement that ``text`` begins with; None for prose. ``code``: it stands where code stands."""
    tokens = _tokens(text)
    words = [word for word, _, _ in tokens]
    if not words:
        return None
    kind = _kind(words)
    end, kept = _end(tokens)
    if any(_is_prose(words, index) for index in range(1, kept)):
        return None
    proof = _proof(text, words[:kept])
    score = 0.95 if code or proof >= 2 else 0.8 if proof == 1 else 0.6 if kind in _SURE else 0.4
    return Statement(kind, _tables(words[:kept]), score, end)


_SURE = frozenset(("drop", "truncate", "grant", "revoke", "exec", "outfile", "injection", "load"))


def _kind(words: list[str]) -> str:
    first = words[0]
    if first == "or" or first.startswith(("pg_", "waitfor")):
        return "injection"
    if first == "union":
        return "select"
    if first.startswith(("xp_", "exec")):
        return "exec"
    return "outfile" if first == "into" else first


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Words and signs in lower case without comments and blanks, and where they stand; quoted names without quotes."""
    found: list[tuple[str, int, int]] = []
    text = _RUN_COMMENT.sub(lambda each: " " * len(each.group()), text)
    for each in _TOKEN.finditer(text):
        word = each.group()
        if word.isspace() or word[:2] in ("/*", "--"):
            continue
        if word[0] in "\"`[" and len(word) > 2:
            word = word[1:].rstrip("\"`]")
        found.append((word.lower(), each.start(), each.end()))
    return found


def _end(tokens: list[tuple[str, int, int]]) -> tuple[int, int]:
    """Where the statement ends, and its number of tokens: at a semicolon, or where prose goes on."""
    loose, last = 0, 0
    for index, (word, _, end) in enumerate(tokens):
        if word == ";":
            return end, index + 1
        if word == "`":
            return last or end, index
        loose = loose + 1 if word[0].isalpha() and word not in _KEYWORDS else 0
        if index > 3 and (loose > 2 or (loose > 1 and word in _WORDS) or word in ("?", "!")):
            return last, max(index - loose + 1, 3)
        if loose == 0 or index <= 3 or loose == 1:
            last = end
    return last, len(tokens)


def _is_prose(words: list[str], index: int) -> bool:
    """Whether an English word stands where a column or a table is named: an article before a noun, or a pronoun."""
    word = words[index]
    if word not in _WORDS or (words[index - 1] not in _NAMING and index > 3):
        return False
    after = words[index + 1] if index + 1 < len(words) else ""
    if word in _PRONOUNS:
        return words[index - 1] in _NAMING
    return after[:1].isalpha() and after not in _JOINTS


def _proof(text: str, words: list[str]) -> int:
    """Signs that this is no prose."""
    pairs = set(pairwise(words))
    return sum((
        text[: len(words[0])].isupper(), "*" in words or "(" in words, "=" in words or "<" in words or ">" in words,
        bool({"where", "values", "join", "having"} & set(words)) and len(words) > 5,
        any("_" in word or word == "." for word in words[1:6]), ";" in words,
        ("order", "by") in pairs or ("group", "by") in pairs or ("if", "exists") in pairs, "," in words,
        any(word in ("asc", "desc", "limit", "cascade", "varchar", "null") for word in words),
    ))


def _tables(words: list[str]) -> tuple[str, ...]:
    """The names after FROM, JOIN, INTO and their like; with commas several."""
    found: list[str] = []
    index = 0
    while index < len(words):
        if words[index] in _TABLE_AFTER and not (words[index] == "on" and words[0] not in ("grant", "revoke")):
            index += 1
            while index < len(words):
                while index < len(words) and words[index] in ("if", "not", "exists", "only", "table", "ignore",
                                                              "lateral", "("):
                    index += 1
                index, name = _name(words, index)
                if name and name not in _KEYWORDS:
                    found.append(name)
                if index < len(words) and words[index] == "as":
                    index += 1
                if index < len(words) and words[index] not in _KEYWORDS and words[index][0].isalpha():
                    index += 1  # an alias
                if index >= len(words) or words[index] != ",":
                    break
                index += 1
        else:
            index += 1
    return tuple(dict.fromkeys(found))


def _name(words: list[str], index: int) -> tuple[int, str]:
    """A name with the dots in it."""
    parts: list[str] = []
    while index < len(words) and (words[index][0].isalnum() or words[index][0] in "_$#@"):
        parts.append(words[index])
        index += 1
        if index + 1 < len(words) and words[index] == ".":
            index += 1
            continue
        break
    return index, ".".join(parts)
