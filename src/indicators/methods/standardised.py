"""Rates that age or sex no longer explains: direct and indirect standardisation, joined by the label of a stratum.

Events and populations are matrices of one row per stratum and one column per area, so that every
territory and month goes in one call; a vector is one area. The reference comes by label, as a mapping or
as couples (label, number): strata without a reference, or a reference repeated or of no stratum, are refused.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import SHOWN, Floats, columns, counts, one_of, positive, refuse, same_length, share
from indicators.methods.rates import EXACT_BELOW, count_limits

Reference = Mapping[Hashable, float] | Iterable[tuple[Hashable, float]]
DIRECT = ("dobson", "fay_feuer")
INDIRECT = ("byar_exact", "lognormal")
UNKNOWN = ("refuse", "zero", "drop")  # what becomes of a missing count


class Direct(NamedTuple):
    """One element per area; `events` and `population` are those of the strata that are not left out."""

    value: Floats
    lower: Floats
    upper: Floats
    crude: Floats
    events: Floats
    population: Floats
    variant: str


class Indirect(NamedTuple):
    """One element per area, but one rate of reference for all."""

    value: Floats
    lower: Floats
    upper: Floats
    observed: Floats
    expected: Floats
    reference_rate: float
    variant: str | NDArray[np.str_]


def by_label(name: str, strata: Sequence[Hashable], reference: Reference) -> Floats:
    """The numbers of a reference in the order of the strata.

    Examples
    --------
    >>> by_label("standard", ["0-64", "65+"], {"65+": 20.0, "0-64": 80.0})
    array([80., 20.])
    """
    couples = reference.items() if hasattr(reference, "items") else reference
    try:
        couples = [(label, number) for label, number in couples]
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} : des couples (strate, nombre) sont attendus, pas une liste de nombres.") from None
    labels = [label for label, _ in couples]
    _once("strata", strata)
    _once(name, labels)
    _none(f"{name} : strates sans nombre", [label for label in strata if label not in set(labels)])
    _none(f"{name} : nombres sans strate", [label for label in labels if label not in set(strata)])
    numbers = dict(couples)
    return np.array([numbers[label] for label in strata], dtype="float64")


def _once(name: str, labels: Iterable[Hashable]) -> None:
    _none(f"{name} : strates répétées", [label for label, times in Counter(labels).items() if times > 1])


def _none(rule: str, labels: Sequence[Hashable]) -> None:
    if labels:
        raise ArgumentError(f"{rule} ({', '.join(map(str, labels[:SHOWN]))}{', …' if len(labels) > SHOWN else ''}).")


def direct(
    strata: Sequence[Hashable],
    events: ArrayLike,
    population: ArrayLike,
    standard: Reference,
    per: float = 100_000.0,
    confidence: float = 0.95,
    variant: str = "dobson",
    missing: str = "refuse",
) -> Direct:
    """Rate per `per` that an area would have if its strata weighed as those of a standard population.

    `dobson` shifts Byar's limits of the total count and gives no number below ten events; `fay_feuer` gives
    gamma limits, valid for few events. A missing count is refused, taken as `zero` events, or its stratum is
    left out of the area and of the standard (`drop`). A stratum without population must weigh nothing.

    References
    ----------
    Dobson AJ, Kuulasmaa K, Eberle E, Scherer J (1991), Stat Med 10:457-462.
    Fay MP, Feuer EJ (1997), Stat Med 16:791-801.

    Examples
    --------
    >>> young_and_old = {"0-64": 80.0, "65+": 20.0}
    >>> found = direct(["0-64", "65+"], [10, 40], [1000, 500], young_and_old, per=1000)
    >>> [round(float(x[0]), 1) for x in found[:4]]
    [24.0, 17.5, 32.1, 33.3]
    """
    one_of("variant", variant, DIRECT)
    share("confidence", confidence)
    weights = _weights(strata, standard)
    events, population, weights = _cells(events, population, weights, missing)
    burden = _burden(weights, population)
    value, variance = (burden * events).sum(axis=0), (burden**2 * events).sum(axis=0)
    total = events.sum(axis=0)
    if variant == "dobson":
        bounds = _dobson(value, variance, total, confidence)
    else:
        bounds = value, *_fay_feuer(value, variance, burden.max(axis=0, initial=0.0), confidence)
    return _direct(bounds, total, population.sum(axis=0), per, variant)


def direct_repeated(
    strata: Sequence[Hashable],
    persons: Mapping[int, ArrayLike],
    population: ArrayLike,
    standard: Reference,
    per: float = 100_000.0,
    confidence: float = 0.95,
    missing: str = "refuse",
) -> Direct:
    """Directly standardised rate of events that one person may have several times, such as stays.

    `persons` gives, for each number of events of a person, the persons who had exactly so many, per stratum
    and area. Dobson's limits with the variance of such a sum; no number below ten events. A missing number
    of persons is refused or taken as `zero`.

    References
    ----------
    Dobson AJ, Kuulasmaa K, Eberle E, Scherer J (1991), Stat Med 10:457-462.
    Stukel TA, Glynn RJ, Fisher ES et al. (1994), Stat Med 13:1781-1791.

    Examples
    --------
    >>> persons = {1: [10, 20], 2: [0, 10]}
    >>> found = direct_repeated(["0-64", "65+"], persons, [1000, 500], {"0-64": 80, "65+": 20}, per=1000)
    >>> [round(float(x[0]), 1) for x in found[:3]]
    [24.0, 16.7, 33.0]
    """
    one_of("missing", missing, UNKNOWN[:2])
    refuse("persons", np.array([not times > 0 for times in persons], dtype=bool), "des nombres positifs sont attendus")
    share("confidence", confidence)
    shares = _weights(strata, standard)
    cells = {times: _cells(table, population, shares, missing, "persons") for times, table in persons.items()}
    if not cells:
        raise ArgumentError("persons : une table au moins est attendue.")
    _, population, weights = next(iter(cells.values()))
    events = sum(times * table for times, (table, _, _) in cells.items())
    squares = sum(times**2 * table for times, (table, _, _) in cells.items())
    burden, total = _burden(weights, population), events.sum(axis=0)
    bounds = _dobson((burden * events).sum(axis=0), (burden**2 * squares).sum(axis=0), total, confidence)
    return _direct(bounds, total, population.sum(axis=0), per, "dobson_repeated")


def indirect_ratio(
    strata: Sequence[Hashable],
    events: ArrayLike,
    population: ArrayLike,
    reference_events: Reference,
    reference_population: Reference,
    per: float = 1.0,
    confidence: float = 0.95,
    variant: str = "byar_exact",
    missing: str = "refuse",
) -> Indirect:
    """Events of an area over those that the rates of a reference would give it, times `per`.

    The expected count is taken as known. `byar_exact`: see `rates.count_limits`; `lognormal`: normal on the
    logarithm, its upper limit missing where no event is observed. A missing count or population is refused
    or taken as `zero`: it then adds nothing to what is observed or expected.

    References
    ----------
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 65-72.

    Examples
    --------
    >>> events, people = {"0-64": 50, "65+": 80}, {"0-64": 1e4, "65+": 2e3}
    >>> found = indirect_ratio(["0-64", "65+"], [4, 26], [1000, 500], events, people)
    >>> [round(float(x[0]), 2) for x in found[:5]]
    [1.2, 0.81, 1.71, 30.0, 25.0]
    """
    one_of("variant", variant, INDIRECT)
    one_of("missing", missing, UNKNOWN[:2])
    reference = [by_label("reference_events", strata, reference_events)]
    reference.append(by_label("reference_population", strata, reference_population))
    events, population, *reference = (_filled(array, missing) for array in (events, population, *reference))
    reference_events, reference_population = reference
    reference_events = counts("reference_events", reference_events)
    reference_population = positive("reference_population", reference_population)
    events, population = _tables(events, population, len(reference_events))
    # not a matrix product: its last bits depend on how many areas go together
    expected = ((reference_events / reference_population)[:, np.newaxis] * population).sum(axis=0)
    observed, scale = events.sum(axis=0), positive("per", per)
    refuse("population", expected == 0, "aucun événement attendu dans le territoire")
    value, lower, upper, named = _ratio(observed, expected, confidence, variant)
    rate = float(reference_events.sum() / reference_population.sum())
    return Indirect(value * scale, lower * scale, upper * scale, observed, expected, rate, named)


def indirect_rate(
    strata: Sequence[Hashable],
    events: ArrayLike,
    population: ArrayLike,
    reference_events: Reference,
    reference_population: Reference,
    per: float = 100_000.0,
    confidence: float = 0.95,
    variant: str = "byar_exact",
    missing: str = "refuse",
) -> Indirect:
    """Crude rate of the reference per `per`, times the ratio of observed to expected events (`indirect_ratio`).

    References
    ----------
    Breslow NE, Day NE (1987), Statistical methods in cancer research, vol. II, IARC, p. 65-72.

    Examples
    --------
    >>> events, people = {"0-64": 50, "65+": 80}, {"0-64": 1e4, "65+": 2e3}
    >>> found = indirect_rate(["0-64", "65+"], [4, 26], [1000, 500], events, people)
    >>> round(float(found.value[0]), 1), round(found.reference_rate, 1)
    (1300.0, 1083.3)
    """
    reference = (reference_events, reference_population)
    found = indirect_ratio(strata, events, population, *reference, 1.0, confidence, variant, missing)
    rate = found.reference_rate * float(positive("per", per)[0])
    bounds = (bound * rate for bound in found[:3])
    return Indirect(*bounds, found.observed, found.expected, rate, found.variant)


def _weights(strata: Sequence[Hashable], standard: Reference) -> Floats:
    weights = counts("standard", by_label("standard", strata, standard))
    refuse("standard", np.full(weights.shape, weights.sum() == 0), "une population de référence est attendue")
    return weights


def _filled(values: ArrayLike, missing: str) -> ArrayLike:
    return np.nan_to_num(np.asarray(values, dtype="float64")) if missing == "zero" else values


def _tables(events: ArrayLike, population: ArrayLike, strata: int, name: str = "events") -> tuple[Floats, Floats]:
    events, population = columns(name, events, strata), columns("population", population, strata)
    same_length(**{name: events[0], "population": population[0]})
    refuse(name, ~(events >= 0), "un nombre positif ou nul est attendu")
    refuse("population", ~(population >= 0), "un nombre positif ou nul est attendu")
    return np.broadcast_arrays(events, population)


def _cells(
    events: ArrayLike, population: ArrayLike, weights: Floats, missing: str, name: str = "events"
) -> tuple[Floats, Floats, Floats]:
    """Events, population and share of the standard, per stratum and area, what is missing settled."""
    one_of("missing", missing, UNKNOWN)
    if missing == "zero":
        events = _filled(events, missing)
    if missing == "drop":
        events, population = (columns(name, array, len(weights)) for array in (events, population))
        kept = ~np.isnan(events) & ~np.isnan(population)
        events, population = np.where(kept, events, 0), np.where(kept, population, 0)
    else:
        kept = True
    events, population = _tables(events, population, len(weights), name)
    weights = np.where(kept, weights[:, np.newaxis], 0) * np.ones(events.shape)
    refuse("population", (population == 0) & (weights > 0), "zéro habitant dans une strate qui pèse")
    whole = weights.sum(axis=0)
    refuse(name, whole == 0, "aucune strate connue dans le territoire")
    return events, population, weights / whole


def _burden(weights: Floats, population: Floats) -> Floats:
    """What one event of a stratum adds to the standardised rate."""
    return weights / np.where(weights > 0, population, 1)


def _dobson(value: Floats, variance: Floats, total: Floats, confidence: float) -> tuple[Floats, ...]:
    limits = count_limits(total, confidence, "byar")
    enough = np.where(total >= EXACT_BELOW, 1.0, np.nan)
    spread = np.sqrt(variance / np.where(total > 0, total, np.nan))
    return tuple(enough * (value + spread * (bound - total)) for bound in (total, limits.lower, limits.upper))


def _fay_feuer(value: Floats, variance: Floats, heaviest: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy.stats import gamma

    tail = (1 - confidence) / 2
    some = np.where(value > 0, value, np.nan)
    lower = gamma.ppf(tail, some**2 / variance, scale=variance / some)
    more, wider = value + heaviest, variance + heaviest**2
    return np.where(value > 0, lower, 0.0), gamma.ppf(1 - tail, more**2 / wider, scale=wider / more)


def _direct(bounds: tuple[Floats, ...], events: Floats, population: Floats, per: float, variant: str) -> Direct:
    scale = positive("per", per)
    return Direct(*(bound * scale for bound in bounds), events / population * scale, events, population, variant)


def _ratio(
    observed: Floats, expected: Floats, confidence: float, variant: str
) -> tuple[Floats, Floats, Floats, str | NDArray[np.str_]]:
    if variant == "byar_exact":
        limits = count_limits(observed, confidence, variant)
        return observed / expected, limits.lower / expected, limits.upper / expected, limits.variant
    from scipy.stats import norm

    z = norm.ppf((1 + share("confidence", confidence)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(z / np.sqrt(observed))
        value = observed / expected
        return value, value / spread, value * spread, variant
