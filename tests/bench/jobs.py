"""One job of the benchmark per process, so that its CPU and memory can be read from outside."""

import sys
from pathlib import Path


def ingest(path: str, folder: str) -> None:
    from indicators import ingest

    ingest.ingest(Path(folder), Path(path))


def verify(path: str) -> None:
    from indicators.sources import open_damir

    open_damir.check(Path(path))


def copy(path: str, out: str) -> None:
    """What a careful person writes by hand: explicit types, the same sort, nothing verified."""
    import duckdb

    from indicators.sources import open_damir

    columns = {name or "_end": open_damir.TYPES.get(name, "VARCHAR") for name in open_damir.HEADERS[2]}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    scan = f"read_csv('{path}', delim=';', header=true, quote='', escape='', columns={{{listed}}})"
    order = "PRS_NAT, BEN_RES_REG, SOI_ANN, SOI_MOI"
    query = f"SELECT * EXCLUDE (_end) FROM {scan} ORDER BY {order}"
    duckdb.connect().execute(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def facts(part: str) -> None:
    from indicators import catalogue, engine
    from indicators.sources import SOURCES

    rows = engine.read(engine.connect(), [Path(part)])
    measures = catalogue.load().measures_of("open_damir")
    engine.facts(rows, SOURCES["open_damir"], measures).to_pyarrow()


KEYS = (
    "SOI_ANN || '-' || SOI_MOI AS care, AGE_BEN_SNDS AS age, BEN_SEX_COD AS sex, "
    "BEN_RES_REG AS residence, ORG_CLE_REG AS fund"
)


def _sum(measure) -> str:
    where = " AND ".join(f"{c.column} {'NOT IN' if c.excluded else 'IN'} ({', '.join(c.codes)})" for c in measure.where)
    amount = measure.sum.replace("_WITH_NBR", "")
    return f"sum({amount}) FILTER (WHERE {where}) AS {measure.id}"


def _measures():
    from indicators import catalogue

    return catalogue.load().measures_of("open_damir")


def sql(part: str) -> None:
    """All sums in one statement, by the same keys."""
    import duckdb

    sums = ", ".join(map(_sum, _measures()))
    duckdb.connect().sql(f"SELECT {KEYS}, {sums} FROM '{part}' GROUP BY ALL").to_arrow_table()


def each(part: str) -> None:
    """One statement per measure."""
    import duckdb

    connection = duckdb.connect()
    for measure in _measures():
        connection.sql(f"SELECT {KEYS}, {_sum(measure)} FROM '{part}' GROUP BY ALL").to_arrow_table()


def nothing() -> None:
    import duckdb  # noqa: F401

    from indicators import ingest  # noqa: F401
    from indicators.sources import open_damir  # noqa: F401


if __name__ == "__main__":
    job = {f.__name__: f for f in (ingest, verify, copy, facts, sql, each, nothing)}[sys.argv[1]]
    job(*sys.argv[2:])
