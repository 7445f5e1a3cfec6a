"""Effect of an action that starts at different dates for different units, group by group and period by period."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods import arguments, panels

Floats = NDArray[np.float64]
CONTROLS = ("never_treated", "not_yet_treated")
ESTIMATORS = ("dr", "ipw", "reg")  # doubly robust, inverse probability weights, outcome regression
BASES = ("varying", "universal")
KINDS = ("simple", "dynamic", "group", "calendar")
GROUP_ERRORS = ("exact", "did_2_1_2")
OVERLAP = 0.999  # a unit this likely to be treated has no control like it: the effect is NaN


class GroupTime(NamedTuple):
    """One effect per group and period; `group` is the first period under the action."""

    group: Floats
    time: Floats
    effect: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    influence: Floats  # one row per unit kept, one column per effect
    unit_group: Floats  # per unit kept; infinite = never treated within the periods used
    already_treated: int  # units under the action from the first period, left out
    variant: str


class Aggregate(NamedTuple):
    """The overall effect, and the effects `at` each group, calendar period or period since the start."""

    effect: float
    standard_error: float
    lower: float
    upper: float
    at: Floats
    at_effect: Floats
    at_error: Floats
    variant: str


class _Cohorts(NamedTuple):
    outcome: Floats  # units by periods
    covariates: Floats  # units by periods by covariates
    group: Floats  # infinite = never treated
    periods: Floats


def group_time_effects(
    outcome: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    controls: str = "never_treated",
    estimator: str = "dr",
    base: str = "varying",
    confidence: float = 0.95,
) -> GroupTime:
    """Effect on each group in each period, against units that the action has not reached.

    One row per unit and period, in any order. `first_treated` is the first period under the action, the same
    on every row of a unit; 0, missing or after the last period means never. `covariates` has one column each,
    and their value in the earlier of the two periods compared counts. Before the action, "varying" compares
    with the period before, "universal" with the last period before the action, where the effect is 0 without
    error. Units under the action from the first period are left out. Without a never-treated unit,
    "not_yet_treated" takes the last group for control and stops before its start; "never_treated" refuses.
    An effect is NaN where the covariates of the controls are collinear, or where a unit is treated almost
    surely. Errors come from the influence functions, limits are normal and pointwise.

    References
    ----------
    Callaway B, Sant'Anna PHC (2021), J Econometrics 225:200-230.
    Sant'Anna PHC, Zhao J (2020), J Econometrics 219:101-122.

    Examples
    --------
    >>> units, periods = ["a", "a", "b", "b", "c", "c", "d", "d"], [1, 2] * 4
    >>> effects = group_time_effects([1, 2, 3, 5, 4, 9, 2, 5], units, periods, [0, 0, 0, 0, 2, 2, 2, 2])
    >>> effects.group, effects.time, effects.effect.round(2)
    (array([2.]), array([2.]), array([2.5]))
    """
    arguments.share("confidence", confidence)
    _known("controls", controls, CONTROLS)
    _known("estimator", estimator, ESTIMATORS)
    _known("base", base, BASES)
    cohorts, left_out = _cohorts(outcome, unit, period, first_treated, covariates, controls)
    places = _places(cohorts, base)
    found = [_compared(cohorts, *place, controls, estimator) for place in places]
    effect = np.array([one for one, _ in found])
    influence = np.column_stack([one for _, one in found])
    error = _error(influence)
    reach = _reach(confidence) * error
    return GroupTime(
        np.array([group for group, _, _ in places]),
        cohorts.periods[[now for _, now, _ in places]],
        effect,
        error,
        effect - reach,
        effect + reach,
        influence,
        cohorts.group,
        left_out,
        f"{controls}_{estimator}_{base}",
    )


def aggregated(
    effects: GroupTime, kind: str = "simple", confidence: float = 0.95, group_error: str = "exact"
) -> Aggregate:
    """Average of the effects after the start of the action, groups counting by their number of units.

    "simple": all of them at once. "dynamic": by periods since the start, those before it included, and
    overall the plain mean of those after. "group": by group, then groups by size. "calendar": by period,
    then the plain mean. The errors include that the shares of the groups are themselves estimated.
    `group_error` "did_2_1_2" is for comparison with results published from version 2.1.2 of the R package
    did: the overall error of "group" then takes other groups' shares, a fault mended since.

    References
    ----------
    Callaway B, Sant'Anna PHC (2021), J Econometrics 225:200-230, section 3.
    R package did, pull request 223 (2025), the influence of the weights in the aggregation by group.

    Examples
    --------
    >>> units, periods = ["a", "a", "b", "b", "c", "c", "d", "d"], [1, 2] * 4
    >>> effects = group_time_effects([1, 2, 3, 5, 4, 9, 2, 5], units, periods, [0, 0, 0, 0, 2, 2, 2, 2])
    >>> round(aggregated(effects, "simple").effect, 2)
    2.5
    """
    _known("kind", kind, KINDS)
    _known("group_error", group_error, GROUP_ERRORS)
    reach = _reach(arguments.share("confidence", confidence))
    post = effects.group <= effects.time
    at, members = _members(effects, kind, post)
    parts = [_by_size(effects, effects.group[one], effects.effect[one], effects.influence[:, one]) for one in members]
    at_effect, at_influence = np.array([one for one, _ in parts]), np.column_stack([one for _, one in parts])
    if kind == "simple":
        effect, influence = parts[0]
        at, at_effect, at_influence = np.empty(0), np.empty(0), at_influence[:, :0]
    elif kind == "group":
        counted = at if group_error == "exact" else effects.group[: at.size]
        effect, influence = _by_size(effects, at, at_effect, at_influence, counted)
    else:
        after = at >= 0 if kind == "dynamic" else np.ones(at.size, dtype=bool)
        effect, influence = float(at_effect[after].mean()), at_influence[:, after].mean(axis=1)
    error = float(_error(influence[:, None])[0])
    return Aggregate(
        effect, error, effect - reach * error, effect + reach * error, at, at_effect, _error(at_influence), kind
    )


def _known(name: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise ArgumentError(f"{name} : {not_allowed(word, allowed)}")


def _members(effects: GroupTime, kind: str, post: NDArray[np.bool_]) -> tuple[Floats, list[NDArray[np.bool_]]]:
    """The values that an aggregation is broken down by, and the effects that each averages."""
    if kind == "simple":
        return np.zeros(1), [post]
    key = {"dynamic": effects.time - effects.group, "group": effects.group, "calendar": effects.time}[kind]
    counted = np.ones(post.size, dtype=bool) if kind == "dynamic" else post
    at = np.unique(key[counted])
    return at, [counted & (key == value) for value in at]


def _by_size(
    effects: GroupTime, groups: Floats, values: Floats, influence: Floats, counted: Floats | None = None
) -> tuple[float, Floats]:
    """Average by size of group, and its influence function, that of the sizes included.

    The part of the sizes is that of the groups `counted`, the same unless an old fault is to be reproduced.
    """
    sizes = np.array([(effects.unit_group == group).mean() for group in groups])
    total = sizes.sum()
    average = float(sizes @ values / total)
    belongs = effects.unit_group[:, None] == (groups if counted is None else counted)
    of_sizes = (belongs - sizes) @ (values - average) / total
    return average, influence @ (sizes / total) + of_sizes


def _cohorts(
    outcome: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    covariates: ArrayLike | None,
    controls: str,
) -> tuple[_Cohorts, int]:
    panel = panels.balanced(unit, period)
    table, periods = panels.table(panel, "outcome", outcome), panel.periods
    group = panels.by_unit(panel, "first_treated", first_treated)
    group = np.where(np.isnan(group) | (group == 0), np.inf, group)
    kept = group > periods[0]
    used = periods < _end(group[kept], periods, controls)
    group = np.where(group > periods[used][-1], np.inf, group)
    if np.isinf(group[kept]).all():
        raise ArgumentError(
            "first_treated : aucune unité ne commence l’action entre la première et la dernière période."
        )
    beside = _covariates(panel, covariates)
    return _Cohorts(table[kept][:, used], beside[kept][:, used], group[kept], periods[used]), int((~kept).sum())


def _end(group: Floats, periods: Floats, controls: str) -> float:
    """The period from which no unit is left to compare with."""
    if not group.size or (group > periods[-1]).any():
        return np.inf
    if controls == "never_treated":
        raise ArgumentError("first_treated : aucune unité jamais traitée à qui comparer.")
    return float(group.max())


def _covariates(panel: panels.Panel, covariates: ArrayLike | None) -> Floats:
    if covariates is None:
        return np.empty((*panel.rows.shape, 0))
    columns = np.asarray(covariates)
    columns = columns.reshape(len(columns), -1).T
    return np.dstack([panels.table(panel, f"covariates[{k}]", column) for k, column in enumerate(columns)])


def _places(cohorts: _Cohorts, base: str) -> list[tuple[float, int, int]]:
    """Group, place of the period and of the period it is compared with."""
    periods, places = cohorts.periods, []
    for group in np.unique(cohorts.group[np.isfinite(cohorts.group)]):
        last_before = int(np.searchsorted(periods, group)) - 1
        for now in range(base == "varying", periods.size):
            fixed = base == "universal" or periods[now] >= group
            places.append((float(group), now, last_before if fixed else now - 1))
    return places


def _compared(
    cohorts: _Cohorts, group: float, now: int, before: int, controls: str, estimator: str
) -> tuple[float, Floats]:
    """An effect, and its influence function over all units: 0 for those that are not compared."""
    influence = np.zeros(cohorts.group.size)
    if now == before:
        return 0.0, influence
    treated, control = cohorts.group == group, np.isinf(cohorts.group)
    if controls == "not_yet_treated":
        control = control | ((cohorts.group > cohorts.periods[max(now, before)]) & ~treated)
    chosen = treated | control
    change = cohorts.outcome[chosen, now] - cohorts.outcome[chosen, before]
    x = _standardised(cohorts.covariates[chosen, min(now, before)])
    effect, own = _estimated(change, treated[chosen], x, estimator)
    influence[chosen] = own * chosen.size / chosen.sum()
    return effect, influence


def _standardised(covariates: Floats) -> Floats:
    """A constant, and the covariates on one scale: the same effect, whatever their units."""
    spread = covariates.std(axis=0)
    scaled = (covariates - covariates.mean(axis=0)) / np.where(spread == 0, 1, spread)
    return np.column_stack([np.ones(len(covariates)), scaled])


def _estimated(change: Floats, treated: NDArray[np.bool_], x: Floats, estimator: str) -> tuple[float, Floats]:
    """Mean change of the treated less that of controls alike, and its influence function."""
    if np.linalg.matrix_rank(x[~treated]) < x.shape[1]:
        return np.nan, np.full(change.size, np.nan)
    gap, fitted = (change, np.zeros_like(x)) if estimator == "ipw" else _regressed(change, treated, x)
    of_treated, of_controls = _weighted_mean(gap, treated.astype(float), x, fitted), (0.0, 0.0)
    if estimator != "reg":
        odds, propensity = _propensity(treated, x)
        of_controls = _weighted_mean(gap, odds, x, fitted)
        drift = (odds * (gap - of_controls[0])) @ x / odds.sum()  # what an error on the odds moves
        of_controls = (of_controls[0], of_controls[1] + propensity @ drift)
    return float(of_treated[0] - of_controls[0]), of_treated[1] - of_controls[1]


def _weighted_mean(gap: Floats, weights: Floats, x: Floats, fitted: Floats) -> tuple[float, Floats]:
    mean = weights @ gap / weights.sum()
    return mean, weights * (gap - mean) / weights.mean() - fitted @ (weights @ x / weights.sum())


def _regressed(change: Floats, treated: NDArray[np.bool_], x: Floats) -> tuple[Floats, Floats]:
    """What the controls' regression on `x` leaves, and the influence of each unit on its coefficients."""
    own = x[~treated]
    gap = change - x @ np.linalg.lstsq(own, change[~treated], rcond=None)[0]
    return gap, ((~treated * gap)[:, None] * x) @ np.linalg.inv(own.T @ own) * change.size


def _propensity(treated: NDArray[np.bool_], x: Floats) -> tuple[Floats, Floats]:
    """Odds of treatment for the controls (0 for the treated), by a logit; influence on its coefficients.

    Both are NaN where someone is treated almost surely.
    """
    from scipy.special import expit

    coefficients, step = np.zeros(x.shape[1]), np.ones(x.shape[1])
    for _ in range(50):
        chance = expit(x @ coefficients)
        curvature = np.linalg.pinv((x * (chance * (1 - chance))[:, None]).T @ x, hermitian=True)
        if np.abs(step).max() < 1e-10:
            break
        step = curvature @ (x.T @ (treated - chance))
        coefficients = coefficients + step
    if chance.max() >= OVERLAP:
        return np.full(treated.size, np.nan), np.full_like(x, np.nan)
    return np.where(treated, 0, chance / (1 - chance)), ((treated - chance)[:, None] * x) @ curvature * treated.size


def _error(influence: Floats) -> Floats:
    """Standard errors, a column each; NaN where the effect is 0 by construction."""
    size = np.sqrt((influence**2).sum(axis=0)) / len(influence)
    return np.where(size == 0, np.nan, size)


def _reach(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + confidence) / 2))
