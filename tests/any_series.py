"""Any series, for property tests: amounts in hundredths, with gaps or without; and what is the same."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

swift = settings(max_examples=50, deadline=None, derandomize=True)
# Hundredths: sums and differences that a rounding cannot put on the other side of a line.
amounts = st.integers(-10_000, 10_000).map(lambda cents: cents / 100)
series = st.lists(amounts, min_size=1, max_size=40)
gappy = st.lists(st.one_of(amounts, st.none()), min_size=1, max_size=40)


def same(one, other):
    """Equal, missing values at the same places; numbers to a millionth of a millionth of the largest."""
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind in "US" or one.dtype == bool:
        return (one == other).all()
    scale = np.nanmax(np.abs(one), initial=1)
    return np.allclose(one, other, rtol=1e-9, atol=1e-10 * scale, equal_nan=True)


def places(flags):
    return np.flatnonzero(flags).tolist()
