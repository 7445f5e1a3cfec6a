"""Which figures the rules withhold."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure import rules
from indicators.disclosure.rules import dominance, in_force, small_counts
from indicators.errors import ArgumentError

SETTINGS = settings(max_examples=50, deadline=None, derandomize=True)
positive = st.lists(st.floats(0.5, 1e6), min_size=1, max_size=12)


def test_counts_from_1_to_10_are_withheld_and_zero_is_shown():
    assert np.flatnonzero(small_counts(range(30))).tolist() == list(range(1, 11))
    assert np.flatnonzero(small_counts(range(30), zero=True)).tolist() == list(range(11))


def test_a_missing_count_is_withheld():
    assert small_counts([None, 500]).tolist() == [True, False]


def test_a_negative_count_is_refused_with_its_place():
    with pytest.raises(ArgumentError, match=r"counts : un nombre négatif n’est pas admis \(position 2\)"):
        small_counts([3, 0, -1])


def test_a_new_rule_leaves_older_days_alone(monkeypatch):
    stricter = in_force(date(2020, 1, 1))._replace(since=date(2030, 1, 1), smallest_shown=20)
    monkeypatch.setattr(rules, "THRESHOLDS", (*rules.THRESHOLDS, stricter))
    assert [in_force(date(year, 12, 31)).smallest_shown for year in (2029, 2030)] == [11, 20]


def test_the_rules_of_public_statistics_are_three_units_and_85_percent():
    today = in_force(date(2025, 6, 30))
    assert (today.fewest_contributors, today.largest_share) == (3, 0.85)


@SETTINGS
@given(positive, st.randoms(use_true_random=False))
def test_the_order_of_contributions_changes_nothing(amounts, random):
    shuffled = random.sample(amounts, len(amounts))
    for one, other in zip(
        dominance(amounts, [len(amounts)])[:-1], dominance(shuffled, [len(amounts)])[:-1], strict=True
    ):
        assert np.allclose(one, other)


@SETTINGS
@given(positive, st.floats(0.001, 1000))
def test_the_unit_of_money_changes_nothing(amounts, factor):
    one = dominance(amounts, [len(amounts)], n=2)
    other = dominance(np.array(amounts) * factor, [len(amounts)], n=2)
    assert other.top_share == pytest.approx(one.top_share)
    assert other.p_ratio == pytest.approx(one.p_ratio, abs=1e-9)


@SETTINGS
@given(positive, st.floats(0.05, 0.9), st.floats(0.01, 0.09))
def test_a_stricter_share_withholds_at_least_as_much(amounts, k, less):
    strict, loose = (dominance(amounts, [len(amounts)], k=limit) for limit in (k, k + less))
    assert strict.dominated[0] >= loose.dominated[0]


@SETTINGS
@given(st.lists(positive, min_size=1, max_size=6))
def test_groups_do_not_touch_each_other(groups):
    together = dominance([x for group in groups for x in group], [len(group) for group in groups])
    apart = [dominance(group, [len(group)]) for group in groups]
    assert together.top_share.tolist() == pytest.approx([one.top_share[0] for one in apart])
    assert together.p_ratio.tolist() == pytest.approx([one.p_ratio[0] for one in apart], nan_ok=True)


def test_a_group_without_a_positive_total_has_no_share_and_a_negative_one_is_told():
    found = dominance([0, 0, -5, 3], [2, 2, 0])
    assert np.isnan(found.top_share).all()
    assert found.negative.tolist() == [False, True, False]
    assert found.few.all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amounts": [1.0, np.nan]}, "amounts : valeur manquante ou infinie"),
        ({"sizes": [3]}, "3 contributions annoncées, 2 données"),
        ({"sizes": [1.5, 0.5]}, "nombre entier"),
        ({"k": 1.2}, "k : un nombre entre 0 et 1"),
        ({"n": 0}, "n vaut au moins 1"),
    ],
)
def test_what_makes_no_sense_is_refused(change, told):
    with pytest.raises(ArgumentError, match=told):
        dominance(**{"amounts": [1.0, 2.0], "sizes": [2], **change})
