"""Growth of a monthly or quarterly series: one year apart, over the last year, since the year began."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from indicators.methods.arguments import Floats, measured, same_length, whole


class Change(NamedTuple):
    """A relative change; where the base is negative its sign means nothing, and the flag says so."""

    value: Floats
    negative_base: NDArray[np.bool_]


class Growth(NamedTuple):
    """One value per period of the series, but `compound`, which is for the last period alone."""

    year_on_year: Change
    rolling_sum: Floats
    rolling: Change
    to_date_sum: Floats
    to_date: Change
    compound: float
    variant: str


def change(current: ArrayLike, base: ArrayLike) -> Change:
    """Relative change from `base` to `current`: 0.05 is five percent more.

    A zero or missing base gives a missing change, never an infinite one. A negative base gives a
    change that is right by arithmetic and flagged.

    Examples
    --------
    >>> change([105.0, 3.0, 4.0], [100.0, 0.0, -2.0])
    Change(value=array([ 0.05,   nan, -3.  ]), negative_base=array([False, False,  True]))
    """
    current, base = measured("current", current), measured("base", base)
    same_length(current=current, base=base)
    with np.errstate(over="ignore"):
        value = current / np.where(base == 0, np.nan, base) - 1
    return Change(np.where(np.isinf(value), np.nan, value), np.broadcast_to(base < 0, value.shape))


def growth_rates(values: ArrayLike, per_year: int = 12, first: int = 1) -> Growth:
    """Growth of a series of `per_year` periods a year, its first value being period `first` of its year.

    `year_on_year` compares with the same period of the year before; `rolling` compares the sum of
    the last year with the sum of the year before it, and needs two years; `to_date` compares the
    sum since the year began with the same sum a year before; `compound` is the yearly rate that
    leads from the sum two years ago to the last one. A missing value is not zero: every sum that
    holds it is missing, and so is the sum to date of a year whose beginning is not in the series.

    Examples
    --------
    >>> quarters = growth_rates([10, 10, 10, 10, 11, 11, 11, 13], per_year=4)
    >>> quarters.year_on_year.value[-4:].round(2)
    array([0.1, 0.1, 0.1, 0.3])
    >>> quarters.rolling.value[-1].round(2)
    np.float64(0.15)
    """
    values = measured("values", values)
    per_year = whole("per_year", per_year, 1)
    first = whole("first", first, 1, per_year)
    year, to_date = _rolling_sum(values, per_year), _sum_to_date(values, per_year, first)
    return Growth(
        year_on_year=change(values, _before(values, per_year)),
        rolling_sum=year,
        rolling=change(year, _before(year, per_year)),
        to_date_sum=to_date,
        to_date=change(to_date, _before(to_date, per_year)),
        compound=_compound(year[-1], _before(year, 2 * per_year)[-1]),
        variant=f"{per_year} périodes par an",
    )


def _before(values: Floats, lag: int) -> Floats:
    return np.concatenate([np.full(lag, np.nan), values])[: values.size]


def _rolling_sum(values: Floats, length: int) -> Floats:
    sums = np.full(values.size, np.nan)
    if values.size >= length:
        sums[length - 1 :] = sliding_window_view(values, length).sum(axis=1)
    return sums


def _sum_to_date(values: Floats, per_year: int, first: int) -> Floats:
    """Sums since the first period of each year; unknown periods before the series are missing."""
    before = first - 1
    after = -(before + values.size) % per_year
    years = np.pad(values, (before, after), constant_values=np.nan).reshape(-1, per_year)
    return years.cumsum(axis=1).ravel()[before : before + values.size]


def _compound(last: float, two_years_before: float) -> float:
    if not (two_years_before > 0 and last >= 0):
        return float("nan")
    return float(np.sqrt(last / two_years_before) - 1)
