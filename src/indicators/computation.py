"""From facts to the indicator table: methods, completeness, flags, hiding."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators import adjusted, engine, sums
from indicators.catalogue import Catalogue, Indicator
from indicators.disclosure import primary
from indicators.errors import ArgumentError, not_allowed
from indicators.methods import estimates, proportions, rates
from indicators.periods import ending, last_month
from indicators.sources import SOURCES
from indicators.sums import Inputs, Sums
from indicators.territories import UNKNOWN

COLUMNS = [
    "indicator_id", "period", "level", "territory", "value", "lower", "upper", "numerator", "denominator",
    "flag", "completeness", "corrected", "vintage",
]  # fmt: skip
# Expected share of the final amount from which a care period is no longer provisional: the two terms of a
# quotient of claims are late together, those of a spending per inhabitant are not.
COMPLETE = {"proportion": 0.95, "share": 0.95, "ratio": 0.95, "mean": 0.95, "isr": 0.95}
COMPLETE_ELSE = 0.995
YEAR = 12
KNOWN = 0.95  # share of the events whose age and sex are known, below which a standardised figure is not reliable
ENOUGH = 0.5  # share of the claims in, below which what they will become is not told
NUMBERS = ("value", "lower", "upper")


class Parts(NamedTuple):
    """What an indicator divides and counts, row by row, exact; None where the method has no such part."""

    numerator: pd.Series
    denominator: pd.Series | None
    counts: tuple[pd.Series, ...]  # acts behind the amounts, one per amount; empty where the numerator counts itself
    strata: adjusted.Strata | None = None  # of a standardised entry


def table(catalogue: Catalogue, inputs: Inputs, indicators: Iterable[Indicator], vintage: str) -> pd.DataFrame:
    """The indicator table of the given entries, one row per indicator, period and territory, hidden rows blank.

    An entry whose source has no file gives no row.
    """
    indicators = [entry for entry in indicators if inputs.periods.get(catalogue.source_of(entry))]
    prepared = sums.prepare(catalogue, inputs, indicators)
    frames = [_rows(catalogue, inputs, prepared, entry) for entry in indicators]
    frames = [frame for frame in frames if len(frame)]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    return whole.assign(vintage=vintage)[COLUMNS].sort_values(COLUMNS[:4], ignore_index=True)


def own_rows(
    catalogue: Catalogue, entry: Indicator, tables: Mapping[str, pd.DataFrame], periods: Mapping[str, list[str]]
) -> pd.DataFrame:
    """The indicator table of one entry on rows given by source, as the statistician's `compute` verb wants it."""
    needed = {catalogue.measures[name].source for name in (*entry.numerator, *entry.denominator, *entry.count)}
    unknown = [source for source in tables if source not in needed]
    if unknown:
        raise ArgumentError(f"{entry.id}, source des lignes : {not_allowed(unknown[0], needed)}")
    if missing := sorted(needed - set(tables)):
        raise ArgumentError(f"{entry.id} a aussi besoin de lignes de {', '.join(missing)} : donner {{source: lignes}}.")
    facts = {}
    for source, rows in tables.items():
        names = [*entry.numerator, *entry.denominator, *entry.count]
        names += [name for one in catalogue.strata.get(entry.id, ()) for name in (*one.numerator, *one.denominator)]
        measures = [measure for measure in catalogue.measures_of(source) if measure.id in names]
        facts[source] = engine.facts(engine.in_memory(rows), SOURCES[source], measures)
    given = {source: periods.get(source) or _between(engine.periods(facts[source])) for source in tables}
    return table(catalogue, Inputs(facts, given), [entry], vintage="")


def _between(periods: list[str]) -> list[str]:
    """Every period from the first to the last."""
    if not periods:
        return []
    if len(periods[0]) == len("2025"):
        return [str(year) for year in range(int(periods[0]), int(periods[-1]) + 1)]
    first, last = last_month(periods[0]), last_month(periods[-1])
    return [ending(month, "month") for month in range(first, last + 1)]


