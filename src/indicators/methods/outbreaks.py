"""Whether a count is more than the same weeks of the years before foretell: the Farrington algorithm."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, measured, refuse, share, whole

EXPONENTS = {"none": 1.0, "1/2": 1 / 2, "2/3": 2 / 3}
LEAST_REFERENCES = 3  # two coefficients and a dispersion
TREND_YEARS = 3
TREND_LEVEL = 0.05
ROUND_OFF = 1e-12
STEPS, STILL = 25, 1e-8  # at most so many steps, until the deviance is so still


class Outbreaks(NamedTuple):
    """One element per tested period."""

    position: NDArray[np.intp]
    expected: Floats
    upper: Floats
    judged: NDArray[np.bool_]  # enough cases lately, and a bound to judge by
    alarm: NDArray[np.bool_]
    trend: NDArray[np.bool_]  # the trend was kept
    variant: str


class _Fit(NamedTuple):
    """A log-linear model: its coefficients, what is left, and how sure it is."""

    coefficients: Floats
    fitted: Floats
    residual: Floats  # relative to what is fitted
    leverage: Floats
    covariance: Floats  # for a dispersion of one
    dispersion: float
    converged: bool


def farrington(
    counts: ArrayLike,
    per_year: int = 52,
    tested: Sequence[int] | None = None,
    years: int = 3,
    half_window: int = 3,
    alpha: float = 0.01,
    trend: bool = True,
    reweight: bool = True,
    power: str = "2/3",
    least_cases: tuple[int, int] = (5, 4),
) -> Outbreaks:
    """Counts above the upper bound of what the past foretells, by the original algorithm of Farrington.

    The past is the `half_window` periods on both sides of the same period in each of the `years`
    before. Their model is log-linear and overdispersed, past outbreaks weighing less if `reweight`;
    the trend is kept over three years or more, if significant at 5 % and not foretelling more than
    was ever seen. `power` is the transformation of the counts for the bound, at the level 1 - alpha/2.
    `tested` are positions counted from 0, by default all that have their whole past. A period with
    fewer than `least_cases[0]` cases over its `least_cases[1]` last periods is not judged. A past
    without any case has a bound next to zero; one of fewer than 3 counts has none (NaN).

    References
    ----------
    Farrington CP, Andrews NJ, Beale AD, Catchpole MA (1996), J R Stat Soc A 159:547-563.

    Examples
    --------
    >>> monthly = np.array([3, 5, 4, 6, 5, 4, 3, 4, 6, 5, 4, 5] * 4 + [3, 5, 25])
    >>> found = farrington(monthly, per_year=12, tested=[49, 50], half_window=1)
    >>> found.upper.round(1), found.alarm
    (array([10.5, 12.2]), array([False,  True]))
    """
    counts = measured("counts", counts)
    refuse("counts", counts < 0, "un nombre négatif n’est pas admis")
    if power not in EXPONENTS:
        raise ArgumentError(f"power : {not_allowed(power, EXPONENTS)}")
    per_year, years = whole("per_year", per_year, 1), whole("years", years, 1)
    half_window = whole("half_window", half_window, 0)
    positions = _positions(tested, counts.size, per_year * years + half_window)
    settings = {"trend": trend and years >= TREND_YEARS, "reweight": reweight}
    level = share("alpha", alpha)
    bounds = [_bound(counts, at, per_year, years, half_window, settings, power, level) for at in positions]
    expected, upper, kept = (np.array(column) for column in zip(*bounds, strict=True)) if bounds else [np.empty(0)] * 3
    judged = _enough(counts, positions, *least_cases) & ~np.isnan(upper) & ~np.isnan(counts[positions])
    alarm = judged & (counts[positions] > upper)
    return Outbreaks(positions, expected, upper, judged, alarm, kept.astype(bool), f"farrington 1996, {power}")


def _bound(counts, at, per_year, years, half_window, settings, power, alpha) -> tuple[float, float, bool]:
    """Expected count, upper bound and whether the trend was kept, for one period."""
    around = np.arange(-half_window, half_window + 1)
    past = np.concatenate([at - per_year * year + around for year in range(years, 0, -1)])
    past = past[(past >= 0) & (past < at)]
    past = past[~np.isnan(counts[past])]
    if past.size < LEAST_REFERENCES:
        return np.nan, np.nan, False
    response, time = counts[past], (past - at) / per_year  # the tested period is at time 0
    fit = _fitted(response, time, **settings)
    kept = fit.coefficients.size == 2 and _believed(fit, response)
    if settings["trend"] and not kept:
        fit = _fitted(response, time, trend=False, reweight=settings["reweight"])
    return float(np.exp(fit.coefficients[0])), _upper(fit, power, alpha), kept


def _believed(fit: _Fit, response: Floats) -> bool:
    """Whether a trend is significant and does not foretell more than was ever seen."""
    from scipy.stats import t as student

    level, slope = fit.coefficients
    if abs(slope) < STILL or np.exp(level) > response.max():
        return False
    error = np.sqrt(fit.dispersion * fit.covariance[1, 1])
    return bool(2 * student.sf(abs(slope) / error, response.size - 2) < TREND_LEVEL)


def _upper(fit: _Fit, power: str, alpha: float) -> float:
    """The bound of a new count, taken as normal once raised to a power."""
    from scipy.stats import norm

    exponent, mean, dispersion = EXPONENTS[power], np.exp(fit.coefficients[0]), max(fit.dispersion, 1)
    relative = dispersion * (1 + mean * fit.covariance[0, 0])  # of the count, then of its estimated mean
    raised = exponent * np.sqrt(mean ** (2 * exponent - 1) * relative)
    return float((mean**exponent + norm.ppf(1 - alpha / 2) * raised) ** (1 / exponent))


def _fitted(response: Floats, time: Floats, trend: bool, reweight: bool) -> _Fit:
    """The model with its trend, without it where it does not converge; fitted again with the weights of the first."""
    design = np.column_stack([np.ones_like(time), time] if trend else [np.ones_like(time)])
    fit = _quasi_poisson(response, design, np.ones_like(response))
    if trend and not fit.converged:
        return _fitted(response, time, False, reweight)
    return _quasi_poisson(response, design, _weights(fit, response)) if reweight else fit


def _quasi_poisson(response: Floats, design: Floats, weights: Floats) -> _Fit:
    """Least squares, weighted anew until the deviance moves by less than 1e-8.

    Leverage, covariance and dispersion are at the weights of the last step, as in R's glm: at those
    of the solution the bounds would differ by some 1e-5 from those of the package surveillance.
    """
    fitted, last, converged = response + 0.1, np.inf, False
    for _ in range(STEPS):
        working = weights * fitted
        scaled = design * np.sqrt(working)[:, None]
        covariance = np.linalg.pinv(scaled.T @ scaled)
        target = np.log(fitted) + response / fitted - 1
        coefficients = covariance @ (design.T @ (working * target))
        fitted = np.exp(design @ coefficients)
        deviance = _deviance(response, fitted, weights)
        converged = abs(deviance - last) < STILL * (abs(deviance) + 0.1)
        if converged or not np.isfinite(deviance):
            break
        last = deviance
    residual = response / fitted - 1
    leverage = np.einsum("ij,jk,ik->i", scaled, covariance, scaled)
    dispersion = float((working * residual**2).sum() / (response.size - design.shape[1]))
    return _Fit(coefficients, fitted, residual, leverage, covariance, dispersion, bool(converged))


def _deviance(response: Floats, fitted: Floats, weights: Floats) -> float:
    ratio = np.log(np.where(response > 0, response / fitted, 1))
    return float(2 * (weights * (response * ratio - (response - fitted))).sum())


def _weights(fit: _Fit, response: Floats) -> Floats:
    """Weights that add up to the number of counts, smaller where the Anscombe residual is above 1."""
    anscombe = 1.5 * (response ** (2 / 3) * fit.fitted ** (-1 / 6) - np.sqrt(fit.fitted))
    spread = np.sqrt(max(fit.dispersion, 1) * np.maximum(1 - fit.leverage, ROUND_OFF))
    raw = np.maximum(anscombe / spread, 1) ** -2
    return raw * raw.size / raw.sum()


def _enough(counts: Floats, positions: NDArray[np.intp], cases: int, periods: int) -> NDArray[np.bool_]:
    """Whether so many cases came in the last periods, the tested one being the last."""
    periods = whole("least_cases", periods, 1)
    total = np.concatenate([[0], np.nan_to_num(counts).cumsum()])
    return total[positions + 1] - total[np.maximum(positions + 1 - periods, 0)] >= cases


def _positions(tested: Sequence[int] | None, size: int, first: int) -> NDArray[np.intp]:
    if tested is None:
        return np.arange(first, size)
    positions = measured("tested", tested)
    refuse(
        "tested",
        (positions < 0) | (positions >= size) | (positions % 1 != 0),
        f"un entier de 0 à {size - 1} est attendu",
    )
    return positions.astype(np.intp)
