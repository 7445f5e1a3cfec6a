"""A verified delimited file written by DuckDB as parquet in one stream: every bad line named, nothing guessed."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from indicators.errors import Problem, SourceError
from indicators.sources.identifiers import masked
from indicators.sources.raw import Progress, Raw, compressed, refuse, unreadable

END = "_end"  # the empty field after the last separator
WIDE = "DECIMAL(18,6)"  # numbers are read wider than they are kept, so that rounding can be seen
# types of amounts, counts and codes, and what their values are multiples of
STEPS = {"DECIMAL(14,2)": "0.01", "INTEGER": "1", "SMALLINT": "1"}
AMOUNTS = "DECIMAL(14,2)"
LARGEST = {AMOUNTS: 10**12 - 1, "INTEGER": 2**31 - 1, "SMALLINT": 2**15 - 1}
TOO_PRECISE = "too precise"
ORIGINAL = "Demander le fichier d’origine."
EVERY = 0.5  # seconds between two looks at the progress of a statement


@dataclass(frozen=True)
class Format:
    """How a family of delimited files is written and how it is kept.

    `types` gives the DuckDB type of every column that may appear (amounts as DECIMAL(p,2)); `loose`
    names the columns whose unreadable values are left blank; `decimal` and `encoding` are the
    producer's; `padded` allows lines shorter than the header. With `exact`, codes too are read wide
    enough to see decimals, which costs a fifth more; without it, codes are looked at again only when
    the file has more points than amounts with cents.
    """

    types: Mapping[str, str]
    decimal: str
    encoding: str
    sort: tuple[str, ...]
    loose: tuple[str, ...] = ()
    padded: bool = False
    exact: bool = False


def names(raw: Raw) -> list[str]:
    """The header as column names, in the order of the file."""
    return [name.upper() or END for name in raw.header]


def text(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def write(connection, raw: Raw, form: Format, out: Path, ordered: bool, progress: Progress | None = None) -> int:
    """Write every line as zstd parquet, sorted when `ordered`; refuse the file if one line is wrong.

    Returns the number of lines. All problems come at once: line, column, value.
    """
    import duckdb

    order = " ORDER BY " + ", ".join(f'"{name}"' for name in form.sort) if ordered else ""
    query = f"COPY ({_checked(raw, form)}{order}) TO {text(out)} (FORMAT parquet, COMPRESSION zstd)"
    _forget(connection)
    try:
        with _watched(connection, progress):
            count = connection.execute(query).fetchone()[0]
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        raise _refusal(connection, raw, form) from None
    if count != raw.lines - 1:
        raise _refusal(connection, raw, form)
    if raw.joined or (not form.exact and raw.points != _with_cents(connection, raw, form, out)):
        _look_again(connection, raw, form)
    if not count:
        raise refuse(raw.path, Problem("fichier", "aucune ligne après l’en-tête.", "Le télécharger à nouveau."))
    return count


def _with_cents(connection, raw: Raw, form: Format, out: Path) -> int:
    """How many of the amounts written are not whole: as many as the points of the file, or a point was elsewhere."""
    counted = " + ".join(
        f'count(*) FILTER ("{name}" % 1 <> 0)' for name in names(raw) if form.types.get(name) == AMOUNTS
    )
    return connection.execute(f"SELECT {counted} FROM read_parquet({text(out)})").fetchone()[0]


def _scan(raw: Raw, form: Format) -> str:
    numbers = _numbers(raw, form)
    kept = {name: "VARCHAR" if name in form.loose else form.types.get(name, "VARCHAR") for name in names(raw)}
    columns = {name: WIDE if name in numbers else kind for name, kind in kept.items()}
    return _read(raw, form, columns)


def _read(raw: Raw, form: Format, columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv({text(raw.path)}, delim=';', header=true, auto_detect=false, quote='', escape='', "
        f"compression='{'gzip' if compressed(raw.path) else 'none'}', encoding='{form.encoding}', "
        f"decimal_separator='{form.decimal}', null_padding={str(form.padded).lower()}, "
        f"store_rejects=true, rejects_limit=1000, columns={{{listed}}})"
    )


def _numbers(raw: Raw, form: Format) -> dict[str, str]:
    """The columns of amounts and counts, of codes too when reading is exact, and what their values are multiples of."""
    kinds = STEPS if form.exact else (AMOUNTS, "INTEGER")
    typed = {name: form.types[name] for name in names(raw) if name in form.types and name not in form.loose}
    return {name: STEPS[kind] for name, kind in typed.items() if kind in kinds}


def _rounded(raw: Raw, form: Format) -> str:
    """Whether keeping a line would round one of its numbers."""
    return " OR ".join(f'"{name}" % {step} <> 0' for name, step in _numbers(raw, form).items()) or "false"


def _checked(raw: Raw, form: Format) -> str:
    kept = ", ".join(_cast(name, raw, form) for name in names(raw) if name != END)
    checked = f"CASE WHEN {_rounded(raw, form)} THEN error('{TOO_PRECISE}') ELSE true END"
    return f"SELECT {kept} FROM {_scan(raw, form)} WHERE {checked}"


def _cast(name: str, raw: Raw, form: Format) -> str:
    kind = form.types.get(name, "VARCHAR")
    if name in form.loose:
        return f'TRY_CAST("{name}" AS {kind}) AS "{name}"'
    return f'"{name}"::{kind} AS "{name}"' if name in _numbers(raw, form) else f'"{name}"'


@contextmanager
def _watched(connection, progress: Progress | None) -> Iterator[None]:
    """Tell how far the statement under way is, in thousandths."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            progress(max(0, int(10 * connection.query_progress())), 1000)

    watcher = threading.Thread(target=watch, daemon=True)
    if progress:
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        watcher.start()
    try:
        yield
    finally:
        over.set()
        if progress:
            watcher.join()


