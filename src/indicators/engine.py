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
from indicators.errors import ArgumentError, DefinitionError, LakeError
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

    The pass groups the rows by codes as they are, and by the classes of codes that the definitions tell
    apart: some thousand groups. Labels, conditions and measures are worked out on these groups only.
    """
    measures = list(measures)
    grouped = _grouped(_needed(rows, source, measures), source, measures)
    labelled = grouped.mutate(**_keys(grouped, source))
    long = [
        _long(labelled, place, chosen, measures, source)
        for place in source.places
        if (chosen := [measure for measure in measures if measure.place == place])
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

    def compact(self, facts: Path, out: Path) -> None:
        """Write facts summed over ages and sexes, sorted by measure: what tables and pages are made of."""
        summed = f"SELECT * EXCLUDE (sex, age_band, value), sum(value)::DECIMAL(18, 2) AS value FROM '{facts}'"
        query = f"{summed} GROUP BY ALL HAVING sum(value) <> 0 ORDER BY ALL"
        self.connection.raw_sql(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")

    def _compile(self) -> str:
        return self.connection.compile(facts(self.connection.table("part"), self.source, self.measures))


def _own(source: Source) -> list[str]:
    """The columns that date a row."""
    return ["YEAR"] if source.grain == "year" else ["FLX_ANN_MOI", "SOI_ANN", "SOI_MOI"]


def _needed(rows: ir.Table, source: Source, measures: list[Measure]) -> ir.Table:
    """The columns that the measures use, and no other: files of different years differ in the rest."""
    summed = [column for m in measures for column in source.derived.get(m.sum, (m.sum,))]
    filtered = [condition.column for measure in measures for condition in measure.where]
    names = list(dict.fromkeys([*_own(source), source.age, source.sex, *source.places.values(), *filtered, *summed]))
    missing = [column for column in names if column not in rows.columns]
    if missing:
        found = f"Colonnes lues : {', '.join(rows.columns)}."
        raise ArgumentError(f"{source.label['fr']} : colonnes manquantes : {', '.join(missing)}. {found}")
    return rows.select(*names)


def _grouped(rows: ir.Table, source: Source, measures: list[Measure]) -> ir.Table:
    """The one pass: sums by place, month, age, sex, class of codes, and whether a derived amount is known."""
    classes = {f"_class_{column}": _class(rows[column], sets) for column, sets in _code_sets(measures).items()}
    needed = {source.derived[measure.sum][1] for measure in measures if measure.sum in source.derived}
    known = {f"_known_{column}": rows[column].fill_null(0) != 0 for column in sorted(needed)}
    kept = rows.filter(_wanted(rows, measures))
    by = [*_own(source), source.age, source.sex, *source.places.values()]
    amounts = sorted({_amount(measure, source) for measure in measures})
    keyed = kept.mutate(**classes, **known)
    return keyed.group_by(list(dict.fromkeys([*by, *classes, *known]))).aggregate(
        **{f"_sum_{column}": keyed[column].cast(AMOUNT).sum().cast(SUM) for column in amounts}
    )


def _amount(measure: Measure, source: Source) -> str:
    return source.derived.get(measure.sum, (measure.sum,))[0]


def _code_sets(measures: list[Measure]) -> dict[str, list[tuple[str, ...]]]:
    """By column, the different sets of codes that conditions name."""
    sets: dict[str, dict[tuple[str, ...], None]] = {}
    for measure in measures:
        for condition in measure.where:
            sets.setdefault(condition.column, {})[tuple(condition.codes)] = None
    return {column: list(found) for column, found in sets.items()}


def _classes(sets: list[tuple[str, ...]]) -> dict[str, int]:
    """The class of each code, from 1: codes named by the same sets are one class. All others are class 0."""
    numbers: dict[tuple[bool, ...], int] = {}
    codes = dict.fromkeys(code for codes in sets for code in codes)
    return {code: numbers.setdefault(tuple(code in codes for codes in sets), len(numbers) + 1) for code in codes}


def _class(column: ir.Value, sets: list[tuple[str, ...]]) -> ir.IntegerValue:
    """The class of a row's code; an empty code has none, so that it matches neither `in` nor `not in`."""
    pairs = [(_literal(column, code), number) for code, number in _classes(sets).items()]
    code = column.cast("int32") if column.type().is_integer() else column
    return ibis.ifelse(column.isnull(), ibis.null("int32"), code.cases(*pairs, else_=0).cast("int32"))


def _literal(column: ir.Value, code: str) -> int | str:
    if not column.type().is_integer():
        return code
    if not code.isdigit():
        raise DefinitionError(f"{column.get_name()} ne porte que des nombres, pas « {code} ».")
    return int(code)


