"""Shares of a population: their interval, their trend."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.methods.arguments import (
    Floats,
    at_most,
    columns,
    counts,
    numbers,
    one_of,
    positive,
    refuse,
    same_length,
    share,
)  # fmt: skip
from indicators.methods.estimates import Estimate

VARIANTS = ("wilson", "wilson_cc", "exact")


class Trend(NamedTuple):
    """Arrays of one element per area; the slope is in share of the population per step."""

    statistic: Floats
    p_value: Floats
    slope: Floats
    variant: str


def proportion(events: ArrayLike, population: ArrayLike, confidence: float = 0.95, variant: str = "wilson") -> Estimate:
    """Share of a population, from 0 to 1, with its interval.

    `wilson` is the score interval, `wilson_cc` the same with the correction for continuity as R's
    `prop.test` writes it, never larger than |events - population / 2|, and `exact` that of Clopper and
    Pearson. Counts need not be whole numbers.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209-212.
    Newcombe RG (1998), Stat Med 17:857-872.
    Clopper CJ, Pearson ES (1934), Biometrika 26:404-413.

    Examples
    --------
    >>> [round(float(x[0]), 4) for x in proportion([65.0], [100.0])[:3]]
    [0.65, 0.5525, 0.7364]
    """
    from statsmodels.stats.proportion import proportion_confint

    one_of("variant", variant, VARIANTS)
    events, population = counts("events", events), positive("population", population)
    same_length(events=events, population=population)
    at_most("events", events, "population", population)
    alpha = 1 - share("confidence", confidence)
    if variant == "wilson_cc":
        lower, upper = _corrected(events, population, alpha)
    else:
        method = {"wilson": "wilson", "exact": "beta"}[variant]
        lower, upper = proportion_confint(events, population, alpha=alpha, method=method)
    # rounding must not take a bound past its share
    lower, upper = np.where(events == 0, 0.0, lower), np.where(events == population, 1.0, upper)
    return Estimate(events / population, np.clip(lower, 0, 1), np.clip(upper, 0, 1), variant)


def _corrected(events: Floats, population: Floats, alpha: float) -> tuple[Floats, Floats]:
    from scipy.stats import norm

    z = norm.ppf(1 - alpha / 2)
    step = np.minimum(0.5, np.abs(events - population / 2))
    wide = z**2 / (2 * population)

    def bound(moved: Floats, sign: int) -> Floats:
        moved = np.clip(moved, 0, 1)
        root = np.sqrt(moved * (1 - moved) / population + wide / (2 * population))
        return (moved + wide + sign * z * root) / (1 + 2 * wide)

    return bound((events - step) / population, -1), bound((events + step) / population, 1)


def trend(events: ArrayLike, population: ArrayLike, scores: ArrayLike | None = None) -> Trend:
    """Cochran and Armitage's chi-square for a linear trend of shares over ordered periods.

    One row per period and one column per area; a vector is one area. The scores are 1, 2, 3 … unless
    given. NaN where every share is 0 or every share is 1: nothing varies.

    References
    ----------
    Armitage P (1955), Biometrics 11:375-386.

    Examples
    --------
    >>> trend([10.0, 15.0, 20.0], [100.0, 100.0, 100.0]).p_value.round(3)
    array([0.048])
    """
    from scipy.stats import chi2

    rows = len(np.atleast_1d(events))
    scores = np.arange(1.0, rows + 1) if scores is None else numbers("scores", scores)
    events, population = columns("events", events, rows), columns("population", population, rows)
    _refuse_unlike(events, population, scores)
    centred = scores[:, np.newaxis] - (scores @ population) / population.sum(axis=0)
    overall = events.sum(axis=0) / population.sum(axis=0)
    across, spread = (events * centred).sum(axis=0), (population * centred**2).sum(axis=0)
    varies = (overall > 0) & (overall < 1)
    variance = np.where(varies, overall * (1 - overall) * spread, np.nan)
    statistic = across**2 / variance
    return Trend(statistic, chi2.sf(statistic, 1), across / spread, "cochran_armitage")


def _refuse_unlike(events: Floats, population: Floats, scores: Floats) -> None:
    same_length(events=events, population=population)
    same_length(scores=scores, periods=events[:, 0])
    refuse("events", ~(events >= 0), "un nombre positif ou nul est attendu")
    refuse("population", ~(population > 0), "un nombre supérieur à zéro est attendu")
    at_most("events", events, "population", population)
    refuse("scores", np.full(scores.shape, np.ptp(scores) == 0), "deux scores au moins doivent différer")
