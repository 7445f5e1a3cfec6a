"""Events per inhabitants, and the Poisson limits of a count."""

import numpy as np
from numpy.typing import ArrayLike

from indicators.methods.arguments import Floats, counts, one_of, positive, same_length, share
from indicators.methods.estimates import Estimate

EXACT_BELOW = 10  # events; Byar's approximation is used from here
VARIANTS = ("byar_exact", "byar", "exact", "rothman")


def count_limits(events: ArrayLike, confidence: float = 0.95, variant: str = "byar_exact") -> Estimate:
    """A count with the limits of its Poisson mean.

    `exact` is Garwood's interval, `byar` the approximation of Byar, `byar_exact` the first below ten
    events and the second from ten (the variant of each element is named), and `rothman` the form of
    Byar's that adds a half to the count for both limits. Where an approximation goes below zero its
    lower limit is missing; `exact` gives 0 for no event. Counts need not be whole numbers.

    References
    ----------
    Garwood F (1936), Biometrika 28:437-442.
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 69.
    Rothman KJ, Boice JD (1979), Epidemiologic analysis with a programmable calculator, NIH, p. 29-31.

    Examples
    --------
    >>> limits = count_limits([2.0, 65.0])
    >>> limits.lower.round(2), limits.upper.round(2), limits.variant.tolist()
    (array([ 0.24, 50.16]), array([ 7.22, 82.85]), ['exact', 'byar'])
    """
    one_of("variant", variant, VARIANTS)
    events, confidence = counts("events", events), share("confidence", confidence)
    if variant == "exact":
        return Estimate(events, *_exact(events, confidence), variant)
    if variant == "byar":
        return Estimate(events, *_byar(events, events + 1, confidence), variant)
    if variant == "rothman":
        return Estimate(events, *_byar(events + 0.5, events + 0.5, confidence), variant)
    few = events < EXACT_BELOW
    both = zip(_exact(events, confidence), _byar(events, events + 1, confidence), strict=True)
    lower, upper = (np.where(few, exact, byar) for exact, byar in both)
    return Estimate(events, lower, upper, np.where(few, "exact", "byar"))


def rate(
    events: ArrayLike,
    population: ArrayLike,
    per: float = 1.0,
    confidence: float = 0.95,
    variant: str = "byar_exact",
) -> Estimate:
    """Events per `per` inhabitants, with the limits of the count (see `count_limits`).

    The population is taken as known, above zero; it may be smaller than the events, as person-years are.

    References
    ----------
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 69.

    Examples
    --------
    >>> [round(float(x[0]), 2) for x in rate([25.0], [1000.0], per=1000)[:3]]
    [25.0, 16.17, 36.91]
    """
    population = positive("population", population)
    limits = count_limits(events, confidence, variant)
    same_length(events=limits.value, population=population)
    scale = positive("per", per) / population
    return Estimate(limits.value * scale, limits.lower * scale, limits.upper * scale, limits.variant)


def _exact(events: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy.stats import chi2

    tail = (1 - confidence) / 2
    lower = chi2.ppf(tail, 2 * events) / 2  # NaN where no event
    return np.where(events == 0, 0.0, lower), chi2.ppf(1 - tail, 2 * (events + 1)) / 2


def _byar(below: Floats, above: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Wilson and Hilferty's cube of a normal, from the counts that stand for each limit."""
    from scipy.stats import norm

    z = norm.ppf(1 - (1 - confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = below * (1 - 1 / (9 * below) - z / (3 * np.sqrt(below))) ** 3
        upper = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return np.where(lower >= 0, lower, np.nan), upper
