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

COMMON_COLUMNS = [
    "FLX_ANN_MOI",
    "ORG_CLE_REG",
    "AGE_BEN_SNDS",
    "BEN_RES_REG",
    "BEN_CMU_TOP",
    "BEN_QLT_COD",
    "BEN_SEX_COD",
    "DDP_SPE_COD",
    "ETE_CAT_SNDS",
    "ETE_REG_COD",
    "ETE_TYP_SNDS",
    "ETP_REG_COD",
    "ETP_CAT_SNDS",
    "MDT_TYP_COD",
    "MFT_COD",
    "PRS_FJH_TYP",
    "PRS_ACT_COG",
    "PRS_ACT_NBR",
    "PRS_ACT_QTE",
    "PRS_DEP_MNT",
    "PRS_PAI_MNT",
    "PRS_REM_BSE",
    "PRS_REM_MNT",
    "FLT_ACT_COG",
    "FLT_ACT_NBR",
    "FLT_ACT_QTE",
    "FLT_PAI_MNT",
    "FLT_DEP_MNT",
    "FLT_REM_MNT",
    "SOI_ANN",
    "SOI_MOI",
    "ASU_NAT",
    "ATT_NAT",
    "CPL_COD",
    "CPT_ENV_TYP",
    "DRG_AFF_NAT",
    "ETE_IND_TAA",
    "EXO_MTF",
    "MTM_NAT",
    "PRS_NAT",
    "PRS_PPU_SEC",
    "PRS_REM_TAU",
    "PRS_REM_TYP",
    "PRS_PDS_QCP",
    "EXE_INS_REG",
    "PSE_ACT_SNDS",
    "PSE_ACT_CAT",
    "PSE_SPE_SNDS",
    "PSE_STJ_SNDS",
    "PRE_INS_REG",
    "PSP_ACT_SNDS",
    "PSP_ACT_CAT",
    "PSP_SPE_SNDS",
]

# First processing month of each header, and the columns that end it.
LAST_COLUMNS = {
    201501: ["PSP_STJ_SNDS", "TOP_PS5_TRG"],  # 56 with the unnamed one
    202308: ["ETB_DCS_MCO"],  # 55
    202410: ["PSP_STJ_SNDS", "TOP_PS5_TRG", "ETB_DCS_MCO"],  # 57
}

HUNDREDTHS = [
    *("PRS_ACT_COG", "PRS_DEP_MNT", "PRS_PAI_MNT", "PRS_REM_BSE", "PRS_REM_MNT", "PRS_REM_TAU"),
    *("FLT_ACT_COG", "FLT_PAI_MNT", "FLT_DEP_MNT", "FLT_REM_MNT"),
]
MAYBE_EMPTY = ["PRS_ACT_NBR", "FLT_ACT_NBR"]
GZIP_LEVEL = 6

_SIGNS = pa.array(["", "-"])
_CENTS = pa.array([f".{cents:02d}".rstrip("0").rstrip(".") for cents in range(100)])


def columns(month: int) -> list[str]:
    """Column names of the file of a processing month, without the unnamed last one."""
    start = max(first for first in LAST_COLUMNS if first <= month)
    return COMMON_COLUMNS + LAST_COLUMNS[start]


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
