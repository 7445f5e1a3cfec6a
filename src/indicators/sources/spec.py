"""What the catalogue and the engine must know of a source, without reading any of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """A family of raw files from one provider.

    `sums` are the columns that a measure may add up, `codes` those that it may filter on
    (with the groups' column name where it differs), `places` the columns that locate a row.
    `grain` is the period of one file; a stock (population) is a level at the start of its period,
    a flow (spending) adds up over periods.
    """

    name: str
    label: Mapping[str, str]
    provider: str
    grain: str  # month | year
    stock: bool
    level: str
    sums: tuple[str, ...]
    codes: tuple[str, ...]
    places: Mapping[str, str]
    age: str
    sex: str
    delay: Mapping[str, str]
    ages: Mapping[str, str] = field(default_factory=dict)
