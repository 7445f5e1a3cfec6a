"""Units followed over the same periods: long rows made a table of one row per unit, one column per period."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError
from indicators.methods import arguments

Floats = NDArray[np.float64]


class Panel(NamedTuple):
    """`rows[i, t]` is the place, among the rows given, of unit i in period t; both are sorted."""

    units: NDArray[Any]
    periods: Floats
    rows: NDArray[np.intp]


def balanced(unit: ArrayLike, period: ArrayLike) -> Panel:
    """The panel that rows of units and periods make; each unit must be seen once in each period.

    Units may be numbers or words. Refuses a unit seen twice in a period, and names the first that lack one.

    Examples
    --------
    >>> balanced(["b", "a", "a", "b"], [1, 2, 1, 2]).rows
    array([[2, 1],
           [0, 3]])
    """
    unit, period = np.asarray(unit), arguments.numbers("period", period)
    if unit.shape != period.shape:
        raise ArgumentError(f"Longueurs différentes : unit {unit.size}, period {period.size}.")
    units, i = np.unique(unit, return_inverse=True)
    periods, t = np.unique(period, return_inverse=True)
    cell = i * periods.size + t
    order = np.argsort(cell, kind="stable")
    again = np.zeros(cell.size, dtype=bool)
    again[order[1:]] = np.diff(cell[order]) == 0
    arguments.refuse("unit", again, "observée deux fois dans une période")
    if order.size < units.size * periods.size:
        _refuse_holes(units, periods, cell)
    return Panel(units, periods, order.reshape(units.size, periods.size))


def table(panel: Panel, name: str, values: ArrayLike) -> Floats:
    """Values given row by row, one line per unit and one column per period; none may be missing."""
    array = arguments.numbers(name, values)
    _one_per_row(panel, name, array)
    return array[panel.rows]


def by_unit(panel: Panel, name: str, values: ArrayLike) -> Floats:
    """One value per unit, from rows that must repeat it; NaN is a value here."""
    array = arguments.maybe_missing(name, values)
    _one_per_row(panel, name, array)
    repeated = array[panel.rows]
    first = repeated[:, :1]
    changed = ((repeated != first) & ~(np.isnan(repeated) & np.isnan(first))).any(axis=1)
    if changed.any():
        listed = ", ".join(map(str, panel.units[changed][: arguments.SHOWN]))
        raise ArgumentError(f"{name} : une seule valeur par unité est attendue (unités {listed}).")
    return first[:, 0]


def _one_per_row(panel: Panel, name: str, array: Floats) -> None:
    if array.size != panel.rows.size:
        raise ArgumentError(f"Longueurs différentes : {name} {array.size}, unit {panel.rows.size}.")


def _refuse_holes(units: NDArray[Any], periods: Floats, cell: NDArray[np.intp]) -> None:
    holes = np.setdiff1d(np.arange(units.size * periods.size), cell)
    listed = ", ".join(
        f"{units[hole // periods.size]} en {periods[hole % periods.size]:.15g}" for hole in holes[: arguments.SHOWN]
    )
    more = ", …" if holes.size > arguments.SHOWN else ""
    raise ArgumentError(f"unit : chaque unité doit être observée à chaque période, il manque {listed}{more}.")
