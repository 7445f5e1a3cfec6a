"""Constants and tables of the fictional country: what is true there, and since when.

The tables are CSV files of the folder ``tables``, one idea a file:

- ``posts.csv``: one reimbursed act code a line, with its national amount (million EUR
  reimbursed in the processing month 202501), reimbursed EUR per act, yearly growth of the
  amount and of the unit cost, and the names of its profiles;
- ``kinds.csv``: who carries out the act, and the codes that go with it;
- ``delays.csv``, ``seasons.csv``, ``ages.csv``: the profiles named by the posts;
- ``regions.csv``: levels per inhabitant (1 = national) and their yearly drift;
- ``population.csv``: inhabitants in thousands at the end of 2024;
- ``atc1.csv``, ``medicines.csv``, ``atc_labels.csv``, ``prescribers.csv``: Open Medic.

The amounts of 69 act codes, the total of the month and the shares by care month are public
totals of Open DAMIR A202501 (CNAM); the amounts, boxes, ages, sexes and prescribers of
medicines are public totals of Open Medic 2025 (CNAM); the populations are rounded from INSEE
estimates at the end of 2024. Everything else, and above all every level and drift by region,
is invented.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

SEED = 20260101
TABLES = Path(__file__).parent / "tables"

FLUX_MONTHS = [year * 100 + month for year in (2023, 2024, 2025) for month in range(1, 13)]
CARE_MONTHS = [year * 100 + month for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]
REFERENCE_MONTH = 202501
OPEN_MEDIC_YEARS = [2023, 2024, 2025]
POPULATION_YEARS = [2021, 2022, 2023, 2024]

REGIONS = ["11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "5"]
APART = ("4225",)  # posts whose lines are drawn on their own: changing their volume moves no other line
UNKNOWN = 99
AGES = [0, 20, 30, 40, 50, 60, 70, 80, 99]
UNKNOWN_AGE_SHARE = 0.0012  # of the amount; A202501: 15.7 of 13,342 million EUR
UNKNOWN_RESIDENCE_SHARE = 0.039  # of the amount outside sick pay; A202501: 454 of 11,500

# National inhabitants of 2024 inside the five INSEE age groups: the share of each DAMIR band.
# Source: INSEE, million people: 7.852 / 8.370, 8.510 / 8.926, 8.240 / 6.826 / 4.152.
BAND_SHARES = {
    0: ("0", 1.0),
    20: ("20", 0.484),
    30: ("20", 0.516),
    40: ("40", 0.488),
    50: ("40", 0.512),
    60: ("60", 0.692),
    70: ("60", 0.308),
    80: ("75", 0.568),
}
SEVENTIES_FROM_75 = 0.432  # the people of 75 to 79 in the INSEE group "75 and more"

# Weekdays that are public holidays in France (the working days of a month move its amounts).
HOLIDAYS = [
    *("2022-04-18", "2022-05-26", "2022-06-06", "2022-07-14", "2022-08-15", "2022-11-01"),
    *("2022-11-11", "2023-04-10", "2023-05-01", "2023-05-08", "2023-05-18", "2023-05-29"),
    *("2023-07-14", "2023-08-15", "2023-11-01", "2023-12-25", "2024-01-01", "2024-04-01"),
    *("2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20", "2024-08-15", "2024-11-01"),
    *("2024-11-11", "2024-12-25", "2025-01-01", "2025-04-21", "2025-05-01", "2025-05-08"),
    *("2025-05-29", "2025-06-09", "2025-07-14", "2025-08-15", "2025-11-11", "2025-12-25"),
]


class Change(NamedTuple):
    """A change of the acts or of their price, for care given from the month `since` on."""

    codes: tuple[str, ...]
    region: str  # a cnam code, or "" for the whole country
    since: int
    acts: float  # multiplies the number of acts (and so the amount)
    price: float  # multiplies the unit cost (and so the amount)
    why: str


# Rules that changed for everybody (public facts, rounded).
NATIONAL_CHANGES = [
    Change(
        ("1971", "1972", "1973", "1974", "1975", "1976", "1951", "1952"),
        *("", 202404, 1.0, 2.0, "franchises et participations doublées au 31 mars 2024"),
    ),
    Change(("1110", "1109"), "", 202501, 1.0, 1.12, "consultation à 30 EUR, fin décembre 2024"),
    Change(("6111", "6112"), "", 202504, 1.0, 0.97, "plafond des IJ à 1,4 Smic, avril 2025"),
]

# Truths planted on purpose: the effect an analysis should find back. One line, one effect.
PLANTED = [
    Change(
        ("4214", "4210", "4218"),
        *("93", 202504, 0.96, 1.0, "action transports : 4 % de trajets en taxi en moins"),
    ),
]

# Steady differences of the unit cost and of the monthly activity between regions: 1 sd.
UNIT_COST_SPREAD = 0.03
MONTHLY_SPREAD = 0.012
LINE_SPREAD = 0.08  # unit cost, from one line to the next


def table(name: str) -> pd.DataFrame:
    """Give back one table of the folder ``tables``; codes stay text."""
    codes = {"code": str, "region": str, "cnam": str, "atc": str, "prescriber": str}
    return pd.read_csv(TABLES / f"{name}.csv", dtype=codes)


def profiles(name: str, wanted: pd.Series) -> np.ndarray:
    """Give back the lines of a profile table in the order of `wanted`, as numbers.

    Raises KeyError when a wanted profile is not in the table.
    """
    return table(name).set_index("profile").loc[list(wanted)].to_numpy(dtype=float)


def generator(*key: int) -> np.random.Generator:
    """Give back the random numbers of one purpose: the same key, the same numbers."""
    return np.random.default_rng([SEED, *key])
