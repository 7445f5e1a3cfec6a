"""The only module that talks to Ibis: measures become facts, facts become sums by period and place.

Everything here is a closed operation (sum where, in, not in, roll-up, dense spine, range window), so
that another engine can give the same bits. Sums stay decimal; nothing is divided here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from indicators import territories
from indicators.catalogue import Condition, Measure
from indicators.errors import ArgumentError, DefinitionError
from indicators.sources.spec import Source

if TYPE_CHECKING:
    import pandas

AMOUNT = "decimal(18, 2)"
SUM = "decimal(38, 2)"
KEYS = ["care_period", "flux_period", "sex", "age_band"]


def connect() -> ibis.BaseBackend:
    """An engine in memory."""
    return ibis.duckdb.connect()


def read(connection, paths: Iterable[Path]) -> ir.Table:
    """Parquet files as one table."""
    return connection.read_parquet([str(path) for path in paths])


def in_memory(rows: "pandas.DataFrame") -> ir.Table:
    """Rows of a DataFrame as a table of the engine."""
    import pyarrow

    return ibis.memtable(pyarrow.Table.from_pandas(rows, preserve_index=False))


def periods(facts: ir.Table) -> list[str]:
    """The flux periods that facts hold, oldest first."""
    return sorted(row["flux_period"] for row in collect(facts.select("flux_period").distinct()))


# --- rows to facts -------------------------------------------------------------------------------


def facts(rows: ir.Table, source: Source, measures: Iterable[Measure]) -> ir.Table:
    """Every measure of a source in one pass over its rows, which carry their period in `FLX_ANN_MOI` or `YEAR`.

    Columns out: source, measure, care_period, flux_period, level, territory, sex,
    age_band, value. Facts equal to zero are left out: the spine puts them back.
    """
    measures = list(measures)
    rows = _needed(rows, source, measures)
    keyed = rows.mutate(**_keys(rows, source))
    places = {place: f"_{place}" for place in source.places}
    wide = keyed.group_by([*KEYS, *places.values()]).aggregate(
        **{measure.id: _sum_where(keyed, measure, source) for measure in measures}
    )
    long = [
        _long(wide, place, [measure.id for measure in measures if measure.place == place], source)
        for place in source.places
        if any(measure.place == place for measure in measures)
    ]
    return ibis.union(*long) if len(long) > 1 else long[0]


class FactMaker:
    """The facts of one part after another: the statement of a source is compiled once and kept."""

    def __init__(self, source: Source, measures: Iterable[Measure]) -> None:
        self.source, self.measures = source, list(measures)
        self.connection = connect()
        self.statement = ""

    def write(self, part: Path, period: str, out: Path) -> None:
        """Write the facts of a part as parquet."""
        year = f", '{period}' AS YEAR" if self.source.grain == "year" else ""
        rows = f"SELECT *{year} FROM read_parquet('{part}', hive_partitioning=false)"
        self.connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW part AS {rows}")
        self.statement = self.statement or self._compile()
        self.connection.raw_sql(f"COPY ({self.statement}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")

    def _compile(self) -> str:
        return self.connection.compile(facts(self.connection.table("part"), self.source, self.measures))


def _needed(rows: ir.Table, source: Source, measures: list[Measure]) -> ir.Table:
    """The columns that the measures use, and no other: files of different years differ in the rest."""
    own = ["YEAR"] if source.grain == "year" else ["FLX_ANN_MOI", "SOI_ANN", "SOI_MOI"]
    summed = [column for m in measures for column in source.derived.get(m.sum, (m.sum,))]
    filtered = [condition.column for measure in measures for condition in measure.where]
    names = list(dict.fromkeys([*own, source.age, source.sex, *source.places.values(), *filtered, *summed]))
    missing = [column for column in names if column not in rows.columns]
    if missing:
        found = f"Colonnes lues : {', '.join(rows.columns)}."
        raise ArgumentError(f"{source.label['fr']} : colonnes manquantes : {', '.join(missing)}. {found}")
    return rows.select(*names)


def _keys(rows: ir.Table, source: Source) -> dict[str, ir.Value]:
    flux = _flux_period(rows, source)
    care = _care_month(rows) if source.grain == "month" else flux
    bands = rows[source.age].cast("string")
    return {
        "care_period": care,
        "flux_period": flux,
        "sex": rows[source.sex].cast("string"),
        "age_band": bands.cases(*source.ages.items(), else_="?"),
        **{f"_{place}": _place(rows[column], source) for place, column in source.places.items()},
    }


def _place(column: ir.Value, source: Source) -> ir.StringValue:
    code = column.cast("string")
    return ibis.ifelse(code.isin(source.unknown), territories.UNKNOWN, code)


def _flux_period(rows: ir.Table, source: Source) -> ir.Value:
    if source.grain == "year":
        return rows.YEAR.cast("string")
    month = rows.FLX_ANN_MOI.cast("string")
    return month.substr(0, 4) + "-" + month.substr(4, 2)


def _care_month(rows: ir.Table) -> ir.Value:
    """The month of care, or an empty text where the file does not know it (0000-00, 0001-01)."""
    year, month = rows.SOI_ANN.cast("string"), rows.SOI_MOI.cast("string").lpad(2, "0")
    known = (year >= "1990") & (year.length() == 4) & month.between("01", "12")
    return ibis.ifelse(known, year + "-" + month, "")


def _sum_where(rows: ir.Table, measure: Measure, source: Source) -> ir.Value:
    matches = [_matches(rows, condition, measure) for condition in measure.where]
    column, filled = source.derived.get(measure.sum, (measure.sum, None))
    if filled:
        matches.append(rows[filled].fill_null(0) != 0)
    amount = rows[column].cast(AMOUNT)
    return amount.sum(where=ibis.and_(*matches)) if matches else amount.sum()


def _matches(rows: ir.Table, condition: Condition, measure: Measure) -> ir.BooleanValue:
    column, codes = rows[condition.column], list(condition.codes)
    if column.type().is_integer():
        wrong = [code for code in codes if not code.isdigit()]
        if wrong:
            raise DefinitionError(f"{measure.id} : {condition.column} ne porte que des nombres, pas {wrong}.")
        column, codes = column.cast("int32"), [int(code) for code in codes]
    return column.notin(codes) if condition.excluded else column.isin(codes)


def _long(wide: ir.Table, place: str, ids: list[str], source: Source) -> ir.Table:
    summed = wide.group_by([*KEYS, f"_{place}"]).aggregate(**{id: wide[id].sum().cast(SUM) for id in ids})
    long = summed.pivot_longer(ids, names_to="measure", values_to="value")
    return long.filter(long.value != 0).select(
        source=ibis.literal(source.name),
        measure=long.measure,
        care_period=long.care_period,
        flux_period=long.flux_period,
        level=ibis.literal(source.level),
        territory=long[f"_{place}"],
        sex=long.sex,
        age_band=long.age_band,
        value=long.value.cast(AMOUNT),
    )


# --- facts to sums by period and place -----------------------------------------------------------


def month_index(period: ir.StringValue) -> ir.IntegerValue:
    """Months counted from year 0; a year stands in its last month."""
    year = period.substr(0, 4).cast("int32")
    month = ibis.ifelse(period.length() == 7, period.substr(5, 2).cast("int32"), 12)
    return (year * 12 + month - 1).cast("int32")


def monthly(facts: ir.Table, measures: Iterable[str], clock: str) -> ir.Table:
    """Sums by measure, level, territory and month of care or of flux, every level above the source's included."""
    wanted = facts.filter(facts.measure.isin(list(measures)))
    period = wanted.care_period if clock == "care" else wanted.flux_period
    placed = wanted.mutate(period=period).filter(lambda t: t.period != "")
    return _rolled_up(placed.mutate(month=month_index(placed.period)), ["measure", "month"])


