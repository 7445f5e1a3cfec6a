"""Did the level or the trend of a series change when an action began: interrupted time series."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods import arguments

Floats = NDArray[np.float64]
MIN_POINTS = 3  # before, and after: below, a level and a trend cannot be told from chance (Cochrane EPOC criteria)
DISPERSIONS = ("poisson", "quasi")
SCALES = ("identity", "log")


class InterruptedCounts(NamedTuple):
    """Coefficients on the log scale by name; `fitted` and `counterfactual` are counts, one per period."""

    coefficients: dict[str, float]
    standard_errors: dict[str, float]
    step_ratio: float
    step_lower: float
    step_upper: float
    slope_ratio: float  # per period after the step; NaN where no slope was asked for
    slope_lower: float
    slope_upper: float
    dispersion: float  # Pearson chi-squared over its degrees of freedom; 1 for "poisson"
    deviance: float
    durbin_watson: float  # of the Pearson residuals: near 2 without autocorrelation; NaN where the fit is exact
    observed_after: float
    fitted_after: float
    counterfactual_after: float
    fitted: Floats
    counterfactual: Floats
    variant: str


class InterruptedTrend(NamedTuple):
    """Coefficients by name on the scale fitted; `fitted` and `counterfactual` are on the scale of the values."""

    coefficients: dict[str, float]
    standard_errors: dict[str, float]  # with the factor n / (n - k)
    unadjusted_errors: dict[str, float]
    step_change: float  # a ratio on the log scale, a difference otherwise
    step_lower: float
    step_upper: float
    durbin_watson: float
    lag: int
    fitted: Floats
    counterfactual: Floats
    variant: str


def interrupted_counts(
    counts: ArrayLike,
    population: ArrayLike | None,
    time: ArrayLike,
    step: ArrayLike,
    *,
    after: float | None = None,
    slope: bool = False,
    season: ArrayLike | None = None,
    harmonics: int = 0,
    cycle: float = 12.0,
    dispersion: str = "quasi",
    confidence: float = 0.95,
) -> InterruptedCounts:
    """Rate ratio of a step in a series of counts, by Poisson regression with the trend and the season held.

    One value per period, in order. `step` is 0 before the action, 1 from its start. `slope` adds a change of
    trend, counted from `after`: the last period before the step unless told. `harmonics` pairs of sine and
    cosine follow `season`, the place of each period in a `cycle`. "quasi" widens the errors by the square
    root of the dispersion; limits are normal on the log scale. Refuses fewer than three periods on a side,
    a side without any event, and more terms than periods.

    References
    ----------
    Bernal JL, Cummins S, Gasparrini A (2017), Int J Epidemiol 46:348-355.
    Wedderburn RWM (1974), Biometrika 61:439-447.

    Examples
    --------
    >>> fit = interrupted_counts([10, 20, 10, 20, 10, 20], None, [1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])
    >>> sorted(fit.coefficients), fit.variant
    (['const', 'step', 'time'], 'quasi')
    """
    arguments.share("confidence", confidence)
    if dispersion not in DISPERSIONS:
        raise ArgumentError(f"dispersion : {not_allowed(dispersion, DISPERSIONS)}")
    counts, time, step = arguments.counts("counts", counts), *_calendar(time, step)
    arguments.same_length(counts=counts, time=time)
    _events_on_both_sides(counts, step)
    offset = _log_population(population, counts)
    terms = _terms(time, step, after, slope) | _seasons(season, harmonics, cycle, time)
    design, without = _design(terms)
    fit = _poisson(counts, design, offset)
    spread = float(fit.pearson_chi2 / fit.df_resid) if dispersion == "quasi" else 1.0
    errors = fit.bse * np.sqrt(spread)
    counterfactual = np.exp(without @ fit.params + offset)
    change = _changes(fit.params, errors, list(terms), confidence)
    later = step == 1
    return InterruptedCounts(
        *(dict(zip(terms, map(float, array), strict=True)) for array in (fit.params, errors)),
        *np.exp(change["step"]).tolist(),
        *np.exp(change["slope"]).tolist(),
        dispersion=spread,
        deviance=float(fit.deviance),
        durbin_watson=_durbin_watson(fit.resid_pearson),
        observed_after=float(counts[later].sum()),
        fitted_after=float(fit.mu[later].sum()),
        counterfactual_after=float(counterfactual[later].sum()),
        fitted=fit.mu,
        counterfactual=counterfactual,
        variant=dispersion,
    )


def interrupted_trend(
    values: ArrayLike,
    population: ArrayLike | None,
    time: ArrayLike,
    step: ArrayLike,
    *,
    lag: int | None = None,
    after: float | None = None,
    slope: bool = True,
    scale: str = "log",
    confidence: float = 0.95,
) -> InterruptedTrend:
    """Change of level and of trend of a series by least squares, with errors that hold under autocorrelation.

    The values are divided by `population` where there is one. Newey and West's errors, Bartlett weights up to
    `lag`; without a `lag`, the whole part of 4 (n / 100)^(2/9). "log" needs values above zero, and makes the
    step a ratio. Limits are normal and rest on the errors with the factor n / (n - k).

    References
    ----------
    Newey WK, West KD (1987), Econometrica 55:703-708; (1994), Rev Econ Stud 61:631-653.
    Wagner AK et al. (2002), J Clin Pharm Ther 27:299-309.

    Examples
    --------
    >>> values = [1.0, 2.0, 3.0, 4.0, 7.0, 8.0, 9.0, 10.0]
    >>> fit = interrupted_trend(values, None, range(8), [0] * 4 + [1] * 4, lag=1, scale="identity")
    >>> round(fit.step_change, 2), fit.lag
    (2.0, 1)
    """
    import statsmodels.api as sm

    arguments.share("confidence", confidence)
    time, step = _calendar(time, step)
    outcome = _outcome(values, population, scale)
    arguments.same_length(values=outcome, time=time)
    terms = _terms(time, step, after, slope)
    design, without = _design(terms)
    lag = _lag(lag, len(outcome))
    plain, adjusted = (
        sm.OLS(outcome, design).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": correction})
        for correction in (False, True)
    )
    back = np.exp if scale == "log" else np.asarray
    change = _changes(adjusted.params, adjusted.bse, list(terms), confidence)
    return InterruptedTrend(
        *(dict(zip(terms, map(float, array), strict=True)) for array in (adjusted.params, adjusted.bse, plain.bse)),
        *back(change["step"]).tolist(),
        durbin_watson=_durbin_watson(adjusted.resid),
        lag=lag,
        fitted=back(adjusted.fittedvalues),
        counterfactual=back(without @ adjusted.params),
        variant=f"newey_west_{scale}",
    )


def _poisson(counts: Floats, design: Floats, offset: Floats):
    """The fit of statsmodels by Newton's method, which a series fitted exactly does not disturb."""
    import statsmodels.api as sm

    near = (counts + np.mean(counts)) / 2
    root, target = np.sqrt(near), np.log(near) + counts / near - 1 - offset
    start = np.linalg.lstsq(design * root[:, None], target * root, rcond=None)[0]
    with np.errstate(all="ignore"):
        model = sm.GLM(counts, design, family=sm.families.Poisson(), offset=offset)
        fit = model.fit(start, method="newton", tol=1e-8, maxiter=100, disp=False, warn_convergence=False)
    if not fit.mle_retvals["converged"] or not np.isfinite(fit.bse).all():
        raise ArgumentError(
            "counts : trop peu d’événements pour estimer les termes demandés, le modèle ne converge pas."
        )
    return fit


