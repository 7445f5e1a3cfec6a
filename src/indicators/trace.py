"""Where a published figure comes from, and whether the detail still gives it, to the last bit.

The facts are not read: sums are made again from the detail files, which are held against their hashes.
A withheld or missing figure gives no number, nor any part of one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from indicators import catalogue, lake, publication, territories
from indicators.catalogue import MONTHS, Catalogue, Indicator, Measure, Text
from indicators.errors import ArgumentError, LakeError, not_allowed
from indicators.facts import period_of
from indicators.lake import Lake
from indicators.periods import ending, last_month
from indicators.sources import SOURCES

HOLES = ("hidden", "missing")
YEAR = 12
NUMBERS = ("value", "lower", "upper", "numerator", "denominator")
Keys = Mapping[str, list[str]]  # by source, the parts that a figure reads


@dataclass(frozen=True)
class Figure:
    """A row of the published table, its sums exact; every number of a hidden or missing one is None."""

    value: float | None
    lower: float | None
    upper: float | None
    numerator: Decimal | None
    denominator: Decimal | None
    flag: str
    completeness: float | None

    @property
    def shown(self) -> bool:
        return self.flag not in HOLES

    def blanked(self) -> "Figure":
        """The same without its numbers."""
        return replace(self, **dict.fromkeys(NUMBERS))


@dataclass(frozen=True)
class Codes:
    """What a column must be, or must not be: groups by name, each with its codes."""

    column: str
    excluded: bool
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Term:
    """One measure in one role of the formula, over the months from `first` to `last`."""

    role: str  # numerator | denominator | count; a year before: numerator_before | count_before
    measure: str
    label: Text
    unit: str
    source: str
    column: str
    filled: str | None
    place: str
    conditions: tuple[Codes, ...]
    first: str
    last: str
    lines: int | None = None
    sum: Decimal | None = None


@dataclass(frozen=True)
class File:
    """A raw file that the figure reads: as received, then what it brings; None where not counted or withheld."""

    source: str
    key: str
    name: str
    sha256: str
    rows: int
    ingested: str
    intact: bool | None = None
    lines: int | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Difference:
    """One thing that is not as published: a number, a flag, a file, a table."""

    what: str
    published: str
    found: str


@dataclass(frozen=True)
class Recount:
    """What summing again from the detail gave. `since` names what changed after the publication."""

    differences: tuple[Difference, ...]
    since: tuple[str, ...]  # definition | program

    @property
    def identical(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Trace:
    """A published figure with all that made it."""

    indicator: str
    period: str
    level: str
    territory: str
    vintage: str
    built: str
    engine: Mapping[str, str]
    code: str
    fictional: bool
    smallest_shown: int
    figure: Figure
    terms: tuple[Term, ...]
    files: tuple[File, ...]
    recount: Recount | None = field(default=None)


# --- what was published ---------------------------------------------------------------------------


def outline(folder: Path, indicator: str, period: str, territory: str, level: str = "cnam") -> Trace:
    """A published figure and what made it, nothing summed again: cheap enough for a page."""
    definitions, opened = catalogue.load(), Lake(folder)
    entry = definitions.indicator(indicator)
    if level not in entry.levels:
        raise ArgumentError(f"Niveau de {indicator} : {not_allowed(level, entry.levels)}")
    territories.get(level, territory)
    current = opened.manifest["publication"]
    if current is None:
        raise LakeError(f"{folder} : aucun indicateur calculé. Lancer « ondam build », ou « ondam demo » pour essayer.")
    account = opened.account(current["vintage"])
    figure = _figure(opened.path(current, verified=False), entry, period, level, territory)
    return Trace(
        indicator, period, level, territory, current["vintage"], current["built"], account["engine"], account["code"],
        bool(opened.manifest["fictional"]), account["rules"]["smallest_shown"], figure,
        _terms(definitions, entry, period), _files(account, keys_read(definitions, entry, account, period)),
    )  # fmt: skip


def _figure(table: Path, entry: Indicator, period: str, level: str, territory: str) -> Figure:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(table, filters=[("indicator_id", "==", entry.id)]).to_pylist()
    found = [row for row in rows if (row["period"], row["level"], row["territory"]) == (period, level, territory)]
    if not found:
        written = sorted({row["period"] for row in rows if row["level"] == level})
        if period in written:
            raise LakeError(f"{entry.id} n’a pas de chiffre pour {level} {territory} en {period}.")
        raise ArgumentError(f"Période de {entry.id} : {not_allowed(period, written)}")
    if len(found) > 1:
        raise LakeError(f"{table} : {len(found)} lignes pour un seul chiffre. Lancer « ondam check ».")
    figure = Figure(*(_plain(found[0][name]) for name in (*NUMBERS, "flag", "completeness")))
    return figure if figure.shown else figure.blanked()


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _terms(definitions: Catalogue, entry: Indicator, period: str) -> tuple[Term, ...]:
    end = last_month(period)
    roles = [("numerator", entry.numerator, 0), ("denominator", entry.denominator, 0), ("count", entry.count, 0)]
    if entry.method == "growth_12m":
        roles += [("numerator_before", entry.numerator, YEAR), ("count_before", entry.count, YEAR)]
    return tuple(
        _term(definitions, entry, role, definitions.measures[name], end - back)
        for role, names, back in roles
        for name in names
    )


def _strata_terms(definitions: Catalogue, entry: Indicator, period: str) -> dict[str, list[Term]]:
    """The measures of each stratum of a standardised entry, by role: summed again, never shown."""
    end = last_month(period)
    return {
        f"{role} {stratum.label}": [
            _term(definitions, entry, role, definitions.measures[name], end) for name in getattr(stratum, role)
        ]
        for stratum in definitions.strata.get(entry.id, ())
        for role in ("numerator", "denominator")
    }


def _term(definitions: Catalogue, entry: Indicator, role: str, measure: Measure, end: int) -> Term:
    source = SOURCES[measure.source]
    column, filled = source.derived.get(measure.sum, (measure.sum, None))
    where = tuple(
        Codes(each.column, each.excluded, {name: tuple(definitions.groups[name].codes) for name in each.groups})
        for each in measure.where
    )
    first = end if source.stock else end - entry.window + 1
    said = [ending(month, "month") for month in (first, end)]
    return Term(
        role, measure.id, dict(measure.label), measure.unit, source.name, column, filled, source.places[measure.place],
        where, *said,
    )  # fmt: skip


def keys_read(definitions: Catalogue, entry: Indicator, account: Mapping[str, Any], period: str) -> Keys:
    """The parts that a figure of this period rests on, among those of a publication."""
    used = dict.fromkeys(definitions.measures[name].source for name in publication.measures_of(entry))
    held = {source: sorted(account["parts"].get(source, ())) for source in used}
    oldest = account["rules"]["oldest_population"]
    return {source: _keys_of(entry, source, keys, period, oldest) for source, keys in held.items()}


def _keys_of(entry: Indicator, source: str, keys: list[str], period: str, oldest: int) -> list[str]:
    last = last_month(period)
    first = last - entry.window + 1 - (YEAR if entry.method == "growth_12m" else 0)
    if SOURCES[source].stock:
        years = range(last // 12 - oldest, last // 12 + 1)
        return [key for key in keys if int(key) in years][-1:]
    ends = {key: _months(source, key)[-1] for key in keys}
    if _by_care(entry, source):
        return [key for key in keys if ends[key] >= first]
    return [key for key in keys if first <= ends[key] and _months(source, key)[0] <= last]


def _by_care(entry: Indicator, source: str) -> bool:
    return entry.clock == "care" and SOURCES[source].grain == "month"


def _months(source: str, key: str) -> range:
    end = last_month(period_of(source, key))
    return range(end - MONTHS[SOURCES[source].grain] + 1, end + 1)


def _files(account: Mapping[str, Any], keys: Keys) -> tuple[File, ...]:
    return tuple(
        File(source, key, part["file"], part["sha256"], part["rows"], part["ingested"])
        for source, read in keys.items()
        for key in read
        if (part := account["parts"][source][key])
    )


# --- the same, from the detail --------------------------------------------------------------------


def trace(folder: Path, indicator: str, period: str, territory: str, level: str = "cnam") -> Trace:
    """A published figure, what made it, and what its detail files give today."""
    found = outline(folder, indicator, period, territory, level)
    return _Recount(folder, found).made()


class _Recount:
    """One figure summed again."""

    def __init__(self, folder: Path, found: Trace) -> None:
        self.definitions, self.opened, self.found = catalogue.load(), Lake(folder), found
        self.entry = self.definitions.indicator(found.indicator)
        self.account = self.opened.account(found.vintage)
        self.strata = _strata_terms(self.definitions, self.entry, found.period)
        self.read = [*found.terms, *(term for terms in self.strata.values() for term in terms)]
        sources = dict.fromkeys(term.source for term in self.read)
        self.brought = {source: self._sums(source, self._codes(source)) for source in sources}
        # an isr is held against France, whose own strata are summed again as well
        self.france = {source: self._sums(source, None) for source in sources if self.entry.method == "isr"}

    def made(self) -> Trace:
        again, files = self._again(), self._files()
        differences = (*self._published(), *_broken(files), *_unlike(self.found.figure, again))
        shown = self.found.figure.shown and again.shown
        if not shown:
            figure = self.found.figure.blanked()
            return replace(self.found, figure=figure, files=files, recount=Recount(differences, self._since()))
        from indicators import partials

        terms, files = partials.shown(self.entry, self._terms(), files, self._by_file())
        return replace(self.found, terms=terms, files=files, recount=Recount(differences, self._since()))

    # what the detail gives

    def _sums(self, source: str, codes: list[str] | None) -> dict[str, list[Mapping[str, Any]]]:
        from indicators import engine

        terms = [term for term in self.read if term.source == source]
        measures = [self.definitions.measures[name] for name in dict.fromkeys(term.measure for term in terms)]
        months = min(last_month(term.first) for term in terms), max(last_month(term.last) for term in terms)
        keys = [file.key for file in self.found.files if file.source == source]
        if SOURCES[source].stock:
            months = (last_month(keys[-1]),) * 2 if keys else months
        if _by_care(self.entry, source):
            keys = list(self.account["parts"][source])  # a claim dated after its own file would count as well
        parts = {key: (self._path(source, key), period_of(source, key)) for key in keys}
        clock = self.entry.clock if not SOURCES[source].stock else "flux"
        return engine.evidence(parts, SOURCES[source], measures, clock, months, codes)

    def _path(self, source: str, key: str) -> Path:
        part, now = self.account["parts"][source][key], self.opened.parts(source).get(key)
        if now is None or now["sha256"] != part["sha256"]:
            raise LakeError(
                f"{part['file']} ({source}, {key}) a été remplacé depuis la version {self.found.vintage} : "
                "ce chiffre ne peut plus être refait. Lancer « ondam build », puis « ondam trace »."
            )
        if part["path"] is None:
            raise LakeError(
                f"{part['file']} a été lu sans garder le détail de ses lignes : ce chiffre ne peut pas être refait. "
                "Le lire à nouveau : ondam ingest --replace FICHIER, puis ondam build."
            )
        return self.opened.path(part, verified=False)

    def _codes(self, source: str) -> list[str] | None:
        level, code = self.found.level, self.found.territory
        if (level, code) == territories.FRANCE:
            return None
        return [code] if SOURCES[source].level == level else list(territories.get(level, code).parts)

    def _rows(self, term: Term, keys: Iterable[str] | None = None, of=None) -> Iterable[Mapping[str, Any]]:
        months = range(last_month(term.first), last_month(term.last) + 1)
        for key, rows in (of or self.brought)[term.source].items():
            if keys is None or key in keys:
                yield from (row for row in rows if SOURCES[term.source].stock or row["month"] in months)

    def _sum(self, role: str) -> Decimal | None:
        terms = [term for term in self.found.terms if term.role == role]
        return self._total(terms) if terms else None

    def _total(self, terms: Iterable[Term], of=None) -> Decimal | None:
        """What the measures of a role add up to; None where no population is there."""
        if any(SOURCES[term.source].stock and not (of or self.brought)[term.source] for term in terms):
            return None
        return sum((self._term_sum(term, of=of) for term in terms), Decimal(0))

    def _term_sum(self, term: Term, keys: Iterable[str] | None = None, of=None) -> Decimal:
        return sum((row[f"{term.measure} sum"] or Decimal(0) for row in self._rows(term, keys, of)), Decimal(0))

    def _terms(self) -> tuple[Term, ...]:
        return tuple(
            replace(term, sum=self._term_sum(term), lines=sum(row[f"{term.measure} lines"] for row in self._rows(term)))
            for term in self.found.terms
        )

    # what the methods make of it

    def _again(self) -> Figure:
        from indicators import computation, sums

        parts, index = self._parts(), _index(self.found)
        estimate = computation.estimated(self.entry, parts)
        source = self.definitions.source_of(self.entry)
        periods = {source: [period_of(source, key) for key in self.account["parts"][source]]}
        covered = computation.covered_by(sums.Inputs({}, periods), source, self.entry, index)
        completeness = _floats(self.found.figure.completeness)
        flag = str(computation.flagged(self.entry, parts, estimate, covered, completeness)[0])
        numbers = [_plain(float(getattr(estimate, name)[0])) for name in ("value", "lower", "upper")]
        top, bottom = parts.numerator.iloc[0], None if parts.denominator is None else parts.denominator.iloc[0]
        figure = Figure(*numbers, top, bottom, flag, self.found.figure.completeness)
        return figure if figure.shown else figure.blanked()

    def _parts(self):
        import pandas

        from indicators import computation

        def series(value: Decimal | None):
            return pandas.Series([value], index=_index(self.found), dtype="object")

        grows = self.entry.method == "growth_12m"
        below = "numerator_before" if grows else "denominator"
        counts = [self._sum(role) for role in ("count", "count_before")]
        return computation.Parts(
            series(self._sum("numerator")),
            series(self._sum(below)) if grows or self.entry.denominator else None,
            tuple(series(count) for count in counts if count is not None),
            self._strata() if self.entry.standardise else None,
        )

    def _strata(self):
        """The strata of a standardised figure, one column, and those of France beside them."""
        import numpy

        from indicators import adjusted

        own = self.definitions.strata[self.entry.id]

        def cells(role: str, of=None):
            sums = [self._total(self.strata[f"{role} {stratum.label}"], of) for stratum in own]
            return numpy.array([[math.nan if value is None else float(value)] for value in sums])

        roles = ("numerator", "denominator")
        return adjusted.of(own, *(cells(role, of) for of in (None, self.france or None) for role in roles))

    # how it stands beside what was published

    def _published(self) -> list[Difference]:
        """The table against the hashes that name it, in both manifests."""
        path = self.opened.path(self.opened.manifest["publication"], verified=False)
        said = {
            "root": self.opened.manifest["publication"]["parquet_sha256"],
            "account": self.account["parquet_sha256"],
        }
        real = lake.digest(path)
        return [Difference(f"table_{name}", sha256, real) for name, sha256 in said.items() if sha256 != real]

    def _since(self) -> tuple[str, ...]:
        own = publication.by_indicator(self.definitions).get(self.entry.id)
        changed = {
            "definition": own != self.account["definitions_by_indicator"].get(self.entry.id),
            "program": publication.code() != self.account["code"],
        }
        return tuple(name for name, different in changed.items() if different)

    def _files(self) -> tuple[File, ...]:
        """The files read, each held against its hash, and those that bring a line though nothing let expect it."""
        known = {(file.source, file.key): file for file in self.found.files}
        for source, parts in self.brought.items():
            for key, rows in parts.items():
                if self.found.figure.shown and (source, key) not in known and any(row["lines"] for row in rows):
                    known |= {(source, key): _files(self.account, {source: [key]})[0]}
        return tuple(
            replace(file, intact=lake.digest(self._path(*place)) == self._detail(*place))
            for place, file in sorted(known.items())
        )

    def _detail(self, source: str, key: str) -> str:
        return self.account["parts"][source][key]["parquet_sha256"]

    def _by_file(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What each file brings to each role, and in how many lines."""
        return {
            (source, key): {
                "lines": sum(row["lines"] for row in rows if self._dated(source, row)),
                **{role: self._role_in(role, source, key) for role in {term.role for term in self.found.terms}},
            }
            for source, parts in self.brought.items()
            for key, rows in parts.items()
        }

    def _dated(self, source: str, row: Mapping[str, Any]) -> bool:
        if SOURCES[source].stock:
            return True
        terms = [term for term in self.found.terms if term.source == source]
        return any(last_month(term.first) <= row["month"] <= last_month(term.last) for term in terms)

    def _role_in(self, role: str, source: str, key: str) -> Decimal | None:
        terms = [term for term in self.found.terms if (term.role, term.source) == (role, source)]
        return sum((self._term_sum(term, (key,)) for term in terms), Decimal(0)) if terms else None


def _index(found: Trace):
    import pandas

    place = (last_month(found.period), found.level, found.territory)
    return pandas.MultiIndex.from_tuples([place], names=["month", "level", "territory"])


def _floats(value: float | None):
    import numpy

    return numpy.array([math.nan if value is None else value])


def _broken(files: Iterable[File]) -> list[Difference]:
    return [Difference(f"file {file.name}", file.sha256, "") for file in files if not file.intact]


def _unlike(published: Figure, again: Figure) -> list[Difference]:
    """The numbers that are not the same to the last bit; only the flag where one of the two is withheld."""
    names = ["flag", *(NUMBERS if published.shown and again.shown else ())]
    pairs = [(name, getattr(published, name), getattr(again, name)) for name in names]
    return [Difference(name, _said(one), _said(two)) for name, one, two in pairs if not _same(one, two)]


def _same(one: Any, two: Any) -> bool:
    """Equal decimals, the same float to its last bit (which `repr` shows), or both nothing."""
    return repr(one) == repr(two) if isinstance(one, float) and isinstance(two, float) else one == two


def _said(value: Any) -> str:
    return "—" if value is None else str(value)
