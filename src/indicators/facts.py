"""The facts of a part: made once for a file and a set of measures; all of them, and summed over ages and sexes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators import catalogue
from indicators.catalogue import Catalogue
from indicators.lake import Change
from indicators.sources import SOURCES


@dataclass(frozen=True)
class Made:
    """Two files that do not count yet, and the measures that they hold."""

    measures: str
    full: Path
    compact: Path


def fingerprint(*things: object) -> str:
    """A short name for the content of definitions."""
    return hashlib.sha256(repr(things).encode()).hexdigest()[:12]


def measures_code(definitions: Catalogue, source: str) -> str:
    """What facts depend on beside their file: the measures of the source, and how it is read."""
    return fingerprint(definitions.measures_of(source), SOURCES[source])


def period_of(source: str, key: str) -> str:
    """The period of a part, as facts write it: `202501` is `2025-01`."""
    return f"{key[:4]}-{key[4:]}" if SOURCES[source].grain == "month" else key


def make(source: str, key: str, part: Path, folder: Path, maker: Any = None) -> Made:
    """Write the facts of a part under `folder`; a `maker` kept between parts compiles its statements once."""
    from indicators import engine

    definitions = catalogue.load()
    maker = maker or engine.FactMaker(SOURCES[source], definitions.measures_of(source))
    made = Made(measures_code(definitions, source), folder / "facts.parquet", folder / "compact.parquet")
    maker.write(part, period_of(source, key), made.full)
    maker.compact(made.full, made.compact)
    return made


def keep(change: Change, source: str, key: str, sha256: str, made: Made) -> None:
    """Make the facts of a part count from the next commit on."""
    kept = change.keep(made.full, f"facts/{source}", key)
    compact = change.keep(made.compact, f"compact/{source}", key)
    change.manifest["facts"].setdefault(source, {})[key] = {
        **kept, "sha256": sha256, "measures": made.measures, "compact": compact,
    }  # fmt: skip
