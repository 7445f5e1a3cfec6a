"""What a chart, a card or a sheet says in words, made from the figures themselves."""

from collections.abc import Iterable, Sequence

from indicators import territories
from indicators.catalogue import Indicator
from indicators.present import numbers, series
from indicators.present.series import Point
from indicators.present.wording import say


def place(level: str, territory: str, language: str) -> str:
    return territories.get(level, territory).label[language]


def shown(entry: Indicator, value: float | None, language: str, flag: str = "ok", signed: bool = False) -> str:
    """A value of an indicator, in its unit."""
    return numbers.with_unit(value, entry.unit, entry.decimals, language, signed, flag)


def bare(entry: Indicator, value: float | None, language: str, flag: str = "ok") -> str:
    """A value without its unit, where the unit is said beside; an amount keeps its own."""
    if flag in series.HOLES or value is None:
        return numbers.hole(flag, language)
    return shown(entry, value, language) if entry.unit == "€" else numbers.number(value, entry.decimals, language)


def figure(entry: Indicator, point: Point | None, language: str) -> str:
    """A published figure in its unit, with the mark of what is not final."""
    if point is None:
        return numbers.hole("missing", language)
    text = shown(entry, point.value, language, point.flag)
    return f"{text}{numbers.NO_BREAK}{say(f'mark.{point.flag}', language)}" if point.flag in series.UNSURE else text


def when(entry: Indicator, period: str, language: str) -> str:
    """The period of a figure, said with the months that it covers."""
    return numbers.period(period, language, entry.window)


def measurable(entry: Indicator, reference: float | None) -> bool:
    """Whether a gap to a reference has a meaning: not in % of what is shown as zero."""
    if reference is None:
        return False
    return entry.unit in numbers.SHARES or round(reference, entry.decimals) != 0


def change(entry: Indicator, before: float | None, after: float | None, language: str) -> str:
    """What moved over a year, or a dash where the two figures cannot be compared."""
    if before is None or after is None or not measurable(entry, before):
        return say("value.none", language)
    return numbers.change(before, after, entry.unit, language)


def pair(name: str, value: str, language: str) -> str:
    """« name : value », as each language writes its colon."""
    return say("list.pair", language, name=name, value=value)


def listed(items: Iterable[str], language: str) -> str:
    return say("list.separator", language).join(items)


def comparable(entry: Indicator) -> bool:
    """Whether territories of unequal sizes can be held side by side: a sum can not."""
    return entry.method != "sum"


def france_gap(entry: Indicator, value: float | None, france: float | None, language: str) -> str:
    return gap(entry, value, france, language) if comparable(entry) else say("value.none", language)


def gap(entry: Indicator, value: float | None, reference: float | None, language: str) -> str:
    """A difference from a reference: points for a share, % of the reference otherwise."""
    if reference is not None and not measurable(entry, reference):
        return say("value.none", language)
    return numbers.change(reference, value, entry.unit, language)


def direction(entry: Indicator, language: str) -> str:
    return say(f"direction.{entry.direction}", language)


def reading(key: str, entry: Indicator, language: str) -> str:
    """How to read a chart: its unit, the wanted direction, what its marks are."""
    unit = numbers.unit_name(entry.unit, language)
    return say(key, language, unit=unit, direction=direction(entry, language))


def title(entry: Indicator, point: Point | None, before: float | None, language: str) -> str:
    """What a chart shows, in one sentence: « Dépense de taxi : 29,0 €/hab., +6,2 % sur un an »."""
    label = entry.label[language]
    if point is None:
        return say("title.nothing", language, label=label)
    value = figure(entry, point, language)
    if point.value is None or not measurable(entry, before):
        return say("title.value", language, label=label, value=value)
    moved = change(entry, before, point.value, language)
    return say("title.change", language, label=label, value=value, change=moved)


def subtitle(entry: Indicator, period: str | None, where: str, language: str) -> str:
    parts = [where, when(entry, period, language) if period else "", direction(entry, language)]
    return " · ".join(part for part in parts if part)


