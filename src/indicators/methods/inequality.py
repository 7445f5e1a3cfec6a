"""How a measure follows social rank: slope and relative index of inequality, concentration index."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import (
    Floats,
    at_least,
    counts,
    numbers,
    one_of,
    positive,
    refuse,
    same_length,
    share,
)

MIN_GROUPS = 5  # a slope through fewer groups says little
DRAWS, SEED = 100_000, 20150401


class SlopeIndex(NamedTuple):
    """Gap (`sii`) and ratio (`rii`) between the two ends of the social scale, and the line at its start."""

    sii: float
    sii_lower: float
    sii_upper: float
    rii: float
    rii_lower: float
    rii_upper: float
    intercept: float
    variant: str


class Concentration(NamedTuple):
    """From -1 (all at the bottom of the ranking) to 1 (all at its top)."""

    index: float
    erreygers: float
    wagstaff: float
    variant: str


def _same(values: Floats) -> Floats:
    return values


def _logit(values: Floats) -> Floats:
    return np.log(values / (1 - values))


def _logistic(values: Floats) -> Floats:
    return 1 / (1 + np.exp(-values))


Scale = Callable[[Floats], Floats]
SCALES: dict[str, tuple[Scale, Scale]] = {
    "continuous": (_same, _same),
    "rate": (np.log, np.exp),
    "proportion": (_logit, _logistic),
}


def slope_index(
    quantile: ArrayLike,
    value: ArrayLike,
    population: ArrayLike,
    error: ArrayLike,
    kind: str = "continuous",
    *,
    transform: bool = False,
    multiplier: float = 1.0,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> SlopeIndex:
    """Slope and relative index of inequality: the line through the groups, from the first to the last person.

    `quantile` ranks the groups (1 = most deprived, say); each stands at the middle of its share of the
    population, and weighs that share. `error` is the standard error of the value, on the log scale for a
    rate and the logit scale for a proportion (`standard_error`). With `transform` the line itself is drawn
    on that scale. `multiplier` applies to the gap; a negative one turns the scale round, and the ratio with
    it. The intercept stays in the unit of the values.

    The limits are quantiles of simulated lines, from a fixed seed: the same call gives the same limits.
    A rate of zero, or a proportion of 0 or 1, has no logarithm and is refused, as are fewer than five groups.

    References
    ----------
    Mackenbach JP, Kunst AE (1997), Soc Sci Med 44:757-771.
    Low A, Low A (2004), J Public Health 26:388-395.

    Examples
    --------
    >>> found = slope_index([1, 2, 3, 4, 5], [70, 72, 74, 76, 78], [100] * 5, [0.5] * 5)
    >>> round(found.sii, 2), round(found.intercept, 2), round(found.rii, 3)
    (10.0, 69.0, 1.145)
    """
    quantile, value, population, error = _groups(quantile, value, population, error)
    to_scale, from_scale = SCALES[one_of("kind", kind, SCALES)]
    _check_scale("value", value, kind)
    if transform and kind == "continuous":
        raise ArgumentError("transform : n’a de sens que pour kind = rate ou proportion.")
    tail = (1 - share("confidence", confidence)) / 2
    if multiplier == 0 or not np.isfinite(multiplier):
        raise ArgumentError(f"multiplier : un nombre autre que zéro est attendu, {multiplier} donné.")
    noise = np.random.default_rng(seed).standard_normal((draws, value.size))
    on_scale, simulated = to_scale(value), to_scale(value) + error * noise
    if transform:
        ends, drawn = (map(from_scale, _ends(lines, population)) for lines in (on_scale, simulated))
    else:
        ends, drawn = _ends(value, population), _ends(from_scale(simulated), population)
    (low, gap, ratio), (_, gaps, ratios) = _indices(*ends, multiplier), _indices(*drawn, multiplier)
    gap_limits, ratio_limits = (np.quantile(many, [tail, 1 - tail]).tolist() for many in (gaps, ratios))
    drawn_on = {"continuous": "linear", "rate": "log", "proportion": "logit"}[kind] if transform else "linear"
    return SlopeIndex(float(gap), *gap_limits, float(ratio), *ratio_limits, float(low), drawn_on)


def standard_error(lower: ArrayLike, upper: ArrayLike, kind: str = "continuous", confidence: float = 0.95) -> Floats:
    """Standard error that confidence limits imply, on the scale of the kind (log of a rate, logit of a proportion).

    Examples
    --------
    >>> standard_error([8.04], [11.96]).round(2)
    array([1.])
    """
    from scipy.stats import norm

    lower, upper = numbers("lower", lower), numbers("upper", upper)
    same_length(lower=lower, upper=upper)
    refuse("lower", lower > upper, "ne peut dépasser upper")
    to_scale, _ = SCALES[one_of("kind", kind, SCALES)]
    for name, limits in (("lower", lower), ("upper", upper)):
        _check_scale(name, limits, kind)
    z = norm.ppf(0.5 + share("confidence", confidence) / 2)
    return (to_scale(upper) - to_scale(lower)) / (2 * z)


def concentration_index(
    value: ArrayLike, rank_by: ArrayLike, weight: ArrayLike = 1.0, bounds: tuple[float, float] = (0.0, 1.0)
) -> Concentration:
    """Concentration index of a value along a ranking, with its two corrections for a bounded value.

    Units with the same `rank_by` share the middle of their ranks. NaN where the mean is zero; the
    corrections are NaN where a value is outside `bounds` (0 and 1: a share).

    References
    ----------
    O'Donnell O, van Doorslaer E, Wagstaff A, Lindelow M (2008), Analyzing health equity, World Bank, ch. 8.
    Wagstaff A (2005), Health Econ 14:429-432. Erreygers G (2009), J Health Econ 28:504-515.

    Examples
    --------
    >>> round(concentration_index([0.4, 0.3, 0.2, 0.1], [1, 2, 3, 4]).index, 2)
    -0.25
    """
    value, rank_by, weight = counts("value", value), numbers("rank_by", rank_by), positive("weight", weight)
    at_least("value", value, 1)
    same_length(value=value, rank_by=rank_by, weight=weight)
    value, rank_by, weight = np.broadcast_arrays(value, rank_by, weight)
    weight = weight / weight.sum()
    _, place = np.unique(rank_by, return_inverse=True)
    mass = np.bincount(place, weights=weight)
    middle = np.cumsum(mass) - mass / 2
    mean, (low, high) = weight @ value, bounds
    index = 2 * (weight @ (value * middle[place])) / mean - 1 if mean > 0 else np.nan
    if np.any((value < low) | (value > high)) or not low < mean < high:
        return Concentration(float(index), np.nan, np.nan, "ridit")
    width = high - low
    erreygers = 4 * mean * index / width
    wagstaff = width * mean * index / ((high - mean) * (mean - low))
    return Concentration(float(index), float(erreygers), float(wagstaff), "ridit")


def _groups(quantile: ArrayLike, value: ArrayLike, population: ArrayLike, error: ArrayLike) -> list[Floats]:
    """The groups in the order of their quantile."""
    quantile, value = numbers("quantile", quantile), numbers("value", value)
    population, error = positive("population", population), counts("error", error)
    at_least("quantile", quantile, MIN_GROUPS)
    same_length(quantile=quantile, value=value, population=population, error=error)
    arrays = np.broadcast_arrays(quantile, value, population, error)
    order = np.argsort(quantile, kind="stable")
    repeated = np.zeros(quantile.size, dtype=bool)
    repeated[order[1:]] = np.diff(quantile[order]) == 0
    refuse("quantile", repeated, "le même groupe figure deux fois")
    return [array[order] for array in arrays]


def _check_scale(name: str, values: Floats, kind: str) -> None:
    if kind == "rate":
        refuse(name, values <= 0, "un taux supérieur à zéro est attendu")
    elif kind == "proportion":
        refuse(name, (values <= 0) | (values >= 1), "une proportion strictement entre 0 et 1 est attendue")


def _ends(values: Floats, population: Floats) -> tuple[Floats, Floats]:
    """Heights at 0 and 1 of the weighted least-squares line; one line per row of `values`."""
    weight = population / population.sum()
    centred = np.cumsum(weight) - weight / 2 - 0.5  # the weighted mean of the middles is always 1/2
    slope = values @ (weight * centred / np.sum(weight * centred**2))
    low = values @ weight - slope / 2
    return low, low + slope


def _indices(low: Floats, high: Floats, multiplier: float) -> tuple[Floats, Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = high / low if multiplier > 0 else low / high
    return low, multiplier * (high - low), ratio
