"""What several test files need: tiny raw files, the real public files when they are there, the fictional country."""

import gzip
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from indicators.sources import insee_population, open_damir

pytest_plugins = ["injections", "reliability"]
ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
NO_BROWSER = "Chromium is not installed: install it (Debian: apt install chromium) to run the tests of the pages"
browser_needed = pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
REAL = Path(os.environ.get("ONDAM_REAL_FILES", ROOT.parent / "shared" / "realdata"))

PLAIN_LINE = dict.fromkeys(open_damir.CORE, "0") | {
    "FLX_ANN_MOI": "202501", "SOI_ANN": "2025", "SOI_MOI": "01", "BEN_RES_REG": "93", "ORG_CLE_REG": "93",
    "AGE_BEN_SNDS": "70", "BEN_SEX_COD": "1", "PRS_NAT": "4214", "ETP_CAT_SNDS": "9999", "ASU_NAT": "10",
    "PSP_STJ_SNDS": "2", "TOP_PS5_TRG": "1", "ETB_DCS_MCO": "Z", "": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium():
    """A real headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def real() -> Path:
    """The folder of real public files; the test is skipped, visibly, where it is absent."""
    if not REAL.is_dir():
        pytest.skip("real public files are not on this machine: set ONDAM_REAL_FILES to their folder to run this test")
    return REAL


@pytest.fixture
def damir(tmp_path):
    """A function that writes an Open DAMIR month from partial lines: `damir(lines, header=..., name=...)`."""

    def write(lines: list[dict], header=open_damir.HEADERS[2], name: str = "A202501.csv.gz") -> Path:
        rows = [";".join(header), *(";".join({**PLAIN_LINE, **line}[column] for column in header) for line in lines)]
        content = ("\n".join(rows) + "\n").encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return write


def population_sheet(sizes: dict[str, int]) -> str:
    """An INSEE sheet whose regions have `sizes` inhabitants in each sex and age, every total right."""
    from indicators import territories

    regions = [(t.label["fr"], sizes.get(t.code, 100)) for t in territories.of_level("reg")]
    rows = [";".join(insee_population.HEADER), ";" + ";".join([*insee_population.BANDS] * 3)]

    def row(name: str, size: int) -> str:
        both, one = [2 * size] * 5 + [10 * size], [size] * 5 + [5 * size]
        return ";".join([name, *(f"{n:,}".replace(",", " ") for n in both + one + one)])

    rows += [row(name, size) for name, size in regions]
    rows += [row("France métropolitaine et DOM", sum(size for _, size in regions)), ";" * 18]
    return "\ufeff" + "\r\n".join(rows) + "\r\n"


def write_manifest(folder: Path, manifest: dict) -> None:
    """Make a data folder say something else, and sign it: a fault that its seal does not show."""
    from indicators import lake

    (folder / "lake" / lake.MANIFEST).write_text(json.dumps(lake.signed(manifest)), encoding="utf-8")


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder with the hash of its content, lock files apart."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", "lock.pid")
    }


@pytest.fixture(scope="session")
def country(tmp_path_factory) -> Path:
    """The data folder of the fictional country, made once and kept between runs as `ondam demo` keeps it."""
    from filelock import FileLock

    from indicators import demo

    folder = ROOT / "data" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(tmp_path_factory.getbasetemp().parent / "demo.lock"):
        demo.make(folder)
    return folder
