"""Figures that the age and sex of the inhabitants no longer explain: strata in, standardised values out."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators import reference, sums
from indicators.catalogue import Catalogue, Indicator, Stratum
from indicators.methods import estimates, standardised
from indicators.sums import Sums
from indicators.territories import FRANCE

Floats = np.ndarray


class Strata(NamedTuple):
    """One row per stratum and one column per row of the table; the reference of an isr is France at the same time."""

    labels: tuple[str, ...]
    standard: Mapping[str, int]
    events: Floats
    population: Floats
    reference_events: Floats
    reference_population: Floats

    def known(self, total: Floats) -> Floats:
        """The share of all events whose age and sex are known, 1 where there is no event."""
        return np.divide(self.events.sum(axis=0), total, out=np.ones_like(total), where=total > 0)


def strata(catalogue: Catalogue, prepared: Sums, entry: Indicator, index: pd.MultiIndex) -> Strata:
    """The strata of an entry at each place of the index, and those of France at the same time."""
    own = catalogue.strata[entry.id]
    france = pd.MultiIndex.from_tuples([(month, *FRANCE) for month, *_ in index], names=index.names)

    def table(places: pd.MultiIndex, role: str) -> Floats:
        rows = [sums.total(catalogue, prepared, entry, places, getattr(stratum, role)) for stratum in own]
        return np.array([row.astype("float64").to_numpy() for row in rows])

    cells = (table(places, role) for places in (index, france) for role in ("numerator", "denominator"))
    return of(own, *cells)


def of(own: Iterable[Stratum], *cells: Floats) -> Strata:
    """Strata from their four tables: events and population of the places, then those of France."""
    standard = {stratum.label: reference.people(stratum.sex, stratum.band) for stratum in own}
    return Strata(tuple(standard), standard, *cells)


def estimated(entry: Indicator, found: Strata) -> estimates.Estimate:
    """The standardised value of each row; NaN where a stratum has no known population or a negative sum."""
    cells = np.array([found.events, found.population])
    sound = (cells[0] >= 0).all(axis=0) & (cells[1] > 0).all(axis=0)
    value, lower, upper = np.full((3, len(sound)), np.nan)
    for columns in _groups(entry, found, sound):
        # NumPy adds one column in another order than several: a figure alone must have the bits that it has in a table
        twice = np.concatenate([columns, columns])
        made = _method(entry, found, twice)
        value[twice], lower[twice], upper[twice] = made.value, made.lower, made.upper
    if entry.method == "amount_rate":  # an amount is not a count: no interval
        lower, upper = np.full_like(value, np.nan), np.full_like(value, np.nan)
    return estimates.Estimate(value, lower, upper, VARIANTS[entry.method])


VARIANTS = {"rate": "dobson", "amount_rate": "direct", "isr": "byar_exact"}


def _groups(entry: Indicator, found: Strata, sound: Floats) -> list[Floats]:
    """Columns that go in one call: all of them, or those that share their reference rates."""
    if entry.method != "isr":
        return [np.flatnonzero(sound)] if sound.any() else []
    sound = sound & (found.reference_events >= 0).all(axis=0) & (found.reference_population > 0).all(axis=0)
    columns = np.flatnonzero(sound & (found.reference_events.sum(axis=0) > 0))
    rates = np.vstack([found.reference_events, found.reference_population])[:, columns]
    _, group = np.unique(rates, axis=1, return_inverse=True)
    return [columns[group == number] for number in np.unique(group)]


def _method(entry: Indicator, found: Strata, columns: Floats):
    events, population = (np.ascontiguousarray(table[:, columns]) for table in (found.events, found.population))
    if entry.method != "isr":
        return standardised.direct(found.labels, events, population, found.standard, entry.per)
    references = (
        dict(zip(found.labels, table[:, columns[0]], strict=True))
        for table in (found.reference_events, found.reference_population)
    )
    return standardised.indirect_ratio(found.labels, events, population, *references, per=100)
