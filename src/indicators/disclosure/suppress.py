"""Which further cells to blank, so that no reader can work the secret ones back.

Two searches. The first goes from need to need and blanks the cheapest cells along which the figures
could have been different (a linear programme), then shows again what proves useless. The second finds
the cheapest pattern of all by cutting planes, where the tables are small enough. A pattern is kept only
with tables that prove it: other figures, the same printed ones, one at least for each end of each need.

References
----------
Fischetti M, Salazar-González JJ (2001), Management Science 47:1008-1027.
Kelly JP, Golden BL, Assad AA (1992), Networks 22:397-417.
"""

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.disclosure.model import Flags, Floats, Needs, Release
from indicators.methods import arguments

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CLOSE = 1e-6
SLACK = 1e-3  # how far a printed cell may move when a cut is sought: it makes the cut name the cheapest cells
SMALL = 600  # cells that may be blanked, above which the cheapest pattern of all is not sought
WHOLE_SECONDS = 5.0  # for one table of whole numbers
NEAR = 2  # sums from a cell to those tried first


class Pattern(NamedTuple):
    """Which cells are blank, and how far to trust it."""

    blank: Flags
    secondary: Flags  # blank without being secret
    exposed: NDArray[np.int64]  # cells of the needs that no pattern found protects: publish nothing
    method: str  # "optimal": none cheaper by 1 in 10,000, figures moving ten times the needs at most; "heuristic"
    stopped: bool  # time ran out: more is blank than need be


def suppress(
    release: Release,
    secret: ArrayLike,
    needs: Needs,
    *,
    cost: ArrayLike | None = None,
    keep: ArrayLike | None = None,
    alone: ArrayLike | None = None,
    seconds: float = 60.0,
) -> Pattern:
    """Blank the secret cells and as few others as protects them.

    `cost` of blanking each cell: 1 unless given, and then the smaller figure between equals. `keep`
    marks cells never to blank unless they are secret: zeros unless given. `alone` marks cells with one
    person behind them, who knows that figure and must work out no other blank. After `seconds` the
    search blanks more rather than go on.

    Examples
    --------
    >>> from indicators.disclosure.model import Axis, not_exact, table
    >>> square = table([Axis.flat("a", "xy"), Axis.flat("b", "uv")], [[3, 20], [30, 40]])
    >>> secret = square.value == 3
    >>> pattern = suppress(square, secret, not_exact(square, secret))
    >>> int(pattern.secondary.sum()), pattern.method
    (3, 'optimal')
    """
    secret = np.asarray(secret, bool)
    keep = release.value == 0 if keep is None else np.asarray(keep, bool)
    weights = _costs(release) if cost is None else arguments.positive("cost", cost)
    arguments.same_length(value=release.value, secret=secret, keep=keep, cost=weights)
    search = _Search(release, secret, needs, weights, keep, monotonic() + seconds)
    _go(search)
    best, method = search.blank.copy(), "heuristic" if search.secondary().any() else "optimal"
    if not search.unmet().size and 0 < search.free().sum() + search.secondary().sum() <= SMALL:
        found = _cheapest(search, monotonic() + (search.until - monotonic()) / 2)
        best, method = (best, method) if found is None else (found, "optimal")
    search.restart(best)
    if alone is not None and _against_insiders(search, np.asarray(alone, bool)):
        method = "heuristic"
    return Pattern(search.blank & release.printed, search.secondary(), search.unmet_cells(), method, search.stopped)


def _costs(release: Release) -> Floats:
    size = np.abs(release.value)
    return 1 + 0.5 * size / max(1.0, size.sum())


