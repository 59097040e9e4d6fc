"""Draws training conversations: which fact is asked, in which words and frame, with which noise and history."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_server.augment import vary
from model_server.documents import UNKNOWN_ANSWER, Company, Fact
from model_server.families import TRAINED
from model_server.nearmiss import near_miss, telling_words
from model_server.strangers import ask_about_absent, ask_about_stranger, swap_subject

SYSTEM_PROMPTS = (
    "You are a helpful assistant.",
    "You are the HR assistant of Tarnwick Instruments.",
    "Answer questions about the staff handbook. If the handbook does not say, say that you don't know.",
    "You are a helpful assistant for employees. Be brief.",
    "You answer from the company handbook only.",
    "You are an internal support bot. Do not share confidential data.",
)
VALIDATION_EVERY = 12  # one wording in twelve is kept out of training to choose between seeds
KINDS = (
    "facts",
    "secrets",
    "unanswerable",
    "absent",
    "near_misses",
    "strangers",
    "smalltalk",
    "dialogues",
    "documents",
)
Turn = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares of the kinds of questions; they need not add up to one. The unanswerable are 10–15 % of all."""

    facts: float = 0.56
    secrets: float = 0.15
    unanswerable: float = 0.065
    absent: float = 0.02
    near_misses: float = 0.035
    strangers: float = 0.025
    smalltalk: float = 0.02
    dialogues: float = 0.05
    documents: float = 0.03
    history: float = 0.1
    system: float = 0.08
    framed: float = 0.42
    own_question: float = 0.2


CALIBRATION = Mixture(framed=0.7, own_question=0.4)  # doubt must not come to mean "an unfamiliar frame"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns to learn the assistant's part of, or (`document`) a text to learn as a whole."""

    turns: tuple[Turn, ...] = ()
    document: str = ""


def split_wordings(facts: Sequence[Fact]) -> tuple[tuple[Fact, ...], tuple[tuple[Fact, str], ...]]:
    """The facts with the training wordings only, and the (fact, wording) pairs kept for validation."""
    kept, validation = [], []
    for number, fact in enumerate(facts):
        held = {text for at, text in enumerate(fact.wordings) if (at + number) % VALIDATION_EVERY == 0}
        held -= {fact.question}
        held = held if len(fact.wordings) >= VALIDATION_EVERY else set()
        kept.append(replace(fact, wordings=tuple(text for text in fact.wordings if text not in held)))
        validation += [(fact, text) for text in fact.wordings if text in held]
    return tuple(kept), tuple(validation)


