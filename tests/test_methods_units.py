"""Inequality, dispersion, funnels, outliers, deciles, shrinkage and Benford: what must hold for any data."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from indicators.errors import ArgumentError
from indicators.methods import benford, deciles, dispersion, funnels, inequality, outliers, overdispersion, shrinkage
from indicators.qualification import qualify, units

OWN_CASES = Path(__file__).parent / "qualification"
props = settings(max_examples=50, deadline=None, derandomize=True)

amounts = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30)
shares = st.lists(st.tuples(st.integers(0, 50), st.integers(50, 500)), min_size=3, max_size=20)
observed_expected = st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 60)), min_size=3, max_size=20)
few = {"draws": 2000}


def columns(pairs):
    return (np.array(column, dtype=float) for column in zip(*pairs, strict=True))


@pytest.fixture(scope="module")
def outcomes():
    return [one for one in qualify(OWN_CASES) if one.file.startswith("units_")]


def test_every_method_agrees_with_two_cases_of_another_origin(outcomes):
    passed = Counter(one.method for one in outcomes if one.verdict == "passed")
    assert [one for one in outcomes if one.verdict != "passed"] == []
    assert {name for name in units.METHODS if passed[name] < 2} == set()


# Inequality


groups = st.lists(st.tuples(st.floats(1, 100), st.floats(1, 1e5), st.floats(0.01, 3)), min_size=5, max_size=12)


@props
@given(groups, st.randoms())
def test_the_order_of_the_rows_does_not_change_a_slope(rows, random):
    value, population, error = columns(rows)
    order = list(range(value.size))
    random.shuffle(order)
    one = inequality.slope_index(np.arange(value.size), value, population, error, **few)
    other = inequality.slope_index(np.array(order), value[order], population[order], error[order], **few)
    assert one[:-1] == pytest.approx(other[:-1])


@props
@given(groups)
def test_a_surer_slope_interval_is_wider_and_both_hold_the_slope(rows):
    value, population, error = columns(rows)
    args = (np.arange(value.size), value, population, error)
    narrow, wide = (inequality.slope_index(*args, confidence=level, **few) for level in (0.8, 0.99))
    assert wide.sii_lower <= narrow.sii_lower <= narrow.sii <= narrow.sii_upper <= wide.sii_upper


@props
@given(st.floats(0.01, 0.99), st.lists(st.floats(1, 1e5), min_size=5, max_size=12), st.booleans())
def test_groups_with_one_value_have_no_slope(level, population, transform):
    values = np.full(len(population), level)
    found = inequality.slope_index(range(values.size), values, population, 0, "proportion", transform=transform, **few)
    assert found.sii == pytest.approx(0, abs=1e-9)
    assert (found.rii, found.intercept) == pytest.approx((1, level))


def test_the_same_call_gives_the_same_limits():
    args = (range(5), [1, 2, 3, 4, 6], [10] * 5, [0.2] * 5, "rate")
    assert inequality.slope_index(*args) == inequality.slope_index(*args)
    assert inequality.slope_index(*args, seed=1).sii_lower != inequality.slope_index(*args, seed=2).sii_lower


def test_continuous_limits_are_those_of_a_weighted_sum_of_normal_values():
    population = np.array([5.0, 10, 20, 30, 35])
    weight = population / 100
    middle = np.cumsum(weight) - weight / 2
    slope = weight * (middle - 0.5) / np.sum(weight * (middle - 0.5) ** 2)
    found = inequality.slope_index(range(5), [1, 5, 2, 7, 9], population, [0.4, 0.3, 0.5, 0.2, 0.1])
    half = 1.959964 * np.sqrt(np.sum((slope * [0.4, 0.3, 0.5, 0.2, 0.1]) ** 2))
    assert (found.sii - found.sii_lower, found.sii_upper - found.sii) == pytest.approx((half, half), rel=0.03)


@props
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), st.floats(0.5, 9)), min_size=1, max_size=30))
def test_the_concentration_index_is_a_covariance_and_stays_within_one(rows):
    value, rank, weight = columns(rows)
    assume(value.sum() > 1e-3)
    found = inequality.concentration_index(value, rank, weight)
    weight = weight / weight.sum()
    ranks = np.array([weight[rank < r].sum() + weight[rank == r].sum() / 2 for r in rank])
    covariance = weight @ ((value - weight @ value) * (ranks - 0.5))
    assert found.index == pytest.approx(2 * covariance / (weight @ value), abs=1e-9)
    assert -1 <= found.index <= 1


@props
@given(amounts)
def test_ranked_on_itself_the_concentration_index_is_the_gini(values):
    index = inequality.concentration_index(values, values).index
    assert index == pytest.approx(dispersion.dispersion(values).gini, abs=1e-9)


def test_the_corrections_are_missing_for_a_value_out_of_bounds():
    found = inequality.concentration_index([0.5, 2.0], [1, 2])
    assert found.index == pytest.approx(0.3)
    assert np.isnan([found.erreygers, found.wagstaff]).all()


# Dispersion


@props
@given(amounts, st.floats(0.1, 100), st.permutations(range(30)))
def test_unevenness_depends_neither_on_the_unit_nor_on_the_order(values, factor, order):
    shuffled = [values[place] * factor for place in order if place < len(values)]
    one, other = dispersion.dispersion(values), dispersion.dispersion(shuffled)
    assert one[:7] == pytest.approx(other[:7], abs=1e-9)


@props
@given(amounts)
def test_two_copies_of_the_units_are_as_uneven_as_one(values):
    one, two = dispersion.dispersion(values), dispersion.dispersion(values * 2)
    assert (one.gini, one.theil, one.atkinson) == pytest.approx((two.gini, two.theil, two.atkinson), abs=1e-9)
    assert 0 <= one.gini <= one.gini_corrected <= 1 + 1e-9


@props
@given(amounts)
def test_taking_from_the_poorest_for_the_richest_is_never_less_uneven(values):
    values = sorted(values)
    moved = [values[0] / 2, *values[1:-1], values[-1] + values[0] / 2]
    before, after = dispersion.dispersion(values), dispersion.dispersion(moved)
    for name in ("gini", "theil", "mean_log_deviation", "atkinson", "herfindahl"):
        assert getattr(after, name) >= getattr(before, name) - 1e-9


def test_missing_amounts_are_left_out_and_nothing_shared_has_no_gini():
    assert dispersion.dispersion([1, None, 3]).gini == dispersion.dispersion([1, 3]).gini
    assert np.isnan(dispersion.dispersion([0, 0]).gini)
    assert np.isnan(dispersion.dispersion([5]).gini_corrected)


# Funnels


@props
@given(st.floats(0.01, 0.99), st.integers(1, 100_000))
def test_the_wilson_interval_of_a_funnel_limit_touches_the_target(target, population):
    lower_998, lower_95, upper_95, upper_998 = (limit[0] for limit in funnels.proportion_limits(target, population))
    for limit, alpha, side in ((lower_998, 0.002, 1), (lower_95, 0.05, 1), (upper_95, 0.05, 0), (upper_998, 0.002, 0)):
        if 0 < limit < 1:
            bounds = proportion_confint(limit * population, population, alpha=alpha, method="wilson")
            assert bounds[side] == pytest.approx(target, abs=1e-7)


LIMITS = {
    "score": lambda target, size: funnels.proportion_limits(target, [size, 10 * size]),
    "binomial": lambda target, size: funnels.binomial_limits(target, [size, 10 * size]),
    "poisson": lambda target, size: funnels.poisson_limits(10 * target, [size, 10 * size]) / 10,
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@props
@given(target=st.floats(0.02, 0.9), size=st.integers(30, 2000))
def test_limits_hold_the_target_within_each_other_and_close_in(limits, target, size):
    lower_998, lower_95, upper_95, upper_998 = limits(target, size)
    assert np.all(lower_998 <= lower_95)
    assert np.all(lower_95 <= target)
    assert np.all(target <= upper_95)
    assert np.all(upper_95 <= upper_998)
    assert (upper_95 - lower_95)[1] <= (upper_95 - lower_95)[0]


@props
@given(shares)
def test_as_many_units_as_it_takes_are_low_when_events_and_others_are_swapped(rows):
    events, population = columns(rows)
    found, swapped = (funnels.proportion_funnel(count, population) for count in (events, population - events))
    assume(0 < found.target < 1)
    turned = {
        "low_998": "high_998",
        "low_95": "high_95",
        "inside": "inside",
        "high_95": "low_95",
        "high_998": "low_998",
    }
    edge = np.min(np.abs(np.array(found.limits) - found.value), axis=0) < 1e-9  # on a limit, but for rounding
    expected = np.array([turned[place] for place in swapped.position])
    assert np.array_equal(found.position[~edge], expected[~edge])


@props
@given(observed_expected)
def test_a_ratio_is_outside_when_its_interval_leaves_the_target_out(rows):
    observed, expected = columns(rows)
    found = funnels.ratio_funnel(observed, expected)
    assert np.all(found.limits.lower_998 <= found.limits.lower_95)
    assert np.all(found.limits.lower_95 <= found.value)
    assert np.all(found.value <= found.limits.upper_95)
    outside = (found.limits.lower_95 > 1) | (found.limits.upper_95 < 1)
    assert np.array_equal(outside, found.position != funnels.INSIDE)
    assert np.array_equal(found.variant == "exact", observed < 10)


@props
@given(st.integers(1, 500))
def test_an_exact_interval_leaves_its_tail_of_poisson_probability(events):
    from scipy.stats import poisson

    lower_998, lower_95, upper_95, upper_998 = (events / ratio[0] for ratio in funnels.ratio_curve([events]))
    # A high ratio comes from a low expected number, of which so many events or more are improbable.
    assert poisson.sf(events - 1, [upper_998, upper_95]) == pytest.approx([0.001, 0.025], rel=1e-6)
    assert poisson.cdf(events, [lower_998, lower_95]) == pytest.approx([0.001, 0.025], rel=1e-6)


@props
@given(st.integers(0, 200))
def test_the_interval_of_a_ratio_is_exact_below_ten_events_and_close_to_it_from_ten(events):
    from scipy.stats import chi2

    found = np.array(funnels.ratio_funnel([events], [4.0]).limits)[:, 0]
    exact = [chi2.ppf(tail, 2 * events) / 8 if events else 0 for tail in (0.001, 0.025)]
    exact += [chi2.ppf(tail, 2 * events + 2) / 8 for tail in (0.975, 0.999)]
    assert found == pytest.approx(exact, rel=1e-9 if events < 10 else 0.02)


def test_a_crude_rate_without_events_stands_on_its_population():
    found = funnels.rate_funnel([0, 100], [0, 10], 1000, population=[1000, 10_000], standardised=False)
    assert found.position.tolist() == ["low_998", "inside"]
    assert found.value.tolist() == [0, 0.01]
    assert funnels.rate_funnel([0, 100], [None, 10], 1000).position.tolist() == ["untested", "inside"]


def test_the_axis_of_a_funnel_grows_to_its_end_by_whole_steps():
    axis = funnels.curve_points([40, 5000], points=60)
    assert axis[[0, -1]].tolist() == [1, 5300]
    assert np.all(np.diff(axis) >= 1)
    assert np.array_equal(axis, np.round(axis))


# Over-dispersion


@props
@given(shares, st.sampled_from(["proportion", "ratio_sqrt", "ratio_sqrt_linear", "counts"]))
def test_a_variance_between_units_never_narrows_a_funnel(rows, family):
    numerator, denominator = columns(rows)
    assume(numerator.sum() > 0)
    found = overdispersion.overdispersed_funnel(numerator, denominator, family)
    assert found.dispersed.phi >= 0
    assert found.dispersed.tau2 >= 0
    calm = overdispersion._limits(denominator, family, found.target, 0.0, 1.0)
    assert np.all(found.adjusted.lower_95 <= calm.lower_95 + 1e-12)
    assert np.all(found.adjusted.upper_95 >= calm.upper_95 - 1e-12)
    assert np.all(found.outside_95 | ~found.outside_998)


@props
@given(st.lists(st.floats(0, 20), min_size=2, max_size=20))
def test_pulling_in_both_extremes_never_raises_phi(half):
    z = np.array(half + [-one for one in half])  # as far below as above, so that both ends come nearer to 0
    whole = overdispersion.dispersed(z, 1, "none").phi
    assert overdispersion.dispersed(z, 1, "winsorised").phi <= whole + 1e-9
    assert overdispersion.dispersed(z, 1, "truncated").phi <= whole + 1e-9


def test_truncation_leaves_out_the_first_and_the_last_tenth():
    found = overdispersion.dispersed(np.arange(20.0), 1, "truncated")
    assert np.flatnonzero(np.isnan(found.z_used)).tolist() == [0, 1, 18, 19]
    assert found.used == 16


def test_a_unit_without_events_is_truncated_in_the_logarithmic_family():
    observed = [0, *range(80, 100), 180]
    found = overdispersion.overdispersed_funnel(observed, [100] * 22, "ratio_log", "truncated")
    assert np.isneginf(found.dispersed.z[0])
    assert found.outside_998[0]


def test_limits_drawn_on_the_ratio_are_the_squares_of_those_left_on_its_root():
    observed, expected = [60, 130, 100, 90, 150], [100, 100, 100, 100, 100]
    square, root = (
        overdispersion.overdispersed_funnel(observed, expected, family)
        for family in ("ratio_sqrt", "ratio_sqrt_linear")
    )
    assert np.array(square.adjusted) == pytest.approx(np.array(root.adjusted) ** 2)
    assert square.dispersed.phi == root.dispersed.phi
    # Without a floor, a root limit below 0 would turn back once squared.
    tiny = overdispersion.overdispersed_funnel([1, 0, 2, 1], [1, 1, 1, 1], "ratio_sqrt")
    assert np.all(tiny.adjusted.lower_998 == 0)


def test_multiplicative_limits_are_the_plain_ones_without_dispersion():
    found = overdispersion.multiplicative_funnel([20, 20, 21, 19], [100] * 4)
    assert np.array_equal(found.limits, found.adjusted)


@props
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.5, 60)), min_size=3, max_size=20))
def test_curves_pass_through_the_limits_of_the_units(pairs):
    observed, expected = columns(pairs)
    found = overdispersion.overdispersed_funnel(observed, expected, "ratio_sqrt", multiplier=100)
    curves = overdispersion.limits_at(expected, "ratio_sqrt", 1.0, found.dispersed.tau2, 100)
    for curve, limit in zip(curves, found.adjusted, strict=True):
        assert curve == pytest.approx(limit)


@props
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.5, 60)), min_size=2, max_size=20))
def test_units_at_the_pooled_rate_have_as_many_events_as_there_are(pairs):
    events, rate = columns(pairs)
    found = funnels.at_pooled_rate(events, rate, 1000)
    assert found.expected.sum() == pytest.approx(events.sum())
    assert events / found.expected == pytest.approx(rate / (1000 * found.target))


# Outliers


@props
@given(st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 2)), min_size=4, max_size=30), st.floats(-50, 50))
def test_moving_all_values_moves_no_score(values, shift):
    one, other = (outliers.robust_scores(np.array(values) + by) for by in (0, shift))
    assume(one.deviation > 1e-3)
    assert one.z == pytest.approx(other.z, abs=1e-6)
    assert outliers.huber_mean(values) + shift == pytest.approx(outliers.huber_mean(np.array(values) + shift), abs=1e-6)


@props
@given(st.lists(st.integers(-100, 100), min_size=1, max_size=30))
def test_fences_hold_the_quartiles_and_flag_what_is_beyond(values):
    for quartiles in ("linear", "hinges"):
        found = outliers.fences(values, quartiles)
        assert found.lower <= found.first <= found.third <= found.upper
        kept = [value for value, outside in zip(values, found.outside, strict=True) if not outside]
        assert (min(kept), max(kept)) == found.whiskers


def test_equal_values_give_no_score_rather_than_an_infinite_one():
    found = outliers.robust_scores([5, 5, 5, 9])
    assert found.deviation == 0
    assert np.isnan(found.z).all()
    assert np.isnan(outliers.huber_mean([5, 5, 5, 9]))
    assert np.isnan(outliers.grubbs([5, 5, 5]).largest)


def test_a_missing_value_keeps_its_place_and_is_no_outlier():
    values = [1, None, 2, 3, 50]
    assert np.flatnonzero(np.isnan(outliers.robust_scores(values).z)).tolist() == [1]
    assert outliers.fences(values).outside.tolist() == [False, False, False, False, True]
    assert outliers.grubbs(values).critical == outliers.grubbs([1, 2, 3, 50]).critical


# Deciles and savings


@props
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=1, max_size=40))
def test_ranks_and_deciles_agree_with_pandas(rows):
    numerator, denominator = columns(rows)
    found = deciles.measure_deciles(numerator, denominator)
    values = pd.Series(found.value)
    ranks = (values.rank(method="min") - 1) / max(values.count() - 1, 1)
    assert found.percent_rank == pytest.approx(ranks.to_numpy(), nan_ok=True)
    wanted = [values.quantile(tenth / 10) for tenth in range(1, 10)]
    assert found.deciles == pytest.approx(wanted, nan_ok=True)
    assert np.array_equal(np.isnan(found.value), denominator == 0)


@props
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=30))
def test_nobody_saves_less_than_nothing_and_a_higher_price_saves_less(rows):
    quantity, cost = columns(rows)
    assume(quantity.sum() > 0)
    low, high = (deciles.savings([quantity], [cost], centile) for centile in (10, 60))
    assert np.all(low.saving >= high.saving - 1e-9)
    assert np.all(high.saving >= 0)
    assert low.total == pytest.approx(low.saving.sum())


def test_products_may_be_split_between_rows():
    one = deciles.savings([[4, 6, 2]], [[8, 18, 3]], 50)
    two = deciles.savings([[1, 6, 0], [3, 0, 2]], [[2, 18, 0], [6, 0, 3]], 50)
    assert one.saving.tolist() == two.saving.tolist()


# Shrinkage


@props
@given(observed_expected, st.sampled_from(shrinkage.ESTIMATORS))
def test_a_shrunk_ratio_is_between_its_own_and_the_mean(rows, estimator):
    observed, expected = columns(rows)
    found = shrinkage.poisson_gamma(observed, expected, estimator)
    own = observed / expected
    assert np.all(found.value >= np.minimum(own, found.mean) - 1e-9)
    assert np.all(found.value <= np.maximum(own, found.mean) + 1e-9)
    assert found.value == pytest.approx(found.weight * own + (1 - found.weight) * found.mean, abs=1e-6)
    assert np.all((found.lower <= found.value) & (found.value <= found.upper))


@props
@given(shares, st.sampled_from(shrinkage.ESTIMATORS))
def test_a_shrunk_proportion_is_between_its_own_and_the_mean(rows, estimator):
    events, population = columns(rows)
    found = shrinkage.beta_binomial(events, population, estimator)
    own = events / population
    assert found.value == pytest.approx(found.weight * own + (1 - found.weight) * found.mean, abs=1e-6)
    assert np.all((found.weight >= 0) & (found.weight <= 1))
    assert np.all((found.lower <= found.value) & (found.value <= found.upper))


@props
@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 5)), min_size=3, max_size=20), st.randoms())
def test_the_surer_unit_keeps_more_of_its_own(rows, random):
    value, error = columns(rows)
    found = shrinkage.normal_normal(value, error)
    order = np.argsort(error)
    assert np.all(np.diff(found.weight[order]) <= 1e-12)
    random.shuffle(rows)
    assert shrinkage.normal_normal(*columns(rows)).variance == pytest.approx(found.variance, abs=1e-9)


@pytest.mark.parametrize("estimator", shrinkage.ESTIMATORS)
def test_units_no_more_unlike_than_chance_all_stand_at_the_mean(estimator):
    found = [
        shrinkage.poisson_gamma([10, 11, 9], [10, 10, 10], estimator),
        shrinkage.beta_binomial([10, 11, 9], [30, 30, 30], estimator),
        shrinkage.normal_normal([1, 1.1, 0.9], [1, 1, 1]),
    ]
    for one in found:
        assert one.value == pytest.approx([one.mean] * 3)
        assert one.weight.tolist() == [0, 0, 0]
        assert one.variance == 0
        assert one.lower[0] < one.mean < one.upper[0]


@pytest.mark.parametrize("estimator", shrinkage.ESTIMATORS)
def test_a_small_unit_with_a_wild_ratio_does_not_come_first(estimator):
    found = shrinkage.poisson_gamma([2, 300, 150, 80, 100], [0.2, 150, 150, 100, 100], estimator)
    assert np.argmax(found.value) == 1


def test_the_prior_is_found_again_from_many_units():
    random = np.random.default_rng(7)
    expected, population = random.uniform(5, 50, 20_000), random.integers(20, 200, 20_000)
    observed = random.poisson(expected * random.gamma(4, 1 / 4, 20_000))
    events = random.binomial(population, random.beta(2, 6, 20_000))
    for estimator in shrinkage.ESTIMATORS:
        gamma, beta = shrinkage.poisson_gamma(observed, expected, estimator), None
        beta = shrinkage.beta_binomial(events, population, estimator)
        assert (gamma.mean, gamma.variance) == pytest.approx((1, 0.25), rel=0.03)
        assert (beta.mean, beta.variance) == pytest.approx((0.25, 0.1875 / 9), rel=0.03)


# Benford


@props
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=50), st.integers(1, 4))
def test_first_digits_are_those_one_reads(hundredths, digits):
    found = benford.benford(np.array(hundredths) / 100, digits)
    read = Counter(int(str(number).ljust(digits, "0")[:digits]) for number in hundredths)
    assert dict(zip(found.digits.tolist(), found.observed.tolist(), strict=True)) == {
        digit: read[digit] for digit in found.digits.tolist()
    }
    assert found.share.sum() == pytest.approx(1)


@props
@given(st.lists(st.decimals("0.01", "99999", places=2), min_size=2, max_size=40))
def test_a_change_of_decimal_unit_changes_no_digit(values):
    one, other = (benford.benford([float(value * by) for value in values], 2) for by in (Decimal(1), Decimal(1000)))
    assert one.observed.tolist() == other.observed.tolist()
    assert one.mean_deviation == pytest.approx(other.mean_deviation)
    assert one.mantissa_arc == pytest.approx(other.mantissa_arc, abs=1e-6)


# Refusals: one sentence, the argument, the rule, the positions

FIVE = [1, 2, 3, 4, 5]
REFUSED = {
    "slope, a group twice": (lambda: inequality.slope_index([1, 2, 2, 3, 4], FIVE, FIVE, 0), "quantile", "2"),
    "slope, population": (lambda: inequality.slope_index(FIVE, FIVE, [1, 0, 1, -1, 1], 0), "population", "1, 3"),
    "slope, lengths": (lambda: inequality.slope_index(FIVE, FIVE, [1, 2, 3], 0), "Longueurs", "population 3"),
    "slope, proportion of 1": (
        lambda: inequality.slope_index(FIVE, [0.1] * 4 + [1], FIVE, 0, "proportion"),
        "value",
        "4",
    ),
    "slope, unknown kind": (lambda: inequality.slope_index(FIVE, FIVE, FIVE, 0, "rates"), "kind", "« rate »"),
    "slope, confidence": (lambda: inequality.slope_index(FIVE, FIVE, FIVE, 0, confidence=95), "confidence", "95"),
    "slope, nothing to transform": (
        lambda: inequality.slope_index(FIVE, FIVE, FIVE, 0, transform=True),
        "transform",
        "rate",
    ),
    "slope, multiplier": (lambda: inequality.slope_index(FIVE, FIVE, FIVE, 0, multiplier=0), "multiplier", "0"),
    "limits the wrong way": (lambda: inequality.standard_error([1, 3], [2, 2]), "lower", "1"),
    "concentration, missing": (lambda: inequality.concentration_index([1, None], [1, 2]), "value", "1"),
    "dispersion, negative": (lambda: dispersion.dispersion([1, -2, 3]), "values", "1"),
    "dispersion, nothing": (lambda: dispersion.dispersion([None]), "values", "0"),
    "dispersion, aversion": (lambda: dispersion.dispersion([1, 2], aversion=0), "aversion", "0"),
    "proportion, no population": (lambda: funnels.proportion_funnel([1, 1], [5, 0]), "population", "1"),
    "proportion, too many events": (lambda: funnels.proportion_funnel([1, 9], [5, 5]), "events", "1"),
    "proportion, target": (lambda: funnels.proportion_limits(1.2, [10]), "target", "1.2"),
    "ratio, expected": (lambda: funnels.ratio_funnel([1], [0]), "expected", "0"),
    "ratio, negative": (lambda: funnels.ratio_funnel([-1], [1]), "observed", "0"),
    "rate, none for events": (lambda: funnels.rate_funnel([5, 5], [1, None], 100), "rate", "1"),
    "rate, no events": (lambda: funnels.rate_funnel([0], [None], 100), "events", "taux"),
    "binomial, not whole": (lambda: funnels.binomial_limits(0.1, [10, 2.5]), "population", "1"),
    "poisson, tail": (lambda: funnels.poisson_limits(1, [10], [0.5, 1]), "tails", "1"),
    "funnel, family": (lambda: overdispersion.overdispersed_funnel([1, 2], [3, 4], "sqrt"), "family", "ratio_sqrt"),
    "funnel, adjust": (lambda: overdispersion.dispersed([1, 2], 1, "winsor"), "adjust", "« winsorised »"),
    "funnel, trim": (lambda: overdispersion.dispersed([1, 2], 1, trim=0.5), "trim", "0.5"),
    "funnel, zero ratio": (lambda: overdispersion.overdispersed_funnel([0, 1, 2], [1, 1, 1], "ratio_log"), "z", "0"),
    "outliers, infinite": (lambda: outliers.robust_scores([1, np.inf]), "values", "1"),
    "outliers, quartiles": (lambda: outliers.fences([1, 2], "type 7"), "quartiles", "type 7"),
    "deciles, denominator": (lambda: deciles.measure_deciles([1, 1], [1, -1]), "denominator", "1"),
    "savings, quantity": (lambda: deciles.savings([[1, -1]], [[1, 1]]), "quantity", "1"),
    "savings, rows": (lambda: deciles.savings([[1, 1], [1]], [[1, 1], [1, 1]]), "quantity", "cabinets"),
    "savings, centile": (lambda: deciles.savings([[1]], [[1]], 101), "centile", "101"),
    "shrinkage, expected": (lambda: shrinkage.poisson_gamma([1, 2], [1, 0]), "expected", "1"),
    "shrinkage, events": (lambda: shrinkage.beta_binomial([1, 9], [2, 8]), "events", "1"),
    "shrinkage, estimator": (lambda: shrinkage.beta_binomial([1, 2], [2, 8], "moment"), "estimator", "« moments »"),
    "shrinkage, one unit": (lambda: shrinkage.normal_normal([1], [1]), "value", "1"),
    "benford, digits": (lambda: benford.benford([1, 2], 0), "digits", "0"),
    "benford, nothing positive": (lambda: benford.benford([0, -1]), "values", "0"),
}


@pytest.mark.parametrize(("call", "argument", "told"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_argument_and_what_is_wrong(call, argument, told):
    with pytest.raises(ArgumentError) as refusal:
        call()
    sentence = str(refusal.value)
    assert sentence.startswith(argument)
    assert told in sentence
    assert sentence[-1] in ".?"