def _rows(catalogue: Catalogue, inputs: Inputs, prepared: Sums, entry: Indicator) -> pd.DataFrame:
    index = prepared.flows[sums.frame_of(catalogue, entry)].index
    index = index[index.get_level_values("level").isin(entry.levels) & (index.get_level_values("territory") != UNKNOWN)]
    if index.empty:
        return pd.DataFrame(columns=COLUMNS)
    parts = _parts(catalogue, prepared, entry, index)
    estimate = estimated(entry, parts)
    above, below = _arrived(catalogue, inputs, prepared, entry, parts.numerator.index)
    covered = covered_by(inputs, catalogue.source_of(entry), entry, parts.numerator.index)
    flags = flagged(entry, parts, estimate, covered, above)
    corrected = np.where(flags == "provisional", _corrected(entry, estimate.value, above, below), np.nan)
    return _assemble(entry, parts, estimate, flags, above).assign(corrected=corrected)


def _parts(catalogue: Catalogue, prepared: Sums, entry: Indicator, index: pd.MultiIndex) -> Parts:
    numerator, denominator, count = (
        sums.total(catalogue, prepared, entry, index, measures) if measures else None
        for measures in (entry.numerator, entry.denominator, entry.count)
    )
    if entry.method != "growth_12m":
        strata = adjusted.strata(catalogue, prepared, entry, index) if entry.standardise else None
        return Parts(numerator, denominator, () if count is None else (count,), strata)
    current, before = _beside_last_year(numerator)
    return Parts(current, before, () if count is None else _beside_last_year(count))


