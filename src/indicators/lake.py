"""The data folder: what is in it, where, and how it changes. The only module that knows paths.

A part is one file of a source for one period. Parts, facts and publications are written beside the
old ones under names that carry their content; `manifest.json`, replaced last, says which ones count.
A process that dies leaves at most files that no manifest names, and the next writer removes them.
Every publication is kept, in a folder of its own with a manifest that says what it was made of.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indicators.errors import BusyError, LakeError, not_allowed

if TYPE_CHECKING:
    import pandas

MANIFEST = "manifest.json"
PUBLICATIONS = "publications"
SCHEMA = 2
EMPTY: dict[str, Any] = {
    "schema": SCHEMA, "fictional": None, "parts": {}, "facts": {}, "serving": {}, "publication": None, "vintages": [],
}  # fmt: skip


@dataclass(frozen=True)
class Published:
    """The indicator table in force, and what a page must say of it."""

    table: "pandas.DataFrame"
    fictional: bool
    vintage: str
    built: str
    sources: list[dict[str, Any]]


def now() -> str:
    """The present moment, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Lake:
    """A data folder opened for reading; `writing()` opens it for one change."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "lake"
        self.folder = folder
        path = self.root / MANIFEST
        self.manifest = _read(path) if path.is_file() else _copy(EMPTY)

    def parts(self, source: str) -> dict[str, dict[str, Any]]:
        """What is known of each part of a source, by period, oldest first."""
        return dict(sorted(self.manifest["parts"].get(source, {}).items()))

    def facts(self, source: str) -> dict[str, dict[str, Any]]:
        """The facts of each part of a source, by period, oldest first."""
        return dict(sorted(self.manifest["facts"].get(source, {}).items()))

    def path(self, entry: Mapping[str, Any], verified: bool = True) -> Path:
        """The file of a part, of facts or of a publication; an error when it was removed or, if `verified`, altered."""
        path = self.root / entry["path"]
        if not path.is_file() or (verified and not self.whole(entry)):
            state = "est abîmé" if path.is_file() else "manque"
            raise LakeError(f"{path} {state} : le dossier de données a été modifié. Refaire ingest puis build.")
        return path

    def whole(self, entry: Mapping[str, Any]) -> bool:
        """Whether a file is there as it was written."""
        path = self.root / entry["path"]
        return path.is_file() and digest(path) == entry["parquet_sha256"]

    def vintages(self) -> dict[str, dict[str, Any]]:
        """Every publication by its name, oldest first."""
        return {entry["vintage"]: entry for entry in self.manifest["vintages"]}

    def account(self, vintage: str) -> dict[str, Any]:
        """What a publication says of itself: files, definitions, program, rules, control totals."""
        entry = self.vintages().get(vintage)
        if entry is None:
            raise LakeError(f"Version : {not_allowed(vintage, self.vintages())}")
        return json.loads(self.path(sealed(entry)).read_text("utf-8"))

    def intact(self, vintage: str) -> bool:
        """Whether a publication is here, its table and its manifest as they were written."""
        entry = self.vintages().get(vintage)
        return entry is not None and self.whole(entry) and self.whole(sealed(entry))

    @contextmanager
    def writing(self) -> Iterator["Change"]:
        """One change to the folder: under a lock, visible all at once at the end, or not at all."""
        make(self.root)
        with _room(self.root), _locked(self.root):
            fresh = Lake(self.folder)
            change = Change(fresh)
            change.sweep()
            try:
                yield change
            finally:
                change.sweep()
                if not (self.root / MANIFEST).exists():
                    shutil.rmtree(self.root, ignore_errors=True)  # nothing was kept: as if never asked for
            self.manifest = fresh.manifest


class Change:
    """What one writer does to a data folder before it is shown to the readers."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.manifest = lake.manifest

    def temporary(self, name: str) -> Path:
        """A place to write a file that does not count yet."""
        folder = self.lake.root / "tmp"
        folder.mkdir(exist_ok=True)
        return folder / name

    def keep(self, written: Path, folder: str, stem: str) -> dict[str, Any]:
        """Give a finished file its lasting name, which carries its content."""
        sha256 = digest(written)
        relative = f"{folder}/{stem}-{sha256[:8]}{written.suffix}"
        target = self.lake.root / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        flush(written)
        os.replace(written, target)
        return {"path": relative, "parquet_sha256": sha256}

    def seal(self, account: Mapping[str, Any], folder: str) -> dict[str, Any]:
        """Write what a publication says of itself beside its table."""
        return {"manifest": f"{folder}/{MANIFEST}", "manifest_sha256": self._replace(account, f"{folder}/{MANIFEST}")}

    def commit(self) -> None:
        """Show everything at once: the manifest is the last file replaced."""
        self._replace(signed(self.manifest), MANIFEST)

    def _replace(self, content: Mapping[str, Any], relative: str) -> str:
        path, target = self.temporary(MANIFEST), self.lake.root / relative
        path.write_bytes(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode())
        sha256 = digest(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        flush(path)
        os.replace(path, target)
        return sha256

    def sweep(self) -> None:
        """Remove the files that no manifest names."""
        saved = Lake(self.lake.folder).manifest
        named = {entry["path"] for entry in files(saved)} | {entry["manifest"] for entry in saved["vintages"]}
        written = [*self.lake.root.rglob("*.parquet"), *self.lake.root.glob(f"{PUBLICATIONS}/*/{MANIFEST}")]
        for path in written:
            if path.relative_to(self.lake.root).as_posix() not in named:
                path.unlink()
        for folder in self.lake.root.glob(f"{PUBLICATIONS}/*"):
            if not any(folder.iterdir()):
                folder.rmdir()
        shutil.rmtree(self.lake.root / "tmp", ignore_errors=True)


def sealed(entry: Mapping[str, Any]) -> dict[str, str]:
    """The manifest of a publication as a file with its hash."""
    return {"path": entry["manifest"], "parquet_sha256": entry["manifest_sha256"]}


def files(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every parquet file that a manifest names, with its hash."""
    parts = [part for parts in manifest["parts"].values() for part in parts.values() if part["path"]]
    facts = [entry for entries in manifest["facts"].values() for entry in entries.values()]
    compacts = [entry["compact"] for entry in facts]
    return [*parts, *facts, *compacts, *manifest["serving"].values(), *manifest["vintages"]]


def _read(path: Path) -> dict[str, Any]:
    manifest = _content(path)
    found = manifest.get("schema")
    if found is not None and found != SCHEMA:
        raise LakeError(
            f"{path} : version {found} du dossier de données, {SCHEMA} attendue. Le refaire dans un nouveau dossier "
            "(--data) : relire les fichiers reçus avec « ondam ingest », puis « ondam build ». "
            "Des données fictives se refont avec « ondam demo »."
        )
    if not set(EMPTY) <= set(manifest) or signed(manifest) != manifest:
        raise _damaged(path)
    return {key: manifest[key] for key in EMPTY}


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest with the hash of what it says, by which a changed digit is seen."""
    kept = {key: manifest[key] for key in EMPTY}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    return {**kept, "seal": hashlib.sha256(text.encode()).hexdigest()}


def _content(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise _damaged(path) from None
    if not isinstance(manifest, dict):
        raise _damaged(path)
    return manifest


def _damaged(path: Path) -> LakeError:
    todo = "Le rétablir depuis une sauvegarde, ou refaire ingest puis build dans un autre dossier (--data)."
    return LakeError(f"{path} est illisible ou abîmé. {todo}")


def forget_older_fiction(folder: Path) -> None:
    """Let a folder of fictional data that an older version wrote be made again; real data are left alone."""
    path = folder / "lake" / MANIFEST
    found = _content(path) if path.is_file() else {}
    if found.get("fictional") is True and isinstance(found.get("schema"), int) and found["schema"] < SCHEMA:
        with _locked(path.parent):
            path.unlink()  # its files are now named by no manifest: the next writer removes them


def _copy(manifest: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(manifest))


def make(folder: Path) -> None:
    """A folder and those above it; one sentence when the system refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeError(
            f"{folder} ne peut pas être créé ({error.strerror}). Donner un autre dossier avec --data."
        ) from None


@contextmanager
def _room(root: Path) -> Iterator[None]:
    """One sentence when the disk is full, whichever library found it."""
    try:
        yield
    except Exception as error:
        if "No space left" not in str(error) and getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise LakeError(
            f"Le disque de {root} est plein : rien n’a été écrit. Libérer de la place, puis recommencer."
        ) from None


def flush(path: Path) -> None:
    """Force a file onto the disk before it is given its name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    holder = root / "lock.pid"
    try:
        with FileLock(root / ".lock", timeout=0):
            holder.write_text(str(os.getpid()), "utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout:
        pid = holder.read_text("utf-8") if holder.is_file() else "?"
        raise BusyError(
            f"Le dossier {root} est occupé par le processus {pid}. Attendre sa fin, puis recommencer."
        ) from None


def published(folder: Path) -> Published:
    """The indicator table of a data folder, amounts as floats, ready for pages and notebooks."""
    import pandas

    lake = Lake(folder)
    entry = lake.manifest["publication"]
    if entry is None:
        raise LakeError(f"{folder} : aucun indicateur calculé. Lancer « ondam build », ou « ondam demo » pour essayer.")
    table = pandas.read_parquet(lake.path(entry))
    for column in ("numerator", "denominator"):
        table[column] = table[column].astype("float64")
    return Published(table, bool(lake.manifest["fictional"]), entry["vintage"], entry["built"], entry["sources"])


VARIABLE = "ONDAM_DATA"
DEMO = "demo"  # the folder of fictional data, inside the default one


def project() -> Path:
    """The folder `data/` of the project, else of the current folder."""
    root = Path(__file__).resolve().parents[2]
    return (root if (root / "pyproject.toml").is_file() else Path.cwd()) / "data"


def home() -> Path:
    """The data folder named by the environment, else that of the project."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else project()


def in_force() -> Path:
    """The folder to read from: the data folder once it has a publication, the fictional one until then."""
    folder = home()
    real = Lake(folder).manifest["publication"]
    return folder if real or os.environ.get(VARIABLE) else folder / DEMO
