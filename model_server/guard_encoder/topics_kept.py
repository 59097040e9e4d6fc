"""Texts that no weight is trained on: topics that choose how topics are read, and everyday texts for the background.

``topics_kept.txt`` has self-written topics, ``everyday.txt`` what people say and ask; of CLINC150 there are the domains
that the training leaves out, described as an operator might.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.guards.topic import Topic
from model_server.guard_encoder import recipe, shared_sets

HERE = Path(__file__).parent
CLINC = {
    "travel": Topic("travel", (
        "book a flight", "hotel room", "lost luggage", "visa", "rental car", "vaccinations for a trip", "exchange rate",
        "carry-on bags", "travel warnings", "time zones", "plug adapter", "sightseeing", "translate a phrase abroad",
    ), "Travel: flights, hotels, luggage, visas"),
    "work": Topic("work", (
        "vacation days", "request time off", "payday", "my salary", "direct deposit", "schedule a meeting",
        "health insurance benefits", "401k", "W-2 form", "income taxes", "public holidays", "pay slip",
    ), "Work: leave, meetings, pay, taxes, insurance"),
    "kitchen_and_dining": Topic("kitchen_and_dining", (
        "recipe", "ingredients", "cooking time", "calories in food", "restaurant reservation", "book a table",
        "dinner ideas", "restaurant reviews", "substitute for an ingredient", "nutrition facts", "how long food keeps",
        "where to eat",
    ), "Cooking, recipes, restaurants and food"),
}
"""Descriptions and phrases of the domains of ``recipe.UNSEEN_DOMAINS``, made from what their intents are called."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A topic as an operator gives it, without examples; what people say on it; and what only sounds like it."""

    topic: Topic
    texts: tuple[str, ...]
    near: tuple[str, ...]


def own_kept(path: Path = HERE / "topics_kept.txt") -> Iterator[Kept]:
    """Own ones: ``# name: description``, ``> phrases``, then texts, one a line; those after ``- `` only sound so."""
    for block in path.read_text(encoding="utf-8").removeprefix("# ").split("\n# "):
        head, phrases, *lines = block.strip().splitlines()
        name, _, about = head.partition(": ")
        said = tuple(each.strip() for each in phrases.removeprefix(">").split("|"))
        near = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
        yield Kept(Topic(name, said, about), tuple(line for line in lines if not line.startswith("- ")), near)


def clinc_kept(root: Path) -> Iterator[Kept]:
    """CLINC150's domains that the training leaves out, with the validation part's questions."""
    for name in sorted(recipe.UNSEEN_DOMAINS):
        yield Kept(CLINC[name], tuple(text for text, domain in shared_sets.clinc(root, "val") if domain == name), ())


def everyday(path: Path = HERE / "everyday.txt") -> Iterator[tuple[str, str]]:
    """Self-written texts and their groups: ``# group``, then texts, one a line."""
    for block in path.read_text(encoding="utf-8").removeprefix("# ").split("\n# "):
        group, *texts = block.strip().splitlines()
        yield from ((text, group) for text in texts)
