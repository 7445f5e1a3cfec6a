"""Which points of a chart are signals: the rules of Anhøj, of Nelson and of Western Electric.

Missing values are no points: the rules see the others as if they followed one another.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from indicators.methods.arguments import Floats, maybe_missing, measured, refuse, same_length

Flags = NDArray[np.bool_]
ROUND_OFF = 1e-12  # relative; nearer than this, a point is on the line


class Anhoej(NamedTuple):
    """Two tests of a whole series; figures are NaN where no point is off the centre line."""

    n_useful: int
    longest_run: float
    longest_run_max: float
    crossings: float
    crossings_min: float
    signal: bool
    variant: str


class Nelson(NamedTuple):
    """For each of the eight tests, True at the points that complete its pattern."""

    beyond_limits: Flags
    nine_on_one_side: Flags
    six_in_a_trend: Flags
    fourteen_alternating: Flags
    two_of_three_beyond_2_sigma: Flags
    four_of_five_beyond_1_sigma: Flags
    fifteen_within_1_sigma: Flags
    eight_beyond_1_sigma: Flags
    variant: str


class WesternElectric(NamedTuple):
    """For each of the four tests, True at the points that complete its pattern."""

    beyond_limits: Flags
    two_of_three_beyond_2_sigma: Flags
    four_of_five_beyond_1_sigma: Flags
    eight_on_one_side: Flags
    variant: str


def side_of(values: ArrayLike, centre: ArrayLike) -> Floats:
    """1 above the centre line, -1 below, 0 on it (to rounding) or where the value is missing.

    Examples
    --------
    >>> side_of([9.0, 10.0, 11.0, None], 10.0)
    array([-1.,  0.,  1.,  0.])
    """
    values, centre = measured("values", values), maybe_missing("centre", centre)
    same_length(values=values, centre=centre)
    away = values - centre
    near = np.abs(away) <= ROUND_OFF * np.nan_to_num(np.abs(values)).max()
    return np.where(near | np.isnan(away), 0.0, np.sign(away))


def long_runs(values: ArrayLike, centre: ArrayLike, length: int = 7) -> Floats:
    """1 or -1 from the `length`-th point in a row above or below the centre line on, 0 elsewhere.

    A point on the line ends the run.

    Examples
    --------
    >>> long_runs([1, 2, 1, 0, 1], 0.5, length=3)
    array([0., 0., 1., 0., 0.])
    """
    side, present = side_of(values, centre), ~np.isnan(maybe_missing("values", values))
    above, below = (completed(side[present] == way, length, length) for way in (1, -1))
    return _back(above.astype(float) - below, present)


def anhoej(values: ArrayLike, centre: ArrayLike) -> Anhoej:
    """Whether a series has an unusually long run, or crosses its centre line unusually seldom.

    Points on the line are not counted. With n others, a run is too long above round(log2 n) + 3,
    and crossings are too few below the 5 % quantile of Binomial(n - 1, 1/2).

    References
    ----------
    Anhøj J, Olesen AV (2014), PLoS ONE 9:e113825. Schilling MF (2012), Math Mag 85:141-149.
    Chen Z (2010), Am Stat 64:62-66.

    Examples
    --------
    >>> anhoej([1, 2, 1, 2, 8, 9, 8, 9, 8, 9], 5.0)[1:6]
    (6.0, 6.0, 1.0, 2.0, True)
    """
    side = side_of(values, centre)
    side = side[side != 0]
    if not side.size:
        return Anhoej(0, *[float("nan")] * 4, signal=False, variant="anhoej")
    crossed = np.flatnonzero(np.diff(side))
    longest = float(np.diff(np.concatenate([[-1], crossed, [side.size - 1]])).max())
    most, fewest = float(np.round(np.log2(side.size)) + 3), float(_fewest_crossings(side.size))
    signal = bool(longest > most or crossed.size < fewest)
    return Anhoej(side.size, longest, most, float(crossed.size), fewest, signal, "anhoej")


def nelson(values: ArrayLike, centre: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Nelson:
    """The eight tests of Nelson, each marking the points that complete its pattern.

    A sigma is a sixth of the way between the limits (give them before any truncation at 0 or 1).
    A point on a limit or on the edge of a zone is not beyond it.

    References
    ----------
    Nelson LS (1984), J Qual Technol 16:237-239.

    Examples
    --------
    >>> nelson([0, 1, 2, 3, 4, 5, -9], 0, -6, 6).six_in_a_trend
    array([False, False, False, False, False,  True, False])
    """
    present, points, side, zone = _zones(values, centre, lower, upper)
    steps = np.sign(np.diff(points, prepend=points[:1]))
    turns = np.concatenate([[False], steps[1:] * steps[:-1] < 0])[: points.size]
    tests = (
        np.abs(zone) == 3,
        _either(side, 9, 9),
        _either(steps, 5, 5),  # six points have five steps
        completed(turns, 12, 12),  # fourteen points have twelve turns
        _either(np.fix(zone / 2), 2, 3),
        _either(np.sign(zone), 4, 5),
        completed(zone == 0, 15, 15),
        completed(zone != 0, 8, 8),
    )
    return Nelson(*(_back(test, present) for test in tests), variant="nelson")


def western_electric(values: ArrayLike, centre: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> WesternElectric:
    """The four tests of Western Electric, each marking the points that complete its pattern.

    Limits, zones and missing values are those of `nelson`.

    References
    ----------
    Western Electric Company (1956), Statistical quality control handbook, pp. 25-28.

    Examples
    --------
    >>> western_electric([5, 0, 5], 0, -6, 6).two_of_three_beyond_2_sigma
    array([False, False,  True])
    """
    present, _, side, zone = _zones(values, centre, lower, upper)
    tests = (np.abs(zone) == 3, _either(np.fix(zone / 2), 2, 3), _either(np.sign(zone), 4, 5), _either(side, 8, 8))
    return WesternElectric(*(_back(test, present) for test in tests), variant="western electric")


def completed(flags: Flags, needed: int, among: int) -> Flags:
    """Flagged points that make at least `needed` flags among the last `among` points.

    >>> completed(np.array([True, False, True, False]), 2, 3)
    array([False, False,  True, False])
    """
    total = np.concatenate([np.zeros(among), np.cumsum(flags)])
    return flags & (total[among:] - total[:-among] >= needed)


def whole_patterns(matches: Flags, length: int, size: int) -> Flags:
    """All the points of the windows that match, `matches` holding one flag per start of a window.

    >>> whole_patterns(np.array([False, True, False]), 2, 4)
    array([False,  True,  True, False])
    """
    return np.convolve(matches, np.ones(length)) > 0 if matches.size else np.zeros(size, dtype=bool)


def windows(values: Floats, length: int) -> Floats:
    """Every `length` points in a row, one row each; no row where the series is shorter."""
    return sliding_window_view(values, length) if values.size >= length else np.empty((0, length))


def _zones(values, centre, lower, upper) -> tuple[Flags, Floats, Floats, Floats]:
    """The points that are there, and how many whole sigmas each is beyond: -3 to 3."""
    points = measured("values", values)
    lines = {"centre": measured("centre", centre), "lower": measured("lower", lower), "upper": measured("upper", upper)}
    same_length(values=points, **lines)
    centre, lower, upper = (np.broadcast_to(line, points.shape) for line in lines.values())
    refuse("lower", lower > centre, "ne peut dépasser centre")
    refuse("upper", upper < centre, "ne peut être inférieur à centre")
    middle, sigma = (lower + upper) / 2, (upper - lower) / 6
    with np.errstate(invalid="ignore"):
        above = sum((points > line).astype(float) for line in (middle + sigma, middle + 2 * sigma, upper))
        below = sum((points < line).astype(float) for line in (middle - sigma, middle - 2 * sigma, lower))
    present = ~np.isnan(points)
    return present, points[present], side_of(points, centre)[present], (above - below)[present]


def _either(side: Floats, needed: int, among: int) -> Flags:
    return completed(side == 1, needed, among) | completed(side == -1, needed, among)


def _back(found: NDArray, present: Flags) -> NDArray:
    """What was found at the points that are there, put back in its place; nothing at missing ones."""
    everywhere = np.zeros(present.size, dtype=found.dtype)
    everywhere[present] = found
    return everywhere


def _fewest_crossings(useful: int) -> int:
    """The 5 % quantile of Binomial(useful - 1, 1/2), in whole numbers: no rounding at the edge."""
    trials, ways, total, crossings = useful - 1, 1, 1, 0
    enough = -(-(2**trials) // 20)
    while total < enough:
        ways = ways * (trials - crossings) // (crossings + 1)
        total += ways
        crossings += 1
    return crossings
