"""Clean files of the three sources, a data folder in a known state, and the contract of a refusal."""

import gzip
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import PLAIN_LINE, fingerprint, population_sheet

from indicators import cli, docs, lake
from indicators.sources import open_damir, open_medic

SEED = 20261122
TODO = re.compile(
    r"télécharger|Demander|Reprendre|Redonner|Vérifier|Chercher|Attendu|Pour remplacer|déclarer|Ne pas |Refaire"
    r"|Relancer|Libérer|Attendre|Écrire|Donner"
)
DATE = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Stopped(datetime):
    """A clock that does not move, so that two runs can be compared byte for byte."""

    @classmethod
    def now(cls, tz=None):
        return DATE


def damir_text(month: str, lines: int = 600, seed: int = SEED) -> bytes:
    """An Open DAMIR month of varied lines, the header last changed in 2024."""
    pick, header = random.Random(f"{seed}{month}"), open_damir.HEADERS[2]

    def line() -> str:
        acts = pick.randint(1, 60)
        values = PLAIN_LINE | {
            "FLX_ANN_MOI": month, "SOI_ANN": month[:4], "SOI_MOI": month[4:], "FLT_ACT_QTE": str(acts),
            "PRS_NAT": pick.choice(["4213", "4214", "6111", "3313"]), "BEN_RES_REG": pick.choice(["11", "76", "93"]),
            "FLT_REM_MNT": f"{acts * pick.randint(500, 9000) / 100:.2f}", "FLT_ACT_NBR": str(acts),
        }  # fmt: skip
        return ";".join(values[column] for column in header)

    return ("\n".join([";".join(header), *(line() for _ in range(lines))]) + "\n").encode()


def medic_text(year: str, lines: int = 600) -> bytes:
    """An Open Medic year of varied lines, accents in latin-1 and decimal commas."""
    pick = random.Random(f"{SEED}{year}")

    def line() -> str:
        codes = pick.choice(["A;L;A02;L;A02B;L;A02BC;IPP;A02BC01;Oméprazole", "C;L;C10;L;C10A;L;C10AA;L;C10AA05;L"])
        rest = f"{pick.choice([0, 20, 60])};{pick.choice([1, 2])};93;1;{pick.randint(1, 90)}"
        return f"{codes};34009{pick.randint(10**7, 10**8 - 1)};É 20 mg;1;12;{rest};{pick.randint(1, 99)},06;150,47"

    return ("\r\n".join([";".join(open_medic.HEADER), *(line() for _ in range(lines))]) + "\r\n").encode("latin-1")


def sheet(size: int = 1000) -> bytes:
    return population_sheet({"93": size, "11": 3 * size}).encode()


PLAIN = {
    "damir": ("A202502.csv", damir_text("202502")),
    "medic": ("OPEN_MEDIC_2024.CSV", medic_text("2024")),
    "population": ("population_region_sexe_age_fin_2023.csv", sheet()),
}
PACKED = {f"{kind}.gz": (f"{PLAIN[kind][0]}.gz", gzip.compress(PLAIN[kind][1], mtime=0)) for kind in ("damir", "medic")}
CLEAN = PLAIN | PACKED


def places(label: object, first: int, last: int, count: int = 20) -> list[int]:
    """Positions drawn once and for all for a test."""
    return sorted(random.Random(f"{SEED}{label}").sample(range(first, last), count))


def repack(content: bytes, level: int = 6) -> bytes:
    return gzip.compress(content, level, mtime=0)


def change_line(content: bytes, number: int, change) -> bytes:
    """The content with one line (counted from 1) replaced by `change(line)`."""
    lines = content.split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    return b"\n".join(lines)


def change_cell(content: bytes, number: int, column: str, value: bytes) -> bytes:
    place = [name.upper() for name in content.split(b"\n")[0].decode("latin-1").strip().split(";")].index(column)

    def change(line: bytes) -> bytes:
        end = b"\r" if line.endswith(b"\r") else b""
        cells = line.removesuffix(b"\r").split(b";")
        cells[place] = value
        return b";".join(cells) + end

    return change_line(content, number, change)


