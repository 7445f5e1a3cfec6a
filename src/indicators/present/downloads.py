"""Files to keep: CSV for a French spreadsheet, neutral CSV, XLSX; the filters are in the file and in its name.

A file stays a table from its first line to its last: source, version, filters and « Données fictives » are the last
columns of every row. A cell that a spreadsheet would run as a formula is made text; numbers stay numbers; dates are
ISO; a hidden or missing figure is a word in the files for people and `NA` in the neutral one, whose `flag` column says
which; what has no meaning is blank.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from indicators import territories
from indicators.catalogue import Catalogue
from indicators.present import numbers, series, sheets
from indicators.present.page import File
from indicators.present.wording import known, say
from indicators.sources import SOURCES

RISKY = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # the wide forms are formulas in some spreadsheets
COLUMNS = (
    "indicator", "label", "unit", "period", "level", "territory", "place", "value", "lower", "upper",
    "numerator", "denominator", "flag", "completeness", "corrected", "source", "vintage", "data", "filters",
)  # fmt: skip
ACTIONS = (
    "theme", "action", "pilot", "referents", "indicator", "label", "unit", "place", "baseline_period", "baseline",
    "period", "value", "expected", "target_period", "target", "due", "state", "status", "next_step", "next_who",
    "next_when", "done", "obstacles", "next", "decided_on", "accepted_until",
    "source", "vintage", "data", "filters",
)  # fmt: skip
NUMBERS = (
    "value", "lower", "upper", "numerator", "denominator", "completeness", "corrected",
    "baseline", "expected", "target",
)  # fmt: skip
NEUTRAL_MISSING = "NA"
WIDE = ("label", "place", "source", "action", "referents", "next_step", "done", "obstacles", "next", "filters")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class About:
    """What a file says of itself: what was chosen, from what, of which version."""

    title: str
    filters: dict[str, str]
    fictional: bool
    vintage: str
    built: str
    sources: Sequence[str] = ()
    definitions: Sequence[tuple[str, str, str]] = field(default=())  # id, label, formula in words
    decimals: Mapping[str, int] = field(default_factory=dict)  # of each indicator, as its pages show it


def about(
    title: str, filters: dict[str, str], published, catalogue: Catalogue, ids: Sequence[str], language: str
) -> About:
    """What a file of these indicators must say."""
    entries = [catalogue.indicator(id) for id in ids]
    used = dict.fromkeys(
        catalogue.measures[name].source for entry in entries for name in (*entry.numerator, *entry.denominator)
    )
    definitions = [(e.id, e.label[language], sheets.formula(e, catalogue, language)) for e in entries]
    labels = [SOURCES[name].label[language] for name in used]
    decimals = {entry.id: entry.decimals for entry in entries}
    return About(title, filters, published.fictional, published.vintage, published.built, labels, definitions, decimals)


def _constants(about: About, language: str) -> dict[str, object]:
    """What every row of a file repeats, so that a row copied elsewhere still says where it comes from."""
    separator = say("list.separator", language)
    filters = [say("list.pair", language, name=name, value=text) for name, text in about.filters.items()]
    return {
        "source": separator.join(about.sources),
        "vintage": about.vintage,
        "data": say("data.fictional" if about.fictional else "data.real", language),
        "filters": separator.join(filters),
    }


def rows(published, catalogue: Catalogue, ids: Sequence[str], language: str = "fr", **where: str) -> Rows:
    """Rows that carry their own labels, unit, source and version; `where` filters on columns of the table."""
    table = series.protected(published.table)
    table = table[table["indicator_id"].isin(list(ids))]
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    table = table.sort_values(["indicator_id", "level", "territory", "period"])
    return [_row(record, published, catalogue, language) for record in table.to_dict("records")]


def _row(record: dict, published, catalogue: Catalogue, language: str) -> dict[str, object]:
    entry = catalogue.indicator(record["indicator_id"])
    place = territories.get(record["level"], record["territory"]).label[language]
    source = SOURCES[catalogue.source_of(entry)].label[language]
    named = {"indicator": entry.id, "label": entry.label[language], "unit": entry.unit, "place": place}
    return {name: record.get(name) for name in COLUMNS if name in record} | named | {"source": source}


def safe(text: object) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("Transport")
    ("'=1+1", 'Transport')
    """
    text = str(text)
    return f"'{text}" if text.startswith(RISKY) or text.lstrip().startswith(RISKY[:4]) else text


def _number(value: object) -> float | None:
    return None if value is None or numbers.absent(value) else float(value)


def _text(name: str, row: dict[str, object], language: str) -> str:
    """A cell of words, as people read it: the flag is a word."""
    value = row.get(name)
    if value is None:
        return ""
    return say(f"flag.{value}", language) if name == "flag" and known(f"flag.{value}") else str(value)


def _written(name: str, row: dict[str, object], comma: bool, language: str) -> str:
    """One cell of a CSV file: a plain number, the word for a hole, or safe text."""
    if name not in NUMBERS:
        return safe(_text(name, row, language) if comma else row.get(name, ""))
    value = _number(row.get(name))
    if value is None:
        return hole(name, row, language) if comma else NEUTRAL_MISSING
    text = f"{value:.12g}" if abs(value) < 1e12 else f"{value:.0f}"
    text = f"{value:f}".rstrip("0").rstrip(".") if "e" in text else text
    return text.replace(".", ",") if comma else text


