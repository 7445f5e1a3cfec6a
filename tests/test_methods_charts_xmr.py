"""The XmR chart that pages draw, on any series."""

import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
from any_series import amounts, gappy, places, same, series, swift
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indicators.methods.xmr import assurance, xmr


def windows_around(place, length, size):
    """Every `length` places in a row that hold one of `size` places."""
    starts = range(max(0, place - length + 1), min(place, size - length) + 1)
    return [range(start, start + length) for start in starts]


def plain_kind(place, known, mean, width):
    """The rules of the guide, one point at a time."""

    def close(other, way):
        return 2 / 3 * width < way * (known[other] - mean) <= width

    def trend(row, way):
        return all(way * (known[later] - known[earlier]) > 0 for earlier, later in pairwise(row))

    def one_side(row, way):
        return all(way * (known[other] - mean) > 0 for other in row)

    sevens, threes = (windows_around(place, length, len(known)) for length in (7, 3))
    if abs(known[place] - mean) > width:
        return "outside_limits"
    if any(trend(row, way) for row in sevens for way in (1, -1)):
        return "trend"
    if any(
        close(place, way) and one_side(row, way) and sum(close(other, way) for other in row) >= 2
        for row in threes
        for way in (1, -1)
    ):
        return "two_of_three"
    return "shift" if any(one_side(row, way) for row in sevens for way in (1, -1)) else "common"


@settings(swift, max_examples=200)
@given(st.lists(st.integers(-12, 12), min_size=1, max_size=30), st.integers(0, 3))
def test_an_xmr_agrees_with_the_rules_taken_one_point_at_a_time(steps, inertia):
    known = np.cumsum(steps) if inertia == 0 else np.array(steps) // inertia + np.arange(len(steps)) * (inertia - 1)
    chart = xmr(known)
    mean, width = chart.mean[0], chart.upper[0] - chart.mean[0]
    # A point that rounding may put on either side of a line proves nothing.
    edges = np.array([0, width, 2 / 3 * width])
    assume(not np.isclose(np.abs(known - mean)[:, None], edges, atol=1e-9).any())
    assert chart.kind.tolist() == [plain_kind(place, known.tolist(), mean, width) for place in range(known.size)]


@swift
@given(gappy, st.sampled_from(["up", "down", "none"]), st.booleans())
def test_every_point_of_an_xmr_has_one_kind_and_a_direction_only_if_special(values, good, screened):
    chart = xmr(values, good, screen_outliers=screened)
    missing = np.array([value is None for value in values])
    assert ((chart.kind == "missing") == missing).all()
    assert (chart.special == ~np.isin(chart.kind, ["missing", "common"])).all()
    assert ((chart.direction != "") == chart.special).all()
    assert ((chart.side != 0) == chart.special).all()
    assert set(chart.direction) - {""} <= ({"neutral"} if good == "none" else {"improvement", "concern"})
    assert (chart.outside == (chart.kind == "outside_limits")).all()
    assert not (chart.outside & chart.close).any()


@swift
@given(gappy)
def test_what_is_better_one_way_is_worse_the_other(values):
    up, down = xmr(values, "up"), xmr(values, "down")
    assert same(up.kind, down.kind)
    assert ((up.direction == "improvement") == (down.direction == "concern")).all()
    assert ((up.direction == "concern") == (down.direction == "improvement")).all()


@swift
@given(gappy, st.integers(2, 9), amounts)
def test_an_xmr_in_another_unit_says_the_same(values, factor, shift):
    known = np.array(values, dtype=float)
    one, other = xmr(known), xmr(known * 2.0**factor + 0)
    assert same(one.kind, other.kind)
    assert same(one.upper * 2.0**factor, other.upper)
    assert same(xmr(known + shift).upper, one.upper + shift)


@swift
@given(gappy)
def test_a_mirrored_xmr_says_the_same_of_the_other_side(values):
    one, other = xmr(values), xmr([None if value is None else -value for value in values])
    assert same(one.kind, other.kind)
    assert same(one.side, -other.side)
    assert same(one.upper, -other.lower)


@swift
@given(st.lists(amounts, min_size=2, max_size=20), st.lists(amounts, min_size=2, max_size=20))
def test_each_side_of_a_rebase_is_a_chart_of_its_own(before, after):
    whole = xmr([*before, *after], "up", rebase_at=len(before))
    parts = [xmr(part, "up") for part in (before, after)]
    for column, *pieces in zip(whole[:-1], *(part[:-1] for part in parts), strict=True):
        assert same(column, np.concatenate(pieces))


