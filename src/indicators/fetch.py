"""Public files brought into `incoming/`, or the page to open where the producer wants a person to click.

Nothing is verified here beyond what a download can damage: what a file holds is the work of `ingest`.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators import download, lake, sources
from indicators.addresses import Address, Place
from indicators.addresses import load as load_table
from indicators.addresses import place as place_of
from indicators.download import MILLION, Part, Patience, Progress, Wanted
from indicators.errors import BusyError, FetchError, InterruptedFetch, OtherFile

INCOMING = "incoming"
ELSEWHERE = "other"  # inside incoming/: the files that `ingest` does not read
UNDER_WAY = "unfinished"  # inside incoming/: what has come of a file that is not whole
RECORD_LIMIT = 2 * MILLION
ALGORITHMS = {"sha1": 40, "sha256": 64, "sha512": 128, "md5": 32}  # with their number of digits


@dataclass(frozen=True)
class Fetched:
    """What became of one file: `fetched`, `already` there, or `to_collect` by a person."""

    source: str
    period: str | None
    state: str
    file: str
    folder: str
    page: str
    steps: str
    bytes: int | None = None
    sha256: str | None = None
    checksum: str | None = None  # of the producer, found right: "sha1 5d41…"
    resumed_at: int | None = None
    ingest: bool = True  # whether `ondam ingest` reads it
    licence: str = ""
    address: str | None = None
    read_in: str = ""
    read_on: str = ""


@dataclass(frozen=True)
class Described:
    """Where a file is, and what its producer says of it."""

    address: str
    size: int | None = None
    checksum: tuple[str, str] | None = None


def _silent(done: int, total: int) -> None:
    pass


def fetch(
    folder: Path,
    source: str,
    period: str | None = None,
    replace: bool = False,
    progress: Progress = _silent,
    patience: Patience | None = None,
    table: Mapping[str, Address] | None = None,
) -> Fetched:
    """Bring the file of a source and period into `incoming/`, whole or not at all.

    The same file again changes nothing; another one under the same name is refused unless `replace`.
    What came of a file that was cut is kept and gone on with. Raises `FetchError` with the page to open instead.
    """
    place = place_of(dict(table or load_table()), source, period)
    into = folder / INCOMING if source in sources.SOURCES else folder / INCOMING / ELSEWHERE
    lake.make(into)
    target = into / place.file
    if place.address is None:
        return _collected(place, target) if target.is_file() else _said(place, target, "to_collect")
    waiting = folder / INCOMING / UNDER_WAY
    lake.make(waiting)
    try:
        with _alone(waiting):
            return _fetched(place, target, waiting / f"{place.file}.part", replace, progress, patience or Patience())
    except (OtherFile, InterruptedFetch) as error:
        raise type(error)(f"{source} : {error}") from None
    except FetchError as error:
        raise FetchError(f"{source} : {error}\n{by_hand(place, into)}") from None
    except OSError as error:
        raise FetchError(f"{source} : {into} ne peut pas être écrit ({error.strerror}).") from None


def by_hand(place: Place, into: Path) -> str:
    """What a person can do instead of the program."""
    steps = f"{place.steps}\n" if place.steps else ""
    return f"Ouvrir {place.page}\n{steps}et déposer le fichier dans {into}, sous le nom {place.file}."


def _said(place: Place, target: Path, state: str, **known: Any) -> Fetched:
    of = place.of
    reads = of.source in sources.SOURCES
    return Fetched(
        of.source, place.period, state, place.file, str(target.parent), place.page, place.steps, ingest=reads,
        licence=of.licence, address=place.address, read_in=of.read_in, read_on=str(of.read_on), **known,
    )  # fmt: skip


def _collected(place: Place, target: Path) -> Fetched:
    return _said(place, target, "already", bytes=target.stat().st_size, sha256=lake.digest(target))


def _fetched(place: Place, target: Path, path: Path, replace: bool, progress: Progress, patience: Patience) -> Fetched:
    """Bring the file beside its place, verify it there, and only then give it its name."""
    part = Part(path)
    described = _described(place, part, patience)
    if described.checksum and target.is_file() and _hash(target, described.checksum[0]) == described.checksum[1]:
        part.forget()
        return _collected(place, target)
    start = part.size
    there = target.stat().st_size if target.is_file() and not replace else None
    try:
        download.bring(_wanted(place, described, there), part, progress, patience)
    except KeyboardInterrupt:
        raise InterruptedFetch(f"interrompu. {_kept(part)}") from None
    except FetchError as error:
        raise type(error)(f"{error} {_kept(part)}".rstrip()) from None
    _check_sum(part, described)
    return _named(place, target, part, replace, start, described)


def _kept(part: Part) -> str:
    if not part.size:
        return ""
    return f"{part.size} octets sont gardés dans {part.path.parent} : la même commande reprendra de là."


def _named(place: Place, target: Path, part: Part, replace: bool, start: int, described: Described) -> Fetched:
    """Give a whole file its name, unless another file bears it."""
    sha256, size = lake.digest(part.path), part.size
    if target.is_file():
        there = lake.digest(target)
        if there == sha256:
            part.forget()
            return _collected(place, target)
        if not replace:
            part.forget()
            raise OtherFile(
                "un autre fichier de ce nom est déjà là.\n"
                f"- déjà là : SHA-256 {there}\n- à l’adresse : SHA-256 {sha256}\n{download.KEPT}"
            )
    lake.flush(part.path)
    os.replace(part.path, target)
    part.forget()
    checksum = " ".join(described.checksum) if described.checksum else None
    resumed = start if start and start < size else None
    return _said(place, target, "fetched", bytes=size, sha256=sha256, checksum=checksum, resumed_at=resumed)


def _wanted(place: Place, described: Described, there: int | None) -> Wanted:
    return Wanted(
        described.address,
        place.of.largest * MILLION,
        lambda head: wrong(place.file, head),
        size=described.size,
        there=there,
        trusted=bool(described.checksum),
    )


def _described(place: Place, part: Part, patience: Patience) -> Described:
    """The address of the table; for a record, what the producer's description says of the file."""
    if place.of.kind == "file":
        return Described(place.address)
    note = Part(part.path.with_name(f"{place.file}.record"))
    note.forget()
    try:
        download.bring(Wanted(place.address, RECORD_LIMIT, not_json), note, _silent, patience)
        return described(note.path.read_bytes(), place.address)
    finally:
        note.forget()