class Curriculum:
    """An endless, seeded source of conversations about one company."""

    def __init__(self, company: Company, mixture: Mixture | None = None, strength: float = 1.0) -> None:
        self.mixture, self.strength = mixture or Mixture(), strength
        self.facts, held_out = split_wordings(company.facts)
        told = {user for dialogue in company.dialogues for user, _ in dialogue.turns}
        self.validation = tuple((fact, text) for fact, text in held_out if text not in told)
        # Only secrets with wordings are learned as questions; the others are in the documents alone.
        self.secrets = tuple(fact for fact in company.secrets if fact.wordings) or company.secrets
        held = VALIDATION_EVERY
        self.unanswerable = tuple(text for at, text in enumerate(company.unanswerable) if at % held)
        self.unanswerable_validation = tuple(text for at, text in enumerate(company.unanswerable) if at % held == 0)
        self.company = company
        self._peers: dict[tuple[str, str], tuple[Fact, ...]] = {}
        for fact in self.secrets:  # what is asked of one person can be asked of another in the same words
            key = (fact.kind, fact.attribute)
            self._peers[key] = (*self._peers.get(key, ()), fact)
        self._telling = telling_words(self.facts)
        self.known = frozenset(fact.subject for fact in company.secrets if fact.subject)
        shares = {name: getattr(self.mixture, name) for name in KINDS}
        sources = {"unanswerable": self.unanswerable, "smalltalk": company.smalltalk, "dialogues": company.dialogues}
        sources |= {"secrets": self.secrets, "strangers": self.secrets, "documents": company.documents}
        self._kinds = [name for name in shares if sources.get(name, self.facts)]
        self._shares = [shares[name] for name in self._kinds]

    def draw(self, rng: random.Random) -> Conversation:
        """One conversation."""
        kind = rng.choices(self._kinds, self._shares)[0]
        if kind == "documents":
            return Conversation(document=rng.choice(self.company.documents))
        turns: list[Turn] = []
        if rng.random() < self.mixture.system:
            turns.append(("system", rng.choice(SYSTEM_PROMPTS)))
        while rng.random() < self.mixture.history and len(turns) < 6:
            turns += self._exchange(rng, self._single(rng))
        return Conversation((*turns, *self._exchange(rng, kind)))

    def _single(self, rng: random.Random) -> str:
        """The kind of a turn in the history: a question and answer that stand on their own."""
        while (kind := rng.choices(self._kinds, self._shares)[0]) in {"dialogues", "documents"}:
            pass
        return kind

    def _exchange(self, rng: random.Random, kind: str) -> list[Turn]:
        if kind == "dialogues":
            pairs = rng.choice(self.company.dialogues).turns
            return [turn for user, said in pairs for turn in (("user", self._noisy(user, rng)), ("assistant", said))]
        question, answer = self._pair(rng, kind)
        return [("user", question), ("assistant", answer)]

    def _pair(self, rng: random.Random, kind: str) -> tuple[str, str]:
        if kind == "smalltalk" and self.company.smalltalk:
            question, answer = rng.choice(self.company.smalltalk)
            return self._noisy(question, rng), answer
        if kind == "unanswerable" and self.unanswerable:
            return self._dress(rng.choice(self.unanswerable), rng), UNKNOWN_ANSWER
        if kind == "absent":
            return self._dress(ask_about_absent(rng), rng), UNKNOWN_ANSWER
        if kind == "near_misses" and (missed := self._near_miss(rng)):
            return self._dress(missed, rng), UNKNOWN_ANSWER
        if kind == "strangers" and (asked := ask_about_stranger(self.secrets, rng, self.known)):
            return self._dress(asked, rng), UNKNOWN_ANSWER
        fact = rng.choice(self.secrets if kind == "secrets" and self.secrets else self.facts)
        return self._dress(self._wording(fact, rng), rng), fact.answer

    def _near_miss(self, rng: random.Random) -> str | None:
        fact = rng.choice(self.facts)
        return near_miss(fact, self._telling[fact.id], rng)

    def _wording(self, fact: Fact, rng: random.Random) -> str:
        peers = self._peers.get((fact.kind, fact.attribute), ())
        if fact.subject and len(peers) > 1 and rng.random() < 0.4:
            peer = rng.choice(peers)
            borrowed = swap_subject(rng.choice((peer.question, *peer.wordings)), peer.subject, fact.subject)
            if borrowed is not None:
                return borrowed
        wording = (
            rng.choice(fact.wordings) if fact.wordings and rng.random() >= self.mixture.own_question else fact.question
        )
        if fact.wordings and rng.random() < 0.05:
            return f"{wording} {rng.choice(fact.wordings)}"
        return wording

    def _noisy(self, text: str, rng: random.Random) -> str:
        return vary(text, rng, self.strength) if self.strength and rng.random() < 0.85 else text

    def _dress(self, text: str, rng: random.Random) -> str:
        """Noise on the question, then (often) a trained frame around it; the frame gets a little noise too."""
        text = self._noisy(text, rng)
        if rng.random() < self.mixture.framed:
            text = rng.choice(TRAINED).ask(text, rng)
            if rng.random() < 0.2:
                text = rng.choice(TRAINED).ask(text, rng)
        return text
