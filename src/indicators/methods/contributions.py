"""What each part of a total added to its growth, in points."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, aligned, refuse

PER_CENT = 100


class Contributions(NamedTuple):
    """Points of growth by part, and their sum, the growth of the total in percent."""

    points: Floats
    growth: Floats
    variant: str


class ExactContributions(NamedTuple):
    """Points of growth by part, decimals that sum to the growth of the total; None where there is no base."""

    points: list[Decimal | None]
    growth: Decimal | None
    variant: str


def contributions(current: ArrayLike, previous: ArrayLike) -> Contributions:
    """Change of each part over the first total, in points of the growth of the total.

    One row per part; further columns, if any, are totals of their own (places, months). `growth` is the
    sum of the points. All is missing in a column with a part missing or a first total of zero or less.

    Examples
    --------
    >>> found = contributions([60.0, 45.0], [50.0, 50.0])
    >>> found.points, float(found.growth)
    (array([10., -5.]), 5.0)
    """
    current, previous = _parts("current", current), _parts("previous", previous)
    if current.shape != previous.shape:
        raise ArgumentError(f"current : {current.shape} valeurs pour {previous.shape} de previous.")
    base = previous.sum(axis=0)
    points = PER_CENT * (current - previous) / np.where(base > 0, base, np.nan)
    # A part that is missing leaves the total, and so every share of its growth, unknown.
    points = np.where(np.isnan(points).any(axis=0), np.nan, points)
    return Contributions(points, points.sum(axis=0), "additive")


def exact_contributions(
    current: Sequence[Decimal | None], previous: Sequence[Decimal | None], places: int = 1
) -> ExactContributions:
    """Points rounded to `places` that sum to the rounded growth of the total, to the last digit.

    Running sums are rounded and each part is the difference of two of them, within one unit of the last
    place of its own value: a table shows parts that add up to the total it shows.

    Examples
    --------
    >>> third = [Decimal(1), Decimal(1), Decimal(1)]
    >>> [str(part) for part in exact_contributions([2 * one for one in third], third).points]
    ['33.3', '33.4', '33.3']
    """
    aligned(current=current, previous=previous)
    for name, column in (("current", current), ("previous", previous)):
        wrong = [not (one is None or (isinstance(one, Decimal) and one.is_finite())) for one in column]
        refuse(name, np.array(wrong, dtype=bool), "un nombre décimal exact est attendu")
    base = None if None in (*current, *previous) else sum(previous, Decimal(0))
    if base is None or base <= 0:
        return ExactContributions([None] * len(current), None, "additive")
    change, told, points = Decimal(0), round(Decimal(0), places), []
    for now, then in zip(current, previous, strict=True):
        change += now - then
        reached = round(PER_CENT * change / base, places)
        points.append(reached - told)
        told = reached
    return ExactContributions(points, told, "additive")


def _parts(name: str, values: ArrayLike) -> Floats:
    try:
        array = np.asarray(values, dtype="float64")
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} : des nombres sont attendus.") from None
    if array.ndim == 0 or not len(array):
        raise ArgumentError(f"{name} : une ligne par partie est attendue.")
    refuse(name, np.isinf(array).reshape(len(array), -1).any(axis=1), "valeur infinie")
    return array
