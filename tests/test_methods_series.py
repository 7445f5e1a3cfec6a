"""Series of months: seasons, working days, late claims, forecasts, prices and volumes, contributions."""

import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import ArgumentError
from indicators.methods import chain_ladder, completion, contributions, forecasts, price_indices
from indicators.methods.accuracy import accuracy
from indicators.methods.seasonality import Smoothing, Windows, decompose, stl
from indicators.methods.working_days import proportional, regression, working_days
from indicators.qualification import qualify, series

settings.register_profile("series", max_examples=50, deadline=None, derandomize=True)
some = settings(settings.get_profile("series"))
CASES = sorted((Path(__file__).parent / "qualification").glob("series_*.json"))

amounts = st.floats(1, 1e6)
months_of_care = st.lists(amounts, min_size=24, max_size=60)
cents = st.decimals(0, 10**9, places=2)


# Reference cases


def test_every_reference_case_holds(tmp_path):
    for path in CASES:
        shutil.copy(path, tmp_path)
    outcomes = qualify(tmp_path)
    assert [outcome for outcome in outcomes if outcome.verdict != "passed"] == []


def test_every_method_has_two_reference_cases_of_another_origin():
    cases = [case for path in CASES for case in json.loads(path.read_text(encoding="utf-8"))]
    counted = Counter(case["method"] for case in cases if not case["expected"].get("error"))
    assert {method for method, times in counted.items() if times >= 2} == series.METHODS.keys()


# Seasons


@some
@given(months_of_care, st.sampled_from(["additive", "multiplicative"]))
def test_the_parts_of_a_decomposition_make_the_series(values, kind):
    found = decompose(values, 12, kind)
    inner = ~np.isnan(found.trend)
    together = np.multiply if kind == "multiplicative" else np.add
    made = together(together(found.trend, found.seasonal), found.remainder)
    assert made[inner] == pytest.approx(np.array(values)[inner])
    assert found.pattern.mean() == pytest.approx(1.0 if kind == "multiplicative" else 0.0, abs=1e-6)


@some
@given(st.lists(amounts, min_size=24, max_size=40), st.booleans(), st.booleans())
def test_the_parts_of_stl_make_the_series(values, robust, log):
    found = stl(values, 12, robust=robust, log=log)
    observed = np.log(values) if log else np.array(values)
    assert found.seasonal + found.trend + found.remainder == pytest.approx(observed, rel=1e-6, abs=1e-6)


@some
@given(st.lists(amounts, min_size=24, max_size=40))
def test_a_periodic_season_is_the_same_every_year(values):
    seasonal = stl(values, 12).seasonal
    assert np.array_equal(seasonal[12:], seasonal[:-12])


def test_stl_agrees_with_statsmodels_set_in_the_same_way():
    from statsmodels.tsa.seasonal import STL

    values = 100 + np.arange(60) + 10 * np.sin(np.arange(60)) + (np.arange(60) % 12)
    wanted = STL(values, period=12, seasonal=7, trend=23, low_pass=13, seasonal_deg=0, trend_jump=3, low_pass_jump=2)
    found = stl(values, 12, Windows(seasonal=7))  # Cleveland's lengths and steps: 23, 13; 1, 3, 2
    assert found.seasonal == pytest.approx(wanted.fit(inner_iter=2, outer_iter=0).seasonal)


# Working days


def test_public_holidays_are_those_of_the_place():
    may, december = ["2023-05"], ["2023-12-01"]
    assert working_days(may).tolist() == [23]
    assert working_days(may, "national").tolist() == [19]  # 1, 8, 18 (Ascension) and 29 May 2023
    assert working_days(["2023-04"], "national").tolist() == [19]  # Easter Monday
    assert working_days(["2023-04"], "alsace_moselle").tolist() == [18]  # and Good Friday
    assert working_days(december, "alsace_moselle").tolist() == [19]  # 25 and 26 December
    assert working_days(december, "reunion").tolist() == [19]  # 20 December, abolition of slavery


@pytest.mark.parametrize("calendar", ["national", "alsace_moselle", "guadeloupe", "martinique", "guyane", "mayotte"])
def test_a_holiday_never_adds_a_working_day(calendar):
    months = np.arange("2010-01", "2027-01", dtype="datetime64[M]").astype(str)
    assert (working_days(months, calendar) <= working_days(months)).all()
    # Eleven national days a year; on average five in seven fall from Monday to Friday, Mondays and a Thursday always.
    lost = (working_days(months) - working_days(months, calendar)).sum() / 17
    assert 8 <= lost <= 14


