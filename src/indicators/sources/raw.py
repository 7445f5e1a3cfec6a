"""A file as received: whole, hashed, its lines counted, its header read. Nothing is believed before this."""

import codecs
import hashlib
import math
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from indicators.errors import SHOWN, Problem, SourceError, report
from indicators.sources import identifiers

CHUNK = 1 << 20  # of content at a time
PACKED = 256 << 10  # of a compressed file at a time
LONGEST = 1 << 20  # no line is longer
MAX_RATIO = 200  # a real month packs about 7 times; beyond this it is a bomb
SMALLEST = 64 << 10  # a file smaller than this may unpack as one of this size
AGAIN = "Le télécharger à nouveau."
ORIGINAL = "Demander le fichier d’origine, non réenregistré."

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Raw:
    """A verified file."""

    path: Path
    sha256: str
    size: int
    lines: int  # header included
    header: tuple[str, ...]
    points: int = 0  # full stops in the whole file: as many as numbers with decimals, or a number hides one
    joined: bool = False  # an underscore after the header, which the engine would skip within a number


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


def _packed(file: BinaryIO) -> Iterator[bytes]:
    """The content of a gzip file, of one or several members, each with its CRC and length checked by zlib.

    Raises `EOFError` where a member stops before its end and `zlib.error` where it is damaged
    or followed by something else: the engine would refuse it too.
    """
    member, block = None, file.read(PACKED)
    while block:
        member = member or zlib.decompressobj(wbits=31)
        yield member.decompress(block, CHUNK)
        if member.eof:
            block, member = member.unused_data or file.read(PACKED), None
        else:
            block = member.unconsumed_tail or file.read(PACKED)
    if member:
        raise EOFError


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(CHUNK):
        yield block


class _Hashed:
    """A binary file that hashes what is read through it."""

    def __init__(self, path: Path) -> None:
        self.file, self.hash, self.read_bytes = path.open("rb", buffering=0), hashlib.sha256(), 0

    def read(self, size: int) -> bytes:
        block = self.file.read(size)
        self.hash.update(block)
        self.read_bytes += len(block)
        return block

    def close(self) -> None:
        self.file.close()


def _blocks(path: Path, source: _Hashed) -> Iterator[bytes]:
    try:
        yield from (_packed if compressed(path) else _plain)(source)
    except EOFError:
        where = f"octet {source.read_bytes}"
        raise refuse(path, Problem(where, "le fichier compressé s’arrête avant sa fin.", AGAIN)) from None
    except zlib.error as error:
        where = f"octet {source.read_bytes}"
        raise refuse(path, Problem(where, f"compression abîmée ({error}).", AGAIN)) from None


def compressed(path: Path) -> bool:
    """Whether a file says by its name that it is compressed."""
    return path.suffix.lower() == ".gz"


def verify(path: Path, encoding: str, separator: str = ";", progress: Progress | None = None) -> Raw:
    """Read a whole file once: compression and its CRC, SHA-256, encoding, lines, NUL bytes, last line ended, header.

    Raises `SourceError` and writes nothing when one of them is wrong, or when a column is named as an identifier.
    """
    source = _opened(path)
    size = path.stat().st_size
    limit = MAX_RATIO * max(size, SMALLEST) if compressed(path) else math.inf
    seen = _Seen(path, codecs.getincrementaldecoder(encoding)(), limit)
    try:
        for block in _blocks(path, source):
            seen.take(block)
            if progress:
                progress(source.read_bytes, size)
    finally:
        source.close()
    seen.end()
    header = _header(path, seen.first, encoding, separator)
    if found := identifiers.named(header):
        problems = [Problem(f"ligne 1, colonne {name}", identifiers.COLUMN, identifiers.TODO) for name in found]
        raise refuse(path, *problems)
    joined = seen.joints > seen.first.split(b"\n", 1)[0].count(b"_")
    return Raw(path, source.hash.hexdigest(), size, seen.lines, header, seen.points, joined)


