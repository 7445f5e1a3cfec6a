"""Shewhart charts: centre line and limits at two and three sigmas, for values, shares, rates and counts.

A missing value is no point: it counts in no mean, and the moving ranges on both its sides are left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.methods.arguments import Floats, at_most, measured, refuse, same_length

D2 = 1.128  # mean range of two normal draws, in sigmas, as the printed tables round it
SCREEN = 3.267  # upper limit of a chart of moving ranges, in mean ranges


class Chart(NamedTuple):
    """One element per period; limits are NaN where there is no point to judge by them, or no limit at all."""

    point: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    lower_2: Floats
    upper_2: Floats
    sigma: Floats
    signal: NDArray[np.int8]  # 1 above the upper limit, -1 below the lower, 0 otherwise
    variant: str


def run_chart(values: ArrayLike) -> Chart:
    """The series around its median, without limits; to be read with `run_rules.anhoej`.

    References
    ----------
    Anhøj J, Olesen AV (2014), PLoS ONE 9:e113825.

    Examples
    --------
    >>> run_chart([3, 1, 2, None]).centre
    array([2., 2., 2., 2.])
    """
    values = measured("values", values)
    return _chart("run", values, _of_present(np.median, values), np.nan, (np.nan, np.nan))


def i_chart(values: ArrayLike, screened: bool = True) -> Chart:
    """Individual values, their sigma being the mean moving range over 1.128.

    Screened, the moving ranges that are themselves out of control are left out of the mean, once.

    References
    ----------
    Nelson LS (1982), J Qual Technol 14:172-173.
    Montgomery DC (2009), Introduction to statistical quality control, 6th ed., § 6.4.

    Examples
    --------
    >>> chart = i_chart([10, 12, 10, 12])
    >>> chart.centre[0], chart.sigma[0].round(3)
    (np.float64(11.0), np.float64(1.773))
    """
    values = measured("values", values)
    return _chart("i", values, _of_present(np.mean, values), mean_moving_range(values, screened) / D2)


def p_chart(events: ArrayLike, population: ArrayLike) -> Chart:
    """Shares of a population that varies, with binomial limits kept within 0 and 1.

    References
    ----------
    Montgomery DC (2009), Introduction to statistical quality control, 6th ed., § 7.2.

    Examples
    --------
    >>> p_chart([10, 20, 15], [100, 100, 100]).upper.round(3)
    array([0.257, 0.257, 0.257])
    """
    return _chart("p", *_shares(events, population), within=(0, 1))


def p_prime_chart(events: ArrayLike, population: ArrayLike) -> Chart:
    """Laney's chart of shares: binomial limits, widened or narrowed as the points vary in fact.

    The factor is the mean moving range of the standardised points, screened as in `i_chart`, over
    1.128. Meant for large
    populations, where the limits of `p_chart` are so narrow that almost every point is outside.

    References
    ----------
    Laney DB (2002), Qual Eng 14:531-537.

    Examples
    --------
    >>> p_prime_chart([1000, 2000, 1500], [10000, 10000, 10000]).upper.round(3)
    array([0.349, 0.349, 0.349])
    """
    point, centre, sigma = _shares(events, population)
    return _chart("p'", point, centre, _laney(point, centre, sigma), within=(0, 1))


def u_chart(events: ArrayLike, exposure: ArrayLike) -> Chart:
    """Rates over an exposure that varies, with Poisson limits not below 0.

    References
    ----------
    Montgomery DC (2009), Introduction to statistical quality control, 6th ed., § 7.3.

    Examples
    --------
    >>> u_chart([10, 20, 15], [1, 1, 1]).upper.round(2)
    array([26.62, 26.62, 26.62])
    """
    return _chart("u", *_rates(events, exposure), within=(0, np.inf))


def u_prime_chart(events: ArrayLike, exposure: ArrayLike) -> Chart:
    """Laney's chart of rates: Poisson limits, widened or narrowed as the points vary in fact.

    References
    ----------
    Laney DB (2002), Qual Eng 14:531-537.

    Examples
    --------
    >>> u_prime_chart([1000, 2000, 1500], [1, 1, 1]).upper
    array([3494.68..., 3494.68..., 3494.68...])
    """
    point, centre, sigma = _rates(events, exposure)
    return _chart("u'", point, centre, _laney(point, centre, sigma), within=(0, np.inf))


def c_chart(events: ArrayLike) -> Chart:
    """Counts over equal exposures, with Poisson limits not below 0.

    References
    ----------
    Montgomery DC (2009), Introduction to statistical quality control, 6th ed., § 7.3.

    Examples
    --------
    >>> c_chart([4, 5, 3]).upper
    array([10., 10., 10.])
    """
    events = _counts("events", events)
    centre = _of_present(np.mean, events)
    return _chart("c", events, centre, np.sqrt(centre), within=(0, np.inf))


def g_chart(between: ArrayLike) -> Chart:
    """Cases or days between rare events, with geometric limits not below 0.

    The limits rest on the mean; the centre line is the median, as the points are far from symmetric.

    References
    ----------
    Benneyan JC (2001), Health Care Manag Sci 4:305-318.

    Examples
    --------
    >>> chart = g_chart([0, 2, 10])
    >>> chart.centre[0], chart.upper[0].round(2)
    (np.float64(2.0), np.float64(17.42))
    """
    between = _counts("between", between)
    mean = _of_present(np.mean, between)
    return _around("g", between, _of_present(np.median, between), mean, np.sqrt(mean * (mean + 1)), (0, np.inf))


def mean_moving_range(values: Floats, screened: bool = False) -> float:
    """Mean distance between one point and the next; NaN where no two points follow each other.

    Screened, the ranges of 3.267 times the mean or more are left out, once; a series that never
    moves has then no range left, and gives NaN.

    References
    ----------
    Nelson LS (1982), J Qual Technol 14:172-173.

    Examples
    --------
    >>> mean_moving_range(np.array([1.0, 2.0, 4.0, np.nan, 9.0]))
    1.5
    """
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if screened and ranges.size:
        ranges = ranges[ranges < SCREEN * ranges.mean()]
    return float(ranges.mean()) if ranges.size else float("nan")


def _chart(variant, point, centre, sigma, within=(-np.inf, np.inf)) -> Chart:
    return _around(variant, point, centre, centre, sigma, within)


def _around(variant, point, centre, mean, sigma, within) -> Chart:
    """A chart whose limits are 2 and 3 sigmas around the mean, not outside `within`."""
    sigma = np.broadcast_to(sigma, point.shape).astype(float)
    lower, lower_2, upper_2, upper = (np.clip(mean + width * sigma, *within) for width in (-3, -2, 2, 3))
    signal = (point > upper).astype(np.int8) - (point < lower).astype(np.int8)
    return Chart(point, np.full(point.shape, centre), lower, upper, lower_2, upper_2, sigma, signal, variant)


def _shares(events: ArrayLike, population: ArrayLike) -> tuple[Floats, float, Floats]:
    events, population = _paired(events, population, "population")
    at_most("events", events, "population", population)
    centre = _pooled(events, population)
    return events / population, centre, np.sqrt(centre * (1 - centre) / population)


def _rates(events: ArrayLike, exposure: ArrayLike) -> tuple[Floats, float, Floats]:
    events, exposure = _paired(events, exposure, "exposure")
    centre = _pooled(events, exposure)
    return events / exposure, centre, np.sqrt(centre / exposure)


def _paired(events: ArrayLike, over: ArrayLike, name: str) -> tuple[Floats, Floats]:
    """Both missing where either is."""
    events, over = _counts("events", events), measured(name, over)
    same_length(**{"events": events, name: over})
    refuse(name, over <= 0, "un nombre supérieur à zéro est attendu")
    missing = np.isnan(events) | np.isnan(over)
    return np.where(missing, np.nan, events), np.where(missing, np.nan, over)


def _counts(name: str, values: ArrayLike) -> Floats:
    array = measured(name, values)
    refuse(name, array < 0, "un nombre négatif n’est pas admis")
    return array


def _pooled(events: Floats, over: Floats) -> float:
    present = ~np.isnan(events)
    return float(events[present].sum() / over[present].sum()) if present.any() else float("nan")


def _laney(point: Floats, centre: float, sigma: Floats) -> Floats:
    """Sigmas times the screened mean moving range of the standardised points; NaN where sigmas are zero."""
    with np.errstate(invalid="ignore"):
        standardised = (point - centre) / sigma
    return sigma * mean_moving_range(standardised, screened=True) / D2


def _of_present(statistic, values: Floats) -> float:
    present = values[~np.isnan(values)]
    return float(statistic(present)) if present.size else float("nan")
