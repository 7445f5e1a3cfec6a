"""The facts of a part: made once for a file and a set of measures; all of them, and summed over ages and sexes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indicators import catalogue
from indicators.catalogue import Catalogue
from indicators.lake import Change
from indicators.sources import SOURCES

HERE = Path(__file__).parent
PROGRAM = ("engine/rows.py", "engine/maker.py")  # what turns lines into facts


@dataclass(frozen=True)
class Made:
    """Two files that do not count yet, and the name of the measures that they hold."""

    measures: str
    full: Path
    compact: Path


def fingerprint(*things: object) -> str:
    """A short name for the content of definitions."""
    return hashlib.sha256(repr(things).encode()).hexdigest()[:12]


@cache
def program(*patterns: str) -> str:
    """The SHA-256 of the source text of modules, whatever the line endings."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in HERE.glob(pattern)}):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(HERE).as_posix()} {len(text)}\n".encode() + text)
    return found.hexdigest()


def measures_code(definitions: Catalogue, source: str) -> str:
    """What facts depend on beside their file: the measures of the source, how it is read, the program."""
    return fingerprint(definitions.measures_of(source), SOURCES[source], program(*PROGRAM))


def period_of(source: str, key: str) -> str:
    """The period of a part, as facts write it: `202501` is `2025-01`."""
    return f"{key[:4]}-{key[4:]}" if SOURCES[source].grain == "month" else key


def make(source: str, parts: Mapping[str, Path], folder: Path, connection=None) -> Iterator[tuple[str, Made]]:
    """Write the facts of parts under `folder`, one after another at the same place; each is given when it is there.

    `connection` is that of the engine, DuckDB in memory by default.
    """
    from indicators import engine

    definitions = catalogue.load()
    maker = engine.FactMaker(SOURCES[source], definitions.measures_of(source), connection or engine.connect())
    made = Made(measures_code(definitions, source), folder / "facts.parquet", folder / "compact.parquet")
    keys = {period_of(source, key): key for key in parts}
    for period in maker.write({period_of(source, key): part for key, part in parts.items()}, made.full):
        engine.compact(made.full, made.compact)
        yield keys[period], made


def keep(change: Change, source: str, key: str, sha256: str, made: Made) -> None:
    """Make the facts of a part count from the next commit on."""
    kept = change.keep(made.full, f"facts/{source}", key)
    compact = change.keep(made.compact, f"compact/{source}", key)
    entry = {**kept, "sha256": sha256, "measures": made.measures, "compact": compact}
    change.manifest["facts"].setdefault(source, {})[key] = entry


def gather(change: Change, source: str) -> Path:
    """The serving table of a source, made again when one of its parts changed: every compacted fact, sorted."""
    from indicators import engine

    entries = [entry["compact"] for _, entry in sorted(change.manifest["facts"][source].items())]
    made_of = fingerprint([entry["parquet_sha256"] for entry in entries])
    known = change.manifest["serving"].get(source)
    if known is None or known["made_of"] != made_of or not change.lake.whole(known):
        written = change.temporary("serving.parquet")
        rows = engine.gather([change.lake.path(entry) for entry in entries], written)
        kept = change.keep(written, "serving", source)
        change.manifest["serving"][source] = {**kept, "made_of": made_of, "rows": rows}
    return change.lake.path(change.manifest["serving"][source])
