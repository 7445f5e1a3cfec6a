"""What recent months will come to once every claim is in: chain-ladder factors and Mack's error."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, refuse

LAST_SIGMAS = ("mack", "log_linear")


class Completion(NamedTuple):
    """Factors between delays, share in at each delay, final amount of each row; NaN where no factor is known."""

    factors: Floats
    share: Floats
    completed: Floats
    variant: str


class Mack(NamedTuple):
    """By delay: factor, its error, sigma. By row: latest and final amounts, what is to come, its error. Totals."""

    factors: Floats
    factors_error: Floats
    sigma: Floats
    latest: Floats
    ultimate: Floats
    to_come: Floats
    error: Floats
    total_to_come: float
    total_error: float
    variant: str


def completion(cumulated: ArrayLike, least_rows: int = 1) -> Completion:
    """Volume-weighted development factors, and the final amounts that they lead to.

    `cumulated` has one row per month of care and one column per delay, amounts in by that delay, NaN
    where the delay has not passed yet. A factor is missing, and with it every earlier share, where
    fewer than `least_rows` rows support it or where their amounts do not sum to more than zero.

    References
    ----------
    Mack T (1993), ASTIN Bulletin 23:213-225.

    Examples
    --------
    >>> completion([[60, 90, 100], [30, 45, np.nan], [12, np.nan, np.nan]]).completed
    array([100.,  50.,  20.])
    """
    cumulated = _triangle(cumulated)
    factors = np.array([_factor(pair, least_rows) for pair in _links(cumulated)])
    share = np.append(1 / np.cumprod(factors[::-1])[::-1], 1.0)
    reached = _reached(cumulated)
    return Completion(factors, share, _latest(cumulated) / share[reached], "volume_weighted")


def mack(cumulated: ArrayLike, last_sigma: str = "mack") -> Mack:
    """Final amounts by the chain ladder, with Mack's standard errors, without a tail beyond the last delay.

    The triangle is that of `completion`, two rows and three delays at least, amounts above zero. Where a
    single row supports a factor its sigma is extrapolated: `mack`, the lesser of the last two and of their
    geometric progression; `log_linear`, a line through the logarithms of the others (Mack's rule where its
    slope has p > 0.05).

    References
    ----------
    Mack T (1993), ASTIN Bulletin 23:213-225. Mack T (1999), ASTIN Bulletin 29:361-366 (recursive form).

    Examples
    --------
    >>> found = mack([[100, 150, 165], [100, 170, np.nan], [100, np.nan, np.nan]])
    >>> round(found.total_to_come, 2), round(found.total_error, 2)
    (93.0, 49.75)
    """
    if last_sigma not in LAST_SIGMAS:
        raise ArgumentError(f"last_sigma : {not_allowed(last_sigma, LAST_SIGMAS)}")
    cumulated = _triangle(cumulated)
    _refuse_rows(cumulated <= 0, "un montant supérieur à zéro est attendu")
    if min(cumulated.shape) < 2 or cumulated.shape[1] < 3:
        raise ArgumentError("cumulated : deux lignes et trois délais au moins sont attendus.")
    done = completion(cumulated)
    _refuse_delays(np.isnan(done.factors))
    sigma, variant = _sigmas(cumulated, done.factors, last_sigma)
    bases = np.array([before.sum() for before, _ in _links(cumulated)])
    error = sigma / np.sqrt(bases)
    full = _filled(cumulated, done.factors)
    process, parameter, total = _risks(cumulated, full, done.factors, sigma, error)
    latest = _latest(cumulated)
    to_come = full[:, -1] - latest
    rows = np.sqrt(process + parameter)
    return Mack(
        done.factors, error, sigma, latest, full[:, -1], to_come, rows, float(to_come.sum()), float(total), variant
    )


def _triangle(cumulated: ArrayLike) -> Floats:
    try:
        table = np.asarray(cumulated, dtype="float64")
    except (TypeError, ValueError):
        raise ArgumentError("cumulated : un tableau de nombres est attendu.") from None
    if table.ndim != 2 or 0 in table.shape:
        raise ArgumentError("cumulated : un tableau à deux dimensions est attendu.")
    known = ~np.isnan(table)
    _refuse_rows(np.isinf(table), "un montant infini n’est pas admis")
    _refuse_rows(~known[:, :1], "le premier délai manque")
    _refuse_rows(known[:, 1:] & ~known[:, :-1], "un montant suit un délai qui manque")
    return table


def _refuse_rows(wrong: NDArray[np.bool_], rule: str) -> None:
    refuse("cumulated, lignes", wrong.any(axis=1), rule)


def _refuse_delays(wrong: NDArray[np.bool_]) -> None:
    refuse("cumulated, délais", wrong, "aucune ligne n’en donne le facteur")


def _links(cumulated: Floats) -> list[tuple[Floats, Floats]]:
    """Amounts at each delay and at the next, of the rows that know both."""
    known = ~np.isnan(cumulated)
    columns = range(cumulated.shape[1] - 1)
    return [(cumulated[known[:, k + 1], k], cumulated[known[:, k + 1], k + 1]) for k in columns]


def _factor(link: tuple[Floats, Floats], least_rows: int) -> float:
    before, after = link
    base = before.sum()
    return after.sum() / base if before.size >= least_rows and base > 0 else np.nan


def _reached(cumulated: Floats) -> NDArray[np.int64]:
    return (~np.isnan(cumulated)).sum(axis=1) - 1


def _latest(cumulated: Floats) -> Floats:
    return cumulated[np.arange(len(cumulated)), _reached(cumulated)]


def _filled(cumulated: Floats, factors: Floats) -> Floats:
    full = cumulated.copy()
    for k, factor in enumerate(factors):
        full[:, k + 1] = np.where(np.isnan(cumulated[:, k + 1]), full[:, k] * factor, cumulated[:, k + 1])
    return full


def _sigmas(cumulated: Floats, factors: Floats, last_sigma: str) -> tuple[Floats, str]:
    sigma = np.full(len(factors), np.nan)
    for k, (before, after) in enumerate(_links(cumulated)):
        if before.size > 1:
            squares = (after - factors[k] * before) ** 2 / before
            sigma[k] = np.sqrt(squares.sum() / (before.size - 1))
    if last_sigma == "log_linear" and (line := _line(sigma)) is not None:
        return np.where(np.isnan(sigma), line, sigma), "log_linear"
    for k in np.flatnonzero(np.isnan(sigma)):
        sigma[k] = _progression(sigma[:k])
    return sigma, "mack"


def _progression(earlier: Floats) -> float:
    """Mack's extrapolation of a sigma from the two before it; the one before alone where there is no other."""
    if earlier.size == 0:
        raise ArgumentError("cumulated : aucun délai n’est connu de deux lignes.")
    if earlier.size == 1:
        return float(earlier[-1])
    two, one = earlier[-2], earlier[-1]
    geometric = one**2 / two if two > 0 else np.inf
    return float(min(geometric, two, one))


