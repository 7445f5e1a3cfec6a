"""Months of any size in the official format, as varied as a real one: no line is a copy of another.

Each line starts from a line of the fictional country and draws its other codes from the other lines, so
that neither the compression nor the grouping of the lines is easier than in a real file. Amounts are small,
as in real lines. Everything is drawn from a hash of the line's number: the same file at every run.
"""

import os
from pathlib import Path

from indicators.sources import open_damir

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
BASE = ROOT / "data" / "demo" / "incoming" / "A202512_fictif.csv.gz"
OWN = {"FLX_ANN_MOI", "SOI_ANN", "SOI_MOI", "ORG_CLE_REG", "BEN_RES_REG", "PRS_NAT"}  # drawn together from one line
HEADER = [name for name in open_damir.HEADERS[2] if name]


def month(size: int, period: str = "202512") -> Path:
    """A compressed month of `size` lines; kept between runs."""
    path = RESULTS / f"A{period}_fictif_{size}.csv.gz"
    if not path.is_file():
        RESULTS.mkdir(exist_ok=True)
        _write(path.with_name("writing.csv.gz"), size, period)
        os.replace(path.with_name("writing.csv.gz"), path)
    return path


def _write(path: Path, size: int, period: str) -> None:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE base AS SELECT * FROM read_csv('{BASE}', delim=';', all_varchar=true)")
    count = connection.execute("SELECT count(*) FROM base").fetchone()[0]
    lists = ", ".join(f"list({name}) AS {name}" for name in HEADER)
    drawn = ", ".join(f'{_drawn(name, count)} AS "{name}"' for name in HEADER[:-1])
    last = f"{_drawn(HEADER[-1], count)} || ';' AS \"{HEADER[-1]};\""  # the empty field that ends every line
    query = f"SELECT {drawn}, {last} FROM range({size}) lines(line), (SELECT {lists} FROM base) b"
    query = query.replace("{period}", period)
    connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, DELIMITER ';', COMPRESSION gzip, QUOTE '')")


def _drawn(name: str, count: int) -> str:
    if name == "FLX_ANN_MOI":
        return "'{period}'"
    if name in open_damir.COUNTS:
        return f"CASE WHEN hash(line, '{name}') % 8 = 0 THEN 0 ELSE (1 + hash(line) % 3)::INTEGER END"
    if name in open_damir.AMOUNTS and name != "PRS_REM_TAU":  # often the same as its neighbours, or zero
        cents = "hash(line, 'price') % 40 * 125 - (hash(line, 'sign') % 50 = 0)::INTEGER * 5000"
        amount = f"rtrim(rtrim((({cents}) / 100)::DECIMAL(14,2)::VARCHAR, '0'), '.')"  # 12.5 and 100, as the producer
        return f"CASE WHEN hash(line, '{name}') % 4 = 0 THEN '0' ELSE {amount} END"
    group = "own" if name in OWN else name
    return f"b.{name}[(hash(line, '{group}') % {count})::BIGINT + 1]"
