"""What a unit under an action would have known without it: the mixture of untreated units closest to it before."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods import arguments

Floats = NDArray[np.float64]
RIDGE = 1e-11  # of the mean square: enough to choose the most even mixture where several fit as well
ROUNDS, STALL = 12, 1e-5  # restarts of the search for the importances, and the relative gain that ends it


class SyntheticControl(NamedTuple):
    """One weight per donor, zero or more, summing to 1; `synthetic` and `gaps` have one value per period."""

    weights: Floats
    importance: Floats  # of each predictor, summing to 1; empty where outcomes are fitted
    synthetic: Floats
    gaps: Floats  # the treated unit less its synthetic control
    mean_square_before: float
    mean_gap_after: float
    variant: str


def from_outcomes(treated: ArrayLike, donors: ArrayLike, before: ArrayLike) -> SyntheticControl:
    """Mixture of donors closest to the treated unit over all periods before the action, by least squares.

    `treated` has one value per period; `donors` one line per period, one column per donor; `before` says
    which periods came before the action. The problem is convex: the best fit is found exactly. Where several
    mixtures fit as well, the most even of them is taken. Refuses fewer than two periods before, none after,
    fewer than two donors, a missing value.

    References
    ----------
    Abadie A, Diamond A, Hainmueller J (2010), J Am Stat Assoc 105:493-505.
    Doudchenko N, Imbens GW (2016), NBER working paper 22791 (all outcomes before, equal importance).

    Examples
    --------
    >>> found = from_outcomes([2, 3, 4, 9], [[1, 5], [2, 6], [3, 7], [4, 8]], [True, True, True, False])
    >>> found.weights.round(2), found.gaps.round(2)
    (array([0.75, 0.25]), array([-0., -0., -0.,  4.]))
    """
    treated, donors, before = _series(treated, donors, before)
    weights = _shortest(_scaled(donors[before] - treated[before, None]))
    return _described(treated, donors, before, weights, np.empty(0), "outcomes")


def from_predictors(
    treated: ArrayLike,
    donors: ArrayLike,
    before: ArrayLike,
    treated_predictors: ArrayLike,
    donor_predictors: ArrayLike,
) -> SyntheticControl:
    """Mixture of donors like the treated unit in its predictors, each as important as it helps to fit the past.

    `treated_predictors` has one value per predictor, `donor_predictors` one line per predictor and one column
    per donor. Predictors are divided by their standard deviation over all units. Their importances are
    searched for so that the mixture fits the outcomes before the action best, from equal ones and from those
    of a regression, by Nelder and Mead's method started again until it gains nothing: the same input gives
    the same answer, but no search can promise the best of all. Judge it by its fit and its gaps, as weights
    may differ between searches. Of several mixtures equal in the predictors, the most even is taken. Refuses
    what `from_outcomes` does, and a predictor that is the same everywhere.

    References
    ----------
    Abadie A, Diamond A, Hainmueller J (2010), J Am Stat Assoc 105:493-505.
    Abadie A, Diamond A, Hainmueller J (2011), J Stat Softw 42(13) (the scale and the starts).

    Examples
    --------
    >>> donors = [[1, 5], [2, 6], [3, 7], [4, 8]]
    >>> found = from_predictors([2, 3, 4, 9], donors, [True, True, True, False], [10], [[8, 16]])
    >>> found.weights.round(2), found.importance
    (array([0.75, 0.25]), array([1.]))
    """
    treated, donors, before = _series(treated, donors, before)
    x, x_donors = _predictors(treated_predictors, donor_predictors, donors)

    def mixture(importance: Floats) -> Floats:
        away = np.sqrt(importance)[:, None] * (x_donors - x[:, None])
        return _shortest(_scaled(away))

    def loss(importance: Floats) -> float:
        gaps = treated[before] - donors[before] @ mixture(_shares(importance))
        return float((gaps**2).mean())

    starts = (np.ones(x.size), _regression_importance(x, x_donors, treated[before], donors[before]))
    found = min((_searched(loss, _shares(start)) for start in starts), key=loss)
    return _described(treated, donors, before, mixture(found), found, "predictors")


def window_mean(values: ArrayLike, chosen: ArrayLike) -> Floats:
    """Mean of each column over the periods chosen, missing values left out; refuses a column without any.

    `values` has one line per period; a single series counts for one column.

    Examples
    --------
    >>> window_mean([[1, 4], [3, None], [9, 9]], [True, True, False])
    array([2., 4.])
    """
    table = np.asarray(values, dtype="float64")
    table = table[:, None] if table.ndim == 1 else table
    part = table[_chosen("chosen", chosen, len(table))]
    known = ~np.isnan(part)
    arguments.refuse("values", ~known.any(axis=0), "aucune valeur dans la fenêtre choisie")
    return np.where(known, part, 0).sum(axis=0) / known.sum(axis=0)


def _series(treated: ArrayLike, donors: ArrayLike, before: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    treated = arguments.numbers("treated", treated)
    donors = _table("donors", donors, len(treated), "période")
    if donors.shape[1] < 2:
        raise ArgumentError(f"donors : au moins 2 unités non traitées sont attendues, {donors.shape[1]} donnée(s).")
    before = _chosen("before", before, len(treated))
    if before.sum() < 2 or before.all():
        raise ArgumentError(
            f"before : au moins 2 périodes avant l’action et 1 après sont attendues, "
            f"{before.sum()} et {(~before).sum()} donnée(s)."
        )
    return treated, donors, before


def _predictors(treated: ArrayLike, others: ArrayLike, donors: Floats) -> tuple[Floats, Floats]:
    x = arguments.numbers("treated_predictors", treated)
    table = _table("donor_predictors", others, len(x), "prédicteur")
    if table.shape[1] != donors.shape[1]:
        raise ArgumentError(f"Longueurs différentes : donors {donors.shape[1]}, donor_predictors {table.shape[1]}.")
    spread = np.column_stack([x, table]).std(axis=1, ddof=1)
    arguments.refuse("donor_predictors", spread == 0, "prédicteur identique pour toutes les unités")
    return x / spread, table / spread[:, None]


def _table(name: str, values: ArrayLike, lines: int, of: str) -> Floats:
    table = np.asarray(values, dtype="float64")
    if table.ndim != 2 or len(table) != lines:
        raise ArgumentError(
            f"{name} : un tableau d’une ligne par {of} ({lines}) et d’une colonne par unité est attendu."
        )
    wrong = ~np.isfinite(table)
    arguments.refuse(name, wrong.any(axis=1), "valeur manquante ou infinie")
    return table


def _chosen(name: str, values: ArrayLike, lines: int) -> NDArray[np.bool_]:
    chosen = np.asarray(values)
    if chosen.dtype != bool or chosen.shape != (lines,):
        raise ArgumentError(f"{name} : un vrai ou faux par période ({lines}) est attendu.")
    return chosen


def _scaled(away: Floats) -> Floats:
    return away / (np.sqrt((away**2).mean()) or 1.0)


def _shortest(away: Floats) -> Floats:
    """Weights w, zero or more and summing to 1, that bring `away` w, donors less target, closest to 0.

    Found by least squares with u >= 0 on |away u|² + (sum(u) - 1)², whose best direction does not depend on
    sum(u): an exact method, where a general optimiser stops near.
    """
    from scipy.optimize import nnls

    size = away.shape[1]
    system = np.vstack([away, np.sqrt(RIDGE) * np.eye(size), np.ones(size)])
    found, _ = nnls(system, np.append(np.zeros(len(system) - 1), 1.0))
    return found / found.sum()


def _searched(loss, start: Floats) -> Floats:
    from scipy.optimize import minimize

    best = start
    for _ in range(ROUNDS):
        found = minimize(loss, best, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-8, "xatol": 1e-4})
        gained = loss(best) - found.fun
        best = _shares(found.x)
        if gained <= STALL * abs(found.fun):
            break
    return best


def _shares(importance: Floats) -> Floats:
    size = np.abs(importance)
    return size / size.sum() if size.sum() > 0 else np.full(size.size, 1 / size.size)


def _regression_importance(x: Floats, x_donors: Floats, past: Floats, past_donors: Floats) -> Floats:
    """Squared coefficients of a regression of each past outcome on the predictors, all units together."""
    units = np.column_stack([x, x_donors]).T
    design = np.column_stack([np.ones(len(units)), units])
    outcomes = np.column_stack([past, past_donors]).T
    coefficients = np.linalg.lstsq(design, outcomes, rcond=None)[0][1:]
    return (coefficients**2).sum(axis=1)


def _described(
    treated: Floats, donors: Floats, before: NDArray[np.bool_], weights: Floats, importance: Floats, variant: str
) -> SyntheticControl:
    synthetic = donors @ weights
    gaps = treated - synthetic
    square, after = float((gaps[before] ** 2).mean()), float(gaps[~before].mean())
    return SyntheticControl(weights, importance, synthetic, gaps, square, after, variant)
