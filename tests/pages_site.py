"""A running server of the pages for the tests, and the wire to its kernels."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from indicators import access
from indicators.present.page import PAGES

HERE = Path(__file__).parent
ROOT = HERE.parent
DASHBOARDS = ROOT / "dashboards"
TOKEN = "a-token-for-the-tests-only"
SERVE = """
import sys
from pathlib import Path
from indicators.access import serve
serve(None, int(sys.argv[1]), False, notebooks=Path(sys.argv[2]))
"""


def free_port() -> int:
    with socket.create_server((access.HOST, 0)) as found:
        return found.getsockname()[1]


class Site:
    """A running server and the little that a client needs to know of it."""

    def __init__(self, folder: Path):
        self.port = free_port()
        for entry in PAGES:
            text = (DASHBOARDS / f"{entry.address}.ipynb").read_text("utf-8")
            text = text.replace("indicators.present.board import", "fake_view import")
            (folder / f"{entry.address}.ipynb").write_text(re.sub(r'board\(\\"\w+\\"\)', "board()", text), "utf-8")
        paths = os.pathsep.join([str(ROOT / "src"), str(HERE)])
        environment = os.environ | {"PYTHONPATH": paths, "ONDAM_TOKEN": TOKEN, "IPYTHONDIR": str(folder / "ipython")}
        self.log = (folder / "server.log").open("w+", encoding="utf-8")
        command = [sys.executable, "-c", SERVE, str(self.port), str(folder)]
        streams = {"stdout": subprocess.PIPE, "stderr": self.log, "encoding": "utf-8"}
        self.process = subprocess.Popen(command, env=environment, **streams)
        self.said = self.process.stdout.readline()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()

    def url(self, path: str = "") -> str:
        return f"http://{access.HOST}:{self.port}/{path}"

    def ask(self, path: str, method: str = "GET", **headers):
        line = http.client.HTTPConnection(access.HOST, self.port, timeout=60)
        line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")
        line.close()
        return answer

    def cookie(self) -> str:
        answer = self.ask(f"/?token={TOKEN}")
        return answer.headers["Set-Cookie"].split(";")[0]

    def open_page(self, path: str) -> dict:
        """The state that the template prints, as the page script reads it."""
        text = self.ask(path, Cookie=self.cookie()).text
        return json.loads(re.search(r'id="board-state">(.*?)</script>', text, re.S)[1])

    def socket(self, kernel: str):
        from websockets.sync.client import connect

        address = f"ws://{access.HOST}:{self.port}/api/kernels/{kernel}/channels?session_id={uuid4().hex}"
        return connect(address, additional_headers={"Cookie": self.cookie()})

    def handshake(self, kernel: str, **headers) -> int:
        """The status of a websocket handshake: 101 when it is accepted."""
        wanted = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
        key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        return self.ask(f"/api/kernels/{kernel}/channels?session_id=s", **wanted, **key, **headers).status


def request(kind: str, content: dict, channel: str = "shell") -> str:
    header = {"msg_id": uuid4().hex, "msg_type": kind, "version": "5.3", "username": "", "session": "s"}
    header["date"] = "2026-01-01T00:00:00Z"
    rest = {"parent_header": {}, "metadata": {}, "buffers": []}
    return json.dumps({"channel": channel, "header": header, "content": content, **rest})


def to_board(state: dict, content: dict, method: str = "custom") -> str:
    data = {"method": method, "content": content, "state": content, "buffer_paths": []}
    return request("comm_msg", {"comm_id": state["model"], "data": data})


def answers(line, count: int = 1) -> list[dict]:
    """The board's next answers; whatever else came in between is kept too, for inspection."""
    found, others = [], []
    while len(found) < count:
        message = json.loads(line.recv(timeout=20))
        data = message["content"].get("data", {})
        if message["msg_type"] == "comm_msg" and (data.get("method") == "custom" or "page" in data.get("state", {})):
            found.append(data["content"] if data["method"] == "custom" else data["state"]["page"])
        others.append(message["msg_type"])
    assert set(others) <= {"comm_msg", "status"}
    return found


def kernel_is_gone(site, kernel: str) -> bool:
    return site.handshake(kernel, Cookie=site.cookie()) == 404


def soon(condition, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False
