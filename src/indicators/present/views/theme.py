"""A theme: one indicator over time and across territories, then all of them for one territory."""

from html import escape

from indicators import territories
from indicators.catalogue import Indicator
from indicators.convention.status import STATUSES
from indicators.errors import WorkbenchError
from indicators.present import charts, downloads, numbers, origin, sentences, series, sheets, tables, variation
from indicators.present.page import Choice, File, Page
from indicators.present.tables import Column, Html
from indicators.present.views import pieces
from indicators.present.views.desk import Desk, Followed
from indicators.present.wording import plural, say
from indicators.schema import LANGUAGES

LATEST = "latest"
PUBLISHED, NOW = "published", "now"  # whether the origin of the figure is told as published, or summed again
LEVEL = "cnam"


class Theme:
    """The page of one theme."""

    def __init__(self, desk: Desk, theme: str) -> None:
        self.desk, self.theme = desk, theme

    def choices(self) -> dict[str, list[str]]:
        own = pieces.place_key(*self.desk.place())
        return {
            "indicator": self._offered(),
            "territory": [own, *(key for key in pieces.all_places() if key != own)],
            "period": [LATEST, *self._periods()],
            "recount": [PUBLISHED, NOW],
            "lang": list(LANGUAGES),
        }

    def page(self, choice: Choice) -> Page:
        language = choice["lang"]
        title = say(f"theme.{self.theme}", language)
        try:
            return Drawn(self, choice).page(title)
        except WorkbenchError as error:
            return pieces.nothing(title, str(error), language)

    def file(self, choice: Choice, kind: str) -> File:
        """Every period and territory of the chosen indicator."""
        language, id, desk = choice["lang"], choice["indicator"], self.desk
        entry = desk.catalogue.indicator(id)
        filters = {
            say("control.indicator", language): entry.label[language],
            say("control.territory", language): say("file.all_places", language),
            say("control.period", language): say("file.all_periods", language),
        }
        about = downloads.about(entry.label[language], filters, desk.published, desk.catalogue, [id], language)
        content = downloads.rows(desk.published, desk.catalogue, [id], language)
        parts = [id, say("file.all_places", language), desk.published.vintage]
        return downloads.file(content, about, kind, parts, language)

    def _table(self):
        """The rows of the theme, or None where nothing is published."""
        try:
            table = self.desk.published.table
        except WorkbenchError:
            return None
        return table[table["indicator_id"].isin([entry.id for entry in self.desk.catalogue.theme(self.theme)])]

    def _offered(self) -> list[str]:
        """Every indicator of the theme, those with a published figure first."""
        ids, table = [entry.id for entry in self.desk.catalogue.theme(self.theme)], self._table()
        if table is None:
            return ids
        shown = set(table[table["flag"] != "missing"]["indicator_id"])
        return sorted(ids, key=lambda id: id not in shown)

    def _periods(self) -> list[str]:
        table = self._table()
        return [] if table is None else sorted(table["period"].unique().tolist(), reverse=True)


