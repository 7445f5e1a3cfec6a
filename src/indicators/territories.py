"""Territories: a code means nothing without its level. `93` of the Cnam's files is PACA and Corse together."""

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indicators.errors import ArgumentError, not_allowed

FRANCE = ("fra", "FR")
UNKNOWN = "99"  # the code of an unknown region in the Cnam's files; counted in France only


@dataclass(frozen=True)
class Territory:
    """A place at a level; `parts` are the INSEE regions that it adds up, `tile` its square on the map."""

    level: str
    code: str
    label: dict[str, str]
    short: str
    parts: tuple[str, ...]
    tile: tuple[int, int] | None


@cache
def load() -> dict[tuple[str, str], Territory]:
    """All territories, keyed by level and code."""
    path = Path(__file__).parent / "nomenclatures" / "territories.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["level"], row["code"]): _territory(row) for row in csv.DictReader(file)}


def _territory(row: dict[str, str]) -> Territory:
    return Territory(
        level=row["level"],
        code=row["code"],
        label={"fr": row["label_fr"], "en": row["label_en"]},
        short=row["short_fr"],
        parts=tuple(row["parts"].split()),
        tile=(int(row["tile_row"]), int(row["tile_col"])) if row["tile_row"] else None,
    )


def of_level(level: str) -> list[Territory]:
    """The territories of one level, in the order of the table."""
    found = [territory for territory in load().values() if territory.level == level]
    if not found:
        raise ArgumentError(f"Niveau : {not_allowed(level, {key[0] for key in load()})}")
    return found


def get(level: str, code: str) -> Territory:
    """One territory; an unknown code is answered with the codes of its level."""
    codes = [territory.code for territory in of_level(level)]
    if code not in codes:
        raise ArgumentError(f"Territoire du niveau {level} : {not_allowed(code, codes)}")
    return load()[level, code]


def plain(name: str) -> str:
    """A name without accents, hyphens, apostrophes or case, as producers write them differently.

    >>> plain("Centre-Val-de-Loire ") == plain("Centre-Val de Loire")
    True
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


def region_code(name: str) -> str | None:
    """The INSEE code of a region by its name, or None for another name (a subtotal, say)."""
    return {plain(region.label["fr"]): region.code for region in of_level("reg")}.get(plain(name))
