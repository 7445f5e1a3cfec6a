"""The choice of blanks before a judge of another make: hand arithmetic repeated, then a linear programme per cell."""

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from indicators.disclosure.audit import EXACT, INSIDER, NARROW, UNION, audit, bounds
from indicators.disclosure.model import Axis, bound, linked, named, not_exact, table, whole_rule
from indicators.disclosure.protect import protect_counts
from indicators.disclosure.suppress import suppress
from indicators.errors import ArgumentError

SETTINGS = settings(max_examples=15, deadline=None, derandomize=True)
DAY = date(2025, 1, 1)
count = st.one_of(st.integers(0, 12), st.integers(0, 60))


def axes(*sizes):
    return [
        Axis.flat(name, [f"{name}{place}" for place in range(size)]) for name, size in zip("abc", sizes, strict=False)
    ]


def counts(*sizes):
    number = int(np.prod(sizes))
    return st.lists(count, min_size=number, max_size=number).map(lambda values: np.reshape(values, sizes))


def small(release):
    return (release.value > 0) & (release.value < 11)


def by_hand(sums, value, blank, rounds=20):
    """Bounds from one equation at a time."""
    low, high = np.where(blank, 0.0, value), np.where(blank, np.inf, value)
    for _, line in itertools.product(range(rounds), sums):
        for cell in np.flatnonzero(line):
            others = [other for other in np.flatnonzero(line) if other != cell]
            share = {other: -line[other] / line[cell] for other in others}
            least = sum(share[o] * (low[o] if share[o] > 0 else high[o]) for o in others)
            most = sum(share[o] * (high[o] if share[o] > 0 else low[o]) for o in others)
            low[cell], high[cell] = max(low[cell], least), min(high[cell], most)
    return low, high


def interval(release, blank, cell):
    """What a reader knows of a cell: both judges, the narrower."""
    sums = release.sums.toarray()
    low, high = by_hand(sums, release.value, blank | ~release.printed)
    box = list(zip(low, np.where(np.isfinite(high), high, None), strict=True))
    aim = np.eye(1, blank.size, cell)[0]
    found = [linprog(side * aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=box) for side in (1, -1)]
    return found[0].fun, np.inf if found[1].status == 3 else -found[1].fun


def assert_protected(release, blank):
    for cell in np.flatnonzero(small(release)):
        low, high = interval(release, blank, cell)
        assert low <= 1 + 1e-6
        assert high >= 10 - 1e-6


@SETTINGS
@given(counts(4, 4))
def test_no_small_count_of_a_two_way_table_can_be_worked_out(inner):
    release = table(axes(4, 4), inner)
    found = protect_counts(release, DAY)
    assert found.safe
    assert (found.pattern.blank >= small(release)).all()
    assert not found.pattern.blank[release.value == 0].any()
    assert_protected(release, found.pattern.blank)


@settings(SETTINGS, max_examples=4)
@given(counts(2, 3, 2))
def test_nor_of_a_three_way_table(inner):
    release = table(axes(2, 3, 2), inner)
    found = protect_counts(release, DAY)
    assert found.safe
    assert_protected(release, found.pattern.blank)


@settings(SETTINGS, max_examples=6)
@given(counts(5, 2))
def test_nor_of_a_hierarchy(inner):
    places = Axis.tree("place", {"R1": ["d1", "d2", "d3"], "R2": ["d4", "d5"], "Total": ["R1", "R2"]})
    release = table([places, Axis.flat("sex", ["F", "M"])], inner)
    found = protect_counts(release, DAY)
    assert found.safe
    assert_protected(release, found.pattern.blank)


@settings(SETTINGS, max_examples=8)
@given(counts(3, 2, 2))
def test_nor_of_two_tables_that_share_a_margin(inner):
    a, b, c = axes(3, 2, 2)
    release = linked(named(table([a, b], inner.sum(axis=2)), [a, b]), named(table([a, c], inner.sum(axis=1)), [a, c]))
    found = protect_counts(release, DAY)
    assert found.safe
    assert_protected(release, found.pattern.blank)


