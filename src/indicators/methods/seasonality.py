"""What returns every year and what is left: classical decomposition and STL."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, numbers, positive, whole

KINDS = ("additive", "multiplicative")


class Decomposition(NamedTuple):
    """Arrays as long as the series; `pattern` has one value per place in the cycle, from that of the first value."""

    pattern: Floats
    seasonal: Floats
    trend: Floats
    remainder: Floats
    adjusted: Floats
    variant: str


def decompose(values: ArrayLike, period: int, kind: str = "additive") -> Decomposition:
    """Trend by a centred moving average of one cycle, then the mean departure at each place of the cycle.

    The pattern sums to 0 (additive) or averages 1 (multiplicative, values above zero only). Trend and
    remainder are NaN for half a cycle at each end. Two whole cycles at least, without a missing value.

    References
    ----------
    Kendall M, Stuart A (1983), The advanced theory of statistics, vol. 3, 4th ed., p. 410-414.

    Examples
    --------
    >>> decompose([1, 3, 2, 4, 3, 5, 4, 6], period=2).pattern
    array([-0.75,  0.75])
    """
    from statsmodels.tsa.seasonal import seasonal_decompose

    if kind not in KINDS:
        raise ArgumentError(f"kind : {not_allowed(kind, KINDS)}")
    values = positive("values", values) if kind == "multiplicative" else numbers("values", values)
    period = _cycles(values, period)
    parts = seasonal_decompose(values, model=kind, period=period)
    adjusted = values / parts.seasonal if kind == "multiplicative" else values - parts.seasonal
    return Decomposition(parts.seasonal[:period], parts.seasonal, parts.trend, parts.resid, adjusted, kind)


class Windows(NamedTuple):
    """Odd lengths, in periods, that STL smooths over; the seasonal one counts years, None holds the season fixed."""

    seasonal: int | None = None
    trend: int | None = None
    low_pass: int | None = None


class Smoothing(NamedTuple):
    """Degree (0 or 1) and step of the three smoothers, in the order seasonal, trend, low pass; None: a tenth."""

    degrees: tuple[int, int, int] = (0, 1, 1)
    jumps: tuple[int | None, int | None, int | None] = (None, None, None)
    inner: int | None = None
    outer: int | None = None


YEARLY, CLEVELAND = Windows(), Smoothing()


def stl(
    values: ArrayLike,
    period: int,
    windows: Windows = YEARLY,
    robust: bool = False,
    log: bool = False,
    smoothing: Smoothing = CLEVELAND,
) -> Decomposition:
    """Trend and season by local regressions, robust to odd months if asked; of the logarithms where `log`.

    With `log`, seasonal, trend and remainder are logarithms, and `adjusted` is in the unit of the values.
    The season is the same every year where `windows.seasonal` is None: each place of the cycle then has
    the mean of a season smoothed over ten times the series. Lengths and steps not given are Cleveland's.

    References
    ----------
    Cleveland RB, Cleveland WS, McRae JE, Terpenning I (1990), J Off Stat 6:3-73.

    Examples
    --------
    >>> found = stl([1, 3, 2, 4, 3, 5, 4, 6, 5, 7], period=2)
    >>> (found.seasonal + found.trend + found.remainder).round(6)[:4]
    array([1., 3., 2., 4.])
    """
    from statsmodels.tsa.seasonal import STL

    observed = np.log(positive("values", values)) if log else numbers("values", values)
    period = _cycles(observed, period)
    lengths = _lengths(windows, period, len(observed))
    found = STL(observed, period=period, robust=robust, **_options(lengths, smoothing))
    inner, outer = (1, 15) if robust else (2, 0)
    found = found.fit(
        inner_iter=inner if smoothing.inner is None else smoothing.inner,
        outer_iter=outer if smoothing.outer is None else smoothing.outer,
    )
    fixed = windows.seasonal is None
    seasonal = _yearly_mean(found.seasonal, period) if fixed else np.asarray(found.seasonal)
    adjusted = np.exp(observed - seasonal) if log else observed - seasonal
    variant = "periodic" if fixed else "evolving"
    return Decomposition(seasonal[:period], seasonal, found.trend, observed - seasonal - found.trend, adjusted, variant)


def _cycles(values: Floats, period: int) -> int:
    period = whole("period", period, 2)
    if len(values) < 2 * period:
        raise ArgumentError(f"values : deux cycles de {period} valeurs sont attendus, {len(values)} valeurs données.")
    return period


def _lengths(windows: Windows, period: int, size: int) -> tuple[int, int, int]:
    seasonal = 10 * size + 1 if windows.seasonal is None else windows.seasonal
    # Cleveland's least length: a trend too short would take up the season.
    trend = windows.trend or _odd(int(np.ceil(1.5 * period / (1 - 1.5 / seasonal))))
    low_pass = windows.low_pass or _odd(period + 1)
    least = {"seasonal": (seasonal, 3), "trend": (trend, period + 1), "low_pass": (low_pass, period + 1)}
    for name, (length, smallest) in least.items():
        if length % 2 == 0 or length < smallest:
            raise ArgumentError(f"windows.{name} : un nombre impair d’au moins {smallest} est attendu, {length} donné.")
    return seasonal, trend, low_pass


def _options(lengths: tuple[int, int, int], smoothing: Smoothing) -> dict[str, int]:
    """The three smoothers, under statsmodels' names."""
    options = {}
    for place, name in enumerate(Windows._fields):
        degree, step = smoothing.degrees[place], smoothing.jumps[place]
        if degree not in (0, 1):
            raise ArgumentError(f"smoothing.degrees : 0 ou 1 est attendu, {degree} donné.")
        options |= {name: lengths[place], f"{name}_deg": degree}
        options[f"{name}_jump"] = whole("smoothing.jumps", -(-lengths[place] // 10) if step is None else step)
    return options


def _odd(length: int) -> int:
    return length + 1 - length % 2


def _yearly_mean(seasonal: ArrayLike, period: int) -> Floats:
    seasonal = np.asarray(seasonal)
    places = np.arange(len(seasonal)) % period
    return (np.bincount(places, seasonal) / np.bincount(places))[places]
