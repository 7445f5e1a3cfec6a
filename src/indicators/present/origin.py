"""Where a figure comes from, in words: one content, as lines of text for a terminal and as HTML for a page."""

from decimal import Decimal
from html import escape

from indicators.catalogue import Catalogue, Indicator
from indicators.present import numbers, sentences, sheets, tables
from indicators.present.sheets import Section
from indicators.present.tables import Column, Html
from indicators.present.wording import say
from indicators.sources import SOURCES

SHORT = 12  # characters of a fingerprint that a page shows; the whole is in its title
MOST_CODES = 12  # of a group that a page shows; its sheet has them all
ALL = 10_000
ALTERED = ("file ", "table_")  # differences that leave the figure as it was


def sections(found, catalogue: Catalogue, language: str, most_codes: int = MOST_CODES) -> list[Section]:
    """What a traced figure is made of, heading by heading."""
    entry = catalogue.indicator(found.indicator)
    return [
        Section(say("origin.figure", language), tuple(_figure(entry, found, language))),
        Section(say("origin.formula", language), tuple(_formula(entry, found, catalogue, language))),
        Section(say("origin.terms", language), tuple(_terms(found, catalogue, language, most_codes))),
        _files(found, language),
        Section(say("origin.rule", language), tuple(_rule(entry, found, catalogue, language))),
        Section(say("origin.version", language), tuple(_version(found, language))),
    ]


def title(found, catalogue: Catalogue, language: str) -> str:
    entry = catalogue.indicator(found.indicator)
    place = sentences.place(found.level, found.territory, language)
    period = sentences.when(entry, found.period, language)
    return say("origin.heading", language, label=entry.label[language], place=place, period=period)


def _figure(entry: Indicator, found, language: str) -> list[str]:
    figure = found.figure
    value = sentences.shown(entry, figure.value, language, figure.flag)
    lines = [say("origin.value", language, value=value, flag=say(f"flag.{figure.flag}", language))]
    if figure.value is not None:
        lines.append(say("origin.exact", language, value=_whole(figure.value, language)))
    if figure.lower is not None and figure.upper is not None:
        between = numbers.between(figure.lower, figure.upper, entry.unit, entry.decimals, language)
        lines.append(say("origin.interval", language, interval=between.removesuffix(".")))
    if figure.completeness is not None:
        share = numbers.percent(100 * figure.completeness, language, signed=False)
        lines.append(say("origin.completeness", language, share=share))
    return lines


def _whole(value: float, language: str) -> str:
    """Every digit that tells this number from its neighbours."""
    return repr(value).replace(".", ",") if language == "fr" else repr(value)


def exact(value: Decimal | float | None, language: str) -> str:
    """A sum as it was added up: whole, or with its cents."""
    if value is None:
        return say("value.none", language)
    return numbers.number(value, 0 if value == int(value) else 2, language)


def _formula(entry: Indicator, found, catalogue: Catalogue, language: str) -> list[str]:
    words = sheets.formula(entry, catalogue, language)
    figure = found.figure
    if figure.numerator is None:
        return [words, say("origin.no_number", language, why=say(f"flag.{figure.flag}", language))]
    shape = "grown" if entry.method == "growth_12m" else "alone" if figure.denominator is None else "divided"
    shape = "adjusted" if entry.standardise else shape
    per = 100 if entry.method in ("proportion", "share") else entry.per
    times = "" if per == 1 else f"{numbers.number(per, 0, language)} × "
    value = sentences.shown(entry, figure.value, language, figure.flag)
    top, bottom = exact(figure.numerator, language), exact(figure.denominator, language)
    said = say(f"origin.{shape}", language, times=times, numerator=top, denominator=bottom, value=value)
    return [words, said]


def _terms(found, catalogue: Catalogue, language: str, most: int) -> list[str]:
    lines = []
    for term in found.terms:
        lines.append(_term(term, language))
        codes = [_codes(each, catalogue, language, most) for each in term.conditions]
        lines += codes or [say("origin.all_lines", language)]
        if found.recount and found.figure.shown:
            hidden = say("value.hidden", language)
            total = hidden if term.sum is None else exact(term.sum, language)
            counted = hidden if term.lines is None else numbers.number(term.lines, 0, language)
            lines.append(say("origin.brought", language, sum=total, lines=counted))
    return lines


def _term(term, language: str) -> str:
    filled = {"column": term.column, "filled": term.filled}
    words = {
        "role": say(f"role.{term.role}", language), "label": term.label[language],
        "column": say("sheet.where_filled", language, **filled) if term.filled else term.column,
        "source": SOURCES[term.source].label[language],
    }  # fmt: skip
    if SOURCES[term.source].stock:
        return say("origin.stock_term", language, **words)
    first, last = (numbers.period(month, language) for month in (term.first, term.last))
    shape = "one_month" if first == last else "months"
    return say("origin.term", language, months=say(f"origin.{shape}", language, first=first, last=last), **words)


def _codes(condition, catalogue: Catalogue, language: str, most: int) -> str:
    groups = [
        say("origin.group", language, group=catalogue.groups[name].label[language],
            codes=sentences.enumerated(codes, most))
        for name, codes in condition.groups.items()
    ]  # fmt: skip
    key = "origin.not_in" if condition.excluded else "origin.is_in"
    return say(key, language, column=condition.column, groups=", ".join(groups))


COUNTED = ("lines", "numerator", "denominator")