@some
@given(st.lists(amounts, min_size=2, max_size=30))
def test_equal_working_days_change_nothing(values):
    assert proportional(values, 21) == pytest.approx(values)


@some
@given(st.floats(-0.1, 0.1), st.floats(-0.02, 0.02), st.floats(0.5, 100))
def test_the_regression_finds_the_effect_that_made_the_series(effect, slope, scale):
    months = np.arange("2019-01", "2024-01", dtype="datetime64[M]").astype(str)
    days = working_days(months, "national")
    found = regression(months, scale * np.exp(effect * days + slope * np.arange(60)), days)
    assert found.effect == pytest.approx(effect, abs=1e-9)


# Late claims


def _triangle(rows: int, delays: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    full = np.cumsum(chance.uniform(10, 100, (rows, delays)) / np.arange(1, delays + 1) ** 2, axis=1)
    passed = np.add.outer(np.arange(rows), np.arange(delays)) < rows
    return np.where(passed, full, np.nan)


triangles = st.builds(_triangle, st.integers(4, 9), st.integers(3, 4), st.integers(0, 10**6))


@some
@given(triangles, st.floats(0.1, 1000))
def test_ten_times_the_amounts_have_ten_times_the_error(table, scale):
    one, other = chain_ladder.mack(table), chain_ladder.mack(table * scale)
    assert other.factors == pytest.approx(one.factors)
    assert other.error == pytest.approx(one.error * scale)
    assert other.total_error == pytest.approx(one.total_error * scale)


@some
@given(triangles)
def test_mack_and_the_completion_factors_foresee_the_same_amounts(table):
    found = chain_ladder.mack(table)
    assert found.ultimate == pytest.approx(chain_ladder.completion(table).completed)
    assert found.total_to_come == pytest.approx(found.to_come.sum())
    # Rows share the factors: the error of the sum exceeds that of independent rows, not the sum of errors.
    independent, added = np.sqrt((found.error**2).sum()), found.error.sum()
    assert independent * (1 - 1e-9) <= found.total_error <= added * (1 + 1e-9)


def test_rows_in_proportion_have_no_error():
    row = np.array([60.0, 90.0, 100.0, 100.0])
    table = np.where(np.add.outer(range(4), range(4)) < 4, np.outer([1, 2, 3, 4], row), np.nan)
    found = chain_ladder.mack(table)
    assert found.ultimate == pytest.approx([100, 200, 300, 400])
    assert found.total_error == pytest.approx(0, abs=1e-6)


def test_a_log_linear_sigma_continues_the_line_of_the_others():
    table = _triangle(9, 9, 3)
    sigma = chain_ladder.mack(table).sigma
    line = np.polyfit(np.arange(7), np.log(sigma[:7]), 1)
    found = chain_ladder.mack(table, "log_linear")
    assert found.variant == "log_linear"
    assert found.sigma[7] == pytest.approx(np.exp(np.polyval(line, 7)))


def test_a_line_that_does_not_hold_gives_way_to_macks_rule():
    assert chain_ladder.mack(_triangle(4, 4, 0), "log_linear").variant == "mack"  # two sigmas make no line


def test_a_factor_of_too_few_rows_leaves_the_earlier_shares_missing():
    table = np.where(np.add.outer(range(8), range(4)) < 8, 10.0, np.nan)
    few = completion.shares(table[:6])
    assert np.isnan(few[:3]).all()
    assert few[3] == 1.0
    assert completion.shares(np.full((6, 2), 10.0)).tolist() == [0.5, 1.0]


# Forecasts

FOUR = {
    "seasonal_naive": lambda y, confidence: forecasts.seasonal_naive(y, 4, 6, confidence),
    "drift": lambda y, confidence: forecasts.drift(y, 6, confidence),
    "holt_winters": lambda y, confidence: (
        forecasts.holt_winters(
            y,
            6,
            forecasts.Weights(0.4, 0.1, 0.2),
            forecasts.States(y[0], 0.0, np.ones(4), 4),
            "multiplicative",
            confidence,
        ).forecast
    ),
}


@pytest.mark.parametrize("name", FOUR)
@some
@given(st.lists(st.floats(10, 1000), min_size=12, max_size=30))
def test_an_interval_holds_its_value_and_widens_with_confidence(name, values):
    narrow, wide = FOUR[name](values, 0.8), FOUR[name](values, 0.95)
    assert (narrow.lower <= narrow.value).all()
    assert (narrow.value <= narrow.upper).all()
    assert (wide.lower <= narrow.lower).all()
    assert (narrow.upper <= wide.upper).all()
    if name != "holt_winters":
        assert (np.diff(narrow.spread) >= 0).all()  # further is never surer


@pytest.mark.parametrize("name", FOUR)
@some
@given(st.lists(st.floats(10, 1000), min_size=12, max_size=30), st.floats(-1000, 3000), st.floats(0, 500))
def test_a_higher_target_is_never_more_likely_to_be_passed(name, values, target, more):
    law = FOUR[name](values, 0.95)
    low, high = forecasts.against(law, target), forecasts.against(law, target + more)
    assert (high.chance_above <= low.chance_above).all()
    assert (law.lower[low.position == "above"] > target).all()
    assert (law.upper[low.position == "below"] < target).all()
    inside = low.position == "within"
    assert ((law.lower <= target) & (target <= law.upper))[inside].all()


def test_the_bounds_of_a_forecast_have_the_chance_that_they_say():
    law = forecasts.sarima(100 * np.exp(np.sin(np.arange(40))), 3, (1, 0, 0), log=True).forecast
    assert forecasts.against(law, law.lower).chance_above == pytest.approx(0.975)
    assert forecasts.against(law, law.upper).chance_above == pytest.approx(0.025)
    assert forecasts.against(law, law.value).chance_above == pytest.approx(0.5)


def test_a_certain_forecast_is_above_or_below_for_sure():
    law = forecasts.drift([5, 7, 9, 11], 2)  # a line without noise: 13 then 15
    found = forecasts.against(law, 14)
    assert found.chance_above.tolist() == [0.0, 1.0]
    assert found.position.tolist() == ["below", "above"]


@some
@given(st.lists(st.floats(10, 1000), min_size=8, max_size=30), st.floats(-500, 500))
def test_additive_smoothing_moves_with_the_series(values, shift):
    weights, states = forecasts.Weights(0.3, 0.1, 0.2), ([3.0, -1.0, -2.0], 3)
    one = forecasts.holt_winters(values, 5, weights, forecasts.States(values[0], 1.0, *states), "additive")
    moved = np.array(values) + shift
    other = forecasts.holt_winters(moved, 5, weights, forecasts.States(values[0] + shift, 1.0, *states), "additive")
    assert other.forecast.value - shift == pytest.approx(one.forecast.value, abs=1e-6)
    assert other.forecast.spread == pytest.approx(one.forecast.spread, abs=1e-6)


def test_the_spread_of_additive_smoothing_is_that_of_statsmodels():
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    values = 50 + np.arange(28) + 5 * np.sin(np.arange(28)) + np.tile([4.0, -2, 1, -3], 7)
    law = forecasts.ets(values, 4, 9, "AAdA")
    model = ETSModel(pd.Series(values), trend="add", damped_trend=True, seasonal="add", seasonal_periods=4)
    fit = forecasts._best_start(model)[0]
    assert law.spread == pytest.approx(np.sqrt(np.array(fit.get_prediction(28, 36).forecast_variance)))


def test_a_simulated_interval_is_the_same_every_time():
    values = np.tile([10.0, 12, 15, 11], 6) * np.linspace(1, 1.5, 24) + np.cos(np.arange(24))
    one, other = forecasts.ets(values, 4, 3, "MAM"), forecasts.ets(values, 4, 3, "ETS(M,A,M)")
    assert np.array_equal(one.lower, other.lower)


def test_an_airline_model_names_its_coefficients_by_their_lag():
    values = 100 + np.arange(40) + 8 * np.tile([1.0, -1, 2, -2], 10) + np.sin(np.arange(40) ** 2)
    found = forecasts.sarima(values, 2, (0, 1, 1), (0, 1, 1), 4)
    assert found.coefficients.keys() == {"ma1", "sma1"}
    assert found.variance > 0


@some
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20))
def test_a_forecast_that_came_true_has_no_error(pairs):
    actual = [one for one, _ in pairs]
    found = accuracy(actual, actual, train=[1, 3, 2])
    assert found[:6] == (0, 0, 0, 0, 0, 0)
    other = accuracy(actual, [two for _, two in pairs])
    assert abs(other.mean_error) <= other.mean_absolute * (1 + 1e-9) <= other.root_mean_square * (1 + 1e-6)
    assert np.isnan(other.mase)


