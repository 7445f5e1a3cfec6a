"""Charts as plain plotly figures (`{data, layout}`), made without importing plotly.

`layout.meta.description` holds the chart in words, made from the same figures.
"""

from typing import Any

import numpy as np

from indicators import catalogue, territories
from indicators.catalogue import Indicator
from indicators.periods import last_month
from indicators.present import drawing, numbers, sentences, series, variation
from indicators.present.drawing import AIM, FRANCE, HATCH, INK, OWN, PEERS, Figure, description, untitled
from indicators.present.funnel import funnel
from indicators.present.series import UNSURE, Point
from indicators.present.tiles import tile_map
from indicators.present.variation import Variation
from indicators.present.wording import say

__all__ = ["compare", "description", "funnel", "tile_map", "trend", "untitled"]
BAND = "rgba(95,99,104,0.20)"
LIGHT = "#8A95A3"
FEWEST_PEERS = 5
LEGEND_LINE = 20  # pixels


def _hover(entry: Indicator, name: str, points: list[Point], language: str) -> list[str]:
    return [
        drawing.text(sentences.pair(f"{name}, {when}", sentences.figure(entry, point, language), language))
        for point in points
        for when in [sentences.when(entry, point.period, language)]
    ]


def _line(name: str, points: list[Point], words: list[str], color: str, **more: Any) -> Figure:
    return {
        "type": "scatter", "name": drawing.broken(name, 40), "x": [last_month(point.period) for point in points],
        "y": [point.value for point in points], "text": words, "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines+markers", "connectgaps": False, "line": {"color": color, "width": 2.5}, **more,
    }  # fmt: skip


def _own_lines(entry: Indicator, name: str, points: list[Point], language: str) -> list[Figure]:
    """The final figures in a full line, the unsure ones dashed and hollow; hidden ones leave a gap."""
    blank = [point._replace(value=None) if point.flag in UNSURE else point for point in points]
    lines = [
        _line(name, blank, _hover(entry, name, points, language), OWN, marker={"color": OWN, "size": 6}, legendrank=1)
    ]
    unsure = [
        point if point.flag in UNSURE or _next_unsure(points, index) else point._replace(value=None)
        for index, point in enumerate(points)
    ]
    if any(point.flag in UNSURE and point.value is not None for point in points):
        label = say("chart.provisional", language)
        fill = ["#FFFFFF" if point.value is None or point.flag in UNSURE else OWN for point in unsure]
        hollow = {"color": fill, "size": 7, "line": {"color": OWN, "width": 2}}
        dashed = {"color": OWN, "width": 2, "dash": "dot"}
        lines.append(
            _line(label, unsure, _hover(entry, name, points, language), OWN, marker=hollow, line=dashed, legendrank=2)
        )
    return lines


def _next_unsure(points: list[Point], index: int) -> bool:
    return index + 1 < len(points) and points[index + 1].flag in UNSURE and points[index].value is not None


def _completed(entry: Indicator, name: str, points: list[Point], language: str) -> list[Figure]:
    """What the provisional figures should become, joined to the final figure before them."""
    first = next((index for index, point in enumerate(points) if point.corrected is not None), None)
    if first is None:
        return []
    start = [point for point in points[:first][-1:] if point.assessable]
    rest = [point._replace(value=point.corrected, flag="ok") for point in points[first:]]
    label = say("chart.completed", language)
    words = _hover(entry, name, start, language) + _hover(entry, label, rest, language)
    hollow = {
        "color": OWN, "symbol": "diamond-open", "line": {"width": 1.5},
        "size": [0] * len(start) + [10] * len(rest),
    }  # fmt: skip
    dots = {"color": OWN, "width": 1.5, "dash": "2px,4px"}
    return [_line(label, start + rest, words, OWN, marker=hollow, line=dots, legendrank=2.5)]


def _limits(found: Variation, language: str) -> list[Figure]:
    """The mean and the two limits that the judged figures keep within by chance, and the signals among them."""
    months = [last_month(one.period) for one in found.judged]
    flat = {"type": "scatter", "mode": "lines", "x": months, "hoverinfo": "skip"}
    levels = variation.lines(found)
    names = {"mean": say("chart.mean", language), "upper": say("chart.limits", language)}
    return [
        {**flat, "y": levels[key], "line": {"color": LIGHT, "width": 1.3, "dash": dash},
         "name": names.get(key, names["upper"]), "legendrank": rank, "showlegend": key in names}
        for key, dash, rank in (("mean", "solid", 7), ("upper", "4px,2px", 8), ("lower", "4px,2px", 8))
    ]  # fmt: skip


