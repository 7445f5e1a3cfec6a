"""The figures that changed between two publications, and what can have changed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indicators import catalogue, trace
from indicators.catalogue import Catalogue, Indicator
from indicators.errors import LakeError, not_allowed
from indicators.lake import Lake
from indicators.sources import SOURCES

if TYPE_CHECKING:
    import pandas

KEYS = ["indicator_id", "period", "level", "territory"]
COMPARED = ["value", "lower", "upper", "numerator", "denominator", "flag"]
CAUSES = (
    "definition", "program", "corrected_file", "late_claims", "new_file", "removed_file", "population", "flag_only",
    "unknown",
)  # fmt: skip
Account = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """One thing that can have moved a figure; `files` are the raw files behind it."""

    kind: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One figure before and after; a number is None where it was or is withheld or missing."""

    indicator: str
    period: str
    level: str
    territory: str
    old_value: float | None
    old_flag: str
    new_value: float | None
    new_flag: str
    difference: float | None
    relative: float | None  # of the old value
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Revisions:
    """What moved from one publication to another; periods only one of them has are counted apart."""

    old: str
    new: str
    fictional: bool
    compared: int
    changes: tuple[Change, ...]
    new_figures: Mapping[str, int]  # by period
    removed_figures: Mapping[str, int]


def since(folder: Path, vintage: str | None = None, indicator: str | None = None) -> Revisions:
    """The revisions from a publication (by default the one before) to the one in force."""
    opened = Lake(folder)
    current = opened.manifest["publication"]
    if current is None:
        raise LakeError(f"{folder} : aucun indicateur calculé. Lancer « ondam build », ou « ondam demo » pour essayer.")
    old = vintage or current.get("previous")
    if old is None:
        raise LakeError(f"{folder} : une seule version publiée ({current['vintage']}), rien à comparer.")
    if old not in opened.vintages():
        raise LakeError(f"Version : {not_allowed(old, opened.vintages())}")
    definitions = catalogue.load()
    if indicator is not None:
        definitions.indicator(indicator)
    return _between(opened, definitions, old, current["vintage"], indicator)


def _between(opened: Lake, definitions: Catalogue, old: str, new: str, indicator: str | None) -> Revisions:
    tables = [_table(opened, vintage, indicator) for vintage in (old, new)]
    both = tables[0].merge(tables[1], on=KEYS, how="outer", suffixes=("_old", "_new"), indicator=True)
    kept = both[both["_merge"] == "both"]
    moved = kept[_differs(kept)]
    why = _Why(definitions, opened.account(old), opened.account(new))
    changes = sorted((_change(row, why) for row in moved.to_dict("records")), key=_largest_first)
    return Revisions(
        old, new, bool(opened.manifest["fictional"]), len(kept), tuple(changes),
        _periods(both, "right_only"), _periods(both, "left_only"),
    )  # fmt: skip


def _table(opened: Lake, vintage: str, indicator: str | None) -> "pandas.DataFrame":
    import pandas

    table = pandas.read_parquet(opened.path(opened.vintages()[vintage]))[[*KEYS, *COMPARED]]
    table = table if indicator is None else table[table["indicator_id"] == indicator]
    table = table.copy()
    numbers = [name for name in COMPARED if name != "flag"]
    table.loc[table["flag"].isin(trace.HOLES), numbers] = None
    return table


def _differs(rows: "pandas.DataFrame") -> "pandas.Series":
    """Whether a number or the flag is not the same; nothing on both sides is the same."""
    different = rows["flag_old"] != rows["flag_new"]
    for name in COMPARED[:-1]:
        old, new = rows[f"{name}_old"], rows[f"{name}_new"]
        different |= (old != new) & ~(old.isna() & new.isna())
    return different


def _periods(both: "pandas.DataFrame", side: str) -> dict[str, int]:
    return {period: int(n) for period, n in sorted(both.loc[both["_merge"] == side, "period"].value_counts().items())}


def _change(row: Mapping[str, Any], why: "_Why") -> Change:
    old, new = (None if _nothing(value) else float(value) for value in (row["value_old"], row["value_new"]))
    difference = None if old is None or new is None else new - old
    relative = None if difference is None or not old else difference / abs(old)
    return Change(
        *(row[key] for key in KEYS), old, row["flag_old"], new, row["flag_new"], difference, relative, why.of(row)
    )


def _largest_first(change: Change) -> tuple:
    size = -1.0 if change.relative is None else abs(change.relative)
    return -size, change.indicator, change.period, change.level, change.territory


class _Why:
    """What two publications say of themselves, held side by side."""

    def __init__(self, definitions: Catalogue, old: Account, new: Account) -> None:
        self.definitions, self.old, self.new = definitions, old, new
        self.program = (old["code"], old["engine"]) != (new["code"], new["engine"])
        self.known: dict[tuple[str, str, bool], tuple[Cause, ...]] = {}

    def of(self, row: Mapping[str, Any]) -> tuple[Cause, ...]:
        """Every cause that can have acted on a figure."""
        same = all(_same(row[f"{name}_old"], row[f"{name}_new"]) for name in COMPARED[:-1])
        place = row["indicator_id"], row["period"], row["flag_old"] != row["flag_new"]
        if place not in self.known:
            self.known[place] = tuple(self._of_period(*place))
        causes = (*((Cause("flag_only"),) if same else ()), *self.known[place])
        return causes or (Cause("unknown"),)

    def _of_period(self, id: str, period: str, flagged: bool):
        before, after = (account["definitions_by_indicator"].get(id) for account in (self.old, self.new))
        if before != after:
            yield Cause("definition")
        if self.program:
            yield Cause("program")
        entry = self.definitions.indicators.get(id)
        if entry:
            yield from self._files(entry, period, flagged)

    def _files(self, entry: Indicator, period: str, flagged: bool):
        old, new = (trace.keys_read(self.definitions, entry, account, period) for account in (self.old, self.new))
        for source in new:
            if flagged and entry.clock == "care" and not SOURCES[source].stock:
                # the delays of all months decide whether a figure is final
                whole = (sorted(account["parts"].get(source, ())) for account in (self.old, self.new))
                yield from self._of_source(entry, source, *whole)
            else:
                yield from self._of_source(entry, source, old[source], new[source])

    def _of_source(self, entry: Indicator, source: str, old: list[str], new: list[str]):
        before = {key: self.old["parts"][source][key] for key in old}
        after = {key: self.new["parts"][source][key] for key in new}
        replaced = [key for key in after if key in before and after[key]["sha256"] != before[key]["sha256"]]
        added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        if SOURCES[source].stock:
            if replaced or added or removed:
                yield Cause("population", _names(after, [*replaced, *added]) or _names(before, removed))
            return
        late = entry.clock == "care" and SOURCES[source].grain == "month"
        for kind, keys, files in (
            ("corrected_file", replaced, after),
            ("late_claims" if late else "new_file", added, after),
            ("removed_file", removed, before),
        ):
            if keys:
                yield Cause(kind, _names(files, keys))


def _names(parts: Mapping[str, Mapping[str, Any]], keys: list[str]) -> tuple[str, ...]:
    return tuple(parts[key]["file"] for key in keys)


def _same(old: Any, new: Any) -> bool:
    return old == new or (_nothing(old) and _nothing(new))


def _nothing(value: Any) -> bool:
    return value is None or value != value