def test_missing_months_are_left_out_of_the_errors():
    found = accuracy([100, None, 50], [90, 80, None], train=[5, 5, 5])
    assert found.mean_error == 10
    assert np.isnan(found.mase)  # a train that never moves gives no scale
    assert np.isnan(accuracy([0, 10], [1, 10]).mean_percentage)


# Prices and volumes

rows = st.tuples(*[st.floats(0.1, 1000), st.integers(0, 1000), st.floats(0.1, 1000), st.integers(0, 1000)])
boxes = st.lists(rows, min_size=1, max_size=12)


def _bought(table):
    return price_indices.products(*zip(*table, strict=True))


@some
@given(boxes)
def test_prices_and_quantities_sum_to_the_change(table):
    bought = _bought(table)
    price, quantity = price_indices.price_indicators(bought), price_indices.quantity_indicators(bought)
    change = price_indices.value_change(bought)
    near = {"rel": 1e-9, "abs": 1e-6}
    assert price.bennet + quantity.bennet == pytest.approx(change, **near)
    assert price.montgomery + quantity.montgomery == pytest.approx(change, **near)
    assert price.laspeyres + quantity.paasche == pytest.approx(change, **near)
    assert price.paasche + quantity.laspeyres == pytest.approx(change, **near)


@some
@given(boxes, st.randoms(use_true_random=False))
def test_the_order_of_products_changes_nothing(table, chance):
    shuffled = chance.sample(table, len(table))
    one, other = price_indices.price_indices(_bought(table)), price_indices.price_indices(_bought(shuffled))
    assert other[:4] == pytest.approx(one[:4], nan_ok=True)


