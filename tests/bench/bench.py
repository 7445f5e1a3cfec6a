"""`python3 run.py bench`: ratios measured side by side on this machine, in one run. Nothing here is a test.

Quick mode multiplies one fictional month to about 0.6 million lines and takes some minutes; `--full` goes to
5 and 15 million lines. CPU is user + system of a process of its own; the best of three rounds is kept.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="5 et 15 millions de lignes")
    parser.add_argument("--only", choices=["setup", "ingest", "compute", "pages"], help="une seule mesure")
    options = parser.parse_args()
    sizes = [5_000_000, 15_000_000] if options.full else [600_000]
    steps = {
        "setup": set_up,
        "ingest": lambda: [ingest(size) for size in sizes],
        "compute": lambda: [compute(size) for size in sizes],
        "pages": pages,
    }
    for name, step in steps.items():
        if options.only in (None, name):
            step()
    return 0


def say(what: str, **values: object) -> None:
    print(f"{what:44} " + "  ".join(f"{name} {value}" for name, value in values.items()), flush=True)


def measured(*command: str) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory (MiB) of a process; it prints nothing."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"échec : {' '.join(command)}")
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - start,
        "MiB": usage.ru_maxrss / 1024,
    }


def best(*command: str, fresh: Path | None = None) -> dict[str, float]:
    """The round with the least CPU out of three."""
    rounds = []
    for _ in range(ROUNDS):
        if fresh and fresh.exists():
            shutil.rmtree(fresh)
        rounds.append(measured(*command))
    return min(rounds, key=lambda round: round["cpu"])


def compare(what: str, ours: dict[str, float], theirs: dict[str, float]) -> None:
    say(
        what,
        CPU=f"{ours['cpu']:.2f} s contre {theirs['cpu']:.2f} s",
        rapport=f"{ours['cpu'] / theirs['cpu']:.2f}",
        mémoire=f"{ours['MiB']:.0f} contre {theirs['MiB']:.0f} MiB",
    )


def set_up() -> None:
    """`run.py --help` reaches the user at once; a whole installation in an empty clone is timed."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first = measured(str(clone / "run.py"), "demo")
        again = measured(str(clone / "run.py"), "demo")
    say("installation et pays fictif, clone vide", durée=f"{first['wall']:.0f} s", ensuite=f"{again['wall']:.1f} s")


def month(size: int) -> Path:
    """A compressed month of at least `size` lines, made of one fictional month repeated; kept between runs."""
    path = HERE / "results" / f"A202512_fictif_{size}.csv.gz"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        source = ROOT / "data" / "demo" / "incoming" / "A202512_fictif.csv.gz"
        header, body = gzip.decompress(source.read_bytes()).split(b"\n", 1)
        with gzip.open(path.with_suffix(".tmp"), "wb", compresslevel=4) as file:
            file.write(header + b"\n")
            for _ in range(-(-size // body.count(b"\n"))):
                file.write(body)
        os.replace(path.with_suffix(".tmp"), path)
    return path


def ingest(size: int) -> None:
    """Our ingest, whole and without the verification, against a hand-written COPY of the same file."""
    path, folder = month(size), HERE / "results" / "lake"
    ours = best(str(HERE / "jobs.py"), "ingest", str(path), str(folder), fresh=folder)
    check = best(str(HERE / "jobs.py"), "verify", str(path))
    theirs = best(str(HERE / "jobs.py"), "copy", str(path), str(HERE / "results" / "copy.parquet"))
    compare(f"ingest de {size:,} lignes", ours, theirs)
    say("  dont vérification (CRC, SHA-256, lignes)", CPU=f"{check['cpu']:.2f} s")
    apart = {**ours, "cpu": ours["cpu"] - check["cpu"] + _start()}
    compare("  vérification à part", apart, theirs)


def compute(size: int) -> None:
    """All measures of Open DAMIR in one pass, against the same sums written by hand in SQL."""
    path, folder = month(size), HERE / "results" / "lake"
    if not (folder / "lake").is_dir():
        measured(str(HERE / "jobs.py"), "ingest", str(path), str(folder))
    part = next((folder / "lake" / "detail").rglob("*.parquet"))
    ours = best(str(HERE / "jobs.py"), "facts", str(part))
    theirs = best(str(HERE / "jobs.py"), "sql", str(part))
    one_by_one = best(str(HERE / "jobs.py"), "each", str(part))
    compare(f"mesures de {size:,} lignes, contre SQL à la main", ours, theirs)
    compare("  contre une requête par mesure", ours, one_by_one)


def _start() -> float:
    """CPU of importing what every job imports."""
    return best(str(HERE / "jobs.py"), "nothing")["cpu"]


def pages() -> None:
    """First and later visits of each page in a real browser, from navigation to everything drawn."""
    run = subprocess.run([sys.executable, str(HERE / "visits.py")], capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        sys.exit(run.stderr)
    for row in json.loads(run.stdout):
        say(f"page {row['page']}", **{key: value for key, value in row.items() if key != "page"})


if __name__ == "__main__":
    sys.exit(main())
