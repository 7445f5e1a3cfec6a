"""Open Medic: medicines dispensed in town over a year, `OPEN_MEDIC_{YYYY}.CSV` (Cnam, open data, yearly)."""

import re
from dataclasses import replace
from pathlib import Path

from indicators.sources import delimited
from indicators.sources.raw import Progress, Raw, Reading, compare_header, verify
from indicators.sources.spec import Source

FILE_NAME = re.compile(r"^OPEN_MEDIC_(\d{4})(?!\d).*\.csv(\.gz)?$", re.IGNORECASE)

HEADER = (
    "ATC1", "L_ATC1", "ATC2", "L_ATC2", "ATC3", "L_ATC3", "ATC4", "L_ATC4", "ATC5", "L_ATC5", "CIP13", "L_CIP13",
    "TOP_GEN", "GEN_NUM", "AGE", "SEXE", "BEN_REG", "PSP_SPE", "BOITES", "REM", "BSE",
)  # fmt: skip
TYPES = {
    "TOP_GEN": "SMALLINT", "AGE": "SMALLINT", "SEXE": "SMALLINT", "BEN_REG": "SMALLINT", "PSP_SPE": "SMALLINT",
    "BOITES": "INTEGER", "REM": "DECIMAL(14,2)", "BSE": "DECIMAL(14,2)",
}  # fmt: skip

SOURCE = Source(
    name="open_medic",
    label={"fr": "Open Medic (Cnam)", "en": "Open Medic (Cnam)"},
    provider="Cnam",
    grain="year",
    stock=False,
    level="cnam",
    sums=("BOITES", "REM", "BSE"),
    codes=("ATC1", "ATC2", "ATC3", "ATC4", "ATC5", "TOP_GEN", "AGE", "SEXE", "PSP_SPE"),
    places={"residence": "BEN_REG"},
    unknown=("0", "99"),
    age="AGE",
    sex="SEXE",
    delay={
        "fr": "Un fichier par année, publié au printemps ou à l’été suivant.",
        "en": "One file per year, published in the following spring or summer.",
    },
    ages={"0": "0-19", "20": "20-59", "60": "60+", "99": "?"},
)


def period(path: Path) -> str | None:
    """The year in the name of a file of this source, or None for another file."""
    match = FILE_NAME.match(path.name)
    return match[1] if match else None


def check(path: Path, progress: Progress | None = None) -> Raw:
    """The verified file, its header known; names are compared in capitals."""
    raw = verify(path, "latin-1", progress=progress)
    raw = replace(raw, header=tuple(name.upper() for name in raw.header))
    compare_header(raw, [HEADER], "Open Medic")
    return raw


def read(raw: Raw, out: Path, connection, ordered: bool = True, progress: Progress | None = None) -> Reading:
    """Write the rows of a year as parquet; refuse the file if anything in it is wrong."""
    form = delimited.Format(TYPES, ",", "latin-1", ("ATC5", "CIP13", "BEN_REG"), exact=True)
    rows = delimited.write(connection, raw, form, out, ordered, progress)
    return Reading(period(raw.path), rows, delimited.totals(connection, out, ["REM", "BSE", "BOITES"]))
