"""Units against a target, given how little some of them observe: four families of funnel limits.

Proportions (score limits), ratios of observed to expected and rates (each unit's own Poisson interval),
and exact limits, binomial or Poisson. Over-dispersed units: `overdispersion`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import (
    Floats,
    at_least,
    at_most,
    counts,
    maybe_missing,
    numbers,
    positive,
    refuse,
    same_length,
)

TAILS = (0.001, 0.025, 0.975, 0.999)  # two limits of 95 % within two of 99.8 %
EXACT_BELOW = 10  # events; Byar's approximation is used from here
LOW_998, LOW_95, INSIDE, HIGH_95, HIGH_998 = "low_998", "low_95", "inside", "high_95", "high_998"
UNTESTED = "untested"  # too few events for a standardised rate


class Limits(NamedTuple):
    """Limits of 95 % and of 99.8 %, from the lowest to the highest."""

    lower_998: Floats
    lower_95: Floats
    upper_95: Floats
    upper_998: Floats


class Funnel(NamedTuple):
    """Values of units, the target, and where each unit stands.

    `limits` surround the target when they are a funnel's (proportions, exact families); for a ratio or a
    rate they are the unit's own interval, and the unit is outside when the target is not in it.
    """

    value: Floats
    target: float
    limits: Limits
    position: NDArray[np.str_]
    variant: NDArray[np.str_] | str


def proportion_funnel(events: ArrayLike, population: ArrayLike, target: float | None = None) -> Funnel:
    """Shares against a common share (the pooled one unless given), with `proportion_limits`.

    Examples
    --------
    >>> proportion_funnel([5, 40, 10], [100, 100, 100]).position
    array(['low_998', 'high_998', 'low_95'], dtype='<U8')
    """
    events, population, target = _proportions(events, population, target)
    limits = proportion_limits(target, population)
    return Funnel(events / population, target, limits, _position(events / population, limits), "inverted wilson")


def proportion_limits(target: float, population: ArrayLike) -> Limits:
    """Shares whose Wilson interval just touches the target, for each population; kept within 0 and 1.

    The Wilson interval of a share p ends at the target when (p - target)² = z² target(1 - target)/n:
    the limits are thus the score limits, and need no root to be sought.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209-212. Spiegelhalter DJ (2005), Stat Med 24:1185-1202.

    Examples
    --------
    >>> [float(x[0].round(3)) for x in proportion_limits(0.2, [100])]
    [0.076, 0.122, 0.278, 0.324]
    """
    population = positive("population", population)
    spread = np.sqrt(_unit("target", target) * (1 - target) / population)
    return Limits(*(np.clip(target + z * spread, 0, 1) for z in normal_quantiles()))


def ratio_funnel(observed: ArrayLike, expected: ArrayLike, target: float = 1.0) -> Funnel:
    """Ratios of observed to expected events against a target, by each unit's own interval.

    Exact Poisson limits below ten events, Byar's from ten, as `variant` says unit by unit.

    References
    ----------
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 69.

    Examples
    --------
    >>> found = ratio_funnel([2, 30], [10, 25])
    >>> found.position.tolist(), found.variant.tolist()
    (['low_95', 'inside'], ['exact', 'byar'])
    """
    observed, expected = counts("observed", observed), positive("expected", expected)
    same_length(observed=observed, expected=expected)
    observed, expected = np.broadcast_arrays(observed, expected)
    at_least("observed", observed, 1)
    return _against(observed, expected, _above_zero("target", target))


def rate_funnel(
    events: ArrayLike,
    rate: ArrayLike,
    per: float,
    *,
    target: float | None = None,
    population: ArrayLike | None = None,
    standardised: bool = True,
) -> Funnel:
    """Rates per `per` inhabitants against a common rate, each on the population that its rate implies.

    That population is `per` × events / rate; with no event, `population` (NaN unless given). The target,
    in events per inhabitant, is the pooled rate unless given (`pooled_rate`). A directly standardised rate
    of fewer than ten events is not tested. Values, limits and target are in events per inhabitant.

    Examples
    --------
    >>> rate_funnel([200, 90, 4], [250.0, 90.0, 60.0], 1000).position.tolist()
    ['high_998', 'low_998', 'untested']
    """
    events, implied = _implied(events, rate, per, population)
    target = _pooled(events, implied) if target is None else _above_zero("target", target)
    found = _against(events, implied, target)
    tested = np.isfinite(implied) & ((events >= EXACT_BELOW) | (not standardised))
    return found._replace(position=np.where(tested, found.position, UNTESTED))


def pooled_rate(events: ArrayLike, rate: ArrayLike, per: float, population: ArrayLike | None = None) -> float:
    """Events per inhabitant of all units together, on the populations that their rates imply.

    Examples
    --------
    >>> pooled_rate([10, 30], [100.0, 300.0], 1000)
    0.2
    """
    return _pooled(*_implied(events, rate, per, population))


class AtPooledRate(NamedTuple):
    """Events per inhabitant of all units together, and the events that each would have at that rate."""

    target: float
    expected: Floats


def at_pooled_rate(events: ArrayLike, rate: ArrayLike, per: float, population: ArrayLike | None = None) -> AtPooledRate:
    """Rates, crude or standardised, turned into events against those of the pooled rate.

    Events over expected events are then the rate over the pooled one, so that the methods on ratios
    (`overdispersion`, `shrinkage.poisson_gamma`) serve for rates. The arguments are those of `rate_funnel`.

    Examples
    --------
    >>> at_pooled_rate([10, 30], [100.0, 300.0], 1000).expected
    array([20., 20.])
    """
    events, implied = _implied(events, rate, per, population)
    target = _pooled(events, implied)
    return AtPooledRate(target, target * implied)


def binomial_funnel(events: ArrayLike, population: ArrayLike, target: float | None = None) -> Funnel:
    """Shares against a common share, with `binomial_limits`."""
    events, population, target = _proportions(events, population, target)
    limits = Limits(*binomial_limits(target, population))
    return Funnel(events / population, target, limits, _position(events / population, limits), "exact binomial")


def poisson_funnel(observed: ArrayLike, expected: ArrayLike, target: float = 1.0) -> Funnel:
    """Ratios of observed to expected events against a target, with `poisson_limits`."""
    observed, expected = counts("observed", observed), positive("expected", expected)
    same_length(observed=observed, expected=expected)
    limits, value = Limits(*poisson_limits(target, expected)), observed / expected
    return Funnel(value, float(target), limits, _position(value, limits), "exact poisson")


def binomial_limits(target: float, population: ArrayLike, tails: ArrayLike = TAILS) -> Floats:
    """Exact binomial funnel limits, interpolated between whole numbers of events; one row per tail.

    The interpolation makes them the smooth curves of a funnel; they are kept within 0 and 1.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, appendix A.1.

    Examples
    --------
    >>> binomial_limits(0.15, [300], [0.025, 0.975]).round(3).tolist()
    [[0.109], [0.19]]
    """
    from scipy.stats import binom

    population, tails = positive("population", population), _tails(tails)
    refuse("population", population % 1 != 0, "un nombre entier est attendu")
    sizes, place = np.unique(population, return_inverse=True)
    limits = _interpolated(binom(sizes, _unit("target", target)), tails) / sizes
    return np.clip(limits, 0, 1)[:, place]


def poisson_limits(target: float, expected: ArrayLike, tails: ArrayLike = TAILS) -> Floats:
    """Exact Poisson funnel limits of a ratio, interpolated; one row per tail, none below 0.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, appendix A.1.

    Examples
    --------
    >>> poisson_limits(1.0, [30], [0.025, 0.975]).round(3).tolist()
    [[0.641], [1.357]]
    """
    from scipy.stats import poisson

    expected, tails = positive("expected", expected), _tails(tails)
    sizes, place = np.unique(expected, return_inverse=True)
    limits = _interpolated(poisson(sizes * _above_zero("target", target)), tails) / sizes
    return np.maximum(limits, 0)[:, place]


def ratio_curve(events: ArrayLike) -> Limits:
    """For the chart of a ratio funnel: the ratio, at so many observed events, whose exact interval touches 1.

    The curve's abscissa is events / ratio, the expected events. Every count must be above zero.

    Examples
    --------
    >>> [float(x[0].round(3)) for x in ratio_curve([10])]
    [0.414, 0.544, 2.085, 3.378]
    """
    events = positive("events", events)
    return Limits(*(events / bound for bound in _exact_bounds(events)[::-1]))


def curve_points(sizes: ArrayLike, points: int = 100) -> Floats:
    """Abscissas of a funnel's curves: whole numbers, closer where small, up to just beyond the largest unit.

    The curves start at 1 when the largest unit is more than twice the smallest, and end 5 % above the
    largest, rounded to two digits.

    Examples
    --------
    >>> curve_points([40, 1397])[[0, 9, 49, 99]].tolist()
    [1.0, 10.0, 98.0, 1500.0]
    """
    sizes = positive("sizes", sizes)
    at_least("sizes", sizes, 1)
    smallest, largest = sizes.min(), sizes.max()
    start = 0.0 if largest > 2 * smallest else _rounded(np.floor, smallest * 0.95, 1)
    end, found = _rounded(np.ceil, largest * 1.05, 2), [max(1.0, start)]
    for left in range(points - 1, 0, -1):
        found.append(max(np.round((end / found[-1]) ** (1 / left) * found[-1]), found[-1] + 1))
    return np.array(found)


def normal_quantiles() -> Floats:
    """Standard normal quantiles of the four limits, from the lowest to the highest."""
    from scipy.stats import norm

    return norm.ppf(TAILS)


def _proportions(events: ArrayLike, population: ArrayLike, target: float | None) -> tuple[Floats, Floats, float]:
    events, population = counts("events", events), positive("population", population)
    at_least("events", events, 1)
    same_length(events=events, population=population)
    events, population = np.broadcast_arrays(events, population)
    at_most("events", events, "population", population)
    pooled = events.sum() / population.sum()
    return events, population, float(pooled if target is None else _unit("target", target))


def _implied(events: ArrayLike, rate: ArrayLike, per: float, population: ArrayLike | None) -> tuple[Floats, Floats]:
    """The events, and the population that each rate implies."""
    events, rate = counts("events", events), maybe_missing("rate", rate)
    at_least("events", events, 1)
    _above_zero("per", per)
    given = np.full(events.size, np.nan) if population is None else positive("population", population)
    same_length(events=events, rate=rate, population=given)
    events, rate, given = np.broadcast_arrays(events, rate, given)
    some = events > 0
    refuse("rate", some & ~((rate > 0) & np.isfinite(rate)), "un taux supérieur à zéro est attendu")
    return events, np.where(some, per * events / np.where(some, rate, 1.0), given)


def _pooled(events: Floats, implied: Floats) -> float:
    if not np.nansum(implied) > 0:
        raise ArgumentError("events : aucun évènement, le taux commun ne peut être calculé.")
    return float(events.sum() / np.nansum(implied))


def _against(events: Floats, size: Floats, target: float) -> Funnel:
    """Each unit's interval of events / size; the unit is high when all of the interval is above the target."""
    limits = Limits(*(bound / size for bound in _event_bounds(events)))
    chosen = [limits.lower_998 > target, limits.lower_95 > target, limits.upper_998 < target, limits.upper_95 < target]
    position = np.select(chosen, [HIGH_998, HIGH_95, LOW_998, LOW_95], INSIDE)
    return Funnel(events / size, target, limits, position, np.where(events < EXACT_BELOW, "exact", "byar"))


