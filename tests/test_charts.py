"""Charts: what is drawn, what is left out, and what is said of it."""

import json
import re

import invented
import numpy as np
import pytest

from indicators import catalogue
from indicators.errors import ArgumentError
from indicators.present import charts, series
from indicators.present.sparkline import sparkline
from indicators.present.tables import Column, Html, table


@pytest.fixture(autouse=True)
def definitions(tmp_path, monkeypatch):
    found = invented.definitions(tmp_path)
    monkeypatch.setattr(catalogue, "load", lambda: found)
    return found


@pytest.fixture
def published():
    return invented.published()


def _all(published):
    return {
        "trend": charts.trend(published, "spending"),
        "compare": charts.compare(published, "spending", "2025-Q1"),
        "map": charts.tile_map(published, "spending", "2025-Q1"),
        "sum": charts.tile_map(published, "total"),
        "total": charts.compare(published, "total"),
        "funnel": charts.funnel(published, "trips", "2025-Q1"),
        "share": charts.trend(long_share(), "evil"),
    }


def _numbers(value):
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_a_hidden_figure_is_in_no_chart_as_a_number_or_a_word(published):
    for name, figure in _all(published).items():
        text = json.dumps(figure, ensure_ascii=False)
        assert not re.search(r"(?<![\d.,])777", text), name
        assert not any(number == pytest.approx(invented.HIDDEN_VALUE) for number in _numbers(figure)), name


def test_a_hidden_period_leaves_a_gap_that_is_named(published):
    figure = charts.trend(published, "spending")
    own = next(trace for trace in figure["data"] if trace.get("legendrank") == 1)
    assert own["y"][5] is None
    assert own["connectgaps"] is False
    assert 0 not in own["y"]
    assert "Secret statistique\u00a0: T2 2024." in charts.description(figure)
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["s."]


def test_provisional_figures_are_dashed_and_hatched(published):
    figure = charts.trend(published, "spending")
    dashed = next(trace for trace in figure["data"] if trace.get("legendrank") == 2)
    assert dashed["line"]["dash"] == "dot"
    hollow = [color == "#FFFFFF" for color, value in zip(dashed["marker"]["color"], dashed["y"], strict=True) if value]
    assert hollow == [False, True]  # the final figure that the line starts from stays full
    assert [value for value in dashed["y"] if value is not None] == [39.0, 40.0]
    assert any("fillpattern" in trace for trace in figure["data"])
    own = next(trace for trace in figure["data"] if trace.get("legendrank") == 1)
    assert own["y"][-1] is None


def test_what_a_provisional_figure_should_become_is_hollow_and_joined_by_dots(published):
    figure = charts.trend(published, "spending")
    told = next(trace for trace in figure["data"] if trace.get("name") == "Complétée (estimation)")
    # area 93: 39 in 2025-Q1 is final, 40 in 2025-Q2 should become 42
    assert told["y"] == [39.0, 42.0]
    assert told["marker"]["symbol"] == "diamond-open"
    assert told["marker"]["size"] == [0, 10]
    assert "42,00\u00a0€/hab." in told["text"][1]
    assert "Complétée (estimation)\u00a0: T2 2025\u00a0: 42,00\u00a0€/hab." in charts.description(figure)


def test_a_table_written_before_the_estimates_is_still_drawn(published):
    from dataclasses import replace

    older = replace(published, table=published.table.drop(columns="corrected"))
    figure = charts.trend(older, "spending")
    assert "Complétée (estimation)" not in [trace.get("name") for trace in figure["data"]]
    assert [point.corrected for point in series.history(older, "spending", "cnam", "93")] == [None] * 10