def _wanted(rows: ir.Table, measures: list[Measure]) -> ir.BooleanValue:
    """Rows that some measure may count: those of the codes named, where every measure names codes of a column."""
    tests = [ibis.literal(True)]
    for column in _code_sets(measures):
        named = [{code for c in m.where if c.column == column and not c.excluded for code in c.codes} for m in measures]
        if all(named):
            codes = sorted(_literal(rows[column], code) for code in set().union(*named))
            tests.append(rows[column].isin(codes))
    return ibis.and_(*tests)


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


def _sum_where(groups: ir.Table, measure: Measure, source: Source, sets: dict[str, list[tuple[str, ...]]]) -> ir.Value:
    matches = [_matches(groups, condition, sets[condition.column]) for condition in measure.where]
    if measure.sum in source.derived:
        matches.append(groups[f"_known_{source.derived[measure.sum][1]}"])
    amount = groups[f"_sum_{_amount(measure, source)}"]
    return amount.sum(where=ibis.and_(*matches)) if matches else amount.sum()


def _matches(groups: ir.Table, condition: Condition, sets: list[tuple[str, ...]]) -> ir.BooleanValue:
    column, classes = groups[f"_class_{condition.column}"], _classes(sets)
    numbers = sorted({classes[code] for code in condition.codes})
    return column.notin(numbers) if condition.excluded else column.isin(numbers)


def _long(groups: ir.Table, place: str, chosen: list[Measure], measures: list[Measure], source: Source) -> ir.Table:
    """The measures located by one place, one row each."""
    sets, ids = _code_sets(measures), [measure.id for measure in chosen]
    summed = groups.group_by([*KEYS, f"_{place}"]).aggregate(
        **{measure.id: _sum_where(groups, measure, source, sets).cast(SUM) for measure in chosen}
    )
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


# --- evidence: the lines behind one figure, straight from the detail -----------------------------


def evidence(
    parts: Mapping[str, tuple[Path, str]],
    source: Source,
    measures: Iterable[Measure],
    clock: str,
    months: tuple[int, int],
    codes: Iterable[str] | None,
) -> dict[str, list[Mapping[str, object]]]:
    """Lines and sum of each measure by month, from the `(file, period)` of each part, without its facts.

    `months` are the first and the last, counted from year 0; `codes` those of the place in the files,
    None everywhere. One row per month: `month`, `lines` (matched by any measure), then `{measure} lines`
    and `{measure} sum`.
    """
    import duckdb

    connection, statement, found = connect(), "", {}
    for key, (path, period) in parts.items():
        try:
            _look_at(connection, path, period, source)
            if not statement:
                lines = _lines(connection.table("evidence"), source, list(measures), clock, months, codes)
                statement = connection.compile(lines)
            answer = connection.raw_sql(statement)
            names = [column[0] for column in answer.description]
            found[key] = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        except duckdb.Error:
            raise LakeError(f"{path} est illisible ou abîmé : relire le fichier d’origine avec ingest.") from None
    return found


def _look_at(connection, path: Path, period: str, source: Source) -> None:
    year = f", '{period}' AS YEAR" if source.grain == "year" else ""
    quoted = str(path).replace("'", "''")
    rows = f"SELECT *{year} FROM read_parquet('{quoted}', hive_partitioning=false)"
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW evidence AS {rows}")


def _lines(
    rows: ir.Table, source: Source, measures: list[Measure], clock: str, months: tuple[int, int], codes
) -> ir.Table:
    keyed = _needed(rows, source, measures)
    flux = _flux_period(keyed, source)
    period = _care_month(keyed) if clock == "care" and source.grain == "month" else flux
    dated = keyed.mutate(_period=period).filter(lambda t: t._period != "")
    dated = dated.mutate(month=month_index(dated._period)).filter(lambda t: t.month.between(*months))
    matched = {measure.id: _matched(dated, measure, source, codes) for measure in measures}
    columns = {"lines": dated.count(where=ibis.or_(*matched.values()))}
    for measure in measures:
        column = dated[source.derived.get(measure.sum, (measure.sum, None))[0]].cast(AMOUNT)
        columns[f"{measure.id} lines"] = dated.count(where=matched[measure.id])
        columns[f"{measure.id} sum"] = column.sum(where=matched[measure.id]).cast(SUM)
    return dated.group_by("month").aggregate(**columns)


def _matched(rows: ir.Table, measure: Measure, source: Source, codes: Iterable[str] | None) -> ir.BooleanValue:
    matches = [_on_rows(rows[condition.column], condition) for condition in measure.where]
    filled = source.derived.get(measure.sum, (measure.sum, None))[1]
    if filled:
        matches.append(rows[filled].fill_null(0) != 0)
    if codes is not None:
        matches.append(_place(rows[source.places[measure.place]], source).isin(list(codes)))
    return ibis.and_(ibis.literal(True), *matches)


def _on_rows(column: ir.Value, condition: Condition) -> ir.BooleanValue:
    """A condition on the codes as they are, without the classes that facts are grouped by."""
    codes = [_literal(column, code) for code in condition.codes]
    tested = column.cast("int32") if column.type().is_integer() else column
    return tested.notin(codes) if condition.excluded else tested.isin(codes)
