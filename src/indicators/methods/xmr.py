"""The XmR chart of NHS England, « plot the dots »: which points of a series are more than chance, and which way."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, measured, whole
from indicators.methods.control_charts import mean_moving_range
from indicators.methods.run_rules import ROUND_OFF, Flags, whole_patterns, windows

LIMIT = 2.66  # mean moving ranges from the mean to a limit
ROW = 7  # points in a trend or a shift
FIRM_FROM = 12  # points; limits that rest on fewer are provisional
BETTER = {"up": 1, "down": -1, "none": 0}

MISSING, COMMON, OUTSIDE, TREND, TWO_OF_THREE, SHIFT = (
    *("missing", "common", "outside_limits", "trend", "two_of_three", "shift"),
)
IMPROVEMENT, CONCERN, NEUTRAL = "improvement", "concern", "neutral"


class XmR(NamedTuple):
    """One element per period, in the order of the series.

    special: more than chance. kind: "outside_limits", "trend", "two_of_three", "shift", "common" or
    "missing". direction: "improvement", "concern", or "neutral" where no direction is better; ""
    where not special. side: 1 high or rising, -1 low or falling, 0 where not special. outside,
    close: beyond a limit; between two thirds of the way to it and the limit. provisional: the
    limits rest on fewer than 12 points. Limits are NaN where nothing moves, or fewer than two
    points follow each other: nothing is then outside.
    """

    special: Flags
    kind: NDArray[np.str_]
    direction: NDArray[np.str_]
    side: NDArray[np.int8]
    mean: Floats
    lower: Floats
    upper: Floats
    outside: Flags
    close: Flags
    provisional: Flags
    variant: str


class _Part(NamedTuple):
    """A stretch of the series that has its own mean and limits."""

    kind: NDArray[np.str_]
    side: Floats
    mean: Floats
    lower: Floats
    upper: Floats
    outside: Flags
    close: Flags
    provisional: Flags


def xmr(
    values: ArrayLike,
    good: str = "none",
    rebase_at: int | Sequence[int] = (),
    fix_after: int | None = None,
    screen_outliers: bool = True,
) -> XmR:
    """Which points of a series are special causes, and whether for the better.

    `good` is the better direction: "up", "down" or "none". Mean and limits start anew at each
    position of `rebase_at` (counted from 0); with `fix_after` they rest on so many first periods.
    Limits are 2.66 mean moving ranges from the mean, the ranges of 3.267 times their mean or more
    being left out once if `screen_outliers`. A point is, in this order: outside the limits; in a
    trend, 7 points in a row that rise or fall; one of 2 points in 3 that are close to the same
    limit, all 3 on its side of the mean; in a shift, 7 points in a row on one side of the mean.
    All the points of a trend or a shift are marked, once it is complete.

    A missing value is no point: it is marked "missing", the moving ranges on both its sides are
    left out, and trends and shifts go on across it as if its neighbours followed each other.

    References
    ----------
    NHS England (2019), Making data count: getting started. Nelson LS (1982), J Qual Technol
    14:172-173.

    Examples
    --------
    >>> chart = xmr([20, 23, 20, None, 23, 20, 23, 48], good="down")
    >>> chart.kind[-5:].tolist(), chart.direction[-1].item()
    (['missing', 'common', 'common', 'common', 'outside_limits'], 'concern')
    >>> chart.lower[0].round(2).item(), chart.upper[0].round(2).item()
    (17.31, 33.27)
    """
    values = measured("values", values)
    if good not in BETTER:
        raise ArgumentError(f"good : {not_allowed(good, BETTER)}")
    fix_after = None if fix_after is None else whole("fix_after", fix_after, 2)
    parts = [_part(part, fix_after, screen_outliers) for part in np.split(values, _starts(rebase_at, values.size))]
    chart = _Part(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    special = ~np.isin(chart.kind, (COMMON, MISSING))
    side = np.where(special, chart.side, 0).astype(np.int8)
    better = side * BETTER[good]
    direction = np.select([better > 0, better < 0, special], [IMPROVEMENT, CONCERN, NEUTRAL], default="")
    return XmR(special, chart.kind, direction, side, *chart[2:], variant="XmR, NHS England")


def assurance(chart: XmR, target: float, good: str) -> str | None:
    """What chance alone leaves of a target by the last limits: it is always met, never met, or now and then.

    "pass", "fail" or "inconsistent"; None where no direction is better, or no limit is known.

    References
    ----------
    NHS England (2019), Making data count: getting started.

    Examples
    --------
    >>> chart = xmr([20, 21, 20, 19, 20, 21, 20, 19], good="down")
    >>> assurance(chart, 30, "down"), assurance(chart, 20, "down")
    ('pass', 'inconsistent')
    """
    if good not in BETTER:
        raise ArgumentError(f"good : {not_allowed(good, BETTER)}")
    target, lower, upper = measured("target", target)[0], chart.lower[-1], chart.upper[-1]
    if not BETTER[good] or np.isnan([target, lower, upper]).any():
        return None
    beyond = int(target > upper) - int(target < lower)
    return {0: "inconsistent", BETTER[good]: "fail"}.get(beyond, "pass")


def _part(values: Floats, fix_after: int | None, screen_outliers: bool) -> _Part:
    """Mean, limits and signals of one stretch."""
    base = values[:fix_after]
    known = base[~np.isnan(base)]
    mean = known.mean() if known.size else np.nan
    away = values - mean
    away[np.abs(away) <= ROUND_OFF * np.abs(known).max(initial=0)] = 0  # a rounding has no side
    width = LIMIT * mean_moving_range(away[:fix_after], screen_outliers)
    outside = np.abs(away) > width
    close = ~outside & (np.abs(away) > 2 / 3 * width)
    present = ~np.isnan(values)
    kind, side = np.full(values.shape, MISSING, dtype="U16"), np.zeros(values.size)
    kind[present], side[present] = _signals(away[present], outside[present], close[present])
    lines = (np.full(values.size, line) for line in (mean, mean - width, mean + width))
    return _Part(kind, side, *lines, outside, close, np.full(values.size, known.size < FIRM_FROM))


def _signals(away: Floats, outside: Flags, close: Flags) -> tuple[NDArray[np.str_], Floats]:
    """The first rule that each point meets, and whether it is high (1) or low (-1) by that rule."""
    side = np.nan_to_num(np.sign(away))
    steps = windows(np.sign(np.diff(away)), ROW - 1)
    rising, falling = (whole_patterns((steps == way).all(axis=1), ROW, away.size) for way in (1, -1))
    sides = windows(side, ROW)
    shift = whole_patterns(np.abs(sides.sum(axis=1)) == ROW, ROW, away.size)
    pairs = (windows(close.astype(float), 3).sum(axis=1) >= 2) & (np.abs(windows(side, 3).sum(axis=1)) == 3)
    two = close & whole_patterns(pairs, 3, away.size)
    kind = np.select([outside, rising | falling, two, shift], [OUTSIDE, TREND, TWO_OF_THREE, SHIFT], default=COMMON)
    return kind, np.where(kind == TREND, _slope(away, rising, falling), side)


def _slope(away: Floats, rising: Flags, falling: Flags) -> Floats:
    """1 in a rise, -1 in a fall; a peak or a trough belongs to what follows it."""
    after = np.sign(np.diff(away, append=away[-1:]))
    return np.where(rising & falling, after, rising.astype(float) - falling)


def _starts(rebase_at: int | Sequence[int], size: int) -> list[int]:
    given = np.atleast_1d(rebase_at).tolist()
    return sorted({whole("rebase_at", start, 0, size - 1) for start in given} - {0})
