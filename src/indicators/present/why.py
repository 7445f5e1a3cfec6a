"""Why a figure moved, in the simplest words that are arithmetically true; it names no cause."""

from collections.abc import Iterable

from indicators.catalogue import Catalogue, Indicator, Measure
from indicators.periods import year_before
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
        parts = [both_terms(catalogue, entry, sums, language)]
    said = " ".join(part for part in parts if part)
    return said or say("why.unknown", language)


def measured(published, catalogue: Catalogue, entry: Indicator, level: str, territory: str, period: str) -> Sums:
    """The measures that the table holds over the same window as an indicator, a year before and now."""
    found: Sums = {}
    for other in catalogue.indicators.values():
        same = (other.window, other.frequency, other.clock) == (entry.window, entry.frequency, entry.clock)
        if not same or other.method == "growth_12m":
            continue
        points = series.history(published, other.id, level, territory)
        now, before = series.at(points, period), series.at(points, year_before(period))
        if now and before:
            found |= _terms(other, now, before)
    return found


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
    if not amount or not acts or not all((*amount, *acts)):
        return ""
    prices = tuple(money / count for money, count in zip(amount, acts, strict=True))
    return say(
        "why.volume_price", language,
        volume=_moved(acts, language), price=_moved(prices, language),
        counted=catalogue.measures[entry.count[0]].label[language],
    )  # fmt: skip


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


def both_terms(catalogue: Catalogue, entry: Indicator, sums: Sums, language: str) -> str:
    """How the two terms of a share, a rate or a ratio moved."""
    terms = (*entry.numerator, *entry.denominator)
    if len(terms) != 2 or any(name not in sums for name in terms):
        return ""
    top, bottom = (catalogue.measures[name].label[language] for name in terms)
    return say(
        "why.terms", language,
        top=top, top_change=_moved(sums[terms[0]], language),
        bottom=bottom, bottom_change=_moved(sums[terms[1]], language),
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
