"""The judge: what a reader can work out of blank cells from all that is printed.

It shares the list of cells with the choice of blanks and nothing else: it solves the reader's problem
anew, from the printed figures alone, and takes a cell as protected only when it holds two tables that
prove it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indicators.disclosure.model import Flags, Floats, Key, Needs, Release
from indicators.errors import ArgumentError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EXACT, NARROW, UNION, INSIDER = "EXACT", "NARROW", "UNION", "INSIDER"
CLOSE = 1e-6
PASSES = 30  # of interval propagation, which stops by itself on most tables


class Bounds(NamedTuple):
    """Smallest and largest value of each unknown cell that some table gives which prints the same.

    Where the search for whole numbers ran out of time, the widest range found is given and `proved` is False.
    """

    cell: NDArray[np.int64]
    lower: Floats
    upper: Floats
    proved: Flags


class Finding(NamedTuple):
    """A blank that says too much."""

    kind: str
    keys: tuple[Key, ...]
    lower: float
    upper: float


class _Part(NamedTuple):
    """Unknown cells that printed sums tie together, and no others."""

    cell: NDArray[np.int64]
    matrix: "csr_array"
    right: Floats
    lower: Floats
    upper: Floats


def bounds(release: Release, blank: Flags, *, seconds: float = 10.0) -> Bounds:
    """The reader's interval of every unknown cell; whole numbers only where the release has only those.

    `seconds` bounds each search for whole numbers. Printed figures that contradict each other are refused.

    Examples
    --------
    >>> from indicators.disclosure.model import Axis, table
    >>> square = table([Axis.flat("a", "xy"), Axis.flat("b", "uv")], [[3, 20], [30, 40]])
    >>> inner = np.array(["Total" not in key for key in square.keys])
    >>> found = bounds(square, inner)
    >>> found.lower.tolist(), found.upper.tolist()
    ([0.0, 0.0, 10.0, 37.0], [23.0, 23.0, 33.0, 60.0])
    """
    parts = list(_parts(release, _unknown(release, blank), {}))
    solved = [_ends(part, release.whole, seconds) for part in parts] or [(np.zeros(0),) * 3]
    cell = np.concatenate([part.cell for part in parts] or [np.zeros(0, dtype="int64")])
    lower, upper, proved = (np.concatenate(column) for column in zip(*solved, strict=True))
    order = np.argsort(cell)
    return Bounds(cell[order], lower[order] + 0.0, upper[order] + 0.0, proved[order].astype(bool))  # 0.0, not -0.0


def audit(
    release: Release, blank: Flags, needs: Needs, *, smallest_shown: int = 0, alone: Flags | None = None
) -> list[Finding]:
    """Everything that a pattern of blanks gives away.

    EXACT: a printed place is blank and has one possible value. NARROW: a cell of `needs` is known more
    closely than they allow. UNION: blank parts of a printed sum are together from 1 to one below
    `smallest_shown`. INSIDER: the one person behind a cell of `alone` works out another blank, unless
    it is their own under another name (a total whose other parts are printed zeros).
    A cell of `needs` that is printed is EXACT.
    """
    found = bounds(release, blank)
    at = np.full(len(release.keys), -1)
    at[found.cell] = np.arange(found.cell.size)
    listed = [*_exact(release, blank, needs, found, at), *_narrow(release, needs, found, at)]
    listed += _unions(release, blank, smallest_shown)
    if alone is not None:
        listed += _insiders(release, blank, alone)
    return listed


def _exact(release: Release, blank: Flags, needs: Needs, found: Bounds, at: NDArray) -> Iterator[Finding]:
    watched = blank.copy()
    watched[needs.cell] = True
    for cell in np.flatnonzero(watched):
        low, high = (found.lower[at[cell]], found.upper[at[cell]]) if at[cell] >= 0 else (release.value[cell],) * 2
        if high - low <= CLOSE:
            yield Finding(EXACT, (release.keys[cell],), low, high)


def _narrow(release: Release, needs: Needs, found: Bounds, at: NDArray) -> Iterator[Finding]:
    for cell, low, high, width in zip(*needs, strict=True):
        if at[cell] < 0:
            continue
        least, most = found.lower[at[cell]], found.upper[at[cell]]
        short = least > low + CLOSE or most < high - CLOSE or most - least < width - CLOSE
        if short and most - least > CLOSE:
            yield Finding(NARROW, (release.keys[cell],), least, most)


def _unions(release: Release, blank: Flags, smallest_shown: int) -> Iterator[Finding]:
    unknown, parts = _unknown(release, blank), release.sums > 0
    number, together = parts @ blank.astype(float), parts @ np.where(blank, release.value, 0.0)
    together = np.abs(together)
    certain = (release.sums != 0) @ unknown.astype(float) == number  # the total and all other parts are printed
    for row in np.flatnonzero(certain & (number > 1) & (together > 0) & (together < smallest_shown)):
        cells = parts[[row]].tocoo().col
        yield Finding(UNION, tuple(release.keys[cell] for cell in cells[blank[cells]]), *(float(together[row]),) * 2)


def _insiders(release: Release, blank: Flags, alone: Flags) -> Iterator[Finding]:
    unknown = _unknown(release, blank)
    for person in np.flatnonzero(alone & unknown):
        known = {int(person): float(release.value[person])}
        for part in _parts(release, unknown, known):
            watched = blank[part.cell] & (part.cell != person)
            if person not in part.cell or not watched.any():
                continue
            for place in np.flatnonzero(_still(part, watched, release.whole)):
                cell = part.cell[place]
                if _same_person(release, unknown, person, cell):
                    continue
                yield Finding(INSIDER, (release.keys[person], release.keys[cell]), *(release.value[cell],) * 2)


def _same_person(release: Release, unknown: Flags, person: int, cell: int) -> bool:
    """Whether two cells are one person in every table: a count and a total whose other parts are printed zeros."""
    if release.value[person] != release.value[cell]:
        return False
    part = next(part for part in _parts(release, unknown, {}) if person in part.cell)
    if cell not in part.cell:
        return False
    apart = (part.cell == cell).astype(float) - (part.cell == person)
    tables = [_extreme(part, apart * side, release.whole, 10.0)[0] for side in (1.0, -1.0)]
    return all(table is not None and abs(apart @ table) <= CLOSE for table in tables)


def _unknown(release: Release, blank: Flags) -> Flags:
    return np.asarray(blank, bool) | ~release.printed


def _parts(release: Release, unknown: Flags, known: dict[int, float]) -> Iterator[_Part]:
    """The reader's equations, cut into systems that share no unknown; bounds already narrowed by hand arithmetic."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    cell = np.flatnonzero(unknown)
    matrix = sparse.csr_array(sparse.csr_array(release.sums)[:, cell])
    right = -(release.sums @ np.where(unknown, 0.0, release.value))
    lower, upper = release.lower[cell].copy(), release.upper[cell].copy()
    for person, value in known.items():
        lower[cell == person] = upper[cell == person] = value
    _, label = connected_components((abs(matrix.T) @ abs(matrix)), directed=False)
    row_label = np.full(matrix.shape[0], -1)
    entries = matrix.tocoo()
    row_label[entries.row] = label[entries.col]
    for part in range(label.max(initial=-1) + 1):
        rows, own = np.flatnonzero(row_label == part), np.flatnonzero(label == part)
        system = sparse.csr_array(matrix[rows][:, own])
        yield _Part(cell[own], system, right[rows], *_narrowed(system, right[rows], lower[own], upper[own]))