# --- what is wrong, once something is ------------------------------------------------------------


def _forget(connection) -> None:
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")


def _look_again(connection, raw: Raw, form: Format) -> None:
    """Refuse a file written without complaint in which the engine bent a number: 42.5 rounded, 1_000 read as 1000."""
    found = _problems(connection, raw, replace(form, exact=True)) + _bent(connection, raw, form)
    if found:
        raise refuse(raw.path, *found)


def _bent(connection, raw: Raw, form: Format) -> list[Problem]:
    """Numbers written with an underscore, and loose columns whose number has decimals."""
    typed = [name for name in names(raw) if name in form.types and form.types[name] != "VARCHAR"]
    tests = {name: f"contains(\"{name}\", '_')" for name in typed}
    tests |= {name: f'{tests[name]} OR TRY_CAST("{name}" AS {WIDE}) % 1 <> 0' for name in form.loose}
    columns = dict.fromkeys(names(raw), "VARCHAR")
    cells = " UNION ALL ".join(
        f"SELECT line + 1, '{name}', \"{name}\" FROM read WHERE {test}" for name, test in tests.items()
    )
    numbered = f"SELECT row_number() OVER () AS line, * FROM {_read(raw, form, columns)}"
    wrong = " OR ".join(f"({test})" for test in tests.values())
    rows = connection.execute(
        f"WITH read AS MATERIALIZED (SELECT * FROM ({numbered}) WHERE {wrong}) {cells} LIMIT 1000"
    )
    return [
        Problem(
            f"ligne {line}, colonne {name}", f"valeur « {masked(value)} » : un nombre entier est attendu.", ORIGINAL
        )
        for line, name, value in sorted(rows.fetchall())
    ]


def _refusal(connection, raw: Raw, form: Format) -> SourceError:
    """What is wrong, as the engine sees it in a second reading, or line by line where it cannot read on."""
    import duckdb

    try:
        problems = _problems(connection, raw, form)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        problems = []
    return refuse(raw.path, *problems) if problems else unreadable(raw, form.encoding)


