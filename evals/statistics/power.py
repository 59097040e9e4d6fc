"""How small a drop a gate can see. A gate that could not have seen one says nothing when it stays open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist

POWER = 0.8
"""The chance with which a drop of the stated size is found."""
_EXACT_UP_TO = 500
"""Pairs up to which McNemar's power is summed exactly; beyond it the normal formula is as good and quicker."""


@lru_cache(maxsize=1 << 13)
def least_against(alpha: float, changed: int) -> int:
    """The fewest worsened pairs of ``changed`` that the one-sided sign test calls a drop; ``changed + 1`` if none."""
    share, reach = 2.0**-changed if changed < 1000 else 0.0, 0.0
    if not share:  # beyond a double's range the sums are made in logarithms
        return _least_against_log(alpha, changed)
    for against in range(changed, -1, -1):
        reach += share
        if reach > alpha:
            return against + 1
        share = share * against / (changed - against + 1)
    return 0


def _least_against_log(alpha: float, changed: int) -> int:
    reach = 0.0
    for against in range(changed, -1, -1):
        reach += math.exp(_log_choose(changed, against) - changed * math.log(2))
        if reach > alpha:
            return against + 1
    return 0


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _binomial(n: int, k: int, p: float) -> float:
    if p <= 0.0 or p >= 1.0:
        return float(k == (n if p >= 1.0 else 0))
    return math.exp(_log_choose(n, k) + k * math.log(p) + (n - k) * math.log1p(-p))


def tail(n: int, least: int, p: float) -> float:
    """P(X ≥ least) for a binomial; the shorter side is summed."""
    if least <= 0:
        return 1.0
    if least > n * p:
        return min(1.0, math.fsum(_binomial(n, k, p) for k in range(least, n + 1)))
    return max(0.0, 1.0 - math.fsum(_binomial(n, k, p) for k in range(least)))


def mcnemar_power(n: int, lost: float, won: float, alpha: float = 0.05) -> float:
    """The chance that the exact one-sided test on ``n`` pairs finds a drop.

    ``lost``, ``won``: the probabilities that a pair gets worse, or better; their sum is the discordance. The number of
    changed pairs is binomial, and so is the number of worsened ones among them. (Two-sided: half of ``alpha``.)
    """
    discordance = lost + won
    if n == 0 or discordance <= 0:
        return 0.0
    spread = 12 * math.sqrt(n * discordance * max(1e-12, 1 - discordance)) + 12
    first, last = max(0, int(n * discordance - spread)), min(n, int(n * discordance + spread) + 1)
    found = _found(first, last, lost / discordance, alpha)
    return min(1.0, math.fsum(_binomial(n, changed, discordance) * reach for changed, reach in found))


def _found(first: int, last: int, p: float, alpha: float) -> Iterator[tuple[int, float]]:
    """The chance that the sign test calls it a drop, for each number of changed pairs from ``first`` to ``last``.

    ``p``: that a changed pair got worse. Each comes from the one before: a pair more lifts P(X ≥ k) by p P(X = k - 1),
    and k grows by one at most.
    """
    least = least_against(alpha, first)
    reach = tail(first, least, p)
    for changed in range(first, last + 1):
        yield changed, reach
        reach += p * _binomial(changed, least - 1, p)
        if least_against(alpha, changed + 1) > least:
            reach -= _binomial(changed + 1, least, p)
            least += 1


def mcnemar_smallest(n: int, churn: float, alpha: float, power: float = POWER) -> float:
    """The smallest drop that the exact one-sided test on ``n`` pairs finds with probability ``power``, NaN if none.

    ``churn``: the share of pairs that change both ways without any drop, half of them for the worse; the drop comes on
    top of it. In steps of one thousandth of the range, rounded up.
    """
    room = 1 - churn

    def found(drop: float) -> float:
        lost, won = churn / 2 + drop, churn / 2
        return mcnemar_power(n, lost, won, alpha) if n <= _EXACT_UP_TO else _normal_power(n, lost, won, alpha)

    if n == 0 or found(room) < power:
        return math.nan
    low, high = 0, 1000
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if found(room * middle / 1000) >= power else (middle, high)
    return room * high / 1000


def _normal_power(n: int, lost: float, won: float, alpha: float) -> float:
    """McNemar's power by the normal approximation (Connett, Smith and McHugh 1987), one-sided."""
    discordance, drop, normal = lost + won, lost - won, NormalDist()
    if drop <= 0:
        return alpha
    room = math.sqrt(max(1e-12, discordance - drop * drop))
    return normal.cdf((math.sqrt(n) * drop - normal.inv_cdf(1 - alpha) * math.sqrt(discordance)) / room)


def normal_smallest(error: float, alpha: float, power: float = POWER) -> float:
    """The same for a difference with standard error ``error``: (z of alpha + z of power) × error, one-sided."""
    z = NormalDist().inv_cdf
    return (z(1 - alpha) + z(power)) * error


def least_clusters(alpha: float) -> int:
    """The fewest clusters that must all get worse before swapping them can tell it from chance: 2^-k ≤ alpha."""
    return math.ceil(-math.log2(alpha))