@some
@given(boxes, st.floats(0.5, 2))
def test_prices_moved_alike_move_every_index_alike(table, factor):
    moved = [(price, first + 1, price * factor, last + 1) for price, first, _, last in table]
    assert price_indices.price_indices(_bought(moved))[:4] == pytest.approx([factor] * 4)


@some
@given(boxes)
def test_fisher_lies_between_laspeyres_and_paasche_and_multiplies_to_the_value(table):
    bought = _bought([(p0, q0 + 1, p1, q1 + 1) for p0, q0, p1, q1 in table])
    price, quantity = price_indices.price_indices(bought), price_indices.quantity_indices(bought)
    low, high = sorted([price.laspeyres, price.paasche])
    assert low * (1 - 1e-9) <= price.fisher <= high * (1 + 1e-9)
    assert price.fisher * quantity.fisher == pytest.approx(price_indices.price_volume_mix(bought).value_index)


@some
@given(boxes)
def test_volume_mix_and_price_sum_to_the_change_of_spending(table):
    found = price_indices.price_volume_mix(_bought(table))
    parts = found.entries + found.exits + found.volume + found.mix + found.price
    assert parts == pytest.approx(found.after - found.before, rel=1e-9, abs=1e-6)
    if not np.isnan(found.value_index):
        made = found.quantity_index * found.structure_index * found.price_index
        assert made == pytest.approx(found.value_index)


exact_rows = st.tuples(cents, st.integers(0, 10**6), cents, st.integers(0, 10**6)).map(
    lambda row: (row[0] * bool(row[1]), row[1], row[2] * bool(row[3]), row[3])
)


@some
@given(st.lists(exact_rows, min_size=1, max_size=12), st.integers(0, 4))
def test_exact_parts_sum_to_the_change_to_the_cent(table, places):
    found = price_indices.exact_price_volume_mix(*zip(*table, strict=True), places=places)
    amount0, _, amount1, _ = zip(*table, strict=True)
    change = sum(amount1, Decimal(0)) - sum(amount0, Decimal(0))
    assert found.entries + found.exits + found.volume + found.mix + found.price == change
    assert found.after - found.before == change


