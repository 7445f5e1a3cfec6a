"""The engines: DuckDB in memory, or a Spark cluster; what goes in, what comes out, decimals exact."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from indicators.errors import ArgumentError, not_allowed

if TYPE_CHECKING:
    import pandas

AMOUNT = "decimal(18, 2)"
SUM = "decimal(38, 2)"
ENGINES = ("duckdb", "spark")


def connect(engine: str = "duckdb", address: str | None = None) -> ibis.BaseBackend:
    """DuckDB in memory, or a Spark cluster at an address; both give the same bits."""
    if engine not in ENGINES:
        raise ArgumentError(f"Moteur : {not_allowed(engine, ENGINES)}")
    if engine == "spark":
        from indicators.engine import spark

        return spark.connect(address)
    if address:
        raise ArgumentError(f"L’adresse « {address} » ne sert qu’au moteur spark : ajouter --engine spark.")
    return ibis.duckdb.connect()


def read(connection, paths: Iterable[Path]) -> ir.Table:
    """Parquet files as one table; the names of their folders add no column."""
    return connection.read_parquet([str(path) for path in paths], hive_partitioning=False)


def in_memory(rows: "pandas.DataFrame") -> ir.Table:
    """Rows of a DataFrame as a table of the engine."""
    import pyarrow

    return ibis.memtable(pyarrow.Table.from_pandas(rows, preserve_index=False))


def periods(facts: ir.Table) -> list[str]:
    """The flux periods that facts hold, oldest first."""
    return sorted(row["flux_period"] for row in collect(facts.select("flux_period").distinct()))


def collect(table: ir.Table) -> list[Mapping[str, object]]:
    """The rows of a result, decimals exact."""
    return table.to_pyarrow().to_pylist()


def text(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"
