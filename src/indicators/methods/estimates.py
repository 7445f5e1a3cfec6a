"""Values with their 95 % interval, for counts; values alone, for amounts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EXACT_BELOW = 10  # events; Byar's approximation is used from here


class Estimate(NamedTuple):
    """Arrays of one length; bounds are NaN where the value is, or where no interval is meaningful."""

    value: Floats
    lower: Floats
    upper: Floats


def proportion(events: ArrayLike, population: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Share of a population, from 0 to 1, with the Wilson score interval.

    A population of zero, a negative count or more events than population gives NaN.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209-212.

    Examples
    --------
    >>> [round(float(x[0]), 4) for x in proportion([65.0], [100.0])]
    [0.65, 0.5525, 0.7364]
    """
    from statsmodels.stats.proportion import proportion_confint

    events, population = _floats(events, population)
    sound = (population > 0) & (events >= 0) & (events <= population)
    events, population = np.where(sound, events, np.nan), np.where(sound, population, np.nan)
    lower, upper = proportion_confint(events, population, alpha=1 - confidence, method="wilson")
    return Estimate(events / population, np.clip(lower, 0, 1), np.clip(upper, 0, 1))


def rate(events: ArrayLike, population: ArrayLike, per: float = 1.0, confidence: float = 0.95) -> Estimate:
    """Events per `per` inhabitants: exact Poisson interval below 10 events, Byar's from 10.

    A population of zero or a negative count gives NaN; zero events give a lower bound of 0.

    References
    ----------
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 69.

    Examples
    --------
    >>> [round(float(x[0]), 2) for x in rate([25.0], [1000.0], per=1000)]
    [25.0, 16.17, 36.91]
    """
    events, population = _floats(events, population)
    sound = (population > 0) & (events >= 0)
    events, population = np.where(sound, events, np.nan), np.where(sound, population, np.nan)
    lower, upper = _poisson_bounds(events, 1 - confidence)
    scale = per / population
    return Estimate(events * scale, lower * scale, upper * scale)


def quotient(numerator: ArrayLike, denominator: ArrayLike, per: float = 1.0) -> Estimate:
    """`per` times one amount over another; no interval, an amount is not a count. NaN where the divisor is 0.

    Examples
    --------
    >>> quotient([300.0], [0.0]).value
    array([nan])
    """
    numerator, denominator = _floats(numerator, denominator)
    blank = np.full_like(numerator, np.nan)
    return Estimate(per * numerator / np.where(denominator == 0, np.nan, denominator), blank, blank)


def growth(current: ArrayLike, previous: ArrayLike) -> Estimate:
    """Change from one sum to the next, as a share of the first; no interval. NaN unless the first is positive.

    Examples
    --------
    >>> growth([106.0], [100.0]).value.round(4)
    array([0.06])
    """
    current, previous = _floats(current, previous)
    blank = np.full_like(current, np.nan)
    return Estimate(current / np.where(previous > 0, previous, np.nan) - 1, blank, blank)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """The same estimate in another unit, a share in percent for instance."""
    return Estimate(*(array * factor for array in estimate))


def _floats(*arrays: ArrayLike) -> list[Floats]:
    return [np.atleast_1d(np.asarray(array, dtype="float64")) for array in arrays]


def _poisson_bounds(events: Floats, alpha: float) -> tuple[Floats, Floats]:
    from scipy.stats import chi2, norm

    z, more = norm.ppf(1 - alpha / 2), events + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        byar_lower = events * (1 - 1 / (9 * events) - z / (3 * np.sqrt(events))) ** 3
        byar_upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    exact_lower = np.where(events == 0, 0.0, chi2.ppf(alpha / 2, 2 * events) / 2)
    exact_upper = chi2.ppf(1 - alpha / 2, 2 * more) / 2
    few = events < EXACT_BELOW
    return np.where(few, exact_lower, byar_lower), np.where(few, exact_upper, byar_upper)
