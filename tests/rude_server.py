"""A server on this machine that misbehaves on purpose, one script of answers per path, and an address that names it."""

import contextlib
import http.server
import re
import threading
from collections.abc import Callable

ENTRY = """
{source}:
  label: {{fr: essai, en: trial}}
  kind: {kind}
  period: {period}
  meaning: mois
  page: "https://example.org/page-{{year}}"
  address: "{address}"
  file: {file}
  largest: 1
  licence: libre
  read_in: cet essai
  read_on: 2026-11-22
"""

Answer = Callable[["Rude"], None]


class Rude(http.server.BaseHTTPRequestHandler):
    """Serves `server.scripts[path]`: the first answer, then the next; the last one for ever."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, dict(self.headers)))
        script = self.server.scripts[self.path]
        answer = script.pop(0) if len(script) > 1 else script[0]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the other side had enough
            answer(self)

    def log_message(self, *_) -> None:
        pass

    def start(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    @property
    def range(self) -> int:
        """The first byte asked for, 0 for all."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(match[1]) if match else 0


def serve() -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    server.scripts, server.asked = {}, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def file(content: bytes, etag: str | None = '"one"', cut: int | None = None, declared: int | None = None) -> Answer:
    """A right answer that honours Range and If-Range; `cut` stops there, `declared` lies on the length."""

    def answer(rude: Rude) -> None:
        start = rude.range if etag and rude.headers.get("If-Range") == etag else 0
        body = content[start:]
        headers = {"Content_Length": len(body) if declared is None else declared - start}
        headers |= {"ETag": etag} if etag else {}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        rude.start(206 if start else 200, **headers)
        rude.wfile.write(body[:cut])

    return answer


def status(code: int, **headers: object) -> Answer:
    return lambda rude: rude.start(code, Content_Length=0, **headers)
