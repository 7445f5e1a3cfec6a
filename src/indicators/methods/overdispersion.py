"""Funnel limits when units differ by more than chance: multiplicative (phi) and additive (tau²) over-dispersion."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_least, at_most, counts, one_of, positive, refuse, same_length
from indicators.methods.funnels import TAILS, Limits, normal_quantiles

FAMILIES = ("proportion", "ratio_log", "ratio_sqrt", "ratio_sqrt_linear", "counts")
ADJUSTMENTS = ("winsorised", "truncated", "none")


class Dispersed(NamedTuple):
    """How far units are dispersed: z, the z that phi rests on (NaN: left out) and their number, phi, and tau²."""

    z: Floats
    z_used: Floats
    used: int
    phi: float
    tau2: float
    variant: str


class OverdispersedFunnel(NamedTuple):
    """Values, target and limits, without (`limits`) and with (`adjusted`) the variance between units."""

    value: Floats
    target: float
    dispersed: Dispersed
    limits: Limits
    adjusted: Limits
    outside_95: NDArray[np.bool_]
    outside_998: NDArray[np.bool_]
    variant: str


def dispersed(z: ArrayLike, error: ArrayLike, adjust: str = "winsorised", trim: float = 0.1) -> Dispersed:
    """Over-dispersion of z-scores once the extremes of each end are pulled in or left out.

    phi is the mean squared z; tau², on the scale of `error` (the standard errors behind the z), is the
    moment estimate of the variance between units, 0 when phi is what chance gives. `winsorised` sets the
    extreme `trim` of each end to its quantile; `truncated` leaves it out.

    References
    ----------
    Spiegelhalter DJ (2005), Qual Saf Health Care 14:347-351. DerSimonian R, Laird N (1986), Control Clin
    Trials 7:177-188. Spiegelhalter D, Sherlaw-Johnson C, Bardsley M et al. (2012), J R Stat Soc A 175:1-47.

    Examples
    --------
    >>> found = dispersed([-3, -1, 0, 1, 3], [0.1] * 5, adjust="none")
    >>> found.phi, round(found.tau2, 3)
    (4.0, 0.04)
    """
    z, error = np.asarray(z, dtype="float64"), positive("error", error)
    refuse("z", np.isnan(z), "valeur manquante")
    at_least("z", z, 2)
    same_length(z=z, error=error)
    used = _adjusted(z, one_of("adjust", adjust, ADJUSTMENTS), trim)
    kept = ~np.isnan(used)
    if not np.all(np.isfinite(used[kept])) or kept.sum() < 2:
        raise ArgumentError("z : trop de valeurs extrêmes, la dispersion ne peut être estimée.")
    phi = float(np.mean(used[kept] ** 2))
    return Dispersed(z, used, int(kept.sum()), phi, _between(phi, np.broadcast_to(error, z.shape)[kept]), adjust)


def overdispersed_funnel(
    numerator: ArrayLike,
    denominator: ArrayLike,
    family: str,
    adjust: str = "winsorised",
    trim: float = 0.1,
    multiplier: float = 1.0,
) -> OverdispersedFunnel:
    """Funnel whose limits hold a variance between units, each family on the scale where its z-scores are even.

    `proportion`: arcsine of the square root, pooled target. `ratio_log` and `ratio_sqrt`: observed over
    expected, logarithm or square root, target 1; a zero ratio has no logarithm and must fall in the
    truncated end. `ratio_sqrt_linear`: the same z, but limits 1 ± z × error as some published charts draw
    them: left on the scale of the square root, they are about half as wide, and may be below 0. `counts`:
    logarithm of the ratio of two counts, half an event added to each, pooled target, limits on 1/(4 ×
    denominator) as the variance within a unit.

    Limits without the variance between units are exact Poisson for the ratios and on the family's scale
    for the others. Values and limits are times `multiplier`, the target is not. No limit of a proportion
    goes beyond 0 or 1.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202; Spiegelhalter D, Sherlaw-Johnson C, Bardsley M et al.
    (2012), J R Stat Soc A 175:1-47.

    Examples
    --------
    >>> found = overdispersed_funnel([10, 30, 20, 40], [25, 25, 25, 25], "ratio_sqrt", "none")
    >>> round(found.dispersed.phi, 2), found.outside_95.tolist()
    (5.64, [False, False, False, False])
    """
    numerator, denominator = _events(numerator, denominator, one_of("family", family, FAMILIES))
    pooled = family in ("proportion", "counts")
    target = float(numerator.sum() / denominator.sum()) if pooled else 1.0
    if not target > 0:
        raise ArgumentError("numerator : aucun évènement, la cible ne peut être calculée.")
    z, error = _scores(numerator, denominator, family, target)
    found = dispersed(z, error, adjust, trim)
    value = multiplier * numerator / denominator
    adjusted = _limits(denominator, family, target, found.tau2, multiplier)
    plain = _exact_ratio(denominator, multiplier) if not pooled else _limits(denominator, family, target, 0, multiplier)
    outside_95 = (value < adjusted.lower_95) | (value > adjusted.upper_95)
    outside_998 = (value < adjusted.lower_998) | (value > adjusted.upper_998)
    return OverdispersedFunnel(value, target, found, plain, adjusted, outside_95, outside_998, f"{family} {adjust}")


def limits_at(denominator: ArrayLike, family: str, target: float, tau2: float = 0.0, multiplier: float = 1.0) -> Limits:
    """Limits of an over-dispersed funnel at any sizes, for the curves of its chart.

    `target` and `tau2` are those of the funnel (`overdispersed_funnel`); a `tau2` of 0 leaves chance alone.

    Examples
    --------
    >>> limits = limits_at([100, 400], "ratio_sqrt", 1.0)
    >>> limits.lower_95.round(2).tolist(), limits.upper_95.round(2).tolist()
    ([0.81, 0.9], [1.21, 1.1])
    """
    denominator = positive("denominator", denominator)
    return _limits(denominator, one_of("family", family, FAMILIES), target, tau2, multiplier)


def multiplicative_funnel(
    events: ArrayLike, population: ArrayLike, adjust: str = "winsorised", trim: float = 0.1
) -> OverdispersedFunnel:
    """Proportions whose limits are widened by the square root of phi, when phi is above 1.

    The z-scores are those of the plain proportion against the pooled one. The limits are not kept within
    0 and 1, so that their widening shows.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, section 4.

    Examples
    --------
    >>> found = multiplicative_funnel([5, 20, 35, 20], [100, 100, 100, 100], adjust="none")
    >>> round(found.dispersed.phi, 3), found.adjusted.upper_95.round(3)[0]
    (7.031, np.float64(0.408))
    """
    events, population = _events(events, population, "proportion")
    target = float(events.sum() / population.sum())
    if not 0 < target < 1:
        raise ArgumentError("events : aucun évènement, ou autant que de population ; la dispersion n’est pas définie.")
    error, value = np.sqrt(target * (1 - target) / population), events / population
    found = dispersed((value - target) / error, error, adjust, trim)
    widened = error * np.sqrt(max(1.0, found.phi))
    plain, adjusted = (Limits(*(target + z * width for z in normal_quantiles())) for width in (error, widened))
    outside_95 = (value < adjusted.lower_95) | (value > adjusted.upper_95)
    outside_998 = (value < adjusted.lower_998) | (value > adjusted.upper_998)
    return OverdispersedFunnel(
        value, target, found, plain, adjusted, outside_95, outside_998, f"multiplicative {adjust}"
    )


def _events(numerator: ArrayLike, denominator: ArrayLike, family: str) -> tuple[Floats, Floats]:
    numerator, denominator = counts("numerator", numerator), positive("denominator", denominator)
    at_least("numerator", numerator, 2)
    same_length(numerator=numerator, denominator=denominator)
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    if family == "proportion":
        at_most("numerator", numerator, "denominator", denominator)
    return numerator, denominator


def _adjusted(z: Floats, adjust: str, trim: float) -> Floats:
    if not 0 <= trim < 0.5:
        raise ArgumentError(f"trim : un nombre de 0 à 0,5 exclu est attendu, {trim} donné.")
    if adjust == "none" or trim == 0:
        return z
    if adjust == "winsorised":
        refuse("z", np.isinf(z), "valeur infinie, qu’un quantile ne peut remplacer")
        return np.clip(z, *np.quantile(z, [trim, 1 - trim]))
    from scipy.stats import rankdata

    # Units fall in 1/trim groups by rank, ties sharing theirs; the first and the last group are left out.
    group = np.floor(rankdata(z) / trim / (z.size + 1))
    return np.where((group > 0) & (group < 1 / trim - 1), z, np.nan)


def _between(phi: float, error: Floats) -> float:
    n, weight = error.size, 1 / error**2
    return max(0.0, float((n * phi - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())))


def _scores(numerator: Floats, denominator: Floats, family: str, target: float) -> tuple[Floats, Floats]:
    """z-scores on the family's scale, and their standard errors."""
    ratio, error = numerator / denominator, 1 / (2 * np.sqrt(denominator))
    if family == "proportion":
        return (np.arcsin(np.sqrt(ratio)) - np.arcsin(np.sqrt(target))) / error, error
    if family in ("ratio_sqrt", "ratio_sqrt_linear"):
        return (np.sqrt(ratio) - 1) / error, error
    if family == "ratio_log":
        with np.errstate(divide="ignore"):
            return np.log(ratio) / (2 * error), 2 * error
    error = np.sqrt(numerator / (numerator + 0.5) ** 2 + denominator / (denominator + 0.5) ** 2)
    return (np.log((numerator + 0.5) / (denominator + 0.5)) - np.log(target)) / error, error


