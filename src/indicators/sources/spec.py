"""What the catalogue and the engine must know of a source, without reading any of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """A family of raw files from one provider.

    `sums` are the columns that a measure may add up, `codes` those that it may filter on
    (with the groups' column name where it differs), `places` the columns that locate a row.
    `grain` is the period of one file; a stock (population) is a level at the start of its period,
    a flow (spending) adds up over periods. `unknown` are the codes of an unknown place, all counted
    as 99; `derived` names amounts taken only where another column is neither empty nor zero;
    `filtered` names sums that count twice unless another column is kept to some codes.
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
    unknown: tuple[str, ...] = ("99",)
    derived: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    filtered: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels at which its sums exist: its own and those above."""
        return (self.level, "fra") if self.level == "cnam" else (self.level, "cnam", "fra")

    @property
    def summed(self) -> tuple[str, ...]:
        """All that a measure may add up."""
        return (*self.sums, *self.derived)
