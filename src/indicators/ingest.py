"""From a raw file to a part of the data folder: all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from indicators import sources
from indicators.errors import SourceError
from indicators.lake import Lake, now
from indicators.sources.raw import Progress, Raw, Reading

FICTIONAL = "fictif"  # in the name of every file that `ondam demo` writes


@dataclass(frozen=True)
class Ingested:
    """What became of one file."""

    file: str
    source: str
    key: str
    rows: int
    undated_lines: int
    totals: dict[str, str]
    already: bool


def ingest(folder: Path, path: Path, replace: bool = False, progress: Progress | None = None) -> Ingested:
    """Read one raw file into the data folder.

    The same bytes again change nothing. Other bytes for a period already there are refused unless
    `replace`. Raises `SourceError`, the folder as it was, when anything in the file is wrong.
    """
    module = sources.recognise(path)
    raw = module.check(path, progress)
    known = Lake(folder).parts(module.SOURCE.name).get(module.period(path))
    if known and known["sha256"] == raw.sha256:
        size = known["rows"], known["undated_lines"]
        return Ingested(path.name, module.SOURCE.name, module.period(path), *size, known["totals"], True)
    if known and not replace:
        raise SourceError(
            f"{path.name} : la période {module.period(path)} est déjà là avec un autre contenu.\n"
            f"- déjà là : {known['file']}, SHA-256 {known['sha256']}\n- nouveau : {path.name}, SHA-256 {raw.sha256}\n"
            "Rien n’a été écrit. Pour remplacer l’ancien : ondam ingest --replace."
        )
    return _store(folder, module, raw)


def _store(folder: Path, module: ModuleType, raw: Raw) -> Ingested:
    import duckdb

    name, fictional = module.SOURCE.name, FICTIONAL in raw.path.name.lower()
    with Lake(folder).writing() as change, duckdb.connect() as connection:
        _not_mixed(change.manifest["fictional"], fictional, raw.path)
        written = change.temporary("part.parquet")
        reading: Reading = module.read(raw, written, connection)
        prefix = "flx" if module.SOURCE.grain == "month" else "year"
        kept = change.keep(written, f"detail/{name}/{prefix}={reading.key}", "part")
        change.manifest["fictional"] = fictional
        change.manifest["parts"].setdefault(name, {})[reading.key] = {
            **kept,
            "file": raw.path.name,
            "sha256": raw.sha256,
            "bytes": raw.size,
            "rows": reading.rows,
            "totals": reading.totals,
            "padded_lines": reading.padded_lines,
            "undated_lines": reading.undated_lines,
            "header": [column for column in raw.header if column],
            "ingested": now(),
        }
        change.commit()
    return Ingested(raw.path.name, name, reading.key, reading.rows, reading.undated_lines, reading.totals, False)


def _not_mixed(there: bool | None, new: bool, path: Path) -> None:
    if there is not None and there != new:
        held, given = ("fictives", "réel") if there else ("réelles", "fictif")
        raise SourceError(
            f"{path.name} : fichier {given} dans un dossier de données {held}. Rien n’a été écrit. "
            "Les deux ne se mêlent jamais : donner un autre dossier avec --data."
        )


def each(
    folder: Path, paths: list[Path], replace: bool, say: Callable[[Path], Progress]
) -> tuple[list[Ingested], list[str]]:
    """Read several files one after another; a refused file does not stop the others."""
    done, refused = [], []
    for path in paths:
        try:
            done.append(ingest(folder, path, replace, say(path)))
        except SourceError as error:
            refused.append(str(error))
    return done, refused
