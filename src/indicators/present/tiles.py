"""The map as tiles: one square per territory, so that the small ones are seen as well as the large ones."""

from math import ceil, sqrt

from indicators import catalogue, territories
from indicators.catalogue import Indicator
from indicators.present import drawing, sentences, series
from indicators.present.drawing import HATCH, INK, OWN, PEERS, Figure
from indicators.present.series import Point
from indicators.present.wording import say

RAMP = ("#E8F1F9", "#BFD9EE", "#86B8DE", "#3F86BD", "#0B4F86")  # light to dark, one hue
LIGHT_CLASSES = 3  # classes on which dark letters are read
LARGEST_CIRCLE = 66  # pixels


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
    """The territories as tiles of equal size, the value written in each.

    Rates and shares go from light to dark; sums, which follow the size of the territory, are circles
    whose area is the value. A tile without a figure is hatched and says why.
    """
    entry = catalogue.load().indicator(id)
    period = period or series.latest_period(published, id, level)
    points = series.cross(published, id, level, period)
    places = [place for place in territories.of_level(level) if place.tile]
    shaded = sentences.comparable(entry)
    limits = classes([p.value for p in points.values() if p.value is not None], 5 if shaded else 1)
    groups = _classed(places, points, limits)
    traces = [_tiles(entry, groups[index], points, index, len(limits), language) for index in sorted(groups)]
    if not shaded:
        traces = [trace | {"fillcolor": "#FFFFFF", "showlegend": "fillpattern" in trace} for trace in traces]
        traces.append(_circles(places, points))
    traces.append(_tile_words(entry, places, points, limits, language))
    title = say("title.map", language, label=entry.label[language], period=sentences.when(entry, period, language))
    down = max((place.tile[0] for place in places), default=0) + 1
    across = max((place.tile[1] for place in places), default=0) + 1
    key = "subtitle.map" if shaded else "subtitle.circles"
    layout = drawing.layout(
        title, sentences.reading(key, entry, language),
        sentences.places(entry, points, level, language), language, 470,
        xaxis={"visible": False, "range": [-0.05, across + 0.05], "fixedrange": True},
        yaxis={"visible": False, "range": [down + 0.05, -0.05], "fixedrange": True},
        shapes=[_outline(place.tile) for place in places if place.code == own],
    )  # fmt: skip
    layout["legend"] |= {"y": -0.02, "itemclick": False, "itemdoubleclick": False}
    return {"data": traces, "layout": layout | {"margin": layout["margin"] | {"l": 8, "r": 8, "b": 8}}}


def _circles(places: list, points: dict[str, Point]) -> Figure:
    """A circle per territory, its area in proportion to the value."""
    found = [(place, points[place.code].value) for place in places if place.code in points]
    seen = [(place, value) for place, value in found if value is not None and value > 0]
    largest = max((value for _, value in seen), default=1.0)
    return {
        "type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip",
        "x": [place.tile[1] + 0.5 for place, _ in seen], "y": [place.tile[0] + 0.5 for place, _ in seen],
        "marker": {"opacity": 1, "color": RAMP[1], "line": {"color": OWN, "width": 1}, "sizemode": "diameter",
                   "size": [LARGEST_CIRCLE * sqrt(value / largest) for _, value in seen]},
    }  # fmt: skip


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
        "type": "scatter", "mode": "lines", "x": x[:-1], "y": y[:-1], "fill": "toself", "name": drawing.text(name),
        "line": {"color": PEERS, "width": 1}, "hoverinfo": "skip", **fill,
    }  # fmt: skip


def _range_words(entry: Indicator, values: list[float], language: str) -> str:
    low, high = (sentences.shown(entry, edge, language) for edge in (min(values), max(values)))
    return low if low == high else say("chart.range", language, low=low, high=high)


def _tile_words(entry: Indicator, places: list, points: dict[str, Point], limits: list[float], language: str) -> Figure:
    """Short name and value in the middle of each tile, in letters that its shade lets read."""
    found = [points.get(place.code) for place in places]
    figures = [sentences.figure(entry, point, language) for point in found]
    values = [sentences.bare(entry, point.value if point else None, language, point.flag if point else "missing")
              for point in found]  # fmt: skip
    kinds = [_class_of(point, limits) for point in found]
    dark = [_shade(kind, len(limits)) in RAMP[LIGHT_CLASSES:] for kind in kinds]
    return {
        "type": "scatter", "mode": "text", "showlegend": False,
        "x": [place.tile[1] + 0.5 for place in places], "y": [place.tile[0] + 0.5 for place in places],
        "text": [f"{drawing.text(place.short)}<br><b>{drawing.text(bare)}</b>"
                 for place, bare in zip(places, values, strict=True)],
        "hovertext": [drawing.text(sentences.pair(place.label[language], figure, language))
                      for place, figure in zip(places, figures, strict=True)],
        "hoverinfo": "text",
        "textfont": {"size": 12, "color": ["#FFFFFF" if lit and kind >= 0 else INK
                                           for lit, kind in zip(dark, kinds, strict=True)]},
    }  # fmt: skip


def _outline(tile: tuple[int, int]) -> Figure:
    top, left = tile
    return {"type": "rect", "x0": left + 0.03, "x1": left + 0.97, "y0": top + 0.03, "y1": top + 0.97,
            "line": {"color": INK, "width": 3}, "fillcolor": "rgba(0,0,0,0)"}  # fmt: skip