def unreadable(raw: Raw, encoding: str, separator: str = ";") -> SourceError:
    """The refusal of a verified file that the engine could not read, its wrong lines found one by one.

    The words of the engine are not repeated: they quote the line, and a line may hold anything.
    """
    found, source, size, crlf = [], _opened(raw.path), 0, False
    strange = re.compile(rb"[\x80-\x9f]" if encoding == "latin-1" else rb"(?!)")
    for number, line in enumerate(_lines(_blocks(raw.path, source)), start=1):
        fields, crlf = line.count(separator.encode()) + 1, line.endswith(b"\r\n") if number == 1 else crlf
        if place := strange.search(line):
            what = f"octet illisible : le fichier n’est pas en {encoding}."
            found.append(Problem(f"ligne {number}, octet {size + place.start() + 1}", what, ORIGINAL))
        elif b"\r" in line[:-2] or line.endswith(b"\r\n") != crlf:
            found.append(Problem(f"ligne {number}", "retour de ligne égaré (CR).", ORIGINAL))
        elif fields != len(raw.header):
            found.append(Problem(f"ligne {number}", f"{fields} champs au lieu de {len(raw.header)}.", ORIGINAL))
        size += len(line)
        if len(found) > SHOWN:
            break
    source.close()
    return refuse(raw.path, *(found or [Problem("fichier", "il n’a pas pu être lu.", ORIGINAL)]))


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    begun = b""
    for block in blocks:
        *whole, begun = (begun + block).split(b"\n")
        yield from (line + b"\n" for line in whole)


def _opened(path: Path) -> _Hashed:
    if not path.is_file():
        raise SourceError(f"{path} : ce fichier n’existe pas.")
    try:
        return _Hashed(path)
    except OSError as error:
        raise SourceError(f"{path} ne peut pas être lu ({error.strerror}). Vérifier ses droits.") from None


@dataclass
class _Seen:
    """What a pass over the content of a file has seen so far."""

    path: Path
    text: codecs.IncrementalDecoder
    limit: float
    lines: int = 0
    size: int = 0
    first: bytes = b""
    tail: bytes = b"\n"
    points: int = 0
    joints: int = 0

    def take(self, block: bytes) -> None:
        if b"\0" in block:
            raise self._at(block, block.index(b"\0"), "octet nul (NUL).")
        if not block.isascii() or self.text.getstate()[0]:
            self._decode(block)
        self.lines, self.size, self.tail = (
            self.lines + block.count(b"\n"),
            self.size + len(block),
            block[-1:] or self.tail,
        )
        self.points += block.count(b".")
        self.joints += block.count(b"_")
        if self.size > self.limit:
            what = f"il se déplie plus de {MAX_RATIO} fois."
            raise refuse(self.path, Problem("fichier", what, "Vérifier sa source."))
        if b"\n" not in self.first:
            self.first += block
            if len(self.first) > LONGEST and b"\n" not in self.first[:LONGEST]:
                what = f"plus de {LONGEST} octets sans fin de ligne."
                raise refuse(self.path, Problem("ligne 1", what, ORIGINAL))

    def end(self) -> None:
        if not self.size:
            raise refuse(self.path, Problem("fichier", "il est vide.", AGAIN))
        if self.tail != b"\n":
            what = "la dernière ligne n’est pas terminée : le fichier a été coupé."
            raise refuse(self.path, Problem(f"ligne {self.lines + 1}", what, AGAIN))

    def _decode(self, block: bytes) -> None:
        begun = len(self.text.getstate()[0])  # bytes of a letter that the block before began
        try:
            self.text.decode(block)
        except UnicodeDecodeError as error:
            what = f"octet illisible : le fichier n’est pas en {error.encoding}."
            raise self._at(block, error.start - begun, what) from None

    def _at(self, block: bytes, place: int, what: str) -> SourceError:
        line = self.lines + block[: max(place, 0)].count(b"\n") + 1
        return refuse(self.path, Problem(f"ligne {line}, octet {self.size + place + 1}", what, AGAIN))


def _header(path: Path, first: bytes, encoding: str, separator: str) -> tuple[str, ...]:
    line = first.split(b"\n", 1)[0].rstrip(b"\r")
    text = line.decode(encoding).removeprefix("\ufeff")
    if separator not in text:
        used = next((mark for mark in ",\t|" if mark in text), None)
        what = f"séparateur « {separator} » attendu" + (f", « {used} » trouvé." if used else ", absent.")
        raise refuse(path, Problem("ligne 1", what, ORIGINAL))
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
        f"colonnes inconnues : {shown(extra) or 'aucune'} ;",
        f"colonnes répétées : {shown(repeated) or 'aucune'} ;",
        f"attendu ({len(nearest)}) : {', '.join(nearest)} ; lu ({len(raw.header)}) : {shown(raw.header)}.",
    ]
    todo = f"Si {what} a changé de format, déclarer le nouvel en-tête (docs/add-a-source.md)."
    raise refuse(raw.path, Problem("ligne 1", " ".join(lines), todo))


def shown(names: Iterable[str]) -> str:
    """Column names for a message; a header may be missing and its first line be data."""
    return ", ".join(identifiers.masked(name) for name in names)