def _line(sigma: Floats) -> Floats | None:
    """Sigmas on the log-linear trend of those known; None where the trend does not hold."""
    from scipy.stats import linregress

    delays = np.arange(len(sigma))
    known = sigma > 0
    if known.sum() < 3:
        return None
    fit = linregress(delays[known], np.log(sigma[known]))
    return np.exp(fit.intercept + fit.slope * delays) if fit.pvalue <= 0.05 else None


def _risks(
    cumulated: Floats, full: Floats, factors: Floats, sigma: Floats, error: Floats
) -> tuple[Floats, Floats, float]:
    """Variance of each row from its own chance and from the factors, and the error of the sum of rows.

    Rows share the factors, so that the factors' part of the total adds up before it is squared.
    """
    process, parameter, shared = np.zeros(len(full)), np.zeros(len(full)), 0.0
    for k, factor in enumerate(factors):
        ahead = np.isnan(cumulated[:, k + 1])
        base = full[:, k]
        process = np.where(ahead, base * sigma[k] ** 2 + process * factor**2, 0.0)
        parameter = np.where(ahead, (base * error[k]) ** 2 + parameter * factor**2, 0.0)
        shared = (base[ahead].sum() * error[k]) ** 2 + shared * factor**2
    return process, parameter, np.sqrt(process.sum() + shared)
