"""Tables as plain HTML: escaped, with a caption, scopes, and the name of its column on every cell."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

STACKED = 5  # columns from which a table is read row by row on a phone


class Html(str):
    """HTML that was escaped where it was made."""


class Column(NamedTuple):
    """One column: the key of its cells, its head, and whether it holds numbers."""

    key: str
    label: str
    numeric: bool = False


def cell(content: object) -> str:
    return content if isinstance(content, Html) else escape(str(content))


def link(address: str, words: str) -> Html:
    return Html(f'<a href="{escape(address)}">{escape(words)}</a>')


def table(caption: str, columns: Sequence[Column], rows: Sequence[Mapping[str, object]], note: str = "") -> Html:
    """A table whose first column names its rows; its roles are written, since phones show wide ones as blocks.

    >>> "&lt;a&gt;" in table("Tailles", [Column("who", "Qui"), Column("n", "N", True)], [{"who": "<a>", "n": "3"}])
    True
    """
    head = "".join(
        f'<th scope="col" role="columnheader"{_numeric(column)}>{escape(column.label)}</th>' for column in columns
    )
    stacks = " stacks" if len(columns) > STACKED else ""
    body = "".join(_row(columns, row) for row in rows)
    small = f'<p class="source-line">{cell(note)}</p>' if note else ""
    return Html(
        f'<div class="table-wrap" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table class="data{stacks}" role="table"><caption>{escape(caption)}</caption><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>{small}'
    )


def _row(columns: Sequence[Column], row: Mapping[str, object]) -> str:
    first, *others = columns
    cells = [f'<th scope="row" role="rowheader">{cell(row[first.key])}</th>']
    cells += [
        f'<td role="cell"{_numeric(column)} data-label="{escape(column.label)}">{cell(row[column.key])}</td>'
        for column in others
    ]
    lit = ' class="own"' if row.get("own") else ""
    return f'<tr role="row"{lit}>{"".join(cells)}</tr>'


def _numeric(column: Column) -> str:
    return ' class="num"' if column.numeric else ""
