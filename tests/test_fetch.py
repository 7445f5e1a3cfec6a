"""Downloads against a server that cuts, lies, stalls and redirects: whole under its name, or not there at all."""

import errno
import gzip
import hashlib
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading

import pytest
import rude_server
from rude_server import ENTRY, file, status

from indicators import addresses, cli, download, fetch
from indicators.errors import BusyError, FetchError, InterruptedFetch, OtherFile

CONTENT = gzip.compress(bytes(range(256)) * 64, mtime=0) + b"\0" * 20_000  # 20 kB that begin as a gzip file
NAME = "A202501.csv.gz"


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    server = rude_server.serve()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def bring(server, tmp_path):
    """Fetch January 2025 into `tmp_path` from the answers given; pauses are noted, not slept."""
    table = tmp_path / "addresses.yaml"

    def bring(*answers, replace=False, kind="file", source="open_damir", name=NAME, tries=5, timeout=5.0):
        if answers:
            server.scripts["/file"] = list(answers)
        address = f"http://127.0.0.1:{server.server_port}/file"
        period = "month" if source == "open_damir" else "none"
        entry = ENTRY.format(source=source, kind=kind, period=period, address=address, file=name)
        table.write_text(entry, encoding="utf-8")
        bring.pauses.clear()
        patience = download.Patience(tries, timeout, bring.pauses.append)
        asked = "2025-01" if period == "month" else None
        heard = bring.heard.append
        return fetch.fetch(
            tmp_path / "data", source, asked, replace, lambda *step: heard(step), patience, addresses.load(table)
        )

    bring.pauses, bring.heard, bring.table = [], [], table
    return bring


@pytest.fixture
def incoming(tmp_path):
    """What is in incoming/: name -> bytes, those under way included, without the lock."""

    def held() -> dict[str, bytes]:
        folder = tmp_path / "data" / "incoming"
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return held


PART = f"unfinished/{NAME}.part"
NOTE = f"{PART}.json"


