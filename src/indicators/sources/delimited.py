"""A verified delimited file read by DuckDB into parquet: explicit types, every bad line named, nothing guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from indicators.errors import Problem
from indicators.sources.raw import Raw, refuse

END = "_end"  # the empty field after the last separator
WIDE = "DECIMAL(18,6)"  # numbers are read wider than they are kept, so that rounding can be seen
NUMBERS = {"DECIMAL(14,2)": 2, "INTEGER": 0}  # types of amounts and counts, and the decimals they may have


@dataclass(frozen=True)
class Format:
    """How a family of delimited files is written and how it is kept.

    `types` gives the DuckDB type of every column that may appear (amounts as DECIMAL(p,2));
    `decimal` and `encoding` are the producer's; `padded` allows lines shorter than the header.
    """

    types: Mapping[str, str]
    decimal: str
    encoding: str
    sort: tuple[str, ...]
    padded: bool = False


def names(raw: Raw) -> list[str]:
    """The header as column names, in the order of the file."""
    return [name.upper() or END for name in raw.header]


def _scan(raw: Raw, form: Format) -> str:
    kept = {name: form.types.get(name, "VARCHAR") for name in names(raw)}
    columns = {name: WIDE if kind in NUMBERS else kind for name, kind in kept.items()}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv(?, delim=';', header=true, auto_detect=false, quote='', escape='', "
        f"compression='{'gzip' if raw.path.suffix == '.gz' else 'none'}', encoding='{form.encoding}', "
        f"decimal_separator='{form.decimal}', null_padding={str(form.padded).lower()}, "
        f"store_rejects=true, rejects_limit=1000, columns={{{listed}}})"
    )


def load(connection, raw: Raw, form: Format) -> int:
    """Read every line into the table `rows` with its final types; refuse the file if one line is wrong.

    Returns the number of rows. All problems come at once: line, column, value.
    """
    columns = [name for name in names(raw) if name != END]
    numbers = {name: NUMBERS[kind] for name in columns if (kind := form.types.get(name)) in NUMBERS}
    rounded = " OR ".join(f'round("{name}", {decimals}) <> "{name}"' for name, decimals in numbers.items())
    kept = ", ".join(
        f'"{name}"::{form.types[name]} AS "{name}"' if name in numbers else f'"{name}"' for name in columns
    )
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rows AS SELECT {kept}, ({rounded}) AS _rounded FROM {_scan(raw, form)}",
        [str(raw.path)],
    )
    problems = _rejected(connection, raw) or _too_precise(connection, raw)
    if problems:
        raise refuse(raw.path, *problems)
    count = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
    if not count:
        raise refuse(raw.path, Problem("fichier", "aucune ligne après l’en-tête.", "Le télécharger à nouveau."))
    if count != raw.lines - 1:
        what = f"{raw.lines - 1} lignes dans le fichier, {count} lues."
        raise refuse(raw.path, Problem("fichier", what, "Chercher une ligne vide ou coupée."))
    return count


def _rejected(connection, raw: Raw) -> list[Problem]:
    found = connection.execute(
        "SELECT line, column_name, csv_line, error_type, column_idx FROM reject_errors ORDER BY line, column_idx"
    ).fetchall()
    return [_rejected_line(raw, *row) for row in found]


def _rejected_line(raw: Raw, line: int, column: str | None, text: str, kind: str, index: int | None) -> Problem:
    fields = (text or "").split(";")
    if kind == "CAST" and index and index <= len(fields):
        where = f"ligne {line}, colonne {raw.header[index - 1]}"
        return Problem(where, f"valeur « {fields[index - 1]} » illisible.", "Attendu : un nombre, point décimal.")
    what = f"{len(fields)} champs au lieu de {len(raw.header)}."
    return Problem(f"ligne {line}", what, "Demander le fichier d’origine ou le télécharger à nouveau.")


def _too_precise(connection, raw: Raw) -> list[Problem]:
    """Lines with more decimals than an amount (two) or a count (none) can have."""
    if not connection.execute("SELECT count(*) FROM rows WHERE _rounded").fetchone()[0]:
        return []
    lines = connection.execute(
        "SELECT line FROM (SELECT row_number() OVER () + 1 AS line, _rounded FROM rows) WHERE _rounded LIMIT 20"
    ).fetchall()
    what = "un montant a plus de deux décimales, ou un nombre d’actes n’est pas entier."
    return [Problem(f"ligne {line}", what, "Demander le fichier d’origine.") for (line,) in lines]


def totals(connection, columns: list[str]) -> dict[str, str]:
    """Control totals of the loaded rows, as exact decimal text."""
    listed = ", ".join(f'sum("{name}")::VARCHAR' for name in columns)
    values = connection.execute(f"SELECT {listed} FROM rows").fetchone()
    return {name: value or "0" for name, value in zip(columns, values, strict=True)}


def write_parquet(connection, out: Path, sort: tuple[str, ...]) -> None:
    """The loaded rows as one sorted zstd parquet file."""
    order = ", ".join(f'"{name}"' for name in sort)
    connection.execute(
        f"COPY (SELECT * EXCLUDE (_rounded) FROM rows ORDER BY {order}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    )
