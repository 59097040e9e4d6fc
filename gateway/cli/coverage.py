"""Prints what is judged of each API, and what is not and why: ``wardgate validate --coverage``."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby


def show(*, as_json: bool) -> None:
    """Print the map, by the tables that the codecs work by."""
    from gateway.wire.coverage import REST, counts, places

    found = places()
    sums = counts(found)
    if as_json:
        print(json.dumps({
            "counts": [{"api": api, "where": where, **each} for (api, where), each in sums.items()],
            "guarded_by_default": REST,
            "places": [asdict(each) for each in found],
        }, indent=2))
        return
    for (api, where), group in groupby(found, key=lambda each: (each.api, each.where)):
        said = ", ".join(f"{count} {how}" for how, count in sums[api, where].items())
        print(f"{api}, {where}: {said}; {REST}: guarded")
        for each in group:
            how = each.how if each.kind in (each.how, "text", "plain") else f"{each.how} ({each.kind})"
            print(f"  {how:<20} {each.path:<60} {each.reason}")
        print()