def test_nor_by_taking_a_year_to_date_from_the_next():
    months = [f"{month:02}" for month in range(1, 7)]
    parts = {f"to {month}": months[: place + 1] for place, month in enumerate(months) if place}
    year = Axis.tree("month", {"Q1": months[:3], "Q2": months[3:], **parts})
    release = table([year, Axis.flat("sex", ["F", "M"])], [[40, 30], [20, 4], [30, 30], [50, 20], [3, 60], [40, 44]])
    found = protect_counts(release, DAY)
    assert found.safe
    assert_protected(release, found.pattern.blank)


def brute(release, blank, inner):
    """Smallest and largest of each blank over every table of whole numbers that prints the same."""
    hidden = blank.reshape(3, 4)[:-1, :-1]
    tables = []
    for values in itertools.product(range(int(inner.sum()) + 1), repeat=int(hidden.sum())):
        other = inner.copy()
        other[hidden] = values
        whole = np.zeros((3, 4))
        whole[:-1, :-1] = other
        whole[-1, :-1], whole[:-1, -1], whole[-1, -1] = other.sum(0), other.sum(1), other.sum()
        if (whole.ravel() == release.value)[~blank].all():
            tables.append(whole.ravel()[blank])
    return np.min(tables, axis=0), np.max(tables, axis=0)


@SETTINGS
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.sets(st.integers(0, 11), max_size=5))
def test_bounds_are_those_of_every_table_written_out(values, hidden):
    inner = np.reshape(values, (2, 3))
    release = table(axes(2, 3), inner)
    blank = np.isin(np.arange(12), list(hidden))
    blank[release.keys.index(("Total", "Total"))] = False
    if blank[[place for place, key in enumerate(release.keys) if "Total" not in key]].sum() > 4 or not blank.any():
        return
    found = bounds(release, blank)
    low, high = brute(release, blank, inner)
    assert found.proved.all()
    assert found.lower.tolist() == low.tolist()
    assert found.upper.tolist() == high.tolist()


def test_a_cell_that_only_whole_numbers_give_away_is_found():
    """x + y = 3 and y + z = 4 are shown; x + z = 7 - 2y is odd and known to lie from 2.5 to 4.5: it is 3."""
    keys = [("x",), ("y",), ("z",), ("xy",), ("yz",), ("xz",)]
    release = table([Axis("a", tuple(key[0] for key in keys), ())], [1, 2, 2, 3, 4, 3])
    tied = bound(release, {("xy",): keys[:2], ("yz",): keys[1:3], ("xz",): [("x",), ("z",)]})
    tied = tied._replace(lower=np.array([0, 0, 0, 0, 0, 2.5]), upper=np.array([9, 9, 9, 9, 9, 4.5]))
    found = bounds(tied, np.array([True, True, True, False, False, True]))
    assert found.lower.tolist() == [1.0, 2.0, 2.0, 3.0]
    assert found.upper.tolist() == [1.0, 2.0, 2.0, 3.0]
    fractions = bounds(tied._replace(whole=False), np.array([True, True, True, False, False, True]))
    assert fractions.upper - fractions.lower == pytest.approx([1, 1, 1, 2])


def marked(release, *keys):
    return np.isin(np.arange(len(release.keys)), release.places(keys))


def kinds(release, blank, **more):
    return {one.kind for one in audit(release, blank, whole_rule(release, small(release), 11), **more)}


def test_the_judge_names_what_each_pattern_gives_away():
    release = table(axes(2, 3), [[3, 4, 50], [30, 40, 60]])
    assert kinds(release, marked(release, ("a0", "b0"), ("a0", "b1"))) == {EXACT}
    square = marked(release, *itertools.product(("a0", "a1"), ("b0", "b1")))
    assert kinds(release, square, smallest_shown=11) == {NARROW, UNION}  # 3 and 4 stay within 7


def test_the_judge_knows_what_the_only_person_of_a_cell_knows():
    release = table(axes(2, 2), [[1, 9], [30, 40]])
    blank = marked(release, *itertools.product(("a0", "a1"), ("b0", "b1")), ("a0", "Total"), ("a1", "Total"))
    blank &= ~marked(release, ("a0", "Total"))
    assert INSIDER in kinds(release, blank | small(release) & marked(release, ("a0", "b0")), alone=release.value == 1)