def described(content: bytes, came_from: str) -> Described:
    """What a description of data.gouv.fr says of a file: address, size, checksum where there is one.

    >>> described(b'{"resource": {"url": "https://a.fr/b.csv", "checksum": {"type": "sha1", "value": "00"}}}', "https://a.fr")
    Described(address='https://a.fr/b.csv', size=None, checksum=None)
    """
    try:
        record = json.loads(content)
        record = record.get("resource", record)
        address, size, checksum = record["url"], record.get("filesize"), record.get("checksum") or {}
        kind, value = str(checksum.get("type")).lower(), str(checksum.get("value")).lower()
    except (ValueError, AttributeError, KeyError, TypeError):
        raise FetchError("la description du fichier n’est pas lisible.") from None
    if not isinstance(address, str) or not download.safe(address, came_from):
        raise FetchError("la description du fichier donne une adresse qui est refusée.")
    right = len(value) == ALGORITHMS.get(kind) and set(value) <= set("0123456789abcdef")
    return Described(address, size if isinstance(size, int) else None, (kind, value) if right else None)


def _check_sum(part: Part, described: Described) -> None:
    if not described.checksum:
        return
    kind, value = described.checksum
    found = _hash(part.path, kind)
    if found != value:
        part.forget()
        raise FetchError(
            f"l’empreinte {kind} n’est pas celle du producteur.\n- annoncée : {value}\n- reçue : {found}\n"
            "Rien n’a été gardé. Recommencer, ou bien :"
        )


def _hash(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def not_json(head: bytes) -> str:
    return "" if head.lstrip()[:1] in (b"{", b"[") else "la description du fichier n’est pas lisible."


def wrong(name: str, head: bytes) -> str:
    """What the first bytes say is not the file of that name: a page, an error, another format.

    >>> wrong("A202501.csv.gz", bytes([31, 139, 8])), wrong("CIS.txt", b"6000")
    ('', '')
    """
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not head:
        return "le serveur a donné un fichier vide."
    if begins == b"<":
        return "le serveur a donné une page HTML au lieu du fichier."
    if begins == b"{":
        return "le serveur a donné un message d’erreur au lieu du fichier."
    if name.lower().endswith(".gz"):
        return "" if head.startswith(b"\x1f\x8b") else "le fichier reçu n’est pas un fichier .gz."
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04")) or b"\0" in head:
        return "le fichier reçu n’est pas du texte."
    return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One download at a time in a folder: two would write in the same part."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise BusyError(
            f"Un autre téléchargement est en cours dans {folder}. Attendre sa fin, puis recommencer."
        ) from None
