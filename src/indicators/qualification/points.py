"""Rates, proportions, standardised rates, quantiles and life expectancy: reference cases as calls of the library."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from indicators.methods import estimates, life_expectancy, proportions, quantiles, rates, ratios, standardised
from indicators.methods.arguments import maybe_missing, same_length

Case = Mapping[str, Any]
LEVELS = (0.95, 0.998)  # of the cases that name none
CI_METHODS = {"exact": "Exact", "byar": "Byars", "": None}
PERCENTILES = {number: name for name, number in quantiles.VARIANTS.items()}


def _by_level(case: Case, method: Callable[..., Any], fields: Callable[[Any], Case]) -> dict[str, Any]:
    """The fields of a result, its limits under the names of each level of confidence."""
    given = case.get("confidence")
    wanted = np.atleast_1d(LEVELS if given is None else given).tolist()
    found = {level: method(confidence=level) for level in wanted}
    results = dict(fields(found[wanted[0]]))
    for level, result in reversed(found.items()):
        named = fields(result)
        percent = f"{100 * level:.1f}".replace(".", "_")
        for suffix in ("cl", percent.removesuffix("_0"), f"{percent}cl"):
            results |= {f"{side}{suffix}": named[side] for side in ("lower", "upper")}
    return results


def _shaped(like: Any, result: Any) -> dict[str, Any]:
    """A result as fields: single numbers where the inputs are, and the approximation of each element named."""
    named = result._asdict()
    named["ci_method"] = [CI_METHODS.get(word) for word in np.atleast_1d(named["variant"])]
    return {name: np.atleast_1d(field)[0] if np.ndim(like) == 0 else field for name, field in named.items()}


def _known(method: Callable[..., Any], *columns: Any) -> Any:
    """A method on the rows where nothing is missing."""
    rows = np.broadcast_arrays(*(maybe_missing("inputs", column) for column in columns))
    return estimates.where(~np.isnan(rows).any(axis=0), method, *rows)


def _count_limits(case: Case, folder: Path) -> Case:
    def limits(confidence: float) -> Any:
        return _known(partial(rates.count_limits, confidence=confidence, variant="byar"), case["x"])

    return _by_level(case, limits, partial(_shaped, case["x"]))


def _proportion(variant: str, case: Case, folder: Path) -> Case:
    if "g" in case:
        return _grouped(variant, case)

    def shares(confidence: float) -> Any:
        method = partial(proportions.proportion, confidence=confidence, variant=variant)
        found = _known(method, case["numerator"], case["denominator"])
        return estimates.scaled(found, case.get("multiplier", 1))

    return _by_level(case, shares, partial(_shaped, case["numerator"]))


def _grouped(variant: str, case: Case) -> Case:
    groups, events, population = estimates.sums_by(case["g"], case["x"], case["n"])
    summed = {**case, "numerator": events, "denominator": population}
    found = _proportion(variant, {name: value for name, value in summed.items() if name != "g"}, Path())
    return {"g": groups, "x": events, "n": population, **found}


def _rate(variant: str, case: Case, folder: Path) -> Case:
    def scaled(confidence: float) -> Any:
        method = partial(rates.rate, per=case.get("multiplier", 1), confidence=confidence, variant=variant)
        return _known(method, case["numerator"], case["denominator"])

    return _by_level(case, scaled, partial(_shaped, case["numerator"]))


def _mean(case: Case, folder: Path) -> Case:
    def fields(found: estimates.Mean) -> Case:
        return {**found._asdict(), "value_sum": found.sum, "value_count": found.count, "stdev": found.deviation}

    return _by_level(case, partial(estimates.mean, case["values"]), fields)


def _strata(case: Case, column: str) -> list:
    return list(case.get("stratum") or case.get("ageband") or range(len(case[column])))


def _reference(case: Case, strata: list, name: str) -> Any:
    """The numbers of the reference with their labels, which the case pairs with the strata."""
    if isinstance(case[name], Mapping):
        return case[name]
    same_length(**{"stratum": strata, name: case[name]})
    return list(zip(strata, case[name], strict=False))


def _direct(variant: str, missing: str, case: Case, folder: Path) -> Case:
    strata = _strata(case, "n")
    method = partial(
        standardised.direct,
        strata, case["x"], case["n"], _reference(case, strata, "stdpop"),
        per=case.get("multiplier", 100_000), variant=variant, missing=missing,
    )  # fmt: skip
    return _by_level(case, method, _totals)


def _totals(found: standardised.Direct) -> Case:
    fields = _shaped(0, found)
    return {**fields, "total_count": fields["events"], "total_pop": fields["population"]}


def _direct_repeated(case: Case, folder: Path) -> Case:
    case = case if "persons_by_event_frequency" in case else _by_frequency(case)
    strata = _strata(case, "n")
    persons = {int(times): table for times, table in case["persons_by_event_frequency"].items()}
    method = partial(
        standardised.direct_repeated,
        strata, persons, case["n"], _reference(case, strata, "stdpop"),
        per=case.get("multiplier", 100_000), missing="zero",
    )  # fmt: skip
    return _by_level(case, method, _totals)


def _by_frequency(case: Case) -> Case:
    """Rows of one stratum and one number of events, as one table per number of events."""
    labels = _strata(case, "n")
    strata = list(dict.fromkeys(labels))
    persons = {times: [None] * len(strata) for times in case["eventfreq"]}
    for label, times, count in zip(labels, case["eventfreq"], case["x"], strict=True):
        persons[times][strata.index(label)] = count
    once = {name: dict(zip(labels, case[name], strict=True)) for name in ("n", "stdpop")}
    columns = {name: [column[label] for label in strata] for name, column in once.items()}
    return {**case, **columns, "stratum": strata, "persons_by_event_frequency": persons}


def _indirect(method: Callable[..., Any], variant: str, case: Case, folder: Path) -> Case:
    strata = _strata(case, "n")
    reference = (_reference(case, strata, name) for name in ("x_ref", "n_ref"))
    per = {"per": case["multiplier"]} if "multiplier" in case else {}
    method = partial(method, strata, case["x"], case["n"], *reference, **per, variant=variant, missing="zero")
    return _by_level(case, method, _against_reference)


def _against_reference(found: standardised.Indirect) -> Case:
    fields = _shaped(0, found)
    return {**fields, "sir": fields["value"], "ref_rate": fields["reference_rate"]}


def _indirect_ratio(variant: str, case: Case, folder: Path) -> Case:
    # a ratio has no rate of reference in the cases
    return {**_indirect(standardised.indirect_ratio, variant, case, folder), "ref_rate": None}


def _two_groups(case: Case) -> tuple:
    return tuple(case[name] for name in ("x1", "n1", "x0", "n0"))


def _rate_ratio(variant: str, case: Case, folder: Path) -> Case:
    def fields(found: Any) -> Case:
        named = _shaped(case["x1"], found)
        return {**named, "ratio": named["value"]}

    return _by_level(case, partial(ratios.rate_ratio, *_two_groups(case), variant=variant), fields)


def _risk_ratio(case: Case, folder: Path) -> Case:
    def fields(found: Any) -> Case:
        named = _shaped(case["x1"], found)
        apart = {f"diff_{side}": named[f"difference_{side}"] for side in ("lower", "upper")}
        return {**named, **apart, "ratio": named["value"], "chi2": named["statistic"]}

    return _by_level(case, partial(ratios.risk_ratio, *_two_groups(case)), fields)


def _percentiles(case: Case, folder: Path) -> Case:
    missing = "drop" if case.get("na_rm", True) else "refuse"
    variant = PERCENTILES.get(case.get("type", 7), str(case.get("type")))
    found = quantiles.percentiles(case["values"], case["probs"], variant, missing)
    return {"quantiles": found[0] if np.ndim(case["probs"]) == 0 else found}


def _percent_ranks(case: Case, folder: Path) -> Case:
    return {"percent_rank": quantiles.percent_ranks(case["values"])}


def _quantile_groups(case: Case, folder: Path) -> Case:
    groups, highest_first = case.get("nquantiles", 10), case.get("highest_is_1", True)
    return {"quantile": quantiles.quantile_groups(case["values"], groups, highest_first)}


def _life_expectancy(case: Case, folder: Path) -> Case:
    method = partial(life_expectancy.life_expectancy, case["startage"], case["deaths"], case["population"])
    return _by_level(case, method, lambda found: found._asdict())


def _trend(case: Case, folder: Path) -> Case:
    found = _shaped(0, proportions.trend(case["x"], case["n"], case.get("score")))
    return {**found, "chi2": found["statistic"]}


METHODS = {
    "byar_limits": _count_limits,
    "proportion_wilson": partial(_proportion, "wilson"),
    "proportion_wilson_cc": partial(_proportion, "wilson_cc"),
    "proportion_exact": partial(_proportion, "exact"),
    "rate_byar_exact": partial(_rate, "byar_exact"),
    "rate_byar_epitools": partial(_rate, "rothman"),
    "rate_exact": partial(_rate, "exact"),
    "mean_t": _mean,
    "dsr_dobson": partial(_direct, "dobson", "zero"),
    "dsr_fay_feuer": partial(_direct, "fay_feuer", "drop"),
    "dsr_dobson_nonindependent": _direct_repeated,
    "isr_ratio": partial(_indirect_ratio, "byar_exact"),
    "isr_ratio_lognormal": partial(_indirect_ratio, "lognormal"),
    "isr_rate": partial(_indirect, standardised.indirect_rate, "byar_exact"),
    "rate_ratio_exact": partial(_rate_ratio, "exact"),
    "rate_ratio_exact_centralp": partial(_rate_ratio, "exact_central"),
    "rate_ratio_midp": partial(_rate_ratio, "midp"),
    "rate_ratio_wald": partial(_rate_ratio, "wald"),
    "risk_ratio": _risk_ratio,
    "percentile": _percentiles,
    "percent_rank": _percent_ranks,
    "quantile_assign": _quantile_groups,
    "life_expectancy_chiang": _life_expectancy,
    "trend_proportions": _trend,
}
JUDGES = {}
