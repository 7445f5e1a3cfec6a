"""What a publication says of itself: the files, definitions, program and rules that made it, and its control totals."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from importlib import metadata
from typing import TYPE_CHECKING, Any

from indicators import facts
from indicators.catalogue import Catalogue, Indicator

if TYPE_CHECKING:
    import pandas

SCHEMA = 1
PACKAGES = {"duckdb": "duckdb", "spark": "pyspark"}
# All that turns rows into figures. The groups of codes are in the hash of each indicator, and only there:
# a code added to one group does not make every figure suspect.
COMPUTES = (
    "facts.py", "engine/*.py", "sums.py", "computation.py", "adjusted.py", "bands.py", "reference.py", "periods.py",
    "territories.py", "methods/*.py", "disclosure/*.py", "sources/*.py", "nomenclatures/*.csv",
)  # fmt: skip
PART = ("file", "sha256", "bytes", "rows", "totals", "undated_lines", "ingested", "path", "parquet_sha256")
CENT = Decimal("0.01")


def _hash(*things: object) -> str:
    return hashlib.sha256(repr(things).encode()).hexdigest()


def code() -> str:
    """The SHA-256 of the source text of what computes, whatever the line endings."""
    return facts.program(*COMPUTES)


def engine(name: str = "duckdb") -> dict[str, str]:
    """The engine that summed, and its version."""
    return {"name": name, "version": metadata.version(PACKAGES[name])}


def definitions(catalogue: Catalogue) -> str:
    """The SHA-256 of all definitions, words included."""
    return _hash(catalogue.groups, catalogue.measures, catalogue.indicators)


def by_indicator(catalogue: Catalogue) -> dict[str, str]:
    """The SHA-256 of what each indicator computes: its entry, its measures, their groups of codes; words apart."""
    return {id: _hash(*_computed(catalogue, entry)) for id, entry in sorted(catalogue.indicators.items())}


def measures_of(entry: Indicator) -> list[str]:
    """Every measure that an entry uses, once."""
    return list(dict.fromkeys((*entry.numerator, *entry.denominator, *entry.count)))


def _computed(catalogue: Catalogue, entry: Indicator) -> list[object]:
    how = [entry.method, entry.numerator, entry.denominator, entry.count, entry.per, entry.levels, entry.frequency]
    how += [entry.window, entry.clock, entry.standardise]
    for name in measures_of(entry):
        measure = catalogue.measures[name]
        where = [(each.column, each.groups, sorted(each.codes), each.excluded) for each in measure.where]
        how.append((measure.source, measure.sum, measure.unit, measure.place, where))
    return how


def rules() -> dict[str, Any]:
    """What decides that a figure is withheld or not final, as the program has it."""
    from indicators import computation, sums
    from indicators.disclosure import primary

    return {
        "smallest_shown": primary.SMALLEST_SHOWN,
        "small": _first(primary.small),
        "hidden": _first(primary.hidden),
        "complete": {**computation.COMPLETE, "else": computation.COMPLETE_ELSE},
        "oldest_population": sums.OLDEST_POPULATION,
    }


def _first(thing: object) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def totals(table: "pandas.DataFrame", catalogue: Catalogue) -> dict[str, Any]:
    """Control totals of an indicator table, by which anybody can check it: rows, and the numerators of France."""
    theme = {id: entry.theme for id, entry in catalogue.indicators.items()}
    france = table[table["level"] == "fra"]
    sums = {id: sum((n for n in rows if isinstance(n, Decimal)), Decimal(0)) for id, rows in _numerators(france)}
    return {
        "rows": len(table),
        "by_flag": _count(table["flag"]),
        "by_theme": _count(table["indicator_id"].map(theme).fillna("?")),
        "by_indicator": _count(table["indicator_id"]),
        "france_numerator": {id: str(total.quantize(CENT)) for id, total in sums.items()},
    }


def _numerators(table: "pandas.DataFrame"):
    return table.groupby("indicator_id", sort=True)["numerator"]


def _count(values: "pandas.Series") -> dict[str, int]:
    return {str(key): int(count) for key, count in sorted(values.value_counts().items())}


def account(
    entry: Mapping[str, Any],
    previous: str | None,
    catalogue: Catalogue,
    table: "pandas.DataFrame",
    parts: Mapping[str, Mapping[str, Mapping[str, Any]]],
    engine: Mapping[str, str],
) -> dict[str, Any]:
    """The manifest of one publication; `entry` is what the folder's own manifest says of it."""
    used = {
        source: {key: {name: part[name] for name in PART if name in part} for key, part in sorted(files.items())}
        for source, files in sorted(parts.items())
    }
    return {
        **entry,
        "schema": SCHEMA,
        "previous": previous,
        "engine": dict(engine),
        "code": code(),
        "definitions_by_indicator": by_indicator(catalogue),
        "totals": totals(table, catalogue),
        "rules": rules(),
        "parts": used,
    }