def long_share(hidden=invented.HIDDEN_VALUE):
    """Sixteen quarters of a share: 20 and 22 in turn, one hidden, then 40; the last provisional."""
    values = [20.0, 22.0] * 7 + [40.0, 41.0]
    flags = {4: "hidden", 15: "provisional"}
    rows = []
    for place, value in enumerate(values):
        period = f"{2022 + place // 4}-Q{place % 4 + 1}"
        more = {"flag": flags.get(place, "ok"), "corrected": 43.0 if place == 15 else None}
        if place == 4:
            more |= dict.fromkeys(("lower", "upper", "numerator", "denominator", "corrected"), hidden)
        rows.append(invented.row("evil", period, "cnam", "93", hidden if place == 4 else value, **more))
    return invented.table(*rows)


def test_mean_limits_and_signals_are_drawn_where_figures_can_be_judged():
    figure = charts.trend(long_share(), "evil")
    named = {trace["name"]: trace for trace in figure["data"] if trace.get("showlegend", True)}
    # without the hidden one: six 20 and seven 22, then 40; ranges of 2, the one of 18 screened out
    mean = (6 * 20 + 7 * 22 + 40) / 14
    assert named["Moyenne"]["y"] == pytest.approx([mean] * 14)
    upper, lower = (trace for trace in figure["data"] if trace.get("name") == "Limites de variation")
    assert (upper["y"][0], lower["y"][0]) == pytest.approx((mean + 5.32, mean - 5.32))
    assert lower["showlegend"] is False
    signal = named["Signal"]
    assert (signal["x"][-1], signal["y"][-1]) == (2025 * 12 + 8, 40.0)
    assert signal["marker"]["symbol"][-1] == "triangle-up"
    words = charts.description(figure)
    assert "Variation (T3 2025)\u00a0: signal favorable (au-delà de la limite haute)." in words
    assert "T3 2025 (au-delà de la limite haute)." in words
    assert max(figure["layout"]["yaxis"]["range"]) >= 43


def test_rolling_windows_have_no_limits(published):
    figure = charts.trend(published, "spending")
    assert {"Moyenne", "Limites de variation", "Signal"}.isdisjoint(
        trace["name"] for trace in figure["data"] if "name" in trace
    )
    assert "non évalué (fenêtres qui se recouvrent)" in charts.description(figure)


def test_a_hidden_figure_leaves_no_mark_on_limits_signals_or_estimates():
    one, other = (charts.trend(long_share(hidden), "evil") for hidden in (invented.HIDDEN_VALUE, 3.0))
    assert one == other
    drawn = [trace for trace in one["data"] if trace.get("name") in ("Moyenne", "Limites de variation", "Signal")]
    assert all(2023 * 12 + 2 not in trace["x"] for trace in drawn)


def test_the_title_says_the_value_and_its_change_over_a_year(published):
    # area 93 is the 12th: 20 + 11 + 8 = 39 in 2025-Q1, 35 a year before; 39 / 35 - 1 = 11,4 %
    title = charts.trend(published, "spending")["layout"]["meta"]["title"]
    assert title == "Dépense\u00a0: 39,00\u00a0€/hab., +11,4\u00a0% sur un an"


def test_the_band_is_made_of_the_twelve_others(published):
    figure = charts.trend(published, "spending")
    band = [trace for trace in figure["data"] if trace.get("legendrank") in (5, 6) or trace.get("showlegend") is False]
    high, low, median = (trace for trace in band if "fillpattern" not in trace)
    # first quarter: 20, 21, … 30 and 32; the tenths fall at ranks 1.1 and 9.9, the median at 5.5
    assert median["y"][0] == 25.5
    assert low["y"][0] == pytest.approx(21.1)
    assert high["y"][0] == pytest.approx(29.9)
    assert "12 autres" in low["name"].replace("<br>", " ")


def test_a_goal_draws_its_trajectory_and_leaves_the_future_empty(published):
    from indicators.convention.plan import Mark

    class Goal:
        baseline, target = Mark("2024-Q1", 35.0), Mark("2026-Q4", 22.0)

    figure = charts.trend(published, "spending", goal=Goal)
    aim = next(trace for trace in figure["data"] if trace.get("legendrank") == 4)
    assert aim["y"] == [35.0, 22.0]
    assert figure["layout"]["xaxis"]["range"][1] > 2026 * 12 + 11
    assert "Cible" in aim["text"][1]


