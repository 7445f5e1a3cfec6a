"""Charts with a memory, for small and lasting shifts: cumulative sums, moving averages.

A missing value is no point: the chart is NaN there, and goes on as it stood before.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, measured, numbers, positive, whole
from indicators.methods.control_charts import D2, mean_moving_range


class Cusum(NamedTuple):
    """One element per period: sums of what is above and below the centre, in sigmas, and where they alarm."""

    above: Floats  # 0 or more
    below: Floats  # 0 or less
    centre: float
    sigma: float
    signal: NDArray[np.int8]  # 1 above the decision interval, -1 below, 0 otherwise
    variant: str


class Ewma(NamedTuple):
    """One element per period: the moving average, its limits, and where it is outside them."""

    value: Floats
    lower: Floats
    upper: Floats
    centre: float
    sigma: float
    signal: NDArray[np.int8]  # 1 above the upper limit, -1 below the lower, 0 otherwise
    variant: str


def cusum(
    values: ArrayLike,
    baseline: int | None = None,
    decision_interval: float = 5.0,
    shift: float = 1.0,
    centre: float | None = None,
    sigma: float | None = None,
) -> Cusum:
    """Tabular cumulative sums that alarm on a lasting shift of about `shift` sigmas.

    Centre (mean) and sigma (mean moving range over 1.128) rest on the `baseline` first periods, all
    of them by default, unless they are given; a series that never moves has no sigma: it is refused.

    References
    ----------
    Page ES (1954), Biometrika 41:100-115. Montgomery DC (2009), Introduction to statistical quality
    control, 6th ed., § 9.1.

    Examples
    --------
    >>> chart = cusum([9, 10, 9, 10, 11, 12, 12], baseline=4, decision_interval=4)
    >>> chart.above.round(2)
    array([0.  , 0.06, 0.  , 0.06, 1.26, 3.58, 5.9 ])
    >>> chart.signal
    array([0, 0, 0, 0, 0, 0, 1], dtype=int8)
    """
    values = measured("values", values)
    decision, shift = positive("decision_interval", decision_interval)[0], positive("shift", shift)[0]
    centre, sigma = _standard(values, baseline, centre, sigma)
    standardised = (values - centre) / sigma
    above = _on_present(_climbed, standardised - shift / 2)
    below = -_on_present(_climbed, -standardised - shift / 2)
    signal = (above > decision).astype(np.int8) - (below < -decision).astype(np.int8)
    return Cusum(above, below, centre, sigma, signal, "cusum, two-sided")


def ewma(
    values: ArrayLike,
    weight: float = 0.2,
    sigmas: float = 3.0,
    baseline: int | None = None,
    centre: float | None = None,
    sigma: float | None = None,
) -> Ewma:
    """Exponentially weighted moving average, from the centre, with its exact limits at each period.

    `weight` is the share of the last value, above 0 and at most 1 (1 is a chart of individual
    values). Centre and sigma are those of `cusum`.

    References
    ----------
    Roberts SW (1959), Technometrics 1:239-250. Lucas JM, Saccucci MS (1990), Technometrics 32:1-12.

    Examples
    --------
    >>> chart = ewma([10, 12, 10, 12], weight=0.5)
    >>> chart.value, chart.upper.round(2)
    (array([10.5   , 11.25  , 10.625 , 11.3125]), array([13.66, 13.97, 14.05, 14.07]))
    """
    values = measured("values", values)
    if not 0 < weight <= 1:
        raise ArgumentError(f"weight : un nombre supérieur à 0, au plus 1, est attendu, {weight} donné.")
    width = positive("sigmas", sigmas)[0]
    centre, sigma = _standard(values, baseline, centre, sigma)
    value = _on_present(lambda points: _smoothed(points, weight, centre), values)
    seen = np.cumsum(~np.isnan(values))
    spread = width * sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * seen)))
    lower, upper = centre - spread, centre + spread
    signal = (value > upper).astype(np.int8) - (value < lower).astype(np.int8)
    return Ewma(value, lower, upper, centre, sigma, signal, f"ewma, {weight:g}")


def _standard(values: Floats, baseline: int | None, centre: float | None, sigma: float | None) -> tuple[float, float]:
    """The centre and sigma given, or those of the first periods."""
    base = values if baseline is None else values[: whole("baseline", baseline, 2, values.size)]
    known = base[~np.isnan(base)]
    if centre is None and not known.size:
        raise ArgumentError("values : au moins une valeur connue est attendue dans la référence.")
    centre = known.mean() if centre is None else numbers("centre", centre)[0]
    sigma = mean_moving_range(base) / D2 if sigma is None else positive("sigma", sigma)[0]
    if not sigma > 0:
        raise ArgumentError("values : deux valeurs qui se suivent et diffèrent sont attendues dans la référence.")
    return float(centre), float(sigma)


def _climbed(steps: Floats) -> Floats:
    """The running sum since it last was at zero, which it never crosses."""
    path = np.cumsum(steps)
    return path - np.minimum(np.minimum.accumulate(path), 0)


def _smoothed(points: Floats, weight: float, start: float) -> Floats:
    path = [start]
    for point in points.tolist():
        path.append(path[-1] + weight * (point - path[-1]))
    return np.array(path[1:])


def _on_present(work, values: Floats) -> Floats:
    result = np.full(values.shape, np.nan)
    present = ~np.isnan(values)
    result[present] = work(values[present])
    return result