def test_a_file_arrives_whole_with_its_hash(bring, incoming):
    done = bring(file(CONTENT))
    assert incoming() == {NAME: CONTENT}
    assert (done.state, done.bytes, done.sha256) == ("fetched", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert bring.heard[0] == (0, len(CONTENT))
    assert bring.heard[-1] == (len(CONTENT), len(CONTENT))


def test_the_same_file_again_changes_nothing(bring, incoming):
    bring(file(CONTENT))
    assert bring(file(CONTENT)).state == "already"
    assert incoming() == {NAME: CONTENT}


@pytest.mark.parametrize("other", [CONTENT + b"x", CONTENT[:-1] + b"x"], ids=["other size", "same size"])
def test_another_file_of_that_name_is_refused_unless_replaced(bring, incoming, other):
    bring(file(CONTENT))
    with pytest.raises(OtherFile, match=r"un autre fichier de ce nom est déjà là[\s\S]*--replace\.$"):
        bring(file(other))
    assert incoming() == {NAME: CONTENT}
    assert bring(file(other), replace=True).state == "fetched"
    assert incoming() == {NAME: other}


def test_a_cut_file_is_gone_on_with_from_where_it_stopped(bring, incoming, server):
    done = bring(file(CONTENT, cut=7000), file(CONTENT, cut=5000), file(CONTENT))
    assert incoming() == {NAME: CONTENT}
    assert [headers.get("Range") for _, headers in server.asked] == [None, "bytes=7000-", "bytes=12000-"]
    assert bring.pauses == [1.0, 2.0]
    assert done.state == "fetched"


def test_what_came_is_kept_for_the_next_call(bring, incoming):
    with pytest.raises(FetchError) as refused:
        bring(file(CONTENT, cut=7000), tries=1)
    assert f"s’est coupée à l’octet 7000 sur {len(CONTENT)} annoncés (1 essais)" in str(refused.value)
    assert "7000 octets sont gardés" in str(refused.value)
    assert "Ouvrir https://example.org/page-2025" in str(refused.value)
    assert str(refused.value).endswith(f"sous le nom {NAME}.")
    assert set(incoming()) == {PART, NOTE}
    assert incoming()[PART] == CONTENT[:7000]
    assert bring(file(CONTENT)).resumed_at == 7000
    assert incoming() == {NAME: CONTENT}


def test_a_file_that_changes_between_two_halves_is_begun_again(bring, incoming):
    other = CONTENT[::-1].replace(b"\0\0", CONTENT[:2], 1)
    bring(file(CONTENT, cut=7000), file(other, etag='"two"'))
    assert incoming() == {NAME: other}


def test_a_server_that_ignores_if_range_does_not_mix_two_files(bring, incoming):
    other = CONTENT[:2] + bytes(reversed(CONTENT[2:]))

    def deaf(rude):
        start = rude.range
        span = f"bytes {start}-{len(other) - 1}/{len(other)}"
        rude.start(206 if start else 200, Content_Length=len(other) - start, ETag='"two"', Content_Range=span)
        rude.wfile.write(other[start:])

    bring(file(CONTENT, cut=7000), deaf)
    assert incoming() == {NAME: other}


def test_a_server_that_gives_another_half_than_asked_is_not_believed(bring, incoming):
    def shifted(rude):
        start = rude.range + 1
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        rude.start(206, Content_Length=len(CONTENT) - start, ETag='"one"', Content_Range=span)
        rude.wfile.write(CONTENT[start:])

    bring(file(CONTENT, cut=7000), shifted, file(CONTENT))
    assert incoming() == {NAME: CONTENT}


def test_an_attempt_that_brought_much_is_not_counted_as_a_failure(bring, incoming, monkeypatch):
    monkeypatch.setattr(download, "WORTH", 1000)
    bring(*[file(CONTENT, cut=2000)] * 8, file(CONTENT), tries=2)
    assert bring.pauses == [1.0] * 8
    assert incoming() == {NAME: CONTENT}


def test_a_part_longer_than_its_whole_is_begun_again(bring, incoming, server, tmp_path):
    with pytest.raises(FetchError):
        bring(file(CONTENT, cut=7000), tries=1)
    (tmp_path / "data" / "incoming" / PART).write_bytes(CONTENT + b"x")
    bring(file(CONTENT))
    assert "Range" not in server.asked[-1][1]
    assert incoming() == {NAME: CONTENT}


@pytest.mark.parametrize("etag", [None, 'W/"one"'])
def test_without_a_firm_mark_a_cut_file_is_begun_again(bring, incoming, server, etag):
    bring(file(CONTENT, etag=etag, cut=7000), file(CONTENT, etag=etag))
    assert incoming() == {NAME: CONTENT}
    assert all("Range" not in headers for _, headers in server.asked)


def test_a_part_without_its_note_is_of_no_use(bring, incoming, tmp_path, server):
    with pytest.raises(FetchError):
        bring(file(CONTENT, cut=7000), tries=1)
    (tmp_path / "data" / "incoming" / NOTE).write_text("{", encoding="utf-8")
    bring(file(CONTENT))
    assert incoming() == {NAME: CONTENT}
    assert "Range" not in server.asked[-1][1]


def test_a_part_longer_than_what_is_there_is_begun_again(bring, incoming):
    bring(file(CONTENT, cut=7000), status(416), file(CONTENT[:5000]))
    assert incoming() == {NAME: CONTENT[:5000]}


def test_a_busy_server_is_waited_for_as_it_asks(bring, incoming):
    bring(status(429, Retry_After=7), status(503), status(500), status(502), file(CONTENT))
    assert bring.pauses == [7.0, 2.0, 4.0, 8.0]
    assert incoming() == {NAME: CONTENT}


def test_a_server_that_asks_for_an_hour_is_left_to_a_person(bring, incoming):
    with pytest.raises(FetchError, match=r"il demande d’attendre 3600 s[.] Recommencer plus tard"):
        bring(status(429, Retry_After=3600))
    assert bring.pauses == []
    assert incoming() == {}


def test_a_server_that_stays_down_is_given_up(bring, incoming, server):
    with pytest.raises(FetchError, match=r"a une panne \(réponse 500\) \(5 essais\)"):
        bring(status(500))
    assert bring.pauses == [1.0, 2.0, 4.0, 8.0]
    assert len(server.asked) == 5
    assert incoming() == {}


@pytest.mark.parametrize(("code", "words"), [(404, "n’est pas, ou plus, à cette adresse"), (403, "l’accès n’est pas")])
def test_a_refusal_is_not_asked_again(bring, incoming, server, code, words):
    with pytest.raises(FetchError, match=words):
        bring(status(code))
    assert len(server.asked) == 1
    assert incoming() == {}


def test_a_server_that_stalls_is_left_and_gone_on_with(bring, incoming):
    gate = threading.Event()

    def stalls(rude):
        rude.start(200, Content_Length=len(CONTENT), ETag='"one"')
        rude.wfile.write(CONTENT[:7000])
        rude.wfile.flush()
        gate.wait(5)

    bring(stalls, file(CONTENT), timeout=0.2)
    gate.set()
    assert incoming() == {NAME: CONTENT}


def test_a_server_that_declares_too_much_is_never_believed(bring, incoming):
    with pytest.raises(FetchError, match=rf"coupée à l’octet {len(CONTENT)} sur {len(CONTENT) + 10} annoncés"):
        bring(file(CONTENT, etag=None, declared=len(CONTENT) + 10), tries=2)
    assert NAME not in incoming()
    with pytest.raises(FetchError, match="a changé pendant le téléchargement"):  # it contradicts itself
        bring(file(CONTENT, declared=len(CONTENT) + 10), tries=2)
    assert NAME not in incoming()


def test_a_server_that_says_no_length_proves_nothing(bring, incoming):
    def silent(rude):
        rude.start(200)
        rude.wfile.write(CONTENT)

    with pytest.raises(FetchError, match="ne dit pas où finit le fichier"):
        bring(silent)
    assert incoming() == {}


def chunked(body: bytes, last: bytes = b"0\r\n\r\n"):
    def answer(rude):
        rude.start(200, Transfer_Encoding="chunked")
        for start in range(0, len(body), 4000):
            piece = body[start : start + 4000]
            rude.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        rude.wfile.write(last)

    return answer


def test_a_body_in_chunks_is_whole_when_its_last_chunk_has_come(bring, incoming):
    bring(chunked(CONTENT))
    assert incoming() == {NAME: CONTENT}
    assert bring.heard[-1] == (len(CONTENT), 0)


def test_a_body_in_chunks_that_stops_is_not_a_file(bring, incoming):
    with pytest.raises(FetchError, match="s’est coupée"):
        bring(chunked(CONTENT, last=b""), tries=2)
    assert NAME not in incoming()


def test_an_endless_body_is_stopped_at_the_most_expected(bring, incoming):
    def endless(rude):
        rude.start(200, Transfer_Encoding="chunked")
        while True:
            rude.wfile.write(b"10000\r\n" + CONTENT[:2] + b"\1" * 65534 + b"\r\n")

    with pytest.raises(FetchError, match="le fichier dépasse 1 Mo"):
        bring(endless)
    assert incoming() == {}


def test_a_file_declared_too_large_is_refused_before_it_comes(bring, incoming):
    with pytest.raises(FetchError, match="le fichier dépasse 1 Mo"):
        bring(file(CONTENT, declared=10**9))
    assert incoming() == {}
    assert bring.heard == []


def test_a_disk_without_room_is_said_before_the_file_comes(bring, incoming, monkeypatch):
    usage = type("Usage", (), {"free": download.SPARE + 1000})
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(FetchError, match="n’a pas assez de place : il manque 1 Mo"):
        bring(file(CONTENT))
    assert incoming() == {}


def test_a_disk_that_fills_up_is_one_sentence(bring, incoming, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    write = download._write
    monkeypatch.setattr(download, "_write", lambda _, chunk: write(Full(), chunk))
    with pytest.raises(FetchError, match="le disque est plein"):
        bring(file(CONTENT))
    assert NAME not in incoming()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        (NAME, b"<!DOCTYPE html><p>limite</p>" * 50, "une page HTML au lieu du fichier"),
        (NAME, b"FLX_ANN_MOI;\n202501;\n", "n’est pas un fichier .gz"),
        (NAME, b"", "un fichier vide"),
        ("OPEN_MEDIC_2024.CSV", b"\xef\xbb\xbf \n<html>", "une page HTML au lieu du fichier"),
        ("OPEN_MEDIC_2024.CSV", b'{"error": 1}', "un message d’erreur au lieu du fichier"),
        ("OPEN_MEDIC_2024.CSV", gzip.compress(b"ATC1;", mtime=0), "n’est pas du texte"),
        ("OPEN_MEDIC_2024.CSV", b"PK\x03\x04zip", "n’est pas du texte"),
    ],
)
def test_a_page_or_another_format_is_not_taken_for_the_file(bring, incoming, name, body, words):
    with pytest.raises(FetchError, match=words):
        bring(file(body), name=name)
    assert incoming() == {}
    assert bring.pauses == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:///etc/passwd", "renvoie vers file://, qui est refusé"),
        ("http://example.org/file", "renvoie vers http://example.org, qui est refusé"),
        ("ftp://example.org/file", "renvoie vers ftp://example.org, qui est refusé"),
        ("https://me:secret@example.org/file", "renvoie vers https://example.org, qui est refusé"),
    ],
)
def test_a_redirect_to_an_unsafe_address_is_refused(bring, incoming, target, words):
    with pytest.raises(FetchError, match=words) as refused:
        bring(status(302, Location=target))
    assert "secret" not in str(refused.value)
    assert incoming() == {}