def test_territories_are_side_by_side_without_a_rank(published):
    figure = charts.compare(published, "spending", "2025-Q1", own="93")
    axis = figure["layout"]["yaxis"]
    assert len(axis["ticktext"]) == 13
    assert not any(label[0].isdigit() for label in axis["ticktext"])
    assert figure["data"][0]["x"] == sorted(figure["data"][0]["x"])
    assert len(figure["data"][0]["x"]) == 12  # the hidden one has its word, no point
    assert [note["text"] for note in figure["layout"]["annotations"]].count("s.") == 1
    assert figure["data"][0]["error_x"]["array"][0] == 1.0


def test_sums_of_unequal_territories_are_not_compared_with_france(published):
    assert not charts.compare(published, "total")["layout"]["shapes"]
    assert not any(trace.get("legendrank") == 3 for trace in charts.trend(published, "total")["data"])


def _rates(*events, id="trips", **more):
    """One period of areas of 10,000 inhabitants each, with so many events."""
    rows = [
        invented.row(id, "2025-Q1", "cnam", code, count / 10, numerator=count, denominator=10_000, **more)
        for code, count in zip(invented.AREAS, events, strict=False)
    ]
    return invented.table(*rows)


def _dots(figure):
    return next(trace for trace in figure["data"] if trace["mode"] == "markers")


def test_a_funnel_names_only_the_territories_outside_its_limits():
    figure = charts.funnel(_rates(*[100] * 12, 400), "trips")
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["Outre-mer (5<br>départements et<br>régions)"]
    assert _dots(figure)["marker"]["color"].count("#FFFFFF") == 12
    assert "1 territoire sur 13 hors des limites" in figure["layout"]["meta"]["title"]
    # 1,600 events among 130,000 inhabitants: 12.3 per thousand, and each area was to have 123 events
    assert "Ensemble des territoires\u00a0: 12,3\u00a0pour 1\u202f000 hab." in charts.description(figure)
    assert _dots(figure)["x"] == pytest.approx([1600 / 13] * 13)


def test_the_curves_of_a_funnel_are_the_limits_that_judge_its_dots():
    figure = charts.funnel(_rates(100, 120, 90, 130, 80, 110, 140, 60), "trips")
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines"][1:]
    value, size, full = (_dots(figure)[key] for key in ("y", "x", "marker"))
    low, high = (np.interp(size, line["x"], line["y"]) for line in (lines[1], lines[2]))
    outside = (np.array(value) < low) | (np.array(value) > high)
    assert outside.tolist() == [color != "#FFFFFF" for color in full["color"]]
    order = np.array([line["y"] for line in lines])
    assert (np.diff(order, axis=0) > 0).all()  # 99.8 %, 95 %, 95 %, 99.8 %, from the lowest
    assert (np.diff(order[2:], axis=1) < 0).all()  # narrower as the size grows


def test_a_funnel_says_how_far_the_spread_goes_beyond_chance(published):
    words = charts.description(charts.funnel(published, "trips", "2025-Q1"))
    assert "φ = " in words
    assert "Île-de-France" in words


def test_only_events_of_enough_territories_make_a_funnel(published):
    with pytest.raises(ArgumentError, match="Entonnoir de spending, méthode"):
        charts.funnel(published, "spending")
    with pytest.raises(ArgumentError, match="5 territoires au moins sont attendus, 4 là"):
        charts.funnel(_rates(100, 120, 90, 130), "trips")


def test_a_territory_without_any_event_keeps_its_place_in_a_funnel():
    figure = charts.funnel(_rates(0, 12, 9, 13, 8, 11), "trips")
    assert _dots(figure)["y"][0] == 0
    assert _dots(figure)["x"] == pytest.approx([53 / 6] * 6)


