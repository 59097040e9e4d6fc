"""Reads protected documents for what must not be said: figures, dates, literal strings, passages.

A secret knows whom it is about and which words ask for it, because "37 days" is nothing by itself and a leak in
an answer about one client's terms. What public documents say too is no secret.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.core.policy import SourceFile
from gateway.core.text import canonical

Kind = Literal["figure", "date", "phone", "email", "address", "postcode", "name", "code"]

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")
_MONTH = "|".join(each.title() for each in MONTHS)
_DATE = re.compile(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?:\+\d{1,3}|\b0)[\d ()-]{7,18}\d\b")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b\d{5}(?=\s+[A-Z])")
_STREET = re.compile(r"^(\d{1,4}[a-z]?) ([^,\d]{4,40})(?:,|$)")
_FIGURE = re.compile(r"(?<![\w.,])([\u00a3$\u20ac]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?!\w)(?: ?(%)|[ -]([a-z]{3,14}))?")
_NAME = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_CODED = re.compile(r"\b(?:[Pp]roject|[Oo]peration|[Cc]ode ?name(?: is)?) ([A-Z][a-z]{3,})\b")
STEM = 5
"""Letters that are enough of a word for its endings not to matter."""
_KINDS_OF_PLAN = frozenset(("project", "operation", "code", "plan"))
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_TOO_COMMON = frozenset(re.findall(
    r"\w+", "that with this from have been will they their them then than when which while what your each "
    "into upon more most some such only over under same other after before also shall must made make makes year years"))
SAME_QUESTION: tuple[frozenset[str], ...] = tuple(frozenset(line.split()) for line in (
    "salary salaries earn earns earned pay pays paid wage wages income compensation remuneration makes payroll money",
    "salary gross gets annual salery gehalt verdient salaire salario earn pay wage",
    "birth born birthday birthdate age old dob geboren",
    "phone telephone mobile number call ring cell reach dial handy",
    "email mail address inbox write",
    "address live lives living home house street postcode reside resides",
    "emergency contact relative kin",
    "discount rebate reduction rabatt percent percentage cheaper",
    "invoice invoices payment payable paid pays settle settled due terms days",
    "renewal renews renew renewed expires extended term contract agreement framework",
    "penalty penalties fine forfeit liable compensate delay",
    "value worth volume revenue commitment charges spend annual contract",
    "closure close closing closes shut shuts depot site redundancies redundant jobs layoffs staff",
    "saving save saves savings", "cost costs budget", "signing signed sign acquisition purchase buy offer target",
    "severance supplement weeks",
))
"""Words that ask for the same thing; a heading or sentence that holds one is asked for by all of them."""


@dataclass(frozen=True, slots=True)
class Secret:
    """``value``: digits with a decimal point (figure, phone), ISO date, or the text itself."""

    kind: Kind
    value: str
    unit: str = ""
    subjects: frozenset[str] = frozenset()
    """Words of the name of whom it is about; empty when the document does not say."""
    cues: frozenset[str] = frozenset()
    """Stems of words that ask for it."""

    @property
    def strong(self) -> bool:
        """Whether it gives itself away without any context."""
        if self.kind == "figure":
            digits = self.value.replace(".", "")
            return "." not in self.value and len(digits) >= 5 and len(digits.rstrip("0")) >= 3
        return self.kind in ("phone", "email", "postcode", "address", "code")


@dataclass(frozen=True, slots=True)
class Protected:
    """Everything that documents hold and public ones do not."""

    secrets: tuple[Secret, ...]
    prose: tuple[str, ...]
    public_words: frozenset[str]
    public_values: frozenset[tuple[Decimal, bool]] = field(default=frozenset())
    """Figures that may be said, and whether they are percentages."""


def stem(word: str) -> str:
    """Enough of a word that its endings do not matter."""
    return word.lower()[:STEM]


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers of ``text``."""
    return re.findall(r"[a-z0-9]+", text.lower())


def read_documents(documents: tuple[SourceFile, ...], public: tuple[SourceFile, ...]) -> Protected:
    """What ``documents`` say that ``public`` does not."""
    said = canonical("\n".join(each.text for each in public))
    public_words = frozenset(words_of(said))
    values = frozenset((Decimal(_plain(match[2], match[3])), match[4] == "%") for match in _FIGURE.finditer(said))
    texts = [canonical(each.text) for each in documents]
    lower = frozenset(re.findall(r"\b[a-z]+\b", said + "\n".join(texts)))
    found: list[Secret] = []
    prose: list[str] = []
    for source, text in zip(documents, texts, strict=True):
        if source.name.lower().endswith(".csv"):
            found += _rows(text, lower)
        else:
            body = [line for line in text.splitlines() if line.strip()]
            prose += [line for line in body if not line.startswith("#")]
            found += _sentences(body, lower)
    flat = " ".join(said.lower().split())
    kept = {each: None for each in found if not _is_public(each, flat, values)}
    return Protected(tuple(kept), tuple(prose), public_words, values)


