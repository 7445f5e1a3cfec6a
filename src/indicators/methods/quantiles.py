"""Where a value stands among others: percentiles, percent ranks, groups of equal size."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, maybe_missing, numbers, one_of, refuse

# NumPy's name of each continuous definition, by its number in Hyndman and Fan, which is also R's
VARIANTS = {
    "interpolated_inverted_cdf": 4,
    "hazen": 5,
    "weibull": 6,
    "linear": 7,
    "median_unbiased": 8,
    "normal_unbiased": 9,
}


def percentiles(values: ArrayLike, shares: ArrayLike, variant: str = "linear", missing: str = "refuse") -> Floats:
    """The values below which the given shares lie, from 0 to 1; missing values are refused or left out (`drop`).

    `linear` is SQL's PERCENTILE_CONT and the default of NumPy and pandas, `weibull` a spreadsheet's
    PERCENTILE.EXC; the others have NumPy's names.

    References
    ----------
    Hyndman RJ, Fan Y (1996), Am Stat 50:361-365.

    Examples
    --------
    >>> percentiles([1.0, 2.0, 3.0, 4.0], [0.5, 0.75])
    array([2.5 , 3.25])
    """
    one_of("variant", variant, list(VARIANTS))
    one_of("missing", missing, ["refuse", "drop"])
    values = maybe_missing("values", values)
    known = numbers("values", values[~np.isnan(values)] if missing == "drop" else values)
    shares = numbers("shares", shares)
    refuse("shares", (shares < 0) | (shares > 1), "un nombre de 0 à 1 est attendu")
    if not known.size:
        raise ArgumentError("values : une valeur au moins est attendue.")
    return np.quantile(known, shares, method=variant)


def percent_ranks(values: ArrayLike) -> Floats:
    """Share of the other values that are below each, from 0 to 1, as SQL's PERCENT_RANK.

    A missing value stays missing and does not count; a value alone has no rank: NaN.

    Examples
    --------
    >>> percent_ranks([10.0, 20.0, 20.0, None, 40.0]).round(2)
    array([0.  , 0.33, 0.33,  nan, 1.  ])
    """
    values = maybe_missing("values", values)
    below, known = _below(values)
    return below / (known - 1) if known > 1 else np.full(values.shape, np.nan)


def quantile_groups(values: ArrayLike, groups: int = 10, highest_first: bool = True) -> Floats:
    """The group of each value among groups of about equal size, counted from 1, equal values together.

    Group 1 holds the highest values, or the lowest. A missing value stays missing; with fewer values than
    groups every one is. Tied values take the group of the first of them.

    Examples
    --------
    >>> quantile_groups([5.0, 1.0, 9.0, 7.0], groups=2)
    array([2., 2., 1., 1.])
    """
    if not isinstance(groups, int | np.integer) or groups < 1:
        raise ArgumentError(f"groups : un nombre entier de groupes est attendu, {groups} donné.")
    values = maybe_missing("values", values)
    below, known = _below(-values if highest_first else values)
    if known < groups:
        return np.full(values.shape, np.nan)
    # whole numbers all along: a quotient of floats could step over the limit of a group
    above = np.where(np.isnan(below), 0, known - below).astype("int64")
    group = groups + 1 - -(-above * groups // known)
    return np.where(np.isnan(below), np.nan, np.maximum(group, 1))


def _below(values: Floats) -> tuple[NDArray[np.float64], int]:
    """How many known values are below each, and how many are known."""
    refuse("values", np.isinf(values), "valeur infinie")
    known = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(known, values).astype("float64")
    return np.where(np.isnan(values), np.nan, below), known.size
