"""Open DAMIR: all reimbursements of a processing month, `A{YYYYMM}.csv.gz` (Cnam, open data, monthly)."""

import re
from pathlib import Path

from indicators.errors import Problem
from indicators.sources import delimited
from indicators.sources.raw import Progress, Raw, Reading, compare_header, refuse, verify
from indicators.sources.spec import Source

FILE_NAME = re.compile(r"^A(\d{6})(?!\d).*\.csv(\.gz)?$", re.IGNORECASE)

CORE = (
    "FLX_ANN_MOI", "ORG_CLE_REG", "AGE_BEN_SNDS", "BEN_RES_REG", "BEN_CMU_TOP", "BEN_QLT_COD", "BEN_SEX_COD",
    "DDP_SPE_COD", "ETE_CAT_SNDS", "ETE_REG_COD", "ETE_TYP_SNDS", "ETP_REG_COD", "ETP_CAT_SNDS", "MDT_TYP_COD",
    "MFT_COD", "PRS_FJH_TYP", "PRS_ACT_COG", "PRS_ACT_NBR", "PRS_ACT_QTE", "PRS_DEP_MNT", "PRS_PAI_MNT",
    "PRS_REM_BSE", "PRS_REM_MNT", "FLT_ACT_COG", "FLT_ACT_NBR", "FLT_ACT_QTE", "FLT_PAI_MNT", "FLT_DEP_MNT",
    "FLT_REM_MNT", "SOI_ANN", "SOI_MOI", "ASU_NAT", "ATT_NAT", "CPL_COD", "CPT_ENV_TYP", "DRG_AFF_NAT",
    "ETE_IND_TAA", "EXO_MTF", "MTM_NAT", "PRS_NAT", "PRS_PPU_SEC", "PRS_REM_TAU", "PRS_REM_TYP", "PRS_PDS_QCP",
    "EXE_INS_REG", "PSE_ACT_SNDS", "PSE_ACT_CAT", "PSE_SPE_SNDS", "PSE_STJ_SNDS", "PRE_INS_REG", "PSP_ACT_SNDS",
    "PSP_ACT_CAT", "PSP_SPE_SNDS",
)  # fmt: skip
# The tail comes and goes: 56 fields to 2023-07, 55 to 2024-09, 57 since (the last field is always empty).
TAILS = (("PSP_STJ_SNDS", "TOP_PS5_TRG"), ("ETB_DCS_MCO",), ("PSP_STJ_SNDS", "TOP_PS5_TRG", "ETB_DCS_MCO"))
HEADERS = [(*CORE, *tail, "") for tail in TAILS]
SHORT_LINES = {"202301"}  # published with lines shorter than their header

AMOUNTS = (
    "PRS_ACT_COG", "PRS_DEP_MNT", "PRS_PAI_MNT", "PRS_REM_BSE", "PRS_REM_MNT", "FLT_ACT_COG", "FLT_PAI_MNT",
    "FLT_DEP_MNT", "FLT_REM_MNT", "PRS_REM_TAU",
)  # fmt: skip
COUNTS = ("PRS_ACT_NBR", "PRS_ACT_QTE", "FLT_ACT_NBR", "FLT_ACT_QTE")
CARE = ("SOI_ANN", "SOI_MOI")  # 0000-00 where the month of care is not known
TYPES = {
    **dict.fromkeys((*CORE, "PSP_STJ_SNDS", "TOP_PS5_TRG"), "SMALLINT"),
    **dict.fromkeys(AMOUNTS, "DECIMAL(14,2)"),
    **dict.fromkeys((*COUNTS, "FLX_ANN_MOI"), "INTEGER"),
    "ETB_DCS_MCO": "VARCHAR",
}
TOTALS = ["FLT_REM_MNT", "FLT_PAI_MNT", "FLT_DEP_MNT", "FLT_ACT_QTE", "FLT_ACT_NBR", "PRS_REM_MNT"]

