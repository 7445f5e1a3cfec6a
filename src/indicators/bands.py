"""Ages in bands, as each producer cuts them, and the cuts that two producers share."""

import math
from collections.abc import Iterable, Mapping

SEXES = ("1", "2")  # men, women: the same codes in every source; others are unknown


def edges(band: str) -> tuple[int, float]:
    """The first and the last age of a band.

    >>> edges("20-29"), edges("80+")
    ((20, 29), (80, inf))
    """
    first, _, last = band.partition("-")
    return (int(first), int(last)) if last else (int(first.removesuffix("+")), math.inf)


def within(band: str, wider: str) -> bool:
    """Whether a band lies in another."""
    (first, last), (start, end) = edges(band), edges(wider)
    return start <= first and last <= end


def known(ages: Mapping[str, str]) -> dict[str, str]:
    """The codes of ages that are known, each with its band."""
    return {code: band for code, band in ages.items() if band != "?"}


def shared(*families: Iterable[str]) -> list[str]:
    """The finest bands that every family can be added up to.

    >>> shared(["0-19", "20-29", "30-59", "60+"], ["0-19", "20-39", "40-59", "60-74", "75+"])
    ['0-19', '20-59', '60+']
    """
    starts = [{edges(band)[0] for band in family} for family in families]
    common = sorted(set.intersection(*starts))
    ends = [f"-{start - 1}" for start in common[1:]] + ["+"]
    return [f"{start}{end}" for start, end in zip(common, ends, strict=True)]
