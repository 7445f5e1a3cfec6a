"""Draw the lines of a file out of all possible cells, so that their sums stay right."""

import numpy as np


def draw(amounts: np.ndarray, rows: np.ndarray, rng: np.random.Generator):
    """Choose cells for about `rows` lines a group: their flat positions and their amounts.

    `amounts` has one line a group and one column a cell; `rows` has one number a group. A cell
    worth a line of its own keeps its amount; smaller ones are drawn systematically, with a
    chance in proportion to their amount, and the chosen one carries one full step. The expected
    sum of a group is its sum. A group of zero rows or zero amount gives nothing.

    Examples
    --------
    >>> cells, kept = draw(np.array([[50.0, 1.0, 1.0]]), np.array([3]), np.random.default_rng(1))
    >>> bool(cells[0] == 0), float(kept[0])
    (True, 50.0)
    """
    total = amounts.sum(axis=1)
    step = np.divide(total, rows, out=np.zeros_like(total), where=rows > 0)
    ticks = np.divide(amounts, step[:, None], out=np.zeros_like(amounts), where=step[:, None] > 0)
    flat = ticks.ravel()
    chosen = flat >= 1
    reached = np.cumsum(np.where(chosen, 0.0, flat))
    reached = np.floor(reached + rng.random()).astype(np.int64)
    hit = reached[1:] > reached[:-1]
    chosen[0] |= reached[0] > 0
    chosen[1:] |= hit
    cells = np.flatnonzero(chosen)
    group = cells // amounts.shape[1]
    kept = np.maximum(amounts.ravel()[cells], step[group])
    return cells, kept


def spread(rng: np.random.Generator, sigma: float, size) -> np.ndarray:
    """Random factors around 1 (log-normal, mean 1)."""
    return np.exp(sigma * rng.standard_normal(size) - sigma**2 / 2)