def test_a_small_count_left_in_print_is_found():
    release = table(axes(2, 2), [[3, 20], [30, 40]])
    assert kinds(release, np.zeros(9, bool)) == {EXACT}


def test_printed_figures_that_contradict_each_other_are_refused():
    release = table(axes(2, 2), [[3, 20], [30, 40]])
    wrong = release._replace(value=release.value + 5 * marked(release, ("a0", "Total")))
    with pytest.raises(ArgumentError, match="contredisent"):
        bounds(wrong, marked(wrong, ("a0", "b0"), ("a0", "b1")))


def least(release, secret):
    """The fewest further blanks that leave no secret cell with one value only, all patterns tried."""
    others = np.flatnonzero(~secret & (release.value != 0))
    for size in range(others.size + 1):
        for chosen in itertools.combinations(others, size):
            blank = secret | np.isin(np.arange(secret.size), chosen)
            if all(np.ptp(interval(release, blank, cell)) > 1e-6 for cell in np.flatnonzero(secret)):
                return size
    return None


@settings(SETTINGS, max_examples=6)
@given(counts(3, 2))
def test_an_optimal_pattern_has_as_few_blanks_as_any(inner):
    release = table(axes(3, 2), inner)
    secret = small(release)
    found = suppress(release, secret, not_exact(release, secret))
    assert found.method == "optimal"
    assert found.secondary.sum() == least(release, secret)


def test_cells_never_to_blank_are_left_and_what_that_exposes_is_told():
    release = table(axes(2, 2), [[3, 20], [30, 40]])
    secret, grand = small(release), marked(release, ("Total", "Total"))
    free = suppress(release, secret, not_exact(release, secret), keep=grand)
    assert not free.blank[grand].any()
    assert not free.exposed.size
    tied = suppress(release, secret, not_exact(release, secret), keep=~secret)
    assert tied.exposed.tolist() == np.flatnonzero(secret).tolist()


def test_dear_cells_are_spared():
    release = table(axes(3, 3), [[3, 40, 40], [40, 40, 40], [40, 40, 40]])
    secret, dear = small(release), marked(release, ("a0", "b1"), ("a1", "b0"))
    found = suppress(release, secret, not_exact(release, secret), cost=1 + 100.0 * dear)
    assert not (found.blank & dear).any()


def test_without_time_more_is_blank_and_nothing_is_given_away():
    release = table(axes(5, 5), np.arange(25).reshape(5, 5) + 5)
    hasty, calm = (protect_counts(release, DAY, seconds=seconds) for seconds in (0.0, 60.0))
    assert hasty.pattern.stopped
    assert hasty.pattern.blank.sum() >= calm.pattern.blank.sum()
    assert hasty.safe
    assert calm.safe


def test_amounts_keep_the_distance_asked_for():
    release = table(axes(3, 3), [[100.5, 250, 300], [400, 500.25, 600], [700, 800, 900]])
    secret = marked(release, ("a0", "b0"))
    needs = not_exact(release, secret)._replace(low=np.array([80.0]), high=np.array([120.0]))
    found = suppress(release, secret, needs)
    low, high = interval(release, found.blank, int(np.flatnonzero(secret)[0]))
    assert low <= 80 + 1e-6
    assert high >= 120 - 1e-6


def test_a_table_without_small_counts_is_printed_whole():
    assert not protect_counts(table(axes(2, 2), [[0, 20], [30, 40]]), DAY).pattern.blank.any()


def test_regularisations_count_by_their_size():
    release = table(axes(2, 2), [[-3, 20], [30, 40]], signed=True)
    found = protect_counts(release, DAY)
    assert found.secret.sum() == 1
    assert found.safe
    assert found.pattern.blank.sum() == 4


def test_a_group_of_small_counts_that_cannot_be_hidden_is_told():
    release = table(axes(1, 3), [[3, 4, 50]])
    small_ones = [release.keys[cell] for cell in np.flatnonzero(small(release))]
    found = protect_counts(release, DAY, keep=~small(release))
    assert not found.safe
    assert {release.keys[cell] for cell in found.pattern.exposed} == set(small_ones)
