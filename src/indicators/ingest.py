"""From raw files to parts of the data folder: each of them whole, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from indicators import facts, sources, workers
from indicators.errors import SourceError, WorkbenchError
from indicators.lake import Change, Lake, now
from indicators.sources.raw import Progress, Raw, Reading

FICTIONAL = "fictif"  # in the name of every file that `ondam demo` writes
# One thread and little memory for each file: more files at a time is how more cores are used. Sorting 15 million
# lines on one thread, spilling to disk, costs less CPU than on two threads in five times the memory.
ENGINE = {"threads": 1, "memory_limit": "650MB"}
WORTH_A_PROCESS = 64 << 20  # bytes
READING = 4  # the reading of a file lasts about four times its verification


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


@dataclass(frozen=True)
class Written:
    """A file verified and written beside the data folder's own, not counted yet."""

    raw: Raw
    source: str
    reading: Reading
    detail: Path | None
    made: facts.Made | None = None  # the facts, where the detail is not wanted


def _silent(done: int, total: int) -> None:
    pass


def ingest(
    folder: Path, path: Path, replace: bool = False, progress: Progress = _silent, detail: bool = True
) -> Ingested:
    """Read one raw file into the data folder.

    The same bytes again change nothing. Other bytes for a period already there are refused unless
    `replace`. Without `detail` only the facts of today's definitions are kept. Raises `SourceError`,
    the folder as it was, when anything in the file is wrong.
    """
    done, refused = each(folder, [path], replace, progress, detail)
    if refused:
        raise refused[0]
    return done[0]


def each(
    folder: Path,
    paths: Sequence[Path],
    replace: bool = False,
    progress: Progress = _silent,
    detail: bool = True,
) -> tuple[list[Ingested], list[WorkbenchError]]:
    """Read several files, as many at once as there are cores; a refused file does not stop the others.

    `progress` hears the bytes of the files that are done, and those of all.
    """
    done, refused = {}, {}
    with Lake(folder).writing() as change:
        jobs = [
            partial(write, path, change.temporary(f"{number}"), change.lake, replace, detail)
            for number, path in enumerate(paths)
        ]
        for number, outcome in _outcomes(jobs, paths, progress):
            try:
                done[number] = _kept(change, outcome, replace)
            except WorkbenchError as error:
                refused[number] = error
    return [done[number] for number in sorted(done)], [refused[number] for number in sorted(refused)]


def _outcomes(jobs: Sequence[workers.Job], paths: Sequence[Path], progress: Callable) -> Iterator[tuple[int, Any]]:
    """What each job gives, or the error that it met; small files are not worth a process."""
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    shares = [0.0] * len(jobs)

    def hear(number: int, done: int, total: int) -> None:
        shares[number] = done / total
        passed = sum(share * size for share, size in zip(shares, sizes, strict=True))
        progress(int(passed), sum(sizes))

    many = len(jobs) > 1 and sum(sizes) > WORTH_A_PROCESS
    for number, outcome in workers.run(jobs, workers.cores(), hear) if many else _one_by_one(jobs, hear):
        hear(number, 1, 1)
        yield number, outcome


def _one_by_one(jobs: Sequence[workers.Job], hear: Callable[[int, int, int], None]) -> Iterator[tuple[int, Any]]:
    for number, job in enumerate(jobs):
        try:
            outcome = job(partial(hear, number))
        except WorkbenchError as error:
            outcome = error
        yield number, outcome


def write(path: Path, out: Path, lake: Lake, replace: bool, detail: bool, progress: Progress) -> Written | Ingested:
    """Verify a file and write what is to be kept of it under `out`; nothing of it counts yet."""
    import duckdb

    module = sources.recognise(path)
    raw = module.check(path, lambda done, total: progress(done, (1 + READING) * total))
    already = _already(lake, module.SOURCE.name, module.period(path), raw, replace)
    if already:
        return already
    out.mkdir()
    with duckdb.connect(config={**ENGINE, "temp_directory": str(out / "spill")}) as connection:
        tell = partial(_reading, progress)
        reading = module.read(raw, out / "part.parquet", connection, ordered=detail, progress=tell)
    if detail:
        return Written(raw, module.SOURCE.name, reading, out / "part.parquet")
    ((_, made),) = facts.make(module.SOURCE.name, {reading.key: out / "part.parquet"}, out)
    return Written(raw, module.SOURCE.name, reading, None, made)


def _reading(progress: Progress, done: int, total: int) -> None:
    progress(total + READING * done, (1 + READING) * total)


def _already(lake: Lake, source: str, key: str, raw: Raw, replace: bool) -> Ingested | None:
    """What is there of the same file, whole; a refusal when another file is there for the same period."""
    known = lake.parts(source).get(key)
    if known is None:
        return None
    if known["sha256"] == raw.sha256:
        kept = lake.whole(known) if known["path"] else not replace
        size = known["rows"], known["undated_lines"]
        return Ingested(raw.path.name, source, key, *size, known["totals"], True) if kept else None
    if not replace:
        raise SourceError(
            f"{raw.path.name} : la période {key} est déjà là avec un autre contenu.\n"
            f"- déjà là : {known['file']}, SHA-256 {known['sha256']}\n"
            f"- nouveau : {raw.path.name}, SHA-256 {raw.sha256}\n"
            "Rien n’a été écrit. Pour remplacer l’ancien : ondam ingest --replace."
        )
    return None


def _kept(change: Change, outcome: Written | Ingested | WorkbenchError, replace: bool) -> Ingested:
    """Make a written file count, at once and alone."""
    if isinstance(outcome, WorkbenchError):
        raise outcome
    if isinstance(outcome, Ingested):
        return outcome
    raw, reading, name = outcome.raw, outcome.reading, outcome.source
    fictional = FICTIONAL in raw.path.name.lower()
    _not_mixed(change.manifest["fictional"], fictional, raw.path)
    already = _already(change.lake, name, reading.key, raw, replace)  # another file of the same call
    if already:
        return already
    prefix = "flx" if sources.SOURCES[name].grain == "month" else "year"
    folder = f"detail/{name}/{prefix}={reading.key}"
    kept = change.keep(outcome.detail, folder, "part") if outcome.detail else {"path": None}
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
    if outcome.made:
        facts.keep(change, name, reading.key, raw.sha256, outcome.made)
    change.commit()
    return Ingested(raw.path.name, name, reading.key, reading.rows, reading.undated_lines, reading.totals, False)


def _not_mixed(there: bool | None, new: bool, path: Path) -> None:
    if there is not None and there != new:
        held, given = ("fictives", "réel") if there else ("réelles", "fictif")
        raise SourceError(
            f"{path.name} : fichier {given} dans un dossier de données {held}. Rien n’a été écrit. "
            "Les deux ne se mêlent jamais : donner un autre dossier avec --data."
        )
