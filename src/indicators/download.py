"""One file brought over HTTP, whole or not at all: cut, slow, changed or endless answers never pass for a file.

What has arrived is kept in a `.part` file with a note of which file it is part of; the next call goes on from there
if the server still has the same one. Standard library only: docs/decisions/002-dependencies.md says why.
"""

import errno
import http.client
import json
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from string import punctuation
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from indicators import __version__
from indicators.errors import FetchError, OtherFile

CHUNK = 1 << 18
HEAD = 512  # bytes that are enough to tell a page from a file
MILLION = 1_000_000
SPARE = 100 * MILLION  # bytes of disk left to the others
WORTH = 1 << 20  # an attempt that brought so many bytes is not a failure
HOPS = 5  # redirects in a row
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is asked again by a person
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FULL = (errno.ENOSPC, errno.EDQUOT)
AWAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)

KEPT = "Rien n’a été changé. Pour prendre le nouveau : ondam fetch --replace."

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Patience:
    """How long to wait for an answer, how often to ask again, and how to pause in between."""

    tries: int = 5
    timeout: float = 30.0
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Wanted:
    """A file to bring: its address, the most it may weigh, how it must begin, and its size where it is known.

    `limit` is in bytes, `there` the size of a file of this name that another may not replace. `wrong` gives the
    sentence of what is wrong with the first bytes, or "". With `trusted`, a checksum will say whether it is whole,
    and the server need not.
    """

    address: str
    limit: int
    wrong: Callable[[bytes], str]
    size: int | None = None
    there: int | None = None
    trusted: bool = False


@dataclass(frozen=True)
class Seen:
    """What a server said of the file it gives: enough to know the same one again."""

    address: str
    etag: str | None
    modified: str | None
    total: int | None

    @property
    def validator(self) -> str | None:
        """What `If-Range` may hold: a strong ETag, else a date."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.modified

    def same(self, other: "Seen") -> bool:
        """Whether nothing that both say differs."""
        pairs = [(self.etag, other.etag), (self.modified, other.modified), (self.total, other.total)]
        return all(mine == theirs for mine, theirs in pairs if mine is not None and theirs is not None)


class Part:
    """A file under way: its bytes and, beside them, the note of what they are part of."""

    def __init__(self, path: Path) -> None:
        self.path, self.note = path, path.with_name(path.name + ".json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def seen(self) -> Seen | None:
        """What the bytes that are here are part of; None when that is not known, and they are of no use."""
        try:
            return Seen(**json.loads(self.note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, seen: Seen) -> None:
        """Start again from the first byte: the bytes go first, so that none is ever under another file's note."""
        self.path.write_bytes(b"")
        self.note.write_text(json.dumps(asdict(seen)), "utf-8")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


class _Passing(Exception):
    """A trouble that another attempt may not meet; `wait` is what the server asks for, in seconds."""

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


def safe(address: str, came_from: str | None = None) -> bool:
    """Whether an address may be opened: https and no password; plain http on this very machine only.

    >>> safe("https://www.insee.fr/x"), safe("http://www.insee.fr/x"), safe("file:///etc/passwd")
    (True, False, False)
    >>> safe("http://127.0.0.1:8000/x"), safe("http://127.0.0.1:8000/x", "https://www.insee.fr/x")
    (True, False)
    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password:
        return False
    here = parts.hostname in LOOPBACK and (came_from is None or urlsplit(came_from).hostname in LOOPBACK)
    return parts.scheme == "https" or (parts.scheme == "http" and here)


class _Redirect(urllib.request.BaseHandler):
    """Redirects to safe addresses only, a few times, with our own headers and no other; their bodies are not read."""

    def http_error_302(self, request, answer, code, message, headers):
        answer.close()
        target = urljoin(request.full_url, quote(headers.get("Location", ""), safe=punctuation, encoding="latin-1"))
        hops = getattr(request, "hops", 0) + 1
        if hops > HOPS:
            raise FetchError(f"{request.host} renvoie d’adresse en adresse sans fin.")
        if not safe(target, request.full_url):
            parts = urlsplit(target)
            raise FetchError(
                f"{request.host} renvoie vers {parts.scheme}://{parts.netloc.rpartition('@')[2]}, qui est refusé."
            )
        kept = {name: value for name, value in request.headers.items() if name in ("Range", "If-range")}
        following = _request(target, kept)
        following.hops = hops
        return self.parent.open(following, timeout=request.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _request(address: str, headers: Mapping[str, str]) -> urllib.request.Request:
    ours = {"User-Agent": f"ondam/{__version__}", "Accept-Encoding": "identity", **headers}
    return urllib.request.Request(address, headers=ours)


def _opener() -> urllib.request.OpenerDirector:
    """HTTP, HTTPS and the proxies of the environment: no file, no FTP, no password, no cookie."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirect(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = []
    return opener


