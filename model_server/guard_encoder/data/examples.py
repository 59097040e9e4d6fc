"""Fills the templates, hides injections in carriers, and shows each carrier without them as well."""

from __future__ import annotations

import base64
import codecs
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from model_server.guard_encoder.data.garbage import oddity, suffix
from model_server.guard_encoder.data.noise import noisy
from model_server.guard_encoder.data.planting import LONGEST, clipped, planted, wrapping
from model_server.guard_encoder.data.templates import Choice, Slot, Template, fill, slots, templates

Label = Literal["attack", "harmless"]
Part = Literal["user", "document", "tool"]

_USER_WRAPS = ('"{}"', "> {}", "**{}**", '{"message": "{}"}', "Subject: a request\n\n{}", "- {}", "[{}]", "<p>{}</p>",
               "```\n{}\n```", "message: {}", "# {}", "<request>{}</request>", "1. {}", "me: {}")
"""Of both labels alike, so that markup tells nothing."""
SECOND = ("user_benign", "user_hard_plain")
"""Whence the second request of those who ask for two things: files without a family that the training keeps back."""
_RECORDS = ("table", "json", "code", "ticket", "config", "stacktrace", "log", "invoice", "api_result", "calendar",
            "commit", "search", "test_report", "patch", "dockerfile", "sql_dump", "spreadsheet", "issue_json",
            "jsonld", "feed", "notebook", "bulletin", "email_notification")
_VERBATIM = ("code", "json", "config", "stacktrace", "log", "api_result", "commit", "html", "table", "calendar",
             "patch", "dockerfile", "sql_dump", "issue_json", "jsonld", "webpage", "feed", "subtitles", "spreadsheet")
"""Carriers of which the first letter stays as it is."""
_SOURCES = ("code", "readme", "patch", "notebook", "forum")
"""Carriers where code is at home."""
_PLANTED = (*("doc_attacks",) * 4, "doc_attacks_plain", *("doc_tasks",) * 5, *("doc_answers",) * 5,
            *("doc_actions",) * 5, *("doc_voices",) * 4, *("doc_free",) * 2, *("doc_wide",) * 14,
            *("doc_quiet",) * 5, *("doc_short",) * 2, "doc_kept", *("doc_subtle",) * 5, *("doc_tool",) * 4,
            *("doc_code",) * 3, *("doc_agent",) * 4, *("doc_ranked",) * 3, *("doc_genres",) * 4,
            *("doc_woven",) * 3, *("doc_shapes",) * 3, *("doc_plain",) * 7, *("doc_within",) * 4,
            *("doc_long",) * 5)
PLANTED_SECOND = tuple(each for each in _PLANTED if each not in ("doc_attacks", "doc_kept"))
"""Whence the second of two injections that follow each other: files without a family that the training keeps back."""
_HARMLESS = (*("doc_hard",) * 3, *("doc_hard_people",) * 4, *("doc_hard_learn",) * 3, *("doc_hard_howto",) * 2,
             *("doc_hard_rules",) * 2, *("doc_hard_tech",) * 2, *("doc_hard_ai",) * 3, *("doc_hard_offers",) * 2,
             *("doc_hard_talk",) * 3, *("doc_hard_answers",) * 4, *("doc_hard_wide",) * 16,
             *("doc_hard_quiet",) * 6, "doc_hard_kept", *("doc_hard_subtle",) * 5, *("doc_hard_tool",) * 4,
             *("doc_hard_code",) * 6, *("doc_hard_agent",) * 4, *("doc_hard_ranked",) * 3,
             *("doc_hard_machine",) * 4, *("doc_hard_woven",) * 3, *("doc_hard_shapes",) * 3,
             *("doc_hard_beside",) * 4, *("doc_hard_argued",) * 4, *("doc_hard_spoken",) * 3,
             *("doc_hard_told",) * 5, *("doc_hard_plain",) * 7, *("doc_hard_passages",) * 7,
             *("doc_hard_within",) * 4, *("doc_hard_long",) * 5)
_WORDS = re.compile(r"[a-z]{3,}")
_A = re.compile(r"\b([Aa]) (?=[aeioAEIO]\w)(?!and\b|are\b|is\b|or\b)")


@dataclass(frozen=True, slots=True)
class Example:
    """``family``: the kind of attack, or of harmless text; ``source``: the template's file and line.

    ``attack``: the part of ``text`` that is one, empty where it is harmless; the rest is what surrounds it.
    """

    text: str
    role: Part
    label: Label
    family: str
    source: str
    attack: str = ""


