"""The population that standardised rates are weighed by, joined by sex and age band, never by position.

INSEE, population estimates by sex and age group, metropolitan France and overseas départements,
1 January 2025 (provisional), 68,605,616 inhabitants.
"""

import csv
from functools import cache
from pathlib import Path

from indicators import bands

TABLE = Path(__file__).parent / "nomenclatures" / "reference_populations.csv"
NAME = "insee_2025"


@cache
def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["name"] == NAME]


def ages() -> list[str]:
    """The age bands of the table."""
    return list(dict.fromkeys(row["age_band"] for row in _rows()))


def people(sex: str, band: str) -> int:
    """The inhabitants of one sex whose band lies in a wider one.

    >>> people("1", "60+")
    8571403
    """
    own = [row for row in _rows() if row["sex"] == sex and bands.within(row["age_band"], band)]
    return sum(int(row["population"]) for row in own)