def _limits(denominator: Floats, family: str, target: float, tau2: float, multiplier: float) -> Limits:
    within = 1 / denominator if family == "ratio_log" else 1 / (4 * denominator)
    spread = np.sqrt(within + tau2)
    return Limits(*(multiplier * _bound(family, target, z * spread) for z in normal_quantiles()))


def _bound(family: str, target: float, distance: Floats) -> Floats:
    if family == "proportion":  # past 0 or a right angle, the square of the sine would turn back
        return np.sin(np.clip(np.arcsin(np.sqrt(target)) + distance, 0, np.pi / 2)) ** 2
    if family == "ratio_sqrt":
        return np.maximum(1 + distance, 0) ** 2
    if family == "ratio_sqrt_linear":
        return 1 + distance
    return target * np.exp(distance)


def _exact_ratio(expected: Floats, multiplier: float) -> Limits:
    """Bounds of the mean of a Poisson count equal to the expected one, over it."""
    from scipy.stats import chi2

    degrees = (2 * expected, 2 * expected, 2 * expected + 2, 2 * expected + 2)
    # the tails of the four limits, and the degrees of freedom of their chi-squared
    return Limits(*(multiplier * chi2.ppf(tail, df) / 2 / expected for tail, df in zip(TAILS, degrees, strict=True)))
