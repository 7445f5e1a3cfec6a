"""A few dozen fictional rows per source, that one can add up in one's head, and what each indicator makes of them.

They serve three times: as the golden rows of the tests, as the worked example of every sheet, and as
a first taste for the newcomer. `worked.json` is what `ondam sheets` made of them; a test makes it again.
"""

import csv
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indicators.catalogue import Catalogue, Indicator, Measure
from indicators.periods import last_month
from indicators.sources import SOURCES

if TYPE_CHECKING:
    import pandas

HERE = Path(__file__).parent
STORED = HERE / "worked.json"
# Every month and year from 2023 to 2025 is held to be in the example data, even without a row.
PERIODS = {
    "month": [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(1, 13)],
    "year": ["2023", "2024", "2025"],
}
SHOWN = 10
YEAR = 12
SCALE = {"proportion": 100, "share": 100, "growth_12m": 100}

Row = dict[str, str]


@cache
def rows(source: str) -> list[Row]:
    """The example rows of a source, as text."""
    with (HERE / f"{source}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def frame(source: str) -> "pandas.DataFrame":
    """The example rows of a source, typed as its reader types them: exact sums, whole numbers, text."""
    import pandas
    import pyarrow

    exact = pandas.ArrowDtype(pyarrow.decimal128(18, 2))
    table = pandas.DataFrame(rows(source)).drop(columns="note", errors="ignore")
    for column in table.columns:
        if column in SOURCES[source].sums:
            values = [Decimal(value) if value else None for value in table[column]]
            table[column] = pandas.array(values, dtype=exact)
        elif column not in ("SOI_ANN", "SOI_MOI", "CIP13") and table[column].str.fullmatch(r"-?\d+").all():
            table[column] = table[column].astype("int64")
    return table


def table(definitions: Catalogue, entry: Indicator) -> "pandas.DataFrame":
    """The indicator table of one entry on the example rows."""
    from indicators import computation

    needed = {definitions.measures[name].source for name in (*entry.numerator, *entry.denominator, *entry.count)}
    periods = {source: PERIODS[SOURCES[source].grain] for source in needed}
    return computation.own_rows(definitions, entry, {source: frame(source) for source in sorted(needed)}, periods)


def worked(definitions: Catalogue, entry: Indicator, period: str, level: str, territory: str) -> dict[str, Any]:
    """The example of one sheet: at most ten rows, the formula with its numbers, the value."""
    found = table(definitions, entry).set_index(["period", "level", "territory"]).loc[(period, level, territory)]
    source = SOURCES[definitions.source_of(entry)]
    measures = [definitions.measures[name] for name in (*entry.numerator, *entry.denominator)]
    measures = [measure for measure in measures if measure.source == source.name]
    kept = [row for row in rows(source.name) if any(_counts(row, m, entry, period, level, territory) for m in measures)]
    columns = [source.places[measures[0].place], *_columns(source, measures)]
    return {
        "rows": [{column: row[column] for column in columns} for row in kept[:SHOWN]],
        "columns": columns,
        "formula": "" if entry.standardise else _formula(entry, found["numerator"], found["denominator"]),
        "value": float(found["value"]),
        "period": period,
        "level": level,
        "territory": territory,
    }


def stored(id: str) -> dict[str, Any] | None:
    """The worked example kept with the package, or None for an entry too new to have one."""
    return _all_stored().get(id)


@cache
def _all_stored() -> dict[str, dict[str, Any]]:
    return json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}


def _columns(source, measures: list[Measure]) -> list[str]:
    when = ["FLX_ANN_MOI", "SOI_ANN", "SOI_MOI"] if source.grain == "month" else ["YEAR"]
    filters = [condition.column for measure in measures for condition in measure.where]
    summed = [column for m in measures for column in source.derived.get(m.sum, (m.sum,))]
    return list(dict.fromkeys([*when, *filters, *summed]))


def _counts(row: Row, measure: Measure, entry: Indicator, period: str, level: str, territory: str) -> bool:
    """Whether a row is counted by a measure, at a place, in the months of a period."""
    here = level == "fra" or row[SOURCES[measure.source].places[measure.place]] == territory
    matches = all((row[condition.column] in condition.codes) != condition.excluded for condition in measure.where)
    back = entry.window * (2 if entry.method == "growth_12m" else 1)
    month = _month(row, entry)
    _, filled = SOURCES[measure.source].derived.get(measure.sum, ("", None))
    matches &= filled is None or row[filled] not in ("", "0")
    return here and matches and month is not None and 0 <= last_month(period) - month < back


def _month(row: Row, entry: Indicator) -> int | None:
    """The month in which a row counts; None when its month of care is not known."""
    if "YEAR" in row:
        return last_month(row["YEAR"])
    if entry.clock == "flux":
        return last_month(f"{row['FLX_ANN_MOI'][:4]}-{row['FLX_ANN_MOI'][4:]}")
    return last_month(f"{row['SOI_ANN']}-{row['SOI_MOI']}") if row["SOI_MOI"] != "00" else None


def _formula(entry: Indicator, numerator: Decimal, denominator: Decimal | None) -> str:
    top, bottom = _number(numerator), _number(denominator)
    if entry.method == "growth_12m":
        return f"({top} ÷ {bottom} − 1) × 100"
    scale = SCALE.get(entry.method, entry.per)
    divided = f"{top} ÷ {bottom}" if denominator is not None else top
    return divided if scale == 1 else f"{divided} × {_number(scale)}"


def _number(value: object) -> str:
    if value is None:
        return ""
    text = f"{Decimal(str(value)):,.2f}".replace(",", "\u202f").replace(".", ",")
    return text.removesuffix(",00")
