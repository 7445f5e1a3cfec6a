"""Growth, control charts, run rules, cumulative charts and alarms, on any series."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from any_series import amounts, gappy, places, same, series, swift
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indicators.errors import ArgumentError
from indicators.methods import control_charts, cumulative, growth, outbreaks, run_rules
from indicators.methods.xmr import xmr
from indicators.qualification import qualify

CASES = Path(__file__).parent / "qualification"
NAN = float("nan")
counts = st.lists(st.integers(0, 200), min_size=2, max_size=40)
OVER = [control_charts.p_chart, control_charts.p_prime_chart, control_charts.u_chart, control_charts.u_prime_chart]
ALONE = [control_charts.run_chart, control_charts.i_chart, control_charts.c_chart, control_charts.g_chart]


def test_every_case_of_the_folder_holds():
    outcomes = [one for one in qualify(CASES) if one.file.startswith("charts_")]
    assert len(outcomes) >= 28
    assert [(one.case, one.why) for one in outcomes if one.verdict != "passed"] == []


def test_every_method_has_two_cases_of_its_own():
    found = [case["method"] for path in CASES.glob("charts_*.json") for case in json.loads(path.read_text("utf-8"))]
    assert len(set(found)) == 14
    assert min(found.count(method) for method in found) == 2


# Growth


@swift
@given(gappy, st.integers(1, 12), st.integers(1, 12))
def test_growth_is_never_infinite_and_negative_bases_are_flagged(values, per_year, first):
    got = growth.growth_rates(values, per_year, min(first, per_year))
    known = np.array(values, dtype=float)
    for change in (got.year_on_year, got.rolling, got.to_date):
        assert not np.isinf(change.value).any()
    before = np.concatenate([np.full(per_year, NAN), known])[: known.size]
    assert np.isnan(got.year_on_year.value[(before == 0) | np.isnan(before)]).all()
    assert (got.year_on_year.negative_base == (before < 0)).all()


@swift
@given(st.lists(st.integers(1, 1000), min_size=24, max_size=60), st.floats(-0.5, 2))
def test_a_constant_rate_is_found_by_every_growth(first_year, rate):
    year = np.array(first_year[:12], dtype=float)
    values = np.concatenate([year * (1 + rate) ** n for n in range(3)])
    got = growth.growth_rates(values)
    for change in (got.year_on_year, got.to_date):
        assert change.value[12:] == pytest.approx(np.full(24, rate), abs=1e-9)
    assert got.rolling.value[[23, 35]] == pytest.approx([rate, rate], abs=1e-9)
    assert got.compound == pytest.approx(rate, abs=1e-9)


def test_the_sum_to_date_meets_the_rolling_sum_at_the_end_of_each_year():
    got = growth.growth_rates(np.arange(1.0, 25.0))
    assert got.to_date_sum[[11, 23]].tolist() == got.rolling_sum[[11, 23]].tolist() == [78, 222]


def test_a_year_that_begins_before_the_series_has_no_sum_to_date():
    got = growth.growth_rates([1, 2, 3], per_year=4, first=3)
    assert np.isnan(got.to_date_sum[:2]).all()
    assert got.to_date_sum[2] == 3


def test_a_missing_month_is_missing_from_every_sum_that_holds_it():
    got = growth.growth_rates([1, None, 1, 1, 1, 1], per_year=2)
    assert np.isnan(got.rolling_sum).tolist() == [True, True, True, False, False, False]
    assert np.isnan(got.year_on_year.value).tolist() == [True, True, False, True, False, False]


# Shewhart charts


@swift
@given(counts, st.sampled_from(OVER), st.randoms())
def test_limits_hold_the_centre_and_one_another(events, draw, random):
    over = [value + random.randint(1, 300) for value in events]
    chart = draw(events, over)
    known = ~np.isnan(chart.upper)
    low, high = (chart.lower, chart.lower_2, chart.centre), (chart.centre, chart.upper_2, chart.upper)
    for one, other in (*pairwise(low), *pairwise(high)):
        assert (one[known] <= other[known] + 1e-12).all()
    assert ((chart.signal == 1) == (chart.point > chart.upper)).all()
    assert ((chart.signal == -1) == (chart.point < chart.lower)).all()


@swift
@given(counts, st.sampled_from([control_charts.p_chart, control_charts.u_chart]), st.randoms())
def test_ten_times_the_data_is_never_a_wider_chart(events, draw, random):
    over = np.array([value + random.randint(1, 300) for value in events])
    one, ten = draw(events, over), draw(np.multiply(events, 10), over * 10)
    assert (ten.upper - ten.lower <= one.upper - one.lower + 1e-12).all()
    assert same(ten.centre, one.centre)


@swift
@given(counts, st.sampled_from([control_charts.p_prime_chart, control_charts.u_prime_chart]), st.randoms())
def test_laney_limits_follow_the_points_whatever_the_scale_of_the_data(events, draw, random):
    over = np.array([value + random.randint(1, 300) for value in events])
    assert same(draw(np.multiply(events, 10), over * 10).upper, draw(events, over).upper)


@swift
@given(series, st.integers(2, 9), amounts)
def test_an_individuals_chart_moves_and_stretches_with_its_values(values, factor, shift):
    one = control_charts.i_chart(values)
    other = control_charts.i_chart(np.array(values) * factor + shift)
    assert same(one.upper * factor + shift, other.upper)
    assert same(one.centre * factor + shift, other.centre)


@swift
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.sampled_from(ALONE), st.booleans())
def test_missing_periods_at_the_ends_change_no_chart(values, draw, first):
    widened = [None, *values] if first else [*values, None]
    cut = slice(1, None) if first else slice(None, -1)
    for one, other in zip(draw(values)[:7], draw(widened)[:7], strict=True):
        assert same(one, other[cut])


def test_a_missing_size_is_a_missing_point_without_limits():
    chart = control_charts.p_chart([1, 2, 3], [10, None, 10])
    assert np.isnan([chart.point[1], chart.lower[1], chart.upper[1]]).all()
    assert chart.centre.tolist() == [0.2, 0.2, 0.2]


@pytest.mark.parametrize("draw", ALONE)
def test_a_series_without_any_value_has_no_line_and_no_signal(draw):
    chart = draw([None, None])
    assert np.isnan([chart.centre, chart.lower, chart.upper]).all()
    assert not chart.signal.any()


# Run rules


@pytest.mark.parametrize("size", [1, 2, 10, 24, 60, 100, 137])
def test_fewest_crossings_are_a_binomial_quantile(size):
    from scipy.stats import binom

    found = run_rules.anhoej([1, -1] * (size // 2) + [1] * (size % 2), 0)
    assert found.n_useful == size
    assert found.crossings_min == binom.ppf(0.05, size - 1, 0.5)
    assert not found.signal


@swift
@given(gappy, st.integers(-5, 5))
def test_anhoej_sees_neither_missing_values_nor_points_on_the_line(values, centre):
    useful = [value for value in values if value is not None and value != centre]
    found = run_rules.anhoej(values, centre)
    assert found.n_useful == len(useful)
    if useful:
        assert same(found[:6], run_rules.anhoej(useful, centre)[:6])
    else:
        assert not found.signal


def test_each_test_of_nelson_marks_the_point_that_completes_it():
    quiet = [0.5, -0.5] * 4
    limits = (0, -3, 3)
    assert places(run_rules.nelson([0.5, 3.1, -3.1, 3.0], *limits).beyond_limits) == [1, 2]
    assert places(run_rules.nelson([-1] + [1] * 10, *limits).nine_on_one_side) == [9, 10]
    assert places(run_rules.nelson([2, 1, 0, -1, -2, -2.5, -2.6], *limits).six_in_a_trend) == [5, 6]
    assert places(run_rules.nelson([2, 1, 0, 0, -1, -2, -3], *limits).six_in_a_trend) == []
    assert places(run_rules.nelson(quiet * 2, *limits).fourteen_alternating) == [13, 14, 15]
    assert places(run_rules.nelson([2.1, 0, 2.1, 0, -2.1], *limits).two_of_three_beyond_2_sigma) == [2]
    assert places(run_rules.nelson([1.1, 0, 1.1, 1.1, 1.1, 0], *limits).four_of_five_beyond_1_sigma) == [4]
    assert places(run_rules.nelson(quiet * 2, *limits).fifteen_within_1_sigma) == [14, 15]
    assert places(run_rules.nelson([1.1, -1.1] * 4 + [0], *limits).eight_beyond_1_sigma) == [7]


def test_each_test_of_western_electric_marks_the_point_that_completes_it():
    limits = (10, 4, 16)  # sigma 2
    assert places(run_rules.western_electric([16.1, 16, 3.9], *limits).beyond_limits) == [0, 2]
    assert places(run_rules.western_electric([14.1, 5, 14.1, 5.9], *limits).two_of_three_beyond_2_sigma) == [2, 3]
    assert places(run_rules.western_electric([12.1] * 4 + [9, 12.1], *limits).four_of_five_beyond_1_sigma) == [3, 5]
    assert places(run_rules.western_electric([9] * 9 + [10] + [9] * 7, *limits).eight_on_one_side) == [7, 8]


@swift
@given(gappy)
def test_what_rules_say_of_a_point_never_depends_on_later_ones(values):
    whole = run_rules.nelson(values, 0, -60, 60)
    start = run_rules.nelson(values[: max(1, len(values) // 2)], 0, -60, 60)
    for all_of_them, some in zip(whole[:8], start[:8], strict=True):
        assert same(all_of_them[: some.size], some)


@swift
@given(gappy)
def test_rules_do_not_know_up_from_down(values):
    mirrored = [None if value is None else -value for value in values]
    for rules in (run_rules.nelson, run_rules.western_electric):
        for one, other in zip(rules(values, 0, -60, 60)[:-1], rules(mirrored, 0, -60, 60)[:-1], strict=True):
            assert same(one, other)


@swift
@given(gappy)
def test_western_electric_and_nelson_agree_on_what_they_share(values):
    one, other = run_rules.western_electric(values, 0, -60, 60), run_rules.nelson(values, 0, -60, 60)
    assert same(one.beyond_limits, other.beyond_limits)
    assert same(one.two_of_three_beyond_2_sigma, other.two_of_three_beyond_2_sigma)
    assert same(one.four_of_five_beyond_1_sigma, other.four_of_five_beyond_1_sigma)
    assert (one.eight_on_one_side | ~other.nine_on_one_side).all()


def test_a_long_run_is_marked_from_its_seventh_point():
    assert run_rules.long_runs([-1, None] + [1] * 8 + [0] + [-1] * 6, 0).tolist() == [0] * 8 + [1, 1] + [0] * 7


# Cumulative charts


def plain_cusum(z, k):
    above = below = 0.0
    for point in z:
        above, below = max(0.0, above + point - k), max(0.0, below - point - k)
        yield above, -below


@swift
@given(st.lists(amounts, min_size=2, max_size=40), st.floats(0.1, 3))
def test_cusum_is_the_recursion_of_its_definition(values, shift):
    chart = cumulative.cusum(values, shift=shift, centre=0, sigma=10)
    wanted = np.array(list(plain_cusum(np.array(values) / 10, shift / 2)))
    assert chart.above == pytest.approx(wanted[:, 0], abs=1e-9)
    assert chart.below == pytest.approx(wanted[:, 1], abs=1e-9)


@swift
@given(st.lists(amounts, min_size=1, max_size=40))
def test_an_ewma_of_full_weight_is_a_chart_of_individual_values(values):
    chart = cumulative.ewma(values, weight=1, centre=0, sigma=10)
    assert chart.value == pytest.approx(np.array(values), abs=1e-9)
    assert chart.upper == pytest.approx(np.full(len(values), 30.0))


@swift
@given(gappy, st.floats(0.05, 1))
def test_a_missing_value_leaves_cumulative_charts_as_they_stood(values, weight):
    present = np.array([value is not None for value in values])
    known = [value for value in values if value is not None]
    for draw in (
        lambda points: cumulative.ewma(points, weight, centre=0, sigma=10).value,
        lambda points: cumulative.cusum(points, centre=0, sigma=10).above,
    ):
        assert np.isnan(draw(values)[~present]).all()
        if known:
            assert same(draw(values)[present], draw(known))


@swift
@given(st.lists(amounts, min_size=2, max_size=30), st.floats(0.05, 0.95))
def test_limits_of_an_ewma_widen_to_their_asymptote(values, weight):
    chart = cumulative.ewma(values, weight, centre=0, sigma=10)
    assert (np.diff(chart.upper) >= -1e-12).all()
    assert (chart.upper <= 30 * np.sqrt(weight / (2 - weight)) + 1e-12).all()


# Alarms


def test_the_first_fit_of_farrington_is_that_of_statsmodels():
    import statsmodels.api as sm

    time_, response = np.arange(-30.0, -9), np.random.default_rng(5).poisson(6, 21).astype(float)
    design = np.column_stack([np.ones(21), time_])
    weights = np.linspace(0.5, 1.5, 21)
    ours = outbreaks._quasi_poisson(response, design, weights)
    theirs = sm.GLM(response, design, family=sm.families.Poisson(), var_weights=weights).fit(scale="X2")
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-5)
    assert ours.dispersion == pytest.approx(theirs.scale, rel=1e-4)
    assert ours.leverage == pytest.approx(theirs.get_hat_matrix_diag(), rel=1e-3)


@settings(swift, max_examples=25)
@given(arrays(np.int64, 60, elements=st.integers(0, 30)), st.sampled_from(["none", "1/2", "2/3"]))
def test_a_stricter_alarm_has_a_higher_bound_and_no_bound_is_below_what_is_expected(values, power):
    loose = outbreaks.farrington(values, per_year=12, alpha=0.05, half_window=2, power=power)
    strict = outbreaks.farrington(values, per_year=12, alpha=0.01, half_window=2, power=power)
    assert loose.position.tolist() == list(range(38, 60))
    assert (strict.upper >= loose.upper).all()
    assert (loose.upper >= loose.expected).all()
    assert (loose.alarm | ~strict.alarm).all()
    assert (loose.alarm == (loose.judged & (values[loose.position] > loose.upper))).all()


def test_a_past_outbreak_weighs_less_when_reweighted():
    values = np.array([4, 5, 6, 5, 4, 5, 6, 5, 4, 5, 6, 5] * 4)
    values[13] = 60
    bounds = [outbreaks.farrington(values, 12, [37], half_window=2, reweight=on).upper[0] for on in (True, False)]
    assert bounds[0] < bounds[1]


def test_a_steady_rise_is_followed_but_not_over_less_than_three_years():
    values = np.round(10 * np.exp(0.02 * np.arange(48)))
    values[30] = 100  # so that the trend does not foretell more than was ever seen
    kept = [outbreaks.farrington(values, 12, [47], years=n, half_window=5).trend[0] for n in (2, 3)]
    assert kept == [False, True]


def test_few_cases_lately_are_not_judged_and_a_short_past_has_no_bound():
    quiet = outbreaks.farrington([0] * 40 + [4], per_year=12, tested=[40], half_window=1)
    assert (quiet.judged[0], quiet.alarm[0]) == (False, False)
    loud = outbreaks.farrington([0] * 40 + [5], per_year=12, tested=[40], half_window=1)
    assert (loud.judged[0], loud.alarm[0]) == (True, True)
    short = outbreaks.farrington([9, 9, 9], per_year=12, tested=[2], half_window=1)
    assert np.isnan(short.upper[0])
    assert not short.judged[0]


def test_a_missing_past_week_is_left_out_and_a_missing_week_is_not_judged():
    values = [3, 5, 4, 6, 5, 4, 3, 4, 6, 5, 4, 5] * 4
    two_years = outbreaks.farrington(values, 12, [37], years=2, half_window=1)
    values[0:3] = [None] * 3
    assert outbreaks.farrington(values, 12, [37], half_window=1).upper == pytest.approx(two_years.upper)
    values[37] = None
    assert not outbreaks.farrington(values, 12, [37], half_window=1).judged[0]


# What is refused


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: growth.change([1, 2], [1, 2, 3]), "Longueurs différentes : current 2, base 3."),
        (lambda: growth.growth_rates([]), "values : au moins une valeur est attendue."),
        (lambda: growth.growth_rates([1], per_year=4, first=5), "first : un entier de 1 à 4 est attendu, 5 donné."),
        (lambda: growth.growth_rates([1], per_year=0), "per_year : un entier d’au moins 1 est attendu, 0 donné."),
        (
            lambda: control_charts.p_chart([1, 5, None, 9], [4, 4, 4, 4]),
            "events : ne peut dépasser population (positions 1, 3).",
        ),
        (
            lambda: control_charts.p_chart([0, 1], [0, 4]),
            "population : un nombre supérieur à zéro est attendu (position 0).",
        ),
        (lambda: control_charts.u_chart([1, -1], 1), "events : un nombre négatif n’est pas admis (position 1)."),
        (lambda: control_charts.c_chart([1, -1]), "events : un nombre négatif n’est pas admis (position 1)."),
        (lambda: control_charts.i_chart([1, float("inf")]), "values : valeur infinie (position 1)."),
        (lambda: control_charts.u_chart([1, 2], [1, 2, 3]), "Longueurs différentes : events 2, exposure 3."),
        (lambda: run_rules.nelson([1], 0, 1, 3), "lower : ne peut dépasser centre (position 0)."),
        (lambda: run_rules.nelson([1], 5, 1, 3), "upper : ne peut être inférieur à centre (position 0)."),
        (lambda: xmr([1], "higher"), "good : « higher » n’est pas admis. Admis : down, none, up."),
        (
            lambda: xmr([1, 2], rebase_at=[1, 2]),
            "rebase_at : un entier de 0 à 1 est attendu, 2 donné.",
        ),
        (
            lambda: xmr([1, 2], fix_after=1),
            "fix_after : un entier d’au moins 2 est attendu, 1 donné.",
        ),
        (
            lambda: cumulative.cusum([3, 3, 3]),
            "values : deux valeurs qui se suivent et diffèrent sont attendues dans la référence.",
        ),
        (lambda: cumulative.cusum([1, 2], baseline=3), "baseline : un entier de 2 à 2 est attendu, 3 donné."),
        (
            lambda: cumulative.ewma([1, 2], weight=0),
            "weight : un nombre supérieur à 0, au plus 1, est attendu, 0 donné.",
        ),
        (
            lambda: cumulative.ewma([1, 2], sigma=-1),
            "sigma : un nombre supérieur à zéro est attendu (position 0).",
        ),
        (lambda: outbreaks.farrington([1, -1]), "counts : un nombre négatif n’est pas admis (position 1)."),
        (lambda: outbreaks.farrington([1], tested=[1]), "tested : un entier de 0 à 0 est attendu (position 0)."),
        (lambda: outbreaks.farrington([1], alpha=0), "alpha : un nombre entre 0 et 1 est attendu, 0 donné."),
        (
            lambda: outbreaks.farrington([1], power="log"),
            "power : « log » n’est pas admis. Admis : 1/2, 2/3, none.",
        ),
        (lambda: outbreaks.farrington([1], years=0), "years : un entier d’au moins 1 est attendu, 0 donné."),
        (
            lambda: outbreaks.farrington([1], tested=[0], least_cases=(5, 0)),
            "least_cases : un entier d’au moins 1 est attendu, 0 donné.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ArgumentError) as refused:
        call()
    assert str(refused.value) == sentence
