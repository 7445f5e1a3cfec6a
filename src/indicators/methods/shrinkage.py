"""Empirical-Bayes estimates: each unit drawn towards the mean by as much as its own data are few.

Rank units on these, never on their raw values: the extremes of a raw ranking are mostly its smallest units.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import (
    Floats,
    at_least,
    at_most,
    counts,
    numbers,
    one_of,
    positive,
    same_length,
    share,
)

ESTIMATORS = ("likelihood", "moments")
MIN_UNITS = 2
FLAT = 1e9  # a prior worth this many times the largest unit differs from the mean by nothing one can see


class Shrunk(NamedTuple):
    """Shrunk values, the weight (0 to 1) that each unit's own data kept, and their intervals.

    `mean` and `variance` are those of the true values over units. A variance of 0 means no more dispersion
    than chance gives: all units are at the mean, with weight 0 and the interval of the mean itself.
    """

    value: Floats
    weight: Floats
    lower: Floats
    upper: Floats
    mean: float
    variance: float
    variant: str


def poisson_gamma(
    observed: ArrayLike, expected: ArrayLike, estimator: str = "likelihood", confidence: float = 0.95
) -> Shrunk:
    """Ratios of observed to expected events, true ratios following a gamma distribution.

    The prior is estimated over the units, by the likelihood (negative binomial) or by moments; it is then
    taken as known, so that the intervals are a little narrow when units are few.

    References
    ----------
    Clayton D, Kaldor J (1987), Biometrics 43:671-681. Marshall RJ (1991), J R Stat Soc C 40:283-294.

    Examples
    --------
    >>> found = poisson_gamma([0, 5, 20, 40], [5, 5, 10, 10], "moments")
    >>> found.value.round(2).tolist(), found.weight.round(2).tolist()
    ([0.41, 1.22, 2.02, 3.81], [0.81, 0.81, 0.9, 0.9])
    """
    from scipy.stats import chi2, gamma

    observed, expected = _counted("observed", observed, "expected", positive("expected", expected))
    tail = (1 - share("confidence", confidence)) / 2
    mean = observed.sum() / expected.sum()
    variance = _gamma_moments(observed, expected, mean)
    if one_of("estimator", estimator, ESTIMATORS) == "likelihood":
        mean, variance = _gamma_likelihood(observed, expected, mean, variance)
    if variance == 0:
        events, size = observed.sum(), expected.sum()
        lower = chi2.ppf(tail, 2 * events) / 2 / size if events else 0.0
        return _at_mean(observed.size, mean, lower, chi2.isf(tail, 2 * events + 2) / 2 / size, f"gamma {estimator}")
    shape, rate = mean**2 / variance, mean / variance
    posterior = gamma(shape + observed, scale=1 / (rate + expected))
    value, weight = (shape + observed) / (rate + expected), expected / (rate + expected)
    bounds = _holding(value, posterior.ppf(tail), posterior.isf(tail))
    return Shrunk(value, weight, *bounds, float(mean), float(variance), f"gamma {estimator}")


def beta_binomial(
    events: ArrayLike, population: ArrayLike, estimator: str = "likelihood", confidence: float = 0.95
) -> Shrunk:
    """Proportions, true proportions following a beta distribution.

    As `poisson_gamma`: the prior is estimated over the units, by the likelihood (beta-binomial) or by moments.

    References
    ----------
    Kleinman JC (1973), J Am Stat Assoc 68:46-54. Efron B, Morris C (1975), J Am Stat Assoc 70:311-319.

    Examples
    --------
    >>> found = beta_binomial([1, 5, 9, 80], [10, 10, 10, 100], "moments")
    >>> found.value.round(2).tolist(), round(found.mean, 2)
    ([0.16, 0.52, 0.88, 0.8], 0.73)
    """
    from scipy.stats import beta

    events, population = _counted("events", events, "population", positive("population", population))
    at_most("events", events, "population", population)
    tail = (1 - share("confidence", confidence)) / 2
    mean = events.sum() / population.sum()
    variance = _beta_moments(events, population, mean)
    if one_of("estimator", estimator, ESTIMATORS) == "likelihood":
        mean, variance = _beta_likelihood(events, population, mean, variance)
    if variance == 0:
        total, rest = events.sum(), (population - events).sum()
        lower = beta.ppf(tail, total, rest + 1) if total else 0.0
        upper = beta.isf(tail, total + 1, rest) if rest else 1.0
        return _at_mean(events.size, mean, lower, upper, f"beta {estimator}")
    strength = mean * (1 - mean) / variance - 1
    first, second = mean * strength + events, (1 - mean) * strength + population - events
    value, weight = first / (first + second), population / (population + strength)
    bounds = _holding(value, beta.ppf(tail, first, second), beta.isf(tail, first, second))
    return Shrunk(value, weight, *bounds, float(mean), float(variance), f"beta {estimator}")


def normal_normal(value: ArrayLike, error: ArrayLike, confidence: float = 0.95) -> Shrunk:
    """Values of known standard error, true values following a normal distribution (log ratios, means…).

    The variance between units is the moment estimate of DerSimonian and Laird; it is then taken as known.

    References
    ----------
    DerSimonian R, Laird N (1986), Control Clin Trials 7:177-188. Morris CN (1983), J Am Stat Assoc 78:47-55.

    Examples
    --------
    >>> found = normal_normal([0, 10, 20], [1, 1, 1])
    >>> found.value.round(1).tolist(), found.variance
    ([0.1, 10.0, 19.9], 99.0)
    """
    from scipy.stats import norm

    value, error = numbers("value", value), positive("error", error)
    at_least("value", value, MIN_UNITS)
    same_length(value=value, error=error)
    value, error = np.broadcast_arrays(value, error)
    z = norm.isf((1 - share("confidence", confidence)) / 2)
    weight = 1 / error**2
    fixed = weight @ value / weight.sum()
    beyond_chance = weight @ (value - fixed) ** 2 - (value.size - 1)
    variance = float(max(0.0, beyond_chance / (weight.sum() - (weight @ weight) / weight.sum())))
    if variance == 0:
        spread = z / np.sqrt(weight.sum())
        return _at_mean(value.size, fixed, fixed - spread, fixed + spread, "normal moments")
    precision = 1 / (error**2 + variance)
    mean = precision @ value / precision.sum()
    kept = variance * precision
    shrunk, spread = kept * value + (1 - kept) * mean, z * error * np.sqrt(kept)
    return Shrunk(shrunk, kept, shrunk - spread, shrunk + spread, float(mean), variance, "normal moments")


def _counted(name: str, events: ArrayLike, other: str, size: Floats) -> tuple[Floats, Floats]:
    events = counts(name, events)
    at_least(name, events, MIN_UNITS)
    same_length(**{name: events, other: size})
    return tuple(np.broadcast_arrays(events, size))


def _at_mean(units: int, mean: float, lower: float, upper: float, variant: str) -> Shrunk:
    value, low, high = (np.full(units, float(one)) for one in (mean, lower, upper))
    return Shrunk(value, np.zeros(units), low, high, float(mean), 0.0, variant)


def _holding(value: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The bounds, widened where a distribution piled up at one end has its mean outside its central part."""
    return np.minimum(lower, value), np.maximum(upper, value)