def _files(found, language: str) -> Section:
    heading = say("origin.files", language)
    if not found.files:
        return Section(heading, (say("origin.no_file", language),))
    names = ["file", "sha256", "rows"]
    if found.recount:
        names += [*(COUNTED if found.figure.shown else ()), "intact"]
    rows = [tuple(_cell(file, name, language) for name in names) for file in found.files]
    note = (
        say("origin.partials", language)
        if say("value.hidden", language) in {item for row in rows for item in row}
        else ""
    )
    return Section(
        heading, (note,) if note else (), tuple(say(f"column.{name}", language) for name in names), tuple(rows)
    )


def _cell(file, name: str, language: str) -> str:
    if name in ("file", "sha256"):
        return file.name if name == "file" else file.sha256
    if name == "intact":
        return say("origin.intact" if file.intact else "origin.altered", language)
    if name in COUNTED and file.lines is None:
        return say("value.hidden", language)
    return exact(getattr(file, name), language)


def _rule(entry: Indicator, found, catalogue: Catalogue, language: str) -> list[str]:
    smallest = found.smallest_shown
    outcome = {"hidden": "withheld", "missing": "absent"}.get(found.figure.flag, "shown")
    return [
        sheets.count_rule(entry, catalogue, language),
        say("origin.threshold", language, smallest=smallest, most=smallest - 1),
        say(f"origin.{outcome}", language),
    ]


def _version(found, language: str) -> list[str]:
    engine = f"{found.engine['name']} {found.engine['version']}"
    day = numbers.day(found.built, language)
    return [
        say("origin.made", language, vintage=found.vintage, day=day, engine=engine),
        say("origin.code", language, code=found.code[:SHORT]),
    ]


def verdict(found, language: str) -> list[str]:
    """The outcome of the recount: one sentence when all is identical, else what differs, line by line."""
    recount = found.recount
    since = [say(f"origin.since_{name}", language) for name in recount.since]
    if recount.identical:
        flag = say(f"flag.{found.figure.flag}", language)
        hole = not found.figure.shown
        return [
            say("origin.identical_hole", language, flag=flag) if hole else say("origin.identical", language),
            *since,
        ]
    altered = all(each.what.startswith(ALTERED) for each in recount.differences)
    alarm = say("origin.alarm_altered" if altered else "origin.alarm", language)
    return [alarm, *(_difference(each, language) for each in recount.differences), *since]


def _difference(each, language: str) -> str:
    kind, _, name = each.what.partition(" ")
    if kind == "file":
        return say("origin.differs_file", language, file=name)
    if kind.startswith("table_"):
        return say("origin.differs_table", language)
    comma = str.maketrans({".": ","} if language == "fr" else {})
    values = {"published": each.published.translate(comma), "found": each.found.translate(comma)}
    if kind == "flag":
        return say(
            "origin.differs_flag", language, **{key: say(f"flag.{flag}", language) for key, flag in values.items()}
        )
    return say("origin.differs", language, what=say(f"column.{kind}", language), **values)


def as_text(found, catalogue: Catalogue, language: str = "fr") -> str:
    """The whole trace for a terminal, the verdict last."""
    lines = [title(found, catalogue, language)]
    for section in sections(found, catalogue, language, ALL):
        lines += ["", section.title, *(f"  {line}" for line in section.lines), *_grid(section)]
    lines += ["", say("origin.recount", language), *(f"  {line}" for line in verdict(found, language))]
    return "\n".join(lines)


def _grid(section: Section) -> list[str]:
    """A table in columns; the first is words, the others are set to the right."""
    rows = [section.columns, *section.rows] if section.rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            item.rjust(w) if index else item.ljust(w) for index, (item, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def as_html(found, catalogue: Catalogue, language: str, failed: str = "") -> Html:
    """The trace as a folded block, the recount and its button before the details."""
    first, *others = sections(found, catalogue, language)
    recount = f"<h3>{escape(say('origin.recount', language))}</h3>{_status(found, failed, language)}{_button(language)}"
    return Html(
        f'<details class="sheet origin" id="origin"><summary>{escape(say("origin.title", language))}</summary>'
        f"<p>{escape(title(found, catalogue, language))}</p>{_html(first, language)}{recount}"
        f"{''.join(_html(section, language) for section in others)}</details>"
    )


def _html(section: Section, language: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in section.lines)
    if section.rows:
        columns = [Column(str(index), label, index > 1) for index, label in enumerate(section.columns)]
        rows = [{str(index): _short(item) for index, item in enumerate(row)} for row in section.rows]
        lines += tables.table(say("sheet.table", language, section=section.title, count=len(rows)), columns, rows)
    return f"<h3>{escape(section.title)}</h3>{lines}"


def _short(item: str) -> str | Html:
    if len(item) != 64 or not item.isalnum():
        return item
    return Html(f'<code title="{escape(item)}">{escape(item[:SHORT])}…</code>')


def _status(found, failed: str, language: str) -> str:
    if failed:
        return f'<p class="notice" role="alert">{escape(say("origin.failed", language, reason=failed))}</p>'
    if not found.recount:
        return f'<p class="source-line no-print">{escape(say("origin.recompute_hint", language))}</p>'
    kind, first, *rest = "met" if found.recount.identical else "offtrack", *verdict(found, language)
    more = f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in rest)}</ul>" if rest else ""
    role = "status" if found.recount.identical else "alert"
    return f'<div role="{role}"><p class="status status-{kind}">{escape(first)}</p>{more}</div>'


def _button(language: str) -> str:
    words = escape(say("origin.recompute", language))
    return (
        '<p class="actions no-print"><button type="button" id="origin-recompute" data-choice="recount" data-once '
        f'value="now">{words}</button></p>'
    )
