"""Finds programs in texts, by language, and SQL by what it does and which tables it touches.

A fence's label is believed unless its content says otherwise; without a fence, wording counts that hardly stands in
anything but code. Findings may overlap: a block, and the lines in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, pattern
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.guards import code_sql
from gateway.guards.code_data import LANGUAGES, STRONG, TEXTS, WEAK, opening

_BODY = "(?:[^`]|`[^`]|``[^`]){0,1000}"
BLOCK = pattern(rf"```[ \t]{{0,2}}[^\n`]{{0,40}}\n{_BODY}{_BODY}(?:```)?", trigger="```")
TILDES = pattern(r"~~~[ \t]{0,2}[^\n~]{0,40}\n[^~]{0,1000}[^~]{0,1000}(?:~~~)?", trigger="~~~")
INLINE = pattern(r"`[^`\n]{3,200}`")
MOST_UNLABELLED = 100
"""Fences without a known label whose content is compared with every language; beyond, their lines count alone."""
OTHER = "other"
"""A labelled fence in a language that is not in the list."""
SQL_ENTITIES = ("SQL_STATEMENT", "SQL_TABLE")


@dataclass(frozen=True, slots=True)
class CodeParams:
    """``deny``: languages that may not appear (``python``, ``sh``, ``sql``; ``any``: all). ``allow``: the only ones.

    ``sql_deny``, ``sql_allow``: statements that may not, or alone may, appear: ``drop``, ``delete``, ``select``.
    ``tables_deny``, ``tables_allow``: tables that statements may not, or alone may, touch; ``hr.salaries``, or
    ``salaries`` in any schema, ``hr.*`` a whole one. ``inline``: code between single backticks counts. ``whole``: a
    fenced block is one finding, which edits take away whole; a stream then waits for its end. Raises ``ValueError``
    for what is not known.
    """

    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    sql_deny: tuple[str, ...] = ()
    sql_allow: tuple[str, ...] = ()
    tables_deny: tuple[str, ...] = ()
    tables_allow: tuple[str, ...] = ()
    inline: bool = True
    whole: bool = True

    def __post_init__(self) -> None:
        for each in (*self.deny, *self.allow):
            if each.lower() not in LANGUAGES and each != "any":
                known = ", ".join(sorted(set(LANGUAGES.values())))
                raise ValueError(f"unknown language {each!r} | known: any, {known}")
        for each in (*self.sql_deny, *self.sql_allow):
            if each.lower() not in code_sql.KINDS:
                raise ValueError(f"unknown kind of statement {each!r} | known: {', '.join(code_sql.KINDS)}")
        if self.allow and self.deny:
            raise ValueError("names languages to allow and to deny | keep one of the lists: the other follows")


@dataclass(frozen=True, slots=True)
class _Looks:
    """How a language looks: ``strong`` wording counts alone."""

    name: str
    strong: Pattern
    weak: Pattern | None


_LINE = r"[^\n]{0,160}"


@lru_cache(maxsize=1)
def _all_looks() -> tuple[_Looks, ...]:
    return tuple(
        _Looks(name, pattern(text + _LINE, trigger=opening(text)),
               pattern(WEAK[name] + _LINE, trigger=opening(WEAK[name])) if name in WEAK else None)
        for name, text in STRONG.items())


@lru_cache(maxsize=64)
def _looks(params: CodeParams) -> tuple[_Looks, ...]:
    return tuple(each for each in _all_looks() if _refused(each.name, params))


def _refused(language: str, params: CodeParams) -> bool:
    if params.allow:
        return language not in [LANGUAGES[each.lower()] for each in params.allow if each != "any"]
    named = [LANGUAGES.get(each.lower(), each) for each in params.deny]
    return "any" in named or language in named


def _asks_sql(params: CodeParams) -> bool:
    named = params.sql_deny, params.sql_allow, params.tables_deny, params.tables_allow
    return any(named) or _refused("sql", params)


def _patterns(params: CodeParams) -> tuple[Pattern, ...]:
    looks = _looks(params)
    if not looks and not _asks_sql(params):
        raise ValueError("denies nothing | add `deny: [python]` or `sql_deny: [drop]`")
    fences = (BLOCK, TILDES, INLINE) if params.inline else (BLOCK, TILDES)
    found = [*(fences if params.allow or params.deny else ()), *(code_sql.statements() if _asks_sql(params) else ())]
    for each in looks:
        found += [each.strong, *([each.weak] if each.weak is not None else [])]
    return tuple(found)


def _entities(params: CodeParams) -> tuple[str, ...]:
    named = sorted({name.upper() for name in (*LANGUAGES.values(), OTHER) if _refused(name, params)})
    return (*named, *(SQL_ENTITIES if _asks_sql(params) else ()))


@guard("code", patterns=_patterns, params=CodeParams, entities=_entities)
def find_code(view: View, params: CodeParams) -> Iterator[Finding]:
    """Findings' entity is the language in capitals; SQL_STATEMENT and SQL_TABLE for what is not allowed of SQL."""
    if params.allow or params.deny:
        yield from _fenced(view, params)
        yield from _plain(view, params)
    if _asks_sql(params):
        yield from _sql(view, params)


