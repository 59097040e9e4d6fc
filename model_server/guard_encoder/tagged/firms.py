"""Names of organisations of all shapes: real ones, institutions, family firms, invented words, bands, clubs, media."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from model_server.guard_encoder.tagged.vocabulary import Vocabulary, made_up

_FAMILIES = ("{f}", "{f} & {f2}", "{f}, {f2} and {f3}", "{f}, {f2} & {f3}", "{f} {t}", "{f} & Sons", "{f}-{f2}",
             "{f} {t} {e}", "{f} {e}", "{f}, {f2} {e}", "{f} and {f2}", "{f} and Sons", "{f} Brothers",
             "{f} & Daughters", "{l}. {f} & Co.", "{l}.{l2}. {f}", "{l}. {l2}. {f} & Sons", "{g} {f} {e}",
             "{g} {f} {t}", "{f}'s", "{f}'s {t}", "House of {f}", "{f} {f2} {t}", "{f} Group",
             "{f}, {f2}, {f3} and {f}", "{f}-{f2} {e}", "{f}, {f2} and Sons", "{f}, {f2} & Sons", "{f} and {f2} {e}",
             "{f} & {f2} {e}", "{f} & {f2} {t}", "{f}, {f2} and Partners", "{f} and Partners", "{f} Partners",
             "{f} Associates", "{f} & Associates", "{f} and Co", "{f} & Co", "{f} PLC", "{f} Inc", "{f} LLC", "{f} Ltd",
             "{f} GmbH", "{f} Group", "{f} Holdings", "{f} and Daughters", "Gebrüder {f}", "{f} Hermanos", "{f} Frères",
             "{f} et Fils", "{f} e Figli", "{f} e Filhos", "{f} & Söhne", "{f} og Sønn", "{f} i Synowie",
             "{f} {t} & {f2} {t}", "{f}Tech", "{f} {l}. {f2} {e}", "{g} and {g2} {t}", "{f} + {f2}",
             "{f}/{f2} {t}", "{F} {t}", "The {f} Company", "The {f} {t} Company", "The {f} Group",
             "{f} of {city}", "{f} {t} of {city}", "{f} ({country}) {e}", "{city} {t} {e}", "{f} International",
             "{f} Worldwide", "Studio {f}", "Atelier {f}", "Maison {f}", "Casa {f}", "Grupo {f}",
             "Groupe {f}", "Gruppo {f}", "Banco {f}", "Bank {f}", "Bankhaus {f}", "Kanzlei {f}", "Cabinet {f}")
_LETTERS = "ABCDEFGHIKLMNOPRSTVW"
_ENDINGS = ("ify", "ly", "io", "soft", "corp", "tec", "ora", "ana", "ix", "eo", "zen", "lab", "hub", "wise", "zoom",
            "gov", "base", "ware", "scape", "sense", "sy", "ium", "os", "ent")
_SHAPES = (("real", 16), ("institution", 17), ("of_family", 21), ("coined", 10), ("invented", 13), ("band", 3),
           ("shop", 6), ("school", 3), ("letters", 4), ("bank", 2), ("charity", 2), ("club", 2), ("agency", 2),
           ("newspaper", 1), ("brand", 5))
"""What draws a name, or the list it is of, and how often."""


class Firms:
    """Draws a name; ``family`` and ``given`` draw the names of people for those that are called after some."""

    def __init__(
        self, rng: Random, vocabulary: Vocabulary, given: Callable[[], str], family: Callable[[], str]
    ) -> None:
        self.rng, self.lists, self.given, self.family = rng, vocabulary.lists, given, family

    def name(self) -> str:
        """A name of any shape."""
        drawn = self.rng.choices(_SHAPES, [share for _, share in _SHAPES])[0][0]
        makes = {"of_family": self.of_family, "coined": self.coined, "invented": self.invented, "letters": self.letters}
        return makes[drawn]() if drawn in makes else self.listed(drawn)

    def real(self) -> str:
        return self._word("real")

    def institution(self) -> str:
        return self._filled(self._word("institution"))

    def of_family(self) -> str:
        return self._filled(self.rng.choice(_FAMILIES))

    def shop(self) -> str:
        """A shop, pub, inn or salon."""
        return self._filled(self._word("shop"))

    def school(self) -> str:
        return self._filled(self._word("school"))

    def listed(self, kind: str) -> str:
        """A name of a kind that has a list of forms: bank, charity, club, agency, newspaper, brand."""
        return self._filled(self._word(kind))

    def invented(self) -> str:
        """Two words, the first of them now and then an acronym, and often the firm's legal form."""
        head = self._word("head")
        if self.rng.random() < 0.12:
            head = "".join(self.rng.choices(_LETTERS, k=self.rng.choice((2, 3, 3, 4))))
        tail = f"{self._word('tail')} {self._word('tail')}" if self.rng.random() < 0.15 else self._word("tail")
        return f"{head} {tail}" + self._legal(0.35)

    def coined(self) -> str:
        """One word that nobody else uses, or two run together."""
        chance = self.rng.random()
        if chance < 0.4:
            left, right = self._word("left"), self._word("right")
            return (left + (right if self.rng.random() < 0.5 else right.lower())) + self._legal(0.15)
        if chance < 0.6:
            return f"{self._word('left')} {self._word('right')}" + self._legal(0.15)
        stem = made_up(self.rng, self.lists["head"]) if chance < 0.8 else self._word("head").split()[0]
        return stem + self.rng.choice(_ENDINGS) + self._legal(0.2)

    def band(self) -> str:
        return self._filled(self._word("band"))

    def letters(self) -> str:
        """An acronym."""
        text = "".join(self.rng.choices(_LETTERS, k=self.rng.choice((2, 3, 3, 3, 4, 4, 5))))
        return ".".join(text) + "." if self.rng.random() < 0.08 else text

    def _legal(self, share: float) -> str:
        return f" {self._word('legal')}" if self.rng.random() < share else ""

    def _filled(self, form: str) -> str:
        for kind in ("city", "country", "region", "head", "thing", "trade", "animal", "left", "right"):
            form = form.replace("{" + kind + "}", self._word(kind).removeprefix("the "))
        values: dict[str, Callable[[], str]] = {
            "f": self.family, "f2": self.family, "f3": self.family, "g": self.given, "g2": self.given,
                  "F": lambda: self.family().upper(), "first": self.given,
                  "last": self.family, "t": lambda: self._word("tail"), "e": lambda: self._word("legal"),
            "l": lambda: self.rng.choice(_LETTERS), "l2": lambda: self.rng.choice(_LETTERS)}
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]](), form)

    def _word(self, kind: str) -> str:
        return self.rng.choice(self.lists[kind])
