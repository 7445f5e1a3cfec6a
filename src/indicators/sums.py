"""The sums that indicators are made of: one query per source, clock and window; populations; late claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

import numpy as np
import pandas as pd

from indicators import engine
from indicators.catalogue import MONTHS, Catalogue, Indicator
from indicators.methods import completion
from indicators.periods import last_month
from indicators.sources import SOURCES

PLACE = ["month", "level", "territory"]
ZERO = Decimal(0)
OLDEST_POPULATION = 2  # years a population may be used after its own

Frame = tuple[str, str, int, int]  # source, clock, step and window in months


@dataclass(frozen=True)
class Inputs:
    """Facts by source, and the periods that each source holds (`2025-01`, `2025`)."""

    facts: Mapping[str, object]
    periods: Mapping[str, list[str]]

    def months(self, source: str) -> list[int]:
        """Every month covered by the files of a source, counted from year 0."""
        width = MONTHS[SOURCES[source].grain]
        ends = [last_month(period) for period in self.periods.get(source, [])]
        return sorted(end - back for end in ends for back in range(width))


@dataclass(frozen=True)
class Sums:
    """Exact sums by measure and place, ready for the methods."""

    flows: Mapping[Frame, pd.DataFrame]  # rows: month, level, territory; one column per measure
    stocks: Mapping[str, pd.DataFrame]  # by source; rows: year, level, territory
    arrived: Mapping[str, Mapping[str, np.ndarray]]  # by source and measure: share in after 0, 1 … months


def frame_of(catalogue: Catalogue, entry: Indicator) -> Frame:
    """What decides the query of an entry."""
    return catalogue.source_of(entry), entry.clock, MONTHS[entry.frequency], entry.window


def prepare(catalogue: Catalogue, inputs: Inputs, indicators: Iterable[Indicator]) -> Sums:
    """All sums that the given entries need."""
    wanted: dict[Frame, set[str]] = {}
    for entry in indicators:
        wanted.setdefault(frame_of(catalogue, entry), set()).update(_flows(catalogue, entry))
    care: dict[str, set[str]] = {}
    for (source, clock, *_), measures in wanted.items():
        if clock == "care":
            care.setdefault(source, set()).update(measures)
    return Sums(
        flows={frame: _windows(inputs, frame, sorted(measures)) for frame, measures in wanted.items()},
        stocks={name: _stocks(facts) for name, facts in inputs.facts.items() if SOURCES[name].stock},
        arrived={source: _arrived(inputs, source, sorted(measures)) for source, measures in care.items()},
    )


def total(
    catalogue: Catalogue, sums: Sums, entry: Indicator, index: pd.MultiIndex, measures: Iterable[str]
) -> pd.Series:
    """The sum of several measures at each place, exact; blank where no population is known."""
    flows = sums.flows[frame_of(catalogue, entry)].loc[index]
    series = []
    for name in measures:
        source = catalogue.measures[name].source
        stock = SOURCES[source].stock
        series.append(_stock_at(sums.stocks.get(source), name, index) if stock else flows[name])
    return reduce(lambda left, right: left + right, series)


def _flows(catalogue: Catalogue, entry: Indicator) -> list[str]:
    names = [*entry.numerator, *entry.denominator, *entry.count]
    names += [name for stratum in catalogue.strata.get(entry.id, ()) for name in stratum.numerator]
    return [name for name in names if not SOURCES[catalogue.measures[name].source].stock]


def _table(rows: list, index: list[str], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["measure", *PLACE, "value"])
    if "year" in index:
        frame["year"] = frame["month"] // 12
    wide = frame.pivot(index=index, columns="measure", values="value").reindex(columns=columns)
    return wide.astype("object").map(lambda value: value if isinstance(value, Decimal) else ZERO)


def _windows(inputs: Inputs, frame: Frame, measures: list[str]) -> pd.DataFrame:
    source, clock, step, window = frame
    covered = inputs.months(source)
    sums = engine.monthly(inputs.facts[source], measures, clock)
    sums = sums.filter(sums.month.between(covered[0], covered[-1]))
    return _table(engine.collect(engine.windows(sums, covered[0], covered[-1], step, window)), PLACE, measures)


def _stocks(facts: object) -> pd.DataFrame:
    measures = sorted(row["measure"] for row in engine.collect(facts.select("measure").distinct()))
    return _table(engine.collect(engine.monthly(facts, measures, "flux")), ["year", "level", "territory"], measures)


def _stock_at(stocks: pd.DataFrame | None, measure: str, index: pd.MultiIndex) -> pd.Series:
    """The population of 1 January of the year in which the period ends, or of at most two years before."""
    known = stocks[measure].to_dict() if stocks is not None and measure in stocks else {}

    def latest(month: int, level: str, code: str) -> object:
        years = range(month // 12, month // 12 - OLDEST_POPULATION - 1, -1)
        return next((known[year, level, code] for year in years if (year, level, code) in known), None)

    return pd.Series([latest(*place) for place in index], index=index, dtype="object")


def _arrived(inputs: Inputs, source: str, measures: list[str]) -> dict[str, np.ndarray]:
    covered = inputs.months(source)
    rows = engine.collect(engine.arrivals(inputs.facts[source], measures))
    frame = pd.DataFrame(rows, columns=["measure", "month", "delay", "value"])
    frame = frame[frame["month"].between(covered[0], covered[-1]) & (frame["delay"] <= completion.DEVELOPED)]
    return {name: completion.shares(_triangle(part, covered)) for name, part in frame.groupby("measure")}


def _triangle(rows: pd.DataFrame, covered: list[int]) -> np.ndarray:
    months, delays = range(covered[0], covered[-1] + 1), range(completion.DEVELOPED + 1)
    square = rows.assign(value=rows["value"].astype("float64")).pivot(index="month", columns="delay", values="value")
    square = square.reindex(index=months, columns=delays).fillna(0.0).to_numpy()
    passed = np.subtract.outer(covered[-1] - np.array(months), np.array(delays)) >= 0
    return np.where(passed, square, np.nan)
