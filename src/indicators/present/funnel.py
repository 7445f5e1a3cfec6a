"""Funnel charts: territories against all of them together, given their size and the spread usual among them."""

from typing import NamedTuple

import numpy as np

from indicators import catalogue
from indicators.catalogue import Indicator
from indicators.errors import ArgumentError, not_allowed
from indicators.methods import funnels, overdispersion
from indicators.methods.funnels import Limits
from indicators.methods.overdispersion import OverdispersedFunnel
from indicators.present import drawing, numbers, sentences, series
from indicators.present.drawing import FRANCE, INK, OWN, PEERS, Figure
from indicators.present.series import Point
from indicators.present.wording import plural, say

COUNTED = ("isr", "proportion", "rate")  # the methods whose numerator counts events
FEWEST = 5  # territories from which a spread between them is estimated
CURVE = 80  # points of each curve
FAMILIES = {"proportion": "proportion", "rate": "ratio_sqrt", "isr": "ratio_sqrt"}
INNER = {"name": "chart.limits_95", "legendrank": 3, "line": {"color": PEERS, "width": 1.5, "dash": "dash"}}
OUTER = {"name": "chart.limits_998", "legendrank": 4, "line": {"color": PEERS, "width": 1.0}}
LOOKS = Limits(OUTER, INNER, INNER, OUTER)
MILLION, THOUSAND = 1e6, 1e3


class Placed(NamedTuple):
    """The territories drawn, what they are compared by, and the limits at other sizes."""

    points: list[Point]
    size: np.ndarray  # events expected at the common rate; for a proportion, the population
    found: OverdispersedFunnel
    target: float  # in the unit of the indicator
    sizes: np.ndarray
    curves: Limits


def funnel(
    published, id: str, period: str | None = None, language: str = "fr", own: str | None = None, level: str = "cnam"
) -> Figure:
    """The territories of a level at one period within the limits that their size and usual spread give them.

    The limits, 95 % and 99.8 %, stand around the common value of all territories: chance alone would make
    them much narrower, as acts of one patient come together. Only territories outside are named.
    """
    entry = catalogue.load().indicator(id)
    if entry.method not in COUNTED:
        raise ArgumentError(f"Entonnoir de {id}, méthode : {not_allowed(entry.method, COUNTED)}")
    period = period or series.latest_period(published, id, level)
    everyone = series.cross(published, id, level, period)
    placed = _placed(entry, list(everyone.values()))
    names = [sentences.place(level, point.territory, language) for point in placed.points]
    scale = next((one for one in (MILLION, THOUSAND) if placed.size.max() >= 2 * one), 1.0)
    traces = [*_curves(placed, scale, language), _dots(entry, placed, names, scale, own, language)]
    axis = drawing.value_axis([value for trace in traces for value in trace["y"]], entry.unit, language)
    title = plural(
        "title.funnel", int(placed.found.outside_95.sum()), language,
        label=entry.label[language], total=len(names), period=sentences.when(entry, period, language),
    )  # fmt: skip
    return {
        "data": traces,
        "layout": drawing.layout(
            title, sentences.reading("subtitle.funnel", entry, language),
            _words(entry, placed, names, everyone, level, language), language, 470,
            xaxis=_size_axis(entry, placed, scale, language), yaxis=axis, annotations=_named(placed, names, scale),
        ),
    }  # fmt: skip


def _placed(entry: Indicator, points: list[Point]) -> Placed:
    """Rates are held against the pooled rate of the territories, proportions against their pooled proportion."""
    # an isr of 0 does not say how many events were expected
    points = [point for point in points if point.value is not None and (point.value > 0 or entry.method != "isr")]
    if len(points) < FEWEST:
        raise ArgumentError(f"Entonnoir de {entry.id} : {FEWEST} territoires au moins sont attendus, {len(points)} là.")
    events, value, size = (
        np.array([getattr(point, name) for point in points]) for name in ("numerator", "value", "denominator")
    )
    family, multiplier = FAMILIES[entry.method], 100.0
    if entry.method != "proportion":
        per = entry.per if entry.method == "rate" else 100.0
        common = funnels.at_pooled_rate(events, value, per, size)
        size, multiplier = common.expected, common.target * per
    found = overdispersion.overdispersed_funnel(events, size, family, multiplier=multiplier)
    sizes = np.linspace(0.6 * size.min(), 1.08 * size.max(), CURVE)
    curves = overdispersion.limits_at(sizes, family, found.target, found.dispersed.tau2, multiplier)
    return Placed(points, size, found, found.target * multiplier, sizes, curves)


