"""Whether the first digits of amounts follow Benford's law: a screen for made-up or capped amounts, not a proof."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_least, maybe_missing, refuse

MAX_DIGITS = 4
# Nigrini's upper bounds of the mean absolute deviation, per number of first digits.
BOUNDS = {1: (0.006, 0.012, 0.015), 2: (0.0012, 0.0018, 0.0022), 3: (0.00036, 0.00044, 0.00050)}
CONFORMITY = ("close", "acceptable", "marginal", "none")


class Benford(NamedTuple):
    """Counts of first digits against the law, and the spread of the mantissas, uniform under it."""

    n: int
    digits: NDArray[np.int_]
    observed: NDArray[np.int_]
    share: Floats
    difference: Floats
    chi_square: float
    degrees: int
    p_value: float
    mean_deviation: float
    conformity: str
    mantissa_mean: float
    mantissa_variance: float
    mantissa_arc: float
    variant: str


def benford(values: ArrayLike, digits: int = 1) -> Benford:
    """First digits of the positive values against Benford's law.

    Missing, zero and negative values are left out; at least one must be left. `share` is the law's, and
    `difference` observed less expected, in counts. `mean_deviation` is that of the shares; `conformity`
    places it by Nigrini's bounds ("" with four digits, which have none). `mantissa_arc` is the squared
    length of the mean of the mantissas on a circle, 0 under the law.

    References
    ----------
    Benford F (1938), Proc Am Philos Soc 78:551-572. Nigrini MJ (2012), Benford's law, Wiley, table 7.1.

    Examples
    --------
    >>> found = benford([1, 1.5, 12, 130, 2, 25, 31, 4, 57, 8])
    >>> found.observed.tolist(), found.conformity
    ([4, 2, 1, 1, 1, 0, 0, 1, 0], 'none')
    """
    from scipy.stats import chi2

    if digits not in range(1, MAX_DIGITS + 1):
        raise ArgumentError(f"digits : un entier de 1 à {MAX_DIGITS} est attendu, {digits} donné.")
    values = maybe_missing("values", values)
    refuse("values", np.isinf(values), "valeur infinie")
    values = values[values > 0]
    at_least("values", values, 1)
    first, last = 10 ** (digits - 1), 10**digits
    possible = np.arange(first, last)
    law = np.log10(1 + 1 / possible)
    observed = np.bincount(_first_digits(values, digits), minlength=last)[first:]
    difference = observed - values.size * law
    chi_square = float(np.sum(difference**2 / (values.size * law)))
    deviation = float(np.mean(np.abs(difference)) / values.size)
    return Benford(
        values.size,
        possible,
        observed,
        law,
        difference,
        chi_square,
        possible.size - 1,
        float(chi2.sf(chi_square, possible.size - 1)),
        deviation,
        _conformity(deviation, digits),
        *_mantissas(values),
        f"first {digits}",
    )


def _first_digits(values: Floats, digits: int) -> NDArray[np.int_]:
    scaled = values * 10.0 ** (digits - 1 - np.floor(np.log10(values)))
    # 0.57 is stored a little below 57/100: rounding at the ninth decimal keeps its digits 57, not 56.
    whole = np.floor(np.round(scaled, 9)).astype(int)
    whole = np.where(whole >= 10**digits, whole // 10, whole)
    return np.where(whole < 10 ** (digits - 1), whole * 10, whole)


def _conformity(deviation: float, digits: int) -> str:
    if digits not in BOUNDS:
        return ""
    return CONFORMITY[int(np.searchsorted(BOUNDS[digits], deviation))]


def _mantissas(values: Floats) -> tuple[float, float, float]:
    """Mean, variance (n-1, NaN with one value) and squared length of the mean on the circle."""
    mantissa = np.log10(values) % 1
    angle = 2 * np.pi * mantissa
    variance = float(np.var(mantissa, ddof=1)) if mantissa.size > 1 else np.nan
    return float(mantissa.mean()), variance, float(np.cos(angle).mean() ** 2 + np.sin(angle).mean() ** 2)
