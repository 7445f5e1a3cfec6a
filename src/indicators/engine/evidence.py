"""The lines behind one figure, straight from the detail, without the facts or the classes they are grouped by."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import ibis
import ibis.expr.types as ir

from indicators.catalogue import Condition, Measure
from indicators.engine import rows as lines_of
from indicators.engine.backends import AMOUNT, SUM, connect, text
from indicators.engine.windows import month_index
from indicators.errors import LakeError
from indicators.sources.spec import Source


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
    rows = f"SELECT *{year} FROM read_parquet({text(path)}, hive_partitioning=false)"
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW evidence AS {rows}")


def _lines(
    rows: ir.Table, source: Source, measures: list[Measure], clock: str, months: tuple[int, int], codes
) -> ir.Table:
    keyed = lines_of.needed(rows, source, measures)
    flux = lines_of.flux_period(keyed, source)
    period = lines_of.care_month(keyed) if clock == "care" and source.grain == "month" else flux
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
        matches.append(lines_of.located(rows[source.places[measure.place]], source).isin(list(codes)))
    return ibis.and_(ibis.literal(True), *matches)


def _on_rows(column: ir.Value, condition: Condition) -> ir.BooleanValue:
    """A condition on the codes as they are, without the classes that facts are grouped by."""
    codes = [lines_of.literal(column, code) for code in condition.codes]
    tested = column.cast("int32") if column.type().is_integer() else column
    return tested.notin(codes) if condition.excluded else tested.isin(codes)
