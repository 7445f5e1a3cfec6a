"""Primary suppression: a count from 1 to 10, or what it would give away, is withheld.

Row by row. Blanks that margins would give back are the matter of `protect`, which needs the whole release.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALLEST_SHOWN = 11


def small(counts: ArrayLike) -> NDArray[np.bool_]:
    """Whether a count lies strictly between 0 and 11; regularisations count by their size.

    >>> small([0, 1, 10, 11, -3]).tolist()
    [False, True, True, False, True]
    """
    size = np.abs(np.asarray(counts, dtype="float64"))
    return (size > 0) & (size < SMALLEST_SHOWN)


def hidden(counts: Sequence[ArrayLike], amounts: Sequence[ArrayLike] = ()) -> NDArray[np.bool_]:
    """Rows to withhold: one of their counts is small, or an amount stands without a counted act.

    `counts` are the numbers of acts, boxes, days or people behind a row, complements included; each
    of `amounts` is money, with the acts behind it at the same place of `counts`.

    >>> hidden([[0, 0, 20]], [[0.0, -50.0, 50.0]]).tolist()
    [False, True, False]
    """
    found = np.any([small(count) for count in counts], axis=0)
    for count, amount in zip(counts, amounts, strict=bool(amounts)):
        found |= (np.asarray(count, dtype="float64") == 0) & (np.asarray(amount, dtype="float64") != 0)
    return found
