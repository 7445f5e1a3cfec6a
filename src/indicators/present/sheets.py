"""The sheet of an indicator: one content, written from the catalogue alone, shown as Markdown or as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from indicators.catalogue import MONTHS, Catalogue, Condition, Indicator, Measure
from indicators.present import numbers, sentences, tables, variation
from indicators.present.wording import say
from indicators.sources import SOURCES

UNBOUNDED = ("sum", "amount_rate", "share", "ratio", "mean", "growth_12m")  # methods without an interval
MOST_EXAMPLE_ROWS = 10


@dataclass(frozen=True)
class Worked:
    """A value worked out by hand on at most ten fictional rows."""

    rows: list[dict[str, Any]]
    columns: list[str]
    formula: str
    value: float
    period: str
    level: str
    territory: str


@dataclass(frozen=True)
class Section:
    """One heading, its lines, and a table where the lines are not enough."""

    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """All that is to be known of an indicator before using its value."""

    id: str
    title: str
    sections: tuple[Section, ...] = field(default=())


def sheet(id: str, catalogue: Catalogue, language: str = "fr", example: Worked | None = None) -> Sheet:
    """The sheet of an indicator; `example` adds the worked figure."""
    entry = catalogue.indicator(id)
    sections = [*_reading(entry, language), *_making(entry, catalogue, language), *_judging(entry, language)]
    if example:
        sections.append(_example(entry, example, language))
    return Sheet(id, entry.label[language], tuple(sections))


def _section(key: str, language: str, *lines: str) -> Section:
    return Section(say(f"sheet.{key}", language), tuple(line for line in lines if line))


def _reading(entry: Indicator, language: str) -> list[Section]:
    return [
        _section("meaning", language, entry.meaning[language]),
        _section("direction", language, _sentence(sentences.direction(entry, language)), entry.why[language]),
    ]


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _making(entry: Indicator, catalogue: Catalogue, language: str) -> list[Section]:
    return [
        _section("formula", language, formula(entry, catalogue, language), _scope(entry, language)),
        _codes("numerator", entry.numerator, catalogue, language),
        *([_codes("denominator", entry.denominator, catalogue, language)] if entry.denominator else []),
        _section("count", language, count_rule(entry, catalogue, language)),
        _section("exclusions", language, entry.exclusions[language]),
        _section("source", language, *_sources(entry, catalogue, language)),
        _section("clock", language, say(f"clock.{entry.clock}", language), _completion(entry, language)),
        _section("interval", language, *_interval(entry, catalogue, language)),
        _section("variation", language, variation.rule(catalogue, entry, language)),
    ]


def _judging(entry: Indicator, language: str) -> list[Section]:
    return [
        _section("biases", language, entry.biases[language]),
        _section("target", language, _target(entry, language)),
        _section("published", language, *_published(entry, language)),
        _section("reference", language, entry.reference),
        _section("sharing", language, say(f"sharing.{entry.sharing}", language)),
        _section(
            "author", language,
            say("sheet.reviewed", language, author=entry.authored_by, day=numbers.day(entry.reviewed, language)),
        ),
    ]  # fmt: skip


def _names(measures: Iterable[str], catalogue: Catalogue, language: str) -> str:
    return " + ".join(f"[{catalogue.measures[name].label[language]}]" for name in measures)


def formula(entry: Indicator, catalogue: Catalogue, language: str = "fr") -> str:
    """How the value is made, in words."""
    adjusted = entry.standardise and entry.method != "isr"
    return say(
        "formula.standardised" if adjusted else f"formula.{entry.method}", language,
        numerator=_names(entry.numerator, catalogue, language),
        denominator=_names(entry.denominator, catalogue, language),
        per=numbers.number(entry.per, 0, language), times=_times(entry, language), window=entry.window,
    )  # fmt: skip


def _times(entry: Indicator, language: str) -> str:
    return "" if entry.per == 1 else f"{numbers.number(entry.per, 0, language)} × "


def _scope(entry: Indicator, language: str) -> str:
    """Unit, frequency, months covered, levels, standardisation."""
    levels = ", ".join(say(f"level.{level}", language) for level in entry.levels)
    width = MONTHS[entry.frequency]
    window = say("sheet.window", language, months=entry.window) if entry.window != width else ""
    standard = say(f"standardise.{entry.standardise or 'none'}", language)
    scope = say(
        "sheet.scope", language,
        unit=numbers.unit_name(entry.unit, language), frequency=say(f"frequency.{entry.frequency}", language),
        levels=levels,
    )  # fmt: skip
    return " ".join(part for part in (scope, window, standard) if part)


def _codes(key: str, measures: Sequence[str], catalogue: Catalogue, language: str) -> Section:
    """The measures in words, and the codes that they keep or leave out."""
    found = [catalogue.measures[name] for name in measures]
    conditions = [condition for measure in found for condition in measure.where]
    rows = [row for condition in conditions for row in _condition(condition, catalogue, language)]
    lines = tuple(_measure(measure, language) for measure in found)
    columns = tuple(say(f"codes.{name}", language) for name in ("column", "group", "code", "label")) if rows else ()
    return Section(say(f"sheet.{key}", language), lines, columns, tuple(dict.fromkeys(rows)))


def _measure(measure: Measure, language: str) -> str:
    source = SOURCES[measure.source].label[language]
    key = "sheet.measure" if measure.where else "sheet.measure_all"
    return say(key, language, label=measure.label[language], column=_column(measure, language), source=source)


def _column(measure: Measure, language: str) -> str:
    """What is summed: a column of the file, or its amounts where another column is filled."""
    column, filled = SOURCES[measure.source].derived.get(measure.sum, (measure.sum, None))
    return say("sheet.where_filled", language, column=column, filled=filled) if filled else column


def _condition(condition: Condition, catalogue: Catalogue, language: str) -> Iterable[tuple[str, str, str, str]]:
    for name in condition.groups:
        group = catalogue.groups[name]
        label = group.label[language]
        if condition.excluded:
            label = say("codes.excluded", language, group=label)
        for code, meaning in group.codes.items():
            yield condition.column, label, code, meaning


def count_rule(entry: Indicator, catalogue: Catalogue, language: str) -> str:
    """What decides that a figure of the entry is withheld, in words."""
    counted = entry.count or entry.numerator
    key = "sheet.count_rule_both" if entry.method == "proportion" else "sheet.count_rule"
    return say(key, language, measures=_names(counted, catalogue, language))


def _sources(entry: Indicator, catalogue: Catalogue, language: str) -> list[str]:
    names = dict.fromkeys(catalogue.measures[name].source for name in (*entry.numerator, *entry.denominator))
    return [f"{SOURCES[name].label[language]}. {SOURCES[name].delay[language]}" for name in names]


def _completion(entry: Indicator, language: str) -> str:
    """How recent figures are completed; a figure by flux is complete at once."""
    if entry.clock == "flux":
        return ""
    return say("completion.isr" if entry.method == "isr" else "completion.claims", language)


def _interval(entry: Indicator, catalogue: Catalogue, language: str) -> list[str]:
    """The method, and what it leaves aside; without an interval, why there is none."""
    units = {catalogue.measures[name].unit for name in (*entry.numerator, *entry.denominator)}
    if entry.method in ("ratio", "mean") and "€" not in units:
        return [say("interval.ratio", language)]
    if entry.method in UNBOUNDED:
        return [say("interval.none", language)]
    counted = {catalogue.measures[name].unit for name in entry.numerator}
    linked = [say("interval.linked", language)] if counted - {"people"} else []
    adjusted = entry.standardise and entry.method != "isr"
    return [say("interval.standardised" if adjusted else f"interval.{entry.method}", language), *linked]


def _target(entry: Indicator, language: str) -> str:
    if not entry.target:
        return say("sheet.no_target", language)
    value = sentences.shown(entry, entry.target.value, language)
    return say(f"target.{entry.target.sense}", language, value=value, source=entry.target.source)


def _published(entry: Indicator, language: str) -> list[str]:
    if not entry.published:
        return [say("sheet.no_published", language)]
    return [
        say(
            "sheet.published_value", language,
            period=sentences.when(entry, item.period, language), level=say(f"level.{item.level}", language),
            value=sentences.shown(entry, item.value, language), source=item.source,
        )
        for item in entry.published
    ]  # fmt: skip


def _example(entry: Indicator, example: Worked, language: str) -> Section:
    """The worked figure: its fictional rows, its formula, its value."""
    where = sentences.place(example.level, example.territory, language)
    lines = (
        say("example.intro", language, period=sentences.when(entry, example.period, language), place=where),
        say("example.result", language, formula=example.formula,
            value=sentences.shown(entry, example.value, language)),
    )  # fmt: skip
    rows = [tuple(_plain(row.get(name), language) for name in example.columns) for row in example.rows]
    return Section(say("sheet.example", language), lines, tuple(example.columns), tuple(rows[:MOST_EXAMPLE_ROWS]))


def _plain(value: object, language: str) -> str:
    if value is None:
        return numbers.hole("missing", language)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return numbers.number(value, 0 if float(value).is_integer() else 2, language)


def as_markdown(content: Sheet, level: int = 2) -> str:
    """The sheet as a Markdown document, its headings starting at a level."""
    parts = [f"{'#' * level} {_mark(content.title)}", f"`{content.id}`"]
    for section in content.sections:
        parts.append(f"{'#' * (level + 1)} {_mark(section.title)}")
        parts += [_mark(line) for line in section.lines]
        if section.rows:
            parts.append(_markdown_table(section))
    return "\n\n".join(parts) + "\n"


def _mark(text: str) -> str:
    """Text that Markdown shows as it is written, markup of HTML included."""
    return escape(text, quote=False).replace("*", r"\*").replace("_", r"\_").replace("[", r"\[").replace("]", r"\]")


def _markdown_table(section: Section) -> str:
    lines = [section.columns, tuple("---" for _ in section.columns)]
    written = [tuple(_mark(item).replace("|", r"\|") for item in line) for line in (*lines, *section.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in written)


def as_html(content: Sheet, language: str = "fr") -> str:
    """The sheet as a dialog, opened by a button with `data-dialog`."""
    name = f"sheet-{content.id}"
    body = "".join(_html_section(section, language) for section in content.sections)
    close = f'<button type="button" data-close autofocus>{escape(say("sheet.close", language))}</button>'
    return (
        f'<dialog class="sheet" id="{escape(name)}" aria-labelledby="{escape(name)}-title">'
        f'<p class="sheet-close no-print">{close}</p><h2 id="{escape(name)}-title">{escape(content.title)}</h2>'
        f'<p class="source-line"><code>{escape(content.id)}</code></p>{body}</dialog>'
    )


def _html_section(section: Section, language: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in section.lines)
    if section.rows:
        columns = [tables.Column(str(index), label) for index, label in enumerate(section.columns)]
        rows = [{str(index): item for index, item in enumerate(row)} for row in section.rows]
        caption = say("sheet.table", language, section=section.title, count=len(rows))
        table = tables.table(caption, columns, rows)
        lines += f"<details><summary>{escape(caption)}</summary>{table}</details>" if len(rows) > 5 else table
    return f"<h3>{escape(section.title)}</h3>{lines}"


def button(id: str, language: str = "fr") -> tables.Html:
    """What opens the sheet."""
    words = escape(say("sheet.open", language))
    return tables.Html(f'<button type="button" data-dialog="sheet-{escape(id)}">{words}</button>')
