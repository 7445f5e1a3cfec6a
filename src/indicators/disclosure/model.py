"""The cells of a release and the sums that bind them: the tables as a reader with a pencil sees them.

Every table, total, hierarchy and linked table becomes one list of cells and one sparse matrix:
`sums @ value = 0`, a total with -1 and its parts with 1. A cell that two tables share is one cell.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Key = tuple[Hashable, ...]
SHOWN = 5  # keys written out
TOLERANCE = 1e-6  # of the largest figure, when sums are checked


class Axis(NamedTuple):
    """One dimension: its places, totals included, and which add up to which.

    A place may be part of several totals (a month of its quarter and of the year to date).
    """

    name: str
    places: tuple[str, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def flat(cls, name: str, places: Sequence[str], total: str | None = "Total") -> "Axis":
        """Places and, unless `total` is None, their total."""
        return cls(name, tuple(places), ()) if total is None else cls.tree(name, {total: places})

    @classmethod
    def tree(cls, name: str, parts: Mapping[str, Sequence[str]]) -> "Axis":
        """Totals and their parts, at as many levels as there are.

        >>> Axis.tree("dep", {"R1": ["d1", "d2"], "Total": ["R1", "R2"]}).places
        ('d1', 'd2', 'R2', 'R1', 'Total')
        """
        listed = dict.fromkeys(place for members in parts.values() for place in members)
        leaves = [place for place in listed if place not in parts]
        return cls(name, (*leaves, *parts), tuple((total, tuple(members)) for total, members in parts.items()))

    @property
    def leaves(self) -> tuple[str, ...]:
        totals = {total for total, _ in self.sums}
        return tuple(place for place in self.places if place not in totals)

    @property
    def top(self) -> str | None:
        """The place that holds every leaf, where there is one: a table that lacks the axis is at that place."""
        inside = {place for _, members in self.sums for place in members}
        tops = {total for total, _ in self.sums} - inside
        whole = [top for top in tops if np.unique(self.within()[top]).size == len(self.leaves)]
        return whole[0] if len(whole) == 1 else None

    def within(self) -> dict[str, NDArray[np.int64]]:
        """The leaves of each place, as positions."""
        found = {leaf: np.array([place]) for place, leaf in enumerate(self.leaves)}
        parts = dict(reversed(self.sums))  # any one of the sums of a total gives its leaves
        for place in self.places:
            self._resolve(place, parts, found, ())
        return found

    def _resolve(self, place: str, parts: Mapping, found: dict, above: tuple[str, ...]) -> NDArray[np.int64]:
        if place in above:
            raise ArgumentError(f"{self.name} : « {place} » est sa propre partie.")
        if place not in found:
            found[place] = np.concatenate([self._resolve(part, parts, found, (*above, place)) for part in parts[place]])
        return found[place]

    def membership(self) -> "csr_array":
        """How many times each leaf is in each place: one row per place, one column per leaf."""
        from scipy import sparse

        within = self.within()
        columns = [within[place] for place in self.places]
        rows = np.repeat(np.arange(len(columns)), [column.size for column in columns])
        entries = (np.ones(rows.size), (rows, np.concatenate(columns)))
        return sparse.csr_array(entries, shape=(len(columns), len(self.leaves)))


class Release(NamedTuple):
    """Cells that are published together, the equations between them and what a reader knows beforehand."""

    keys: tuple[Key, ...]
    value: Floats  # true values
    sums: "csr_array"  # one row per equation, sums @ value = 0
    lower: Floats  # what anybody knows of a cell without the tables; 0 for counts
    upper: Floats
    printed: Flags  # False: a cell that no table has a place for (inner cells of a table seen by its margins)
    whole: bool  # whole numbers, and known to be

    def places(self, keys: Iterable[Key]) -> NDArray[np.int64]:
        """Where keys are in the list; an unknown one is refused."""
        at = {key: place for place, key in enumerate(self.keys)}
        keys = list(keys)
        if unknown := [key for key in keys if key not in at]:
            raise ArgumentError(f"keys : cellules inconnues : {', '.join(map(str, unknown[:SHOWN]))}.")
        return np.array([at[key] for key in keys], dtype="int64")


def table(axes: Sequence[Axis], values: ArrayLike, *, measure: str | None = None, signed: bool = False) -> Release:
    """A table of any number of axes with all its margins, from the figures of its innermost cells.

    `values` has one dimension per axis, in the order of `Axis.leaves`. A key is the place on each axis,
    preceded by `measure` if there is one. Negative figures are refused unless `signed`: a reader who
    knows that no figure is negative knows more.

    Examples
    --------
    >>> small = table([Axis.flat("sex", ["F", "M"]), Axis.flat("age", ["0-64", "65+"])], [[3, 20], [30, 40]])
    >>> dict(zip(small.keys, small.value.tolist(), strict=True))["F", "Total"]
    23.0
    """
    from scipy import sparse

    inner = _inner(axes, values, signed)
    full = inner
    for place, axis in enumerate(axes):
        full = _added(axis, np.moveaxis(full, place, 0), place)
    blocks = [_crossed(axes, place) for place in range(len(axes))]
    sums = sparse.csr_array(sparse.vstack(blocks)) if blocks else sparse.csr_array((0, full.size))
    whole = bool(np.all(inner == np.round(inner)))
    keys = _keys([axis.places for axis in axes], () if measure is None else (measure,))
    low = np.full(full.size, -np.inf if signed else 0.0)
    return Release(keys, full.ravel(), sums, low, np.full(full.size, np.inf), np.ones(full.size, bool), whole)


def _inner(axes: Sequence[Axis], values: ArrayLike, signed: bool) -> Floats:
    try:
        inner = np.asarray(values, dtype="float64")
    except (TypeError, ValueError):
        raise ArgumentError("values : un tableau rectangulaire de nombres est attendu.") from None
    wanted = tuple(len(axis.leaves) for axis in axes)
    if inner.shape != wanted:
        raise ArgumentError(f"values : forme {inner.shape} au lieu de {wanted}.")
    wrong = ~np.isfinite(inner) | ((inner < 0) & (not signed))
    if wrong.any():
        first = ", ".join(str(tuple(map(int, place))) for place in np.argwhere(wrong)[:SHOWN])
        raise ArgumentError(f"values : valeur manquante, infinie ou négative (position {first}).")
    return inner


def _added(axis: Axis, front: Floats, place: int) -> Floats:
    """The figures with the totals of one axis, which comes first in `front` and goes back to its place."""
    flat = axis.membership() @ front.reshape(front.shape[0], -1)
    return np.moveaxis(flat.reshape(len(axis.places), *front.shape[1:]), 0, place)


def _crossed(axes: Sequence[Axis], place: int) -> "csr_array":
    """The sums along one axis, at every place of the others."""
    from scipy import sparse

    sizes = [len(axis.places) for axis in axes]
    before, after = (sparse.eye_array(int(np.prod(part))) for part in (sizes[:place], sizes[place + 1 :]))
    return sparse.kron(sparse.kron(before, _own(axes[place])), after, format="csr")


def _own(axis: Axis) -> "csr_array":
    from scipy import sparse

    own = sparse.lil_array((len(axis.sums), len(axis.places)))
    at = {name: place for place, name in enumerate(axis.places)}
    for row, (total, members) in enumerate(axis.sums):
        own[row, at[total]] = -1
        for member in members:
            own[row, at[member]] += 1
    return own.tocsr()


def _keys(places: Sequence[Sequence[str]], start: Key) -> tuple[Key, ...]:
    keys = [start]
    for choices in places:
        keys = [(*key, choice) for key in keys for choice in choices]
    return tuple(keys)


def named(release: Release, axes: Sequence[Axis], measure: Hashable = None) -> Release:
    """The same cells under names that other tables share: the places by axis, tops left out.

    A table by department and sex and one by department and age then have their departments in common.
    """
    tops = [axis.top for axis in axes]
    names = [axis.name for axis in axes]
    pairs = [set(zip(names, key, strict=True)) for key in release.keys]
    omitted = set(zip(names, tops, strict=True))
    return release._replace(keys=tuple((measure, *sorted(key - omitted)) for key in pairs))


def linked(*releases: Release) -> Release:
    """Several tables as one: a key that several hold is one cell; a reader keeps the best known bounds.

    Two true values for one key are refused.
    """
    from scipy import sparse

    keys = tuple(dict.fromkeys(key for release in releases for key in release.keys))
    at = {key: place for place, key in enumerate(keys)}
    value, lower, upper = np.full(len(keys), np.nan), np.full(len(keys), -np.inf), np.full(len(keys), np.inf)
    printed, blocks = np.zeros(len(keys), bool), []
    for release in releases:
        where = np.array([at[key] for key in release.keys], dtype="int64")
        _agree(release, value[where])
        value[where], lower[where] = release.value, np.maximum(lower[where], release.lower)
        upper[where], printed[where] = np.minimum(upper[where], release.upper), printed[where] | release.printed
        own = release.sums.tocoo()
        blocks.append(sparse.coo_array((own.data, (own.row, where[own.col])), shape=(own.shape[0], len(keys))))
    whole = all(release.whole for release in releases)
    return Release(keys, value, sparse.csr_array(sparse.vstack(blocks)), lower, upper, printed, whole)


def _agree(release: Release, known: Floats) -> None:
    allowed = TOLERANCE * np.maximum(1, np.abs(release.value))
    if (apart := np.flatnonzero(np.abs(known - release.value) > allowed)).size:
        listed = ", ".join(str(release.keys[place]) for place in apart[:SHOWN])
        raise ArgumentError(f"releases : deux valeurs pour une même cellule : {listed}.")


def bound(release: Release, totals: Mapping[Key, Sequence[Key]]) -> Release:
    """The same cells with further sums: months of a quarter, a difference that somebody can take."""
    from scipy import sparse

    extra = sparse.lil_array((len(totals), len(release.keys)))
    for row, (total, members) in enumerate(totals.items()):
        extra[row, release.places([total])[0]] = -1
        for place in release.places(members):
            extra[row, place] += 1
    whole = release._replace(sums=sparse.csr_array(sparse.vstack([release.sums, extra.tocsr()])))
    off = np.abs(extra.tocsr() @ release.value) > TOLERANCE * max(1, np.abs(release.value).max(initial=0))
    if off.any():
        wrong = [str(list(totals)[row]) for row in np.flatnonzero(off)[:SHOWN]]
        raise ArgumentError(f"totals : ne sont pas la somme de leurs parties : {', '.join(wrong)}.")
    return whole


class Needs(NamedTuple):
    """What a reader must still hold possible: cell `cell` from `low` to `high`, and `width` apart at least."""

    cell: NDArray[np.int64]
    low: Floats
    high: Floats
    width: Floats

    def and_(self, other: "Needs") -> "Needs":
        return Needs(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def not_exact(release: Release, secret: Flags, width: float = 1.0) -> Needs:
    """The least protection: no secret cell has one possible value only; `width` is 1 for whole numbers."""
    cell = np.flatnonzero(secret)
    value = release.value[cell]
    return Needs(cell, value, value, np.full(cell.size, float(width)))


def whole_rule(release: Release, secret: Flags, smallest_shown: int, zero: bool = False) -> Needs:
    """Full protection of counts: a secret cell may be anything that the rule withholds, as far as readers know."""
    cell = np.flatnonzero(secret)
    value = release.value[cell]
    least = np.where(zero | (value == 0), 0.0, 1.0)
    low = np.minimum(value, np.maximum(least, release.lower[cell]))
    high = np.maximum(value, np.minimum(smallest_shown - 1.0, release.upper[cell]))
    return Needs(cell, low, high, np.ones(cell.size))


def with_unions(release: Release, secret: Flags, smallest_shown: int) -> tuple[Release, Flags, Flags]:
    """The release with one unprinted cell for the secret parts of each sum that are small together.

    Two secret cells of 3 and 4 under a shown total are a group of 7 that subtraction gives away. Returns
    the longer release, the longer `secret` and which cells are such unions.
    """
    from scipy import sparse

    positive = release.sums > 0
    parts = sparse.csr_array(positive @ sparse.diags_array(secret.astype(float)))
    together, number = np.abs(parts @ release.value), parts @ np.ones(secret.size)
    others = positive @ (~secret & (release.value != 0)).astype(float)  # none: the total is itself secret
    rows = np.flatnonzero((number > 1) & (together > 0) & (together < smallest_shown) & (others > 0))
    count, keys = rows.size, tuple(("union", int(row)) for row in rows)
    union = np.arange(secret.size + count) >= secret.size
    if not count:
        return release, secret, union
    extra = sparse.hstack([parts[rows], -sparse.eye_array(count)])
    old = sparse.hstack([release.sums, sparse.csr_array((release.sums.shape[0], count))])
    longer = Release(
        (*release.keys, *keys),
        np.append(release.value, parts[rows] @ release.value),
        sparse.csr_array(sparse.vstack([old, extra])),
        np.append(release.lower, parts[rows] @ release.lower),
        np.append(release.upper, np.full(count, np.inf)),
        np.append(release.printed, np.zeros(count, bool)),
        release.whole,
    )
    return longer, np.append(secret, np.ones(count, bool)), union
