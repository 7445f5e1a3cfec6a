"""Periods written as text (`2025`, `2025-Q1`, `2025-01`), placed on one axis of months."""

import re

from indicators.errors import ArgumentError

WRITTEN = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


def last_month(period: str) -> int:
    """The last month of a period, counted from year 0.

    >>> last_month("2025-Q1") == last_month("2025-03") == 2025 * 12 + 2
    True
    """
    match = WRITTEN.fullmatch(str(period))
    if not match:
        raise ArgumentError(f"Période « {period} » : écrire 2025, 2025-Q1 ou 2025-01.")
    year, quarter, month = match.groups()
    return int(year) * 12 + (3 * int(quarter) if quarter else int(month or 12)) - 1


def months_in(period: str) -> int:
    """How many months a period lasts.

    >>> months_in("2025"), months_in("2025-Q1"), months_in("2025-03")
    (12, 3, 1)
    """
    return 12 if len(period) == 4 else 3 if "Q" in period else 1


def year_before(period: str) -> str:
    """The same period of the year before.

    >>> year_before("2025-Q1")
    '2024-Q1'
    """
    return f"{int(period[:4]) - 1:04}{period[4:]}"


def ending(month: int, frequency: str) -> str:
    """The period of a frequency (`month`, `quarter`, `year`) that a month ends, counted from year 0.

    >>> ending(last_month("2025-03"), "quarter")
    '2025-Q1'
    """
    year, rest = divmod(month, 12)
    return {"month": f"{year}-{rest + 1:02}", "quarter": f"{year}-Q{rest // 3 + 1}", "year": f"{year}"}[frequency]
