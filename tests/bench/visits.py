"""Visits of every page in a real Chromium with a profile of its own; one JSON list on standard output."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from pages_site import free_port  # noqa: E402

from indicators.present.page import PAGES  # noqa: E402

TOKEN = "a-token-for-the-bench-only"
LATER = 7
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    browser = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if browser is None:
        sys.exit("Chromium manque : python3 run.py test l’installe là où c’est permis.")
    port = free_port()
    environment = dict(os.environ, ONDAM_TOKEN=TOKEN)
    command = [
        sys.executable,
        "-m",
        "indicators.cli",
        "serve",
        "--port",
        str(port),
        "--data",
        str(ROOT / "data" / "demo"),
    ]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()
        time.sleep(10)  # the pool of warm kernels fills
        print(json.dumps(_visits(browser, f"http://127.0.0.1:{port}")))
    finally:
        server.terminate()
        server.wait(30)


def _visits(browser: str, address: str) -> list[dict]:
    from playwright.sync_api import sync_playwright

    rows = []
    with sync_playwright() as play, tempfile.TemporaryDirectory() as profile:
        context = play.chromium.launch_persistent_context(profile, executable_path=browser, args=FLAGS)
        page = context.new_page()
        page.goto(f"{address}/?token={TOKEN}")
        for entry in PAGES:
            times = []
            for _ in range(1 + LATER):
                times.append(_visit(page, f"{address}/{entry.address}"))
                page.goto("about:blank")
                time.sleep(3)  # the pool refills
            rows.append(
                {
                    "page": entry.address,
                    "première": f"{times[0]:.2f} s",
                    "ensuite": f"{statistics.median(times[1:]):.2f} s",
                    "pire": f"{max(times[1:]):.2f} s",
                }
            )
        context.close()
    return rows


def _visit(page, url: str) -> float:
    """Seconds from navigation to every chart drawn, as the page itself measures them."""
    page.goto(url)
    page.wait_for_selector("[data-drawn]", state="attached", timeout=60_000)
    return page.evaluate("performance.getEntriesByName('board-drawn').at(-1).startTime") / 1000


if __name__ == "__main__":
    main()
