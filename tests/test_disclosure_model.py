"""Tables, hierarchies and linked tables as cells and sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.model import Axis, bound, linked, named, table, whole_rule, with_unions
from indicators.errors import ArgumentError

SETTINGS = settings(max_examples=50, deadline=None, derandomize=True)
SEX, AGE = Axis.flat("sex", ["F", "M"]), Axis.flat("age", ["0-64", "65+"])
PLACES = Axis.tree("place", {"d1": ["c1", "c2"], "d2": ["c3"], "R": ["d1", "d2"]})


def values(release):
    return dict(zip(release.keys, release.value.tolist(), strict=True))


@SETTINGS
@given(st.lists(st.integers(0, 50), min_size=12, max_size=12))
def test_every_sum_of_a_hierarchical_three_way_table_holds(counts):
    release = table([PLACES, SEX, AGE], np.reshape(counts, (3, 2, 2)))
    assert len(release.keys) == 6 * 3 * 3
    assert np.abs(release.sums @ release.value).max() == 0
    assert values(release)["R", "Total", "Total"] == sum(counts)
    assert values(release)["d1", "F", "65+"] == counts[1] + counts[5]


def test_a_place_may_be_part_of_two_totals():
    months = [f"{month:02}" for month in range(1, 7)]
    year = Axis.tree("month", {"Q1": months[:3], "Q2": months[3:], "to april": months[:4], "half": ["Q1", "Q2"]})
    release = table([year], [1, 2, 3, 4, 5, 6])
    assert [values(release)[(place,)] for place in ("Q1", "Q2", "to april", "half")] == [6, 15, 10, 21]
    assert year.top == "half"


def test_tables_that_share_a_margin_share_its_cells():
    by_sex = named(table([PLACES, SEX], [[1, 2], [3, 4], [5, 6]]), [PLACES, SEX])
    by_age = named(table([PLACES, AGE], [[3, 0], [0, 7], [11, 0]]), [PLACES, AGE])
    both = linked(by_sex, by_age)
    assert len(both.keys) == 18 + 18 - 6
    assert np.abs(both.sums @ both.value).max() == 0


def test_tables_that_contradict_each_other_are_refused():
    tables = [named(table([SEX], counts), [SEX]) for counts in ([1, 2], [1, 3])]
    with pytest.raises(ArgumentError, match="deux valeurs pour une même cellule"):
        linked(*tables)


def test_a_further_sum_is_checked():
    release = table([SEX], [1, 2])
    assert bound(release, {("Total",): [("F",), ("M",)]}).sums.shape[0] == 2
    with pytest.raises(ArgumentError, match="ne sont pas la somme"):
        bound(release, {("F",): [("M",)]})
    with pytest.raises(ArgumentError, match="cellules inconnues"):
        bound(release, {("F",): [("X",)]})


@pytest.mark.parametrize(
    ("counts", "told"),
    [([1, 2, 3], "forme"), ([1, -2], "négative"), ([1, None], "manquante"), ([1, "a"], "tableau rectangulaire")],
)
def test_figures_that_are_no_table_are_refused(counts, told):
    with pytest.raises(ArgumentError, match=told):
        table([SEX], counts)


def test_a_place_inside_itself_is_refused():
    with pytest.raises(ArgumentError, match="sa propre partie"):
        Axis.tree("place", {"a": ["b", "x"], "b": ["a"]}).within()


def test_negative_amounts_are_admitted_where_told():
    release = table([SEX], [-5.5, 2], signed=True)
    assert release.lower.max() == -np.inf
    assert not release.whole


def test_the_secret_parts_of_a_line_are_one_small_group_unless_their_total_is_small_too():
    axis = Axis.flat("place", ["a", "b", "c"])
    for counts, unions in (([3, 4, 50], 1), ([3, 9, 50], 0), ([3, 4, 0], 0)):
        release = table([axis], counts)
        longer, secret, union = with_unions(release, (release.value > 0) & (release.value < 11), 11)
        assert union.sum() == unions
        assert longer.value[union].tolist() == [7.0] * unions
        assert np.abs(longer.sums @ longer.value).max() == 0
        assert secret[union].all()


def test_the_whole_rule_asks_for_1_to_10():
    release = table([SEX], [3, 20])
    needs = whole_rule(release, release.value == 3, 11)
    assert (needs.low.tolist(), needs.high.tolist()) == ([1.0], [10.0])
