"""Funnels: reference cases as calls of the library."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from indicators.methods import funnels, overdispersion
from indicators.qualification.comparing import differences

Inputs = Mapping[str, Any]
SIGNIFICANCE = {
    funnels.LOW_998: "Low (0.001)",
    funnels.LOW_95: "Low (0.025)",
    funnels.INSIDE: "Not significant",
    funnels.HIGH_95: "High (0.025)",
    funnels.HIGH_998: "High (0.001)",
    funnels.UNTESTED: "Not applicable for events less than 10 for dsrs",
}
# The same column under the names of the package and of the spreadsheet.
SPREADSHEET = {
    "Lower2s0025limit": "lower_2s_limit",
    "Upper2s0025limit": "upper_2s_limit",
    "Lower3s0001limit": "lower_3s_limit",
    "Upper3s0001limit": "upper_3s_limit",
    "Baseline": "baseline",
}
STANDARDISED_RATIOS = {"SHMI": ("ratio_log", "truncated"), "CQC": ("ratio_sqrt_linear", "winsorised")}
FAMILIES = {"PR": "proportion", "RC": "counts"}


def proportion_phe(inputs: Inputs, folder: Path) -> dict[str, Any]:
    """Significance of each unit, and the curves over the whole axis."""
    per = inputs.get("multiplier", 100)
    population = _first(inputs, "n", "denominator")
    found = funnels.proportion_funnel(_first(inputs, "x", "numerator"), population)
    axis = funnels.curve_points(population)
    limits = _curves("Population", axis, funnels.proportion_limits(found.target, axis), per)
    limits["baseline"] = np.full(axis.size, per * found.target)
    return {"average": found.target, "significance": _words(found), "limits": limits}


def ratio_phe(inputs: Inputs, folder: Path) -> dict[str, Any]:
    """As for proportions; this reference plans one point more on the axis than it draws."""
    expected = _first(inputs, "expected", "denominator")
    found = funnels.ratio_funnel(_first(inputs, "observed", "numerator"), expected)
    axis = funnels.curve_points(expected, 101)[:-1]
    limits = _curves("Observed_events", axis, funnels.ratio_curve(axis), inputs.get("multiplier", 100))
    return {"significance": _words(found), "limits": limits}


def rate_phe(inputs: Inputs, folder: Path) -> dict[str, Any]:
    """Directly standardised rates unless the case says otherwise, against the rate of the whole set."""
    per, events, population = inputs["multiplier"], _first(inputs, "numerator", "count"), inputs.get("denominator")
    target = None
    if "whole_set_count" in inputs:
        target = funnels.pooled_rate(inputs["whole_set_count"], inputs["whole_set_rate"], per)
    found = funnels.rate_funnel(
        events,
        inputs["rate"],
        per,
        target=target,
        population=population,
        standardised=inputs.get("rate_type", "dsr") == "dsr",
    )
    return {"average": per * found.target, "significance": _words(found)}


def exact_binomial(inputs: Inputs, folder: Path) -> dict[str, Any]:
    tails = inputs.get("p", funnels.TAILS)
    return _by_tail(tails, funnels.binomial_limits(inputs["target"], inputs["denominators"], tails))


def exact_poisson(inputs: Inputs, folder: Path) -> dict[str, Any]:
    tails = inputs.get("p", funnels.TAILS)
    return _by_tail(tails, funnels.poisson_limits(inputs.get("target", 1), inputs["expected"], tails))


def multiplicative_phi(inputs: Inputs, folder: Path) -> dict[str, Any]:
    trim = inputs.get("winsor") or 0.0
    found = overdispersion.multiplicative_funnel(inputs["x"], inputs["n"], trim=trim)
    return {
        "target": found.target,
        "z": found.dispersed.z,
        "z_winsorised": found.dispersed.z_used,
        "phi": found.dispersed.phi,
        **_named(found.adjusted, "l99_8", "l95", "u95", "u99_8"),
    }


def additive(inputs: Inputs, folder: Path) -> dict[str, Any]:
    kind = inputs["data_type"]
    if kind == "SR":
        family, adjust = STANDARDISED_RATIOS[inputs.get("sr_method") or "SHMI"]
    else:
        family, adjust = FAMILIES[kind], "winsorised"
    found = overdispersion.overdispersed_funnel(
        inputs["numerator"], inputs["denominator"], family, adjust, inputs["trim_by"], inputs.get("multiplier", 1)
    )
    return {
        "target": found.target,
        "zscore": found.dispersed.z,
        "n_used": found.dispersed.used,
        "phi": found.dispersed.phi,
        "tau2": found.dispersed.tau2,
        **_named(found.adjusted, "odll998", "odll95", "odul95", "odul998"),
        **_named(found.limits, "ll998", "ll95", "ul95", "ul998"),
        "outlier_od95": found.outside_95,
        "outlier_od998": found.outside_998,
    }


def judge_curves(case: Inputs, got: Mapping[str, Any]) -> list[str]:
    """As any result, but the reference shows some points of the curves only: each is compared at its abscissa."""
    expected = dict(case["expected"])
    if "limits" not in expected:
        return differences(got, expected, case["tolerance"])
    wanted = _columns(expected.pop("limits"))
    limits = got["limits"]
    abscissa = next(iter(limits))
    rows = [np.flatnonzero(limits[abscissa] == at) for at in wanted.get(abscissa, [])]
    if not rows or any(len(row) == 0 for row in rows):
        return [f"limits : {abscissa} n’a pas tous les points attendus"]
    shown = {name: column[np.concatenate(rows)] for name, column in limits.items()}
    found = differences(shown, wanted, case["tolerance"])
    return differences(got, expected, case["tolerance"]) + [f"limits.{problem}" for problem in found]


def _columns(table: Any) -> dict[str, list]:
    """A table given by rows, with the spreadsheet's names, or by columns."""
    if isinstance(table, Mapping):
        return dict(table)
    names = {name: name.removeprefix("\ufeff") for name in table[0]}
    return {SPREADSHEET.get(plain, plain): [row[name] for row in table] for name, plain in names.items()}