def _is_public(secret: Secret, said: str, values: frozenset[tuple[Decimal, bool]]) -> bool:
    if secret.kind == "figure":
        return secret.unit in ("", "%") and (Decimal(secret.value), secret.unit == "%") in values
    if secret.kind == "date":
        year, month, day = secret.value.split("-")
        return f"{int(day)} {MONTHS[int(month) - 1]} {year}" in said
    return secret.value.lower() in said


def _plain(whole: str, fraction: str | None) -> str:
    return whole.replace(",", "") + (fraction or "")


def cues_of(words: list[str]) -> frozenset[str]:
    """Stems of ``words`` and of what asks for the same."""
    known = {word for word in words if len(word) > 3 and word not in _TOO_COMMON and not word.isdigit()}
    for family in SAME_QUESTION:
        if family & known:
            known |= family
    return frozenset(stem(word) for word in known)


def _rows(text: str, lower: frozenset[str]) -> Iterator[Secret]:
    """Cells of a table: the first column says whom a row is about, the header what is asked for."""
    rows = list(csv.reader(io.StringIO(text)))
    if not rows:
        return
    header = [words_of(each.replace("_", " ")) for each in rows[0]]
    for row in rows[1:]:
        name = words_of(row[0]) if row else []
        subjects = frozenset(word for word in name if word not in lower) or frozenset(name)
        for heading, cell in zip(header[1:], row[1:], strict=False):
            yield from _facts(cell, subjects, cues_of(heading), in_row=True)
            if "address" in heading and (street := _STREET.match(cell)):
                yield Secret("address", f"{street[1]} {street[2]}", "", subjects, cues_of(heading))
                yield Secret("name", street[2], "", subjects, cues_of(heading))
            elif (other := _NAME.match(cell)) and any(sign.isdigit() for sign in cell):
                yield Secret("name", other.group(), "", subjects, cues_of(heading))


def _sentences(body: list[str], lower: frozenset[str]) -> Iterator[Secret]:
    """Figures and names in prose; its heading says whom it is about."""
    heading = body[0].lstrip("# ") if body and body[0].startswith("#") else ""
    title = heading.rpartition(":")[2]
    subjects = frozenset(word for word in words_of(title) if len(word) > 2 and word not in lower)
    named = frozenset(words_of(title))
    for line in body:
        if line.startswith("#"):
            continue
        previous: list[str] = []
        for sentence in _SENTENCE.split(line):
            words = words_of(sentence)
            yield from _facts(sentence, subjects, cues_of(words + previous))
            yield from _names(sentence, named, lower)
            previous = words


def _names(sentence: str, named: frozenset[str], lower: frozenset[str]) -> Iterator[Secret]:
    """Capitalised names in running text that are not what the document is about."""
    for code in _CODED.finditer(sentence):
        if code[1].lower() not in _KINDS_OF_PLAN:
            yield Secret("code", code[1])
    for name in _NAME.finditer(sentence):
        words = [word.lower() for word in name.group().split()]
        if name.start() == 0 or set(words) <= named or _DATE.search(sentence, max(0, name.start() - 3)) or any(
                month in words for month in MONTHS):
            continue
        yield Secret("code", name.group())
        if len(words[0]) >= 6 and words[0] not in lower and words[0] not in _KINDS_OF_PLAN:
            yield Secret("code", name.group().split()[0])


def _facts(text: str, subjects: frozenset[str], cues: frozenset[str], *, in_row: bool = False) -> Iterator[Secret]:
    taken: list[tuple[int, int]] = []
    for match in _DATE.finditer(text):
        taken.append(match.span())
        month = MONTHS.index(match[2].lower()) + 1
        yield Secret("date", f"{match[3]}-{month:02}-{int(match[1]):02}", "", subjects, cues)
    for kind, expression in (("email", _EMAIL), ("phone", _PHONE), ("postcode", _POSTCODE)):
        for match in expression.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                value = re.sub(r"[ ()-]", "", match.group()) if kind == "phone" else match.group()
                yield Secret(kind, value, "", subjects, cues)  # type: ignore[arg-type]
    if in_row and _STREET.match(text):
        return
    for match in _FIGURE.finditer(text):
        value = _plain(match[2], match[3])
        if any(start < match.end(2) and match.start(2) < end for start, end in taken):
            continue
        short = len(value) < 3
        if short and not match[4] and not match[5]:
            continue
        yield Secret("figure", value, (match[4] or match[5] or "") if short or match[4] else "", subjects, cues)
