"""The page of a decision maker: what slips, why, what is next, who and when; then what moves forward."""

from datetime import date, timedelta
from html import escape

from indicators import territories
from indicators.convention.plan import Action
from indicators.errors import WorkbenchError
from indicators.present import downloads, numbers, sentences, series
from indicators.present.page import Choice, File, Page
from indicators.present.tables import Html
from indicators.present.views import THEMES, pieces
from indicators.present.views.desk import Desk, Followed
from indicators.present.why import stake, why
from indicators.present.wording import plural, say
from indicators.schema import LANGUAGES
from indicators.sources import SOURCES

MOST_SLIPPING, MOST_GAINING, SOON = 5, 3, 45
SLIPPING, GAINING = ("offtrack", "watch"), ("met", "ontrack")


class Home:
    """The first page."""

    def __init__(self, desk: Desk, today: date | None = None) -> None:
        self.desk, self._today = desk, today

    @property
    def today(self) -> date:
        return self._today or date.today()

    def choices(self) -> dict[str, list[str]]:
        return {"lang": list(LANGUAGES)}

    def page(self, choice: Choice) -> Page:
        language = choice["lang"]
        title = say("home.title", language)
        try:
            return self._page(language)
        except WorkbenchError as error:
            return pieces.nothing(title, str(error), language)

    def _page(self, language: str) -> Page:
        followed, published = self.desk.followed(self.today), self.desk.published
        title = say("home.page", language, place=sentences.place(*self.desk.place(), language))
        html = (
            pieces.heading(title, published.fictional, self._sentence(followed, language), language)
            + (self._slipping(followed, language) if _judged(followed) else Html(""))
            + self._beside(followed, language)
            + self._soon(followed, language)
            + self._freshness(language)
            + Html(f'<div class="actions no-print">{pieces.downloads(language)}</div>')
        )
        return pieces.page(title, Html(f'<div class="one-page">{html}</div>'), language)

    def file(self, choice: Choice, kind: str) -> File:
        """Every figure that an action of the plan follows, at the place where it follows it."""
        language, desk = choice["lang"], self.desk
        goals = [goal for _, goal in desk.plan.objectives()] if desk.plan else []
        ids = list(dict.fromkeys(goal.indicator for goal in goals))
        level, territory = desk.place()
        content = downloads.rows(desk.published, desk.catalogue, ids, language, level=level, territory=territory)
        place = sentences.place(level, territory, language)
        filters = {say("control.territory", language): place}
        about = downloads.about(say("home.title", language), filters, desk.published, desk.catalogue, ids, language)
        parts = [say("home.file", language), place, desk.published.vintage]
        return downloads.file(content, about, kind, parts, language)

    def _sentence(self, followed: list[Followed], language: str) -> str:
        if not followed:
            return say("home.no_plan", language)
        words = [one.assessment.status for one in followed]
        kinds = [
            plural(f"home.{word}", words.count(word), language)
            for word in ("met", "ontrack", "watch", "offtrack", "accepted", "na")
            if word in words
        ]
        return plural("home.sentence", len(words), language, kinds=", ".join(kinds))

    def _beside(self, followed: list[Followed], language: str) -> Html:
        """What is held and what was decided, beside the themes; the themes alone where there is no plan."""
        if not followed:
            return self._themes(language)
        gaining = self._gaining(followed, language) if _judged(followed) else ""
        held = gaining + self._decided(followed, language)
        return Html(f'<div class="grid-2"><div>{held}</div>{self._themes(language)}</div>')

    def _slipping(self, followed: list[Followed], language: str) -> Html:
        lines = [one for one in followed if one.assessment.status in SLIPPING][:MOST_SLIPPING]
        cards = "".join(f'<li class="card">{self._card(one, language)}</li>' for one in lines)
        body = f'<ol class="cards">{cards}</ol>' if cards else f"<p>{escape(say('home.nothing_slips', language))}</p>"
        return _part("home.slipping", body, language)

    def _card(self, one: Followed, language: str) -> str:
        """Status, value against expected, curve, why, what next, who, when."""
        entry, verdict = one.entry, one.assessment
        due = say("home.expected", language, value=sentences.shown(entry, verdict.expected, language))
        lines = [
            f"<p>{pieces.action_status(one, language)}</p>",
            f"<h3>{self._proof(one, entry.label[language], language)}</h3>",
            _said("home.action", one.action.label[language], language),
            pieces.value_unit(entry, verdict.value, language),
            f'<p class="delta">{escape(due)} · {escape(sentences.when(entry, verdict.period, language))}</p>',
            f'<p class="delta">{pieces.varied(one.variation, language)}</p>',
            f"<div>{pieces.spark(entry, one.points, language)}</div>",
            _said("home.why", self._why(one, language), language),
            _said("home.next", one.action.next_step.what[language], language),
            _said("home.who", self._who_when(one, language), language),
        ]
        return "".join(lines)

    def _why(self, one: Followed, language: str) -> str:
        goal, desk = one.objective, self.desk
        period = one.assessment.period
        said = why(desk.published, desk.catalogue, one.entry, goal.level, goal.territory, period, language)
        weight = stake(one.entry, series.at(one.points, period), one.assessment.expected)
        if weight is None:
            return said
        return f"{said} {say('home.stake', language, amount=numbers.amount(weight, language, True))}"

    def _who_when(self, one: Followed, language: str) -> str:
        step = one.action.next_step
        return say(
            "home.who_when", language, who=self.desk.plan.function(step.who)[language],
            day=numbers.day(step.when, language),
        )  # fmt: skip

    def _proof(self, one: Followed, words: str, language: str) -> Html:
        goal = one.objective
        page = next((name for name, theme in THEMES.items() if theme == one.entry.theme), None)
        if page is None:
            return pieces.link(words, "suivi", lang=language)
        key = pieces.place_key(goal.level, goal.territory)
        return pieces.link(words, page, indicator=one.entry.id, territory=key, lang=language)

    def _gaining(self, followed: list[Followed], language: str) -> Html:
        best = sorted(
            (one for one in followed if one.assessment.status in GAINING), key=lambda one: one.assessment.shortfall
        )
        lines = [self._gain(one, language) for one in best[:MOST_GAINING]]
        listed = pieces.items(lines, say("home.nothing_gains", language))
        return _part("home.gaining", listed + self._more(len(best) - len(lines), language), language)

    def _gain(self, one: Followed, language: str) -> str:
        """Status, value against expected, change over a year, action, who, when."""
        said = sentences.verdict(one.entry, one.assessment, language)
        point = series.at(one.points, one.assessment.period)
        before = series.a_year_ago(one.points, point)
        if before is not None:
            moved = sentences.change(one.entry, before, point.value, language)
            parts = [said.removesuffix("."), say("home.over_year", language, change=moved)]
            said = f"{sentences.listed(parts, language)}."
        return (
            f"{pieces.action_status(one, language)} {self._proof(one, one.entry.label[language], language)} — "
            f"{escape(said)} {escape(one.action.label[language])} — {escape(self._who_when(one, language))}."
        )

    def _more(self, count: int, language: str) -> str:
        """How many lines are left out, and where they are."""
        if count < 1:
            return ""
        link = pieces.link(say("home.follow", language), "suivi", lang=language)
        return f"<p>{escape(plural('home.more', count, language))} {link}</p>"

    def _themes(self, language: str) -> Html:
        """One sentence per theme, on its first indicator."""
        level, territory = self.desk.place()
        lines = []
        for page, theme in THEMES.items():
            for entry in [e for e in self.desk.catalogue.theme(theme) if sentences.comparable(e)][:1]:
                words = self._theme_sentence(entry, level, territory, language)
                key = pieces.place_key(level, territory)
                name = pieces.link(say(f"theme.{theme}", language), page, territory=key, lang=language)
                lines.append(f"<strong>{name}</strong> — {escape(words)}")
        return _part("home.themes", pieces.items(lines, say("home.no_theme", language)), language)

    def _theme_sentence(self, entry, level: str, territory: str, language: str) -> str:
        published = self.desk.published
        points = series.history(published, entry.id, level, territory)
        point = series.latest(points)
        france = series.history(published, entry.id, *territories.FRANCE)
        there = series.at(france, point.period) if point else None
        where = sentences.place(level, territory, language)
        return sentences.headline(entry, where, point, series.a_year_ago(points, point), there, language)

    def _decided(self, followed: list[Followed], language: str) -> Html:
        """What the sessions had decided, counted by state, with the way to the follow-up."""
        actions = {one.action.id: one.action for one in followed}.values()
        states = [action.state for action in actions]
        counts = [f"{states.count(state)} {say(f'state.{state}', language)}" for state in dict.fromkeys(states)]
        words = plural("home.actions", len(states), language, states=", ".join(counts))
        link = pieces.link(say("home.follow", language), "suivi", lang=language)
        return _part("home.decided", f"<p>{escape(words)} {link}</p>", language)

    def _soon(self, followed: list[Followed], language: str) -> Html:
        """The next steps and the ends of open actions in the coming weeks, and those whose date is past."""
        actions = {one.action.id: one.action for one in followed}.values()
        limit = self.today + timedelta(days=SOON)
        dated = [
            line
            for action in actions
            if action.state not in ("done", "abandoned")
            for line in self._dates(action, language)
            if line[0] <= limit
        ]
        if not dated:
            return Html("")
        lines = [self._deadline(when, words, language) for when, words in sorted(dated, key=lambda line: line[0])]
        return _part("home.soon", f'<div class="two-columns">{pieces.items(lines, "")}</div>', language)

    def _dates(self, action: Action, language: str) -> list[tuple[date, str]]:
        """The two dates of an action: its next step and its end, each with who answers for it."""
        step, pilot = action.next_step, say(f"pilot.{action.pilot}", language)
        who = self.desk.plan.function(step.who)[language]
        end = say("home.end", language, action=action.label[language], who=pilot)
        return [(step.when, f"{step.what[language]} ({who})"), (action.due, end)]

    def _deadline(self, when: date, words: str, language: str) -> str:
        late = f" — {say('home.late', language)}" if when < self.today else ""
        return escape(sentences.pair(numbers.day(when, language) + late, words, language))

    def _freshness(self, language: str) -> Html:
        """How far each source goes and since when, then the date and version of the figures."""
        published = self.desk.published
        parts = [
            say(
                "home.source", language, source=SOURCES[row["source"]].label[language],
                period=_last(row["last"], language), day=numbers.day(row["received"], language),
            )
            for row in published.sources
            if row.get("source") in SOURCES
        ]  # fmt: skip
        parts.append(say("source.updated", language, day=numbers.day(published.built, language)))
        parts.append(say("source.version", language, version=published.vintage))
        if published.fictional:
            parts.append(say("data.fictional", language))
        return _part("home.data", f'<p class="source-line">{escape(" · ".join(parts))}</p>', language)


def _judged(followed: list[Followed]) -> bool:
    """Whether anything can be said of what slips: one objective at least has a final figure."""
    return any(one.assessment.status != "na" for one in followed)


def _last(period: str, language: str) -> str:
    """The period of a file: months are written `202501` by some producers and `2025-01` by others."""
    text = f"{period[:4]}-{period[4:]}" if len(period) == 6 and period.isdigit() else period
    return numbers.period(text, language)


def _part(key: str, body: str, language: str) -> Html:
    return Html(f"<section><h2>{escape(say(key, language))}</h2>{body}</section>")


def _said(key: str, words: str, language: str) -> str:
    return f"<p><strong>{escape(say(key, language))}</strong> {escape(words)}</p>"
