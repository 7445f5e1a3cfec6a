"""Units beside each other (inequality, funnels, outliers, deciles, savings, Benford): cases as calls of the library."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indicators.methods import benford, deciles, dispersion, inequality, outliers, shrinkage
from indicators.qualification import unit_funnels
from indicators.qualification.comparing import differences

Inputs = Mapping[str, Any]
KINDS = {0: "continuous", 1: "rate", 2: "proportion"}
CONFORMITY = {
    "close": "Close conformity",
    "acceptable": "Acceptable conformity",
    "marginal": "Marginally acceptable conformity",
    "none": "Nonconformity",
    "": None,
}


def slope_index_inequality(inputs: Inputs, folder: Path) -> dict[str, Any]:
    kind, population = KINDS[inputs["value_type"]], inputs["population"]
    value, error = _given(inputs, "value"), _given(inputs, "se")
    if value is None:
        value = deciles.measure_deciles(_given(inputs, "x") or inputs["count"], population).value
    if error is None:
        error = inequality.standard_error(inputs["lowercl"], inputs["uppercl"], kind)
    found = inequality.slope_index(inputs["quantile"], value, population, error, kind, **_described(inputs))
    return found._asdict()


def _given(inputs: Inputs, name: str) -> Any:
    """An input, unless it is absent or missing throughout."""
    values = inputs.get(name)
    return None if isinstance(values, list) and all(value is None for value in values) else values


def _described(inputs: Inputs) -> dict[str, Any]:
    """Options that some cases give as fields and others in the words of their description."""
    words = inputs.get("description", "")
    transform = inputs.get("transform") or re.search(r"\blog(it)? transform", words)
    times = re.search(r"\(x\s*(-?[\d.]+)\)", words)
    written = float(times[1]) if times else -1.0 if "negative multiplier" in words else 1.0
    level = re.search(r"([\d.]+)\s*%", words) or re.search(r"[\d.]+", str(inputs.get("confidence", 95)))
    confidence = float(level[level.re.groups])  # of several levels, the first
    return {
        "transform": bool(transform),
        "multiplier": inputs.get("multiplier") or written,
        "confidence": confidence / 100 if confidence > 1 else confidence,
    }


def judge_slope(case: Inputs, got: Mapping[str, Any]) -> list[str]:
    """As any result, but null is a quantity that the reference did not put out, not a missing one."""
    asked = {name: value for name, value in case["expected"].items() if value is not None}
    return differences(got, asked, case["tolerance"])


def gini_lorenz(inputs: Inputs, folder: Path) -> dict[str, Any]:
    found = dispersion.dispersion(inputs["values"])
    return {
        "gini": found.gini,
        "gini_corrected": found.gini_corrected,
        "lorenz_p": found.lorenz.units,
        "lorenz_L": found.lorenz.amount,
        "theil_T": found.theil,
        "theil_L_mld": found.mean_log_deviation,
        "atkinson_0.5": found.atkinson,
        "herfindahl": found.herfindahl,
        "cv": found.variation,
    }


def concentration_index(inputs: Inputs, folder: Path) -> dict[str, Any]:
    weights = inputs.get("weights")
    found = inequality.concentration_index(
        inputs["values"], inputs["rank_variable"], 1.0 if weights is None else weights
    )
    return {
        "concentration_index": found.index,
        "convenient_covariance": found.index,  # the same quantity, written as twice a covariance over the mean
        "erreygers": found.erreygers,
        "wagstaff": found.wagstaff,
    }


def outlier_robust(inputs: Inputs, folder: Path) -> dict[str, Any]:
    values = inputs["values"]
    scores, farthest = outliers.robust_scores(values), outliers.grubbs(values)
    linear, hinges = outliers.fences(values), outliers.fences(values, "hinges")
    zero = scores.deviation == 0
    low, high = hinges.whiskers
    return {
        "median": scores.median,
        "mad_scaled": scores.deviation,
        "robust_z": None if zero else scores.z,
        "mad_zero": zero,
        "tukey_q7": {
            "q1": linear.first,
            "q3": linear.third,
            "lower_fence": linear.lower,
            "upper_fence": linear.upper,
            "outlier": linear.outside,
        },
        "boxplot_hinges": {
            "stats": [low, hinges.first, scores.median, hinges.third, high],
            "out": [value for value, outside in zip(values, hinges.outside, strict=True) if outside],
        },
        "zscore": farthest.z,
        "grubbs_G": farthest.largest,
        "grubbs_critical_0.05": farthest.critical,
        "huber": None if zero else {"mu": outliers.huber_mean(values), "s": scores.deviation},
    }


def measure_deciles(inputs: Inputs, folder: Path) -> dict[str, Any]:
    numerator, denominator = inputs["numerator"], inputs["denominator"]
    found = deciles.measure_deciles(numerator, denominator)
    over = {
        f"excess_over_{10 * place}th": deciles.excess(numerator, denominator, level)
        for place, level in enumerate(found.deciles, start=1)
    }
    return {"calc_value": found.value, "percentile": found.percent_rank, "deciles": found.deciles, **over}


def price_per_unit_savings(inputs: Inputs, folder: Path) -> dict[str, Any]:
    found = deciles.savings(
        inputs["quantity_presentation_by_practice"],
        inputs["net_cost_presentation_by_practice"],
        inputs.get("target_centile", 10),
    )
    return {
        "practice_ppu": found.price,
        "target_ppu": found.target,
        "saving_by_practice": found.saving,
        "total": found.total,
    }


def benford_law(inputs: Inputs, folder: Path) -> dict[str, Any]:
    found = benford.benford(inputs["values"], inputs.get("number_of_digits", 2))
    return {
        "n": found.n,
        "digits": found.digits,
        "observed": found.observed,
        "expected_prob": found.share,
        "chisq": found.chi_square,
        "chisq_df": found.degrees,
        "chisq_p": found.p_value,
        "mad": found.mean_deviation,
        "mad_conformity": CONFORMITY[found.conformity],
        "mantissa_mean": found.mantissa_mean,
        "mantissa_var": found.mantissa_variance,
        "mantissa_arc_L2": found.mantissa_arc,
        "z": found.difference,
    }


def shrinkage_poisson_gamma(inputs: Inputs, folder: Path) -> dict[str, Any]:
    return shrinkage.poisson_gamma(**inputs)._asdict()


def shrinkage_beta_binomial(inputs: Inputs, folder: Path) -> dict[str, Any]:
    return shrinkage.beta_binomial(**inputs)._asdict()


def shrinkage_normal_normal(inputs: Inputs, folder: Path) -> dict[str, Any]:
    return shrinkage.normal_normal(**inputs)._asdict()


METHODS = {
    "slope_index_inequality": slope_index_inequality,
    "gini_lorenz": gini_lorenz,
    "concentration_index": concentration_index,
    "outlier_robust": outlier_robust,
    "measure_deciles": measure_deciles,
    "price_per_unit_savings": price_per_unit_savings,
    "benford": benford_law,
    "shrinkage_poisson_gamma": shrinkage_poisson_gamma,
    "shrinkage_beta_binomial": shrinkage_beta_binomial,
    "shrinkage_normal_normal": shrinkage_normal_normal,
    **unit_funnels.METHODS,
}
JUDGES = {"slope_index_inequality": judge_slope, **unit_funnels.JUDGES}
