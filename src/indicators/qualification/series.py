"""Seasonality, working days, late claims, forecasts, prices and volumes: reference cases as calls of the library."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indicators.methods import accuracy, chain_ladder, forecasts, price_indices, seasonality, working_days

Case = Mapping[str, Any]
Result = dict[str, Any]
LEVELS = (80, 95)  # percent, where a case names none
CALENDAR = "weekdays"
LAST_SIGMAS = {"Mack": "mack", "log-linear": "log_linear"}


def seasonal_decompose(inputs: Case, folder: Path) -> Result:
    kind = inputs.get("type", "additive")
    found = seasonality.decompose(inputs["values"], inputs["frequency"], kind)
    return {**found._asdict(), "figure": found.pattern}


def seasonal_stl(inputs: Case, folder: Path) -> Result:
    seasonal = inputs.get("s_window", "periodic")
    windows = seasonality.Windows(
        None if seasonal == "periodic" else seasonal, inputs.get("t_window"), inputs.get("l_window")
    )
    smoothing = seasonality.Smoothing(
        degrees=(inputs.get("s_degree", 0), inputs.get("t_degree", 1), inputs.get("l_degree", 1)),
        jumps=(inputs.get("s_jump"), inputs.get("t_jump"), inputs.get("l_jump")),
        inner=inputs.get("inner"),
        outer=inputs.get("outer"),
    )
    robust, log = inputs.get("robust", False), inputs.get("log", False)
    return seasonality.stl(inputs["values"], inputs["frequency"], windows, robust, log, smoothing)._asdict()


def _days(inputs: Case) -> Any:
    if (days := inputs.get("working_days")) is not None:
        return days
    return working_days.working_days(inputs["month"], inputs.get("calendar", CALENDAR))


def working_day_proportional(inputs: Case, folder: Path) -> Result:
    return {"adjusted": working_days.proportional(inputs["values"], _days(inputs))}


def working_day_regression(inputs: Case, folder: Path) -> Result:
    found = working_days.regression(inputs["month"], inputs["values"], _days(inputs))
    return {**found._asdict(), "coef": found.effect, "se": found.error, "r2": found.r_squared}


def completion_factors(inputs: Case, folder: Path) -> Result:
    found = chain_ladder.completion(inputs["cumulative_triangle"])
    return {"age_to_age": found.factors, "completion_at_lag": found.share, "completed": found.completed}


def chain_ladder_mack(inputs: Case, folder: Path) -> Result:
    rule = inputs.get("est_sigma", "log-linear")  # the reference software's own default
    found = chain_ladder.mack(inputs["cumulative_triangle"], LAST_SIGMAS.get(rule, rule))
    return {
        "f": [*found.factors, 1.0],  # the reference ends with the tail, of which there is none
        "f_se": found.factors_error,
        "sigma": found.sigma,
        "latest": found.latest,
        "ultimate": found.ultimate,
        "ibnr": found.to_come,
        "mack_se": found.error,
        "total_ibnr": found.total_to_come,
        "total_mack_se": found.total_error,
    }


def forecast_accuracy(inputs: Case, folder: Path) -> Result:
    found = accuracy.accuracy(inputs["actual"], inputs["forecast"], inputs.get("train"), inputs.get("frequency") or 1)
    return dict(zip(("ME", "RMSE", "MAE", "MPE", "MAPE", "MASE"), found, strict=False))


def _told(found: forecasts.Forecast, inputs: Case) -> Result:
    """Values ahead, and the bounds of each level as `lower95`."""
    levels = inputs.get("level") or LEVELS
    told: Result = {"mean": found.value}
    for level in levels if isinstance(levels, list | tuple) else [levels]:
        bounds = forecasts.at_confidence(found, level / 100)
        told |= {f"lower{level:g}": bounds.lower, f"upper{level:g}": bounds.upper}
    return told


def forecast_seasonal_naive(inputs: Case, folder: Path) -> Result:
    return _told(forecasts.seasonal_naive(inputs["values"], inputs["frequency"], inputs["h"]), inputs)


def forecast_drift(inputs: Case, folder: Path) -> Result:
    return _told(forecasts.drift(inputs["values"], inputs["h"]), inputs)


def forecast_ets(inputs: Case, folder: Path) -> Result:
    period = inputs.get("frequency") or 1
    return _told(forecasts.ets(inputs["values"], period, inputs["h"], inputs["model"]), inputs)


def _weight(inputs: Case, name: str) -> float | None:
    """A smoothing weight; absent, null or false: the model has no such state."""
    given = inputs.get(name)
    return None if given is None or given is False else given


def forecast_holt_winters(inputs: Case, folder: Path) -> Result:
    seasonal = _weight(inputs, "gamma")
    season = "none" if seasonal is None else inputs.get("seasonal", "additive")
    after_a_cycle = 1 if season == "none" else inputs["frequency"] + 1
    start = forecasts.States(
        level=inputs["level0"],
        trend=inputs.get("trend0") or 0.0,
        seasonal=inputs.get("seasonal0") or (),
        first=inputs.get("first_updated_observation_index1", after_a_cycle) - 1,
    )
    weights = forecasts.Weights(inputs["alpha"], _weight(inputs, "beta"), seasonal)
    found = forecasts.holt_winters(inputs["values"], inputs["h"], weights, start, season)
    ends = {"sse": found.squared_errors, "level_end": found.level, "trend_end": found.trend}
    return {**_told(found.forecast, inputs), **ends, "seasonal_end": found.seasonal}


def forecast_sarima(inputs: Case, folder: Path) -> Result:
    log, suffix = inputs.get("log", False), "_log" if inputs.get("log") else ""
    period, seasonal = inputs.get("frequency") or 1, inputs.get("seasonal_order") or (0, 0, 0)
    found = forecasts.sarima(inputs["values"], inputs["h"], inputs["order"], seasonal[:3], period, log)
    law = {f"mean{suffix}": found.forecast.centre, f"se{suffix}": found.forecast.spread}
    return {
        **_told(found.forecast, inputs),
        **found.coefficients,
        **law,
        "sigma2": found.variance,
        "loglik": found.log_likelihood,
    }


def _bought(inputs: Case) -> price_indices.Products:
    return price_indices.products(inputs["p0"], inputs["q0"], inputs["p1"], inputs["q1"])


def price_quantity_indicators(inputs: Case, folder: Path) -> Result:
    bought = _bought(inputs)
    return {
        "value_change_matched": price_indices.value_change(bought),
        # The reference divides 0 by 0 where an amount has not changed, and tells the indicator missing.
        "price_indicator": price_indices.price_indicators(bought, unchanged="missing")._asdict(),
        "quantity_indicator": price_indices.quantity_indicators(bought, unchanged="missing")._asdict(),
        "price_index": price_indices.price_indices(bought)._asdict(),
        "quantity_index": price_indices.quantity_indices(bought)._asdict(),
    }


def price_volume_mix(inputs: Case, folder: Path) -> Result:
    found = price_indices.price_volume_mix(_bought(inputs))
    return {
        "v0": found.before,
        "v1": found.after,
        "new_products": found.entries,
        "lost_products": found.exits,
        "volume_effect": found.volume,
        "mix_effect": found.mix,
        "price_effect": found.price,
        "check_sum": found.entries + found.exits + found.volume + found.mix + found.price,
        "index_value_matched": found.value_index,
        "index_quantity": found.quantity_index,
        "index_structure": found.structure_index,
        "index_price_paasche": found.price_index,
    }


METHODS = {
    adapter.__name__: adapter
    for adapter in (
        *(seasonal_decompose, seasonal_stl, working_day_proportional, working_day_regression),
        *(chain_ladder_mack, completion_factors, forecast_accuracy, forecast_seasonal_naive, forecast_drift),
        *(forecast_ets, forecast_holt_winters, forecast_sarima, price_quantity_indicators, price_volume_mix),
    )
}
JUDGES = {}
