"""The effect of an action: reference cases as calls of the library."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indicators.methods.interrupted import interrupted_counts, interrupted_trend

Inputs = Mapping[str, Any]


def its_quasipoisson(inputs: Inputs, folder: Path) -> dict[str, Any]:
    words = inputs["model"].split("_")  # poisson, quasi, quasi_harmonic, quasi_harmonic_slope
    fit = interrupted_counts(
        *(inputs.get(name) for name in ("y", "pop", "time", "step")),
        after=inputs.get("intervention_after"),
        slope="slope" in words,
        season=inputs.get("month"),
        harmonics=_harmonics(inputs) if "harmonic" in words else 0,
        dispersion=words[0],
    )
    return {
        "coef": fit.coefficients,
        "se": fit.standard_errors,
        "dispersion": fit.dispersion,
        "deviance": fit.deviance,
        "dw": fit.durbin_watson,
        **{f"step_rr{end}": value for end, value in zip(("", "_lower", "_upper"), fit[2:5], strict=True)},
        **{f"slope_rr{end}": value for end, value in zip(("", "_lower", "_upper"), fit[5:8], strict=True)},
        "post_observed": fit.observed_after,
        "post_fitted": fit.fitted_after,
        "post_counterfactual": fit.counterfactual_after,
    }


def _harmonics(inputs: Inputs) -> int:
    orders = re.search(r"k\s*=\s*([\d,\s]+)", str(inputs.get("harmonics")))  # "... k=1,2, order c1=sin1 ..."
    return max(int(order) for order in re.findall(r"\d+", orders[1])) if orders else int(inputs["harmonics"])


def its_newey_west(inputs: Inputs, folder: Path) -> dict[str, Any]:
    outcome, _, terms = inputs["model"].partition("~")
    fit = interrupted_trend(
        *(inputs.get(name) for name in ("y", "pop", "time", "step")),
        lag=inputs.get("lag"),
        after=inputs.get("intervention_after"),
        slope="slope" in terms,
        scale="log" if "log" in outcome else "identity",
    )
    return {
        "coef": list(fit.coefficients.values()),
        "se_noadjust": list(fit.unadjusted_errors.values()),
        "se_adjust_n_over_n_minus_k": list(fit.standard_errors.values()),
        "dw": fit.durbin_watson,
        "lag": fit.lag,
    }


METHODS = {
    "its_quasipoisson": its_quasipoisson,
    "its_newey_west": its_newey_west,
}
JUDGES = {}
