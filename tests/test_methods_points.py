"""Shares, rates, ratios, standardised rates, quantiles, life expectancy: what holds for any data, what is refused."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from indicators.errors import ArgumentError
from indicators.methods import estimates, life_expectancy, proportions, quantiles, rates, ratios, standardised
from indicators.qualification import points
from indicators.qualification.runs import PASSED, qualify

CASES = Path(__file__).parent / "qualification"
settings.register_profile("points", max_examples=50, deadline=None, derandomize=True)
any_data = settings(settings.get_profile("points"))

LEVEL = st.floats(0.8, 0.99)
PARTS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=1, max_size=8)  # events, others
PEOPLE = st.lists(st.tuples(st.integers(0, 300), st.floats(0.5, 1e6)), min_size=1, max_size=8)
VALUES = st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=40)
GROUPS = st.tuples(st.integers(0, 60), st.integers(1, 10**6), st.integers(0, 60), st.integers(1, 10**6))
AGES = [0, 1, *range(5, 95, 5)]


def shares(parts):
    events, others = np.array(parts, dtype="float64").T
    return events, events + others


def columns(pairs):
    return np.array(pairs, dtype="float64").T


def areas(strata: int, count: int = 3):
    """Events, populations and the standard of a few areas, no stratum of which is empty."""
    cell = st.tuples(st.integers(0, 40), st.integers(41, 5000))
    table = st.lists(st.lists(cell, min_size=count, max_size=count), min_size=strata, max_size=strata)
    weights = st.lists(st.integers(1, 100), min_size=strata, max_size=strata)
    return st.tuples(table.map(lambda rows: np.moveaxis(np.array(rows, dtype="float64"), 2, 0)), weights)


def holds(estimate, slack=1e-12):
    """Whether every known value is between its known bounds."""
    margin = slack * np.where(np.isfinite(estimate.value), np.abs(estimate.value), 0)
    below = estimate.lower > estimate.value + margin  # false where either is missing
    return not (below | (estimate.upper < estimate.value - margin)).any()


# reference cases of the family


def test_every_method_has_two_cases_of_its_own_and_passes_them():
    cases = [case for path in CASES.glob("points_*.json") for case in json.loads(path.read_text(encoding="utf-8"))]
    methods = [case["method"] for case in cases]
    assert {method for method in points.METHODS if methods.count(method) < 2} == set()
    own = [outcome for outcome in qualify(CASES) if outcome.file.startswith("points_")]
    assert [(one.case, one.why) for one in own if one.verdict != PASSED] == []


# shares


@any_data
@given(PARTS, LEVEL, st.sampled_from(proportions.VARIANTS))
def test_the_interval_of_a_share_holds_it_and_stays_within_0_and_1(parts, level, variant):
    found = proportions.proportion(*shares(parts), level, variant)
    assert holds(found)
    assert (found.lower >= 0).all()
    assert (found.upper <= 1).all()


@any_data
@given(PARTS, st.sampled_from(proportions.VARIANTS))
def test_ten_times_the_data_is_never_a_wider_interval_of_a_share(parts, variant):
    few, many = (proportions.proportion(*(factor * c for c in shares(parts)), variant=variant) for factor in (1, 10))
    assert (many.upper - many.lower <= few.upper - few.lower + 1e-12).all()


@any_data
@given(PARTS, LEVEL, st.sampled_from(proportions.VARIANTS))
def test_the_share_of_the_others_has_the_mirrored_interval(parts, level, variant):
    events, population = shares(parts)
    found = proportions.proportion(events, population, level, variant)
    others = proportions.proportion(population - events, population, level, variant)
    assert others.lower == pytest.approx(1 - found.upper, abs=1e-9)
    assert others.upper == pytest.approx(1 - found.lower, abs=1e-9)


@any_data
@given(st.integers(0, 200), st.integers(1, 200), LEVEL)
def test_the_limits_of_a_share_agree_with_scipy(events, others, level):
    test = stats.binomtest(events, events + others)
    for variant, method in (("wilson", "wilson"), ("exact", "exact")):
        found = proportions.proportion([events], [events + others], level, variant)
        want = test.proportion_ci(level, method)
        assert (found.lower[0], found.upper[0]) == pytest.approx((want.low, want.high), abs=1e-7)


@any_data
@given(PARTS)
def test_the_trend_ignores_how_scores_are_spaced_from_zero(parts):
    events, population = shares([*parts, (3, 4), (9, 5)])
    periods = np.arange(len(events))
    found, moved = (proportions.trend(events, population, scores) for scores in (periods + 1.0, 1000.0 - 3.0 * periods))
    assert moved.p_value == pytest.approx(found.p_value, rel=1e-6)
    assert moved.slope == pytest.approx(-found.slope / 3, rel=1e-6, abs=1e-12)


def test_the_trend_of_two_periods_is_pearson_of_the_table():
    found = proportions.trend([[30, 7], [18, 9]], [[200, 50], [190, 40]])
    for place, table in enumerate(([[30, 170], [18, 172]], [[7, 43], [9, 31]])):
        assert found.statistic[place] == pytest.approx(stats.chi2_contingency(table, correction=False).statistic)


def test_a_trend_where_nothing_varies_is_missing():
    assert np.isnan(proportions.trend([0, 0], [5, 5]).p_value).all()
    assert np.isnan(proportions.trend([5, 5], [5, 5]).p_value).all()


# counts and rates


@any_data
@given(PEOPLE, LEVEL, st.sampled_from(rates.VARIANTS))
def test_the_interval_of_a_rate_holds_it_and_widens_with_confidence(people, level, variant):
    found = rates.rate(*columns(people), 1000, level, variant)
    wider = rates.rate(*columns(people), 1000, 0.995, variant)
    assert holds(found)
    both = ~np.isnan(wider.lower)
    assert (wider.lower[both] <= found.lower[both]).all()
    assert (wider.upper >= found.upper).all()


@any_data
@given(PEOPLE, st.floats(0.1, 1e5))
def test_a_rate_scales_with_its_unit_and_its_population(people, per):
    events, population = columns(people)
    found = rates.rate(events, population, per)
    for again in (rates.rate(events, population / per), rates.rate(events, 2 * population, 2 * per)):
        for one, other in zip(found[:3], again[:3], strict=True):
            assert one == pytest.approx(other, rel=1e-12)
        assert (again.variant == found.variant).all()


@any_data
@given(st.integers(1, 3000), LEVEL)
def test_the_exact_limits_are_those_where_the_tails_have_the_wanted_chance(events, level):
    found = rates.count_limits([events], level, "exact")
    assert stats.poisson.sf(events - 1, found.lower[0]) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert stats.poisson.cdf(events, found.upper[0]) == pytest.approx((1 - level) / 2, rel=1e-6)


@any_data
@given(st.integers(10, 5000))
def test_byar_is_within_one_percent_of_the_exact_limits_from_ten_events(events):
    byar, exact = (rates.count_limits([events], variant=variant) for variant in ("byar", "exact"))
    assert byar.lower == pytest.approx(exact.lower, rel=0.01)
    assert byar.upper == pytest.approx(exact.upper, rel=0.01)


def test_the_variant_changes_at_ten_events_and_is_named_for_each():
    assert rates.rate([0, 9, 10, 500], [10, 10, 10, 10]).variant.tolist() == ["exact", "exact", "byar", "byar"]
    assert rates.rate([0], [10], variant="exact").variant == "exact"


def test_byar_below_zero_is_missing_but_the_exact_limit_of_no_event_is_zero():
    assert np.isnan(rates.count_limits([0, 1], 0.998, "byar").lower).all()
    assert rates.rate([0], [10]).lower.tolist() == [0.0]


# two groups


@any_data
@given(GROUPS, LEVEL, st.sampled_from(ratios.VARIANTS))
def test_the_interval_of_a_ratio_holds_it_and_that_of_the_inverse_is_inverted(groups, level, variant):
    x1, n1, x0, n0 = ([count] for count in groups)
    found, inverse = (
        ratios.rate_ratio(x1, n1, x0, n0, level, variant),
        ratios.rate_ratio(x0, n0, x1, n1, level, variant),
    )
    assert holds(found, 1e-7)
    assert found.p_value == pytest.approx(inverse.p_value, rel=1e-6, nan_ok=True)
    with np.errstate(divide="ignore"):
        assert 1 / inverse.upper == pytest.approx(found.lower, rel=1e-6, nan_ok=True)
        assert 1 / inverse.value == pytest.approx(found.value, rel=1e-6, nan_ok=True)


@any_data
@given(GROUPS)
def test_the_exact_p_of_a_rate_ratio_agrees_with_scipy(groups):
    x1, n1, x0, n0 = groups
    want = stats.binomtest(x1, x1 + x0, n1 / (n1 + n0)).pvalue if x1 + x0 else 1.0
    assert ratios.rate_ratio([x1], [n1], [x0], [n0]).p_value[0] == pytest.approx(want, rel=1e-9)


@any_data
@given(GROUPS)
def test_the_exact_interval_of_a_ratio_leaves_out_one_when_the_central_p_is_small(groups):
    found = ratios.rate_ratio(*([count] for count in groups), variant="exact_central")
    if abs(found.p_value[0] - 0.05) > 1e-9:
        assert (found.p_value[0] < 0.05) == (not found.lower[0] <= 1 <= found.upper[0])


def test_two_groups_without_events_say_nothing():
    for variant in ("exact", "exact_central", "midp"):
        found = ratios.rate_ratio([0], [10], [0], [20], variant=variant)
        assert np.isnan(found.value[0])
        assert (found.lower[0], found.upper[0], found.p_value[0]) == (0, np.inf, 1)
    assert np.isnan(ratios.rate_ratio([0], [10], [0], [20], variant="wald")[:3]).all()


@any_data
@given(st.integers(1, 99), st.integers(1, 99))
def test_the_chi_square_of_two_risks_is_pearson(first, second):
    found = ratios.risk_ratio([first], [100], [second], [150])
    want = stats.contingency.chi2_contingency([[first, 100 - first], [second, 150 - second]], correction=False)
    assert (found.statistic[0], found.p_value[0]) == pytest.approx((want.statistic, want.pvalue), rel=1e-9)
    assert holds(found)


def test_a_group_without_events_has_a_difference_but_no_limits_of_its_ratio():
    found = ratios.risk_ratio([0], [100], [5], [100])
    assert (found.value[0], found.difference[0]) == (0, -0.05)
    assert np.isnan([found.lower[0], found.upper[0]]).all()
    assert found.difference_lower[0] < -0.05 < found.difference_upper[0]


# standardised rates


@any_data
@given(areas(4), st.sampled_from(standardised.DIRECT), st.randoms(use_true_random=False))
def test_the_order_of_strata_and_of_the_standard_changes_nothing(data, variant, random):
    (events, people), weights = data
    strata, order = list("abcd"), random.sample(range(4), 4)
    standard = list(zip(strata, weights, strict=True))
    found = standardised.direct(strata, events, people, standard, variant=variant)
    shuffled = [strata[place] for place in order]
    again = standardised.direct(shuffled, events[order], people[order], dict(standard[::-1]), variant=variant)
    for one, other in zip(found[:6], again[:6], strict=True):
        assert other == pytest.approx(one, rel=1e-9, nan_ok=True)


@any_data
@given(areas(4), st.sampled_from(standardised.DIRECT))
def test_many_areas_at_once_are_each_area_alone_and_hold_their_value(data, variant):
    (events, people), weights = data
    strata, standard = list("abcd"), dict(zip("abcd", weights, strict=True))
    found = standardised.direct(strata, events, people, standard, variant=variant)
    assert holds(found)
    for area in range(events.shape[1]):
        alone = standardised.direct(strata, events[:, area], people[:, area], standard, variant=variant)
        for one, other in zip(found[:6], alone[:6], strict=True):
            assert other[0] == pytest.approx(one[area], rel=1e-9, nan_ok=True)


@any_data
@given(st.lists(st.integers(1, 50), min_size=4, max_size=4), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_standardised_is_crude_where_all_strata_share_the_rate(people, weights):
    strata, standard = list("abcd"), dict(zip("abcd", weights, strict=True))
    population, events = 100.0 * np.array(people), 3.0 * np.array(people)
    for variant in standardised.DIRECT:
        found = standardised.direct(strata, events, population, standard, variant=variant)
        assert found.value == pytest.approx(3000) == found.crude
    reference = dict(zip(strata, events, strict=True)), dict(zip(strata, population, strict=True))
    assert standardised.indirect_ratio(strata, events, population, *reference).value == pytest.approx(1)
    assert standardised.indirect_rate(strata, events, population, *reference).value == pytest.approx(3000)


@any_data
@given(areas(4))
def test_an_area_that_weighs_as_the_standard_keeps_its_crude_rate(data):
    (events, people), _ = data
    for area in range(events.shape[1]):
        standard = dict(zip("abcd", people[:, area], strict=True))
        found = standardised.direct("abcd", events[:, area], people[:, area], standard, variant="fay_feuer")
        assert found.value == pytest.approx(found.crude)


@any_data
@given(areas(3))
def test_events_that_nobody_repeats_have_the_interval_of_independent_events(data):
    (events, people), weights = data
    standard = dict(zip("abc", weights, strict=True))
    once = standardised.direct_repeated("abc", {1: events, 2: 0 * events}, people, standard)
    twice = standardised.direct_repeated("abc", {2: events}, people, standard)
    plain = standardised.direct("abc", events, people, standard)
    doubled = standardised.direct("abc", 2 * events, people, standard)
    assert once.upper == pytest.approx(plain.upper, nan_ok=True)
    enough = doubled.events >= 10
    assert (twice.upper[enough] > doubled.upper[enough]).all()


def test_a_missing_count_is_zero_left_out_or_refused_as_asked():
    strata, standard = ["a", "b"], {"a": 1.0, "b": 3.0}
    events, people = [[None, 4], [20, 20]], [[100, 100], [200, 200]]
    zero = standardised.direct(strata, events, people, standard, per=1, missing="zero")
    left = standardised.direct(strata, events, people, standard, per=1, missing="drop")
    assert zero.value == pytest.approx([0.075, 0.085])
    assert left.value == pytest.approx([0.1, 0.085])
    assert left.population.tolist() == [200, 300]
    with pytest.raises(
        ArgumentError, match=re.escape("events : un nombre positif ou nul est attendu (position [0, 0]).")
    ):
        standardised.direct(strata, events, people, standard)


def test_the_reference_is_joined_by_label_and_never_by_place():
    right = standardised.direct(["jeunes", "âgés"], [10, 40], [1000, 500], {"âgés": 20, "jeunes": 80}, per=1000)
    assert right.value == pytest.approx(24)
    for standard, said in (
        ([80, 20], "standard : des couples (strate, nombre) sont attendus, pas une liste de nombres."),
        ({"jeunes": 80}, "standard : strates sans nombre (âgés)."),
        ({"jeunes": 80, "âgés": 20, "total": 100}, "standard : nombres sans strate (total)."),
        ([("jeunes", 80), ("âgés", 20), ("âgés", 20)], "standard : strates répétées (âgés)."),
    ):
        with pytest.raises(ArgumentError, match=f"^{re.escape(said)}$"):
            standardised.direct(["jeunes", "âgés"], [10, 40], [1000, 500], standard)
    with pytest.raises(ArgumentError, match=re.escape("strata : strates répétées (âgés).")):
        standardised.direct(["âgés", "âgés"], [10, 40], [1000, 500], {"âgés": 20})


# quantiles


@any_data
@given(VALUES)
def test_ranks_go_from_0_to_1_in_the_order_of_the_values(values):
    found = quantiles.percent_ranks(values)
    for value, rank in zip(values, found, strict=True):
        others = [other for other in values if other is not None]
        if value is None or len(others) == 1:
            assert np.isnan(rank)
        else:
            assert rank == pytest.approx(sum(other < value for other in others) / (len(others) - 1))


@any_data
@given(VALUES, st.integers(1, 12), st.booleans())
def test_groups_follow_the_values_and_are_of_about_the_same_size(values, groups, highest_first):
    found = quantiles.quantile_groups(values, groups, highest_first)
    known = [(value, group) for value, group in zip(values, found, strict=True) if value is not None]
    assert np.isnan([group for value, group in zip(values, found, strict=True) if value is None]).all()
    if len(known) < groups:
        assert np.isnan(found).all()
        return
    ordered = [group for _, group in sorted(known, key=lambda pair: (pair[0], pair[1]), reverse=highest_first)]
    assert ordered == sorted(ordered)
    if len({value for value, _ in known}) == len(known):
        sizes = np.bincount(np.array(ordered, dtype=int), minlength=groups + 1)[1:]
        assert sizes.max() - sizes.min() <= 1


@any_data
@given(VALUES.filter(lambda values: any(value is not None for value in values)), st.sampled_from([*quantiles.VARIANTS]))
def test_percentiles_rise_from_the_lowest_to_the_highest_and_ignore_the_order(values, variant):
    chances = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
    found = quantiles.percentiles(values, chances, variant, missing="drop")
    known = [value for value in values if value is not None]
    assert (found[0], found[-1]) == (min(known), max(known))
    assert (np.diff(found) >= -1e-9).all()
    assert quantiles.percentiles(values[::-1], chances, variant, missing="drop") == pytest.approx(found)


# life expectancy and means


@any_data
@given(st.lists(st.integers(1, 40), min_size=20, max_size=20), st.integers(300, 3000))
def test_ten_times_the_people_have_the_same_expectancy_and_a_narrower_interval(deaths, people):
    deaths, population = np.array(deaths), np.full(20, people)
    found = life_expectancy.life_expectancy(AGES, deaths, population)
    both = life_expectancy.life_expectancy(AGES, *(np.stack([c, 10 * c], axis=1) for c in (deaths, population)))
    middle = (both.lower + both.upper) / 2
    assert middle[:, 1] == pytest.approx(middle[:, 0])
    assert both.lower[:, 0] == pytest.approx(found.lower)
    assert (np.diff(both.upper - both.lower, axis=1) < 0).all()
    assert holds(found)


def test_a_life_table_without_young_deaths_ends_with_the_open_band():
    population, deaths = np.full(20, 1000.0), np.zeros(20)
    deaths[-1] = 250
    found = life_expectancy.life_expectancy(AGES, deaths, population)
    assert found.value == pytest.approx(94.0 - np.array(AGES))  # 1000 / 250 years from 90 on


def test_an_age_with_too_wide_an_interval_keeps_its_bounds_only():
    found = life_expectancy.life_expectancy([0, 1, 65], [0, 0, 4], [1000, 60000, 80])
    assert np.isnan(found.value).all()
    assert found.upper - found.lower == pytest.approx(2 * stats.norm.ppf(0.975) * 10)  # (80 / 4) / sqrt(4)


@any_data
@given(st.lists(st.integers(-100, 100), min_size=2, max_size=30), LEVEL)
def test_a_mean_is_in_the_middle_of_its_interval_as_in_scipy(values, level):
    found = estimates.mean(values, level)
    assert (found.lower + found.upper) / 2 == pytest.approx(np.mean(values), abs=1e-9)
    if found.deviation > 0:
        want = stats.ttest_1samp(values, 0).confidence_interval(level)
        assert (found.lower, found.upper) == pytest.approx((want.low, want.high), abs=1e-9)


# rows that a method does not accept


def test_where_runs_a_method_on_the_sound_rows_and_leaves_the_others_missing():
    events, population = np.array([5.0, 3.0, np.nan, 7.0]), np.array([10.0, 0.0, 10.0, 5.0])
    found = estimates.where(np.array([True, False, False, True]), rates.rate, events, population)
    assert found.value[[0, 3]] == pytest.approx([0.5, 1.4])
    assert np.isnan(found.lower[1:3]).all()
    assert found.variant.tolist() == ["exact", "", "", "exact"]
    for method in (rates.rate, proportions.proportion):
        assert np.isnan(estimates.where(np.zeros(4, dtype=bool), method, events, population).value).all()


def test_areas_without_people_in_a_stratum_are_set_aside_in_a_standardised_table():
    events, people = np.array([[10.0, 1.0], [40.0, 1.0]]), np.array([[1000.0, 0.0], [500.0, 9.0]])

    def standardise(events, people):
        return standardised.direct(["0-64", "65+"], events, people, {"0-64": 80, "65+": 20}, per=1000)

    def against_reference(events, people):
        return standardised.indirect_ratio(
            ["0-64", "65+"], events, people, {"0-64": 1, "65+": 8}, {"0-64": 100, "65+": 100}
        )

    for method, value in ((standardise, 24.0), (against_reference, 1.0)):
        found = estimates.where((people > 0).all(axis=0), method, events, people)
        assert found.value == pytest.approx([value, np.nan], nan_ok=True)


def test_a_sum_by_group_with_a_missing_value_is_missing():
    labels, sums = estimates.sums_by(["b", "a", "b"], [1.0, 2.0, None])
    assert labels.tolist() == ["a", "b"]
    assert sums[0] == 2
    assert np.isnan(sums[1])


# bad input: one sentence, the argument, the first positions

TWO = (["a", "b"], [1, 2], [10, 10])
REFUSALS = {
    "events : un nombre négatif n’est pas admis (position 1).": lambda: rates.rate([1, -1], [5, 5]),
    "population : un nombre supérieur à zéro est attendu (positions 0, 2).": lambda: rates.rate([1, 1, 1], [0, 5, 0]),
    "events : valeur manquante ou infinie (position 0).": lambda: proportions.proportion([None], [5]),
    "events : ne peut dépasser population (position 1).": lambda: proportions.proportion([5, 6], [5, 5]),
    "Longueurs différentes : events 2, population 3.": lambda: proportions.proportion([1, 2], [5, 5, 5]),
    "confidence : un nombre entre 0 et 1 est attendu, 95 donné.": lambda: rates.count_limits([1], 95),
    "variant : « wilsom » n’est pas admis. Admis : exact, wilson, wilson_cc. Vouliez-vous dire « wilson » ?": lambda: (
        proportions.proportion([1], [5], variant="wilsom")
    ),
    "denominator : zéro n’est pas admis (position 1).": lambda: estimates.quotient([1, 1], [2, 0]),
    "previous : un nombre supérieur à zéro est attendu (position 0).": lambda: estimates.growth([1], [-2]),
    "values : des nombres sont attendus.": lambda: estimates.mean(["douze"]),
    "events : un nombre entier est attendu (position 0).": lambda: ratios.rate_ratio([1.5], [5], [1], [5]),
    "reference_events : ne peut dépasser reference_population (position 0).": lambda: ratios.risk_ratio(
        [1], [5], [6], [5]
    ),
    "shares : un nombre de 0 à 1 est attendu (position 0).": lambda: quantiles.percentiles([1], [25]),
    "values : une valeur au moins est attendue.": lambda: quantiles.percentiles([None], [0.5], missing="drop"),
    "groups : un nombre entier de groupes est attendu, 0 donné.": lambda: quantiles.quantile_groups([1], 0),
    "ages : des âges croissants sont attendus (position 2).": lambda: life_expectancy.life_expectancy(
        [0, 5, 1], [1, 1, 1], [9, 9, 9]
    ),
    "deaths : ne peut dépasser population (position [1, 0]).": lambda: life_expectancy.life_expectancy(
        [0, 1], [1, 10], [9, 9]
    ),
    "scores : deux scores au moins doivent différer (position 0).": lambda: proportions.trend([1], [5]),
    "population : zéro habitant dans une strate qui pèse (position [1, 0]).": lambda: standardised.direct(
        ["a", "b"], [1, 0], [10, 0], {"a": 1, "b": 1}
    ),
    "standard : un nombre négatif n’est pas admis (position 1).": lambda: standardised.direct(*TWO, {"a": 1, "b": -1}),
    "persons : des nombres positifs sont attendus (position 0).": lambda: standardised.direct_repeated(
        TWO[0], {0: [1, 2]}, TWO[2], {"a": 1, "b": 1}
    ),
    "events : 2 lignes sont attendues, tableau de (3,) donné.": lambda: standardised.direct(
        ["a", "b"], [1, 2, 3], [10, 10], {"a": 1, "b": 1}
    ),
    "population : aucun événement attendu dans le territoire (position 0).": lambda: standardised.indirect_ratio(
        *TWO, {"a": 0, "b": 0}, {"a": 9, "b": 9}
    ),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_bad_input_is_refused_in_one_sentence(said):
    with pytest.raises(ArgumentError) as refusal:
        REFUSALS[said]()
    assert str(refusal.value) == said