def _curves(placed: Placed, scale: float, language: str) -> list[Figure]:
    """The common value in a full line, 95 % limits dashed, 99.8 % limits thin."""
    x = (placed.sizes / scale).tolist()
    flat = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    middle = {"name": say("chart.common", language), "line": {"color": FRANCE, "width": 1.8}, "legendrank": 2}
    drawn = [{**flat, **middle, "y": [placed.target] * len(x)}]
    for side, curve, look in zip(Limits._fields, placed.curves, LOOKS, strict=True):
        named = {"name": say(look["name"], language), "showlegend": side.startswith("upper")}
        drawn.append({**flat, **look, **named, "y": curve.tolist()})
    return drawn


def _dots(entry: Indicator, placed: Placed, names: list[str], scale: float, own: str | None, language: str) -> Figure:
    """Full where outside the limits of 95 %, hollow inside; one's own territory is a diamond."""
    mine = [point.territory == own for point in placed.points]
    words = [
        drawing.text(sentences.pair(name, sentences.figure(entry, point, language), language))
        for name, point in zip(names, placed.points, strict=True)
    ]
    return {
        "type": "scatter", "mode": "markers", "x": (placed.size / scale).tolist(), "y": placed.found.value.tolist(),
        "text": words, "hovertemplate": "%{text}<extra></extra>", "showlegend": False, "cliponaxis": False,
        "marker": {
            "color": [OWN if out else "#FFFFFF" for out in placed.found.outside_95.tolist()],
            "symbol": ["diamond" if lit else "circle" for lit in mine], "size": [12 if lit else 9 for lit in mine],
            "line": {"color": OWN, "width": 1.8}, "opacity": 1,
        },
    }  # fmt: skip


def _named(placed: Placed, names: list[str], scale: float) -> list[Figure]:
    """The names of those outside, written towards the middle of the chart."""
    middle = placed.sizes.mean()
    return [
        {"x": size / scale, "y": value, "text": drawing.broken(name, 22), "showarrow": False,
         "xanchor": "left" if size < middle else "right", "xshift": 9 if size < middle else -9,
         "align": "left" if size < middle else "right", "font": {"size": 11, "color": INK},
         "bgcolor": "rgba(255,255,255,0.75)"}
        for name, size, value, out in zip(names, placed.size.tolist(), placed.found.value.tolist(),
                                          placed.found.outside_95.tolist(), strict=True)
        if out
    ]  # fmt: skip


def _size_axis(entry: Indicator, placed: Placed, scale: float, language: str) -> Figure:
    edges = [placed.sizes[0] / scale, placed.sizes[-1] / scale]
    axis = drawing.value_axis([*edges], "", language)
    what = say("chart.population" if entry.method == "proportion" else "chart.expected", language)
    unit = {MILLION: say("chart.millions", language), THOUSAND: say("chart.thousands", language)}.get(scale)
    title = f"{what} ({unit})" if unit else what
    return axis | {
        "range": edges,
        "title": {"text": drawing.text(title), "standoff": 6, "font": {"size": 12}},
        "showgrid": False,
    }


def _words(
    entry: Indicator, placed: Placed, names: list[str], everyone: dict[str, Point], level: str, language: str
) -> str:
    """The common value, who is outside, how far beyond chance the spread goes, then every figure."""
    found = placed.found
    common = sentences.pair(say("chart.common", language), sentences.shown(entry, placed.target, language), language)
    sides = {
        "describe.above": found.outside_95 & (found.value > placed.target),
        "describe.below": found.outside_95 & (found.value < placed.target),
    }
    outside = [
        sentences.pair(say(key, language), sentences.enumerated(chosen, len(chosen)), language)
        for key, side in sides.items()
        if (chosen := [name for name, out in zip(names, side, strict=True) if out])
    ]
    phi = numbers.number(found.dispersed.phi, 0 if found.dispersed.phi >= 10 else 1, language)
    spread = say("describe.spread", language, phi=phi)
    return sentences.listed([common, *outside, spread, sentences.places(entry, everyone, level, language)], language)
