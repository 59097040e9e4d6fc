"""``wardgate eval guards``: the report card of guards on the frozen sets.

Exit codes: 0 fine, 1 a floor or ceiling that was asked for is not kept, 2 it could not be measured.
"""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from evals.cli.gate import share


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``wardgate eval guards``."""
    parser.add_argument("guards", nargs="*", metavar="GUARD", help="guards to judge (default: all that have a card)")
    parser.add_argument("--part", default="", help="only this part of the cards, like user or document")
    parser.add_argument("--sets", type=Path, metavar="DIR", help="other sets, under the names of the shipped ones")
    parser.add_argument("--command", default="", metavar="CMD",
                        help="what judges JSON Lines instead of `wardgate scan --guard GUARD`; {guard} is its name")
    parser.add_argument("--disguises", default="all", metavar="NAMES",
                        help="mutators to try: names with commas, all (default) or none")
    parser.add_argument("--most", type=int, default=300, metavar="N",
                        help="English texts of either side that are disguised (default 300)")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="write the tables into this Markdown file, too")
    parser.add_argument("--prometheus", type=Path, metavar="DIR", help="write the textfile there, too")
    parser.add_argument("--least-recall", type=share, default=0.0, metavar="SHARE",
                        help="exit with 1 below this recall")
    parser.add_argument("--most-false", type=share, default=1.0, metavar="SHARE",
                        help="exit with 1 above this rate of false positives")
    parser.add_argument("--seed", type=int, default=20251125)


def guards(options: argparse.Namespace) -> int:
    """Tables, or JSON; names of sets and families only, no text."""
    from evals.guards import shown
    from evals.guards.rows import CARDS
    from evals.statistics.results import plain

    cards = [_card(name, options) for name in options.guards or CARDS]
    for card in cards:
        if options.docs:
            shown.write_into(options.docs, card)
        if not options.json:
            print(shown.markdown(card))
    if options.json:
        print(json.dumps([plain(card) for card in cards]))
    if options.prometheus:
        shown.write_textfile(options.prometheus, cards)
    kept = all(part.value("recall").value >= options.least_recall
               and part.value("false_positive_rate").value <= options.most_false
               for card in cards for part in card.parts)
    return 0 if kept else 1


def _card(name: str, options: argparse.Namespace) -> Any:
    from evals.guards import asked, card, rows
    from gateway import __version__
    from gateway.errors import ConfigError

    parts = [each for each in rows.card_of(name) if options.part in ("", each.name)]
    if not parts:
        raise ConfigError(f"the card of '{name}' has no part '{options.part}'",
                          cure=", ".join(each.name for each in rows.card_of(name)))
    given = shlex.split(options.command.replace("{guard}", name)) or asked.command(name)
    disguises = _disguises(options.disguises)
    asking = _asking() if name == "injection" else frozenset()
    return card.Card(name, __version__, options.seed, tuple(
        card.judge(part, rows.load(part, options.sets or rows.SETS), lambda texts: asked.ask(given, texts), disguises,
                   options.seed, options.most, asking) for part in parts))


def _asking() -> frozenset[str]:
    from evals.mutators import MUTATORS

    return frozenset(name for name, each in MUTATORS.items() if each.asks)


def _disguises(names: str) -> dict[str, Any]:
    from evals.mutators import MUTATORS
    from gateway.config.yaml_lines import nearest
    from gateway.errors import ConfigError

    chosen = list(MUTATORS) if names == "all" else [each for each in names.split(",") if each and each != "none"]
    for name in chosen:
        if name not in MUTATORS:
            raise ConfigError(f"there is no disguise '{name}'", cure=nearest(name, list(MUTATORS)))
    return {name: MUTATORS[name].change for name in chosen}