def bring(wanted: Wanted, part: Part, progress: Progress, patience: Patience) -> None:
    """Bring a file whole into its part, asking again after what passes; `FetchError` after what does not.

    On failure the bytes that are good remain in the part; on Ctrl-C too.
    """
    failures = 0
    while True:
        before = part.size
        try:
            _once(wanted, part, progress, patience.timeout)
            return
        except _Passing as trouble:
            failures = 1 if part.size - before >= WORTH else failures + 1
            if failures >= patience.tries:
                raise FetchError(f"{trouble} ({failures} essais).") from None
            wait = 2.0 ** (failures - 1) if trouble.wait is None else trouble.wait
            if wait > LONGEST_WAIT:
                raise FetchError(f"{trouble} : il demande d’attendre {wait:.0f} s. Recommencer plus tard.") from None
            patience.pause(wait)


def _once(wanted: Wanted, part: Part, progress: Progress, timeout: float) -> None:
    """One attempt, from where the part stops if it can be gone on with."""
    seen = _resumable(wanted, part)
    headers = {"Range": f"bytes={part.size}-", "If-Range": seen.validator} if seen else {}
    with _answer(wanted.address, headers, part, timeout) as answer:
        now, start = _described(answer, wanted.address)
        if answer.status == 206 and not (seen and start == part.size and seen.same(now)):
            part.forget()
            raise _Passing("le fichier a changé pendant le téléchargement", 0.0)
        if answer.status != 206:
            _check_whole(answer, now, wanted)
        _check_size(now.total, wanted)
        _check_room(part.path.parent, (now.total or 0) - start)
        if answer.status != 206:
            part.begin(now)
        done = _receive(answer, wanted, part, start, lambda done: progress(done, now.total or 0))
    if now.total is not None and done != now.total:
        raise _Passing(f"la connexion s’est coupée à l’octet {done} sur {now.total} annoncés")
    _check_head(wanted, part)


def _resumable(wanted: Wanted, part: Part) -> Seen | None:
    """What the part is part of, when the server can be asked for the rest of it; else the part is forgotten."""
    seen = part.seen()
    right = seen and seen.address == wanted.address and seen.validator and part.size
    if right and (seen.total is None or part.size < seen.total):
        return seen
    part.forget()
    return None


