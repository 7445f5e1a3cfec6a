"""`python3 run.py bench`: ratios measured side by side on this machine, in one run. Nothing here is a test.

Quick mode reads a month of 0.6 million lines and takes some minutes; `--full` goes to 5 and 15 million lines, and
takes about an hour on two cores. CPU is user + system of a process of its own; the best of three rounds is kept.
Each line ends with the bar that it is held to, where there is one.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import months

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ROUNDS = 3
MEMORY = "650MB"  # what our ingest gives to the engine
FITS_PANDAS = 10_000_000  # lines whose decimals fit in 24 GiB as Python objects


RESULTS = HERE / "results"


def main() -> int:
    global ROUNDS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="5 et 15 millions de lignes")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="essais, dont le meilleur est gardé")
    parser.add_argument("--only", choices=["setup", "ingest", "compute", "month", "serving", "methods", "pages"])
    options = parser.parse_args()
    ROUNDS = options.rounds
    sizes = [5_000_000, 15_000_000] if options.full else [600_000]
    steps = {
        "setup": set_up,
        "ingest": lambda: [ingest(size) for size in sizes],
        "compute": lambda: [compute(size) for size in sizes],
        "month": one_more_month,
        "serving": serving,
        "methods": methods,
        "pages": pages,
    }
    for name, step in steps.items():
        if options.only in (None, name):
            step()
    return 0


def say(what: str, **values: object) -> None:
    print(f"{what:48} " + "  ".join(f"{name} {value}" for name, value in values.items()), flush=True)


def measured(*command: str) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory (MiB) of a process, and what it measured itself."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    if status:
        sys.exit(f"échec : {' '.join(command)}")
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - start,
        "MiB": usage.ru_maxrss / 1024,
        **(json.loads(said) if said.startswith(b"{") else {}),
    }


def job(*command: object, fresh: Path | None = None) -> dict[str, float]:
    """One job in a process of its own."""
    if fresh:
        shutil.rmtree(fresh, ignore_errors=True)
    return measured(str(HERE / "jobs.py"), *map(str, command))


def side_by_side(**jobs: Callable[[], dict[str, float]]) -> dict[str, dict[str, float]]:
    """The best round of each job; they take turns, since the machine may be slower from one minute to the next."""
    found = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, run in jobs.items():
            found[name].append(run())
    return {name: min(rounds, key=lambda round: round.get("warm", round["cpu"])) for name, rounds in found.items()}


def ratio(what: str, ours: float, theirs: float, unit: str, bar: str = "") -> None:
    values = {"nous": f"{ours:.2f} {unit}", "eux": f"{theirs:.2f} {unit}", "rapport": f"{ours / theirs:.2f}"}
    say(what, **values, **({"barre": bar} if bar else {}))


def set_up() -> None:
    """`run.py --help` reaches the user at once; a whole installation in an empty clone is timed."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first = measured(str(clone / "run.py"), "demo")
        again = measured(str(clone / "run.py"), "demo")
    say("installation et pays fictif, clone vide", durée=f"{first['wall']:.0f} s", ensuite=f"{again['wall']:.1f} s")


def ingest(size: int) -> None:
    """Our ingest, whole and without the verification, against a hand-written COPY of the same file."""
    path, folder, alone = months.month(size), RESULTS / "lake", RESULTS / "facts"
    found = side_by_side(
        ours=lambda: job("ingest", path, folder, fresh=folder),
        theirs=lambda: job("copy", path, RESULTS / "copy.parquet"),
        narrow=lambda: job("copy", path, RESULTS / "copy.parquet", MEMORY),
        check=lambda: job("verify", path),
        start=lambda: job("nothing"),
        straight=lambda: job("facts_only", path, alone, fresh=alone),
    )
    ours, theirs, straight, narrow = (found[name] for name in ("ours", "theirs", "straight", "narrow"))
    check = found["check"]["cpu"] - found["start"]["cpu"]
    name = f"ingest de {size:,} lignes".replace(",", " ")
    ratio(f"{name} contre COPY, CPU", ours["cpu"] - check, theirs["cpu"], "s", "1,10 (vérification à part)")
    ratio("  contre COPY dans la même mémoire, CPU", ours["cpu"] - check, narrow["cpu"], "s", "1,10")
    say("  vérification (CRC, SHA-256, lignes, texte)", CPU=f"{check:.2f} s")
    ratio("  vérification comprise, CPU", ours["cpu"], theirs["cpu"], "s")
    ratio("  mémoire", ours["MiB"], theirs["MiB"], "MiB", "800 MiB")
    ratio("  mémoire, COPY dans la même mémoire", ours["MiB"], narrow["MiB"], "MiB")
    ratio("  sans garder le détail (faits compris), CPU", straight["cpu"], theirs["cpu"], "s")


