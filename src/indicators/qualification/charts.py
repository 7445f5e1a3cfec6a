"""Growth, control charts and alarms: reference cases as calls of the library."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from indicators.methods import control_charts, cumulative, growth, outbreaks, run_rules
from indicators.methods import xmr as plot_the_dots

Inputs = Mapping[str, Any]
Fields = dict[str, Any]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WORDS = {"increase": "up", "decrease": "down", "neutral": "none"}
ASSURANCE = {"pass": "consistent_pass", "fail": "consistent_fail", "inconsistent": "inconsistent", None: None}


def growth_rates(inputs: Inputs, folder: Path) -> Fields:
    got = growth.growth_rates(inputs["values"], inputs.get("frequency") or 12, _first(inputs.get("start")))
    return {
        "yoy_same_month": got.year_on_year.value,
        "rolling12_sum": got.rolling_sum,
        "rolling12_growth": got.rolling.value,
        "ytd": got.to_date_sum,
        "ytd_growth": got.to_date.value,
        "acyr_cagr": got.compound,
    }


def _first(start: str | int | None) -> int:
    """« April », « Q2 », 4 or nothing: the place in its year of the first value."""
    word = str(start or 1).lower()
    return MONTHS.index(word[:3]) + 1 if word[:3] in MONTHS else int(word.lstrip("q"))


def xmr(inputs: Inputs, folder: Path) -> Fields:
    good = WORDS.get(inputs.get("improvement_direction") or "neutral", "")
    chart = plot_the_dots.xmr(
        inputs["values"],
        good,
        rebase_at=() if inputs.get("rebase_at_index1") is None else np.subtract(inputs["rebase_at_index1"], 1),
        fix_after=inputs.get("fix_after_n_points"),
        screen_outliers=inputs.get("screen_outliers", True),
    )
    target = inputs.get("target")
    limited = ~np.isnan(chart.upper)
    return {
        "mean": chart.mean,
        "lpl": chart.lower,
        "upl": chart.upper,
        "special_cause_type": list(map(_cause, chart.kind, chart.side)),
        "point_type": list(map(_point_type, chart.direction, chart.side)),
        "outside_limits": np.where(limited, chart.outside, None),
        "close_to_limits": np.where(limited, chart.close, None),
        "assurance_type": None if target is None else ASSURANCE[plot_the_dots.assurance(chart, target, good)],
    }


def _cause(kind: str, side: int) -> str:
    high = side > 0
    return {
        "outside_limits": "Above UCL" if high else "Below LCL",
        "trend": f"7 Point Trend ({'In' if high else 'De'}creasing)",
        "two_of_three": f"2 in 3 {'Above' if high else 'Below'} CL",
        "shift": f"7 Points {'Above' if high else 'Below'} CL",
    }.get(kind, "Common Cause")


def _point_type(direction: str, side: int) -> str:
    if not direction:
        return "common_cause"
    return f"special_cause_{direction}" + (f"_{'high' if side > 0 else 'low'}" if direction == "neutral" else "")


def _charted(draw, over: bool):
    """One type of chart, over `n` or not: where `chart` names it, with runs analysis; else with run rules."""

    def adapter(inputs: Inputs, folder: Path) -> Fields:
        counted = inputs["y"] if "y" in inputs else inputs["x"]
        chart = draw(counted, inputs["n"]) if over else draw(counted)
        return _with_runs_analysis(chart) if "chart" in inputs else _with_rules(chart)

    return adapter


def i_chart(inputs: Inputs, folder: Path) -> Fields:
    """As `_charted`; the format without `chart` keeps every moving range."""
    if "chart" in inputs:
        return _with_runs_analysis(control_charts.i_chart(inputs["y"]))
    return _with_rules(control_charts.i_chart(inputs["y"], screened=False))


def _with_runs_analysis(chart: control_charts.Chart) -> Fields:
    runs = run_rules.anhoej(chart.point, chart.centre)
    return {
        "point": chart.point,
        "cl": chart.centre,
        "lcl": chart.lower,
        "ucl": chart.upper,
        "lcl95": chart.lower_2,
        "ucl95": chart.upper_2,
        "sigma_signal": chart.signal != 0,
        "runs_signal": runs.signal,
        "longest_run": runs.longest_run,
        "longest_run_max": runs.longest_run_max,
        "n_crossings": runs.crossings,
        "n_crossings_min": runs.crossings_min,
        "n_useful": runs.n_useful,
    }


def _with_rules(chart: control_charts.Chart) -> Fields:
    return {
        "center": chart.centre[0],
        "std_dev": chart.sigma[0],
        "lcl": _one_if_same(chart.lower),
        "ucl": _one_if_same(chart.upper),
        "beyond_limits_index1": _high_first(chart.signal),
        "violating_runs_index1": _high_first(run_rules.long_runs(chart.point, chart.centre)),
    }


def _one_if_same(limits: np.ndarray) -> Any:
    return limits[0] if (limits == limits[0]).all() else limits


def _high_first(side: np.ndarray) -> list[int]:
    return [int(place) + 1 for way in (1, -1) for place in np.flatnonzero(side == way)]


def nelson_rules(inputs: Inputs, folder: Path) -> Fields:
    tests = run_rules.nelson(inputs["values"], inputs["cl"], inputs["lcl"], inputs["ucl"])
    return {f"Rule{place}": test.astype(int) for place, test in enumerate(tests[:8], start=1)}


def cusum(inputs: Inputs, folder: Path) -> Fields:
    calibration = inputs["calibration"]
    chart = cumulative.cusum(
        [*calibration, *(inputs.get("newdata") or [])],
        len(calibration),
        inputs.get("decision_interval", 5),
        inputs.get("se_shift", 1),
        inputs.get("center"),
        inputs.get("std_dev"),
    )
    return {"center": chart.centre, "std_dev": chart.sigma, "pos": chart.above, "neg": chart.below}


def ewma(inputs: Inputs, folder: Path) -> Fields:
    chart = cumulative.ewma(
        inputs["y"],
        inputs.get("lambda", 0.2),
        inputs.get("nsigmas", 3),
        centre=inputs.get("center"),
        sigma=inputs.get("std_dev"),
    )
    return {
        "center": chart.centre,
        "std_dev": chart.sigma,
        "y": chart.value,
        "lcl": chart.lower,
        "ucl": chart.upper,
    }


def farrington(inputs: Inputs, folder: Path) -> Fields:
    found = outbreaks.farrington(
        inputs["counts"],
        per_year=inputs.get("frequency", 52),
        tested=None if inputs.get("range_index1") is None else np.subtract(inputs["range_index1"], 1),
        years=inputs.get("b", 5),
        half_window=inputs.get("w", 3),
        alpha=inputs.get("alpha", 0.05),
        trend=inputs.get("trend", True),
        reweight=inputs.get("reweight", True),
        power=inputs.get("powertrans", "2/3"),
        least_cases=inputs.get("limit54", (5, 4)),
    )
    return {"upperbound": np.where(found.judged, found.upper, 0), "alarm": found.alarm}


METHODS = {
    "growth_rates": growth_rates,
    "spc_xmr_nhs": xmr,
    "spc_run": _charted(control_charts.run_chart, over=False),
    "spc_i": i_chart,
    "spc_c": _charted(control_charts.c_chart, over=False),
    "spc_g": _charted(control_charts.g_chart, over=False),
    "spc_p": _charted(control_charts.p_chart, over=True),
    "spc_pp": _charted(control_charts.p_prime_chart, over=True),
    "spc_u": _charted(control_charts.u_chart, over=True),
    "spc_up": _charted(control_charts.u_prime_chart, over=True),
    "spc_nelson_rules": nelson_rules,
    "cusum": cusum,
    "ewma": ewma,
    "outbreak_farrington": farrington,
}
JUDGES = {}
