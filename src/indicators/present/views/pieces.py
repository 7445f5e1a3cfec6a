"""The small parts that several pages are made of, as escaped HTML."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from indicators import examples, territories
from indicators.catalogue import Indicator
from indicators.present import charts, numbers, sentences, series, sheets, tables, variation
from indicators.present.page import FILE_KINDS, PAGES, Page
from indicators.present.sparkline import sparkline
from indicators.present.tables import Html
from indicators.present.wording import say
from indicators.schema import LANGUAGES
from indicators.sources import SOURCES

MARKS = {
    "met": '<circle cx="7" cy="7" r="7" fill="#0072B2"/><path d="M3.6 7.2l2.4 2.4 4.4-5" fill="none" '
    'stroke="#FFF" stroke-width="1.8"/>',
    "ontrack": '<path d="M7 1l6.5 12H.5z" fill="#00755E"/>',
    "watch": '<path d="M7 0l7 7-7 7-7-7z" fill="#8A5A00"/>',
    "offtrack": '<path d="M1 1h12v12H1z" fill="#B3400A"/>',
    "accepted": '<circle cx="7" cy="7" r="6" fill="#FFF" stroke="#5B4B8A" stroke-width="2"/>'
    '<path d="M7 1a6 6 0 0 0 0 12z" fill="#5B4B8A"/>',
    "na": '<circle cx="7" cy="7" r="6" fill="#FFF" stroke="#5F6368" stroke-width="1.6" stroke-dasharray="2.4 1.6"/>',
}
# A straight line and where it ends for a signal, up or down; a shape of their own for the others.
ENDS = {
    "favourable": '<circle cx="10.5" cy="{y}" r="3.5" fill="#0072B2"/>',
    "unfavourable": '<path d="M7.5 {top}h6v6h-6z" fill="#B3400A"/>',
    "signal": '<path d="M10.5 {top}l3.2 3-3.2 3-3.2-3z" fill="#5B4B8A"/>',
}
SHAPES = {
    "noise": '<path d="M1 7l2-3 3 6 3-6 3 6 1-3" fill="none" stroke="#5F6368" stroke-width="1.6"/>',
    "few": '<circle cx="2" cy="7" r="1.6" fill="#5F6368"/><circle cx="7" cy="7" r="1.6" fill="#5F6368"/>'
    '<circle cx="12" cy="7" r="1.6" fill="#5F6368"/>',
    "overlap": '<path d="M1 3h8v5H1zM5 6h8v5H5z" fill="none" stroke="#5F6368" stroke-width="1.4"/>',
}
SPARK_POINTS = 16
Options = Iterable[tuple[str, str]]


def status(word: str, language: str, **values: object) -> Html:
    """A status as a shape and a word; the colour only helps."""
    label = escape(say(f"status.{word}", language, **values))
    return Html(
        f'<span class="status status-{word}"><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
        f"{MARKS[word]}</svg>{label}</span>"
    )


def action_status(one, language: str) -> Html:
    """The status of a followed objective; an accepted gap says until when."""
    if one.assessment.status != "accepted":
        return status(one.assessment.status, language)
    return status("accepted", language, day=numbers.day(one.action.accepted_until, language))


def varied(found: variation.Variation, language: str) -> Html:
    """Signal or noise as a shape, a word and the reason."""
    word, reason = variation.word(found, language), escape(variation.reason(found, language))
    word = escape(word[0].upper() + word[1:])
    small = f" <small>({reason})</small>" if reason else ""
    return Html(
        f'<span class="variation variation-{found.word}"><svg width="14" height="14" viewBox="0 0 14 14" '
        f'aria-hidden="true">{_mark(found)}</svg><span>{word}{small}</span></span>'
    )


def _mark(found: variation.Variation) -> str:
    """A signal rises or falls from its line to an end of its own."""
    if found.word in SHAPES:
        return SHAPES[found.word]
    up = found.judged[-1].side > 0
    line = f'<path d="M0 {11 if up else 3}h5L10 {4 if up else 10}" fill="none" stroke="#5F6368" stroke-width="1.6"/>'
    return line + ENDS[found.word].format(y=4 if up else 10, top=1 if up else 7)


def figure_cell(entry: Indicator, point: series.Point | None, language: str) -> Html:
    """A value in a table, with a class of its own when it is withheld or not available."""
    flag = point.flag if point else "missing"
    text = escape(sentences.figure(entry, point, language))
    if flag not in series.HOLES:
        return Html(text)
    return Html(f'<span class="{flag}-cell" title="{escape(say(f"hole.{flag}", language))}">{text}</span>')


def value_unit(entry: Indicator, value: float | None, language: str) -> Html:
    """A large value, the unit that follows it in small; written as everywhere else on the page."""
    text = sentences.shown(entry, value, language)
    digits = "" if value is None else numbers.number(abs(value), entry.decimals, language)
    if not digits or digits not in text:
        return Html(f'<p class="value">{escape(text)}</p>')
    before, _, unit = text.partition(digits)
    return Html(f'<p class="value">{escape(before + digits)}<span class="unit">{escape(unit)}</span></p>')


def spark(entry: Indicator, points: Sequence[series.Point], language: str) -> Html:
    points = points[-SPARK_POINTS:]
    return Html(sparkline(points, entry.label[language], sentences.curve(entry, points, language)))


def address(view: str, **choice: str) -> str:
    """A link to a page with its choices made."""
    page = next(entry.address for entry in PAGES if entry.view == view)
    return f"{page}?{urlencode(choice)}" if choice else page


def place_key(level: str, territory: str) -> str:
    """A territory as one word of an address, its level always said.

    >>> place_key("cnam", "93")
    'cnam-93'
    """
    return f"{level}-{territory}"


def place_of(key: str) -> tuple[str, str]:
    level, _, code = key.partition("-")
    return level, code


def place_options(keys: Iterable[str], language: str) -> Options:
    return [(key, sentences.place(*place_of(key), language)) for key in keys]


def select(name: str, options: Options, chosen: str, language: str) -> Html:
    """A labelled list of choices."""
    words = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for value, label in options
    )
    return Html(
        f'<p><label for="choice-{name}">{escape(say(f"control.{name}", language))}</label> '
        f'<select id="choice-{name}" data-choice="{name}">{words}</select></p>'
    )


def languages(chosen: str) -> Html:
    """The choice of the language, at the head of every page."""
    options = [(code, say(f"language.{code}", code)) for code in LANGUAGES]
    return Html(f'<div class="language no-print">{select("lang", options, chosen, chosen)}</div>')


def controls(*selects: Html) -> Html:
    return Html(f'<div class="controls">{"".join(selects)}</div>')


def downloads(language: str) -> Html:
    """One button per kind of file that the pages serve."""
    return Html("".join(
        f'<button type="button" data-download="{kind}">{escape(say(f"download.{kind}", language))}</button>'
        for kind in FILE_KINDS
    ))  # fmt: skip


def heading(title: str, fictional: bool, lede: str, language: str) -> Html:
    """Title, the warning that the data are invented, then the page in one sentence."""
    warning = f'<p class="fictive">{escape(say("data.warning", language))}</p>' if fictional else ""
    return Html(f'{head(title, language)}{warning}<p class="lede">{escape(lede)}</p>')


def head(title: str, language: str) -> Html:
    """The title, the choice of the language beside it."""
    return Html(f'<div class="page-head"><h1>{escape(title)}</h1>{languages(language)}</div>')


def source_line(published, sources: Iterable[str], period: str, language: str) -> Html:
    """Source · period · updated on · version, under a figure."""
    labels = sentences.listed((SOURCES[name].label[language] for name in dict.fromkeys(sources)), language)
    parts = [
        say("source.source", language, source=labels),
        period,
        say("source.updated", language, day=numbers.day(published.built, language)),
        say("source.version", language, version=published.vintage),
        say("data.fictional", language) if published.fictional else "",
    ]
    return Html(f'<p class="source-line">{escape(" · ".join(part for part in parts if part))}</p>')


def chart(name: str, figure: charts.Figure, source: Html, more: str = "") -> Html:
    """A figure: what it shows in words, the chart, its long description, its source."""
    meta = figure["layout"]["meta"]
    id = f"chart-{name}"
    return Html(
        f'<figure><figcaption><h2 id="{id}-title">{escape(meta["title"])}</h2>'
        f'<p class="source-line">{escape(meta["subtitle"])}</p></figcaption>'
        f'<div class="chart" id="{id}" role="img" aria-label="{escape(meta["title"])}" '
        f'aria-describedby="{id}-words"></div>'
        f'<p class="sr-only" id="{id}-words">{escape(meta["description"])}</p>{more}{source}</figure>'
    )


def figures(drawn: Mapping[str, charts.Figure]) -> dict[str, charts.Figure]:
    """The charts of a page by the id of their host, the titles left to the page."""
    return {f"chart-{name}": charts.untitled(figure) for name, figure in drawn.items()}


def legend(language: str) -> Html:
    holes = f'<p class="source-line">{escape(say("legend.holes", language))}</p>'
    return Html(f"{holes}{variation_legend(language)}")


def variation_legend(language: str) -> Html:
    """What signal and noise are, and how many figures they ask for."""
    return Html(f'<p class="source-line">{escape(variation.legend(language))}</p>')


def sheet(entry: Indicator, catalogue, language: str) -> Html:
    """The sheet as a dialog, with its worked figure where there is one."""
    return Html(sheets.as_html(sheets.sheet(entry.id, catalogue, language, worked(entry.id)), language))


def worked(id: str) -> sheets.Worked | None:
    """The worked figure of an indicator, where the product has one."""
    stored = examples.stored(id)
    return sheets.Worked(**stored) if stored else None


def items(lines: Iterable[str], empty: str) -> Html:
    """A list of lines that are already escaped, or the sentence that says there is none."""
    lines = list(lines)
    if not lines:
        return Html(f"<p>{escape(empty)}</p>")
    return Html(f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>")


def link(words: str, view: str, **choice: str) -> Html:
    return tables.link(address(view, **choice), words)


def page(title: str, html: str, language: str, drawn: Mapping[str, charts.Figure] | None = None) -> Page:
    """A page, its language said where it is not that of the frame."""
    body = html if language == LANGUAGES[0] else f'<div lang="{language}">{html}</div>'
    return Page(title, body, figures(drawn or {}))


def nothing(title: str, reason: str, language: str) -> Page:
    """The page of a folder without a publication."""
    notice = f'<p class="notice">{escape(say("page.nothing", language))}</p><pre>{escape(reason)}</pre>'
    return page(title, f"{head(title, language)}{notice}", language)


def all_places() -> list[str]:
    areas = [place_key(place.level, place.code) for place in territories.of_level("cnam")]
    return [*areas, place_key(*territories.FRANCE)]