def compute(size: int) -> None:
    """All measures of Open DAMIR in one pass, against the same sums written by hand."""
    path, folder, out = months.month(size), RESULTS / "lake", RESULTS / "out.parquet"
    shutil.rmtree(folder, ignore_errors=True)
    job("ingest", path, folder)
    part = next((folder / "lake" / "detail").rglob("*.parquet"))
    found = side_by_side(
        ours=lambda: job("facts", out, part),
        hand=lambda: job("sql", out, part),
        each=lambda: job("each", out, part),
        once=lambda: job("once", out, part),
    )
    ours, hand, each, once = (found[name] for name in ("ours", "hand", "each", "once"))
    four = job("facts", out, *[part] * 4)
    name = f"mesures de {size:,} lignes".replace(",", " ")
    ratio(f"{name}, contre SQL à la main, CPU à chaud", ours["warm"], hand["warm"], "s", "1,15")
    ratio("  contre une requête par indicateur, CPU à chaud", ours["warm"], each["warm"], "s", "0,75")
    ratio("  mémoire, quatre fois plus de lignes", four["MiB"], ours["MiB"], "MiB", "1,10")
    columns = job("pandas_columns", part)
    ratio("  contre pandas, colonnes utiles seules, CPU", once["cpu"], columns["cpu"], "s")
    ratio("  contre pandas, colonnes utiles seules, mémoire", once["MiB"], columns["MiB"], "MiB")
    naive_pandas(part, size)


def naive_pandas(part: Path, size: int) -> None:
    """Against pandas on the whole file, of which no more is taken than fits in this memory."""
    if size > FITS_PANDAS:
        job("thinned", part, FITS_PANDAS / size, RESULTS / "thinned.parquet")
        part, size = RESULTS / "thinned.parquet", FITS_PANDAS
    once, theirs = job("once", RESULTS / "out.parquet", part), job("pandas_whole", part)
    lines = f"{size:,}".replace(",", " ")
    ratio(f"  contre pandas naïf, {lines} lignes, CPU", once["cpu"], theirs["cpu"], "s", "1/15 = 0,067")
    ratio(f"  contre pandas naïf, {lines} lignes, mémoire", once["MiB"], theirs["MiB"], "MiB", "1/40 = 0,025")


def one_more_month() -> None:
    """Reading and computing one more month of the fictional country after one year, and after three."""
    given = sorted((ROOT / "data" / "demo" / "incoming").glob("*"))
    monthly = [path for path in given if path.name.startswith("A")]
    others = [path for path in given if path not in monthly]
    costs = {}
    for count in (12, len(monthly) - 1):
        folder = RESULTS / f"months{count}"
        shutil.rmtree(folder, ignore_errors=True)
        before = monthly[-1 - count : -1]
        whole = measured(str(HERE / "jobs.py"), "history", str(folder), *map(str, [*others, *before]))
        costs[count] = measured(str(HERE / "jobs.py"), "history", str(folder), str(monthly[-1]))
        say(f"un mois de plus après {count} mois", CPU=f"{costs[count]['cpu']:.2f} s", tout=f"{whole['cpu']:.2f} s")
    short, long = costs.values()
    ratio("  histoire trois fois plus longue, CPU", long["cpu"], short["cpu"], "s")


def serving() -> None:
    """The questions that pages ask of ten years."""
    with tempfile.TemporaryDirectory() as folder:
        found = job("serving", ROOT / "data" / "demo", folder)
    say("table de service, dix ans", lignes=f"{found['facts rows']:,}".replace(",", " "), barre="2 millions")
    for name in ("facts", "read", "first question", "later"):
        words = {"facts": "sommes d’une mesure", "read": "lecture de la table publiée"}
        words |= {"first question": "première question d’une page", "later": "questions suivantes"}
        say(f"  {words[name]}", médiane=f"{found[name]['p50']} ms", p95=f"{found[name]['p95']} ms", barre="50 ms")


def methods() -> None:
    """The methods with a closed form on a hundred thousand units."""
    for name, seconds in measured(str(HERE / "methods.py")).items():
        if name not in ("cpu", "wall", "MiB"):
            say(f"100 000 unités, {name}", durée=f"{seconds:.2f} s", barre="1 s")


def pages() -> None:
    """First and later visits of each page in a real browser, from navigation to everything drawn."""
    run = subprocess.run([sys.executable, str(HERE / "visits.py")], capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        sys.exit(run.stderr)
    for row in json.loads(run.stdout):
        say(f"page {row['page']}", **{key: value for key, value in row.items() if key != "page"})


if __name__ == "__main__":
    sys.exit(main())