def test_exact_parts_are_those_of_the_floats():
    table = [("210.50", 100, "255.30", 140), ("90.10", 7, "0", 0), ("0", 0, "12.00", 3), ("31.00", 60, "28.75", 45)]
    columns = [[Decimal(one) for one in column] for column in zip(*table, strict=True)]
    exact = price_indices.exact_price_volume_mix(*columns)
    prices = [(float(a0) / q0 if q0 else None, q0, float(a1) / q1 if q1 else None, q1) for a0, q0, a1, q1 in table]
    floats = price_indices.price_volume_mix(_bought(prices))
    assert [float(part) for part in exact[:7]] == pytest.approx(floats[:7], abs=0.011)


def test_no_common_product_leaves_the_indices_missing_and_the_parts_whole():
    bought = price_indices.products([2, None], [10, 0], [None, 3], [0, 5])
    found = price_indices.price_volume_mix(bought)
    assert (found.entries, found.exits, found.volume, found.mix, found.price) == (15, -20, 0, 0, 0)
    assert np.isnan([*price_indices.price_indices(bought)[:4], found.value_index, found.quantity_index]).all()


def test_an_unchanged_amount_is_weighed_by_itself_or_told_missing():
    bought = price_indices.products([2], [10], [4], [5])  # 20 before and after
    assert price_indices.price_indicators(bought).montgomery == pytest.approx(20 * np.log(2))
    assert np.isnan(price_indices.price_indicators(bought, unchanged="missing").montgomery)


# Contributions


@some
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20))
def test_contributions_sum_to_the_growth_of_the_total(parts):
    current, previous = zip(*parts, strict=True)
    found = contributions.contributions(current, previous)
    # floats added in another order differ in their last bits; exact_contributions is exact
    assert found.points.sum() == pytest.approx(float(found.growth), rel=1e-12, abs=1e-9)
    assert found.growth == pytest.approx(100 * (sum(current) / sum(previous) - 1), abs=1e-9)


@some
@given(st.lists(st.tuples(cents, cents), min_size=1, max_size=20), st.integers(0, 3))
def test_rounded_contributions_sum_to_the_rounded_growth(parts, places):
    current, previous = zip(*parts, strict=True)
    found = contributions.exact_contributions(current, previous, places)
    if sum(previous) == 0:
        assert found.growth is None
        assert set(found.points) == {None}
        return
    assert sum(found.points) == found.growth
    assert found.growth == round(100 * (sum(current) - sum(previous)) / sum(previous), places)
    exact = [100 * (now - then) / sum(previous) for now, then in parts]
    assert all(abs(told - one) <= Decimal(1).scaleb(-places) for told, one in zip(found.points, exact, strict=True))


def test_a_missing_part_or_no_base_leaves_all_contributions_missing():
    found = contributions.contributions([[60, 1, 3], [45, np.nan, 2]], [[50, 1, 0], [50, 1, 0]])
    assert found.points[:, 0].tolist() == [10, -5]
    assert found.growth[0] == 5
    assert np.isnan(found.points[:, 1:]).all()
    assert np.isnan(found.growth[1:]).all()
    assert contributions.exact_contributions([Decimal(1), None], [Decimal(1)] * 2).growth is None


# Refusals

