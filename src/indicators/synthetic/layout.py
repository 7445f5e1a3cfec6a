"""The official text of an Open DAMIR file: columns, order, amounts.

Three headers followed each other. The end of the line comes and goes; the rest never moves.
Every line, and the header, ends with ``;``: readers see one more, unnamed, empty column.
"""

import gzip
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from indicators.sources import open_damir

# First processing month of each header; its last, unnamed column is written apart.
HEADERS_FROM = dict(zip((201501, 202308, 202410), open_damir.HEADERS, strict=True))

HUNDREDTHS = [
    *("PRS_ACT_COG", "PRS_DEP_MNT", "PRS_PAI_MNT", "PRS_REM_BSE", "PRS_REM_MNT", "PRS_REM_TAU"),
    *("FLT_ACT_COG", "FLT_PAI_MNT", "FLT_DEP_MNT", "FLT_REM_MNT"),
]
MAYBE_EMPTY = ["PRS_ACT_NBR", "FLT_ACT_NBR"]
GZIP_LEVEL = 3

_SIGNS = pa.array(["", "-"])
_CENTS = pa.array([f".{cents:02d}".rstrip("0").rstrip(".") for cents in range(100)])


def columns(month: int) -> list[str]:
    """Column names of the file of a processing month, without the unnamed last one."""
    start = max(first for first in HEADERS_FROM if first <= month)
    return [name for name in HEADERS_FROM[start] if name]


def hundredths_as_text(hundredths: np.ndarray) -> pa.Array:
    """Amounts as the producer writes them: a dot, no leading zero, no final zero.

    Examples
    --------
    >>> hundredths_as_text(np.array([66, -50, 1600, 53736, 0])).to_pylist()
    ['.66', '-.5', '16', '537.36', '0']
    """
    size = np.abs(hundredths)
    whole = pc.cast(pa.array(size // 100), pa.string())
    whole = pc.if_else(pa.array((size < 100) & (size > 0)), "", whole)
    sign = _SIGNS.take(pa.array((hundredths < 0).astype(np.int8)))
    return pc.binary_join_element_wise(sign, whole, _CENTS.take(pa.array(size % 100)), "")


def text(rows: dict[str, np.ndarray], month: int) -> bytes:
    """The whole file, uncompressed; `rows` has one array a column, amounts in hundredths."""
    names = columns(month)
    arrays = [_column(name, rows[name]) for name in names]
    arrays.append(pa.nulls(len(arrays[0]), pa.string()))
    buffer = BytesIO()
    buffer.write((";".join(names) + ";\n").encode())
    options = csv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
    csv.write_csv(pa.table(arrays, names=[*names, ""]), buffer, options)
    return buffer.getvalue()


def _column(name: str, values: np.ndarray) -> pa.Array:
    """One column ready to be written: amounts as text, counts as whole numbers or empty."""
    if name in HUNDREDTHS:
        return hundredths_as_text(values)
    if name in MAYBE_EMPTY:
        return pa.array(np.nan_to_num(values).astype(np.int64), mask=np.isnan(values))
    return pa.array(values)


def compressed(content: bytes) -> bytes:
    """Gzip without a date inside: the same content, the same bytes."""
    return gzip.compress(content, GZIP_LEVEL, mtime=0)
