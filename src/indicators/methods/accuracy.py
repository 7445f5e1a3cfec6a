"""How far forecasts were from what came."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, maybe_missing, refuse, same_length, whole


class Accuracy(NamedTuple):
    """Mean errors, in the unit of the values, in percent, or (`mase`) in errors of the seasonal naive forecast."""

    mean_error: float
    root_mean_square: float
    mean_absolute: float
    mean_percentage: float
    mean_absolute_percentage: float
    mase: float
    variant: str


def accuracy(actual: ArrayLike, forecast: ArrayLike, train: ArrayLike | None = None, period: int = 1) -> Accuracy:
    """Errors are what came less what was forecast; months missing on either side are left out.

    The percentages are NaN where a month came to zero. `mase` divides by the mean absolute change of
    `train` over one period; NaN without `train`, or where it never changed.

    References
    ----------
    Hyndman RJ, Koehler AB (2006), Int J Forecast 22:679-688.

    Examples
    --------
    >>> found = accuracy([100, 110], [90, 112], train=[80, 84, 88])
    >>> found.mean_absolute, found.mase
    (6.0, 1.5)
    """
    actual, forecast = maybe_missing("actual", actual), maybe_missing("forecast", forecast)
    same_length(actual=actual, forecast=forecast)
    for name, array in (("actual", actual), ("forecast", forecast)):
        refuse(name, np.isinf(array), "valeur infinie")
    errors = actual - forecast
    known = ~np.isnan(errors)
    if not known.any():
        raise ArgumentError("actual : aucun mois n’est connu des deux côtés.")
    errors, actual = errors[known], np.broadcast_to(actual, known.shape)[known]
    percent = 100 * errors / np.where(actual == 0, np.nan, actual)
    absolute = float(np.abs(errors).mean())
    return Accuracy(
        mean_error=float(errors.mean()),
        root_mean_square=float(np.sqrt((errors**2).mean())),
        mean_absolute=absolute,
        mean_percentage=float(percent.mean()),
        mean_absolute_percentage=float(np.abs(percent).mean()),
        mase=absolute / _usual_change(train, period),
        variant="seasonal" if period > 1 else "non_seasonal",
    )


def _usual_change(train: ArrayLike | None, period: int) -> float:
    """Mean absolute change over one period; NaN where it is unknown or zero."""
    period = whole("period", period)
    if train is None:
        return np.nan
    train = maybe_missing("train", train)
    if len(train) <= period:
        raise ArgumentError(f"train : plus de {period} valeurs sont attendues, {len(train)} données.")
    changes: Floats = np.abs(train[period:] - train[:-period])
    changes = changes[~np.isnan(changes)]
    return float(changes.mean()) if changes.any() else np.nan