def test_a_redirect_is_followed_with_the_range_and_nothing_else(bring, incoming, server):
    server.scripts["/moved"] = [file(CONTENT)]
    with pytest.raises(FetchError):
        bring(file(CONTENT, cut=7000), tries=1)
    bring(status(302, Location="/moved", Set_Cookie="a=b"))
    path, headers = server.asked[-1]
    assert path == "/moved"
    assert headers.keys() == {"Host", "User-Agent", "Accept-Encoding", "Range", "If-Range", "Connection"}
    assert incoming() == {NAME: CONTENT}


def test_redirects_without_end_are_stopped(bring, incoming, server):
    with pytest.raises(FetchError, match="renvoie d’adresse en adresse sans fin"):
        bring(status(302, Location="/file"))
    assert len(server.asked) == download.HOPS + 1
    assert incoming() == {}


def test_an_https_site_may_not_send_to_this_machine():
    assert download.safe("http://127.0.0.1/x", "http://127.0.0.1/y")
    assert not download.safe("http://127.0.0.1/x", "https://example.org/y")


def record(server, checksum, size=None):
    server.scripts["/whole"] = [file(CONTENT)]
    described = {"url": f"http://127.0.0.1:{server.server_port}/whole", "filesize": size, "checksum": checksum}
    return file(json.dumps({"resource": described}).encode(), etag=None)