@swift
@given(st.lists(amounts, min_size=12, max_size=12), series)
def test_limits_fixed_after_a_year_do_not_move_with_later_points(year, later):
    fixed, alone = xmr([*year, *later], fix_after=12), xmr(year)
    assert same(fixed.upper, np.full(fixed.upper.size, alone.upper[0]))
    assert same(fixed.mean, np.full(fixed.mean.size, alone.mean[0]))


@swift
@given(st.floats(0.001, 1e6), st.integers(1, 60), st.booleans())
def test_a_series_that_never_moves_gives_no_signal(value, size, screened):
    chart = xmr([value] * size, "up", screen_outliers=screened)
    assert not chart.special.any()
    assert np.isnan(chart.upper).all() == (screened or size == 1)


@swift
@given(st.floats(0.1, 100), st.integers(12, 40))
def test_rounding_alone_gives_no_signal(value, size):
    wobble = np.where(np.arange(size) % 2, value, np.nextafter(value, np.inf))
    assert not xmr(wobble, screen_outliers=False).special.any()


def test_a_zero_at_a_mean_of_zero_has_no_side():
    thirds = np.array([0.1, 0.2, -0.3] * 5 + [0.0] * 7)
    assert abs(thirds.mean()) < 1e-12
    assert not xmr(thirds).special[-7:].any()


def test_a_trend_is_marked_whole_and_a_peak_belongs_to_the_fall():
    values = [50, 41, 60, 42, 44, 46, 48, 50, 52, 54, 52, 50, 48, 46, 44, 42, 60, 41, 50]
    chart = xmr(values, "up")
    assert chart.kind[3:16].tolist() == ["trend"] * 13
    assert chart.direction[3:9].tolist() == ["improvement"] * 6
    assert chart.direction[9:16].tolist() == ["concern"] * 7
    assert chart.kind[[0, 1, 2, 16, 17, 18]].tolist() == ["common"] * 6


def test_outside_comes_before_trend_before_two_of_three_before_shift():
    rise = xmr([10, 11, 12, 13, 14, 15, 16, 17])
    assert rise.kind.tolist() == ["outside_limits", *["trend"] * 6, "outside_limits"]
    shifted = xmr([*[0, 4] * 12, 8, 6, 11.5, 7, 11.5, 6, 8, 7])
    assert shifted.kind[23:].tolist() == [*["shift"] * 3, "two_of_three", "shift", "two_of_three", *["shift"] * 3]


def test_two_of_three_needs_the_third_on_the_same_side():
    together = xmr([*[50, 60] * 12, 80, 58, 80, 50, 60, 50], "down")
    apart = xmr([*[50, 60] * 12, 80, 50, 80, 50, 60, 50], "down")
    assert places(together.close) == places(apart.close) == [24, 26]
    assert places(together.kind == "two_of_three") == [24, 26]
    assert together.direction[24] == "concern"
    assert not apart.special.any()


def test_no_moving_range_crosses_a_gap_but_a_shift_goes_on():
    values = [0, 2, 0, 2, 0, 2, 0, 2, None, 8, 9, 8, None, 9, 8, 9, 8]
    chart = xmr(values)
    assert chart.upper[0] - chart.mean[0] == pytest.approx(2.66 * (7 * 2 + 5 * 1) / 12)
    assert set(chart.kind[[9, 10, 11, 13, 14, 15, 16]]) <= {"shift", "outside_limits", "two_of_three"}


def test_limits_are_provisional_below_twelve_points():
    assert xmr([1, 2] * 5 + [1, None]).provisional.all()
    assert not xmr([1, 2] * 6).provisional.any()
    assert xmr([1, 2] * 12, fix_after=6).provisional.all()


@pytest.mark.parametrize(
    ("target", "good", "said"),
    [
        *[(30, "up", "fail"), (30, "down", "pass"), (0, "up", "pass"), (0, "down", "fail")],
        *[(11, "up", "inconsistent"), (30, "none", None)],
    ],
)
def test_assurance_compares_the_last_limits_with_the_target(target, good, said):
    assert assurance(xmr([10, 12] * 8), target, good) == said


def test_no_assurance_without_limits():
    assert assurance(xmr([10] * 8), 30, "up") is None


def test_xmr_is_quick_and_a_page_does_not_pay_for_statistics():
    code = "import sys\nfrom indicators.methods.xmr import xmr\nxmr([1, 2, 3, None] * 9, 'up')\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"scipy", "statsmodels", "pandas"}.isdisjoint(run.stdout.split())
    values, begun = np.arange(36.0) % 5, time.process_time()
    for _ in range(100):
        xmr(values, "up")
    assert time.process_time() - begun < 1  # some 0.4 ms each
