"""One job of the benchmark per process, so that its CPU and memory can be read from outside.

A job that measures warm statements prints the CPU seconds of its best repetition as JSON.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

REPEATS = 4
# what a careful person groups by: the codes as they are in the file
KEYS = "FLX_ANN_MOI, SOI_ANN, SOI_MOI, AGE_BEN_SNDS, BEN_SEX_COD, BEN_RES_REG, ORG_CLE_REG"


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def warm(statement: Callable[[], object]) -> None:
    """Run a statement several times in this process; the least CPU is that of a warm one."""
    times = []
    for _ in range(REPEATS):
        before = cpu()
        statement()
        times.append(cpu() - before)
    print(json.dumps({"warm": min(times)}))


# --- ingest ----------------------------------------------------------------------------------------


def ingest(path: str, folder: str) -> None:
    from indicators import ingest

    ingest.ingest(Path(folder), Path(path))


def facts_only(path: str, folder: str) -> None:
    from indicators import ingest

    ingest.ingest(Path(folder), Path(path), detail=False)


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


def nothing() -> None:
    import duckdb  # noqa: F401

    from indicators import ingest  # noqa: F401
    from indicators.sources import open_damir  # noqa: F401


def build(folder: str) -> None:
    from indicators import build

    build.build(Path(folder))


# --- compute ---------------------------------------------------------------------------------------


def _measures() -> list:
    from indicators import catalogue

    return catalogue.load().measures_of("open_damir")


def facts(out: str, *parts: str) -> None:
    """All measures in one pass, as `ondam build` does, one part after another."""
    from indicators import engine
    from indicators.sources import SOURCES

    maker = engine.FactMaker(SOURCES["open_damir"], _measures(), engine.connect())
    warm(lambda: [list(maker.write({"2025-12": Path(part)}, Path(out))) for part in parts])


def _where(measure) -> str:
    tests = [f"{c.column} {'NOT IN' if c.excluded else 'IN'} ({', '.join(c.codes)})" for c in measure.where]
    known = ["coalesce(FLT_ACT_NBR, 0) <> 0"] if measure.sum.endswith("_WITH_NBR") else []
    return " AND ".join([*tests, *known])


def _sum(measure) -> str:
    return f"sum({measure.sum.replace('_WITH_NBR', '')}) FILTER (WHERE {_where(measure)}) AS {measure.id}"


def _copied(query: str, out: str) -> str:
    return f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"


def sql(out: str, part: str) -> None:
    """All sums in one hand-written statement."""
    import duckdb

    connection = duckdb.connect()
    query = f"SELECT {KEYS}, {', '.join(map(_sum, _measures()))} FROM '{part}' GROUP BY ALL"
    warm(lambda: connection.execute(_copied(query, out)))


def each(out: str, part: str) -> None:
    """One hand-written statement per indicator, each reading only the lines that it counts."""
    import duckdb

    from indicators import catalogue

    connection, definitions, own = duckdb.connect(), catalogue.load(), {m.id: m for m in _measures()}
    queries = []
    for entry in definitions.indicators.values():
        names = dict.fromkeys([*entry.numerator, *entry.denominator, *entry.count])
        used = [own[name] for name in names if name in own]
        if used:
            lines = " OR ".join(f"({_where(measure)})" for measure in used)
            queries.append(f"SELECT {KEYS}, {', '.join(map(_sum, used))} FROM '{part}' WHERE {lines} GROUP BY ALL")
    warm(lambda: [connection.execute(_copied(query, out)) for query in queries])


def pandas_whole(part: str) -> None:
    """Naive pandas: the whole file in memory, amounts as decimals, one mask and one grouping per measure."""
    _pandas(part, None)


def pandas_columns(part: str) -> None:
    """The same, reading only the columns that the measures use."""
    measures = _measures()
    used = {c.column for measure in measures for c in measure.where} | set(KEYS.split(", "))
    _pandas(part, sorted(used | {measure.sum.replace("_WITH_NBR", "") for measure in measures}))


def _pandas(part: str, columns: list[str] | None) -> None:
    import pandas

    table, keys = pandas.read_parquet(part, columns=columns), KEYS.split(", ")
    for measure in _measures():
        mask = pandas.Series(True, index=table.index)
        for condition in measure.where:
            found = table[condition.column].isin([int(code) for code in condition.codes])
            mask &= ~found if condition.excluded else found
        if measure.sum.endswith("_WITH_NBR"):
            mask &= table["FLT_ACT_NBR"].fillna(0) != 0
        table[mask].groupby(keys)[measure.sum.replace("_WITH_NBR", "")].sum()


JOBS = (ingest, facts_only, verify, copy, nothing, build, facts, sql, each, pandas_whole, pandas_columns)

if __name__ == "__main__":
    {job.__name__: job for job in JOBS}[sys.argv[1]](*sys.argv[2:])