def examples(seed: int, size: int = 1, *, reserve: bool = False, passages: Sequence[str] = (),
             given: Sequence[tuple[str, str]] = ()) -> Iterator[Example]:
    """About 85,000 × ``size`` texts without a double, in no useful order; the same for the same seed.

    ``reserve``: also families that the frozen sets test as unseen, and their harmless doubles. For weights that ship
    once the others are measured, never for the measurement. ``passages``: real text (``passages.py``) for carriers and
    for what surrounds requests; it makes up most of the prose where there is any. ``given``: names and texts of
    injections that somebody else wrote; one in eight that are planted in documents is one of them.
    """
    chance = random.Random(seed)
    words = _words(chance)
    if passages:
        words["prose"] = Choice((*words["prose"].among * (1 + len(passages) // 160), *((each,) for each in passages)))
    make = _Maker(chance, words, reserve)
    make.real, make.given = bool(passages), given
    seen: set[str] = set()
    for plan, count in ((make.user_attack, 14_500), (make.user_hard, 15_000), (make.user_benign, 8500),
                        (make.document_pair, 15_000), (make.document_hard, 12_500)):
        for _ in range(count * size):
            for example in plan():
                key = " ".join(example.text.lower().split()) + example.role[:1]
                if key not in seen:
                    seen.add(key)
                    yield example


def orders(seed: int, size: int) -> Iterator[Example]:
    """``size`` injections for documents and tools' results with nothing around them: a passage that was retrieved, or a
    window of a long document, may hold nothing else."""
    chance = random.Random(seed)
    make = _Maker(chance, _words(chance), reserve=False)
    for _ in range(size):
        family, source, text = make.injection()
        yield Example(text, "tool" if chance.random() < 0.3 else "document", "attack", family, source, text)


def _words(chance: random.Random) -> dict[str, Choice]:
    """What templates are filled from, with what is made by chance."""
    words = {**slots(), "cipher": Choice(tuple((_coded("payload", chance),) for _ in range(400)))}
    common = sorted({each for line in words["prose"].among for each in _WORDS.findall(str(line[0]).lower())})
    words["garbage"] = Choice(tuple((suffix(chance, common),) for _ in range(3000)))
    words["oddity"] = Choice(tuple((oddity(chance, common),) for _ in range(2000)))
    words["coded"] = Choice(tuple((_coded("f_fact", chance),) for _ in range(400)))
    return words


def _coded(slot: str, chance: random.Random) -> str:
    """What ``slot`` holds, in a notation."""
    text = noisy(fill((Slot(slot),), slots(), chance), chance)
    kind = chance.randrange(3)
    if kind == 0:
        return base64.b64encode(text.encode()).decode()
    return codecs.encode(text, "rot13") if kind == 1 else text.encode().hex()


class _Maker:
    """One generator of chance and the lists it fills from."""

    def __init__(self, chance: random.Random, words: dict[str, Choice], reserve: bool) -> None:
        self.chance, self.words = chance, words
        held_back = ("user_reserve", "user_reserve_hard") if reserve else ()
        self.attacks = (*("user_attacks",) * 8, *("user_attacks_wide",) * 4, *held_back[:1] * 3,
                        *("user_attacks_plain",) * 2)
        self.doubles = (*("user_hard",) * 8, *("user_hard_wide",) * 6, *held_back[1:] * 3, *("user_hard_plain",) * 2)
        self.real = False
        self.given: Sequence[tuple[str, str]] = ()
        self._by_family: dict[str, list[list[Template]]] = {}

    def _template(self, file: str) -> Template:
        """A template: its family first, so that a family of many templates is no more frequent than others."""
        if file not in self._by_family:
            families: dict[str, list[Template]] = {}
            for each in templates(file):
                families.setdefault(each.family, []).append(each)
            self._by_family[file] = list(families.values())
        return self.chance.choice(self.chance.choice(self._by_family[file]))

    def _fill(self, template: Template) -> str:
        text = _A.sub(r"\1n ", fill(template.tree, self.words, self.chance)).strip()
        return text[:1].upper() + text[1:] if self.chance.random() < 0.85 else text

    def _slot(self, name: str) -> str:
        return fill((Slot(name),), self.words, self.chance)

    def user_attack(self) -> Iterator[Example]:
        template = self._template(self.chance.choice(self.attacks))
        text = attack = noisy(self._fill(template), self.chance)
        roll = self.chance.random()
        if roll < 0.12:
            text = self._within(text)
        elif roll < 0.24:
            other = self._second()
            text = f"{other} {text}" if roll < 0.19 else f"{text} {other}"
        yield Example(self._wrapped(text), "user", "attack", template.family, template.name, attack)

    def user_hard(self) -> Iterator[Example]:
        template = self._template(self.chance.choice(self.doubles))
        text = noisy(self._fill(template), self.chance)
        roll = self.chance.random()
        if roll < 0.12:
            text = self._within(text)
        elif roll < 0.24:
            text += " " + self._second()
        yield Example(self._wrapped(text), "user", "harmless", template.family, template.name)

    def user_benign(self) -> Iterator[Example]:
        roll = self.chance.random()
        if roll < 0.1:
            text, source = self._slot("bare"), "slots_doc:bare"
        elif roll < 0.18:
            text, source = self._slot("harm"), "slots_user:harm"  # a harmful question attacks no instructions
        elif roll < 0.3 and self.real:
            text = self._within(self._slot("task_line"))
            source = "slots_text:task_line"
        elif roll < 0.4 if self.real else roll < 0.24:
            carrier = self._carrier_template()
            text = f"{self._slot('about_text')}\n\n{self._fill(carrier)}"
            source = carrier.name
        else:
            template = self._template("user_benign")
            text, source = self._fill(template), template.name
        yield Example(self._wrapped(noisy(text, self.chance)), "user", "harmless", "benign", source)

    def _second(self) -> str:
        return noisy(self._fill(self._template(self.chance.choice(SECOND))), self.chance)

    def _wrapped(self, text: str) -> str:
        """``text``, now and then in quotes or markup."""
        return self.chance.choice(_USER_WRAPS).replace("{}", text) if self.chance.random() < 0.05 else text

    def _within(self, text: str) -> str:
        """``text`` before, after or amid others that are harmless."""
        kinds = ("paragraph", "sentence", *("prose",) * (6 if self.real else 1))
        others = [self._slot(self.chance.choice(kinds)) for _ in range(self.chance.randint(1, 3))]
        others.insert(self.chance.randint(0, len(others)), text)
        return self.chance.choice(("\n\n", "\n", " ")).join(others)

    def document_pair(self) -> Iterator[Example]:
        """A carrier with an injection, and the same carrier with something harmless in its place, or with nothing."""
        family, source, attack = self.injection()
        carrier = self._carrier_template()
        if "\n" in attack and source.startswith(("bipia", "doc_actions")) and self.chance.random() < 0.6:
            carrier = self.chance.choice([each for each in templates("carriers") if each.family in _SOURCES])
        around = self._carrier(carrier)
        role: Part = "tool" if self.chance.random() < (0.6 if carrier.family in _RECORDS else 0.2) else "document"
        wrap, place = wrapping(carrier.family, self.chance), self.chance.random()
        glue = self.chance.choice((" ", "\n", "\n\n", "\n"))
        yield Example(planted(around, wrap, attack, place, glue), role, "attack", family, source, attack)
        text, family, source = around, f"clean_{carrier.family}", carrier.name
        if self.chance.random() < 0.65:
            double = self._template(self.chance.choice(_HARMLESS))
            if self.chance.random() < 0.25:
                filler = self._slot("f_fact")
            else:
                filler, family, source = self._fill(double), double.family, double.name
            text = planted(around, wrap, noisy(filler, self.chance), place, glue)
        yield Example(text, role, "harmless", family, source)

    def injection(self) -> tuple[str, str, str]:
        """Family, source and text of one, or of two that follow each other."""
        if self.given and self.chance.random() < 0.125:
            name, text = self.chance.choice(self.given)
            return "given", f"bipia:{name}", text if "\n" in text else noisy(text, self.chance)
        template = self._template(self.chance.choice(_PLANTED))
        text = noisy(self._fill(template), self.chance)
        if self.chance.random() < 0.12:
            text += " " + self._fill(self._template(self.chance.choice(PLANTED_SECOND)))
        return template.family, template.name, text

    def _carrier_template(self) -> Template:
        """Any carrier; prose for a third of them where there is real text."""
        if self.real and self.chance.random() < 0.35:
            return self.chance.choice([each for each in templates("carriers") if each.family == "prose"])
        return self._template("carriers")

    def _carrier(self, carrier: Template) -> str:
        text = self._carried(carrier)
        for _ in range(self.chance.choice((0, 0, 0, 0, 1, 1, 2, 4))):
            text += "\n" + (self._carried(carrier) if carrier.family in _RECORDS else self._more())
        return clipped(text, self.chance.choice((250, 500, LONGEST, LONGEST)))

    def _carried(self, carrier: Template) -> str:
        if carrier.family in _VERBATIM:
            return fill(carrier.tree, self.words, self.chance).strip()
        return self._fill(carrier)

    def _more(self) -> str:
        return self._slot(self.chance.choice(("paragraph", "f_facts", "prose", "prose", "handbook")))

    def document_hard(self) -> Iterator[Example]:
        """Documents that give orders to people or speak of attacks, alone or in a carrier."""
        template = self._template(self.chance.choice(_HARMLESS))
        text = " ".join(dict.fromkeys(self._fill(template) for _ in range(self.chance.choice((1, 1, 2, 3)))))
        if self.chance.random() < 0.5:
            carrier = self._carrier_template()
            around = self._carrier(carrier)
            text = planted(around, wrapping(carrier.family, self.chance), text, self.chance.random(), "\n")
        role: Part = "tool" if self.chance.random() < 0.25 else "document"
        yield Example(noisy(text, self.chance), role, "harmless", template.family, template.name)
