"""Charts as plain plotly figures (`{data, layout}`), made without importing plotly.

`layout.meta.description` holds the chart in words, made from the same figures.
"""

from html import escape
from math import ceil, floor, log10
from textwrap import wrap
from typing import Any

import numpy as np

from indicators import catalogue, territories
from indicators.catalogue import Indicator
from indicators.periods import last_month
from indicators.present import numbers, sentences, series
from indicators.present.series import UNSURE, Point
from indicators.present.wording import say

Figure = dict[str, Any]
OWN, FRANCE, PEERS, AIM, INK = "#0B4F86", "#1B2430", "#5F6368", "#8A3FA0", "#1B2430"
BAND = "rgba(95,99,104,0.20)"
RAMP = ("#E8F1F9", "#BFD9EE", "#86B8DE", "#3F86BD", "#0B4F86")  # light to dark, one hue
LIGHT_CLASSES = 3  # classes on which dark letters are read
HATCH = {"shape": "/", "fgcolor": PEERS, "bgcolor": "#FFFFFF", "size": 6, "solidity": 0.25}
FEWEST_PEERS = 5
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif'
SEPARATORS = {"fr": ",\u202f", "en": ".,"}


def description(figure: Figure) -> str:
    """The chart in words."""
    return figure["layout"]["meta"]["description"]


def untitled(figure: Figure) -> Figure:
    """The same figure for a page that writes the title itself."""
    layout = {key: value for key, value in figure["layout"].items() if key != "title"}
    return {"data": figure["data"], "layout": layout | {"margin": layout["margin"] | {"t": 12}}}


def _text(words: str) -> str:
    """Words in which plotly reads no markup."""
    return escape(words, quote=False)


def _broken(words: str, width: int) -> str:
    return "<br>".join(wrap(_text(words), width, break_long_words=False))