def _answer(address: str, headers: Mapping[str, str], part: Part, timeout: float) -> Any:
    """The answer to one request; every trouble as a sentence, passing or not."""
    host = urlsplit(address).hostname
    try:
        return _opener().open(_request(address, headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, part) from None
    except http.client.InvalidURL:
        raise FetchError(f"{host} renvoie vers une adresse illisible.") from None
    except (OSError, http.client.HTTPException) as error:
        raise _trouble(error, host) from None


def _refusal(error: urllib.error.HTTPError, part: Part) -> Exception:
    code, host = error.code, urlsplit(error.url).hostname
    if code == 416:  # what we have is not the beginning of what is there
        part.forget()
        return _Passing("le fichier a changé pendant le téléchargement", 0.0)
    if code in (429, 503):
        return _Passing(f"{host} est occupé (réponse {code})", _retry_after(error.headers.get("Retry-After")))
    if code == 408 or code >= 500:
        return _Passing(f"{host} a une panne (réponse {code})")
    why = {404: "le fichier n’est pas, ou plus, à cette adresse", 410: "le fichier a été retiré"}
    return FetchError(f"{host} refuse (réponse {code}) : {why.get(code, 'l’accès n’est pas permis')}.")


def _retry_after(value: str | None) -> float | None:
    """The seconds to wait that a server asks for, as a number or as a date; None when it does not say.

    >>> _retry_after("7"), _retry_after("soon"), _retry_after("Wed, 21 Oct 2015 07:28:00 GMT")
    (7.0, None, 0.0)
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _trouble(error: Exception, host: str | None) -> Exception:
    """A failure of the network: away for good, not to be trusted, or passing."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in AWAY:
        return FetchError(f"pas de réseau, ou {host} est introuvable depuis cette machine.")
    if isinstance(reason, ssl.SSLCertVerificationError):
        todo = "Derrière un mandataire, donner son autorité par la variable SSL_CERT_FILE."
        return FetchError(f"le certificat de {host} n’est pas reconnu ({reason.verify_message}). {todo}")
    if str(reason).startswith("Tunnel connection failed"):
        return FetchError(f"le mandataire refuse de joindre {host} ({reason}).")
    if isinstance(reason, TimeoutError):
        return _Passing(f"{host} ne répond plus")
    if isinstance(reason, ConnectionRefusedError):
        return _Passing(f"{host} (ou le mandataire) refuse la connexion")
    return _Passing(f"la connexion avec {host} s’est coupée")


def _described(answer: Any, address: str) -> tuple[Seen, int]:
    """What an answer says of the whole file, and the byte at which its body begins."""
    headers, total, start = answer.headers, answer.length, 0
    if answer.status == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        start, total = (int(match[1]), int(match[2])) if match else (-1, None)
    return Seen(address, headers.get("ETag"), headers.get("Last-Modified"), total), start


def _check_whole(answer: Any, now: Seen, wanted: Wanted) -> None:
    if answer.status != 200:
        raise FetchError(f"réponse {answer.status} inattendue.")
    if now.total is None and not answer.chunked and not wanted.trusted:
        raise FetchError("le serveur ne dit pas où finit le fichier : rien ne prouverait qu’il est entier.")


def _check_size(total: int | None, wanted: Wanted) -> None:
    if total is not None and total > wanted.limit:
        raise _too_large(wanted)
    if None not in (total, wanted.size) and total != wanted.size:
        raise FetchError(f"le serveur annonce {total} octets, le producteur {wanted.size}.")
    if None not in (total, wanted.there) and total != wanted.there:
        raise OtherFile(f"un autre fichier de ce nom est déjà là : {wanted.there} octets, {total} à l’adresse. {KEPT}")


def _too_large(wanted: Wanted) -> FetchError:
    return FetchError(f"le fichier dépasse {wanted.limit // MILLION} Mo, le plus qui soit attendu.")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + SPARE > free:
        missing = -(-(needed + SPARE - free) // MILLION)
        raise FetchError(f"le disque de {folder} n’a pas assez de place : il manque {missing} Mo.")


def _receive(answer: Any, wanted: Wanted, part: Part, done: int, tell: Callable[[int], None]) -> int:
    """Write the body as it comes; the number of bytes of the file that are now here."""
    unseen = done < HEAD  # the beginning is looked at once it is here, before the rest is waited for
    with part.path.open("ab") as file:
        tell(done)
        while chunk := _read(answer):
            if done + len(chunk) > wanted.limit:
                part.forget()
                raise _too_large(wanted)
            _write(file, chunk)
            done += len(chunk)
            if unseen and done >= HEAD:
                unseen = False
                _check_head(wanted, part)
            tell(done)
    return done


def _read(answer: Any) -> bytes:
    try:
        return answer.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _trouble(error, urlsplit(answer.url).hostname) from None


def _write(file: Any, chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise FetchError("le disque est plein. Libérer de la place, puis recommencer.") from None


def _check_head(wanted: Wanted, part: Part) -> None:
    with part.path.open("rb") as file:
        message = wanted.wrong(file.read(HEAD))
    if message:
        part.forget()
        raise FetchError(message)
