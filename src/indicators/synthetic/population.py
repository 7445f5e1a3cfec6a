"""The fictional inhabitants, as the INSEE sheet "region x sex x age" and as arrays."""

from pathlib import Path

import numpy as np
import pandas as pd

from indicators.synthetic import parameters

GROUPS = ["0", "20", "40", "60", "75"]
LABELS = ["0 à 19 ans", "20 à 39 ans", "40 à 59 ans", "60 à 74 ans", "75 ans et plus", "Total"]
YEARLY_GROWTH = np.array([-0.007, 0.001, -0.002, 0.004, 0.022])
OVERSEAS = "5"


def people(year: int) -> pd.DataFrame:
    """Inhabitants at the end of `year`, one line a region, columns ``men_0`` to ``women_75``."""
    base = parameters.table("population").set_index(["region", "cnam"])
    rng = parameters.generator(1)
    wobble = rng.uniform(-0.004, 0.004, base.shape)
    trend = (1 + np.tile(YEARLY_GROWTH, 2)) ** (year - 2024)
    return (base * 1000 * (1 + wobble) * trend).round().astype(int)


def by_band(year: int) -> np.ndarray:
    """Inhabitants by cnam area, DAMIR age band (8) and sex (men, women)."""
    areas = people(year).groupby("cnam").sum().loc[parameters.REGIONS]
    sexes = [_bands(areas, sex) for sex in ("men", "women")]
    return np.stack(sexes, axis=2)


def _bands(areas: pd.DataFrame, sex: str) -> np.ndarray:
    shares = parameters.BAND_SHARES.values()
    bands = np.stack([areas[f"{sex}_{group}"] * share for group, share in shares], axis=1)
    bands[:, 6] += areas[f"{sex}_75"].to_numpy() * parameters.SEVENTIES_FROM_75
    return bands


def _totals(groups: pd.DataFrame) -> np.ndarray:
    """The 18 numbers of a line: five ages and their total for all, men and women."""
    men = groups[[f"men_{group}" for group in GROUPS]].to_numpy()
    women = groups[[f"women_{group}" for group in GROUPS]].to_numpy()
    blocks = [np.column_stack([part, part.sum(axis=1)]) for part in (men + women, men, women)]
    return np.hstack(blocks)


def _line(name: str, numbers: np.ndarray) -> str:
    return ";".join([name, *(f"{number:,}".replace(",", " ") for number in numbers)])


def sheet(year: int) -> str:
    """The text of one INSEE sheet: two header lines, subtotals, two empty last lines."""
    groups = people(year)
    overseas = groups.index.get_level_values("cnam") == OVERSEAS
    names, numbers = groups.index.get_level_values("region"), _totals(groups)
    lines = ["Régions;Ensemble;;;;;;Hommes;;;;;;Femmes;;;;;", ";" + ";".join(LABELS * 3)]
    lines += [_line(*pair) for pair in zip(names[~overseas], numbers[~overseas], strict=True)]
    lines += [_line("France métropolitaine", numbers[~overseas].sum(axis=0))]
    lines += [_line(*pair) for pair in zip(names[overseas], numbers[overseas], strict=True)]
    lines += [_line("DOM", numbers[overseas].sum(axis=0))]
    lines += [_line("France métropolitaine et DOM", numbers.sum(axis=0)), ";" * 18, ";" * 18]
    return "\r\n".join(lines) + "\r\n"


def write(folder: Path, year: int) -> Path:
    """Write the sheet of one year (UTF-8 with BOM, CRLF) and give back its path."""
    path = folder / f"population_region_sexe_age_fin_{year}_fictif.csv"
    path.write_bytes(sheet(year).encode("utf-8-sig"))
    return path