class _Search:
    """The pattern so far and the tables that prove it, as differences from the true one."""

    def __init__(self, release: Release, secret: Flags, needs: Needs, cost: Floats, keep: Flags, until: float):
        self.release, self.secret, self.cost, self.until = release, secret, cost, until
        self.keep = keep & ~secret & release.printed
        self.sums: csr_array = release.sums
        self.links, self.linked = abs(self.sums), abs(self.sums).T.tocsr()
        true = release.value
        self.rises, self.falls = needs.high - true[needs.cell], true[needs.cell] - needs.low
        furthest = np.concatenate([self.rises, self.falls, needs.width, [1.0]]).max()
        cap = 10 * furthest  # what is proved without moving any figure further is proved: more blanks, never less
        self.up, self.down = np.minimum(release.upper - true, cap), np.minimum(true - release.lower, cap)
        self.needs, self.stopped = needs, False
        self.restart(secret | ~release.printed)

    def restart(self, blank: Flags) -> None:
        """Take up a pattern, keeping the tables that hold under it."""
        old = getattr(self, "tables", np.zeros((0, blank.size)))
        self.blank, self.tables = blank | self.secret | ~self.release.printed, np.zeros((0, blank.size))
        self.add(old[~(old[:, ~self.blank] != 0).any(axis=1)])

    def free(self) -> Flags:
        return ~self.blank & ~self.keep

    def secondary(self) -> Flags:
        return self.blank & ~self.secret & self.release.printed

    def add(self, tables: NDArray) -> None:
        """Keep tables, and blank what moves in them."""
        tables = np.atleast_2d(tables)
        self.tables = np.vstack([self.tables, tables])
        self.blank = self.blank | (tables != 0).any(axis=0)

    def met(self, moves: NDArray, needs: NDArray | slice = slice(None)) -> Flags:
        """Whether the moves of the cells of needs, one row per table, prove each of them."""
        most, least = moves.max(axis=0, initial=0.0), -moves.min(axis=0, initial=0.0)
        wide = most + least >= self.needs.width[needs] - CLOSE
        return wide & (most >= self.rises[needs] - CLOSE) & (least >= self.falls[needs] - CLOSE)

    def unmet(self) -> NDArray[np.int64]:
        return np.flatnonzero(~self.met(self.tables[:, self.needs.cell]))

    def unmet_cells(self) -> NDArray[np.int64]:
        return np.unique(self.needs.cell[self.unmet()])

    def late(self) -> bool:
        return monotonic() > self.until

    def systems(self) -> NDArray[np.int64]:
        """A number per cell: blanks with the same number depend on each other, -1 for what is printed."""
        from scipy.sparse.csgraph import connected_components

        cells, label = np.flatnonzero(self.blank), np.full(self.blank.size, -1)
        part = self.links[:, cells]
        label[cells] = connected_components(part.T @ part, directed=False)[1]
        return label

    def near(self, cell: int, sums: int) -> Flags:
        """Cells that so many sums reach from a cell."""
        found = np.zeros(self.blank.size)
        found[cell] = 1
        for _ in range(sums):
            found = (self.linked @ (self.links @ found) > 0).astype(float)
        return found > 0


def _go(search: _Search) -> None:
    """Meet each need, the furthest first, then show again what is not needed."""
    _sweep(search)
    order = np.argsort(-np.maximum(search.rises, search.falls), kind="stable")
    for turn, need in enumerate(order):
        if search.late():
            _blank_around(search)
            break
        _meet(search, int(need))
        if turn % 25 == 24:
            _sweep(search, 2)
    _show_again(search, monotonic() + (search.until - monotonic()) / 2)


def _meet(search: _Search, need: int) -> None:
    cell = int(search.needs.cell[need])
    for side, far in ((1.0, search.rises[need]), (-1.0, search.falls[need])):
        moves = search.tables[:, cell] * side
        if far > CLOSE and moves.max(initial=0.0) < far - CLOSE:
            _route(search, cell, side * far)
    moves = search.tables[:, cell]
    lacking = search.needs.width[need] - moves.max(initial=0.0) + moves.min(initial=0.0)
    if lacking > CLOSE and not _route(search, cell, moves.max(initial=0.0) + lacking):
        _route(search, cell, moves.min(initial=0.0) - lacking)


def _route(search: _Search, cell: int, move: float, still: int | None = None) -> bool:
    """Find a table where a cell moves so far at the least cost in new blanks, and keep it."""
    for allowed in (search.near(cell, NEAR) | search.blank, np.ones(search.blank.size, bool)):
        usable = allowed & ~search.keep
        if still is not None:
            usable[still] = False
        table = _table(search, usable, np.where(search.blank, 0.0, search.cost), {cell: move})
        if table is not None:
            search.add(table)
            return True
    return False


def _table(search: _Search, usable: Flags, cost: Floats, moves: dict[int, float]) -> Floats | None:
    """The cheapest difference that keeps every sum, moves cells as told and no cell that is not usable."""
    cells = np.flatnonzero(usable)
    fixed = np.array([moves.get(int(cell), 0.0) for cell in cells])
    if not set(moves) <= set(cells.tolist()):
        return None
    up = np.where(fixed != 0, np.maximum(fixed, 0), search.up[cells])
    down = np.where(fixed != 0, np.maximum(-fixed, 0), search.down[cells])
    if (fixed > search.up[cells] + CLOSE).any() or (-fixed > search.down[cells] + CLOSE).any():
        return None
    low = np.concatenate([np.maximum(fixed, 0), np.maximum(-fixed, 0)])
    found = _split(search, cells, cost, low, np.concatenate([up, down]), False)
    if found is not None and search.release.whole and np.abs(found - np.round(found)).max(initial=0.0) > CLOSE:
        found = _split(search, cells, cost, low, np.concatenate([up, down]), True)
    if found is None:
        return None
    table = np.zeros(search.blank.size)
    table[cells] = np.round(found) if search.release.whole else _without_dust(found)
    return table