def _calendar(time: ArrayLike, step: ArrayLike) -> tuple[Floats, Floats]:
    time, step = arguments.numbers("time", time), arguments.numbers("step", step)
    arguments.same_length(time=time, step=step)
    arguments.refuse("time", np.diff(time, prepend=-np.inf) <= 0, "chaque période doit suivre la précédente")
    arguments.refuse("step", ~np.isin(step, (0, 1)), "0 avant l’action, 1 après")
    arguments.refuse("step", np.diff(step, prepend=0) < 0, "l’action ne peut cesser une fois commencée")
    after = int(step.sum())
    for side, points in (("avant", step.size - after), ("après", after)):
        if points < MIN_POINTS:
            raise ArgumentError(
                f"step : au moins {MIN_POINTS} périodes {side} l’action sont attendues, {points} donnée(s)."
            )
    return time, step


def _events_on_both_sides(counts: Floats, step: Floats) -> None:
    for side, chosen in (("avant", step == 0), ("après", step == 1)):
        if not counts[chosen].any():
            raise ArgumentError(f"counts : aucun événement {side} l’action, le rapport des taux n’existe pas.")


def _log_population(population: ArrayLike | None, counts: Floats) -> Floats:
    if population is None:
        return np.zeros(counts.size)
    people = arguments.positive("population", population)
    arguments.same_length(counts=counts, population=people)
    return np.log(np.broadcast_to(people, counts.shape))


