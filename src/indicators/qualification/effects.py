"""The effect of an action: reference cases as calls of the library."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.differences import two_by_two, two_way_fixed_effects
from indicators.methods.interrupted import interrupted_counts, interrupted_trend
from indicators.methods.panels import balanced
from indicators.methods.staggered import KINDS, GroupTime, aggregated, group_time_effects
from indicators.methods.synthetic_control import SyntheticControl, from_outcomes, from_predictors, window_mean
from indicators.qualification.comparing import differences

Inputs = Mapping[str, Any]
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
MISSING = ("", "NA", "NaN")


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
        "step_rr": fit.step_ratio,
        "step_rr_lower": fit.step_lower,
        "step_rr_upper": fit.step_upper,
        "slope_rr": fit.slope_ratio,
        "slope_rr_lower": fit.slope_lower,
        "slope_rr_upper": fit.slope_upper,
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
    first, period = rows.numbers(rows.first), rows.numbers(rows.period)
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
        rows.numbers(rows.first),
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


def _aggregate(effects: GroupTime, kind: str) -> dict[str, Any]:
    found = aggregated(effects, kind, group_error="did_2_1_2")  # the version that made the reference figures
    return {
        "overall_att": found.effect,
        "overall_se": found.standard_error,
        "overall_se_exact": aggregated(effects, kind).standard_error,
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
        if column not in self._rows[0]:
            raise ArgumentError(not_allowed(column, self._rows[0]))
        return [row[column] for row in self._rows]

    def numbers(self, column: str) -> list[float]:
        return [float("nan") if word in MISSING else float(word) for word in self.words(column)]


def synthetic_control_outcomes(inputs: Inputs, folder: Path) -> dict[str, Any]:
    study = _Study(inputs, folder)
    return study.described(from_outcomes(study.treated, study.donors, study.before))


def synthetic_control_adh(inputs: Inputs, folder: Path) -> dict[str, Any]:
    study = _Study(inputs, folder)
    predictors = np.array([study.predictor(sentence) for sentence in inputs["predictors"]])
    own, others = predictors[:, study.own], predictors[:, ~study.own]
    return study.described(from_predictors(study.treated, study.donors, study.before, own[:, 0], others))


class _Study:
    """A treated unit and its donors, one line per period and one column per donor, from a data file."""

    def __init__(self, inputs: Inputs, folder: Path) -> None:
        self._rows = _Rows(inputs, folder)
        self._panel = balanced(self._rows.words(self._rows.unit), self._rows.numbers(self._rows.period))
        self.own = self._panel.units == inputs["treated"]
        if not self.own.any():
            raise ArgumentError(not_allowed(inputs["treated"], self._panel.units))
        first, last = inputs["pre_period"]
        followed = self._panel.periods >= first
        self.periods = self._panel.periods[followed]
        self.before = self.periods <= last
        outcome = self._table(self._rows.outcome)[followed]
        self.treated, self.donors = outcome[:, self.own][:, 0], outcome[:, ~self.own]

    def _table(self, column: str) -> NDArray[np.float64]:
        return np.array(self._rows.numbers(column))[self._panel.rows].T

    def predictor(self, sentence: str) -> NDArray[np.float64]:
        """What "mean beer 1984-1988" or "cigsale 1975" says of each unit."""
        column, window = sentence.removeprefix("mean ").rsplit(" ", 1)
        first, _, last = window.partition("-")
        periods = self._panel.periods
        return window_mean(self._table(column), (periods >= float(first)) & (periods <= float(last or first)))

    def described(self, found: SyntheticControl) -> dict[str, Any]:
        years = [f"{period:.15g}" for period in self.periods]
        gaps = dict(zip(years, found.gaps, strict=True))
        weights = dict(zip(self._panel.units[~self.own], found.weights, strict=True))
        said = {
            **{f"gap_{year}": gap for year, gap in gaps.items()},
            f"mean_gap_{years[self.before.sum()]}_{years[-1]}": found.mean_gap_after,
        }
        return {
            "weights": weights,
            "weights_over_1pct": weights,  # a case names those that count
            "loss_v": found.mean_square_before,
            "pre_rmspe": found.mean_square_before**0.5,
            "post_mean_gap": found.mean_gap_after,
            "gaps": gaps,
            **said,
            **{f"{name}_approx": value for name, value in said.items()},
        }


def fits_as_well(case: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """The gaps within tolerance, and a fit before the action no worse; searches differ in their weights."""
    tolerance, expected = case["tolerance"], dict(case["expected"])
    weights = [float(weight) for weight in got["weights"].values()]
    problems = [] if min(weights) >= 0 and abs(sum(weights) - 1) < 1e-9 else ["weights : ne forment pas un mélange"]
    for name in ("weights", "weights_over_1pct"):
        expected.pop(name, None)
    for name in ("loss_v", "pre_rmspe"):
        if name in expected and got[name] <= expected[name]:
            del expected[name]
    return problems + differences(got, expected, tolerance)


METHODS = {
    "its_quasipoisson": its_quasipoisson,
    "its_newey_west": its_newey_west,
    "did_2x2": did_2x2,
    "did_twfe": did_twfe,
    "did_staggered": did_staggered,
    "synthetic_control_outcomes": synthetic_control_outcomes,
    "synthetic_control_adh": synthetic_control_adh,
}
JUDGES = {"synthetic_control_adh": fits_as_well}