@pytest.mark.parametrize("kind", ["sha1", "sha256", "md5"])
def test_the_checksum_of_the_producer_is_compared(bring, incoming, server, kind):
    right = {"type": kind, "value": hashlib.new(kind, CONTENT).hexdigest()}
    done = bring(record(server, right, len(CONTENT)), kind="record")
    assert done.checksum == f"{kind} {right['value']}"
    assert incoming() == {NAME: CONTENT}
    server.asked.clear()
    assert bring(record(server, right), kind="record").state == "already"
    assert [path for path, _ in server.asked] == ["/file"]  # the description was enough


def test_a_part_of_the_edition_before_is_not_mixed_with_the_new_one(bring, incoming, server):
    other = CONTENT[:2] + bytes(reversed(CONTENT[2:]))
    described = record(server, None)
    server.scripts["/whole"] = [file(CONTENT, cut=7000)]
    with pytest.raises(FetchError):
        bring(described, kind="record", tries=1)
    server.scripts["/newer"] = [file(other)]
    address = f"http://127.0.0.1:{server.server_port}/newer"
    bring(file(json.dumps({"url": address}).encode(), etag=None), kind="record")
    assert incoming() == {NAME: other}


def test_a_wrong_checksum_keeps_nothing(bring, incoming, server):
    with pytest.raises(FetchError, match=r"l’empreinte sha1 n’est pas celle du producteur[\s\S]*annoncée : 0000"):
        bring(record(server, {"type": "sha1", "value": "0" * 40}), kind="record")
    assert incoming() == {}


