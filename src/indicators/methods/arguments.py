"""What a method accepts: each refusal names the argument, the rule and the first positions that break it."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed

Floats = NDArray[np.float64]
SHOWN = 5  # positions written out


def numbers(name: str, values: ArrayLike) -> Floats:
    """The values as a vector of floats, none of them missing or infinite.

    >>> numbers("x", [1, float("nan")])
    Traceback (most recent call last):
    indicators.errors.ArgumentError: x : valeur manquante ou infinie (position 1).
    """
    array = maybe_missing(name, values)
    refuse(name, ~np.isfinite(array), "valeur manquante ou infinie")
    return array


def maybe_missing(name: str, values: ArrayLike) -> Floats:
    """The values as a vector of floats; None and NaN are missing values."""
    try:
        array = np.atleast_1d(np.asarray(values, dtype="float64"))
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} : des nombres sont attendus.") from None
    if array.ndim != 1:
        raise ArgumentError(f"{name} : un vecteur est attendu, pas un tableau à {array.ndim} dimensions.")
    return array


def columns(name: str, values: ArrayLike, rows: int) -> Floats:
    """The values as a matrix of so many rows, a vector being one column; None and NaN are missing values."""
    try:
        array = np.asarray(values, dtype="float64")
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} : des nombres sont attendus, autant dans chaque ligne.") from None
    array = array[:, np.newaxis] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != rows:
        raise ArgumentError(f"{name} : {rows} lignes sont attendues, tableau de {np.shape(values)} donné.")
    return array


def measured(name: str, values: ArrayLike) -> Floats:
    """A series of at least one period; None and NaN are missing values, infinite ones are refused."""
    array = maybe_missing(name, values)
    if not array.size:
        raise ArgumentError(f"{name} : au moins une valeur est attendue.")
    refuse(name, np.isinf(array), "valeur infinie")
    return array


def counts(name: str, values: ArrayLike) -> Floats:
    """Numbers that are zero or more."""
    array = numbers(name, values)
    refuse(name, array < 0, "un nombre négatif n’est pas admis")
    return array


def positive(name: str, values: ArrayLike) -> Floats:
    """Numbers above zero: populations, expected counts, weights."""
    array = numbers(name, values)
    refuse(name, array <= 0, "un nombre supérieur à zéro est attendu")
    return array


def at_most(name: str, values: Floats, other: str, limits: Floats) -> None:
    """Refuse values above those of another argument."""
    refuse(name, values > limits, f"ne peut dépasser {other}")


def same_length(**arrays: Sequence | Floats) -> None:
    """Refuse vectors of different lengths; a single value goes with any length."""
    lengths = {name: np.size(array) for name, array in arrays.items()}
    if len({length for length in lengths.values() if length != 1}) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ArgumentError(f"Longueurs différentes : {listed}.")


def at_least(name: str, array: Sequence | Floats, smallest: int) -> None:
    """Refuse a vector with too few values."""
    if np.size(array) < smallest:
        plural = "s" if smallest > 1 else ""
        raise ArgumentError(
            f"{name} : au moins {smallest} valeur{plural} attendue{plural}, {np.size(array)} donnée(s)."
        )


def one_of(name: str, word: str, allowed: Collection[str]) -> str:
    """One of the words allowed, such as the name of a variant."""
    if word not in allowed:
        raise ArgumentError(f"{name} : {not_allowed(word, allowed)}")
    return word


def aligned(**arrays: Sequence | Floats) -> None:
    """Refuse vectors of different lengths, single values among them."""
    if len({len(array) for array in arrays.values()}) > 1:
        listed = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
        raise ArgumentError(f"Longueurs différentes : {listed}.")


def share(name: str, value: float) -> float:
    """One number strictly between 0 and 1, such as a confidence level."""
    if not 0 < value < 1:
        raise ArgumentError(f"{name} : un nombre entre 0 et 1 est attendu, {value} donné.")
    return float(value)


def whole(name: str, value: float, least: int = 1, most: int | None = None) -> int:
    """One whole number within bounds, such as a number of periods.

    >>> whole("first", 5, 1, 4)
    Traceback (most recent call last):
    indicators.errors.ArgumentError: first : un entier de 1 à 4 est attendu, 5 donné.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    # NaN is no whole number: nan % 1 is nan
    if not number or value % 1 or value < least or (most is not None and value > most):
        limits = f"d’au moins {least}" if most is None else f"de {least} à {most}"
        raise ArgumentError(f"{name} : un entier {limits} est attendu, {value} donné.")
    return int(value)


def refuse(name: str, wrong: NDArray[np.bool_], rule: str) -> None:
    """Refuse an argument where `wrong` holds, its first positions counted from 0; in a matrix, [row, column]."""
    places = np.argwhere(wrong).tolist()
    if places:
        listed = ", ".join(str(place if len(place) > 1 else place[0]) for place in places[:SHOWN])
        listed += ", …" if len(places) > SHOWN else ""
        raise ArgumentError(f"{name} : {rule} (position{'s' if len(places) > 1 else ''} {listed}).")
