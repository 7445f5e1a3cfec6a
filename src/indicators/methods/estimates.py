"""What a method gives: values with their interval, the variant named; amounts and means."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.methods.arguments import Floats, numbers, positive, refuse, same_length, share


class Estimate(NamedTuple):
    """Arrays of one length; bounds are NaN where no interval is meaningful."""

    value: Floats
    lower: Floats
    upper: Floats
    variant: str | NDArray[np.str_]


class Mean(NamedTuple):
    """A mean, its interval, and what it was made of."""

    value: float
    lower: float
    upper: float
    sum: float
    count: int
    deviation: float
    variant: str


def quotient(numerator: ArrayLike, denominator: ArrayLike, per: float = 1.0) -> Estimate:
    """`per` times one amount over another; no interval, an amount is not a count.

    Amounts may be negative; a denominator of zero is refused.

    Examples
    --------
    >>> quotient([300.0], [4.0]).value
    array([75.])
    """
    numerator, denominator = numbers("numerator", numerator), numbers("denominator", denominator)
    same_length(numerator=numerator, denominator=denominator)
    refuse("denominator", denominator == 0, "zéro n’est pas admis")
    return _without_interval(per * numerator / denominator, "quotient")


def growth(current: ArrayLike, previous: ArrayLike) -> Estimate:
    """Change from one sum to the next, as a share of the first, which must be above zero; no interval.

    Examples
    --------
    >>> growth([106.0], [100.0]).value.round(4)
    array([0.06])
    """
    current, previous = numbers("current", current), positive("previous", previous)
    same_length(current=current, previous=previous)
    return _without_interval(current / previous - 1, "growth")


def mean(values: ArrayLike, confidence: float = 0.95) -> Mean:
    """Mean of a sample with Student's interval, the deviation being that with n - 1.

    One value alone has neither deviation nor interval: NaN.

    References
    ----------
    Student (1908), Biometrika 6:1-25.

    Examples
    --------
    >>> [round(bound, 2) for bound in mean([4.0, 6.0, 8.0])[:3]]
    [6.0, 1.03, 10.97]
    """
    from scipy.stats import t

    values, confidence = numbers("values", values), share("confidence", confidence)
    count, centre = values.size, float(values.mean())
    deviation = float(values.std(ddof=1)) if count > 1 else np.nan
    half = float(t.ppf((1 + confidence) / 2, count - 1) * deviation / np.sqrt(count)) if count > 1 else np.nan
    return Mean(centre, centre - half, centre + half, float(values.sum()), count, deviation, "student")


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """The same estimate in another unit, a share in percent for instance."""
    return Estimate(*(array * factor for array in estimate[:3]), estimate.variant)


def where(sound: NDArray[np.bool_], method: Callable[..., Any], *columns: Floats) -> Any:
    """A method on the rows that it accepts; in the others NaN, and an empty variant.

    In a matrix the last axis is that of the rows: areas, of which some have no population in a stratum.

    Examples
    --------
    >>> where(np.array([True, False]), quotient, np.array([3.0, 3.0]), np.array([2.0, 0.0])).value
    array([1.5, nan])
    """
    found = method(*(column[..., sound] for column in columns))
    return type(found)(*(_spread(field, sound) if isinstance(field, np.ndarray) else field for field in found))


def sums_by(groups: ArrayLike, *columns: ArrayLike) -> tuple[NDArray, ...]:
    """The groups in order, and each column summed within; a missing value makes its sum missing.

    Examples
    --------
    >>> sums_by(["a", "b", "a"], [1.0, 2.0, 3.0])
    (array(['a', 'b'], dtype='<U1'), array([4., 2.]))
    """
    same_length(groups=np.asarray(groups), **{f"columns[{place}]": column for place, column in enumerate(columns)})
    labels, places = np.unique(groups, return_inverse=True)
    columns = [np.asarray(column, dtype="float64") for column in columns]
    return labels, *(np.bincount(places, weights=column, minlength=len(labels)) for column in columns)


def _without_interval(values: Floats, variant: str) -> Estimate:
    blank = np.full_like(values, np.nan)
    return Estimate(values, blank, blank, variant)


def _spread(field: NDArray, sound: NDArray[np.bool_]) -> NDArray:
    blank = "" if field.dtype.kind == "U" else np.nan
    whole = np.full((*field.shape[:-1], sound.size), blank, dtype=field.dtype)
    whole[..., sound] = field
    return whole
