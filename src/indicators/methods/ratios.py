"""Two groups compared: the ratio of two rates, of two risks."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.methods.arguments import Floats, at_most, counts, one_of, positive, refuse, same_length, share

LIKE = 1 + 1e-7  # probabilities this close are held equal, as R and SciPy hold them
VARIANTS = ("exact", "exact_central", "midp", "wald")


class RateRatio(NamedTuple):
    """Arrays of one length; infinite where only the group of reference has no event."""

    value: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    variant: str


class RiskRatio(NamedTuple):
    """Arrays of one length: the ratio of the shares, their difference, Pearson's chi-square of the table."""

    value: Floats
    lower: Floats
    upper: Floats
    difference: Floats
    difference_lower: Floats
    difference_upper: Floats
    statistic: Floats
    p_value: Floats
    variant: str


def rate_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    confidence: float = 0.95,
    variant: str = "exact",
) -> RateRatio:
    """Rate of a group over that of a group of reference, with its interval and two-sided p-value.

    Given the events of both, those of the first are binomial. `exact`: Clopper and Pearson's interval, p by
    minimum likelihood; `exact_central`: the same interval, twice the smaller tail; `midp`: half of the
    observed probability in each tail, and the median-unbiased ratio instead of the plain one; `wald`: normal
    on the logarithm, no interval where a group has no event. The first three want whole numbers. Where
    neither group has an event the ratio is NaN and, but for `wald`, its interval goes from 0 to infinity.

    References
    ----------
    Przyborowski J, Wilenski H (1940), Biometrika 31:313-323.
    Rothman KJ, Greenland S (1998), Modern epidemiology, 2nd ed., p. 234-239.

    Examples
    --------
    >>> [round(float(x[0]), 2) for x in rate_ratio([41], [28010], [15], [19017])[:4]]
    [1.86, 1.01, 3.61, 0.04]
    """
    one_of("variant", variant, VARIANTS)
    groups = _groups(events, population, reference_events, reference_population)
    if variant != "wald":
        for name in ("events", "reference_events"):
            refuse(name, groups[name] % 1 != 0, "un nombre entier est attendu")
    events, population, reference_events, reference_population = np.broadcast_arrays(*groups.values())
    weight = reference_population / population
    method = {"exact": _exact, "exact_central": _exact, "midp": _midp, "wald": _wald}[variant]
    value, lower, upper = method(events, reference_events, weight, share("confidence", confidence))
    tested = {"exact": _likelihood_p, "exact_central": _central_p, "midp": _midp_p, "wald": _wald_p}[variant]
    return RateRatio(value, lower, upper, tested(events, reference_events, weight), variant)


