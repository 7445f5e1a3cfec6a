"""One job of the benchmark per process, so that its CPU and memory can be read from outside.

A job that measures warm statements prints the CPU seconds of its best repetition as JSON.
"""

import json
import resource
import statistics
import sys
import time
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


def copy(path: str, out: str, memory: str = "") -> None:
    """What a careful person writes by hand: explicit types, the same sort, nothing verified.

    With `memory`, within what a small machine allows: one thread, and no more than that.
    """
    import duckdb

    from indicators.sources import open_damir

    columns = {name or "_end": open_damir.TYPES.get(name, "VARCHAR") for name in open_damir.HEADERS[2]}
    listed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    scan = f"read_csv('{path}', delim=';', header=true, quote='', escape='', columns={{{listed}}})"
    order = "PRS_NAT, BEN_RES_REG, SOI_ANN, SOI_MOI"
    query = f"SELECT * EXCLUDE (_end) FROM {scan} ORDER BY {order}"
    settings = {"threads": 1, "memory_limit": memory, "temp_directory": f"{out}.spill"} if memory else {}
    with duckdb.connect(config=settings) as connection:
        connection.execute(_copied(query, out))


def nothing() -> None:
    import duckdb  # noqa: F401

    from indicators import ingest  # noqa: F401
    from indicators.sources import open_damir  # noqa: F401


def history(folder: str, *paths: str) -> None:
    """Read files into a folder, then compute it."""
    from indicators import build, ingest

    ingest.each(Path(folder), [Path(path) for path in paths])
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


def once(out: str, part: str) -> None:
    """All measures in one pass in a new process, imports and compilation included."""
    from indicators import engine
    from indicators.sources import SOURCES

    maker = engine.FactMaker(SOURCES["open_damir"], _measures(), engine.connect())
    list(maker.write({"2025-12": Path(part)}, Path(out)))


def _where(measure) -> str:
    tests = [f"{c.column} {'NOT IN' if c.excluded else 'IN'} ({', '.join(c.codes)})" for c in measure.where]
    known = ["coalesce(FLT_ACT_NBR, 0) <> 0"] if measure.sum.endswith("_WITH_NBR") else []
    return " AND ".join([*tests, *known])


def _sum(measure) -> str:
    return f'sum({measure.sum.replace("_WITH_NBR", "")}) FILTER (WHERE {_where(measure)}) AS "{measure.id}"'


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
        strata = [name for one in definitions.strata.get(entry.id, ()) for name in one.numerator]
        names = dict.fromkeys([*entry.numerator, *entry.denominator, *entry.count, *strata])
        used = [own[name] for name in names if name in own]
        if used:
            lines = " OR ".join(f"({_where(measure)})" for measure in used)
            queries.append(f"SELECT {KEYS}, {', '.join(map(_sum, used))} FROM '{part}' WHERE {lines} GROUP BY ALL")
    warm(lambda: [connection.execute(_copied(query, out)) for query in queries])


def thinned(part: str, share: str, out: str) -> None:
    """A share of the lines, taken evenly."""
    import duckdb

    numbered = f"read_parquet('{part}', file_row_number = true)"
    kept = f"hash(file_row_number) % 1000 < {round(1000 * float(share))}"
    duckdb.execute(_copied(f"SELECT * EXCLUDE (file_row_number) FROM {numbered} WHERE {kept}", out))


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


# --- serve -----------------------------------------------------------------------------------------

TEN_YEARS = 4  # times three years of the fictional country, less what is older than ten years


def serving(folder: str, out: str) -> None:
    """The serving table and the indicator table of ten years, and how long their questions take, in milliseconds."""
    table, rows = _ten_years_of_facts(Path(folder), Path(out))
    facts = _facts_questions(table)
    published, pages = _ten_years_published(Path(folder), Path(out))
    print(json.dumps({"facts rows": rows, "facts": facts, "published rows": published, **pages}))


def _shifted(column: str, years: int) -> str:
    shifted = f"lpad((left({column}, 4)::INTEGER - {years})::VARCHAR, 4, '0') || substr({column}, 5)"
    return f"CASE WHEN {column} = '' THEN '' ELSE {shifted} END AS {column}"


def _ten_years_of_facts(folder: Path, out: Path) -> tuple[Path, int]:
    import duckdb

    from indicators import engine, lake

    opened, parts = lake.Lake(folder), []
    compacts = [str(opened.path(entry["compact"])) for entry in opened.facts("open_damir").values()]
    for back in range(TEN_YEARS):
        parts.append(out / f"back{back}.parquet")
        columns = ", ".join(_shifted(name, 3 * back) for name in ("care_period", "flux_period"))
        query = f"SELECT source, measure, level, territory, {columns}, value FROM read_parquet({compacts})"
        duckdb.execute(_copied(f"{query} WHERE left(flux_period, 4)::INTEGER - {3 * back} >= 2016", str(parts[-1])))
    return out / "serving.parquet", engine.gather(parts, out / "serving.parquet")


def _facts_questions(table: Path) -> dict[str, float]:
    """Monthly sums of each measure in one area, and its triangle of late claims: statements kept, values given."""
    import duckdb

    connection = duckdb.connect()
    monthly = f"SELECT care_period, sum(value) FROM '{table}' WHERE measure = ? AND territory = ? GROUP BY 1"
    late = f"SELECT care_period, flux_period, sum(value) FROM '{table}' WHERE measure = ? GROUP BY ALL"
    times = []
    for measure in _measures():
        for query, given in ((monthly, [measure.id, "93"]), (late, [measure.id])):
            times.append(_timed(lambda query=query, given=given: connection.execute(query, given).fetchall()))
    return _spread(times)


def _ten_years_published(folder: Path, out: Path) -> tuple[int, dict[str, dict[str, float]]]:
    """A published table of ten years: reading it, then what each page asks of it."""
    import pandas

    from indicators import catalogue, lake
    from indicators.build import _write
    from indicators.present import series

    table = pandas.read_parquet(lake.Lake(folder).path(lake.Lake(folder).manifest["publication"]))
    years = [
        table.assign(period=(table["period"].str[:4].astype(int) - 3 * back).astype(str) + table["period"].str[4:])
        for back in range(TEN_YEARS)
    ]
    whole = pandas.concat(years).sort_values(list(table.columns[:4]), ignore_index=True)
    whole = whole[whole["period"].str[:4] >= "2016"]
    _write(whole, out / "published.parquet")
    reads = [_timed(lambda: pandas.read_parquet(out / "published.parquet")) for _ in range(20)]
    published = lake.Published(pandas.read_parquet(out / "published.parquet"), True, "", "", [])
    first = [_timed(lambda id=id: series.by_territory(published, id, "cnam")) for id in catalogue.load().indicators]
    later = [
        _timed(lambda id=id, code=code: series.history(published, id, "cnam", code))
        for id in catalogue.load().indicators
        for code in ("93", "11", "84")
    ]
    return len(whole), {"read": _spread(reads), "first question": _spread(first), "later": _spread(later)}


def _timed(question: Callable[[], object]) -> float:
    start = time.perf_counter()
    question()
    return 1000 * (time.perf_counter() - start)


def _spread(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=20)
    return {"p50": round(statistics.median(times), 1), "p95": round(cuts[-1], 1)}


JOBS = (
    ingest, facts_only, verify, copy, nothing, history, facts, once, sql, each, thinned,
    pandas_whole, pandas_columns, serving,
)  # fmt: skip

if __name__ == "__main__":
    {job.__name__: job for job in JOBS}[sys.argv[1]](*sys.argv[2:])