def test_a_map_writes_every_value_and_hatches_the_hidden_one(published):
    figure = charts.tile_map(published, "spending", "2025-Q1", own="93")
    assert not any("geo" in json.dumps(trace) for trace in figure["data"])
    words = figure["data"][-1]
    assert len(words["text"]) == 13
    assert sum("<b>s.</b>" in text for text in words["text"]) == 1
    hatched = [trace for trace in figure["data"] if "fillpattern" in trace]
    assert len(hatched) == 1
    assert hatched[0]["name"] == "s. ou n.d."
    assert len(figure["data"]) == 5 + 1 + 1
    assert len(figure["layout"]["shapes"]) == 1


def test_letters_on_tiles_contrast_with_their_shade():
    from indicators.present.tiles import INK, LIGHT_CLASSES, RAMP

    def light(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for index, shade in enumerate(RAMP):
        pair = sorted([light(shade), light(INK if index < LIGHT_CLASSES else "#FFFFFF")])
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 3.9, shade


def test_a_sum_is_a_circle_whose_area_is_the_value(published):
    figure = charts.tile_map(published, "total")
    circles = next(trace for trace in figure["data"] if trace["mode"] == "markers")
    sizes = sorted(circles["marker"]["size"])
    assert sizes[-1] / sizes[0] == pytest.approx(13**0.5)


@pytest.mark.fault(24)
def test_labels_are_escaped_in_charts(published):
    for figure in (
        charts.trend(published, "evil"),
        charts.compare(published, "evil"),
        charts.tile_map(published, "evil"),
    ):
        drawn = {"data": figure["data"], "layout": {k: v for k, v in figure["layout"].items() if k != "meta"}}
        assert "<script" not in json.dumps(drawn)


def test_numbers_on_axes_never_use_the_letters_of_plotly(published):
    figure = charts.compare(published, "total")
    assert all("M€" in text or "€" in text for text in figure["layout"]["xaxis"]["ticktext"])
    assert figure["layout"]["separators"] == ",\u202f"


def test_figures_are_accepted_by_plotly(published):
    go = pytest.importorskip("plotly.graph_objects")
    for figure in _all(published).values():
        go.Figure(figure)


def test_charts_of_nothing_say_so(published):
    empty = invented.table(invented.row("taxi", "2025-Q1", "cnam", "93", 1.0, flag="hidden"))
    assert "aucun chiffre" in charts.trend(empty, "spending")["layout"]["meta"]["title"]
    for figure in (charts.trend(empty, "taxi"), charts.compare(empty, "taxi"), charts.tile_map(empty, "taxi")):
        assert charts.description(figure)


def test_english_charts_speak_english(published):
    figure = charts.trend(published, "spending", language="en")
    assert figure["layout"]["meta"]["title"] == "Dépense (en): €39.00 per inhabitant, +11.4% over a year"
    assert "Statistical secrecy: Q2 2024." in charts.description(figure)


@pytest.mark.fault(24)
def test_a_sparkline_never_bridges_a_hole_and_says_itself(published):
    points = series.history(published, "spending", "cnam", "93")
    drawn = sparkline(points, invented.EVIL, "description")
    assert drawn.count("<polyline") == 2
    assert "<script" not in drawn
    assert "<desc>description</desc>" in drawn
    assert 'fill="#fff"' in drawn  # the provisional last point is hollow


@pytest.mark.fault(24)
def test_a_table_escapes_its_cells_and_names_its_columns():
    made = table("<i>", [Column("a", "A<"), Column("b", "B", True)], [{"a": invented.EVIL, "b": Html("<b>1</b>")}])
    assert "<script" not in made
    assert "<caption>&lt;i&gt;</caption>" in made
    assert '<th scope="col" role="columnheader">A&lt;</th>' in made
    assert '<td role="cell" class="num" data-label="B"><b>1</b></td>' in made
