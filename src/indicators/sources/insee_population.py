"""INSEE population by region, sex and five ages: a sheet with two header rows, spaces in numbers and subtotals."""

import csv
import re
from pathlib import Path

from indicators import territories
from indicators.errors import Problem
from indicators.sources.identifiers import masked
from indicators.sources.raw import Progress, Raw, Reading, refuse, shown, verify
from indicators.sources.spec import Source

FILE_NAME = re.compile(r"^population_region_sexe_age_fin_(\d{4})(\D.*)?\.csv$", re.IGNORECASE)
SEXES = {"Ensemble": "", "Hommes": "1", "Femmes": "2"}
BANDS = {
    "0 à 19 ans": "0-19",
    "20 à 39 ans": "20-39",
    "40 à 59 ans": "40-59",
    "60 à 74 ans": "60-74",
    "75 ans et plus": "75+",
    "Total": "",
}
HEADER = ("Régions", *(name for sex in SEXES for name in (sex, "", "", "", "", "")))
TODO = "Reprendre la feuille de l’INSEE sans la modifier."
WHOLE = "France métropolitaine et DOM"

SOURCE = Source(
    name="insee_population",
    label={"fr": "Estimations de population (INSEE)", "en": "Population estimates (INSEE)"},
    provider="INSEE",
    grain="year",
    stock=True,
    level="reg",
    sums=("POPULATION",),
    codes=("AGE", "SEXE"),
    places={"residence": "REGION"},
    age="AGE",
    sex="SEXE",
    delay={
        "fr": "Une feuille par an, en janvier ; les deux dernières années sont provisoires.",
        "en": "One sheet per year, in January; the last two years are provisional.",
    },
    ages={band: band for band in BANDS.values() if band},
)

Cell = tuple[str, str, str, int]  # region, sex, age, population


def period(path: Path) -> str | None:
    """The year whose 1 January the sheet describes: `fin 2024` is 1 January 2025. None for another file."""
    match = FILE_NAME.match(path.name)
    return str(int(match[1]) + 1) if match else None


def check(path: Path, progress: Progress | None = None) -> Raw:
    """The verified file, its two header rows known."""
    raw = verify(path, "utf-8", progress=progress)
    if raw.header != HEADER:
        what = f"en-tête inattendu : {shown(raw.header)}. Attendu : {shown(HEADER)}."
        raise refuse(path, Problem("ligne 1", what, TODO))
    return raw


def read(raw: Raw, out: Path, connection, ordered: bool = True, progress: Progress | None = None) -> Reading:
    """Write region x sex x age as parquet, after checking every total printed on the sheet."""
    with raw.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    cells, problems = _cells(rows)
    problems = problems or _wrong_totals(cells)
    if problems:
        raise refuse(raw.path, *problems)
    kept = [cell for cell in cells if cell[0] and cell[1] and cell[2]]
    _write(kept, out)
    return Reading(period(raw.path), len(kept), {"POPULATION": str(sum(cell[3] for cell in kept))})


def _cells(rows: list[list[str]]) -> tuple[list[Cell], list[Problem]]:
    bands = ["", *(BANDS.get(name, "?") for name in rows[1][1:])]
    if bands[1:] != [*BANDS.values()] * len(SEXES):
        return [], [Problem("ligne 2", f"âges inattendus : {';'.join(rows[1])}. Attendus : {', '.join(BANDS)}.", TODO)]
    sexes = ["", *(sex for sex in SEXES.values() for _ in BANDS)]
    cells, problems = [], []
    for number, row in enumerate(rows[2:], start=3):
        region = territories.region_code(row[0]) if row else None
        if region is None and (not row or row[0].strip() != WHOLE):
            continue
        if len(row) != len(bands):
            problems.append(Problem(f"ligne {number}", f"{len(row)} champs au lieu de {len(bands)}.", TODO))
            continue
        for column in range(1, len(bands)):
            value = row[column].replace(" ", "").replace("\u202f", "").replace("\xa0", "")
            if value.isdigit():
                cells.append((region or "", sexes[column], bands[column], int(value)))
            else:
                where = f"ligne {number}, colonne {column + 1} ({rows[1][column]})"
                problems.append(Problem(where, f"« {masked(row[column])} » n’est pas un effectif.", TODO))
    missing = {t.label["fr"] for t in territories.of_level("reg") if t.code not in {cell[0] for cell in cells}}
    if missing:
        problems.append(Problem("feuille", f"régions absentes : {', '.join(sorted(missing))}.", TODO))
    return cells, problems


def _wrong_totals(cells: list[Cell]) -> list[Problem]:
    """Each printed total against the sum of its parts; INSEE rounds nothing on this sheet."""
    printed = {cell[:3]: cell[3] for cell in cells}
    problems = []
    for (region, sex, age), value in printed.items():
        if not age:
            parts = [printed[region, sex, band] for band in BANDS.values() if band]
        elif not sex:
            parts = [printed[region, code, age] for code in ("1", "2")]
        elif not region:
            parts = [printed[code, sex, age] for code in {key[0] for key in printed} if code]
        else:
            continue
        if sum(parts) != value:
            where = f"{region or WHOLE}, sexe {sex or 'ensemble'}, âge {age or 'total'}"
            problems.append(Problem(where, f"total écrit {value}, somme des parties {sum(parts)}.", TODO))
    return problems


def _write(cells: list[Cell], out: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    columns = list(zip(*sorted(cells), strict=True))
    table = pyarrow.table(
        {
            "REGION": pyarrow.array(columns[0], pyarrow.string()),
            "SEXE": pyarrow.array(columns[1], pyarrow.string()),
            "AGE": pyarrow.array(columns[2], pyarrow.string()),
            "POPULATION": pyarrow.array(columns[3], pyarrow.int32()),
        }
    )
    pyarrow.parquet.write_table(table, out, compression="zstd", write_page_checksum=True)
