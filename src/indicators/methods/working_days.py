"""Months of unequal working days: how many each has, and amounts as if all had as many."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, aligned, numbers, positive, refuse, same_length

# Where public holidays differ, as the `holidays` package names the places.
PLACES = {
    "national": None,
    "alsace_moselle": "57",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
}
CALENDARS = ("weekdays", *PLACES)


class Regression(NamedTuple):
    """Effect of one working day on the logarithm of a month's amount, and the two adjusted series."""

    effect: float
    error: float
    r_squared: float
    adjusted_to_overall_mean: Floats
    adjusted_to_month_mean: Floats
    variant: str


def working_days(months: Sequence[str], calendar: str = "weekdays") -> NDArray[np.int64]:
    """Days from Monday to Friday in each month, less the public holidays that fall on them.

    `calendar` is `weekdays` (no holiday at all), `national`, `alsace_moselle` (Good Friday and 26 December
    besides) or an overseas department. Months are written 2024-05, or as any of their days.

    Examples
    --------
    >>> working_days(["2024-05"]), working_days(["2024-05"], "national")  # 1, 8, 9 (Ascension) and 20 May are off
    (array([23]), array([19]))
    """
    if calendar not in CALENDARS:
        raise ArgumentError(f"calendar : {not_allowed(calendar, CALENDARS)}")
    first = _months("months", months)
    off = [] if calendar == "weekdays" else _public_holidays(first, PLACES[calendar])
    return np.busday_count(first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]"), holidays=off)


def proportional(values: ArrayLike, days: ArrayLike) -> Floats:
    """Values per working day, times the mean number of working days of the series.

    Simple and crude: a month's length counts in full, even for acts that do not wait for a working day.

    Examples
    --------
    >>> proportional([200.0, 220.0], [20, 22])
    array([210., 210.])
    """
    values, days = numbers("values", values), positive("days", days)
    same_length(values=values, days=days)
    return values / days * days.mean()


def regression(months: Sequence[str], values: ArrayLike, days: ArrayLike) -> Regression:
    """Effect of a working day beside a trend and the month of the year, by least squares on logarithms.

    The series is adjusted twice: to the mean number of days overall, and to the mean of its own month of
    the year, which leaves the length of months to the seasonal pattern. Values are above zero; there must
    be more months than coefficients, and working days that the trend and the months do not explain.

    References
    ----------
    Ladiray D, Quenneville B (2001), Seasonal adjustment with the X-11 method, Springer, ch. 2.

    Examples
    --------
    >>> months = np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype(str)
    >>> days = working_days(months)
    >>> round(regression(months, np.exp(0.05 * days + 0.01 * np.arange(48)), days).effect, 4)
    0.05
    """
    from statsmodels.api import OLS

    first = _months("months", months)
    values, days = positive("values", values), positive("days", days)
    aligned(months=first, values=values, days=days)
    design, place = _design(first, days)
    _refuse_unidentified(design)
    fit = OLS(np.log(values), design).fit()
    effect = fit.params[-1]
    own_mean = (np.bincount(place, days) / np.maximum(np.bincount(place), 1))[place]
    return Regression(
        effect=float(effect),
        error=float(fit.bse[-1]),
        r_squared=float(fit.rsquared) if np.ptp(values) else np.nan,  # equal months leave nothing to explain
        adjusted_to_overall_mean=values * np.exp(-effect * (days - days.mean())),
        adjusted_to_month_mean=values * np.exp(-effect * (days - own_mean)),
        variant="ols_log",
    )


def _months(name: str, months: Sequence[str]) -> NDArray[np.datetime64]:
    texts = [str(month) for month in np.atleast_1d(np.asarray(months))]
    found = []
    for text in texts:
        try:
            found.append(np.datetime64(text[:7] if len(text) >= 7 else "?", "M"))
        except ValueError:
            found.append(np.datetime64("NaT", "M"))
    array = np.array(found, dtype="datetime64[M]")
    refuse(name, np.isnat(array), "un mois écrit 2024-05 est attendu")
    return array


def _public_holidays(months: NDArray[np.datetime64], place: str | None) -> list[np.datetime64]:
    from holidays import France

    years = sorted({int(year) for year in months.astype("datetime64[Y]").astype(int) + 1970})
    return [np.datetime64(day) for day in France(years=years, subdiv=place)]


def _design(months: NDArray[np.datetime64], days: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """A column for the trend, one per month of the year, the working days last."""
    counted = months.astype(int)
    place = counted % 12
    present = np.unique(place)
    dummies = (place[:, None] == present[None, :]).astype(float)
    return np.column_stack([counted - counted.min(), dummies, days]), place


def _refuse_unidentified(design: Floats) -> None:
    rows, columns = design.shape
    if rows <= columns:
        raise ArgumentError(f"values : plus de {columns} mois sont attendus, {rows} donnés.")
    if np.linalg.matrix_rank(design) < columns:
        raise ArgumentError("days : la tendance et le mois de l’année les expliquent en entier.")
