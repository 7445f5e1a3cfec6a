"""Why a figure moved, in the simplest words that are arithmetically true; it names no cause."""

from collections.abc import Iterable

from indicators.catalogue import Catalogue, Indicator, Measure
from indicators.periods import last_month, year_before
from indicators.present import numbers, series
from indicators.present.wording import say

Sums = dict[str, tuple[float, float]]  # measure -> a year before, now
SMALLEST_SHARE = 0.2  # of the whole change, under which a component is not worth a sentence


def why(published, catalogue: Catalogue, entry: Indicator, level: str, territory: str, period: str,
        language: str = "fr") -> str:  # fmt: skip
    """Volume and unit cost where both are published, then the component that moved most, over a year."""
    sums = measured(published, catalogue, entry, level, territory, period)
    parts = [volume_price(catalogue, entry, sums, language), component(catalogue, entry, sums, language)]
    if not any(parts):
        points = series.history(published, entry.id, level, territory)
        now, before = series.at(points, period), series.at(points, year_before(period))
        parts = [
            both_terms(catalogue, entry, before, now, language),
            growth(published, catalogue, entry, level, territory, period, language),
        ]
    said = " ".join(part for part in parts if part)
    return said or say("why.unknown", language)


def measured(published, catalogue: Catalogue, entry: Indicator, level: str, territory: str, period: str) -> Sums:
    """The measures, its own and parts of its own, that the table holds over the same months as an indicator."""
    found: Sums = {}
    whole = [catalogue.measures[name] for name in entry.numerator]
    for other in catalogue.indicators.values():
        if not _same_months(entry, other) or not _related(catalogue, entry, other, whole):
            continue
        points = series.history(published, other.id, level, territory)
        now, before = series.at(points, period), series.at(points, year_before(period))
        if now and before and now.assessable and before.assessable:
            found |= _terms(other, now, before)
    return found


def _same_months(entry: Indicator, other: Indicator) -> bool:
    same = (other.window, other.frequency, other.clock) == (entry.window, entry.frequency, entry.clock)
    return same and other.method != "growth_12m"


def _related(catalogue: Catalogue, entry: Indicator, other: Indicator, whole: list[Measure]) -> bool:
    names = {*other.numerator, *other.denominator}
    if names & {*entry.numerator, *entry.count}:
        return True
    return any(within(catalogue.measures[name], one) for name in names for one in whole)


def _terms(other: Indicator, now, before) -> Sums:
    terms = ((other.numerator, "numerator"), (other.denominator, "denominator"))
    return {
        measures[0]: (getattr(before, key), getattr(now, key))
        for measures, key in terms
        if len(measures) == 1 and getattr(now, key) is not None and getattr(before, key)
    }


def volume_price(catalogue: Catalogue, entry: Indicator, sums: Sums, language: str) -> str:
    """An amount is acts times amount per act: how each moved; empty where one is not published."""
    if len(entry.numerator) != 1 or len(entry.count) != 1 or catalogue.measures[entry.numerator[0]].counted:
        return ""
    amount, acts = sums.get(entry.numerator[0]), sums.get(entry.count[0])
    return _split("why.volume_price", amount, acts, catalogue.measures[entry.count[0]], language)


def _split(key: str, amount, acts, counted: Measure, language: str) -> str:
    """How the acts and the amount per act each moved, from their two sums; empty where one is missing or zero."""
    if not amount or not acts or not all((*amount, *acts)):
        return ""
    prices = tuple(money / count for money, count in zip(amount, acts, strict=True))
    volume, price = _moved(acts, language), _moved(prices, language)
    return say(key, language, volume=volume, price=price, counted=counted.label[language])


def component(catalogue: Catalogue, entry: Indicator, sums: Sums, language: str) -> str:
    """The part of the numerator that moved most in the direction of the whole."""
    if len(entry.numerator) != 1 or entry.numerator[0] not in sums:
        return ""
    whole = catalogue.measures[entry.numerator[0]]
    before, now = sums[whole.id]
    moved = {m.id: sums[m.id][1] - sums[m.id][0] for m in leaves(catalogue, whole, sums)}
    if not moved or now == before:
        return ""
    most = max(moved, key=lambda id: moved[id] * (now - before))
    if moved[most] / (now - before) < SMALLEST_SHARE:
        return ""
    return say(
        "why.component", language, label=catalogue.measures[most].label[language],
        part=_difference(whole, moved[most], language), whole=_difference(whole, now - before, language),
    )  # fmt: skip


