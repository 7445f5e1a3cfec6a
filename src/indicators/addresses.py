"""Where each public file is found: a small table, read strictly, and its blanks filled for one period."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from indicators import download
from indicators.errors import ArgumentError, DefinitionError, Problem, not_allowed, report
from indicators.periods import WRITTEN
from indicators.schema import Key, bilingual, day, problems, text, whole, word
from indicators.strict_yaml import load as load_yaml

TABLE = Path(__file__).parent / "sources" / "addresses.yaml"
KINDS = ("file", "page", "record")
PERIODS = {"month": "2025-01", "year": "2025", "none": ""}  # with an example of each
BLANKS = ("year", "month", "year_before")
FILE_NAME = re.compile(r"[\w{}-][\w.{}-]*")


@dataclass(frozen=True)
class Address:
    """Where the files of one source are found; `address` is absent where a person must open `page`."""

    source: str
    label: dict[str, str]
    kind: str
    period: str
    meaning: str
    page: str
    file: str
    largest: int  # millions of bytes
    licence: str
    read_in: str
    read_on: date
    first: str | None = None
    steps: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Place:
    """Where the file of one period is found, every blank filled."""

    of: Address
    period: str | None
    page: str
    file: str
    steps: str
    address: str | None


def load(path: Path | None = None) -> dict[str, Address]:
    """The table by source; all its problems at once."""
    path = path or TABLE
    content = load_yaml(path)
    found = [problem for source, entry in content.items() for problem in _wrong(source, entry)]
    if found:
        raise DefinitionError(report(f"{path.name} n’est pas valide", found))
    return {source: Address(source=source, **entry) for source, entry in content.items()}


def place(table: dict[str, Address], source: str, period: str | None) -> Place:
    """Where the file of a source and period is found; a wrong word or period is answered with the right one."""
    if source not in table:
        raise ArgumentError(f"Source : {not_allowed(source, table)}")
    entry = table[source]
    _check_period(entry, period)
    year, month = (period[:4], period[5:]) if period else ("", "")
    blanks = {"year": year, "month": month, "year_before": str(int(year) - 1) if year else ""}

    def filled(pattern: str | None) -> str | None:
        return pattern and pattern.format(**blanks)

    steps = filled(entry.steps) or ""
    return Place(entry, period, filled(entry.page), filled(entry.file), steps, filled(entry.address))


def _check_period(entry: Address, period: str | None) -> None:
    if entry.period == "none":
        if period:
            raise ArgumentError(f"{entry.source} n’a pas de période ({entry.meaning}) : ne pas écrire « {period} ».")
        return
    match = WRITTEN.fullmatch(period or "")
    grain = "" if not match or match[2] else "month" if match[3] else "year"
    if grain != entry.period:
        said = f"Période « {period} »" if period else "Période absente"
        raise ArgumentError(f"{said} : pour {entry.source}, écrire {PERIODS[entry.period]} ({entry.meaning}).")
    if entry.first and period < entry.first:
        raise ArgumentError(f"Période « {period} » : {entry.source} commence en {entry.first}.")


def _address(value: Any) -> str:
    if message := _blanks(value):
        return message
    right = download.safe(value.format(**dict.fromkeys(BLANKS, "2025")))
    return "" if right else f"« {value} » n’est pas une adresse https:// sans mot de passe."


def _blanks(value: Any) -> str:
    """Only the blanks of a period may be left in a text."""
    if text(value):
        return text(value)
    try:
        names = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
    except ValueError:
        return f"« {value} » : accolade seule."
    wrong = [name for name in names if name not in BLANKS]
    return not_allowed(wrong[0], BLANKS) if wrong else ""


def _file(value: Any) -> str:
    right = isinstance(value, str) and FILE_NAME.fullmatch(value)
    return _blanks(value) if right else f"« {value} » n’est pas un nom de fichier."


def _first(value: Any) -> str:
    return "" if isinstance(value, str) and WRITTEN.fullmatch(value) else f"« {value} » n’est pas une période."


ALWAYS = {
    "label": Key(bilingual),
    "kind": Key(word(*KINDS)),
    "period": Key(word(*PERIODS)),
    "first": Key(_first, required=False),
    "meaning": Key(text),
    "page": Key(_address),
    "file": Key(_file),
    "largest": Key(whole(1, 1_000_000)),
    "licence": Key(text),
    "read_in": Key(text),
    "read_on": Key(day),
}


def _wrong(source: str, entry: Any) -> list[Problem]:
    by_hand = isinstance(entry, dict) and entry.get("kind") == "page"
    return problems(entry, ALWAYS | ({"steps": Key(_blanks)} if by_hand else {"address": Key(_address)}), source)