def _position(value: Floats, limits: Limits) -> NDArray[np.str_]:
    chosen = [value < limits.lower_998, value < limits.lower_95, value > limits.upper_998, value > limits.upper_95]
    return np.select(chosen, [LOW_998, LOW_95, HIGH_998, HIGH_95], INSIDE)


def _event_bounds(events: Floats) -> list[Floats]:
    """Bounds of the mean of a Poisson count, from the lowest to the highest: exact below ten, Byar's from ten."""
    few, found = events < EXACT_BELOW, []
    for z, exact in zip(normal_quantiles(), _exact_bounds(events[few]), strict=True):
        count = np.maximum(events if z < 0 else events + 1, 1)  # not used at 0: any count that divides
        bound = count * (1 - 1 / (9 * count) + z / (3 * np.sqrt(count))) ** 3
        bound[few] = exact
        found.append(bound)
    return found


def _exact_bounds(events: Floats) -> list[Floats]:
    from scipy.stats import chi2

    low, high = TAILS[:2], TAILS[2:]
    below = [np.where(events == 0, 0.0, chi2.ppf(tail, 2 * np.maximum(events, 1)) / 2) for tail in low]
    return below + [chi2.ppf(tail, 2 * events + 2) / 2 for tail in high]


def _interpolated(counted, tails: Floats) -> Floats:
    """Quantiles r - (P(R <= r) - p) / P(R = r) of a distribution of counts, r the smallest with P(R <= r) >= p."""
    tails = tails[:, np.newaxis]
    whole = counted.ppf(tails)
    return whole - (counted.cdf(whole) - tails) / counted.pmf(whole)


def _tails(tails: ArrayLike) -> Floats:
    tails = numbers("tails", tails)
    refuse("tails", (tails <= 0) | (tails >= 1), "un nombre entre 0 et 1 est attendu")
    return tails


def _unit(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ArgumentError(f"{name} : une proportion de 0 à 1 est attendue, {value} donné.")
    return value


def _above_zero(name: str, value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ArgumentError(f"{name} : un nombre supérieur à zéro est attendu, {value} donné.")
    return float(value)


def _rounded(towards, value: float, digits: int) -> float:
    """The whole number next to the value, then rounded the same way to so many digits."""
    unit = 10.0 ** (len(str(int(towards(value)))) - digits)
    return float(towards(value / unit) * unit)