def growth(published, catalogue: Catalogue, entry: Indicator, level: str, territory: str, period: str,
           language: str) -> str:  # fmt: skip
    """Volume and unit cost behind a growth, from published monthly sums; empty where a month of one is missing."""
    if entry.method != "growth_12m" or len(entry.numerator) != 1 or len(entry.count) != 1:
        return ""
    amount, acts = (
        _two_years(published, catalogue, entry, names[0], level, territory, period)
        for names in (entry.numerator, entry.count)
    )
    return _split("why.growth", amount, acts, catalogue.measures[entry.count[0]], language)


def _two_years(published, catalogue: Catalogue, entry: Indicator, measure: str, level: str, territory: str,
               period: str) -> tuple[float, float] | None:  # fmt: skip
    """A measure summed over the window before a growth's own, then over its own."""
    other = monthly_sum(catalogue, measure, entry.clock)
    if other is None:
        return None
    points = series.history(published, other.id, level, territory)
    known = {last_month(point.period): point.numerator for point in points if point.assessable}
    end = last_month(period)
    months = [known.get(month) for month in range(end - 2 * entry.window + 1, end + 1)]
    if any(value is None for value in months):
        return None
    return sum(months[: entry.window]), sum(months[entry.window :])


def monthly_sum(catalogue: Catalogue, measure: str, clock: str) -> Indicator | None:
    """The published indicator that is a measure summed month by month, on the same clock."""
    wanted = ("sum", "month", 1, clock, (measure,))
    return next(
        (
            other
            for other in catalogue.indicators.values()
            if (other.method, other.frequency, other.window, other.clock, other.numerator) == wanted
        ),
        None,
    )


def both_terms(catalogue: Catalogue, entry: Indicator, before, now, language: str) -> str:
    """How the two terms of a share, a rate or a ratio moved; empty where one is not published."""
    if not before or not now or not before.assessable or not now.assessable or entry.method in ("sum", "growth_12m"):
        return ""
    ends = ((before.numerator, now.numerator), (before.denominator, now.denominator))
    if any(value is None for pair in ends for value in pair) or not all(pair[0] for pair in ends):
        return ""
    top, bottom = (
        " + ".join(catalogue.measures[name].label[language] for name in names)
        for names in (entry.numerator, entry.denominator)
    )
    return say(
        "why.terms", language,
        top=top, top_change=_moved(ends[0], language), bottom=bottom, bottom_change=_moved(ends[1], language),
    )  # fmt: skip


def leaves(catalogue: Catalogue, whole: Measure, sums: Iterable[str]) -> list[Measure]:
    """The published measures that are a strict part of another, the finest ones only."""
    parts = [catalogue.measures[name] for name in sums if within(catalogue.measures[name], whole)]
    return [part for part in parts if not any(within(other, part) for other in parts)]


def within(part: Measure, whole: Measure) -> bool:
    """Whether the rows of a measure are some, not all, of the rows of another."""
    if part.id == whole.id or (part.source, part.sum, part.place) != (whole.source, whole.sum, whole.place):
        return False
    mine = {condition.column: condition for condition in part.where}
    for condition in whole.where:
        other = mine.get(condition.column)
        if other is None or other.excluded != condition.excluded:
            return False
        inner, outer = (condition, other) if condition.excluded else (other, condition)
        if not set(inner.codes) <= set(outer.codes):
            return False
    return _codes(part) != _codes(whole)


def _codes(measure: Measure) -> set:
    return {(condition.column, condition.excluded, frozenset(condition.codes)) for condition in measure.where}


def _moved(pair: tuple[float, float], language: str) -> str:
    return numbers.percent(numbers.relative(pair[1], pair[0]), language)


def _difference(measure: Measure, value: float, language: str) -> str:
    return numbers.amount(value, language, True) if measure.unit == "€" else numbers.number(value, 0, language, True)


def stake(entry: Indicator, point, expected: float | None) -> float | None:
    """What a gap weighs in euros over the months of the indicator, where it is an amount per head."""
    if not entry.unit.startswith("€") or entry.method != "amount_rate" or expected is None or point is None:
        return None
    if point.value is None or not point.denominator:
        return None
    return (point.value - expected) * point.denominator / entry.per