def _signals(found: Variation, points: list[Point], language: str) -> list[Figure]:
    """A triangle on each signal, pointing to the side on which it is."""
    shown = [(point, one) for one in found.signals for point in [series.at(points, one.period)] if point]
    if not shown:
        return []
    symbols = ["triangle-up" if one.side > 0 else "triangle-down" for _, one in shown]
    return [{
        "type": "scatter", "mode": "markers", "name": say("chart.signal", language), "legendrank": 9,
        "x": [last_month(point.period) for point, _ in shown], "y": [point.value for point, _ in shown],
        "marker": {"color": OWN, "size": 12, "symbol": symbols, "line": {"color": "#FFFFFF", "width": 1}},
        "hoverinfo": "skip",
    }]  # fmt: skip


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


def _band(peers: list[list[Point]], language: str) -> list[Figure]:
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
        {**flat, "y": high, "showlegend": False, "name": drawing.broken(name, 40)},
        {**flat, "y": low, "fill": "tonexty", "fillcolor": BAND, "name": drawing.broken(name, 40), "legendrank": 6},
        {**flat, "y": middle, "line": median, "name": say("chart.median", language), "legendrank": 5},
    ]


def _aim(entry: Indicator, goal, language: str) -> list[Figure]:
    """The straight way from where an action started to what it must reach."""
    marks = (goal.baseline, goal.target)
    words = [say("chart.baseline", language), say("chart.target", language)]
    labels = [
        drawing.text(sentences.pair(f"{word}, {period}", sentences.shown(entry, mark.value, language), language))
        for word, mark in zip(words, marks, strict=True)
        for period in [numbers.period(mark.period, language)]
    ]
    return [{
        "type": "scatter", "name": say("chart.trajectory", language), "legendrank": 4, "mode": "lines+markers",
        "x": [last_month(mark.period) for mark in marks], "y": [mark.value for mark in marks], "text": labels,
        "hovertemplate": "%{text}<extra></extra>", "line": {"color": AIM, "width": 2, "dash": "dashdot"},
        "marker": {"color": AIM, "size": [9, 12], "symbol": ["diamond-open", "star"]},
    }]  # fmt: skip


def _drawn(traces: list[Figure]) -> list[float]:
    return [value for trace in traces for value in trace["y"] if value is not None]


def trend(
    published,
    id: str,
    level: str = "cnam",
    territory: str = "93",
    language: str = "fr",
    goal=None,
    period: str | None = None,
) -> Figure:
    """A territory over time, beside France, its peers and its trajectory (`goal`: baseline and target).

    The title speaks of `period`, which is marked on the curve, or of the last figure that can be judged.
    Provisional figures are dashed on a hatched ground, with what they should become; hidden ones leave a gap
    that the description names. Where the figures can be judged, mean, limits and signals are drawn.
    """
    definitions = catalogue.load()
    entry = definitions.indicator(id)
    found = variation.of(published, definitions, entry, level, territory)
    everyone = series.by_territory(published, id, level)
    points, where = everyone.pop(territory, []), sentences.place(level, territory, language)
    traces = _band(list(everyone.values()), language) if sentences.comparable(entry) else []
    if (level, territory) != territories.FRANCE and sentences.comparable(entry):
        france, name = series.history(published, id, *territories.FRANCE), say("chart.france", language)
        dotted = {"color": FRANCE, "width": 1.8, "dash": "dash"}
        words = _hover(entry, name, france, language)
        traces.append(_line(name, france, words, FRANCE, mode="lines", line=dotted, legendrank=3))
    traces += _aim(entry, goal, language) if goal else _national(entry, points, language)
    judged = found.mean is not None and found.basis is not None and found.basis.entry.id == entry.id
    traces += _limits(found, language) if judged else []
    traces += _own_lines(entry, where, points, language) + _completed(entry, where, points, language)
    traces += _signals(found, points, language) if judged else []
    traces += _chosen(series.at(points, period))
    axis = drawing.value_axis(_drawn(traces), entry.unit, language)
    traces = _provisional_zone(points, *axis["range"]) + traces
    point = series.at(points, period) or _last(points)
    words = _trend_words(entry, points, goal, found, language)
    return {"data": traces, "layout": _trend_layout(entry, points, point, traces, axis, where, words, language)}


def _last(points: list[Point]) -> Point | None:
    return series.latest(points) or next((p for p in reversed(points) if p.value is not None), None)


def _chosen(point: Point | None) -> list[Figure]:
    """A ring around the chosen figure."""
    if point is None or point.value is None:
        return []
    ring = {"color": "rgba(0,0,0,0)", "size": 15, "line": {"color": INK, "width": 2}}
    return [{
        "type": "scatter", "mode": "markers", "x": [last_month(point.period)], "y": [point.value], "marker": ring,
        "hoverinfo": "skip", "showlegend": False, "name": point.period,
    }]  # fmt: skip


