"""What may not be shown, by date: counts too small, contributors too few, one contributor too large."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.disclosure.primary import SMALLEST_SHOWN
from indicators.errors import ArgumentError
from indicators.methods import arguments

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Thresholds(NamedTuple):
    """The rules in force from a day on."""

    since: date
    smallest_shown: int  # people, stays, acts; zero is shown
    fewest_contributors: int
    largest_share: float  # of one contributor in an amount; more is withheld
    reference: str


# A change of rule is a new line: a figure published under the old one keeps its reason.
THRESHOLDS = (
    Thresholds(  # from the first day on: older than any figure of the sources
        since=date.min,
        smallest_shown=SMALLEST_SHOWN,
        fewest_contributors=3,
        largest_share=0.85,
        reference="SNDS : effectifs de 1 à 10 ; statistique publique : 3 unités, 85\u00a0%",
    ),
)


def in_force(day: date) -> Thresholds:
    """The thresholds that hold on a day.

    >>> in_force(date(2025, 1, 1)).smallest_shown
    11
    """
    return max((line for line in THRESHOLDS if line.since <= day), key=lambda line: line.since)


def small_counts(counts: ArrayLike, smallest_shown: int = SMALLEST_SHOWN, zero: bool = False) -> Flags:
    """Whether a count is withheld: from 1 to one below the smallest shown, and 0 where zero must be kept secret.

    A missing count is withheld: nobody can say that it is large.

    Examples
    --------
    >>> small_counts([0, 1, 10, 11, None]).tolist()
    [False, True, True, False, True]
    """
    values = arguments.maybe_missing("counts", counts)
    arguments.refuse("counts", values < 0, "un nombre négatif n’est pas admis")
    return np.isnan(values) | ((values < smallest_shown) & (zero | (values > 0)))


class Dominance(NamedTuple):
    """One value per group; shares and ratios are NaN where the total or the largest contribution is not positive."""

    contributors: NDArray[np.int64]
    few: Flags  # fewer contributors than the threshold
    top_share: Floats  # the n largest contributions over the total
    dominated: Flags  # top_share above k
    p_ratio: Floats  # what is left without the two largest, over the largest
    deducible: Flags  # p_ratio below p
    negative: Flags  # a contribution below zero: the two rules mean nothing, a person must look
    variant: str


def dominance(
    amounts: ArrayLike, sizes: ArrayLike, n: int = 1, k: float = 0.85, p: float = 0.1, fewest: int = 3
) -> Dominance:
    """The frequency, (n,k) and p % rules on the contributions behind each figure.

    `amounts` holds the contributions of one group after the other, `sizes` how many belong to each.
    (n,k): the n largest make more than a share k of the total. p %: without the two largest, less than
    a share p of the largest is left, so that the second knows the first to within p. A group of no
    contributor has too few.

    References
    ----------
    Hundepool A et al. (2012), Statistical disclosure control, Wiley, section 4.2.

    Examples
    --------
    >>> found = dominance([90.0, 5.0, 5.0, 40.0, 30.0, 30.0], [3, 3])
    >>> found.dominated.tolist(), found.p_ratio.round(2).tolist()
    ([True, False], [0.06, 0.75])
    """
    values, lengths = arguments.numbers("amounts", amounts) if np.size(amounts) else np.zeros(0), _sizes(sizes)
    if lengths.sum() != values.size:
        raise ArgumentError(f"sizes : {lengths.sum()} contributions annoncées, {values.size} données.")
    if n < 1 or fewest < 0 or p < 0:
        raise ArgumentError("n, fewest, p : n vaut au moins 1, fewest et p au moins 0.")
    ranked, rank, group = _ranked(values, lengths)
    total, top = (_sums(group, x, lengths.size) for x in (ranked, np.where(rank < n, ranked, 0)))
    two, first = (_sums(group, np.where(rank < count, ranked, 0), lengths.size) for count in (2, 1))
    sound = total > 0
    share = np.divide(top, total, out=np.full(lengths.size, np.nan), where=sound)
    ratio = np.divide(total - two, first, out=np.full(lengths.size, np.nan), where=sound & (first > 0))
    negative = _sums(group, ranked < 0, lengths.size) > 0
    limit = arguments.share("k", k)
    variant = f"({n},{k:g}) p {p:g}"
    return Dominance(lengths, lengths < fewest, share, share > limit, ratio, ratio < p, negative, variant)


def _sizes(sizes: ArrayLike) -> NDArray[np.int64]:
    lengths = arguments.counts("sizes", sizes)
    arguments.refuse("sizes", lengths != np.floor(lengths), "un nombre entier est attendu")
    return lengths.astype("int64")


def _ranked(values: Floats, lengths: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """The contributions, the largest of each group first, their rank from 0 and their group."""
    group = np.repeat(np.arange(lengths.size), lengths)
    order = np.lexsort((-values, group))
    starts = np.cumsum(lengths) - lengths
    return values[order], np.arange(values.size) - starts[group], group


def _sums(group: NDArray[np.int64], values: NDArray, size: int) -> Floats:
    return np.bincount(group, weights=values, minlength=size)
