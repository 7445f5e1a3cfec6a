"""The follow-up that article 4 asks for: actions, their indicators, their balance, who pilots what."""

from collections.abc import Iterable
from datetime import date
from html import escape

from indicators.catalogue import THEMES as CONVENTION
from indicators.convention.plan import PILOTS, SIDES, Action, Plan
from indicators.errors import WorkbenchError
from indicators.present import downloads, numbers, sentences, tables
from indicators.present.page import Choice, File, Page
from indicators.present.tables import Column, Html
from indicators.present.views import THEMES, pieces
from indicators.present.views.desk import Desk, Followed
from indicators.present.wording import plural, say
from indicators.schema import LANGUAGES
from indicators.sources import SOURCES

ALL = "all"
SHORT_UNITS = ("%", "€")  # never parted from their number, even in a narrow column
COLUMNS = (
    ("action", False), ("pilot", False), ("indicator", False), ("baseline", True), ("value", True),
    ("expected", True), ("target", True), ("variation", False), ("state", False), ("status", False),
)  # fmt: skip


class Actions:
    """The page of the actions."""

    def __init__(self, desk: Desk, today: date | None = None) -> None:
        self.desk, self._today = desk, today

    def choices(self) -> dict[str, list[str]]:
        return {"pilot": [ALL, *PILOTS], "theme": [ALL, *THEMES.values()], "lang": list(LANGUAGES)}

    def page(self, choice: Choice) -> Page:
        language = choice["lang"]
        title = say("actions.title", language)
        try:
            return self._page(title, choice)
        except WorkbenchError as error:
            return pieces.nothing(title, str(error), language)

    def _page(self, title: str, choice: Choice) -> Page:
        language, chosen = choice["lang"], self._chosen(choice)
        html = (
            pieces.heading(title, self.desk.published.fictional, self._lede(chosen, language), language)
            + self._controls(choice)
            + Html(f'<div class="actions no-print">{pieces.downloads(language)}</div>')
            + self._by_theme(chosen, language)
            + self._mutual(chosen, language)
            + self._plan_words(language)
        )
        return pieces.page(title, html, language)

    def file(self, choice: Choice, kind: str) -> File:
        language, chosen = choice["lang"], self._chosen(choice)
        filters = {
            say("control.pilot", language): _pilot_words(choice["pilot"], language),
            say("control.theme", language): _theme_words(choice["theme"], language),
        }
        ids = list(dict.fromkeys(one.entry.id for one in chosen))
        desk = self.desk
        about = downloads.about(say("actions.title", language), filters, desk.published, desk.catalogue, ids, language)
        content = [self._record(one, language) for one in chosen]
        parts = [say("actions.file", language), *filters.values(), desk.published.vintage]
        return downloads.file(content, about, kind, parts, language, downloads.ACTIONS)

    def _chosen(self, choice: Choice) -> list[Followed]:
        return [
            one
            for one in self.desk.followed(self._today)
            if choice["pilot"] in (ALL, one.action.pilot) and choice["theme"] in (ALL, one.action.theme)
        ]

    def _lede(self, chosen: list[Followed], language: str) -> str:
        plan = self.desk.plan
        if plan is None:
            return say("home.no_plan", language)
        count = len({one.action.id for one in chosen})
        return plural("actions.lede", count, language, title=plan.title[language], version=_version(plan, language))

    def _controls(self, choice: Choice) -> Html:
        language = choice["lang"]
        pilots = [(pilot, _pilot_words(pilot, language)) for pilot in (ALL, *PILOTS)]
        themes = [(theme, _theme_words(theme, language)) for theme in (ALL, *THEMES.values())]
        return pieces.controls(
            pieces.select("pilot", pilots, choice["pilot"], language),
            pieces.select("theme", themes, choice["theme"], language),
        )

    def _by_theme(self, chosen: list[Followed], language: str) -> Html:
        parts = []
        for theme in sorted({one.action.theme for one in chosen}, key=_menu_order):
            mine = _together([one for one in chosen if one.action.theme == theme])
            name = say(f"theme.{theme}", language)
            table = tables.table(
                say("table.actions", language, theme=name),
                [Column(key, say(f"column.{key}", language), numeric) for key, numeric in COLUMNS],
                [self._row(one, language) for one in mine],
            )
            details = "".join(self._details(action, language) for action in _actions(mine))
            parts.append(f"<section><h2>{escape(name)}</h2>{table}{details}</section>")
        return Html("".join(parts) or f"<p>{escape(say('actions.none', language))}</p>")

    def _row(self, one: Followed, language: str) -> dict[str, object]:
        goal, verdict = one.objective, one.assessment
        pilot, referents = _pilot_words(one.action.pilot, language), self._referents(one.action, language)
        due = say("actions.due", language, day=numbers.day(goal.due, language))
        return {
            "action": one.action.label[language],
            "pilot": sentences.pair(pilot, referents, language),
            "indicator": self._proof(one, language),
            "baseline": _dated(one, goal.baseline.value, goal.baseline.period, language),
            "value": _dated(one, verdict.value, verdict.period, language),
            "expected": _dated(one, verdict.expected, verdict.period, language),
            "target": _dated(one, goal.target.value, goal.target.period, language),
            "variation": pieces.varied(one.variation, language),
            "state": Html(f"{escape(say(f'state.{one.action.state}', language))}<br><small>{escape(due)}</small>"),
            "status": pieces.action_status(one, language),
        }

    def _proof(self, one: Followed, language: str) -> Html | str:
        page = next((name for name, theme in THEMES.items() if theme == one.entry.theme), None)
        words = one.entry.label[language]
        if page is None:
            return words
        key = pieces.place_key(one.objective.level, one.objective.territory)
        return pieces.link(words, page, indicator=one.entry.id, territory=key, lang=language)

    def _referents(self, action: Action, language: str) -> str:
        names = [action.referents[side] for side in SIDES if side in action.referents]
        return sentences.listed((self.desk.plan.function(name)[language] for name in names), language)

    def _details(self, action: Action, language: str) -> str:
        """The qualitative balance, folded, and the next step."""
        balance = action.balance
        lines = [
            ("actions.done", balance.done[language]), ("actions.obstacles", balance.obstacles[language]),
            ("actions.next", balance.next[language]), ("actions.step", self._step(action, language)),
            ("actions.decided", numbers.day(action.decided_on, language)),
        ]  # fmt: skip
        if action.accepted_until:
            lines.append(("actions.accepted", numbers.day(action.accepted_until, language)))
        body = "".join(f"<dt>{escape(say(key, language))}</dt><dd>{escape(words)}</dd>" for key, words in lines)
        summary = escape(say("actions.balance", language, action=action.label[language]))
        head = f'<details class="sheet" id="action-{escape(action.id)}"><summary>{summary}</summary>'
        return f"{head}<dl>{body}</dl></details>"

    def _step(self, action: Action, language: str) -> str:
        step = action.next_step
        who = self.desk.plan.function(step.who)[language]
        return f"{step.what[language]} — {who}, {numbers.day(step.when, language)}"

    def _mutual(self, chosen: list[Followed], language: str) -> Html:
        """What each side tells the other of the actions that it pilots alone (article 4)."""
        lines = []
        for action in _actions(chosen):
            if action.pilot != "conjoint":
                words = [pieces.action_status(one, language) for one in chosen if one.action.id == action.id]
                pilot = _pilot_words(action.pilot, language)
                text = f"{pilot} — {action.label[language]} ({say(f'state.{action.state}', language)}) — "
                lines.append(f"{escape(text)}{' '.join(words)} {escape(self._step(action, language))}")
        listed = pieces.items(lines, say("actions.no_mutual", language))
        title, words = (escape(say(key, language)) for key in ("actions.mutual", "actions.mutual_words"))
        return Html(f"<section><h2>{title}</h2><p>{words}</p>{listed}</section>")

    def _plan_words(self, language: str) -> Html:
        """Under which order the plan stands, and when it is reviewed."""
        plan = self.desk.plan
        if plan is None:
            return Html("")
        words = say(
            "actions.plan", language,
            number=plan.order.number, signed=numbers.day(plan.order.signed, language),
            force=numbers.day(plan.order.in_force, language), opinion=numbers.day(plan.order.opinion, language),
            rule=plan.review.rule[language], next=numbers.day(plan.review.next, language),
        )  # fmt: skip
        limits = {"on_track": plan.tolerance.on_track, "watch": plan.tolerance.watch}
        shares = {name: _share(limit, language) for name, limit in limits.items()}
        return Html(
            f'<p class="source-line">{escape(words)}</p>'
            f'<p class="source-line">{escape(say("actions.tolerance", language, **shares))}</p>'
            f"{pieces.variation_legend(language)}"
        )

    def _record(self, one: Followed, language: str) -> dict[str, object]:
        """A line of the file: texts as words, figures as numbers."""
        action, goal, verdict = one.action, one.objective, one.assessment
        accepted = action.accepted_until.isoformat() if action.accepted_until else ""
        return {
            "theme": _theme_words(action.theme, language), "action": action.label[language],
            "pilot": _pilot_words(action.pilot, language), "referents": self._referents(action, language),
            "indicator": one.entry.id, "label": one.entry.label[language], "unit": one.entry.unit,
            "place": sentences.place(goal.level, goal.territory, language),
            "baseline_period": goal.baseline.period, "baseline": goal.baseline.value,
            "period": verdict.period or numbers.hole("missing", language),
            "value": verdict.value, "expected": verdict.expected,
            "target_period": goal.target.period, "target": goal.target.value,
            "due": goal.due.isoformat(), "state": say(f"state.{action.state}", language),
            "status": say(f"status.{verdict.status}", language, day=accepted),
            "next_step": action.next_step.what[language],
            "next_who": self.desk.plan.function(action.next_step.who)[language],
            "next_when": action.next_step.when.isoformat(),
            "done": action.balance.done[language], "obstacles": action.balance.obstacles[language],
            "next": action.balance.next[language], "decided_on": action.decided_on.isoformat(),
            "accepted_until": accepted,
            "source": SOURCES[self.desk.catalogue.source_of(one.entry)].label[language],
        }  # fmt: skip


