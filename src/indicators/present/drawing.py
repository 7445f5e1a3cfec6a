"""What all charts share: colours, layout, axes whose labels are written as the pages write numbers."""

from html import escape
from math import ceil, floor, log10
from textwrap import wrap
from typing import Any

from indicators.present import numbers

Figure = dict[str, Any]
OWN, FRANCE, PEERS, AIM, INK = "#0B4F86", "#1B2430", "#5F6368", "#8A3FA0", "#1B2430"
HATCH = {"shape": "/", "fgcolor": PEERS, "bgcolor": "#FFFFFF", "size": 6, "solidity": 0.25}
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif'
SEPARATORS = {"fr": ",\u202f", "en": ".,"}


def description(figure: Figure) -> str:
    """The chart in words."""
    return figure["layout"]["meta"]["description"]


def untitled(figure: Figure) -> Figure:
    """The same figure for a page that writes the title itself."""
    kept = {key: value for key, value in figure["layout"].items() if key != "title"}
    return {"data": figure["data"], "layout": kept | {"margin": kept["margin"] | {"t": 12}}}


def text(words: str) -> str:
    """Words in which plotly reads no markup."""
    return escape(words, quote=False)


def broken(words: str, width: int) -> str:
    return "<br>".join(wrap(text(words), width, break_long_words=False))


def layout(title: str, subtitle: str, words: str, language: str, height: int, **more: Any) -> Figure:
    """The looks of every chart; `words` is its long description."""
    above, under = (broken(*words).count("<br>") + 1 for words in ((title, 44), (subtitle, 60)))
    return {
        "title": {
            "text": broken(title, 44), "x": 0, "xref": "paper", "y": 1, "yanchor": "top",
            "pad": {"t": 24}, "font": {"size": 15},
            "subtitle": {"text": broken(subtitle, 60), "font": {"size": 12}},
        },
        "height": height, "autosize": True, "separators": SEPARATORS[language],
        "font": {"family": FONT, "size": 12, "color": INK},
        "margin": {"l": 52, "r": 14, "t": 36 + 18 * above + 16 * under, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.14, "yanchor": "top",
                   "font": {"size": 12}, "traceorder": "normal"},
        "hovermode": "closest", "dragmode": False,
        "meta": {"title": title, "subtitle": subtitle, "description": words},
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


def value_axis(values: list[float], unit: str, language: str) -> Figure:
    marks = ticks(min(values), max(values)) if values else [0.0, 1.0]
    edge = (marks[-1] - marks[0]) * 0.03
    return {
        "tickmode": "array", "tickvals": marks, "ticktext": _axis_words(marks, unit, language),
        "range": [marks[0] - edge, marks[-1] + edge], "fixedrange": True, "zeroline": False,
        "gridcolor": "#E3E7EC", "ticks": "",
    }  # fmt: skip


def time_axis(months: list[int]) -> Figure:
    """Years written in the middle of their months."""
    years = range(min(months) // 12, max(months) // 12 + 1)
    step = ceil(len(years) / 7)
    marks = list(years)[::-1][::step][::-1]
    return {
        "tickmode": "array", "tickvals": [12 * year + 5.5 for year in marks], "ticktext": [str(year) for year in marks],
        "range": [min(months) - 1.5, max(months) + 1.5], "fixedrange": True, "zeroline": False, "showgrid": False,
        "ticks": "outside", "tickcolor": "#8A95A3",
    }  # fmt: skip
