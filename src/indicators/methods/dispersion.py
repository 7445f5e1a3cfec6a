"""How unevenly an amount is spread over units: Lorenz curve, Gini, Theil, Atkinson, Herfindahl."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_least, maybe_missing, refuse


class Lorenz(NamedTuple):
    """Share of the units, smallest first, and the share of the amount they hold; both from 0 to 1."""

    units: Floats
    amount: Floats


class Dispersion(NamedTuple):
    """Measures of unevenness, all 0 when every unit has the same amount (Herfindahl: 1 over the units)."""

    gini: float
    gini_corrected: float
    theil: float
    mean_log_deviation: float
    atkinson: float
    herfindahl: float
    variation: float
    lorenz: Lorenz
    variant: str


def dispersion(values: ArrayLike, aversion: float = 0.5) -> Dispersion:
    """Unevenness of an amount over units, by the measures in use.

    `gini` is that of the units given; `gini_corrected` (times n/(n-1)) is 1 when one unit holds all.
    `theil` is GE(1) and `mean_log_deviation` GE(0); both, and `atkinson`, are NaN where a unit has
    nothing, which has no logarithm. `variation` is the standard deviation (over n) over the mean.
    Missing values are left out; an amount of zero over all units gives NaN; negative amounts are refused.

    References
    ----------
    Gini C (1914), Atti R Ist Veneto 73:1203-1248. Theil H (1967), Economics and information theory.
    Atkinson AB (1970), J Econ Theory 2:244-263. Cowell FA (2011), Measuring inequality, 3rd ed.

    Examples
    --------
    >>> found = dispersion([1, 1, 1, 5])
    >>> found.gini, found.gini_corrected, round(found.herfindahl, 4)
    (0.375, 0.5, 0.4375)
    """
    values = _amounts(values)
    if not (np.isfinite(aversion) and aversion > 0):
        raise ArgumentError(f"aversion : un nombre supérieur à zéro est attendu, {aversion} donné.")
    n, total = values.size, values.sum()
    held = values / total if total > 0 else np.full(n, np.nan)
    ranks = np.arange(1, n + 1)
    gini = float((2 * ranks - n - 1) @ held / n)
    theil, deviation, atkinson = _entropies(held * n, aversion)
    corrected = gini * n / (n - 1) if n > 1 else np.nan
    variation = float(np.std(held) * n)
    lorenz = Lorenz(np.arange(n + 1) / n, np.concatenate([[0.0], np.cumsum(held)]))
    return Dispersion(
        gini, corrected, theil, deviation, atkinson, float(held @ held), variation, lorenz, f"aversion {aversion:g}"
    )


def _amounts(values: ArrayLike) -> Floats:
    values = maybe_missing("values", values)
    refuse("values", np.isinf(values), "valeur infinie")
    refuse("values", values < 0, "un nombre négatif n’est pas admis")
    values = np.sort(values[~np.isnan(values)])
    at_least("values", values, 1)
    return values


def _entropies(relative: Floats, aversion: float) -> tuple[float, float, float]:
    """Theil, mean log deviation and Atkinson of amounts relative to their mean."""
    if not np.all(relative > 0):
        return np.nan, np.nan, np.nan
    logs = np.log(relative)
    if aversion == 1:
        atkinson = 1 - np.exp(logs.mean())
    else:
        atkinson = 1 - np.mean(relative ** (1 - aversion)) ** (1 / (1 - aversion))
    return float(np.mean(relative * logs)), float(-logs.mean()), float(atkinson)