def _split(search: _Search, cells: NDArray, cost: Floats, low: Floats, high: Floats, whole: bool) -> Floats | None:
    """Rises and falls as two amounts that both cost."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    part = _columns(search, cells)
    price = np.tile(cost[cells] + 1e-4, 2)  # figures move no further than they must
    kinds, box = np.full(price.size, int(whole)), Bounds(low, high)
    both = LinearConstraint(sparse.hstack([part, -part], format="csr"), 0, 0)
    limits = {"time_limit": WHOLE_SECONDS} if whole else {}
    found = milp(price, constraints=both, bounds=box, integrality=kinds, options=limits)
    return None if found.x is None else found.x[: cells.size] - found.x[cells.size :]


def _columns(search: _Search, cells: NDArray) -> "csr_array":
    from scipy import sparse

    part = sparse.csr_array(search.sums[:, cells])
    return part[np.flatnonzero(np.diff(part.indptr))]


def _sweep(search: _Search, rounds: int = 8) -> None:
    """Move many needs at once, up or down at random, along what is blank already."""
    random = np.random.default_rng(search.tables.shape[0])
    for _ in range(rounds):
        unmet = search.unmet()
        if not unmet.size or search.late():
            return
        search.add(_wave(search, unmet, random.choice([-1.0, 1.0], unmet.size)))


def _wave(search: _Search, unmet: NDArray, sides: Floats) -> NDArray:
    """One table where the unmet needs go as far as they must, as many as can; only its sound parts."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    cells = np.flatnonzero(search.blank)
    up, down = search.up.copy(), search.down.copy()
    own = search.needs.cell[unmet]
    far = np.maximum(search.needs.width[unmet], 0)
    up[own] = np.minimum(up[own], np.maximum(search.rises[unmet], far))
    down[own] = np.minimum(down[own], np.maximum(search.falls[unmet], far))
    aim = np.zeros(search.blank.size)
    aim[own] = -sides
    part = _columns(search, cells)
    sums = LinearConstraint(part, 0, 0) if part.shape[0] else None
    found = milp(aim[cells], constraints=sums, bounds=Bounds(-down[cells], up[cells]))
    table = np.zeros((1, search.blank.size))
    if found.x is not None:
        table[0, cells] = _sound(part, found.x) if search.release.whole else _without_dust(found.x)
    return table


def _without_dust(table: Floats) -> Floats:
    return np.where(np.abs(table) < CLOSE, 0.0, table)


def _sound(part: "csr_array", table: Floats) -> Floats:
    """A table of whole numbers: systems that share no cell are taken where theirs are whole, left still elsewhere."""
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(abs(part.T) @ abs(part), directed=False)
    broken = np.abs(table - np.round(table)) > CLOSE
    spoiled = np.bincount(label, broken, label.max(initial=0) + 1) > 0
    return np.where(spoiled[label], 0.0, np.round(table))


def _blank_around(search: _Search) -> None:
    """No time left: blank all that surrounds the needs not met, and see what that proves."""
    search.stopped = True
    for sums in (NEAR, NEAR + 2):
        for cell in search.unmet_cells():
            search.blank = search.blank | (search.near(int(cell), sums) & search.free())
        search.until = monotonic() + WHOLE_SECONDS
        _sweep(search, 40)


def _show_again(search: _Search, until: float) -> None:
    """Print again the secondary blanks that no need rests on, the dearest first; late, only the plain ones."""
    system, own = search.systems(), search.needs.cell
    moves = search.tables[:, own]
    met = search.met(moves)
    for cell in sorted(np.flatnonzero(search.secondary()), key=lambda cell: -search.cost[cell]):
        dead = search.tables[:, cell] != 0
        touched = np.flatnonzero(met & (moves[dead] != 0).any(axis=0))
        lost = touched[~search.met(moves[~dead][:, touched], touched)]
        usable = search.blank & (system == system[cell])
        usable[cell] = False
        extra = _instead(search, usable, moves[~dead], lost, until)
        if extra is None:
            continue
        search.blank[cell] = False
        if dead.any() or len(extra):
            search.tables = np.vstack([search.tables[~dead], extra])
            moves = search.tables[:, own]


def _instead(search: _Search, usable: Flags, moves: NDArray, lost: NDArray, until: float) -> NDArray | None:
    """Tables that meet the lost needs with the usable blanks only; None where one cannot be met or time is out."""
    found, free = np.zeros((0, usable.size)), np.zeros(usable.size)
    for need in lost:
        cell, width = int(search.needs.cell[need]), search.needs.width[need]
        known = np.append(moves[:, need], found[:, cell])
        ends = [(side * far,) for side, far in ((1.0, search.rises[need]), (-1.0, search.falls[need])) if far > CLOSE]
        ends = [end for end in ends if (known * np.sign(end[0])).max(initial=0.0) < abs(end[0]) - CLOSE]
        if not ends and np.ptp(np.append(known, 0.0)) < width - CLOSE:
            ends = [(width, -width)]
        for choices in ends:
            tried = (None if monotonic() > until else _table(search, usable, free, {cell: move}) for move in choices)
            table = next((table for table in tried if table is not None), None)
            if table is None:
                return None
            found = np.vstack([found, table])
            known = np.append(known, table[cell])
        if np.ptp(np.append(known, 0.0)) < width - CLOSE:
            return None
    return found