def _curves(abscissa: str, axis: np.ndarray, limits: funnels.Limits, per: float) -> dict[str, np.ndarray]:
    names = ("lower_3s_limit", "lower_2s_limit", "upper_2s_limit", "upper_3s_limit")
    return {abscissa: axis, **{name: per * curve for name, curve in zip(names, limits, strict=True)}}


def _by_tail(tails: Any, limits: np.ndarray) -> dict[str, np.ndarray]:
    """Limits named by side and level: 0.001 is l99_8, 0.975 is u95."""
    levels = [f"{100 * abs(1 - 2 * tail):.6g}".replace(".", "_") for tail in tails]
    return {("l" if t < 0.5 else "u") + level: row for t, level, row in zip(tails, levels, limits, strict=True)}


def _named(limits: funnels.Limits, *names: str) -> dict[str, np.ndarray]:
    return dict(zip(names, limits, strict=True))


def _words(found: funnels.Funnel) -> list[str]:
    return [SIGNIFICANCE[place] for place in found.position]


def _first(inputs: Inputs, *names: str) -> Any:
    """The input under the first of the names that the case uses."""
    return next(inputs[name] for name in names if name in inputs)


METHODS = {
    "funnel_proportion_phe": proportion_phe,
    "funnel_ratio_phe": ratio_phe,
    "funnel_rate_phe": rate_phe,
    "funnel_exact_binomial": exact_binomial,
    "funnel_exact_poisson": exact_poisson,
    "funnel_multiplicative_phi": multiplicative_phi,
    "funnel_overdispersion_pr": additive,
    "funnel_overdispersion_rc": additive,
    "funnel_overdispersion_sr": additive,
}
JUDGES = {"funnel_proportion_phe": judge_curves, "funnel_ratio_phe": judge_curves}