def _problems(connection, raw: Raw, form: Format) -> list[Problem]:
    """Every wrong line, from a second reading of the whole file."""
    _forget(connection)
    numbers = list(_numbers(raw, form))
    listed = ", ".join(f'"{name}"' for name in numbers)
    # a hash of the whole line, never empty, makes every column be read: bad values are found in columns read only
    wrong = f"{_rounded(raw, form)} OR {_outside(raw, form)}"
    lines = f"SELECT row_number() OVER () AS line, f.*, {wrong} AS _wrong, hash(f) AS _all FROM {_scan(raw, form)} f"
    query = f"SELECT line, {listed} FROM ({lines}) WHERE _wrong OR _all IS NULL LIMIT 1000"
    precise = connection.execute(query).fetchall()
    rejected = connection.execute(
        "SELECT line, column_name, csv_line, error_type, column_idx FROM reject_errors ORDER BY line, column_idx"
    ).fetchall()
    bad = sorted({row[0] for row in rejected})
    found = [(row[0], _rejected_line(raw, *row)) for row in rejected]
    for row, *values in precise:
        line = _line(row, bad)
        found += [(line, problem) for problem in _imprecise(raw, form, line, dict(zip(numbers, values, strict=True)))]
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _outside(raw: Raw, form: Format) -> str:
    """Whether a number is too large to be kept."""
    kinds = {name: form.types[name] for name in _numbers(raw, form)}
    tests = [f'("{name}" IS NOT NULL AND TRY_CAST("{name}" AS {kind}) IS NULL)' for name, kind in kinds.items()]
    return " OR ".join(tests) or "false"


def _line(row: int, rejected: list[int]) -> int:
    """The line of the file that holds the n-th row read, the header and rejected lines counted."""
    line = row + 1
    for other in rejected:
        line += other <= line
    return line


def _rejected_line(raw: Raw, line: int, column: str | None, text: str, kind: str, index: int | None) -> Problem:
    fields = (text or "").split(";")
    if kind == "CAST" and index and index <= len(fields):
        where = f"ligne {line}, colonne {raw.header[index - 1]}"
        return Problem(
            where, f"valeur « {masked(fields[index - 1])} » illisible.", "Attendu : un nombre, point décimal."
        )
    what = f"{len(fields)} champs au lieu de {len(raw.header)}."
    return Problem(f"ligne {line}", what, "Demander le fichier d’origine ou le télécharger à nouveau.")


def _imprecise(raw: Raw, form: Format, line: int, values: Mapping[str, object]) -> list[Problem]:
    """Amounts with more than two decimals, counts with any, numbers too large."""
    allowed = {"DECIMAL(14,2)": "un montant a deux décimales au plus.", "INTEGER": "un nombre d’actes est entier."}
    found = []
    for name, step in _numbers(raw, form).items():
        value = values[name]
        if value is None or not (value % type(value)(step) or abs(value) > LARGEST[form.types[name]]):
            continue
        what = allowed.get(form.types[name], "un code est entier.")
        what = what if value % type(value)(step) else "nombre trop grand."
        shown = masked(f"{value.normalize():f}")
        found.append(Problem(f"ligne {line}, colonne {name}", f"valeur « {shown} » : {what}", ORIGINAL))
    return found


# --- what was written -----------------------------------------------------------------------------


def totals(connection, written: Path, columns: list[str]) -> dict[str, str]:
    """Control totals of what was written, as exact decimal text."""
    listed = ", ".join(f'sum("{name}")::VARCHAR' for name in columns)
    values = connection.execute(f"SELECT {listed} FROM read_parquet({text(written)})").fetchone()
    return {name: value or "0" for name, value in zip(columns, values, strict=True)}


def lines_where(connection, raw: Raw, form: Format, condition: str, columns: str) -> list[tuple]:
    """The first twenty lines of a file for which a condition holds: line, then the columns asked for."""
    _forget(connection)
    return connection.execute(
        f"SELECT line + 1, {columns} FROM (SELECT row_number() OVER () AS line, * FROM {_scan(raw, form)}) "
        f"WHERE {condition} LIMIT 20"
    ).fetchall()