def risk_ratio(
    events: ArrayLike,
    population: ArrayLike,
    reference_events: ArrayLike,
    reference_population: ArrayLike,
    confidence: float = 0.95,
) -> RiskRatio:
    """Share of a group over that of a group of reference, and their difference, both with Wald's interval.

    The interval of the ratio is normal on the logarithm, missing where a group has no event; the
    chi-square has no correction for continuity and is missing where nobody or everybody has the event.

    References
    ----------
    Katz D, Baptista J, Azen SP, Pike MC (1978), Biometrics 34:469-474.

    Examples
    --------
    >>> [round(float(x[0]), 3) for x in risk_ratio([30], [200], [18], [190])[:6]]
    [1.583, 0.914, 2.743, 0.055, -0.009, 0.12]
    """
    from scipy.stats import chi2
    from statsmodels.stats.proportion import confint_proportions_2indep

    groups = _groups(events, population, reference_events, reference_population)
    at_most("events", groups["events"], "population", groups["population"])
    at_most("reference_events", groups["reference_events"], "reference_population", groups["reference_population"])
    x1, n1, x0, n0 = groups = np.broadcast_arrays(*groups.values())
    alpha = 1 - share("confidence", confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = confint_proportions_2indep(*groups, compare="ratio", method="log", alpha=alpha)
        value, pooled = (x1 / n1) / (x0 / n0), (x1 + x0) / (n1 + n0)
        difference = x1 / n1 - x0 / n0
        statistic = difference**2 / (pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    apart = confint_proportions_2indep(*groups, compare="diff", method="wald", alpha=alpha)
    both = (x1 > 0) & (x0 > 0)
    lower, upper = np.where(both, lower, np.nan), np.where(both, upper, np.nan)
    apart = (np.clip(bound, -1, 1) for bound in apart)
    return RiskRatio(value, lower, upper, difference, *apart, statistic, chi2.sf(statistic, 1), "wald")


def _groups(
    events: ArrayLike, population: ArrayLike, reference_events: ArrayLike, reference_population: ArrayLike
) -> dict[str, Floats]:
    groups = {
        "events": counts("events", events),
        "population": positive("population", population),
        "reference_events": counts("reference_events", reference_events),
        "reference_population": positive("reference_population", reference_population),
    }
    same_length(**groups)
    return groups


# Below, `weight` is the reference population over the other one: rate ratio = weight × odds that an event
# is of the first group.


def _plain(events: Floats, reference_events: Floats, weight: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return weight * (events / reference_events)


def _exact(events: Floats, reference_events: Floats, weight: Floats, confidence: float) -> tuple[Floats, ...]:
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(events == 0, 0.0, beta.ppf(tail, events, reference_events + 1))
        high = np.where(reference_events == 0, 1.0, beta.ppf(1 - tail, events + 1, reference_events))
        return _plain(events, reference_events, weight), weight * low / (1 - low), weight * high / (1 - high)


def _midp(events: Floats, reference_events: Floats, weight: Floats, confidence: float) -> tuple[Floats, ...]:
    """The ratios at which the mid-P tail is the wanted one, found between 0 and 1 as a share of events."""
    from scipy.optimize.elementwise import find_root

    def share_at(wanted: float) -> Floats:
        def missed(share: Floats, events: Floats, reference_events: Floats) -> Floats:
            return _upper_midp(events, reference_events, share) - wanted

        start, end = np.zeros(events.shape), np.ones(events.shape)
        root = find_root(missed, (start, end), args=(events, reference_events)).x
        large, small = (missed(edge, events, reference_events) for edge in (start, end))
        # the tail grows with the share: it may be too large from 0 on, or too small up to 1
        return np.select([large >= 0, small <= 0], [0.0, 1.0], root)

    tail = (1 - confidence) / 2
    shares = [share_at(wanted) for wanted in (0.5, tail, 1 - tail)]
    shares[0] = np.where(events + reference_events > 0, shares[0], np.nan)
    with np.errstate(divide="ignore"):
        return tuple(weight * share / (1 - share) for share in shares)


def _upper_midp(events: Floats, reference_events: Floats, share: Floats) -> Floats:
    """Chance of more events in the first group than observed, and half that of as many."""
    from scipy.stats import binom

    total = events + reference_events
    return binom.sf(events, total, share) + binom.pmf(events, total, share) / 2


def _wald(events: Floats, reference_events: Floats, weight: Floats, confidence: float) -> tuple[Floats, ...]:
    from scipy.stats import norm

    value, error = _plain(events, reference_events, weight), _log_error(events, reference_events)
    spread = np.exp(norm.ppf((1 + confidence) / 2) * error)
    return value, value / spread, value * spread


def _log_error(events: Floats, reference_events: Floats) -> Floats:
    both = (events > 0) & (reference_events > 0)
    safe = [np.where(both, array, np.nan) for array in (events, reference_events)]
    return np.sqrt(1 / safe[0] + 1 / safe[1])


def _likelihood_p(events: Floats, reference_events: Floats, weight: Floats) -> Floats:
    """Chance of every split of the events that is not likelier than theirs: both tails, found by bisection."""
    from scipy.stats import binom

    share, total = 1 / (1 + weight), events + reference_events
    limit = binom.pmf(events, total, share) * LIKE
    mode = np.minimum(np.floor((total + 1) * share), total)
    alone = binom.pmf(mode, total, share) <= limit  # no split is likelier
    left = _last(lambda split: binom.pmf(split, total, share) <= limit, np.full(total.shape, -1.0), mode)
    right = _last(lambda back: binom.pmf(total - back, total, share) <= limit, np.full(total.shape, -1.0), total - mode)
    return np.where(alone, 1.0, binom.cdf(left, total, share) + binom.sf(total - right - 1, total, share))


def _last(holds: Callable[[Floats], NDArray[np.bool_]], start: Floats, end: Floats) -> Floats:
    """The last whole number from start, where something holds, before end, where it no longer does."""
    while np.any(end - start > 1):
        middle = np.floor((start + end) / 2)
        held = holds(middle)
        start, end = np.where(held, middle, start), np.where(held, end, middle)
    return start


def _central_p(events: Floats, reference_events: Floats, weight: Floats) -> Floats:
    from scipy.stats import binom

    share, total = 1 / (1 + weight), events + reference_events
    smaller = np.minimum(binom.cdf(events, total, share), binom.sf(events - 1, total, share))
    return np.minimum(1.0, 2 * smaller)


def _midp_p(events: Floats, reference_events: Floats, weight: Floats) -> Floats:
    upper = _upper_midp(events, reference_events, 1 / (1 + weight))
    return 2 * np.minimum(upper, 1 - upper)


def _wald_p(events: Floats, reference_events: Floats, weight: Floats) -> Floats:
    from scipy.stats import norm

    value = _plain(events, reference_events, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * norm.sf(np.abs(np.log(value)) / _log_error(events, reference_events))
