"""Rows to facts: every measure of a source in one pass.

Everything here is a closed operation (sum where, in, not in), so that another engine can give the same
bits. Sums stay decimal; nothing is divided.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from indicators import territories
from indicators.catalogue import Condition, Measure
from indicators.engine.backends import AMOUNT, SUM
from indicators.errors import ArgumentError, DefinitionError
from indicators.sources.spec import Source

KEYS = ["care_period", "flux_period", "sex", "age_band"]


def facts(rows: ir.Table, source: Source, measures: Iterable[Measure]) -> ir.Table:
    """Every measure of a source in one pass over its rows, which carry their period in `FLX_ANN_MOI` or `YEAR`.

    Columns out: source, measure, care_period, flux_period, level, territory, sex,
    age_band, value. Facts equal to zero are left out: the spine puts them back.

    The pass groups the rows by codes as they are, and by the classes of codes that the definitions tell
    apart: some thousand groups. Labels, conditions and measures are worked out on these groups only.
    """
    measures = list(measures)
    grouped = _grouped(needed(rows, source, measures), source, measures)
    labelled = grouped.mutate(**_keys(grouped, source))
    long = [
        _long(labelled, place, chosen, measures, source)
        for place in source.places
        if (chosen := [measure for measure in measures if measure.place == place])
    ]
    return ibis.union(*long) if len(long) > 1 else long[0]


def _own(source: Source) -> list[str]:
    """The columns that date a row."""
    return ["YEAR"] if source.grain == "year" else ["FLX_ANN_MOI", "SOI_ANN", "SOI_MOI"]


def needed(rows: ir.Table, source: Source, measures: list[Measure]) -> ir.Table:
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
    pairs = [(literal(column, code), number) for code, number in _classes(sets).items()]
    code = column.cast("int32") if column.type().is_integer() else column
    return ibis.ifelse(column.isnull(), ibis.null("int32"), code.cases(*pairs, else_=0).cast("int32"))


def literal(column: ir.Value, code: str) -> int | str:
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
            codes = sorted(literal(rows[column], code) for code in set().union(*named))
            tests.append(rows[column].isin(codes))
    return ibis.and_(*tests)


def _keys(rows: ir.Table, source: Source) -> dict[str, ir.Value]:
    flux = flux_period(rows, source)
    care = care_month(rows) if source.grain == "month" else flux
    bands = rows[source.age].cast("string")
    return {
        "care_period": care,
        "flux_period": flux,
        "sex": rows[source.sex].cast("string"),
        "age_band": bands.cases(*source.ages.items(), else_="?"),
        **{f"_{place}": located(rows[column], source) for place, column in source.places.items()},
    }


def located(column: ir.Value, source: Source) -> ir.StringValue:
    code = column.cast("string")
    return ibis.ifelse(code.isin(source.unknown), territories.UNKNOWN, code)


def flux_period(rows: ir.Table, source: Source) -> ir.Value:
    if source.grain == "year":
        return rows.YEAR.cast("string")
    month = rows.FLX_ANN_MOI.cast("string")
    return month.substr(0, 4) + "-" + month.substr(4, 2)


def care_month(rows: ir.Table) -> ir.Value:
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
