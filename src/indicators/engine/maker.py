"""The facts of parts as parquet files: all of them, summed over ages and sexes, and gathered in one serving table."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import ibis
import ibis.expr.types as ir

from indicators.catalogue import Measure
from indicators.engine.backends import text
from indicators.engine.rows import facts, needed
from indicators.sources.spec import Source

PARTS_A_JOB = 6  # of a cluster: enough to keep it busy, few enough for the facts to fit in the driver
ROW_GROUP = 20_000  # small groups of a sorted table: a page reads one or two of them


class FactMaker:
    """The facts of one part after another: the statement of a source is compiled once and kept."""

    def __init__(self, source: Source, measures: Iterable[Measure], connection: ibis.BaseBackend) -> None:
        self.source, self.measures = source, list(measures)
        self.connection = connection
        self.statement = ""

    def write(self, parts: Mapping[str, Path], out: Path) -> Iterator[str]:
        """Write the facts of each part, by period, as parquet at the same place; each period is given when it is."""
        if self.connection.name != "duckdb":
            yield from self._gather(parts, out)
            return
        for period, part in parts.items():
            self._copy(part, period, out)
            yield period

    def _copy(self, part: Path, period: str, out: Path) -> None:
        year = f", '{period}' AS YEAR" if self.source.grain == "year" else ""
        rows = f"SELECT *{year} FROM read_parquet({text(part)}, hive_partitioning=false)"
        self.connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW part AS {rows}")
        self.statement = self.statement or self._compile()
        self.connection.raw_sql(_copy(f"SELECT * FROM ({self.statement}) ORDER BY ALL", out))

    def _compile(self) -> str:
        return self.connection.compile(facts(self.connection.table("part"), self.source, self.measures))

    def _gather(self, parts: Mapping[str, Path], out: Path) -> Iterator[str]:
        """A cluster counts several parts in one job; their facts, which are few, are written here, one file each."""
        import pyarrow.compute
        import pyarrow.parquet

        for some in batched(parts.items(), PARTS_A_JOB):
            tables = [self._part(period, part, number) for number, (period, part) in enumerate(some)]
            together = ibis.union(*tables) if len(tables) > 1 else tables[0]
            made = facts(together, self.source, self.measures).to_pyarrow()
            for period, _ in some:
                own = made.filter(pyarrow.compute.equal(made["flux_period"], period))
                own = own.sort_by([(name, "ascending") for name in own.column_names])
                pyarrow.parquet.write_table(own, out, compression="zstd")
                yield period

    def _part(self, period: str, part: Path, number: int) -> ir.Table:
        rows = self.connection.read_parquet([part], table_name=f"part_{number}")
        rows = rows.mutate(YEAR=ibis.literal(period)) if self.source.grain == "year" else rows
        return needed(rows, self.source, self.measures)


def compact(facts: Path, out: Path) -> None:
    """Write facts summed over ages and sexes: all that tables are made of."""
    kept = "source, measure, level, territory, care_period, flux_period"
    query = f"SELECT {kept}, sum(value)::DECIMAL(18, 2) AS value FROM read_parquet({text(facts)}) GROUP BY ALL"
    _local(_copy(f"{query} HAVING sum(value) <> 0 ORDER BY ALL", out))


def gather(compacts: Iterable[Path], out: Path) -> int:
    """Write the compacted facts of every part of a source as one sorted table; returns its rows."""
    files = ", ".join(text(path) for path in compacts)
    query = f"SELECT * FROM read_parquet([{files}], hive_partitioning=false) ORDER BY ALL"
    return _local(_copy(query, out, f", ROW_GROUP_SIZE {ROW_GROUP}"))


def batched(items: Iterable, size: int) -> Iterator[list]:
    """Lists of at most `size` items, in order."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _copy(query: str, out: Path, options: str = "") -> str:
    return f"COPY ({query}) TO {text(out)} (FORMAT parquet, COMPRESSION zstd{options})"


def _local(statement: str) -> int:
    """Run a statement on this machine, whatever counted the facts; the rows that it wrote."""
    import duckdb

    with duckdb.connect() as connection:
        return connection.execute(statement).fetchone()[0]