class Drawn:
    """One choice on the page of a theme."""

    def __init__(self, view: Theme, choice: Choice) -> None:
        self.desk, self.theme, self.recount = view.desk, view.theme, choice["recount"] == NOW
        self.choice = {name: value for name, value in choice.items() if name != "recount"}  # for this answer only
        self.language = choice["lang"]
        self.offered = [self.desk.catalogue.indicator(id) for id in view.choices()["indicator"]]
        self.published = self.desk.published
        self.entry = self.desk.catalogue.indicator(choice["indicator"])
        self.level, self.territory = pieces.place_of(choice["territory"])
        self.points = series.history(self.published, self.entry.id, self.level, self.territory)
        self.france = series.history(self.published, self.entry.id, *territories.FRANCE)
        self.period = self._period()
        self.followed = self.desk.followed(theme=self.theme)

    def _period(self) -> str:
        """The chosen period where this indicator has it, else its last one that can be judged."""
        written = {point.period for point in self.points}
        if self.choice["period"] in written:
            return self.choice["period"]
        last = series.latest(self.points)
        return last.period if last else series.latest_period(self.published, self.entry.id, LEVEL)

    @property
    def where(self) -> str:
        return sentences.place(self.level, self.territory, self.language)

    def page(self, theme: str) -> Page:
        if not self.period:
            return self._empty(theme)
        drawn = self._charts()
        title = say("theme.page", self.language, theme=theme, place=self.where)
        html = (
            pieces.heading(title, self.published.fictional, self._lede(), self.language)
            + self._controls()
            + self._actions()
            + self._figures(drawn)
            + self._origin()
            + self._territories()
            + self._indicators()
            + pieces.legend(self.language)
            + pieces.sheet(self.entry, self.desk.catalogue, self.language)
        )
        return pieces.page(title, html, self.language, drawn)

    def _empty(self, theme: str) -> Page:
        """The page of an indicator without any figure: why, and the others still to be chosen."""
        language, entry = self.language, self.entry
        months = entry.window * (2 if entry.method == "growth_12m" else 1)
        reason = say("theme.no_figure", language, label=entry.label[language])
        title = say("theme.page", language, theme=theme, place=self.where)
        html = (
            pieces.heading(title, self.published.fictional, reason, language)
            + self._controls()
            + Html(f'<p class="notice">{escape(plural("theme.needs", months, language))}</p>')
            + Html(f'<div class="actions no-print">{sheets.button(entry.id, language)}</div>')
            + self._indicators()
            + pieces.legend(language)
            + pieces.sheet(entry, self.desk.catalogue, language)
        )
        return pieces.page(title, html, language)

    def _lede(self) -> str:
        point, france = series.at(self.points, self.period), series.at(self.france, self.period)
        before = series.a_year_ago(self.points, point)
        alone = (self.level, self.territory) == territories.FRANCE
        said = sentences.headline(self.entry, self.where, point, before, None if alone else france, self.language)
        varied = variation.sentence(self._variation(self.entry), self.language)
        mine = self._objective(self.entry.id)
        if not mine:
            return f"{said} {varied}"
        until = numbers.day(mine.action.accepted_until, self.language)
        word = say(f"status.{mine.assessment.status}", self.language, day=until)
        verdict = sentences.verdict(self.entry, mine.assessment, self.language)
        return f"{said} {sentences.pair(word, verdict, self.language)} {varied}"

    def _objective(self, id: str) -> Followed | None:
        place = (id, self.level, self.territory)
        goals = (one for one in self.followed if place == (one.entry.id, one.objective.level, one.objective.territory))
        return next(goals, None)

    def _controls(self) -> Html:
        language, entries = self.language, self.offered
        own = [point.period for point in reversed(self.points)]
        periods = [(LATEST, say("control.latest", language))]
        periods += [(period, sentences.when(self.entry, period, language)) for period in own]
        asked = self.choice["period"]
        return pieces.controls(
            pieces.select("indicator", [(e.id, e.label[language]) for e in entries], self.entry.id, language),
            pieces.select(
                "territory", pieces.place_options(pieces.all_places(), language), self.choice["territory"], language
            ),
            pieces.select("period", periods, asked if asked in own else LATEST, language),
        )

    def _actions(self) -> Html:
        sheet = sheets.button(self.entry.id, self.language)
        return Html(f'<div class="actions no-print">{sheet}{pieces.downloads(self.language)}</div>')

    def _charts(self) -> dict[str, charts.Figure]:
        id, language, mine = self.entry.id, self.language, self._objective(self.entry.id)
        goal = mine.objective if mine else None
        own = self.territory if self.level == LEVEL else None
        return {
            "trend": charts.trend(self.published, id, self.level, self.territory, language, goal, self.period),
            "map": charts.tile_map(self.published, id, self.period, language, own, LEVEL),
            "compare": charts.compare(self.published, id, self.period, language, own, LEVEL),
        }

    def _figures(self, drawn: dict[str, charts.Figure]) -> Html:
        names = [self.entry.numerator[0], *self.entry.denominator[:1]]
        used = [self.desk.catalogue.measures[name].source for name in names]
        period = sentences.when(self.entry, self.period, self.language)
        source = pieces.source_line(self.published, used, period, self.language)
        blocks = [
            pieces.chart("trend", drawn["trend"], source, self._limits() + self._history()),
            pieces.chart("map", drawn["map"], source),
            pieces.chart("compare", drawn["compare"], source),
        ]
        return Html(f'<div class="grid-2">{blocks[0]}{blocks[1]}</div>{blocks[2]}')

    def _variation(self, entry: Indicator) -> variation.Variation:
        return variation.of(self.published, self.desk.catalogue, entry, self.level, self.territory)

    def _limits(self) -> Html:
        """Mean, limits and signals in words, under the curve."""
        words = variation.account(self._variation(self.entry), self.entry, self.language)
        return Html(f'<p class="source-line">{escape(words)}</p>' if words else "")

    def _history(self) -> Html:
        """The figures of the curve as a table, folded; what they should become where some are provisional."""
        language, caption = self.language, say("table.history", self.language, place=self.where)
        columns = [
            Column("period", say("column.period", language)), Column("value", say("column.value", language), True),
            Column("interval", say("column.interval", language), True),
            Column("france", say("chart.france", language), True),
        ]  # fmt: skip
        if any(point.corrected is not None for point in self.points):
            columns.insert(2, Column("corrected", say("column.corrected", language), True))
        rows = [
            {
                "period": sentences.when(self.entry, point.period, language),
                "value": pieces.figure_cell(self.entry, point, language),
                "corrected": self._corrected(point),
                "interval": self._interval(point),
                "france": pieces.figure_cell(self.entry, series.at(self.france, point.period), language),
            }
            for point in reversed(self.points)
        ]
        table = tables.table(caption, columns, rows)
        return Html(f'<details id="history"><summary>{escape(caption)}</summary>{table}</details>')

    def _corrected(self, point: series.Point) -> str:
        if point.corrected is None:
            return say("value.none", self.language)
        return sentences.shown(self.entry, point.corrected, self.language)

    def _interval(self, point: series.Point) -> str:
        if point.lower is None or point.upper is None:
            return say("value.none", self.language)
        return numbers.between(point.lower, point.upper, self.entry.unit, self.entry.decimals, self.language)

    def _origin(self) -> Html:
        """Where the figure comes from; summed again from the detail when that was asked for."""
        from indicators import trace

        figure = self.desk.folder, self.entry.id, self.period, self.territory, self.level
        try:
            found, failed = trace.outline(*figure), ""
        except WorkbenchError:
            return Html("")  # the folder has no account of this figure: nothing more to say than the page does
        if self.recount:
            try:
                found = trace.trace(*figure)
            except WorkbenchError as error:
                failed = str(error)
        return origin.as_html(found, self.desk.catalogue, self.language, failed)

    def _territories(self) -> Html:
        """All territories at the chosen period, in the order of their names."""
        language, entry = self.language, self.entry
        histories = series.by_territory(self.published, entry.id, LEVEL)
        france = series.at(self.france, self.period)
        rows = [self._place_row(code, points, france) for code, points in histories.items()]
        columns = [Column("place", say("column.place", language))]
        columns += [
            Column(key, say(f"column.{key}", language), True) for key in ("value", "interval", "change", "france_gap")
        ]
        when = sentences.when(entry, self.period, language)
        caption = say("table.territories", language, label=entry.label[language], period=when)
        return tables.table(caption, columns, sorted(rows, key=lambda row: territories.plain(str(row["name"]))))

    def _place_row(self, code: str, points: list[series.Point], france: series.Point | None) -> dict[str, object]:
        language, entry = self.language, self.entry
        point = series.at(points, self.period)
        value, reference = point.value if point else None, france.value if france else None
        name = sentences.place(LEVEL, code, language)
        key = pieces.place_key(LEVEL, code)
        return {
            "name": name, "own": (LEVEL, code) == (self.level, self.territory),
            "place": pieces.link(name, _view_of(self.theme), **(self.choice | {"territory": key})),
            "value": pieces.figure_cell(entry, point, language),
            "interval": self._interval(point) if point else say("value.none", language),
            "change": sentences.change(entry, series.a_year_ago(points, point), value, language),
            "france_gap": sentences.france_gap(entry, value, reference, language),
        }  # fmt: skip

    def _indicators(self) -> Html:
        """Every indicator of the theme for the chosen territory, what needs attention first."""
        language = self.language
        rows = [self._indicator_row(entry) for entry in self.desk.catalogue.theme(self.theme)]
        rows.sort(key=lambda row: row["order"])
        columns = [
            Column("indicator", say("column.indicator", language)), Column("when", say("column.period", language)),
            Column("value", say("column.value", language), True),
            Column("change", say("column.change", language), True),
            Column("france_gap", say("column.france_gap", language), True),
            Column("target_gap", say("column.target_gap", language), True),
            Column("variation", say("column.variation", language)),
            Column("status", say("column.status", language)), Column("spark", say("column.spark", language)),
        ]  # fmt: skip
        caption = say("table.indicators", language, theme=say(f"theme.{self.theme}", language), place=self.where)
        return tables.table(caption, columns, rows)

    def _indicator_row(self, entry: Indicator) -> dict[str, object]:
        language = self.language
        points = series.history(self.published, entry.id, self.level, self.territory)
        point = series.latest(points) or (points[-1] if points else None)
        france = series.history(self.published, entry.id, *territories.FRANCE)
        there = series.at(france, point.period) if point else None
        value = point.value if point else None
        mine = self._objective(entry.id)
        return {
            "order": STATUSES.index(mine.assessment.status) if mine else len(STATUSES),
            "own": entry.id == self.entry.id,
            "indicator": pieces.link(
                entry.label[language], _view_of(self.theme), **(self.choice | {"indicator": entry.id, "period": LATEST})
            ),
            "when": sentences.when(entry, point.period, language) if point else numbers.hole("missing", language),
            "value": pieces.figure_cell(entry, point, language),
            "change": sentences.change(entry, series.a_year_ago(points, point), value, language),
            "france_gap": sentences.france_gap(entry, value, there.value if there else None, language),
            "target_gap": self._target_gap(entry, mine, value),
            "variation": pieces.varied(self._variation(entry), language),
            "status": pieces.action_status(mine, language) if mine else say("status.no_target", language),
            "spark": pieces.spark(entry, points, language),
        }  # fmt: skip

    def _target_gap(self, entry: Indicator, mine: Followed | None, value: float | None) -> str:
        if mine:
            return sentences.gap(entry, value, mine.objective.target.value, self.language)
        if entry.target:
            return sentences.gap(entry, value, entry.target.value, self.language)
        return say("value.none", self.language)


def _view_of(theme: str) -> str:
    from indicators.present.views import THEMES

    return next(name for name, found in THEMES.items() if found == theme)
