"""Facts to sums by period and place: roll-up, dense spine, range window; sums stay decimal."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from indicators import territories
from indicators.engine.backends import SUM


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