def against_france(entry: Indicator, point: Point | None, france: Point | None, language: str) -> str:
    """How a territory stands beside France, or an empty text where one of them is not shown."""
    if not comparable(entry) or not point or not france or point.value is None or france.value is None:
        return ""
    if not measurable(entry, france.value):
        return say("headline.france_only", language, value=figure(entry, france, language))
    return say(
        "headline.france", language,
        value=figure(entry, france, language), gap=gap(entry, point.value, france.value, language),
    )  # fmt: skip


def headline(entry: Indicator, where: str, point: Point | None, before: float | None, france: Point | None,
             language: str) -> str:  # fmt: skip
    """The page of an indicator in one or two sentences."""
    if point is None or point.value is None:
        flag = point.flag if point else "missing"
        return say(f"headline.{flag}", language, place=where, label=entry.label[language])
    values = {"place": where, "label": entry.label[language], "value": figure(entry, point, language)}
    period = when(entry, point.period, language)
    if point.flag in series.UNSURE:
        first = say(f"headline.value_{point.flag}", language, period=period, **values)
    elif before is None:
        first = say("headline.value", language, period=period, **values)
    elif not measurable(entry, before):
        first = say("headline.bare", language, period=period, **values)
    else:
        moved = change(entry, before, point.value, language)
        first = say("headline.change", language, period=period, change=moved, **values)
    parts = [first, completed(entry, point, language), against_france(entry, point, france, language)]
    return " ".join(part for part in parts if part)


def completed(entry: Indicator, point: Point, language: str) -> str:
    """What a provisional figure should become; empty where that is not told."""
    if point.corrected is None:
        return ""
    return say("headline.completed", language, value=shown(entry, point.corrected, language))


def verdict(entry: Indicator, assessment, language: str) -> str:
    """Value, expected value and gap of an assessed objective, with the way it should go."""
    if assessment.value is None:
        return say("verdict.na", language)
    return say(
        "verdict.gap", language,
        value=shown(entry, assessment.value, language), expected=shown(entry, assessment.expected, language),
        gap=gap(entry, assessment.value, assessment.expected, language),
        period=when(entry, assessment.period, language), direction=direction(entry, language),
    )  # fmt: skip


def curve(entry: Indicator, points: Sequence[Point], language: str) -> str:
    """A series read aloud: first, last, lowest, highest, then its holes."""
    seen = [point for point in points if point.value is not None]
    if not seen:
        return say("describe.nothing", language)
    first, last = seen[0], seen[-1]
    low, high = min(seen, key=lambda p: p.value), max(seen, key=lambda p: p.value)
    text = say(
        "describe.curve", language,
        first=_dated(entry, first, language), last=_dated(entry, last, language),
        low=_dated(entry, low, language), high=_dated(entry, high, language),
    )  # fmt: skip
    return f"{text} {holes(points, language)}".strip()


def _dated(entry: Indicator, point: Point, language: str) -> str:
    return f"{figure(entry, point, language)} ({numbers.period(point.period, language)})"


def holes(points: Iterable[Point], language: str) -> str:
    """Which figures are hidden, not available or provisional, by name; empty where there are none."""
    named: dict[str, list[str]] = {}
    for point in points:
        if point.flag != "ok":
            named.setdefault(point.flag, []).append(numbers.period(point.period, language))
    return " ".join(say(f"holes.{flag}", language, periods=enumerated(items)) for flag, items in named.items())


def completions(entry: Indicator, points: Iterable[Point], language: str) -> str:
    """What the provisional figures should become, by name; empty where that is not told."""
    told = [
        pair(numbers.period(point.period, language), shown(entry, point.corrected, language), language)
        for point in points
        if point.corrected is not None
    ]
    return say("holes.completed", language, figures=listed(told, language)) if told else ""


def enumerated(items: Sequence[str], most: int = 6) -> str:
    return ", ".join(items[:most]) + (", …" if len(items) > most else "")


def places(entry: Indicator, points: dict[str, Point], level: str, language: str) -> str:
    """The figures of all territories of a level, read aloud in the order of their names."""
    named = [(place(level, code, language), point) for code, point in points.items()]
    named.sort(key=lambda one: territories.plain(one[0]))
    return listed((pair(name, figure(entry, point, language), language) for name, point in named), language)
