"""Where an objective stands against its straight trajectory: one word, and the numbers behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from indicators.convention.plan import Objective, Tolerance
from indicators.periods import last_month

STATUSES = ("offtrack", "watch", "accepted", "ontrack", "met", "na")  # what needs attention first


@dataclass(frozen=True)
class Assessment:
    """The word for an objective; the numbers are None when nothing can be assessed.

    `gap` is value − expected, in the unit of the indicator; `shortfall` is the missing part of the
    planned change (0.5: half of it is missing; negative: ahead).
    """

    status: str
    period: str | None = None
    value: float | None = None
    expected: float | None = None
    gap: float | None = None
    shortfall: float | None = None


def expected(objective: Objective, period: str) -> float:
    """The value due at a period on the straight line from the baseline to the target, flat outside it."""
    start, end = last_month(objective.baseline.period), last_month(objective.target.period)
    share = min(max((last_month(period) - start) / (end - start), 0.0), 1.0)
    return objective.baseline.value + share * (objective.target.value - objective.baseline.value)


def sense(objective: Objective, direction: str) -> int:
    """+1 where more is the aim, −1 where less is, 0 where nothing says so."""
    planned = objective.target.value - objective.baseline.value
    if planned:
        return 1 if planned > 0 else -1
    return {"up": 1, "down": -1, "none": 0}[direction]


def last_assessable(points: Sequence, after: str):
    """The last figure after a period that is neither hidden, missing, provisional nor unreliable."""
    usable = [point for point in points if point.assessable and last_month(point.period) > last_month(after)]
    return max(usable, key=lambda point: last_month(point.period), default=None)


def assess(
    objective: Objective,
    points: Sequence,
    direction: str,
    tolerance: Tolerance,
    accepted_until: date | None = None,
    today: date | None = None,
) -> Assessment:
    """The status of an objective from the figures of its territory; its baseline period does not count.

    A gap accepted by a session keeps that word until its date, unless the target is met or on track.
    """
    point = last_assessable(points, objective.baseline.period)
    if point is None:
        return Assessment("na")
    due, way = expected(objective, point.period), sense(objective, direction)
    planned = abs(objective.target.value - objective.baseline.value)
    scale = planned or abs(objective.target.value) * tolerance.steady or 1.0
    missing = (due - point.value) * way if way else abs(due - point.value)
    short = round(missing / scale, 9)  # so that a value right on a limit is on it
    word = _word(objective, point, way, short, tolerance, bool(planned))
    if word in ("watch", "offtrack") and accepted_until and (today or date.today()) <= accepted_until:
        word = "accepted"
    return Assessment(word, point.period, point.value, due, point.value - due, short)


def _word(objective: Objective, point, way: int, short: float, tolerance: Tolerance, moving: bool) -> str:
    reached = (point.value - objective.target.value) * way >= 0 if way else short <= tolerance.on_track
    over = last_month(point.period) >= last_month(objective.target.period)
    if reached and (moving or over):
        return "met"
    if short <= tolerance.on_track and not over:
        return "ontrack"
    return "watch" if short <= tolerance.watch else "offtrack"