def _gamma_moments(observed: Floats, expected: Floats, mean: float) -> float:
    """Variance of the ratios weighted by expected events, less what chance adds (Marshall's)."""
    spread = expected @ (observed / expected - mean) ** 2 / expected.sum()
    return float(max(0.0, spread - mean / expected.mean()))


def _gamma_likelihood(observed: Floats, expected: Floats, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of the gamma prior of greatest likelihood; the given mean and 0 where that is no dispersion."""
    from scipy.special import digamma, gammaln

    fitted = mean * expected
    if np.sum((observed - fitted) ** 2 - observed) <= 0:  # the likelihood falls as soon as the variance leaves 0
        return mean, 0.0

    def less(logs: Floats) -> tuple[float, Floats]:
        shape, rate = np.exp(logs)
        whole = rate + expected
        likelihood = gammaln(observed + shape) - gammaln(shape) + shape * np.log(rate / whole)
        likelihood -= observed * np.log(whole)
        by_shape = digamma(observed + shape) - digamma(shape) + np.log(rate / whole)
        by_rate = shape / rate - (observed + shape) / whole
        return -likelihood.sum(), -np.array([shape * by_shape.sum(), rate * by_rate.sum()])

    variance = variance if variance > 0 else mean / expected.max()
    shape, rate = _greatest(less, mean**2 / variance, mean / variance)
    flat = rate > FLAT * expected.max()
    return (mean, 0.0) if flat else (shape / rate, shape / rate**2)


def _beta_moments(events: Floats, population: Floats, mean: float) -> float:
    """Variance of the proportions weighted by population, less what chance adds (Kleinman's)."""
    spread = population @ (events / population - mean) ** 2
    by_chance = mean * (1 - mean) * (population.size - 1)
    informative = population.sum() - (population @ population) / population.sum() - (population.size - 1)
    if informative <= 0:  # one person per unit tells nothing of the spread between units
        return 0.0
    variance = (spread - by_chance) / informative
    most = mean * (1 - mean)  # reached when every unit is at 0 or 1
    return float(np.clip(variance, 0.0, most * (1 - 1e-9)))


def _beta_likelihood(events: Floats, population: Floats, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of the beta prior of greatest likelihood; the given mean and 0 where that is no dispersion."""
    from scipy.special import betaln, digamma

    others = population - events
    fitted = mean * population
    extra = (events - fitted) ** 2 - population * mean * (1 - mean)
    if not 0 < mean < 1 or np.sum(extra) <= 0:
        return mean, 0.0

    def less(logs: Floats) -> tuple[float, Floats]:
        first, second = np.exp(logs)
        likelihood = betaln(events + first, others + second) - betaln(first, second)
        whole = digamma(first + second) - digamma(population + first + second)
        by_first = digamma(events + first) - digamma(first) + whole
        by_second = digamma(others + second) - digamma(second) + whole
        return -likelihood.sum(), -np.array([first * by_first.sum(), second * by_second.sum()])

    variance = variance if variance > 0 else mean * (1 - mean) / (population.max() + 1)
    strength = max(mean * (1 - mean) / variance - 1, 1e-6)
    first, second = _greatest(less, mean * strength, (1 - mean) * strength)
    strength, mean_found = first + second, first / (first + second)
    if strength > FLAT * population.max():
        return mean, 0.0
    return mean_found, mean_found * (1 - mean_found) / (strength + 1)


def _greatest(less, *start: float) -> Floats:
    """The two positive numbers that make a function smallest, sought on their logarithms."""
    from scipy.optimize import minimize

    scale = abs(less(np.log(start))[0]) or 1.0
    found = minimize(
        lambda logs: tuple(part / scale for part in less(logs)),
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-30, 40)] * 2,
        options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 1000},
    )
    if not np.all(np.isfinite(found.x)):
        raise ArgumentError("estimator : la vraisemblance n’a pas de maximum, utiliser moments.")
    return np.exp(found.x)