def _beside_last_year(series: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Each sum, and that of twelve months before; rows without one are left out."""
    months = series.index.get_level_values("month")
    current = series[np.asarray(months - YEAR >= months.min())]
    before = series.reindex([(month - YEAR, level, code) for month, level, code in current.index])
    return current, pd.Series(before.to_numpy(), index=current.index)


def _floats(series: pd.Series | None, like: pd.Series) -> np.ndarray:
    return np.full(len(like), np.nan) if series is None else series.astype("float64").to_numpy()


def estimated(entry: Indicator, parts: Parts) -> estimates.Estimate:
    """Value and bounds of each row, by the method of the entry."""
    if parts.strata is not None:
        return adjusted.estimated(entry, parts.strata)
    top, bottom = _floats(parts.numerator, parts.numerator), _floats(parts.denominator, parts.numerator)
    if entry.method == "sum":
        bottom = np.ones_like(top)
    return estimates.where(_sound(entry.method, top, bottom), partial(_method, entry), top, bottom)


def _sound(method: str, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """The rows that the method accepts: regularisations can take a count below zero, or a part above its whole."""
    match method:
        case "proportion":
            return (bottom > 0) & (top >= 0) & (top <= bottom)
        case "rate":
            return (bottom > 0) & (top >= 0)
        case "growth_12m":
            return (bottom > 0) & np.isfinite(top)
        case _:
            return (bottom != 0) & np.isfinite(bottom) & np.isfinite(top)


def _method(entry: Indicator, top: np.ndarray, bottom: np.ndarray) -> estimates.Estimate:
    match entry.method:
        case "proportion":
            return estimates.scaled(proportions.proportion(top, bottom), 100)
        case "rate":
            return rates.rate(top, bottom, entry.per)
        case "share":
            return estimates.quotient(top, bottom, 100)
        case "growth_12m":
            return estimates.scaled(estimates.growth(top, bottom), 100)
        case "sum" | "amount_rate" | "ratio" | "mean":
            return estimates.quotient(top, bottom, entry.per)


def covered_by(inputs: Inputs, source: str, entry: Indicator, index: pd.MultiIndex) -> np.ndarray:
    """Whether every month that the row needs is in the data: those of its window, and those that complete it."""
    covered = inputs.months(source)
    held, last = set(covered), covered[-1]
    back = entry.window + (YEAR if entry.method == "growth_12m" else 0)
    ends = index.get_level_values("month")
    until = {end: last if entry.clock == "care" else end for end in set(ends)}
    whole = {end: held.issuperset(range(end - back + 1, until[end] + 1)) for end in until}
    return np.array([whole[end] for end in ends], dtype=bool)


def _arrived(
    catalogue: Catalogue, inputs: Inputs, prepared: Sums, entry: Indicator, index: pd.MultiIndex
) -> tuple[np.ndarray, np.ndarray]:
    """Expected shares of the final amounts of the numerator and of what divides it: 1 by flux, and for people."""
    ends = index.get_level_values("month")
    above = _completeness(catalogue, inputs, prepared, entry, entry.numerator, ends)
    if entry.method == "growth_12m":
        return above, _completeness(catalogue, inputs, prepared, entry, entry.numerator, ends - YEAR)
    flows = [name for name in entry.denominator if not SOURCES[catalogue.measures[name].source].stock]
    return above, _completeness(catalogue, inputs, prepared, entry, flows, ends) if flows else np.ones(len(ends))


def _completeness(
    catalogue: Catalogue, inputs: Inputs, prepared: Sums, entry: Indicator, names: Iterable[str], ends: pd.Index
) -> np.ndarray:
    """Expected share of the final amount of some measures, from the delays of past months; 1 by flux."""
    if entry.clock == "flux":
        return np.ones(len(ends))
    source = catalogue.source_of(entry)
    last, arrived = inputs.months(source)[-1], prepared.arrived[source]
    shares = [arrived[name] for name in names if name in arrived]
    if not shares:
        return np.full(len(ends), np.nan)
    lowest = np.min(shares, axis=0)
    by_end = {end: _window_share(lowest, last - end, entry.window) for end in set(ends)}
    return np.minimum([by_end[end] for end in ends], 1.0)  # late negative amounts could bring it above


def _corrected(entry: Indicator, value: np.ndarray, above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """What a recent value should become once all claims are in; NaN where less than half of them is.

    The age and sex of late claims are held to be those of the others.
    """
    factor = below / np.where(above >= ENOUGH, above, np.nan)
    if entry.method == "growth_12m":
        return 100 * ((1 + value / 100) * factor - 1)
    if entry.method == "isr":  # France, its reference, is as late
        return value
    made = value * factor
    return np.minimum(made, 100) if entry.method == "proportion" else made


def _window_share(shares: np.ndarray, delay: int, window: int) -> float:
    """The share in of `window` months of equal final amounts, the most recent of them `delay` months old."""
    ages = np.minimum(np.arange(delay, delay + window), len(shares) - 1)
    return float(shares[ages].mean())


def flagged(
    entry: Indicator, parts: Parts, estimate: estimates.Estimate, covered: np.ndarray, completeness: np.ndarray
) -> np.ndarray:
    """One flag per row: what blanks a value comes before what only qualifies it.

    `missing` also where nothing divides; `unreliable` where regularisations take a sum below zero or a
    part above its whole.
    """
    top, bottom = _floats(parts.numerator, parts.numerator), _floats(parts.denominator, parts.numerator)
    divided = parts.denominator is not None
    unknown = ~covered | np.isnan(top) | divided & np.isnan(bottom)
    undefined = divided & (bottom == 0)
    signed = entry.method in ("growth_12m", "sum")
    unreliable = np.isnan(estimate.value) | (estimate.value < 0) & (not signed)
    if parts.strata is not None:
        unreliable |= parts.strata.known(top) < KNOWN
    late = np.isnan(completeness) | (completeness < COMPLETE.get(entry.method, COMPLETE_ELSE))
    return np.select(
        [unknown, withheld(entry, parts), undefined, unreliable, late],
        ["missing", "hidden", "missing", "unreliable", "provisional"],
        "ok",
    )


def withheld(entry: Indicator, parts: Parts) -> np.ndarray:
    """Rows whose counts, or those of the amounts that they show, must be withheld."""
    top, bottom = _floats(parts.numerator, parts.numerator), _floats(parts.denominator, parts.numerator)
    if parts.counts:
        amounts = [top, bottom] if entry.method == "growth_12m" else [top]
        return primary.hidden([_floats(count, parts.numerator) for count in parts.counts], amounts)
    counted = {"proportion": [top, bottom, bottom - top], "growth_12m": [top, bottom]}
    return primary.hidden(counted.get(entry.method, [top]))


def _assemble(
    entry: Indicator, parts: Parts, estimate: estimates.Estimate, flags: np.ndarray, completeness: np.ndarray
) -> pd.DataFrame:
    shown = ~np.isin(flags, ["missing", "hidden"])
    places = parts.numerator.index.to_frame(index=False)
    exact = {}
    for name in ("numerator", "denominator"):
        series = getattr(parts, name)
        values = series if series is not None else [None] * len(shown)
        exact[name] = [value if show else None for value, show in zip(values, shown, strict=True)]
    return pd.DataFrame(
        {
            "indicator_id": entry.id,
            "period": [ending(month, entry.frequency) for month in places["month"]],
            "level": places["level"],
            "territory": places["territory"],
            **{name: np.where(shown, getattr(estimate, name), np.nan) for name in NUMBERS},
            **exact,
            "flag": flags,
            "completeness": completeness,
        }
    )