SOURCE = Source(
    name="open_damir",
    label={"fr": "Open DAMIR (Cnam)", "en": "Open DAMIR (Cnam)"},
    provider="Cnam",
    grain="month",
    stock=False,
    level="cnam",
    sums=("FLT_ACT_QTE", "FLT_ACT_NBR", "FLT_ACT_COG", "FLT_PAI_MNT", "FLT_DEP_MNT", "FLT_REM_MNT", "PRS_REM_BSE"),
    codes=(
        "PRS_NAT", "ASU_NAT", "EXO_MTF", "ETP_CAT_SNDS", "ETE_CAT_SNDS", "PRS_REM_TYP", "CPT_ENV_TYP", "PSP_SPE_SNDS",
        "PSE_SPE_SNDS", "PRS_PDS_QCP", "AGE_BEN_SNDS", "BEN_SEX_COD",
    ),
    places={"residence": "BEN_RES_REG", "fund": "ORG_CLE_REG"},
    # Not all schemes count days: an amount per day takes the amounts whose days are known.
    # The FLT_ columns are kept by the producer to the reference lines; the base of reimbursement is not.
    filtered={"PRS_REM_BSE": ("PRS_REM_TYP", ("0", "1"))},
    derived={"FLT_REM_MNT_WITH_NBR": ("FLT_REM_MNT", "FLT_ACT_NBR")},
    age="AGE_BEN_SNDS",
    sex="BEN_SEX_COD",
    delay={
        "fr": "Un fichier par mois de remboursement, publié quelques mois après ; les soins d’un mois continuent "
        "d’arriver pendant un an.",
        "en": "One file per month of reimbursement, published some months later; the care of a month keeps arriving "
        "for a year.",
    },
    ages={
        "0": "0-19", "20": "20-29", "30": "30-39", "40": "40-49", "50": "50-59", "60": "60-69", "70": "70-79",
        "80": "80+", "99": "?",
    },
)  # fmt: skip


def period(path: Path) -> str | None:
    """The month in the name of a file of this source, `YYYYMM`, or None for another file."""
    match = FILE_NAME.match(path.name)
    return match[1] if match else None


def check(path: Path, progress: Progress | None = None) -> Raw:
    """The verified file, its header known."""
    raw = verify(path, "utf-8", progress=progress)
    compare_header(raw, HEADERS, "Open DAMIR")
    return raw


def read(raw: Raw, out: Path, connection, ordered: bool = True, progress: Progress | None = None) -> Reading:
    """Write the rows of a month as parquet, by column name; refuse the file if anything in it is wrong."""
    month = period(raw.path)
    order = ("PRS_NAT", "BEN_RES_REG", *CARE)
    form = delimited.Format(TYPES, ".", "utf-8", order, loose=CARE, padded=month in SHORT_LINES)
    rows = delimited.write(connection, raw, form, out, ordered, progress)
    foreign, undated, padded, cut = connection.execute(
        f"SELECT count(*) FILTER (FLX_ANN_MOI IS DISTINCT FROM {int(month)}), "
        "count(*) FILTER (NOT coalesce(SOI_ANN BETWEEN 1990 AND 9999 AND SOI_MOI BETWEEN 1 AND 12, false)), "
        "count(*) FILTER (PSP_SPE_SNDS IS NULL), count(*) FILTER (PRS_NAT IS NULL OR FLT_REM_MNT IS NULL) "
        f"FROM read_parquet({delimited.text(out)})"
    ).fetchone()
    if foreign:
        raise refuse(raw.path, *_other_months(connection, raw, form, month))
    if form.padded and cut:
        raise refuse(raw.path, *_cut_lines(connection, raw, form))
    totals = delimited.totals(connection, out, TOTALS)
    return Reading(month, rows, totals, padded if form.padded else 0, undated)


def _other_months(connection, raw: Raw, form: delimited.Format, month: str) -> list[Problem]:
    condition = f"FLX_ANN_MOI IS DISTINCT FROM {int(month)}"
    found = delimited.lines_where(connection, raw, form, condition, "FLX_ANN_MOI::INTEGER")
    todo = "Redonner au fichier le nom de son mois."
    return [
        Problem(f"ligne {line}, colonne FLX_ANN_MOI", f"mois {value} dans un fichier de {month}.", todo)
        for line, value in found
    ]


def _cut_lines(connection, raw: Raw, form: delimited.Format) -> list[Problem]:
    """Short lines are accepted when only the last, optional codes are missing; these stop earlier."""
    found = delimited.lines_where(connection, raw, form, "PRS_NAT IS NULL OR FLT_REM_MNT IS NULL", "PRS_NAT")
    what = "la ligne s’arrête avant PRS_NAT : elle ne peut être comptée."
    return [Problem(f"ligne {line}", what, "Télécharger le fichier à nouveau.") for line, _ in found]