def _fenced(view: View, params: CodeParams) -> Iterator[Finding]:
    for fence in (BLOCK, TILDES):
        for match in view.matches(fence):
            label, content = _parts(match.text)
            if label not in LANGUAGES and view.turn(fence) >= MOST_UNLABELLED:
                content = ""
            language, score = _language(label, content)
            if language and _refused(language, params):
                inner = None if params.whole else (0, len(match.text.partition("\n")[0].encode()) or 3)
                yield view.finding(match, entity=language.upper(), score=score, inner=inner)
    if params.inline:
        for match in view.matches(INLINE):
            for each in _looks(params):
                if each.weak is not None and each.weak.search(match.text) and not each.strong.search(match.text):
                    yield view.finding(match, entity=each.name.upper(), score=0.7)
                    break


def _parts(block: str) -> tuple[str, str]:
    head, _, content = block[3:].partition("\n")
    label = head.strip().strip("{}.").lower().split(" ")[0].partition(":")[0].partition(",")[0]
    return label, content.removesuffix("```").removesuffix("~~~")


def _language(label: str, content: str) -> tuple[str, float]:
    """What a block is written in, by its label, else by its content; empty for a text."""
    known = LANGUAGES.get(label, "")
    if known:
        return known, 0.9
    best, most = "", 0
    for each in _all_looks() if content else ():
        points = 3 * len(each.strong.spans(content.encode(), 0)[:4])
        points += len(each.weak.spans(content.encode(), 0)[:4]) if each.weak is not None else 0
        if points > most:
            best, most = each.name, points
    if any(pattern_.search(content) for pattern_ in code_sql.statements()) and most < 3:
        return "sql", 0.8
    if most >= 2:
        return best, 0.9 if most >= 3 else 0.7
    return (OTHER, 0.7) if label and label not in TEXTS and label.isascii() else ("", 0.0)


def _plain(view: View, params: CodeParams) -> Iterator[Finding]:
    """Lines that look like code, wherever they stand."""
    for each in _looks(params):
        for match in view.matches(each.strong):
            yield view.finding(match, entity=each.name.upper(), score=0.8)
        if each.weak is None:
            continue
        for match in view.matches(each.weak):
            if each.strong.search(match.text):
                continue
            before = view.before(match, 256)
            if each.strong.search(before) or len(each.weak.spans(before.encode(), 0)) >= 2:
                yield view.finding(match, entity=each.name.upper(), score=0.6)


def _sql(view: View, params: CodeParams) -> Iterator[Finding]:
    for kind in code_sql.statements():
        for match in view.matches(kind):
            statement = code_sql.read(match.text, code=_in_code(view, match))
            if statement is None:
                continue
            inner = (0, len(match.text[: statement.end].encode()))
            for entity in _offences(statement, params):
                score = max(statement.score, 0.6) if entity == "SQL_TABLE" and params.tables_deny else statement.score
                yield view.finding(match, entity=entity, score=score, inner=inner)


def _in_code(view: View, match: Match) -> bool:
    """Whether a fence or a backtick is open where ``match`` begins, as far as can be seen."""
    before = view.before(match, 256)
    return before.endswith("`") or before.count("```") % 2 == 1 or before.rstrip().endswith((";", "sql>", "=>",
                           "mysql>"))


def _offences(statement: code_sql.Statement, params: CodeParams) -> Iterator[str]:
    if _refused("sql", params):
        yield "SQL"
    denied, alone = [each.lower() for each in params.sql_deny], [each.lower() for each in params.sql_allow]
    if statement.kind in denied or (alone and statement.kind not in alone):
        yield "SQL_STATEMENT"
    if any(_named(table, params.tables_deny) for table in statement.tables) or (
        params.tables_allow and any(not _named(table, params.tables_allow) for table in statement.tables)
    ):
        yield "SQL_TABLE"


def _named(table: str, names: tuple[str, ...]) -> bool:
    """Whether ``table`` is one of ``names``: with its schema, or in any where the list names none."""
    for name in names:
        name = name.lower()
        if table == name or table.endswith("." + name):
            return True
        if name.endswith(".*") and table.startswith(name[:-1]):
            return True
    return False