def hole(name: str, row: dict[str, object], language: str) -> str:
    """Why a number is not there: hidden or not available; blank where it has no meaning for this indicator."""
    flag = row.get("flag", "missing")
    if flag in series.HOLES:
        return numbers.hole(str(flag), language)
    return numbers.hole("missing", language) if name == "value" else ""


def heading(name: str, language: str) -> str:
    """The name of a column in a file, where each column holds one thing."""
    key = f"file_column.{name}"
    return say(key if known(key) else f"column.{name}", language)


def csv_text(content: Rows, language: str = "fr", neutral: bool = False, columns: Sequence[str] = COLUMNS) -> bytes:
    """The rows as CSV: `;`, decimal comma and BOM for France, or `,`, point and code names for machines."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if neutral else ";", lineterminator="\r\n")
    writer.writerow(columns if neutral else [heading(name, language) for name in columns])
    for row in content:
        writer.writerow([_written(name, row, not neutral, language) for name in columns])
    return out.getvalue().encode("utf-8" if neutral else "utf-8-sig")


def xlsx(content: Rows, about: About, language: str = "fr", columns: Sequence[str] = COLUMNS) -> bytes:
    """The rows as a workbook: a sheet that says what they are, then the rows, numbers as numbers."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    _read_me(book, about, language)
    _data(book, content, about, columns, language)
    book.close()
    return out.getvalue()


def _read_me(book, about: About, language: str) -> None:
    page = book.add_worksheet(say("file.read_sheet", language))
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 90)
    for index, (name, text) in enumerate(facts(about, language)):
        page.write_string(index, 0, name, bold)
        page.write_string(index, 1, text, wrapped)
    page.set_landscape()
    page.fit_to_pages(1, 0)


def facts(about: About, language: str) -> list[tuple[str, str]]:
    """What the reader of a file must know, line by line."""
    lines = [(say("file.title", language), about.title)]
    if about.fictional:
        lines.append((say("data.fictional", language), say("data.warning", language)))
    lines += list(about.filters.items())
    lines += [
        (say("file.sources", language), say("list.separator", language).join(about.sources)),
        (say("file.vintage", language), about.vintage),
        (say("file.built", language), about.built[:10]),
        (say("file.holes", language), say("file.holes_words", language)),
    ]
    return lines + [(f"{label} ({id})", formula) for id, label, formula in about.definitions]


def _data(book, content: Rows, about: About, columns: Sequence[str], language: str) -> None:
    page = book.add_worksheet(say("file.data_sheet", language))
    head = book.add_format({"bold": True, "bottom": 1})
    shown = cache(lambda form: book.add_format({"num_format": form}))  # with the reader's own separators
    right = book.add_format({"align": "right"})
    for column, name in enumerate(columns):
        page.write_string(0, column, heading(name, language), head)
        page.set_column(column, column, 28 if name in WIDE else 13)
    for line, row in enumerate(content, start=1):
        for column, name in enumerate(columns):
            value = _number(row.get(name)) if name in NUMBERS else None
            if value is not None:
                form = number_format(name, value, about.decimals.get(str(row.get("indicator")), 1))
                page.write_number(line, column, value, shown(form))
            elif name in NUMBERS:
                page.write_string(line, column, hole(name, row, language), right)
            else:
                page.write_string(line, column, _text(name, row, language))
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, max(len(content), 1), len(columns) - 1)


def number_format(name: str, value: float, decimals: int) -> str:
    """How a workbook shows a number: counts are whole, values have the decimals of their indicator, or two digits.

    >>> number_format("numerator", 1200.0, 1), number_format("value", 24.04, 1), number_format("value", 0.00031, 1)
    ('#,##0', '#,##0.0', '#,##0.00000')
    """
    if name in ("numerator", "denominator"):
        decimals = 0 if value.is_integer() else 2
    if name == "completeness":
        decimals = 3
    if 0 < abs(value) < 10**-decimals:
        decimals = 1 - math.floor(math.log10(abs(value)))
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def slug(words: str) -> str:
    """Words as part of a file name.

    >>> slug("Provence-Alpes-Côte d’Azur")
    'provence-alpes-cote-d-azur'
    """
    return territories.plain(words).replace(" ", "-").encode("ascii", "ignore").decode()


def file(
    content: Rows, about: About, kind: str, parts: Sequence[str], language: str = "fr", columns: Sequence[str] = COLUMNS
) -> File:
    """The file of a kind; `parts` are the chosen filters, written in its name."""
    words = [slug(part) for part in (*parts, say("file.fictional_name", language) if about.fictional else "") if part]
    name = "_".join(words)
    content = [_constants(about, language) | row for row in content]
    if kind == "xlsx":
        return File(f"{name}.xlsx", XLSX, xlsx(content, about, language, columns))
    neutral = kind == "neutral"
    suffix = "_neutral.csv" if neutral else ".csv"
    return File(f"{name}{suffix}", "text/csv; charset=utf-8", csv_text(content, language, neutral, columns))
