"""Effects of an action: what must hold for any data, and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import ArgumentError
from indicators.methods import staggered
from indicators.methods.differences import two_by_two, two_way_fixed_effects
from indicators.methods.interrupted import interrupted_counts, interrupted_trend
from indicators.methods.staggered import aggregated, group_time_effects
from indicators.qualification import qualify

CASES = Path(__file__).parent / "qualification"
often = settings(max_examples=50, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def test_own_reference_cases_pass(tmp_path):
    for path in CASES.glob("effects_*"):
        shutil.copy(path, tmp_path)
    outcomes = qualify(tmp_path)
    assert len({outcome.method for outcome in outcomes}) == 7
    assert [outcome for outcome in outcomes if outcome.verdict != "passed"] == []


# Interrupted series


def series(level, trend, step, before=12, after=12):
    time = np.arange(1, before + after + 1)
    action = (time > before).astype(int)
    return time, action, np.exp(level + trend * time + step * action)


levels, trends, steps = st.floats(2, 8), st.floats(-0.05, 0.05), st.floats(-0.7, 0.7)


@given(levels, trends, st.integers(4, 30), st.integers(4, 30))
@often
def test_a_series_without_step_has_an_interval_that_holds_one(level, trend, before, after):
    time, action, counts = series(level, trend, 0, before, after)
    fit = interrupted_counts(counts, None, time, action, dispersion="poisson")
    assert fit.step_lower <= 1 <= fit.step_upper


@given(levels, trends, steps, st.sampled_from(["poisson", "quasi"]))
@often
def test_a_planted_step_is_found_again_with_what_would_have_been(level, trend, step, dispersion):
    time, action, counts = series(level, trend, step)
    fit = interrupted_counts(counts, None, time, action, dispersion=dispersion)
    assert fit.step_ratio == pytest.approx(np.exp(step), rel=1e-6)
    without = series(level, trend, 0)[2]
    assert fit.counterfactual == pytest.approx(without, rel=1e-6)
    assert fit.counterfactual_after == pytest.approx(without[action == 1].sum(), rel=1e-6)


@given(levels, trends, steps, st.floats(-0.05, 0.05), st.floats(-0.3, 0.3))
@often
def test_a_planted_change_of_trend_and_a_season_are_told_apart(level, trend, step, slope, season):
    time, action, counts = series(level, trend, step, 24, 24)
    month = (time - 1) % 12 + 1
    counts = counts * np.exp(slope * (time - 24) * action + season * np.sin(2 * np.pi * month / 12))
    fit = interrupted_counts(counts, None, time, action, slope=True, season=month, harmonics=2)
    assert fit.slope_ratio == pytest.approx(np.exp(slope), rel=1e-6)
    assert fit.coefficients["c1"] == pytest.approx(season, abs=1e-6)
    assert fit.coefficients["step"] == pytest.approx(step, abs=1e-6)


@given(seeds, st.floats(2, 100))
@often
def test_more_events_never_widen_a_poisson_interval_and_leave_the_quasi_one(seed, times):
    time, action, expected = series(5, 0.01, -0.2)
    counts = np.random.default_rng(seed).poisson(expected) + 1.0
    for dispersion, kept in (("poisson", 1 / np.sqrt(times)), ("quasi", 1)):
        few = interrupted_counts(counts, None, time, action, dispersion=dispersion)
        many = interrupted_counts(times * counts, None, time, action, dispersion=dispersion)
        assert many.step_ratio == pytest.approx(few.step_ratio, rel=1e-6)
        assert many.standard_errors["step"] == pytest.approx(kept * few.standard_errors["step"], rel=1e-6)


@given(seeds)
@often
def test_the_interval_holds_the_ratio_and_grows_with_confidence(seed):
    time, action, expected = series(4, 0.02, 0.3)
    counts = np.random.default_rng(seed).poisson(expected) + 1
    narrow, wide = (interrupted_counts(counts, 1000, time, action, confidence=level) for level in (0.8, 0.99))
    assert wide.step_lower < narrow.step_lower < narrow.step_ratio < narrow.step_upper < wide.step_upper
    assert narrow.fitted_after == pytest.approx(narrow.observed_after)  # the step absorbs the total after it


def test_without_a_slope_its_ratio_is_missing():
    time, action, counts = series(3, 0.01, 0.1)
    fit = interrupted_counts(counts, None, time, action)
    assert np.isnan([fit.slope_ratio, fit.slope_lower, fit.slope_upper]).all()


@given(seeds, st.floats(0.01, 1000))
@often
def test_the_unit_of_the_values_changes_no_ratio_and_scales_a_difference(seed, unit):
    time, action, values = series(3, 0.01, 0.2)
    values = values * np.random.default_rng(seed).uniform(0.8, 1.2, values.size)
    for scale, factor in (("log", 1), ("identity", unit)):
        one, other = (interrupted_trend(v, None, time, action, lag=3, scale=scale) for v in (values, unit * values))
        assert other.step_change == pytest.approx(factor * one.step_change, rel=1e-6)
        assert other.standard_errors["step"] == pytest.approx(factor * one.standard_errors["step"], rel=1e-6)
        assert other.durbin_watson == pytest.approx(one.durbin_watson, rel=1e-6)
        assert 0 <= one.durbin_watson <= 4


def test_lag_zero_gives_the_errors_of_white():
    from statsmodels.regression.linear_model import OLS

    time, action, values = series(3, 0.01, 0.2)
    values = values + np.cos(time**2)
    fit = interrupted_trend(values, None, time, action, lag=0, scale="identity", slope=False)
    white = OLS(values, np.column_stack([np.ones(24), time, action])).fit(cov_type="HC0")
    assert list(fit.unadjusted_errors.values()) == pytest.approx(white.bse)


def test_the_lag_follows_the_length_unless_told():
    time, action, values = series(3, 0.01, 0.2, 60, 60)
    fit = interrupted_trend(values + np.cos(time**2), None, time, action)
    assert fit.lag == 4  # 4 x 1.2^(2/9) = 4.16


TIME, STEP, COUNTS = [1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 1, 1, 1, 1], [5, 6, 7, 6, 9, 8, 9, 7]
SERIES = {
    "chaque période doit suivre la précédente .position 3.": {"time": [1, 2, 3, 3, 5, 6, 7, 8]},
    "step : 0 avant l’action, 1 après .position 7.": {"step": [0, 0, 0, 0, 1, 1, 1, 2]},
    "ne peut cesser une fois commencée .positions 5, 7.": {"step": [0, 0, 0, 0, 1, 0, 1, 0]},
    "au moins 3 périodes après l’action sont attendues, 0 donnée": {"step": [0] * 8},
    "au moins 3 périodes avant l’action sont attendues, 2 donnée": {"step": [0, 0, 1, 1, 1, 1, 1, 1]},
    "Longueurs différentes : time 7, step 8": {"time": TIME[:7]},
    "confidence : un nombre entre 0 et 1": {"confidence": 95},
}
COUNTED = {
    "counts : un nombre négatif n’est pas admis .position 2.": {"counts": [5, 6, -7, 6, 9, 8, 9, 7]},
    "counts : valeur manquante ou infinie .position 0.": {"counts": [None, *COUNTS[1:]]},
    "counts : aucun événement avant l’action": {"counts": [0, 0, 0, 0, 9, 8, 9, 7]},
    "counts : aucun événement après l’action": {"counts": [9, 8, 9, 7, 0, 0, 0, 0]},
    "counts : trop peu d’événements": {"counts": [0, 0, 0, 1, 0, 0, 0, 1]},
    "population : un nombre supérieur à zéro est attendu .position 1.": {"population": [9, 0, 9, 9, 9, 9, 9, 9]},
    "Longueurs différentes : counts 7, time 8": {"counts": COUNTS[:7]},
    "« quasipoisson » n’est pas admis. Admis : poisson, quasi": {"dispersion": "quasipoisson"},
    "harmonics : 2 harmonique.s. demandent season": {"harmonics": 2},
    "8 périodes ne suffisent pas à estimer 8 termes": {"slope": True, "season": TIME, "harmonics": 2},
}
FITTED = {
    "values : un nombre supérieur à zéro est attendu .position 0.": {"values": [0, *COUNTS[1:]]},
    "« logit » n’est pas admis": {"scale": "logit"},
    "lag : un entier de 0 à 7 est attendu, 8 donné": {"lag": 8},
    "lag : un entier de 0 à 7 est attendu, 1.5 donné": {"lag": 1.5},
}


@pytest.mark.parametrize("sentence", [*SERIES, *COUNTED])
def test_a_wrong_series_of_counts_is_refused_in_a_sentence(sentence):
    given = {"counts": COUNTS, "population": None, "time": TIME, "step": STEP}
    with pytest.raises(ArgumentError, match=sentence):
        interrupted_counts(**given | (SERIES | COUNTED)[sentence])


@pytest.mark.parametrize("sentence", [*SERIES, *FITTED])
def test_a_wrong_series_of_values_is_refused_in_a_sentence(sentence):
    given = {"values": COUNTS, "population": None, "time": TIME, "step": STEP}
    with pytest.raises(ArgumentError, match=sentence):
        interrupted_trend(**given | (SERIES | FITTED)[sentence])


# Differences in differences

samples = st.lists(st.floats(-100, 100), min_size=3, max_size=20)


@given(samples, samples, samples, samples)
@often
def test_two_by_two_is_the_difference_of_the_differences_of_means(one, two, three, other):
    four = (one, two, three, other)
    found = two_by_two(*four)
    means = [sum(sample) / len(sample) for sample in four]
    assert found.effect == pytest.approx((means[3] - means[2]) - (means[1] - means[0]), abs=1e-9)
    assert found.lower <= found.effect <= found.upper


@given(seeds, st.integers(2, 15))
@often
def test_two_by_two_agrees_with_a_regression(seed, size):
    from statsmodels.regression.linear_model import OLS

    random = np.random.default_rng(seed)
    four = [random.normal(5, 2, size + k) for k in range(4)]
    treated = np.repeat([0, 0, 1, 1], [sample.size for sample in four])
    after = np.repeat([0, 1, 0, 1], [sample.size for sample in four])
    design = np.column_stack([np.ones(treated.size), treated, after, treated * after])
    plain, robust = (OLS(np.concatenate(four), design).fit(cov_type=kind) for kind in ("nonrobust", "HC1"))
    found = two_by_two(*four)
    assert (found.effect, found.error_equal_variance) == pytest.approx((plain.params[3], plain.bse[3]))
    assert found.error_robust == pytest.approx(robust.bse[3])


def test_four_values_leave_no_error():
    found = two_by_two([1], [2], [3], [5])
    assert found.effect == 1
    assert np.isnan(found[1:5]).all()


def panel(seed, units=40, periods=5, starts=(0, 0, 3, 4), effect=0.0):
    """Rows of a panel in order of unit then period: outcome, unit, period, first period treated, covariate."""
    random = np.random.default_rng(seed)
    start = np.resize(starts, units)
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    first, covariate = start[unit], random.normal(0, 1, units)[unit]
    outcome = random.normal(0, 1, units)[unit] + 0.5 * period + random.normal(0, 1, unit.size)
    return outcome + effect * ((first > 0) & (period >= first)), unit, period, first, covariate


def wide(rows):
    outcome, _, period, first, _ = rows
    return outcome.reshape(-1, period.max()), first.reshape(-1, period.max())[:, 0]


@given(seeds)
@often
def test_fixed_effects_on_two_periods_are_the_difference_of_mean_changes(seed):
    rows = panel(seed, periods=2, starts=(0, 0, 2))
    outcome, first = wide(rows)
    change = outcome[:, 1] - outcome[:, 0]
    found = two_way_fixed_effects(*rows[:3], (rows[3] > 0) & (rows[2] >= rows[3]))
    assert found.effect == pytest.approx(change[first == 2].mean() - change[first == 0].mean(), abs=1e-9)


@given(seeds, st.floats(-5, 5))
@often
def test_fixed_effects_find_an_effect_planted_without_noise(seed, effect):
    _, unit, period, first, _ = panel(seed)
    treated = (first > 0) & (period >= first)
    found = two_way_fixed_effects(unit * 0.7 + period**2 + effect * treated, unit, period, treated)
    assert found.effect == pytest.approx(effect, abs=1e-7)


@given(seeds)
@often
def test_on_two_periods_the_staggered_effect_is_the_two_by_two(seed):
    rows = panel(seed, periods=2, starts=(0, 0, 2))
    outcome, first = wide(rows)
    cells = [outcome[first == group, t] for group in (0, 2) for t in (0, 1)]
    for estimator in staggered.ESTIMATORS:
        for controls in staggered.CONTROLS:
            found = group_time_effects(*rows[:4], controls=controls, estimator=estimator)
            assert found.effect == pytest.approx([two_by_two(*cells).effect], abs=1e-9)


@given(seeds, st.sampled_from(staggered.CONTROLS), st.sampled_from(staggered.ESTIMATORS), st.randoms())
@often
def test_the_order_of_the_rows_changes_nothing(seed, controls, estimator, random):
    outcome, unit, period, first, covariate = panel(seed)
    order = list(range(unit.size))
    random.shuffle(order)
    names = np.array([f"u{k}" for k in unit])
    one = group_time_effects(outcome, unit, period, first, covariate, controls=controls, estimator=estimator)
    shuffled = (array[order] for array in (outcome, names, period, first, covariate))
    other = group_time_effects(*shuffled, controls=controls, estimator=estimator)
    assert other.effect == pytest.approx(one.effect, abs=1e-9)
    assert other.standard_error == pytest.approx(one.standard_error, abs=1e-9)
    under = (first > 0) & (period >= first)
    plain = two_way_fixed_effects(outcome, unit, period, under)
    mixed = two_way_fixed_effects(outcome[order], names[order], period[order], under[order])
    assert mixed[:5] == pytest.approx(plain[:5], abs=1e-9)


@given(seeds, st.floats(0.01, 100), st.floats(-50, 50), st.sampled_from(staggered.BASES))
@often
def test_the_unit_of_the_outcome_scales_the_effects_and_the_origin_does_not_matter(seed, unit_of, origin, base):
    rows = panel(seed)
    one = group_time_effects(*rows, base=base)
    other = group_time_effects(unit_of * rows[0] + origin, *rows[1:], base=base)
    assert other.effect == pytest.approx(unit_of * one.effect, rel=1e-6, abs=1e-9)
    for kind in staggered.KINDS:
        first, second = aggregated(one, kind), aggregated(other, kind)
        assert second.standard_error == pytest.approx(unit_of * first.standard_error, rel=1e-6)


@given(seeds, st.floats(1, 1e6), st.floats(-1e3, 1e3), st.sampled_from(staggered.ESTIMATORS))
@often
def test_the_unit_of_a_covariate_does_not_matter(seed, unit_of, origin, estimator):
    *rows, covariate = panel(seed)
    one = group_time_effects(*rows, covariate, estimator=estimator)
    other = group_time_effects(*rows, unit_of * covariate + origin, estimator=estimator)
    assert other.effect == pytest.approx(one.effect, rel=1e-5, abs=1e-8)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-5)


@given(seeds)
@often
def test_with_one_covariate_of_two_values_the_three_estimators_are_one(seed):
    *rows, _ = panel(seed, units=60)
    two_values = (rows[1] // 4) % 2  # both values in every group: the models leave nothing out
    found = [group_time_effects(*rows, two_values, estimator=estimator) for estimator in staggered.ESTIMATORS]
    for other in found[1:]:
        assert other.effect == pytest.approx(found[0].effect, abs=1e-7)
        assert other.standard_error == pytest.approx(found[0].standard_error, abs=1e-7)


@given(seeds, st.floats(-3, 3), st.sampled_from(staggered.CONTROLS))
@often
def test_an_effect_planted_without_noise_is_found_in_every_cell_and_aggregation(seed, effect, controls):
    _, unit, period, first, _ = panel(seed)
    outcome = unit * 1.5 + period**2 + effect * ((first > 0) & (period >= first))
    found = group_time_effects(outcome, unit, period, first, controls=controls)
    post = found.time >= found.group
    assert found.effect == pytest.approx(effect * post, abs=1e-9)
    for kind in staggered.KINDS:
        assert aggregated(found, kind).effect == pytest.approx(effect, abs=1e-9)


@given(seeds)
@often
def test_aggregations_average_their_parts(seed):
    found = group_time_effects(*panel(seed))
    group, calendar = aggregated(found, "group"), aggregated(found, "calendar")
    sizes = [(found.unit_group == value).mean() for value in group.at]
    assert group.effect == pytest.approx(np.average(group.at_effect, weights=sizes))
    assert calendar.effect == pytest.approx(calendar.at_effect.mean())
    dynamic = aggregated(found, "dynamic")
    assert dynamic.effect == pytest.approx(dynamic.at_effect[dynamic.at >= 0].mean())
    assert found.influence.mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_the_old_error_of_groups_is_another_and_must_be_asked_for():
    found = group_time_effects(*panel(5, starts=(0, 3, 4, 4), effect=2))
    exact, old = aggregated(found, "group"), aggregated(found, "group", group_error="did_2_1_2")
    assert (exact.effect, *exact.at_error) == (old.effect, *old.at_error)
    assert exact.standard_error != old.standard_error


def test_a_universal_base_has_an_effect_of_zero_without_error_before_the_action():
    found = group_time_effects(*panel(3), base="universal")
    reference = found.time == found.group - 1
    assert (found.effect[reference] == 0).all()
    assert np.isnan(found.standard_error[reference]).all()
    assert np.isfinite(found.standard_error[~reference]).all()


def test_units_treated_from_the_first_period_are_left_out_and_late_ones_are_never_treated():
    outcome, unit, period, first, _ = panel(2)
    early = np.where(unit < 4, 1, first)
    found = group_time_effects(outcome, unit, period, early)
    kept = unit >= 4
    apart = group_time_effects(outcome[kept], unit[kept], period[kept], first[kept])
    assert (found.already_treated, apart.already_treated) == (4, 0)
    assert found.effect == pytest.approx(apart.effect)
    late, missing = (np.where(first == 0, value, first) for value in (99, np.nan))
    same = group_time_effects(outcome, unit, period, first).effect
    assert group_time_effects(outcome, unit, period, late).effect == pytest.approx(same)
    assert group_time_effects(outcome, unit, period, missing).effect == pytest.approx(same)


def test_without_a_never_treated_unit_the_last_group_is_the_control_until_it_starts():
    rows = panel(4, starts=(3, 5))
    found = group_time_effects(*rows[:4], controls="not_yet_treated")
    outcome, first = wide(rows)
    change = outcome[:, 2] - outcome[:, 1]
    assert set(found.time) == {2, 3, 4}
    assert found.effect[1] == pytest.approx(change[first == 3].mean() - change[first == 5].mean())


def test_a_unit_sure_to_be_treated_gives_no_effect():
    outcome, unit, period, first, _ = panel(6, starts=(0, 3))
    found = group_time_effects(outcome, unit, period, first, (first > 0) + 0.001 * unit, estimator="ipw")
    assert np.isnan(found.effect).all()


def test_controls_all_alike_give_no_effect():
    outcome, unit, period, first, _ = panel(6, starts=(0, 3))
    assert np.isnan(group_time_effects(outcome, unit, period, first, first).effect).all()


UNITS, PERIODS, OUTCOMES = ["a", "a", "b", "b", "c", "c"], [1, 2, 1, 2, 1, 2], [1, 2, 3, 5, 4, 9]
PANELS = {
    "unit : observée deux fois dans une période .position 3.": {"period": [1, 2, 1, 1, 1, 2]},
    "il manque b en 2, c en 1": {"unit": ["a", "a", "b", "c"], "period": [1, 2, 1, 2]},
    "Longueurs différentes : unit 5, period 6": {"unit": UNITS[:5]},
    "Longueurs différentes : outcome 5, unit 6": {"outcome": OUTCOMES[:5]},
    "outcome : valeur manquante ou infinie .position 1.": {"outcome": [1, None, 3, 5, 4, 9]},
    "confidence : un nombre entre 0 et 1": {"confidence": 0},
}
FIXED = {
    "treated : 0 ou 1 est attendu .position 5.": {"treated": [0, 0, 0, 0, 0, 2]},
    "ne distingue aucune unité": {"treated": [0, 1, 0, 1, 0, 1]},
    "Longueurs différentes : treated 4, unit 6": {"treated": [0, 0, 0, 1]},
}
STAGGERED = {
    "first_treated : une seule valeur par unité est attendue .unités c.": {"first_treated": [0, 0, 0, 0, 0, 2]},
    "aucune unité jamais traitée": {"first_treated": [2] * 6},
    "aucune unité ne commence l’action": {"first_treated": [0] * 6},
    "« nevertreated » n’est pas admis. .*Vouliez-vous dire « never_treated »": {"controls": "nevertreated"},
    "estimator : « drdid » n’est pas admis": {"estimator": "drdid"},
    "base : « fixed » n’est pas admis": {"base": "fixed"},
    "covariates.0. : valeur manquante ou infinie .position 2.": {"covariates": [1, 1, None, 2, 3, 3]},
}


@pytest.mark.parametrize("sentence", [*PANELS, *FIXED])
def test_a_wrong_panel_is_refused_in_a_sentence(sentence):
    given = {"outcome": OUTCOMES, "unit": UNITS, "period": PERIODS, "treated": [0, 0, 0, 0, 0, 1]}
    with pytest.raises(ArgumentError, match=sentence):
        two_way_fixed_effects(**given | (PANELS | FIXED)[sentence])


@pytest.mark.parametrize("sentence", [*PANELS, *STAGGERED])
def test_wrong_staggered_starts_are_refused_in_a_sentence(sentence):
    given = {"outcome": OUTCOMES, "unit": UNITS, "period": PERIODS, "first_treated": [0, 0, 0, 0, 2, 2]}
    with pytest.raises(ArgumentError, match=sentence):
        group_time_effects(**given | (PANELS | STAGGERED)[sentence])


def test_the_last_group_alone_has_nothing_to_compare_with():
    with pytest.raises(ArgumentError, match="aucune unité ne commence l’action entre"):
        group_time_effects(OUTCOMES, UNITS, PERIODS, [2] * 6, controls="not_yet_treated")


@pytest.mark.parametrize("word", ["overall", "Dynamic"])
def test_an_unknown_aggregation_is_refused(word):
    with pytest.raises(ArgumentError, match=f"kind : « {word} » n’est pas admis"):
        aggregated(group_time_effects(*panel(1)), word)


def test_an_empty_or_missing_sample_is_refused():
    with pytest.raises(ArgumentError, match="treated_before : au moins une valeur"):
        two_by_two([1], [2], [], [4])
    with pytest.raises(ArgumentError, match="control_after : valeur manquante"):
        two_by_two([1], [2, None], [3], [4])
