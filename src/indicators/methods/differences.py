"""Change of those under an action beside the change of the others: difference in differences."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods import arguments, panels


class TwoByTwo(NamedTuple):
    """The effect with its two standard errors; the limits rest on the second, with Student's quantile."""

    effect: float
    error_equal_variance: float
    error_robust: float  # HC1
    lower: float
    upper: float
    variant: str


class FixedEffects(NamedTuple):
    """The effect with errors clustered by unit; the limits rest on the second, with the normal quantile."""

    effect: float
    error_clusters: float  # factor G / (G - 1)
    error_clusters_terms: float  # and (n - 1) / (n - k), k counting every unit and period
    lower: float
    upper: float
    units: int
    variant: str


def two_by_two(
    control_before: ArrayLike,
    control_after: ArrayLike,
    treated_before: ArrayLike,
    treated_after: ArrayLike,
    confidence: float = 0.95,
) -> TwoByTwo:
    """Change of the mean of the treated less that of the controls, from four separate samples.

    The samples may differ in size and hold different people. Errors and limits are NaN with four values or
    fewer in all: nothing is left to measure the spread.

    References
    ----------
    Card D, Krueger AB (1994), Am Econ Rev 84:772-793.
    MacKinnon JG, White H (1985), J Econometrics 29:305-325 (HC1).

    Examples
    --------
    >>> two_by_two([1, 3], [2, 4], [5, 7], [9, 11]).effect
    3.0
    """
    from scipy.stats import t

    arguments.share("confidence", confidence)
    given = zip(TWO_BY_TWO, (control_before, control_after, treated_before, treated_after), strict=True)
    samples = [_sample(name, values) for name, values in given]
    means, sizes = (np.array([measure(sample) for sample in samples]) for measure in (np.mean, np.size))
    squares = np.array([((sample - sample.mean()) ** 2).sum() for sample in samples])
    effect, free = float((means * [1, -1, -1, 1]).sum()), int(sizes.sum()) - 4
    if free <= 0:
        return TwoByTwo(effect, np.nan, np.nan, np.nan, np.nan, "repeated_cross_sections")
    equal = float(np.sqrt(squares.sum() / free * (1 / sizes).sum()))
    robust = float(np.sqrt(sizes.sum() / free * (squares / sizes**2).sum()))
    reach = float(t.ppf((1 + confidence) / 2, free)) * robust
    return TwoByTwo(effect, equal, robust, effect - reach, effect + reach, "repeated_cross_sections")


TWO_BY_TWO = ("control_before", "control_after", "treated_before", "treated_after")


def _sample(name: str, values: ArrayLike) -> np.ndarray:
    sample = arguments.numbers(name, values)
    if not sample.size:
        raise ArgumentError(f"{name} : au moins une valeur est attendue.")
    return sample


def two_way_fixed_effects(
    outcome: ArrayLike, unit: ArrayLike, period: ArrayLike, treated: ArrayLike, confidence: float = 0.95
) -> FixedEffects:
    """Effect of `treated` (0 or 1 per row) with an effect per unit and per period held, errors by unit.

    One row per unit and period, in any order. Where the action starts at different dates and its effect
    differs between them, this mixes good and forbidden comparisons: `staggered.group_time_effects` does not.
    Refuses an unbalanced panel, a unit seen twice in a period, an action that no unit or every unit knows
    in the same periods.

    References
    ----------
    Arellano M (1987), Oxf Bull Econ Stat 49:431-434 (errors by unit).
    Goodman-Bacon A (2021), J Econometrics 225:254-277 (what the coefficient mixes).

    Examples
    --------
    >>> units, periods = ["a", "a", "b", "b", "c", "c"], [1, 2, 1, 2, 1, 2]
    >>> round(two_way_fixed_effects([1, 2, 3, 5, 4, 9], units, periods, [0, 0, 0, 0, 0, 1]).effect, 2)
    3.5
    """
    from scipy.stats import norm

    arguments.share("confidence", confidence)
    arguments.refuse("treated", ~np.isin(arguments.numbers("treated", treated), (0, 1)), "0 ou 1 est attendu")
    panel = panels.balanced(unit, period)
    y, d = (
        _centred(panels.table(panel, name, values)) for name, values in (("outcome", outcome), ("treated", treated))
    )
    spread = (d**2).sum()
    if spread < 1e-9:  # nothing is left once units and periods are held
        raise ArgumentError("treated : l’action ne distingue aucune unité d’une autre au fil des périodes.")
    effect = float((d * y).sum() / spread)
    clusters = (d * (y - effect * d)).sum(axis=1)  # one sum per unit
    units, n = panel.units.size, panel.rows.size
    first = float(np.sqrt((clusters**2).sum() * units / (units - 1)) / spread)
    free = n - units - panel.periods.size
    second = first * float(np.sqrt((n - 1) / free)) if free > 0 else np.nan
    reach = float(norm.ppf((1 + confidence) / 2)) * second
    return FixedEffects(effect, first, second, effect - reach, effect + reach, units, "clustered_by_unit")


def _centred(table: np.ndarray) -> np.ndarray:
    return table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
