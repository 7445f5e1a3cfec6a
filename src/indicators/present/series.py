"""Rows of the indicator table as charts, tables and sentences need them: plain points, holes kept as holes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from indicators.periods import year_before
from indicators.present.numbers import absent

HOLES = ("hidden", "missing")
UNSURE = ("provisional", "unreliable")
FIELDS = ("period", "level", "territory", "value", "lower", "upper", "numerator", "denominator", "flag", "corrected")
NUMBERS = (*FIELDS[3:8], "corrected")


class Point(NamedTuple):
    """One published figure; every number of a hidden or missing one is None.

    corrected: what a provisional value should become once all claims are in, where that is told.
    """

    period: str
    level: str
    territory: str
    value: float | None
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    flag: str
    corrected: float | None = None

    @property
    def assessable(self) -> bool:
        """Whether a status may rest on it: shown, complete and reliable."""
        return self.value is not None and self.flag not in UNSURE


def _point(row: Iterable[Any]) -> Point:
    point = Point(*row)
    gone = point.flag in HOLES
    numbers = {name: None if gone or absent(getattr(point, name)) else float(getattr(point, name)) for name in NUMBERS}
    flag = "missing" if numbers["value"] is None and not gone else point.flag
    return point._replace(flag=flag, **numbers)


def protected(table):
    """A copy in which no number is left where the flag says hidden or missing."""
    table = table.copy()
    present = [name for name in NUMBERS if name in table]
    table[present] = table[present].astype(float)
    table.loc[table["flag"].isin(HOLES), present] = float("nan")
    return table


class _Index:
    """The points of the last table asked for, each indicator read when it is first asked for."""

    def __init__(self) -> None:
        self.table: Any = None
        self.rows: dict[str, Any] = {}
        self.points: dict[str, dict[str, dict[str, list[Point]]]] = {}

    def of(self, table: Any, id: str) -> dict[str, dict[str, list[Point]]]:
        if table is not self.table:
            self.table, self.rows, self.points = table, table.groupby("indicator_id").indices, {}
        if id not in self.points:
            self.points[id] = _by_place(table.iloc[self.rows[id]]) if id in self.rows else {}
        return self.points[id]


_index = _Index()


def _by_place(table) -> dict[str, dict[str, list[Point]]]:
    """The points of one indicator by level, then territory, oldest first; an older table has fewer columns."""
    columns = [table[name].tolist() for name in FIELDS if name in table]
    found: dict[str, dict[str, list[Point]]] = {}
    for row in sorted(zip(*columns, strict=True), key=lambda row: row[0]):
        point = _point(row)
        found.setdefault(point.level, {}).setdefault(point.territory, []).append(point)
    return found


def by_territory(published, id: str, level: str) -> dict[str, list[Point]]:
    """The figures of every territory of a level, oldest first."""
    return dict(_index.of(published.table, id).get(level, {}))


def history(published, id: str, level: str, territory: str) -> list[Point]:
    """The figures of one territory, oldest first."""
    return list(by_territory(published, id, level).get(territory, ()))


def cross(published, id: str, level: str, period: str) -> dict[str, Point]:
    """The figures of all territories of a level at one period."""
    found = {code: at(points, period) for code, points in by_territory(published, id, level).items()}
    return {code: point for code, point in found.items() if point}


def latest(points: Iterable[Point]) -> Point | None:
    """The last figure that a judgement may rest on."""
    return next((point for point in reversed(list(points)) if point.assessable), None)


def at(points: Iterable[Point], period: str | None) -> Point | None:
    return next((point for point in points if point.period == period), None)


def a_year_ago(points: Iterable[Point], point: Point | None) -> float | None:
    """The value a year before a figure; None unless both are complete enough to be compared."""
    if point is None or not point.assessable:
        return None
    before = at(points, year_before(point.period))
    return before.value if before and before.assessable else None


def latest_period(published, id: str, level: str) -> str:
    """The last period with a figure that can be shown, at this level; the last one written otherwise."""
    points = [point for found in by_territory(published, id, level).values() for point in found]
    sure = [point.period for point in points if point.assessable]
    return max(sure or [point.period for point in points], default="")