def _rolled_up(rows: ir.Table, keys: list[str]) -> ir.Table:
    france, own = territories.FRANCE[0], [*keys, "level", "territory"]
    levels = [
        rows.group_by(own).aggregate(value=rows.value.sum().cast(SUM)),
        rows.group_by(keys)
        .aggregate(value=rows.value.sum().cast(SUM))
        .mutate(level=ibis.literal(france), territory=ibis.literal("FR")),
    ]
    parts = {part: area.code for area in territories.of_level("cnam") for part in area.parts}
    regions = rows.filter(rows.level == "reg")
    areas = regions.mutate(territory=regions.territory.cases(*parts.items(), else_="?"), level=ibis.literal("cnam"))
    levels.append(areas.group_by(own).aggregate(value=areas.value.sum().cast(SUM)))
    return ibis.union(*[level.select(*own, "value") for level in levels])


def windows(sums: ir.Table, first: int, last: int, step: int, window: int) -> ir.Table:
    """Sums over the `window` months that end each period of `step` months, from month `first` to `last`.

    The spine is dense: a month of the range without a fact counts as zero, never as a missing row.
    Periods whose window begins before `first` are left out.
    """
    months = ibis.range(first, last + 1).unnest().name("month").as_table().mutate(month=lambda t: t.month.cast("int32"))
    cells = sums.select("measure", "level", "territory").distinct()
    spine = cells.cross_join(months)
    dense = spine.left_join(sums, ["measure", "level", "territory", "month"])
    dense = dense.select("measure", "level", "territory", "month", value=dense.value.fill_null(0).cast(SUM))
    frame = ibis.window(group_by=["measure", "level", "territory"], order_by="month", range=(1 - window, 0))
    rolled = dense.mutate(value=dense.value.sum().over(frame).cast(SUM))
    ends = ((rolled.month + 1) % step == 0) & (rolled.month - window + 1 >= first)
    return rolled.filter(ends)


def arrivals(facts: ir.Table, measures: Iterable[str]) -> ir.Table:
    """France by measure, month of care and months of delay: the triangle of late claims."""
    wanted = facts.filter(facts.measure.isin(list(measures)) & (facts.care_period != ""))
    timed = wanted.mutate(month=month_index(wanted.care_period), arrived=month_index(wanted.flux_period))
    keyed = timed.mutate(delay=timed.arrived - timed.month)
    return keyed.group_by(["measure", "month", "delay"]).aggregate(value=keyed.value.sum().cast(SUM))


def collect(table: ir.Table) -> list[Mapping[str, object]]:
    """The rows of a result, decimals exact."""
    return table.to_pyarrow().to_pylist()