def _narrowed(matrix: "csr_array", right: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Bounds after each equation has been read for each of its cells, again and again (interval propagation)."""
    entries = matrix.tocoo()
    row, col, sign = entries.row, entries.col, entries.data
    lower, upper = lower.copy(), upper.copy()
    for _ in range(PASSES):
        before = lower.copy(), upper.copy()
        for side in (1.0, -1.0):
            least = np.where(sign * side > 0, lower[col], upper[col]) * sign * side
            endless = ~np.isfinite(least)
            total = np.bincount(row, np.where(endless, 0, least), matrix.shape[0])
            number = np.bincount(row, endless, matrix.shape[0])
            usable = number[row] - endless == 0
            rest = (side * right[row] - (total[row] - np.where(endless, 0, least))) / np.abs(sign)
            up = usable & (sign * side > 0)
            down = usable & (sign * side < 0)
            np.minimum.at(upper, col[up], rest[up])
            np.maximum.at(lower, col[down], -rest[down])
        if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
            break
    if (lower > upper + CLOSE * np.maximum(1, np.abs(upper))).any():
        raise ArgumentError("blank : les chiffres montrés se contredisent.")
    return np.minimum(lower, upper), np.maximum(lower, upper)


def _ends(part: _Part, whole: bool, seconds: float) -> tuple[Floats, Floats, Flags]:
    """Both ends of every cell of one system; a table found for one cell often proves an end of another."""
    size = part.cell.size
    low, high, proved = np.full(size, np.inf), np.full(size, -np.inf), np.ones(size, bool)
    for cell in range(size):
        for side in (1.0, -1.0):
            wanted, reached = (part.lower, low) if side > 0 else (part.upper, high)
            if abs(reached[cell] - wanted[cell]) <= CLOSE:
                continue
            table, sure = _extreme(part, np.eye(1, size, cell)[0] * side, whole, seconds)
            proved[cell] &= sure
            if table is None:  # no end on this side
                reached[cell] = -side * np.inf
            else:
                low, high = np.fmin(low, table), np.fmax(high, table)
    return low, high, proved


def _extreme(part: _Part, direction: Floats, whole: bool, seconds: float) -> tuple[Floats | None, bool]:
    """The table that makes `direction @ table` smallest, None where there is no end, and whether that is proved.

    A search that fails gives NaN, which counts as nothing found: the cell is then not taken as protected.
    """
    found = _solve(part, direction, False, seconds)
    if found.status == 3 or "nbounded" in found.message:
        return None, True
    if found.status == 2:
        raise ArgumentError("blank : les chiffres montrés se contredisent.")
    if found.x is None:
        return np.full(part.cell.size, np.nan), False
    if not whole:
        return found.x, True
    rounded = np.round(found.x)
    if np.abs(found.x - rounded).max() <= CLOSE:
        return rounded, True
    found = _solve(part, direction, True, seconds)
    if found.x is None and found.status == 2:
        raise ArgumentError("blank : aucun tableau de nombres entiers ne donne les chiffres montrés.")
    return (np.full(part.cell.size, np.nan) if found.x is None else np.round(found.x)), found.status == 0


def _solve(part: _Part, direction: Floats, whole: bool, seconds: float):
    from scipy.optimize import Bounds as Box
    from scipy.optimize import LinearConstraint, milp

    sums = LinearConstraint(part.matrix, part.right, part.right)
    limits = {"time_limit": seconds} if whole else {}
    box, kinds = Box(part.lower, part.upper), np.full(part.cell.size, int(whole))
    return milp(direction, constraints=sums, integrality=kinds, bounds=box, options=limits)


def _still(part: _Part, watched: Flags, whole: bool) -> Flags:
    """Which watched cells have the same value in every table."""
    still, fixed, first = watched.copy(), np.zeros(watched.size, bool), None
    while (still & ~fixed).any():
        target = int(np.flatnonzero(still & ~fixed)[0])
        aim = np.eye(1, still.size, target)[0]
        tables = [_extreme(part, aim * side, whole, 10.0)[0] for side in (1.0, -1.0)]
        if any(table is None for table in tables):
            still[target] = False
            continue
        first = tables[0] if first is None else first
        still &= ~np.any([np.abs(table - first) > CLOSE for table in tables], axis=0)
        fixed[target] = True
    return still