def _layout(title: str, subtitle: str, description: str, language: str, height: int, **more: Any) -> Figure:
    lines = _broken(title, 44).count("<br>") + 1
    return {
        "title": {
            "text": _broken(title, 44), "x": 0, "xref": "paper", "font": {"size": 15},
            "subtitle": {"text": _broken(subtitle, 60), "font": {"size": 12}},
        },
        "height": height, "autosize": True, "separators": SEPARATORS[language],
        "font": {"family": FONT, "size": 12, "color": INK},
        "margin": {"l": 52, "r": 14, "t": 52 + 18 * lines, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.14, "yanchor": "top", "font": {"size": 12}},
        "hovermode": "closest", "dragmode": False,
        "meta": {"title": title, "subtitle": subtitle, "description": description},
        **more,
    }  # fmt: skip


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from at most `low` to at least `high`.

    >>> ticks(24.2, 30.9)
    [24.0, 26.0, 28.0, 30.0, 32.0]
    """
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** floor(log10(span / count))
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if span / (power * size) <= count)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(step * index, 12) for index in range(first, last + 1)]


def _axis_words(values: list[float], unit: str, language: str) -> list[str]:
    """Tick labels as the pages write numbers, with just the decimals that tell them apart."""
    if unit == "€":
        return [numbers.amount(value, language) for value in values]
    step = values[1] - values[0] if len(values) > 1 else 1.0
    decimals = next((d for d in range(5) if abs(round(step, d) - step) < 1e-9), 4)
    return [numbers.number(value, decimals, language) for value in values]


def _value_axis(values: list[float], unit: str, language: str) -> Figure:
    marks = ticks(min(values), max(values)) if values else [0.0, 1.0]
    edge = (marks[-1] - marks[0]) * 0.03
    return {
        "tickmode": "array", "tickvals": marks, "ticktext": _axis_words(marks, unit, language),
        "range": [marks[0] - edge, marks[-1] + edge], "fixedrange": True, "zeroline": False,
        "gridcolor": "#E3E7EC", "ticks": "",
    }  # fmt: skip


def _time_axis(months: list[int]) -> Figure:
    """Years written in the middle of their months."""
    years = range(min(months) // 12, max(months) // 12 + 1)
    step = ceil(len(years) / 7)
    marks = list(years)[::-1][::step][::-1]
    return {
        "tickmode": "array", "tickvals": [12 * year + 5.5 for year in marks], "ticktext": [str(year) for year in marks],
        "range": [min(months) - 1.5, max(months) + 1.5], "fixedrange": True, "zeroline": False, "showgrid": False,
        "ticks": "outside", "tickcolor": "#8A95A3",
    }  # fmt: skip


def _hover(entry: Indicator, name: str, points: list[Point], language: str) -> list[str]:
    return [
        _text(f"{name}, {sentences.when(entry, point.period, language)} : {sentences.figure(entry, point, language)}")
        for point in points
    ]


def _line(name: str, points: list[Point], words: list[str], color: str, **more: Any) -> Figure:
    return {
        "type": "scatter", "name": _text(name), "x": [last_month(point.period) for point in points],
        "y": [point.value for point in points], "text": words, "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines+markers", "connectgaps": False, "line": {"color": color, "width": 2.5}, **more,
    }  # fmt: skip


def _own_lines(entry: Indicator, name: str, points: list[Point], language: str) -> list[Figure]:
    """The final figures in a full line, the unsure ones dashed and hollow; hidden ones leave a gap."""
    blank = [point._replace(value=None) if point.flag in UNSURE else point for point in points]
    lines = [_line(name, blank, _hover(entry, name, points, language), OWN, marker={"color": OWN, "size": 6})]
    unsure = [
        point if point.flag in UNSURE or _next_unsure(points, index) else point._replace(value=None)
        for index, point in enumerate(points)
    ]
    if any(point.flag in UNSURE and point.value is not None for point in points):
        label = say("chart.provisional", language)
        hollow = {"color": "#FFFFFF", "size": 7, "line": {"color": OWN, "width": 2}}
        dashed = {"color": OWN, "width": 2, "dash": "dot"}
        lines.append(_line(label, unsure, _hover(entry, name, points, language), OWN, marker=hollow, line=dashed))
    return lines


def _next_unsure(points: list[Point], index: int) -> bool:
    return index + 1 < len(points) and points[index + 1].flag in UNSURE and points[index].value is not None


def _provisional_zone(points: list[Point], low: float, high: float) -> list[Figure]:
    """A hatched ground behind the figures that will still move."""
    months = [last_month(point.period) for point in points if point.flag == "provisional"]
    if not months:
        return []
    left, right = min(months) - 0.5, max(months) + 0.5
    return [{
        "type": "scatter", "x": [left, right, right, left, left], "y": [low, low, high, high, low], "fill": "toself",
        "mode": "lines", "line": {"width": 0}, "fillpattern": {**HATCH, "fgcolor": "#C3CAD3", "solidity": 0.12},
        "hoverinfo": "skip", "showlegend": False,
    }]  # fmt: skip


def _band(entry: Indicator, peers: list[list[Point]], language: str) -> list[Figure]:
    """From the lowest tenth to the highest tenth of the peers, with their median; holes are left out."""
    values: dict[int, list[float]] = {}
    for point in (point for points in peers for point in points if point.value is not None):
        values.setdefault(last_month(point.period), []).append(point.value)
    months = sorted(month for month, seen in values.items() if len(seen) >= FEWEST_PEERS)
    if not months:
        return []
    low, middle, high = (np.array([np.percentile(values[m], q) for m in months]).tolist() for q in (10, 50, 90))
    count = max(len(values[month]) for month in months)
    flat = {"type": "scatter", "mode": "lines", "x": months, "hoverinfo": "skip", "line": {"width": 0}}
    name = say("chart.band", language, count=count)
    median = {"color": PEERS, "width": 1.5, "dash": "dash"}
    return [
        {**flat, "y": high, "showlegend": False, "name": _text(name)},
        {**flat, "y": low, "fill": "tonexty", "fillcolor": BAND, "name": _text(name)},
        {**flat, "y": middle, "line": median, "name": say("chart.median", language)},
    ]


def _aim(entry: Indicator, goal, language: str) -> list[Figure]:
    """The straight way from where an action started to what it must reach."""
    marks = (goal.baseline, goal.target)
    words = [say("chart.baseline", language), say("chart.target", language)]
    labels = [
        _text(f"{word}, {numbers.period(mark.period, language)} : {sentences.shown(entry, mark.value, language)}")
        for word, mark in zip(words, marks, strict=True)
    ]
    return [{
        "type": "scatter", "name": say("chart.trajectory", language), "mode": "lines+markers",
        "x": [last_month(mark.period) for mark in marks], "y": [mark.value for mark in marks], "text": labels,
        "hovertemplate": "%{text}<extra></extra>", "line": {"color": AIM, "width": 2, "dash": "dashdot"},
        "marker": {"color": AIM, "size": [9, 12], "symbol": ["diamond-open", "star"]},
    }]  # fmt: skip


def _drawn(traces: list[Figure]) -> list[float]:
    return [value for trace in traces for value in trace["y"] if value is not None]


def trend(published, id: str, level: str = "cnam", territory: str = "93", language: str = "fr", goal=None) -> Figure:
    """A territory over time, beside France, its peers and its trajectory (`goal`: baseline and target).

    Provisional figures are dashed on a hatched ground; hidden ones leave a gap that the description names.
    """
    entry = catalogue.load().indicator(id)
    everyone = series.by_territory(published, id, level)
    points, where = everyone.pop(territory, []), sentences.place(level, territory, language)
    traces = _band(entry, list(everyone.values()), language)
    if (level, territory) != territories.FRANCE:
        france, name = series.history(published, id, *territories.FRANCE), say("chart.france", language)
        dotted = {"color": FRANCE, "width": 1.8, "dash": "dash"}
        words = _hover(entry, name, france, language)
        traces.append(_line(name, france, words, FRANCE, mode="lines", line=dotted))
    traces += _aim(entry, goal, language) if goal else _national(entry, points, language)
    traces += _own_lines(entry, where, points, language)
    axis = _value_axis(_drawn(traces), entry.unit, language)
    traces = _provisional_zone(points, *axis["range"]) + traces
    return {"data": traces, "layout": _trend_layout(entry, points, traces, axis, where, language, goal)}


def _national(entry: Indicator, points: list[Point], language: str) -> list[Figure]:
    """The published target of the catalogue, level over the whole period."""
    if not entry.target or not points:
        return []
    months = [last_month(points[0].period), last_month(points[-1].period)]
    return [{
        "type": "scatter", "mode": "lines", "x": months, "y": [entry.target.value] * 2, "hoverinfo": "skip",
        "name": say("chart.target", language), "line": {"color": AIM, "width": 2, "dash": "dashdot"},
    }]  # fmt: skip


def _trend_layout(entry, points, traces, axis, where, language, goal) -> Figure:
    point = series.latest(points) or next((p for p in reversed(points) if p.value is not None), None)
    before = series.a_year_ago(points, point)
    words = [sentences.curve(entry, points, language)]
    if goal:
        words.append(say(
            "describe.goal", language,
            baseline=sentences.shown(entry, goal.baseline.value, language),
            start=numbers.period(goal.baseline.period, language),
            target=sentences.shown(entry, goal.target.value, language),
            end=numbers.period(goal.target.period, language),
        ))  # fmt: skip
    months = [month for trace in traces for month in trace["x"]] or [0]
    return _layout(
        sentences.title(entry, point, before, language),
        sentences.subtitle(entry, point.period if point else None, where, language),
        " ".join(words), language, 380,
        xaxis=_time_axis([round(month) for month in months]), yaxis=axis,
        annotations=_hidden_marks(points, axis["range"][0]),
    )  # fmt: skip


def _hidden_marks(points: list[Point], low: float) -> list[Figure]:
    """« s. » on the axis where a figure is withheld: a gap that is named."""
    months = [last_month(point.period) for point in points if point.flag == "hidden"]
    look = {"text": numbers.hole("hidden"), "showarrow": False, "font": {"size": 11, "color": PEERS}}
    return [{"x": month, "y": low, "yanchor": "bottom", **look} for month in months]


def compare(
    published, id: str, period: str | None = None, language: str = "fr", own: str | None = None, level: str = "cnam"
) -> Figure:
    """All territories of a level at one period, with their intervals and a line for France; no rank is written."""
    entry = catalogue.load().indicator(id)
    period = period or latest_period(published, id, level)
    points = series.cross(published, id, level, period)
    france = series.cross(published, id, territories.FRANCE[0], period).get(territories.FRANCE[1])
    shown = sorted((p for p in points.values() if p.value is not None), key=lambda p: p.value)
    order = [p for p in points.values() if p.value is None] + shown
    edges = [edge for p in shown for edge in (p.value, p.lower, p.upper) if edge is not None]
    axis = _value_axis(edges + ([france.value] if france and france.value is not None else []), entry.unit, language)
    names = [sentences.place(level, point.territory, language) for point in order]
    traces = [_dots(entry, order, names, own, language)] if shown else []
    france_shapes, france_words = _france_line(entry, france, len(order), language)
    title = say("title.compare", language, label=entry.label[language], period=sentences.when(entry, period, language))
    layout = _layout(
        title, say("subtitle.compare", language, unit=numbers.unit_name(entry.unit, language)),
        _compare_words(entry, points, france, level, language), language, 96 + 31 * max(len(order), 4),
        xaxis=axis, shapes=france_shapes, showlegend=False,
        yaxis={
            "tickmode": "array", "tickvals": list(range(len(order))), "fixedrange": True, "gridcolor": "#F0F2F5",
            "ticktext": [_label(name, p.territory == own) for name, p in zip(names, order, strict=True)],
            "range": [-0.7, len(order) - 0.1], "zeroline": False, "tickfont": {"size": 11},
        },
        annotations=france_words + _unshown(order, axis["range"][0]),
    )  # fmt: skip
    return {"data": traces, "layout": layout | {"margin": layout["margin"] | {"l": 142}}}


def _label(name: str, own: bool) -> str:
    words = _broken(name, 22)
    return f"<b>{words}</b>" if own else words


def _dots(entry: Indicator, order: list[Point], names: list[str], own: str | None, language: str) -> Figure:
    shown = [(row, point) for row, point in enumerate(order) if point.value is not None]
    mine = [point.territory == own for _, point in shown]
    reach = [[(p.upper if p.upper is not None else p.value) - p.value for _, p in shown],
             [p.value - (p.lower if p.lower is not None else p.value) for _, p in shown]]  # fmt: skip
    words = [_text(f"{names[row]} : {_with_interval(entry, point, language)}") for row, point in shown]
    return {
        "type": "scatter", "mode": "markers", "x": [p.value for _, p in shown], "y": [row for row, _ in shown],
        "text": words, "hovertemplate": "%{text}<extra></extra>",
        "error_x": {"type": "data", "symmetric": False, "array": reach[0], "arrayminus": reach[1],
                    "color": PEERS, "thickness": 1.5, "width": 3},
        "marker": {
            "color": [OWN if lit else "#FFFFFF" for lit in mine], "size": [11 if lit else 8 for lit in mine],
            "symbol": ["diamond" if lit else "circle" for lit in mine], "line": {"color": OWN, "width": 1.8},
        },
    }  # fmt: skip


def _with_interval(entry: Indicator, point: Point, language: str) -> str:
    value = sentences.figure(entry, point, language)
    if point.lower is None or point.upper is None:
        return value
    interval = numbers.between(point.lower, point.upper, entry.unit, entry.decimals, language)
    return f"{value} ({interval})"


def _france_line(entry: Indicator, france: Point | None, rows: int, language: str) -> tuple[list, list]:
    if france is None or france.value is None:
        return [], []
    line = {"type": "line", "x0": france.value, "x1": france.value, "y0": -0.7, "y1": rows - 0.4,
            "line": {"color": FRANCE, "width": 1.5, "dash": "dash"}, "layer": "below"}  # fmt: skip
    words = f"{say('chart.france', language)} : {sentences.figure(entry, france, language)}"
    note = {"x": france.value, "y": rows - 0.4, "text": _text(words), "showarrow": False, "yanchor": "bottom"}
    return [line], [note]


def _unshown(order: list[Point], left: float) -> list[Figure]:
    return [
        {"x": left, "y": row, "text": numbers.hole(point.flag), "showarrow": False, "xanchor": "left",
         "font": {"color": PEERS}}
        for row, point in enumerate(order)
        if point.value is None
    ]  # fmt: skip


def _compare_words(entry: Indicator, points: dict[str, Point], france: Point | None, level: str, language: str) -> str:
    words = sentences.places(entry, points, level, language)
    return f"{say('chart.france', language)} : {sentences.figure(entry, france, language)} ; {words}"


def latest_period(published, id: str, level: str) -> str:
    """The last period with a figure that can be shown, at this level; the last one written otherwise."""
    points = [point for found in series.by_territory(published, id, level).values() for point in found]
    sure = [point.period for point in points if point.assessable]
    return max(sure or [point.period for point in points], default="")


def classes(values: list[float], count: int = 5) -> list[float]:
    """The upper limits of classes of about equal numbers of territories, without an empty class.

    >>> classes([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    [2.0, 4.0, 6.0, 8.0, 10.0]
    """
    ordered = sorted(values)
    limits = [ordered[ceil(len(ordered) * (index + 1) / count) - 1] for index in range(count)] if ordered else []
    return list(dict.fromkeys(limits))


def tile_map(
    published, id: str, period: str | None = None, language: str = "fr", own: str | None = None, level: str = "cnam"
) -> Figure:
    """The territories as tiles of equal size, from light to dark by value, the value written in each.

    A tile without a figure is hatched and says why.
    """
    entry = catalogue.load().indicator(id)
    period = period or latest_period(published, id, level)
    points = series.cross(published, id, level, period)
    places = [place for place in territories.of_level(level) if place.tile]
    limits = classes([p.value for p in points.values() if p.value is not None])
    groups = _classed(places, points, limits)
    traces = [_tiles(entry, groups[index], points, index, len(limits), language) for index in sorted(groups)]
    traces.append(_tile_words(entry, places, points, limits, language))
    title = say("title.map", language, label=entry.label[language], period=sentences.when(entry, period, language))
    down = max((place.tile[0] for place in places), default=0) + 1
    across = max((place.tile[1] for place in places), default=0) + 1
    layout = _layout(
        title, say("subtitle.map", language, unit=numbers.unit_name(entry.unit, language)),
        sentences.places(entry, points, level, language), language, 470,
        xaxis={"visible": False, "range": [-0.05, across + 0.05], "fixedrange": True},
        yaxis={"visible": False, "range": [down + 0.05, -0.05], "fixedrange": True},
        shapes=[_outline(place.tile) for place in places if place.code == own],
    )  # fmt: skip
    layout["legend"] |= {"y": -0.02, "itemclick": False, "itemdoubleclick": False}
    return {"data": traces, "layout": layout | {"margin": layout["margin"] | {"l": 8, "r": 8, "b": 8}}}


def _class_of(point: Point | None, limits: list[float]) -> int:
    """The class of a figure, −1 where there is none to show."""
    if point is None or point.value is None:
        return -1
    return next(index for index, limit in enumerate(limits) if point.value <= limit)


def _classed(places: list, points: dict[str, Point], limits: list[float]) -> dict[int, list]:
    groups: dict[int, list] = {}
    for place in places:
        groups.setdefault(_class_of(points.get(place.code), limits), []).append(place)
    return groups


def _shade(index: int, count: int) -> str:
    """The colour of a class; fewer classes spread over the same ramp."""
    return RAMP[round(index * (len(RAMP) - 1) / max(count - 1, 1))] if count > 1 else RAMP[2]


def _corners(tile: tuple[int, int], edge: float = 0.03) -> tuple[list[float], list[float]]:
    top, left = tile
    x0, x1, y0, y1 = left + edge, left + 1 - edge, top + edge, top + 1 - edge
    return [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0]


def _tiles(entry: Indicator, places: list, points: dict[str, Point], index: int, count: int, language: str) -> Figure:
    """One class: its tiles as filled polygons, its range of values in the legend."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place in places:
        across, down = _corners(place.tile)
        x += [*across, None]
        y += [*down, None]
    values = [points[place.code].value for place in places] if index >= 0 else []
    fill = {"fillcolor": _shade(index, count)} if index >= 0 else {"fillpattern": HATCH}
    name = _range_words(entry, values, language) if values else say("chart.unshown", language)
    return {
        "type": "scatter", "mode": "lines", "x": x[:-1], "y": y[:-1], "fill": "toself", "name": _text(name),
        "line": {"color": PEERS, "width": 1}, "hoverinfo": "skip", **fill,
    }  # fmt: skip


def _range_words(entry: Indicator, values: list[float], language: str) -> str:
    low, high = (sentences.shown(entry, edge, language) for edge in (min(values), max(values)))
    return low if low == high else say("chart.range", language, low=low, high=high)


def _tile_words(entry: Indicator, places: list, points: dict[str, Point], limits: list[float], language: str) -> Figure:
    """Short name and value in the middle of each tile, in letters that its shade lets read."""
    found = [points.get(place.code) for place in places]
    kinds = [_class_of(point, limits) for point in found]
    dark = [_shade(kind, len(limits)) in RAMP[LIGHT_CLASSES:] for kind in kinds]
    return {
        "type": "scatter", "mode": "text", "showlegend": False,
        "x": [place.tile[1] + 0.5 for place in places], "y": [place.tile[0] + 0.5 for place in places],
        "text": [f"{_text(place.short)}<br><b>{_text(_bare(entry, point, language))}</b>"
                 for place, point in zip(places, found, strict=True)],
        "hovertext": [_text(f"{place.label[language]} : {sentences.figure(entry, point, language)}")
                      for place, point in zip(places, found, strict=True)],
        "hoverinfo": "text",
        "textfont": {"size": 12, "color": ["#FFFFFF" if lit and kind >= 0 else INK
                                           for lit, kind in zip(dark, kinds, strict=True)]},
    }  # fmt: skip


def _bare(entry: Indicator, point: Point | None, language: str) -> str:
    """The value without its unit, which the subtitle says."""
    if point is None or point.value is None:
        return numbers.hole(point.flag if point else "missing", language)
    if entry.unit == "€":
        return sentences.shown(entry, point.value, language)
    return numbers.number(point.value, entry.decimals, language)


def _outline(tile: tuple[int, int]) -> Figure:
    top, left = tile
    return {"type": "rect", "x0": left + 0.03, "x1": left + 0.97, "y0": top + 0.03, "y1": top + 0.97,
            "line": {"color": INK, "width": 3}, "fillcolor": "rgba(0,0,0,0)"}  # fmt: skip
