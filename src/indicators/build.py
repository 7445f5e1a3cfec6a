"""From the parts of a data folder to its publication: facts where they are missing, then the indicator table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indicators import __version__, catalogue, facts, publication
from indicators.catalogue import Catalogue
from indicators.errors import LakeError
from indicators.lake import PUBLICATIONS, Change, Lake, now

Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Built:
    """What a build did."""

    vintage: str
    rows: int
    indicators: int
    facts_made: int
    already: bool


def build(
    folder: Path,
    say: Say = lambda step, done, total: None,
    engine: str = "duckdb",
    address: str | None = None,
) -> Built:
    """Compute what the data folder lacks: the facts of new parts, then the indicator table.

    Nothing new (same files, same definitions, same program) changes nothing; a state that was already
    published is put in force again under its name. The engine is no part of that name: it may not
    change a figure.
    """
    definitions, lake = catalogue.load(), Lake(folder)
    if not lake.manifest["parts"]:
        raise LakeError(
            f"{folder} ne contient aucune donnée. Lancer d’abord « ondam ingest FICHIER » ou « ondam demo »."
        )
    vintage = _vintage(lake, definitions)
    current = lake.manifest["publication"]
    if current and current["vintage"] == vintage and lake.intact(vintage):
        return Built(vintage, current["rows"], current["indicators"], 0, True)
    with _connected(engine, address) as connection, lake.writing() as change:
        vintage = _vintage(change.lake, definitions)  # again, now that nobody else can write
        made = _facts(change, definitions, connection, say)
        say("indicateurs", 0, 1)
        made_with = publication.engine(engine)
        entry = _again(change, vintage) or _publish(change, definitions, connection, vintage, made_with)
        change.commit()
        say("indicateurs", 1, 1)
    return Built(vintage, entry["rows"], entry["indicators"], made, False)


@contextmanager
def _connected(name: str, address: str | None) -> Iterator:
    from indicators import engine

    connection = engine.connect(name, address)
    try:
        yield connection
    finally:
        connection.disconnect()


def _vintage(lake: Lake, definitions: Catalogue) -> str:
    """The last period received, then a fingerprint of the files, the definitions and the version."""
    parts = lake.manifest["parts"]
    hashes = [
        (source, key, entry["sha256"]) for source in sorted(parts) for key, entry in sorted(parts[source].items())
    ]
    made_by = publication.definitions(definitions), publication.code(), __version__
    return f"{max(max(keys) for keys in parts.values())}-{facts.fingerprint(hashes, *made_by)[:8]}"


def _facts(change: Change, definitions: Catalogue, connection, say: Say) -> int:
    """The facts of every part whose file or measures are new."""
    stale, done = _stale(change, definitions), 0
    total = sum(map(len, stale.values()))
    for source, keys in stale.items():
        parts = {key: change.manifest["parts"][source][key] for key in keys}
        say("faits", done, total)
        paths = {key: change.lake.path(part) for key, part in parts.items()}
        for key, made in facts.make(source, paths, change.temporary(""), connection):
            facts.keep(change, source, key, parts[key]["sha256"], made)
            done += 1
            say("faits", done, total)
    return total


def _stale(change: Change, definitions: Catalogue) -> dict[str, list[str]]:
    """The parts to sum, by source; an error names those that were read without their detail under other measures."""
    stale, lost = {}, []
    for source, parts in sorted(change.manifest["parts"].items()):
        code, known = facts.measures_code(definitions, source), change.manifest["facts"].get(source, {})
        for key, part in sorted(parts.items()):
            made = known.get(key)
            if made and (made["sha256"], made["measures"]) == (part["sha256"], code) and _whole(change.lake, made):
                continue
            if part["path"]:
                stale.setdefault(source, []).append(key)
            else:
                lost.append(part["file"])
    if lost:
        raise LakeError(
            f"Les mesures ont changé, et le détail de ces fichiers n’a pas été gardé : {', '.join(lost)}. "
            "Les lire à nouveau : ondam ingest --replace FICHIER."
        )
    return stale


def _whole(lake: Lake, made: dict) -> bool:
    """Whether the facts of a part are there as they were written."""
    return lake.whole(made) and lake.whole(made["compact"])


def _again(change: Change, vintage: str) -> dict | None:
    """A publication made before from this very state, put in force again; None where it must be made."""
    if not change.lake.intact(vintage):
        return None
    known, account = change.lake.vintages()[vintage], change.lake.account(vintage)
    entry = {key: known[key] for key in ("path", "parquet_sha256", "vintage", "built")}
    entry |= {key: account[key] for key in ("rows", "indicators", "version", "definitions", "sources")}
    return _in_force(change, entry)


def _in_force(change: Change, entry: dict) -> dict:
    """Make a publication the one that is read, with the name of the one that was."""
    change.manifest["publication"] = {**entry, "previous": _previous(change, entry["vintage"])}
    return change.manifest["publication"]


def _previous(change: Change, vintage: str) -> str | None:
    """The publication in force before another; one made again keeps the one it had."""
    before = change.manifest["publication"] or {}
    return before.get("previous") if before.get("vintage") == vintage else before.get("vintage")


def _publish(change: Change, definitions: Catalogue, connection, vintage: str, made_with: dict[str, str]) -> dict:
    table = _table(change, definitions, connection, vintage)
    written = change.temporary("indicators.parquet")
    _write(table, written)
    kept = change.keep(written, f"{PUBLICATIONS}/{vintage}", "indicators")
    entry = {**kept, "vintage": vintage, "built": now(), "rows": len(table)}
    entry |= {"indicators": table["indicator_id"].nunique(), "version": __version__, "sources": _sources(change)}
    entry |= {"definitions": publication.definitions(definitions)}
    previous, parts = _previous(change, vintage), change.manifest["parts"]
    account = publication.account(entry, previous, definitions, table, parts, made_with)
    sealed = change.seal(account, f"{PUBLICATIONS}/{vintage}")
    known = {key: entry[key] for key in ("vintage", "built", "path", "parquet_sha256")} | sealed
    others = [other for other in change.manifest["vintages"] if other["vintage"] != vintage]
    change.manifest["vintages"] = [*others, known]
    return _in_force(change, entry)


def _table(change: Change, definitions: Catalogue, connection, vintage: str):
    from indicators import computation, engine, sums

    made = change.manifest["facts"]
    rows = {source: engine.read(connection, [facts.gather(change, source)]) for source in made}
    periods = {source: [facts.period_of(source, key) for key in sorted(parts)] for source, parts in made.items()}
    return computation.table(definitions, sums.Inputs(rows, periods), definitions.indicators.values(), vintage)


def _sources(change: Change) -> list[dict]:
    """What the publication was made of: source, number of files, last period, day of reception."""
    parts = change.manifest["parts"]
    last = {source: max(keys) for source, keys in sorted(parts.items())}
    return [
        {"source": source, "files": len(parts[source]), "last": key, "received": parts[source][key]["ingested"]}
        for source, key in last.items()
    ]


def _write(table, path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    decimal = pyarrow.decimal128(38, 2)
    fields = [(name, pyarrow.string()) for name in ("indicator_id", "period", "level", "territory")]
    fields += [(name, pyarrow.float64()) for name in ("value", "lower", "upper")]
    fields += [("numerator", decimal), ("denominator", decimal), ("flag", pyarrow.string())]
    fields += [("completeness", pyarrow.float64()), ("corrected", pyarrow.float64()), ("vintage", pyarrow.string())]
    arrow = pyarrow.Table.from_pandas(table, schema=pyarrow.schema(fields), preserve_index=False)
    pyarrow.parquet.write_table(arrow, path, compression="zstd", write_page_checksum=True)