def test_a_size_that_is_not_the_producers_is_refused(bring, incoming, server):
    with pytest.raises(FetchError, match=rf"le serveur annonce {len(CONTENT)} octets, le producteur 3"):
        bring(record(server, None, 3), kind="record")
    assert incoming() == {}


@pytest.mark.parametrize("said", [b"<html>", b"{", b"[]", b'{"resource": {}}', b'{"url": "file:///etc/passwd"}'])
def test_a_description_that_cannot_be_used_is_refused(bring, incoming, said):
    with pytest.raises(FetchError, match=r"la description du fichier|au lieu du fichier"):
        bring(file(said), kind="record")
    assert incoming() == {}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (ssl.SSLCertVerificationError("self-signed"), "n’est pas reconnu .* SSL_CERT_FILE"),
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "le mandataire refuse .* 407"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "pas de réseau"),
    ],
)
def test_what_another_attempt_would_not_cure_is_said_at_once(bring, incoming, monkeypatch, trouble, words):
    def fails(*_, **__):
        raise trouble

    trouble.verify_message = "self-signed certificate"
    monkeypatch.setattr(socket, "create_connection", fails)
    with pytest.raises(FetchError, match=words):
        bring(file(CONTENT))
    assert bring.pauses == []
    assert incoming() == {}


