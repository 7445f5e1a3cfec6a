"""Units far from the others: by the median and its deviations, by quartiles, by the mean; none removes a value."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_least, maybe_missing, refuse, share

NORMAL_MAD = 1.4826  # the median absolute deviation of a normal distribution is its standard deviation over this
FENCE = 1.5  # interquartile ranges
HUBER_TUNING = 1.5


class RobustScores(NamedTuple):
    """Distances from the median in scaled median absolute deviations; all NaN when that deviation is 0."""

    median: float
    deviation: float
    z: Floats
    variant: str


class Fences(NamedTuple):
    """Quartiles, the fences beyond them and which values are outside; `whiskers` are the last values inside."""

    first: float
    third: float
    lower: float
    upper: float
    whiskers: tuple[float, float]
    outside: NDArray[np.bool_]
    variant: str


class Grubbs(NamedTuple):
    """Distances from the mean in standard deviations, the largest, and the one chance exceeds so rarely."""

    z: Floats
    largest: float
    critical: float
    variant: str


def robust_scores(values: ArrayLike) -> RobustScores:
    """Robust z-scores, which one wild value cannot hide behind.

    Missing values stay missing. When more than half the values are equal the deviation is 0 and no score
    is given, rather than an infinite one.

    References
    ----------
    Hampel FR (1974), J Am Stat Assoc 69:383-393. Iglewicz B, Hoaglin DC (1993), How to detect and handle outliers.

    Examples
    --------
    >>> robust_scores([12, 13, 14, 15, 40]).z.round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 17.54]
    """
    values = _values(values)
    median = float(np.nanmedian(values))
    deviation = float(NORMAL_MAD * np.nanmedian(np.abs(values - median)))
    scores = (values - median) / deviation if deviation > 0 else np.full_like(values, np.nan)
    return RobustScores(median, deviation, scores, f"mad {NORMAL_MAD:g}")


def fences(values: ArrayLike, quartiles: str = "linear") -> Fences:
    """Tukey's fences, one and a half interquartile range beyond the quartiles.

    `quartiles` is a method of numpy.quantile, or "hinges" for Tukey's own: the medians of the two halves,
    the middle value in both, as box plots draw. Missing values are outside nothing.

    References
    ----------
    Tukey JW (1977), Exploratory data analysis. Hyndman RJ, Fan Y (1996), Am Stat 50:361-365.

    Examples
    --------
    >>> found = fences([1, 2, 3, 4, 20])
    >>> found.lower, found.upper, found.outside.tolist()
    (-1.0, 7.0, [False, False, False, False, True])
    """
    values = _values(values)
    known = np.sort(values[~np.isnan(values)])
    if quartiles == "hinges":
        first, third = _hinges(known)
    else:
        try:
            first, third = np.quantile(known, [0.25, 0.75], method=quartiles)
        except ValueError:
            raise ArgumentError(f"quartiles : méthode inconnue, {quartiles} donné.") from None
    reach = FENCE * (third - first)
    lower, upper = first - reach, third + reach
    inside = known[(known >= lower) & (known <= upper)]
    outside = (values < lower) | (values > upper)
    whiskers = (float(inside[0]), float(inside[-1]))
    return Fences(float(first), float(third), float(lower), float(upper), whiskers, outside, quartiles)


def grubbs(values: ArrayLike, significance: float = 0.05) -> Grubbs:
    """Plain z-scores and Grubbs' two-sided test of the farthest value.

    Missing values stay missing. Equal values give NaN, as do fewer than three for the critical distance.

    References
    ----------
    Grubbs FE (1969), Technometrics 11:1-21.

    Examples
    --------
    >>> found = grubbs([199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57])
    >>> round(found.largest, 3), round(found.critical, 3)
    (2.469, 2.127)
    """
    from scipy.stats import t

    values = _values(values)
    n = int(np.count_nonzero(~np.isnan(values)))
    spread = np.nanstd(values, ddof=1) if n > 1 else 0.0
    scores = (values - np.nanmean(values)) / spread if spread > 0 else np.full_like(values, np.nan)
    largest = float(np.nanmax(np.abs(scores))) if spread > 0 else np.nan
    critical, tail = np.nan, share("significance", significance) / (2 * n)
    if n > 2:
        student = t.isf(tail, n - 2) ** 2
        critical = float((n - 1) / np.sqrt(n) * np.sqrt(student / (n - 2 + student)))
    return Grubbs(scores, largest, critical, "grubbs two-sided")


def huber_mean(values: ArrayLike, tuning: float = HUBER_TUNING) -> float:
    """Mean in which no value weighs beyond `tuning` scaled median absolute deviations; NaN when that deviation is 0.

    References
    ----------
    Huber PJ (1964), Ann Math Stat 35:73-101.

    Examples
    --------
    >>> round(huber_mean([12, 13, 14, 15, 40]), 3)
    14.056
    """
    from scipy.optimize import brentq

    values = _values(values)
    if not (np.isfinite(tuning) and tuning > 0):
        raise ArgumentError(f"tuning : un nombre supérieur à zéro est attendu, {tuning} donné.")
    _, deviation, _, _ = robust_scores(values)
    known = values[~np.isnan(values)]
    if deviation == 0:
        return np.nan
    reach = tuning * deviation
    # The sum of pulled-in distances falls as the centre rises, from the smallest value to the largest.
    return float(brentq(lambda centre: np.clip(known - centre, -reach, reach).sum(), known.min(), known.max()))


def _values(values: ArrayLike) -> Floats:
    values = maybe_missing("values", values)
    refuse("values", np.isinf(values), "valeur infinie")
    at_least("values", values[~np.isnan(values)], 1)
    return values


def _hinges(known: Floats) -> tuple[float, float]:
    n = known.size
    depth = (n + 3) // 2 / 2  # 1 for the first value; a half depth lies between two
    below, above = int(np.floor(depth)) - 1, int(np.ceil(depth)) - 1
    return (known[below] + known[above]) / 2, (known[n - 1 - below] + known[n - 1 - above]) / 2
