"""How much of a recent month of care has arrived: volume-weighted development factors."""

import numpy as np
from numpy.typing import NDArray

from indicators.methods import chain_ladder

DEVELOPED = 12  # months after which a care month is held complete
MIN_MONTHS = 6  # care months that a factor must rest on


def shares(triangle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected share of the final amount that is in after 0, 1, 2 … months.

    `triangle` holds one row per month of care and one column per month of delay, amounts not
    cumulated, NaN where the delay has not passed yet. The result has one share per column, the last
    being 1; NaN where fewer than six months of care support a factor.

    References
    ----------
    Mack T (1993), ASTIN Bulletin 23:213-225 (the chain-ladder factors, without their error).

    Examples
    --------
    >>> arrived = np.array([[60.0, 30.0, 10.0]] * 6)
    >>> shares(arrived).round(2)
    array([0.6, 0.9, 1. ])
    """
    return chain_ladder.completion(np.cumsum(triangle, axis=1), MIN_MONTHS).share
