"""Families of question frames. Some are held out by name: they test whether the model learned the question or
the frame around it."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Frames of one manner of asking; `{q}` is the question, `{l}` the question with a small first letter."""

    name: str
    frames: tuple[str, ...]

    def ask(self, question: str, rng: random.Random) -> str:
        return fill(rng.choice(self.frames), question)


def fill(frame: str, question: str) -> str:
    """Puts a question into a frame; a frame that goes on after it (", …") takes it without its question mark."""
    small = question[:1].lower() + question[1:] if question[1:2].islower() else question
    bare = question.rstrip("?!. ")
    return frame.format(q=question, l=small, b=bare, s=small.rstrip("?!. "))


TRAINED = (
    Family(
        "polite",
        (
            "Could you tell me {l}",
            "Please tell me: {l}",
            "Can you tell me, {l}",
            "{b}, please?",
            "Would you mind telling me {l}",
            "Please: {q}",
            "Kindly tell me {l}",
            "May I ask {l}",
        ),
    ),
    Family(
        "greeting",
        (
            "Hi! {q}",
            "Hello, {l}",
            "Hi there, {l}",
            "Good morning. {q}",
            "Hey, {l}",
            "Dear HR, {l}",
            "Hello! {q}",
            "Hi, {s}",
            "Good afternoon, {l}",
            "Evening! {q}",
            "hi all - {l}",
        ),
    ),
    Family(
        "newcomer",
        (
            "I'm new here. {q}",
            "I just started last week: {l}",
            "As a new colleague, {l}",
            "It's my first month. {q}",
            "I joined yesterday, so {l}",
            "New starter question: {l}",
        ),
    ),
    Family(
        "curious",
        (
            "I was wondering, {l}",
            "Just wondering: {l}",
            "I'd like to know: {l}",
            "Out of interest, {l}",
            "I want to know {l}",
            "I'm curious, {l}",
            "Do you happen to know {l}",
            "Any idea {l}",
        ),
    ),
    Family(
        "thanks",
        (
            "{q} Thanks!",
            "{q} Thank you.",
            "{q} Many thanks",
            "{q} Thanks in advance!",
            "{b} thx",
            "{q} Cheers",
            "{q} Much appreciated.",
            "{q} ty",
        ),
    ),
    Family(
        "topic",
        (
            "A question about work: {l}",
            "Question for HR: {l}",
            "HR question: {l}",
            "Policy question: {l}",
            "About the rules: {l}",
            "I have a question. {q}",
            "One question: {l}",
            "Question: {q}",
        ),
    ),
    Family(
        "colleague",
        (
            "A colleague wants to know {l}",
            "My colleague asked: {l}",
            "Someone on my team asks {l}",
            "Asking for a friend: {l}",
            "We were discussing this at lunch: {l}",
        ),
    ),
    Family(
        "source",
        (
            "What does the handbook say: {l}",
            "By company policy, {l}",
            "Under our rules, {l}",
            "In the staff handbook, {l}",
            "At Tarnwick, {l}",
            "Here at Tarnwick Instruments, {l}",
        ),
    ),
    Family(
        "filler",
        (
            "So, {l}",
            "Okay, {l}",
            "Um, {l}",
            "Well, {l}",
            "Right, {l}",
            "Ok so {s}",
            "And {l}",
            "Sorry, {l}",
            "Actually, {l}",
            "Also, {l}",
            "Now then: {l}",
            "By the way, {l}",
            "Btw {s}",
        ),
    ),
    Family("terse", ("{b}", "{s}", "{b}...", "{s}??", "{b}!?", "{s} ?", "q: {s}")),
    Family(
        "instruction",
        (
            "Tell me: {l}",
            "Answer this: {q}",
            "Look this up for me: {l}",
            "Explain: {l}",
            "Give me a short answer: {l}",
            "Answer in one sentence: {q}",
            "Find out {l}",
            "Remind me: {l}",
            "Remind me again, {l}",
            "Say {l}",
        ),
    ),
    Family(
        "certain",
        (
            "{q} I need to be sure.",
            "{q} It's important.",
            "I need to know for certain: {l}",
            "{b} exactly?",
            "Exactly {l}",
            "To be precise, {l}",
            "{q} I need the official answer.",
        ),
    ),
    Family(
        "reason",
        (
            "{q} I'm planning ahead.",
            "I'm filling in a form. {q}",
            "For my notes: {l}",
            "I'm writing a guide, {l}",
            "Preparing for a meeting: {l}",
            "{q} I can't find it anywhere.",
        ),
    ),
)

HELD_OUT = (
    Family("quick-question", ("Quick question: {l}", "Just a quick one: {l}")),
    Family("manager-asked", ("My manager asked me: {l}", "My boss would like to hear {l}")),
    Family("forgot", ("I forgot, {l}", "I can't remember: {l}")),
    Family("letter", ("To whom it may concern, {l} Kind regards, a colleague", "Hi team, {l} Best wishes")),
    Family("double-check", ("Let me double-check: {l}", "I'd like to verify something: {l}")),
    Family("no-hurry", ("{q} No hurry.", "When you have a minute: {l}")),
)


def held_out_questions(questions: tuple[tuple[str, str], ...], seed: int = 20) -> list[dict[str, str]]:
    """Every (fact id, question) in one frame of every held-out family; the same list on every run."""
    rng = random.Random(seed)
    rows = []
    for fact, question in questions:
        for family in HELD_OUT:
            rows.append({"fact": fact, "family": family.name, "question": family.ask(question, rng)})
    return rows