def _national(entry: Indicator, points: list[Point], language: str) -> list[Figure]:
    """The published target of the catalogue, level over the whole period."""
    if not entry.target or not points:
        return []
    months = [last_month(points[0].period), last_month(points[-1].period)]
    return [{
        "type": "scatter", "mode": "lines", "x": months, "y": [entry.target.value] * 2, "hoverinfo": "skip",
        "name": say("chart.target", language), "line": {"color": AIM, "width": 2, "dash": "dashdot"},
    }]  # fmt: skip


def _trend_layout(entry, points, point, traces, axis, where, words, language) -> Figure:
    before = series.a_year_ago(points, point)
    months = [month for trace in traces for month in trace["x"]] or [0]
    return drawing.layout(
        sentences.title(entry, point, before, language),
        sentences.subtitle(entry, point.period if point else None, where, language), words, language, _height(traces),
        xaxis=drawing.time_axis([round(month) for month in months]), yaxis=axis,
        annotations=_hidden_marks(points, axis["range"][0]),
    )  # fmt: skip


def _height(traces: list[Figure]) -> int:
    """Room for the curve whatever the length of the legend, which has one line per name."""
    named = sum(trace.get("showlegend", True) for trace in traces)
    return 430 + LEGEND_LINE * max(named - 6, 0)


def _trend_words(entry: Indicator, points: list[Point], goal, found: Variation, language: str) -> str:
    """The curve read aloud: its figures, what they should become, its trajectory, signal or noise."""
    words = [sentences.curve(entry, points, language), sentences.completions(entry, points, language)]
    if goal:
        words.append(say(
            "describe.goal", language,
            baseline=sentences.shown(entry, goal.baseline.value, language),
            start=numbers.period(goal.baseline.period, language),
            target=sentences.shown(entry, goal.target.value, language),
            end=numbers.period(goal.target.period, language),
        ))  # fmt: skip
    words += [variation.sentence(found, language), variation.account(found, entry, language)]
    return " ".join(part for part in words if part)


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
    period = period or series.latest_period(published, id, level)
    points = series.cross(published, id, level, period)
    france = series.cross(published, id, territories.FRANCE[0], period).get(territories.FRANCE[1])
    france = france if sentences.comparable(entry) else None
    shown = sorted((p for p in points.values() if p.value is not None), key=lambda p: p.value)
    order = [p for p in points.values() if p.value is None] + shown
    edges = [edge for p in shown for edge in (p.value, p.lower, p.upper) if edge is not None]
    axis = drawing.value_axis(
        edges + ([france.value] if france and france.value is not None else []), entry.unit, language
    )
    names = [sentences.place(level, point.territory, language) for point in order]
    traces = [_dots(entry, order, names, own, language)] if shown else []
    france_shapes, france_words = _france_line(entry, france, len(order), language)
    title = say("title.compare", language, label=entry.label[language], period=sentences.when(entry, period, language))
    key = "subtitle.compare_interval" if any(point.lower is not None for point in shown) else "subtitle.compare"
    layout = drawing.layout(
        title, sentences.reading(key, entry, language),
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
    words = drawing.broken(name, 22)
    return f"<b>{words}</b>" if own else words


def _dots(entry: Indicator, order: list[Point], names: list[str], own: str | None, language: str) -> Figure:
    shown = [(row, point) for row, point in enumerate(order) if point.value is not None]
    mine = [point.territory == own for _, point in shown]
    reach = [[(p.upper if p.upper is not None else p.value) - p.value for _, p in shown],
             [p.value - (p.lower if p.lower is not None else p.value) for _, p in shown]]  # fmt: skip
    words = [
        drawing.text(sentences.pair(names[row], _with_interval(entry, point, language), language))
        for row, point in shown
    ]
    return {
        "type": "scatter", "mode": "markers", "x": [p.value for _, p in shown], "y": [row for row, _ in shown],
        "text": words, "hovertemplate": "%{text}<extra></extra>",
        "error_x": {"type": "data", "symmetric": False, "array": reach[0], "arrayminus": reach[1],
                    "color": PEERS, "thickness": 1.5, "width": 3},
        "marker": {
            "color": [OWN if lit else "#FFFFFF" for lit in mine], "size": [11 if lit else 8 for lit in mine],
            "symbol": ["diamond" if lit else "circle" for lit in mine], "line": {"color": OWN, "width": 1.8},
            "opacity": 1,
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
    words = sentences.pair(say("chart.france", language), sentences.figure(entry, france, language), language)
    note = {"x": france.value, "y": rows - 0.4, "text": drawing.text(words), "showarrow": False, "yanchor": "bottom"}
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
    if france is None:
        return words
    nation = sentences.pair(say("chart.france", language), sentences.figure(entry, france, language), language)
    return sentences.listed([nation, words], language)
