"""The effect of an action: reference cases as calls of the library."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indicators.methods.differences import two_by_two, two_way_fixed_effects
from indicators.methods.interrupted import interrupted_counts, interrupted_trend
from indicators.methods.staggered import KINDS, GroupTime, aggregated, group_time_effects

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


def did_2x2(inputs: Inputs, folder: Path) -> dict[str, Any]:
    found = two_by_two(*(inputs[name] for name in ("control_pre", "control_post", "treated_pre", "treated_post")))
    return {"att": found.effect, "se_ols": found.error_equal_variance, "se_hc1": found.error_robust}


def did_twfe(inputs: Inputs, folder: Path) -> dict[str, Any]:
    rows = _Rows(inputs, folder)
    first, period = rows.first_treated(), rows.numbers(rows.period)
    treated = [int(0 < start <= now) for start, now in zip(first, period, strict=True)]
    found = two_way_fixed_effects(rows.numbers(rows.outcome), rows.words(rows.unit), period, treated)
    return {
        "coef": found.effect,
        "se_HC0_cadjust": found.error_clusters,
        "se_HC1_cadjust": found.error_clusters_terms,
    }


def did_staggered(inputs: Inputs, folder: Path) -> dict[str, Any]:
    rows = _Rows(inputs, folder)
    covariates = [rows.numbers(name) for name in _names(inputs.get("covariates"))]
    effects = group_time_effects(
        rows.numbers(rows.outcome),
        rows.words(rows.unit),
        rows.numbers(rows.period),
        rows.first_treated(),
        list(zip(*covariates, strict=True)) or None,
        controls=CONTROLS.get(inputs["control_group"], inputs["control_group"]),
        estimator=inputs.get("est_method", "dr"),
        base=inputs.get("base_period", "varying"),
    )
    return {
        "time": effects.time,
        "att": effects.effect,
        "se": effects.standard_error,
        **{kind: _aggregate(effects, kind) for kind in KINDS},
    }


CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}


def _aggregate(effects: GroupTime, kind: str) -> dict[str, Any]:
    found = aggregated(effects, kind)
    return {
        "overall_att": found.effect,
        "overall_se": found.standard_error,
        "egt": found.at,
        "att": found.at_effect,
        "se": found.at_error,
    }


def _names(covariates: str | list[str] | None) -> list[str]:
    """Names in "lpop", "~ lpop + income" or a list."""
    listed = covariates if isinstance(covariates, list) else re.split(r"[~+,\s]+", covariates or "")
    return [name for name in listed if name not in ("", "1")]


class _Rows:
    """The rows of a data file: its columns are unit, period, outcome, others, and last the first period treated.

    A case may name them otherwise: idname, tname, yname, gname.
    """

    def __init__(self, inputs: Inputs, folder: Path) -> None:
        with (folder / inputs["data"]).open(encoding="utf-8", newline="") as file:
            self._rows = list(csv.DictReader(file))
        columns = list(self._rows[0])
        named = [str(inputs.get(key) or "").split(" ")[0] for key in ("idname", "tname", "yname", "gname")]
        places = (0, 1, 2, -1)
        self.unit, self.period, self.outcome, self.first = (
            name or columns[place] for name, place in zip(named, places, strict=True)
        )

    def words(self, column: str) -> list[str]:
        return [row[column] for row in self._rows]

    def numbers(self, column: str) -> list[float]:
        return [float("nan") if word in MISSING else float(word) for word in self.words(column)]

    def first_treated(self) -> list[float]:
        return self.numbers(self.first)


MISSING = ("", "NA", "NaN")


METHODS = {
    "its_quasipoisson": its_quasipoisson,
    "did_2x2": did_2x2,
    "did_twfe": did_twfe,
    "did_staggered": did_staggered,
    "its_newey_west": its_newey_west,
}
JUDGES = {}
