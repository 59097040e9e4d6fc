"""Tables for a terminal, or for a file that its output goes to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints rows of cells as wide as the terminal, or 140 characters wide where there is none."""
    from rich.console import Console
    from rich.table import Table

    found = Table(title=title or None, box=None, pad_edge=False, title_justify="left")
    for name in head:
        found.add_column(name, overflow="fold")
    for row in rows:
        found.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140, markup=False, highlight=False).print(found)