def _outcome(values: ArrayLike, population: ArrayLike | None, scale: str) -> Floats:
    if scale not in SCALES:
        raise ArgumentError(f"scale : {not_allowed(scale, SCALES)}")
    values = arguments.positive("values", values) if scale == "log" else arguments.numbers("values", values)
    if population is not None:
        people = arguments.positive("population", population)
        arguments.same_length(values=values, population=people)
        values = values / people
    return np.log(values) if scale == "log" else values


def _terms(time: Floats, step: Floats, after: float | None, slope: bool) -> dict[str, Floats]:
    terms = {"const": np.ones(time.size), "time": time, "step": step}
    if slope:
        terms["slope"] = (time - (time[step == 0][-1] if after is None else after)) * step
    return terms


def _seasons(season: ArrayLike | None, harmonics: int, cycle: float, time: Floats) -> dict[str, Floats]:
    if harmonics == 0:
        return {}
    if season is None or not 0 < 2 * harmonics < cycle:
        raise ArgumentError(
            f"harmonics : {harmonics} harmonique(s) demandent season et un cycle plus long que leur double."
        )
    place = arguments.numbers("season", season)
    arguments.same_length(season=place, time=time)
    turns = [2 * np.pi * k * place / cycle for k in range(1, harmonics + 1)]
    waves = [wave for turn in turns for wave in (np.sin(turn), np.cos(turn))]
    return {f"c{k}": wave for k, wave in enumerate(waves, start=1)}


def _design(terms: dict[str, Floats]) -> tuple[Floats, Floats]:
    """The regressors, and the same had the action never begun."""
    design = np.column_stack(list(terms.values()))
    rows, columns = design.shape
    if rows <= columns or np.linalg.matrix_rank(design) < columns:
        raise ArgumentError(f"time : {rows} périodes ne suffisent pas à estimer {columns} termes distincts.")
    return design, design * [name not in ("step", "slope") for name in terms]


def _lag(lag: int | None, points: int) -> int:
    if lag is None:
        return int(4 * (points / 100) ** (2 / 9))
    if lag != int(lag) or not 0 <= lag < points:
        raise ArgumentError(f"lag : un entier de 0 à {points - 1} est attendu, {lag} donné.")
    return int(lag)


def _changes(params: Floats, errors: Floats, names: list[str], confidence: float) -> dict[str, Floats]:
    """The step and the slope with their normal limits; NaN for a term that was not fitted."""
    from scipy.stats import norm

    reach = norm.ppf((1 + confidence) / 2) * np.array([0, -1, 1])
    return {
        name: params[names.index(name)] + reach * errors[names.index(name)] if name in names else np.full(3, np.nan)
        for name in ("step", "slope")
    }


def _durbin_watson(residuals: Floats) -> float:
    from statsmodels.stats.stattools import durbin_watson

    return float(durbin_watson(residuals)) if residuals.any() else np.nan
