"""A fictional country in the producers' official formats, to show and to test with.

Same formats, orders of magnitude and traps as the real open files; no real value of any region.
Two calls give the same bytes (with the same versions of numpy, pyarrow and zlib).

What is inside, and where it is decided:

- ``A{YYYYMM}_fictif.csv.gz``: 36 processing months of Open DAMIR (`damir`, `codes`, `layout`);
- ``OPEN_MEDIC_{YYYY}_fictif.CSV``: three years of Open Medic (`open_medic`);
- ``population_region_sexe_age_fin_{YYYY}_fictif.csv``: four INSEE sheets (`population`);
- the expected money of each act code, region and month of care (`economy`);
- constants, tables and the planted truths (`parameters`).

Planted truths: ``parameters.PLANTED`` is the only place for effects put in on purpose, so that
an analysis can be judged on what it finds. Today it holds one: in the area cnam 93, for care
given from April 2025 on, 4 % fewer taxi trips than without it. To plant another one, add a line:
act codes, area, first month of care, factor on acts, factor on price, reason.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from indicators.synthetic import damir, economy, open_medic, parameters, population

__all__ = ["count", "write"]

WORKERS = 2


def write(folder: Path, progress: Callable[[str, int, int], None] | None = None) -> list[Path]:
    """Write all files of the fictional country into a folder and give back their paths.

    The folder is made when it is missing; files of the same name are replaced. `progress`, when
    given, is called after each file with its name, the number of files done and their total.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    economy.build()
    steps = _steps(folder)
    paths = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for path in pool.map(lambda step: step(), steps):
            paths.append(path)
            if progress:
                progress(path.name, len(paths), len(steps))
    return paths


def count() -> int:
    """How many files `write` makes."""
    return len(_steps(Path()))


def _steps(folder: Path) -> list[Callable[[], Path]]:
    return [
        *(partial(population.write, folder, year) for year in parameters.POPULATION_YEARS),
        *(partial(open_medic.write, folder, year) for year in parameters.OPEN_MEDIC_YEARS),
        *(partial(damir.write, folder, month) for month in parameters.FLUX_MONTHS),
    ]
