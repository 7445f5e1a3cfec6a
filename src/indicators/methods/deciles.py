"""Units ranked on a measure, its deciles, and what a unit would do otherwise at the level of a decile."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_least, counts, maybe_missing, numbers, refuse, same_length


class Ranked(NamedTuple):
    """Each unit's value and percent rank (0 to 1), and the nine deciles of the values."""

    value: Floats
    percent_rank: Floats
    deciles: Floats
    variant: str


class Savings(NamedTuple):
    """Price per unit of each practice, the price aimed at, what each and all would save."""

    price: Floats
    target: float
    saving: Floats
    total: float
    variant: str


def measure_deciles(numerator: ArrayLike, denominator: ArrayLike) -> Ranked:
    """Values, percent ranks and deciles of a measure over units.

    Percent rank: the share of the other units strictly below; equal units share it. A zero denominator or
    a missing number gives no value, no rank, and no weight in the deciles (linear between units).

    References
    ----------
    Hyndman RJ, Fan Y (1996), Am Stat 50:361-365 (type 7). ISO/IEC 9075-2 (PERCENT_RANK, PERCENTILE_CONT).

    Examples
    --------
    >>> found = measure_deciles([1, 2, 4, 3], [10, 10, 10, 0])
    >>> found.percent_rank.tolist(), round(found.deciles[4], 2)
    ([0.0, 0.5, 1.0, nan], np.float64(0.2))
    """
    numerator, denominator = _pair(numerator, denominator)
    value = _divided(numerator, denominator)
    known = ~np.isnan(value)
    below = np.searchsorted(np.sort(value[known]), value[known])
    percent_rank = np.full(value.size, np.nan)
    percent_rank[known] = below / max(known.sum() - 1, 1)
    deciles = np.quantile(value[known], np.arange(1, 10) / 10) if known.any() else np.full(9, np.nan)
    return Ranked(value, percent_rank, deciles, "linear")


def excess(numerator: ArrayLike, denominator: ArrayLike, level: float) -> Floats:
    """What each unit does above (or below: negative) the level, in units of its numerator.

    Examples
    --------
    >>> excess([30, 10], [100, 100], 0.2)
    array([ 10., -10.])
    """
    numerator, denominator = _pair(numerator, denominator)
    return numerator - float(level) * denominator


def savings(quantity: ArrayLike, cost: ArrayLike, centile: float = 10) -> Savings:
    """What practices would save by paying, for one set of equivalent products, the price of a centile of them.

    One row per product, one column per practice (or one vector for one product); the products are summed
    first. A practice without quantity has no price and no part in the centile. None saves less than 0.

    Examples
    --------
    >>> found = savings([[10, 10, 10]], [[10, 20, 30]], centile=50)
    >>> found.target, found.saving.tolist(), found.total
    (2.0, [0.0, 0.0, 10.0], 10.0)
    """
    quantity, cost = _summed("quantity", quantity), _summed("cost", cost)
    same_length(quantity=quantity, cost=cost)
    quantity, cost = np.broadcast_arrays(quantity, cost)
    if not 0 <= centile <= 100:
        raise ArgumentError(f"centile : un nombre de 0 à 100 est attendu, {centile} donné.")
    price = _divided(cost, quantity)
    priced = price[~np.isnan(price)]
    target = float(np.quantile(priced, centile / 100)) if priced.size else np.nan
    saving = np.maximum(0, cost - quantity * target)
    return Savings(price, target, saving, float(saving.sum()), f"centile {centile:g}")


def _pair(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    numerator, denominator = maybe_missing("numerator", numerator), maybe_missing("denominator", denominator)
    at_least("numerator", numerator, 1)
    same_length(numerator=numerator, denominator=denominator)
    for name, array in (("numerator", numerator), ("denominator", denominator)):
        refuse(name, np.isinf(array), "valeur infinie")
    refuse("denominator", denominator < 0, "un nombre négatif n’est pas admis")
    return tuple(np.broadcast_arrays(numerator, denominator))


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    return numerator / np.where(denominator > 0, denominator, np.nan)


def _summed(name: str, table: ArrayLike) -> Floats:
    """The sum over products, each row checked; quantities may not be negative, costs may (credits)."""
    rows = table if np.ndim(table[0]) else [table]
    check = counts if name == "quantity" else numbers
    rows = [check(name, row) for row in rows]
    if len({row.size for row in rows}) > 1:
        raise ArgumentError(f"{name} : les produits n’ont pas tous le même nombre de cabinets.")
    return np.sum(rows, axis=0)
