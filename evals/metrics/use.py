"""What answers took: time to the first token, time for each further one, tokens a second, and money.

Each is over the answers for which it is known. Rates divide sums, so a long answer counts for its tokens; means count
answers. Time is the caller's, under the load of the run.
"""

from __future__ import annotations

from evals.metrics.registry import Item, Parts, metric


@metric("latency", unit="seconds", better="lower")
def _latency(item: Item, _: object) -> Parts | None:
    """Mean time to the end of an answer."""
    return None if item.use is None or item.use.seconds is None else (item.use.seconds, 1.0)


@metric("first_token", unit="seconds", better="lower")
def _first_token(item: Item, _: object) -> Parts | None:
    """Mean time to the first token of an answer."""
    return None if item.use is None or item.use.first_token_seconds is None else (item.use.first_token_seconds, 1.0)


@metric("per_token", unit="seconds", better="lower")
def _per_token(item: Item, _: object) -> Parts | None:
    """Time between tokens: from the first token to the end, over the tokens behind the first."""
    use = item.use
    if use is None or use.seconds is None or use.first_token_seconds is None or (use.completion_tokens or 0) < 2:
        return None
    return use.seconds - use.first_token_seconds, float((use.completion_tokens or 0) - 1)


@metric("tokens_per_second", unit="tokens")
def _tokens_per_second(item: Item, _: object) -> Parts | None:
    """Tokens of an answer for each second until its end."""
    use = item.use
    if use is None or not use.seconds or use.completion_tokens is None:
        return None
    return float(use.completion_tokens), use.seconds


@metric("tokens_per_answer", unit="tokens", better="lower")
def _tokens_per_answer(item: Item, _: object) -> Parts | None:
    """Mean tokens of an answer."""
    return None if item.use is None or item.use.completion_tokens is None else (float(item.use.completion_tokens), 1.0)


@metric("cost", unit="money", better="lower")
def _cost(item: Item, _: object) -> Parts | None:
    """Mean price of an answer, as its row gives it or from ``reference.prices`` for a million tokens in and out."""
    use = item.use
    if use is not None and use.cost is not None:
        return use.cost, 1.0
    prices = item.reference.get("prices")
    if use is None or prices is None or use.prompt_tokens is None or use.completion_tokens is None:
        return None
    return (use.prompt_tokens * prices["prompt"] + use.completion_tokens * prices["completion"]) / 1_000_000, 1.0