def _actions(followed: Iterable[Followed]) -> list[Action]:
    return list({one.action.id: one.action for one in followed}.values())


def _together(followed: list[Followed]) -> list[Followed]:
    """The objectives of an action side by side, its most urgent one giving the order."""
    return [one for action in _actions(followed) for one in followed if one.action.id == action.id]


def _dated(one: Followed, value: float | None, period: str | None, language: str) -> Html:
    """A value with its unit, over its period."""
    text = escape(sentences.shown(one.entry, value, language, "ok" if value is not None else "missing"))
    text = text if one.entry.unit in SHORT_UNITS else text.replace(numbers.NO_BREAK, " ")
    return Html(f"{text}<br><small>{escape(numbers.period(period, language))}</small>" if period else text)


def _version(plan: Plan, language: str) -> str:
    """The version of the plan; that it is fictional is said in the reader's language."""
    if not plan.fictional:
        return plan.version
    return say("actions.fictional_version", language, version=plan.version.removesuffix("(fictive)").strip())


def _menu_order(theme: str) -> tuple[int, int]:
    """Where a theme stands: as in the menu of the pages, then as in the convention."""
    menu = list(THEMES.values())
    return (menu.index(theme) if theme in menu else len(menu)), CONVENTION.index(theme)


def _share(limit: float, language: str) -> str:
    """A tolerance in %, without decimals where it needs none."""
    return numbers.with_unit(100 * limit, "%", 0 if round(100 * limit, 6).is_integer() else 1, language)


def _pilot_words(pilot: str, language: str) -> str:
    return say(f"pilot.{pilot}", language)


def _theme_words(theme: str, language: str) -> str:
    return say(f"theme.{theme}", language)