class Workbench:
    """The command line at work on one data folder."""

    def __init__(self, folder: Path, incoming: Path, capsys) -> None:
        self.folder, self.incoming, self.capsys = folder, incoming, capsys

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """The exit code of `ondam …` and all that it said."""
        self.capsys.readouterr()
        code = cli.main([*map(str, arguments), "--data", str(self.folder)])
        return code, "".join(self.capsys.readouterr())

    def give(self, name: str, content: bytes) -> Path:
        path = self.incoming / name
        path.write_bytes(content)
        return path

    def refused(self, name: str, content: bytes, *words: str) -> str:
        """Give a faulty file and check the whole contract of a refusal; the message comes back."""
        before = fingerprint(self.folder)
        code, said = self.run("ingest", self.give(name, content))
        assert code == 1, said
        assert fingerprint(self.folder) == before
        assert [word for word in (name, "Rien n’a été écrit", *words) if word not in said] == [], said
        assert TODO.search(said), said
        assert "Traceback" not in said
        return said

    def repaired(self, kind: str, expected: dict[str, str]) -> None:
        """Give the clean file after a refusal: the folder is the one of a run without a fault."""
        code, said = self.run("ingest", self.give(*CLEAN[kind]))
        assert code == 0, said
        assert fingerprint(self.folder) == expected


@pytest.fixture
def still(monkeypatch):
    """Time stands still in the data folder."""
    monkeypatch.setattr(lake, "datetime", Stopped)


@pytest.fixture(scope="session")
def start(tmp_path_factory) -> Path:
    """A data folder with a month, a year and a population, computed: the state before each fault."""
    from filelock import FileLock

    shared = tmp_path_factory.getbasetemp().parent / "start-of-faults"  # made once for all workers
    with FileLock(f"{shared}.lock"), pytest.MonkeyPatch.context() as patched:
        patched.setattr(lake, "datetime", Stopped)
        if not (shared / "done").exists():
            shutil.rmtree(shared, ignore_errors=True)
            _make(shared)
            (shared / "done").touch()
    return shared / "data"


def _make(shared: Path) -> None:
    files = {
        "A202501.csv.gz": repack(damir_text("202501")),
        "OPEN_MEDIC_2023.CSV": medic_text("2023"),
        "population_region_sexe_age_fin_2022.csv": sheet(900),
    }
    shared.mkdir()
    for name, content in files.items():
        (shared / name).write_bytes(content)
        assert cli.main(["ingest", str(shared / name), "--data", str(shared / "data")]) == 0
    assert cli.main(["build", "--data", str(shared / "data")]) == 0


@pytest.fixture
def bench(start, still, tmp_path, capsys, monkeypatch) -> Workbench:
    """A copy of the starting folder, ready to receive a faulty file."""
    monkeypatch.setattr(docs, "FOLDER", tmp_path / "none")  # `ondam check` makes every sheet again: not here
    (tmp_path / "given").mkdir()
    shutil.copytree(start, tmp_path / "data")
    return Workbench(tmp_path / "data", tmp_path / "given", capsys)


@pytest.fixture(scope="session")
def after(start, tmp_path_factory):
    """A function that gives the folder after a run without a fault, by kind of file."""
    known: dict[str, dict[str, str]] = {}

    def clean(kind: str) -> dict[str, str]:
        if kind not in known:
            folder = tmp_path_factory.mktemp("clean") / "data"
            shutil.copytree(start, folder)
            name, content = CLEAN[kind]
            (folder.parent / name).write_bytes(content)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(lake, "datetime", Stopped)
                assert cli.main(["ingest", str(folder.parent / name), "--data", str(folder)]) == 0
            known[kind] = fingerprint(folder)
        return known[kind]

    return clean
