"""A file as received: whole, hashed, its lines counted, its header read. Nothing is believed before this."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indicators.errors import Problem, SourceError, report

CHUNK = 4 << 20
MAX_RATIO = 200  # a real month packs about 7 times; beyond this it is a bomb

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Raw:
    """A verified file."""

    path: Path
    sha256: str
    size: int
    lines: int  # header included
    header: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What a reader wrote: the period of the file, its rows and its control totals."""

    key: str
    rows: int
    totals: dict[str, str]
    padded_lines: int = 0
    undated_lines: int = 0  # without a month of care: counted by flux only


def refuse(path: Path, *problems: Problem) -> SourceError:
    """The error that names a refused file and everything wrong in it."""
    return SourceError(report(f"{path.name} est refusé", problems) + "\nRien n’a été écrit.")


class _Hashed:
    """A binary file that hashes what is read through it."""

    def __init__(self, path: Path) -> None:
        self.file, self.hash, self.read_bytes = path.open("rb"), hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.hash.update(block)
        self.read_bytes += len(block)
        return block

    def close(self) -> None:
        self.file.close()


def _blocks(path: Path, source: _Hashed) -> Iterator[bytes]:
    stream = gzip.GzipFile(fileobj=source) if path.suffix == ".gz" else source
    try:
        while block := stream.read(CHUNK):
            yield block
    except EOFError:
        todo = "Le télécharger à nouveau."
        where = f"octet {source.read_bytes}"
        raise refuse(path, Problem(where, "le fichier compressé s’arrête avant sa fin.", todo)) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        where = f"octet {source.read_bytes}"
        raise refuse(path, Problem(where, f"compression abîmée ({error}).", "Le télécharger à nouveau.")) from None


def verify(path: Path, encoding: str, separator: str = ";", progress: Progress | None = None) -> Raw:
    """Read a whole file once: compression and its CRC, SHA-256, lines, NUL bytes, last line ended, header.

    Raises `SourceError` and writes nothing when one of them is wrong.
    """
    if not path.is_file():
        raise SourceError(f"{path} : ce fichier n’existe pas.")
    size, source, lines, unpacked, first, tail = path.stat().st_size, _Hashed(path), 0, 0, b"", b"\n"
    try:
        for block in _blocks(path, source):
            if b"\0" in block:
                line = lines + block[: block.index(b"\0")].count(b"\n") + 1
                raise refuse(path, Problem(f"ligne {line}", "octet nul (NUL).", "Le télécharger à nouveau."))
            lines, unpacked, tail = lines + block.count(b"\n"), unpacked + len(block), block[-1:]
            first = first if b"\n" in first else first + block[:CHUNK]
            if path.suffix == ".gz" and unpacked > MAX_RATIO * max(size, 1 << 20):
                raise refuse(path, Problem("fichier", f"il se déplie plus de {MAX_RATIO} fois.", "Vérifier sa source."))
            if progress:
                progress(source.read_bytes, size)
    finally:
        source.close()
    if not unpacked:
        raise refuse(path, Problem("fichier", "il est vide.", "Le télécharger à nouveau."))
    if tail != b"\n":
        what = "la dernière ligne n’est pas terminée : le fichier a été coupé."
        raise refuse(path, Problem(f"ligne {lines + 1}", what, "Le télécharger à nouveau."))
    return Raw(path, source.hash.hexdigest(), size, lines, _header(path, first, encoding, separator))


def _header(path: Path, first: bytes, encoding: str, separator: str) -> tuple[str, ...]:
    line = first.split(b"\n", 1)[0].rstrip(b"\r")
    try:
        text = line.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        what = f"l’en-tête n’est pas en {encoding} (octet {error.start + 1})."
        raise refuse(path, Problem("ligne 1", what)) from None
    if separator not in text:
        used = next((mark for mark in ",\t|" if mark in text), None)
        what = f"séparateur « {separator} » attendu" + (f", « {used} » trouvé." if used else ", absent.")
        raise refuse(path, Problem("ligne 1", what, "Demander le fichier d’origine, non réenregistré."))
    return tuple(name.strip().strip('"') for name in text.split(separator))


def compare_header(raw: Raw, allowed: list[tuple[str, ...]], what: str) -> None:
    """Refuse a header that is not one of the known sets of names, whatever their order."""
    found = set(raw.header)
    if any(found == set(names) and len(raw.header) == len(names) for names in allowed):
        return
    nearest = min(allowed, key=lambda names: len(found ^ set(names)))
    missing, extra = sorted(set(nearest) - found), sorted(found - set(nearest))
    repeated = sorted({name for name in raw.header if raw.header.count(name) > 1})
    lines = [
        f"colonnes manquantes : {', '.join(missing) or 'aucune'} ;",
        f"colonnes inconnues : {', '.join(extra) or 'aucune'} ;",
        f"colonnes répétées : {', '.join(repeated) or 'aucune'} ;",
        f"attendu ({len(nearest)}) : {', '.join(nearest)} ; lu ({len(raw.header)}) : {', '.join(raw.header)}.",
    ]
    todo = f"Si {what} a changé de format, déclarer le nouvel en-tête (docs/add-a-source.md)."
    raise refuse(raw.path, Problem("ligne 1", " ".join(lines), todo))