ONE_MONTH = ["2024-01"]
REFUSED = {
    "period : un entier d’au moins 2 est attendu, 1 donné.": lambda: decompose([1, 2, 3, 4], 1),
    "values : deux cycles de 12 valeurs sont attendus, 3 valeurs données.": lambda: stl([1, 2, 3], 12),
    "values : un nombre supérieur à zéro est attendu (positions 1, 3).": lambda: decompose(
        [1, 0, 1, -1], 2, "multiplicative"
    ),
    "values : valeur manquante ou infinie (position 1).": lambda: decompose([1, None, 3, 4], 2),
    "kind : « multiplied » n’est pas admis.": lambda: decompose([1, 2, 3, 4], 2, "multiplied"),
    "windows.seasonal : un nombre impair d’au moins 3 est attendu, 8 donné.": lambda: stl(
        np.arange(24.0), 12, Windows(seasonal=8)
    ),
    "smoothing.degrees : 0 ou 1 est attendu, 2 donné.": lambda: stl(
        np.arange(24.0), 12, smoothing=Smoothing(degrees=(2, 1, 1))
    ),
    "Longueurs différentes : current 2, previous 1.": lambda: contributions.exact_contributions(
        [Decimal(1)] * 2, [Decimal(1)]
    ),
    "Longueurs différentes : months 1, values 2, days 2.": lambda: regression(ONE_MONTH, [1, 2], [20, 21]),
    "calendar : « nationale » n’est pas admis.": lambda: working_days(ONE_MONTH, "nationale"),
    "months : un mois écrit 2024-05 est attendu (position 1).": lambda: working_days(["2024-01", "janvier"]),
    "days : un nombre supérieur à zéro est attendu (position 0).": lambda: proportional([1, 2], [0, 21]),
    "Longueurs différentes : values 3, days 2.": lambda: proportional([1, 2, 3], [20, 21]),
    "values : plus de 3 mois sont attendus, 1 donnés.": lambda: regression(ONE_MONTH, [1], [20]),
    "cumulated, lignes : un montant suit un délai qui manque (position 1).": lambda: chain_ladder.completion(
        [[1, 2, 3], [1, np.nan, 3]]
    ),
    "cumulated, lignes : un montant supérieur à zéro est attendu (position 0).": lambda: chain_ladder.mack(
        [[0, 2, 3], [1, 2, np.nan], [1, np.nan, np.nan]]
    ),
    "last_sigma : « macks » n’est pas admis.": lambda: chain_ladder.mack([[1, 2, 3]], "macks"),
    "actual : aucun mois n’est connu des deux côtés.": lambda: accuracy([None], [1]),
    "train : plus de 12 valeurs sont attendues, 3 données.": lambda: accuracy([1], [1], [1, 2, 3], 12),
    "horizon : un entier d’au moins 1 est attendu, 0 donné.": lambda: forecasts.drift([1, 2, 3], 0),
    "values : au moins 13 valeurs sont attendues, 2 données.": lambda: forecasts.seasonal_naive([1, 2], 12, 3),
    "confidence : un nombre entre 0 et 1 est attendu, 95 donné.": lambda: forecasts.drift([1, 2, 4], 1, 95),
    "weights.level : un nombre de 0 à 1 est attendu, 2 donné.": lambda: forecasts.holt_winters(
        [1, 2], 1, forecasts.Weights(2), forecasts.States(1)
    ),
    "season : « mult » n’est pas admis.": lambda: forecasts.holt_winters(
        [1, 2], 1, forecasts.Weights(0.5), forecasts.States(1), "mult"
    ),
    "model : « XAM » n’est pas admis.": lambda: forecasts.ets(np.arange(1.0, 30), 4, 1, "XAM"),
    "period : au moins 2 est attendu pour une partie saisonnière.": lambda: forecasts.sarima(
        np.arange(30.0), 1, (0, 1, 0), (0, 1, 0)
    ),
    "target : 1 ou 2 valeurs sont attendues, 3 données.": lambda: forecasts.against(
        forecasts.drift([1, 2, 4], 2), [1, 2, 3]
    ),
    "quantity0 : un nombre négatif n’est pas admis (position 0).": lambda: price_indices.products([1], [-1], [1], [1]),
    "price1 : un prix supérieur à zéro est attendu de ce qui est acheté (position 1).": lambda: price_indices.products(
        [1, 1], [1, 1], [1, None], [1, 1]
    ),
    "unchanged : « skip » n’est pas admis.": lambda: price_indices.price_indicators(
        price_indices.products([1], [1], [1], [1]), "skip"
    ),
    "amount0 : un nombre décimal exact est attendu (position 0).": lambda: price_indices.exact_price_volume_mix(
        [1.5], [1], [Decimal(1)], [1]
    ),
    "amount1 : un montant sans quantité n’est pas admis (position 0).": lambda: price_indices.exact_price_volume_mix(
        [Decimal(1)], [1], [Decimal(1)], [0]
    ),
    "previous : un nombre décimal exact est attendu (position 0).": lambda: contributions.exact_contributions(
        [Decimal(1)], [1]
    ),
    "current : valeur infinie (position 1).": lambda: contributions.contributions([1, np.inf], [1, 1]),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_a_bad_argument_is_named_with_its_rule_and_its_place(sentence):
    with pytest.raises(ArgumentError) as refused:
        REFUSED[sentence]()
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