def _cheapest(search: _Search, until: float) -> Flags | None:
    """The cheapest pattern of all, by cutting planes; None where time runs out first."""
    candidates = np.flatnonzero(~search.secret & search.release.printed & ~search.keep)
    fixed = (search.secret | ~search.release.printed).astype(float)
    cuts, limits = [np.zeros(candidates.size)], [0.0]
    while monotonic() < until:
        chosen = _master(search.cost[candidates], cuts, limits, until - monotonic())
        if chosen is None:
            return None
        share = fixed.copy()
        share[candidates] = chosen
        found = _cuts(search, share, until)
        if found is None:
            return None
        if not found:
            if _proved(search, share > 0.5):
                return share > 0.5
            found = [((share < 0.5).astype(float), 1.0)]  # whole numbers need one blank more, whichever it is
        for coefficient, limit in found:
            cuts.append(coefficient[candidates])
            limits.append(limit - coefficient @ fixed)
    return None


def _master(cost: Floats, cuts: list[Floats], limits: list[float], seconds: float) -> Floats | None:
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows = LinearConstraint(sparse.csr_array(np.array(cuts)), np.array(limits), np.inf)
    options = {"time_limit": max(0.1, seconds)}
    whole = np.ones(cost.size)
    found = milp(cost, constraints=rows, bounds=Bounds(0, 1), integrality=whole, options=options)
    return np.round(found.x) if found.status == 0 else None


def _cuts(search: _Search, share: Floats, until: float) -> list[tuple[Floats, float]] | None:
    """What every protecting pattern fulfils and this one does not: coefficients and what they must reach."""
    found = []
    for need, cell in enumerate(search.needs.cell):
        if monotonic() > until:
            return None
        rise, fall = search.rises[need], search.falls[need]
        sides = {side: _reach(search, share, int(cell), side) for side in (1.0, -1.0)}
        aims = [(far, (side,)) for side, far in ((1.0, rise), (-1.0, fall)) if far > CLOSE]
        aims += [(search.needs.width[need], (1.0, -1.0))] if search.needs.width[need] > CLOSE else []
        for far, used in aims:
            coefficient = np.minimum(sum(sides[side] for side in used), far)
            if coefficient @ share < far - 1e-4 * max(1.0, far):
                found.append((coefficient, far))
    return found


def _reach(search: _Search, share: Floats, cell: int, side: float) -> Floats:
    """How much each cell, blank, would let a cell move: the prices of the reader's linear programme."""
    from scipy.optimize import linprog

    loose = np.where(search.keep, 0.0, np.maximum(share, SLACK))
    aim = np.zeros(loose.size)
    aim[cell] = -side
    box = np.column_stack([-search.down * loose, search.up * loose])
    found = linprog(aim, A_eq=search.sums, b_eq=np.zeros(search.sums.shape[0]), bounds=box, method="highs")
    return -found.upper.marginals * search.up + found.lower.marginals * search.down


def _proved(search: _Search, blank: Flags) -> bool:
    """Whether tables meet every need under a pattern, whole numbers where they must be."""
    trial = _Search(search.release, search.secret, search.needs, search.cost, ~blank, search.until)
    trial.tables, trial.blank = np.zeros((0, blank.size)), blank.copy()
    _sweep(trial, 6)
    for need in trial.unmet():
        _meet(trial, int(need))
    search.tables = np.vstack([search.tables, trial.tables])
    return not trial.unmet().size


def _against_insiders(search: _Search, alone: Flags) -> bool:
    """Blank more until nobody who is alone in a cell works out another blank; whether anything was added."""
    before, seen = search.secondary().sum(), -1
    while search.blank.sum() > seen:  # whatever the hour: this blanks more, never less
        seen = search.blank.sum()
        for person in np.flatnonzero(alone & search.blank):
            system = search.systems()
            others = search.blank & search.release.printed & (system == system[person])
            others[person] = False
            _move_without(search, int(person), np.flatnonzero(others))
    return bool(search.secondary().sum() > before)


def _move_without(search: _Search, person: int, others: NDArray) -> None:
    """Tables where each other cell moves and the person's does not."""
    for cell in others:
        standing = search.tables[search.tables[:, person] == 0, cell]
        if not standing.any() and not _route(search, int(cell), 1.0, person):
            _route(search, int(cell), -1.0, person)