def test_a_folder_that_may_not_be_written_is_one_sentence(bring, incoming, monkeypatch):
    def refuses(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(download.Part, "begin", refuses)
    with pytest.raises(FetchError, match=r"ne peut pas être écrit \(Permission denied\)"):
        bring(file(CONTENT))
    assert incoming() == {}


def test_no_network_is_one_sentence_with_the_page_to_open(bring, incoming, monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(FetchError) as refused:
        bring(file(CONTENT))
    said = str(refused.value)
    assert "pas de réseau" in said
    assert "Ouvrir https://example.org/page-2025\net déposer le fichier dans " in said
    assert bring.pauses == []
    assert incoming() == {}


def test_a_server_that_is_not_there_is_one_sentence(bring, incoming, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(FetchError, match="refuse la connexion"):
        bring(tries=2)
    assert incoming() == {}


def test_the_proxy_of_the_environment_is_used_and_its_password_stays_there(bring, incoming, server, monkeypatch):
    """A proxy is asked for the whole address; a redirect to a host it does not serve must not carry its password."""
    proxy = rude_server.serve()
    elsewhere = f"http://localhost:{server.server_port}/moved"
    proxy.scripts = {f"http://127.0.0.1:{server.server_port}/file": [status(302, Location=elsewhere)]}
    server.scripts["/moved"] = [file(CONTENT)]
    monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{proxy.server_port}")
    monkeypatch.setenv("no_proxy", "localhost")
    try:
        bring()
    finally:
        proxy.shutdown()
        proxy.server_close()
    assert "Proxy-Authorization" in proxy.asked[0][1]
    assert "Proxy-Authorization" not in server.asked[0][1]
    assert incoming() == {NAME: CONTENT}


def test_ctrl_c_keeps_what_came(bring, incoming):
    def stop(done, _):
        if done:
            raise KeyboardInterrupt

    bring.heard = type("Stop", (), {"append": staticmethod(lambda step: stop(*step))})
    with pytest.raises(InterruptedFetch, match=r"interrompu\. \d+ octets sont gardés") as stopped:
        bring(file(CONTENT))
    assert stopped.value.exit_code == 130
    assert set(incoming()) == {PART, NOTE}
    assert CONTENT.startswith(incoming()[PART])
    bring.heard = []
    bring(file(CONTENT))
    assert incoming() == {NAME: CONTENT}


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind there")
def test_a_killed_download_is_gone_on_with(bring, incoming, server, tmp_path):
    gate, begun = threading.Event(), threading.Event()

    def half(rude):
        rude.start(200, Content_Length=len(CONTENT), ETag='"one"')
        rude.wfile.write(CONTENT[:7000])
        rude.wfile.flush()
        begun.set()
        gate.wait(5)

    with pytest.raises(FetchError):
        bring(status(404))  # writes the table
    server.scripts["/file"] = [half]
    code = "from pathlib import Path; from indicators import addresses, fetch; "
    code += f"fetch.fetch(Path({str(tmp_path / 'data')!r}), 'open_damir', '2025-01', "
    code += f"table=addresses.load(Path({str(bring.table)!r})))"
    child = subprocess.Popen([sys.executable, "-c", code])
    assert begun.wait(5)
    while len(incoming().get(PART, b"")) < 7000:
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait()
    gate.set()
    assert set(incoming()) == {PART, NOTE}
    assert bring(file(CONTENT)).resumed_at == 7000
    assert incoming() == {NAME: CONTENT}


def test_two_downloads_at_once_are_one_too_many(bring, tmp_path):
    from filelock import FileLock

    bring(file(CONTENT))
    waiting = tmp_path / "data" / "incoming" / fetch.UNDER_WAY
    with FileLock(waiting / ".lock"), pytest.raises(BusyError, match="Un autre téléchargement est en cours") as busy:
        bring(file(CONTENT))
    assert busy.value.exit_code == 75


# The verb


def test_where_a_person_must_click_the_verb_says_where_and_into_which_folder(tmp_path, capsys):
    assert cli.main(["fetch", "open_damir", "2025-01", "--data", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "download.php?Dir_Rep=Open_DAMIR&Annee=2025" in said
    assert f"Déposer le fichier dans {tmp_path / 'incoming'}, sous le nom A202501.csv.gz" in said
    assert "lancer ondam ingest" in said
    (tmp_path / "incoming" / NAME).write_bytes(CONTENT)
    assert cli.main(["fetch", "open_damir", "2025-01", "--data", str(tmp_path)]) == 0
    assert "déjà là, rien n’a changé" in capsys.readouterr().out


def test_the_verb_speaks_json_for_what_came_and_for_what_did_not(bring, tmp_path, monkeypatch, capsys):
    bring(file(CONTENT))
    monkeypatch.setattr(addresses, "TABLE", bring.table)
    command = ["fetch", "open_damir", "2025-01", "--json", "--data", str(tmp_path / "other")]
    assert cli.main(command) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["state"], row["file"], row["ingest"]) == ("fetched", NAME, True)
    assert cli.main(["fetch", "--json"]) == 0
    assert [row["source"] for row in json.loads(capsys.readouterr().out)] == ["open_damir"]


def test_a_refusal_is_readable_by_a_machine(bring, tmp_path, monkeypatch, capsys, server):
    with pytest.raises(FetchError):
        bring(status(404))
    monkeypatch.setattr(addresses, "TABLE", bring.table)
    assert cli.main(["fetch", "open_damir", "2025-01", "--json", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr()
    (row,) = json.loads(said.out)
    assert "réponse 404" in row["refused"]
    assert said.err.strip() == row["refused"]


def test_ingest_does_not_look_at_what_is_not_whole_or_not_its_own(bring, incoming, tmp_path, capsys):
    with pytest.raises(FetchError):
        bring(file(CONTENT, cut=7000), tries=1)
    bring(file(b"60002283;4949729"), source="bdpm_presentations", name="CIS_CIP_bdpm.txt")
    assert "other/CIS_CIP_bdpm.txt" in incoming()
    assert cli.main(["ingest", "--data", str(tmp_path / "data")]) == 1
    assert "Aucun fichier à lire" in capsys.readouterr().err
