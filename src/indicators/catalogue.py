"""Definitions read into frozen, validated objects: groups of codes, measures, indicators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from indicators import bands, reference, schema, strict_yaml
from indicators.errors import DefinitionError, Problem, not_allowed, report
from indicators.schema import Key
from indicators.sources import SOURCES

HERE = Path(__file__).parent
THEMES = (
    "prevention",
    "supply",
    "health_products",
    "procedures",
    "sick_leave",
    "transport",
    "fraud",
    "expenditure",
)
LEVELS = ("fra", "cnam", "reg", "dep", "epci", "com", "fund", "establishment", "prescriber")
METHODS = ("sum", "rate", "amount_rate", "proportion", "share", "ratio", "mean", "growth_12m", "isr")
STANDARDISED = ("rate", "amount_rate", "isr")  # methods that strata make sense of; isr has no other form
COUNTED = ("acts", "days", "boxes", "people")  # units whose small numbers can point at somebody
MONTHS = {"month": 1, "quarter": 3, "year": 12}

Text = Mapping[str, str]


@dataclass(frozen=True)
class Group:
    """A named group of codes of one nomenclature."""

    name: str
    columns: tuple[str, ...]
    label: Text
    codes: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class Condition:
    """A column is, or is not, in the codes of named groups."""

    column: str
    groups: tuple[str, ...]
    codes: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True)
class Measure:
    """A sum over the rows of a source that match named codes."""

    id: str
    source: str
    label: Text
    sum: str
    where: tuple[Condition, ...]
    unit: str
    place: str

    @property
    def counted(self) -> bool:
        return self.unit in COUNTED


@dataclass(frozen=True)
class Stratum:
    """One sex and one age band, and the measures of an entry within them."""

    sex: str
    band: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.sex}:{self.band}"


@dataclass(frozen=True)
class Target:
    """A published or national value to reach."""

    value: float
    sense: str  # at_least | at_most
    source: str


@dataclass(frozen=True)
class Published:
    """A figure printed elsewhere, against which ours can be held."""

    period: str
    level: str
    value: float
    source: str


@dataclass(frozen=True)
class Indicator:
    """A method over measures, with all that a reader must know of it."""

    id: str
    theme: str
    label: Text
    meaning: Text
    method: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    count: tuple[str, ...]
    per: float
    unit: str
    decimals: int
    direction: str
    levels: tuple[str, ...]
    frequency: str
    window: int
    clock: str
    standardise: str | None
    target: Target | None
    published: tuple[Published, ...]
    why: Text
    exclusions: Text
    biases: Text
    reference: str
    authored_by: str
    reviewed: date
    sharing: str


@dataclass(frozen=True)
class Catalogue:
    """All definitions, each under its key."""

    groups: Mapping[str, Group]
    measures: Mapping[str, Measure]
    indicators: Mapping[str, Indicator]
    strata: Mapping[str, tuple[Stratum, ...]] = field(default_factory=dict)  # of the standardised entries

    def indicator(self, id: str) -> Indicator:
        if id not in self.indicators:
            raise DefinitionError(f"Indicateur inconnu : {not_allowed(id, self.indicators)}")
        return self.indicators[id]

    def theme(self, theme: str) -> list[Indicator]:
        return [entry for entry in self.indicators.values() if entry.theme == theme]

    def measures_of(self, source: str) -> list[Measure]:
        return [measure for measure in self.measures.values() if measure.source == source]

    def source_of(self, entry: Indicator) -> str:
        """The source of the numerator: its delay and its grain are the indicator's."""
        return self.measures[entry.numerator[0]].source


_GROUP = {"label": Key(schema.bilingual), "codes": Key(schema.codes, False), "include": Key(schema.names, False)}
_NOMENCLATURE = {
    "columns": Key(schema.names),
    "source": Key(schema.text),
    "read_on": Key(schema.day),
    "groups": Key(lambda value: "" if isinstance(value, Mapping) else "ce n’est pas une liste de groupes."),
}
_UNITS = ("€", *COUNTED)
_MEASURE = {
    "label": Key(schema.bilingual),
    "sum": Key(schema.text),
    "where": Key(lambda value: "" if isinstance(value, Mapping) else "ce n’est pas une liste « colonne: groupe »."),
    "unit": Key(schema.word(*_UNITS)),
    "place": Key(schema.text, False),
}
_TARGET = {"value": Key(schema.number), "sense": Key(schema.word("at_least", "at_most")), "source": Key(schema.text)}
_PUBLISHED = {
    "period": Key(schema.text),
    "level": Key(schema.word(*LEVELS)),
    "value": Key(schema.number),
    "source": Key(schema.text),
}
_INDICATOR = {
    "label": Key(schema.bilingual),
    "meaning": Key(schema.bilingual),
    "method": Key(schema.word(*METHODS)),
    "numerator": Key(schema.names),
    "denominator": Key(schema.names, False),
    "count": Key(schema.names, False),
    "per": Key(schema.positive, False),
    "unit": Key(schema.text),
    "decimals": Key(schema.whole(0, 6), False),
    "direction": Key(schema.word("up", "down", "none")),
    "levels": Key(schema.words(*LEVELS)),
    "frequency": Key(schema.word(*MONTHS)),
    "window": Key(schema.whole(1, 120), False),
    "clock": Key(schema.word("care", "flux")),
    "standardise": Key(schema.optional(schema.word("age_sex")), False),
    "target": Key(schema.optional(lambda value: _first(value, _TARGET)), False),
    "published": Key(lambda value: _each(value, _PUBLISHED), False),
    "why": Key(schema.bilingual),
    "exclusions": Key(schema.bilingual),
    "biases": Key(schema.bilingual),
    "reference": Key(schema.text),
    "authored_by": Key(schema.text),
    "reviewed": Key(schema.day),
    "sharing": Key(schema.word("public", "instances", "epo", "restricted")),
}


def _first(value: object, keys: Mapping[str, Key]) -> str:
    found = schema.problems(value, keys, "valeur")
    return str(found[0]) if found else ""


def _each(value: object, keys: Mapping[str, Key]) -> str:
    if not isinstance(value, list):
        return "ce n’est pas une liste."
    return next((message for item in value if (message := _first(item, keys))), "")


def _tuple(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _read(path: Path, keys: Mapping[str, Key]) -> strict_yaml.Mapping:
    entries = strict_yaml.load(path)
    _refuse(path, [p for name, entry in entries.items() for p in schema.problems(entry, keys, name)])
    return entries


def _refuse(path: Path, problems: Iterable[Problem]) -> None:
    problems = list(problems)
    if problems:
        raise DefinitionError(report(f"{path.name} n’est pas valide", problems))


def read_groups(path: Path) -> list[Group]:
    """The groups of one nomenclature file, `include` already unfolded."""
    content = strict_yaml.load(path)
    _refuse(path, schema.problems(content, _NOMENCLATURE, path.stem))
    known_columns = {column for source in SOURCES.values() for column in source.codes}
    wrong = [column for column in _tuple(content["columns"]) if column not in known_columns]
    _refuse(path, [Problem("columns", f"colonne : {not_allowed(column, known_columns)}") for column in wrong])
    _refuse(path, [p for name, entry in content["groups"].items() for p in schema.problems(entry, _GROUP, name)])
    known: dict[str, Group] = {}
    found = []
    for name, entry in content["groups"].items():
        codes = dict(entry.get("codes", {}))
        for included in _tuple(entry.get("include")):
            if included not in known:
                found.append(Problem(name, f"groupe inclus : {not_allowed(included, known)}"))
            else:
                codes |= known[included].codes
        known[name] = Group(name, _tuple(content["columns"]), entry["label"], codes, content["source"])
    _refuse(path, found)
    return list(known.values())


def _condition(column: str, wanted: object, groups: Mapping[str, Group]) -> Condition:
    excluded = isinstance(wanted, Mapping)
    names = _tuple(wanted["not"] if excluded else wanted)
    codes = tuple(dict.fromkeys(code for name in names for code in groups[name].codes))
    return Condition(column, names, codes, excluded)


def _condition_problems(name: str, where: Mapping, source, groups: Mapping[str, Group]) -> Iterable[Problem]:
    for column, wanted in where.items():
        place = f"{name}, ligne {where.lines[column]}, filtre « {column} »"
        if column not in source.codes:
            yield Problem(place, f"colonne : {not_allowed(column, source.codes)}")
            continue
        if isinstance(wanted, Mapping) and list(wanted) != ["not"]:
            yield Problem(place, not_allowed(next(iter(wanted), ""), ["not"]))
            continue
        possible = [group.name for group in groups.values() if column in group.columns]
        for group in _tuple(wanted["not"] if isinstance(wanted, Mapping) else wanted):
            if group not in possible:
                yield Problem(place, f"groupe de codes : {not_allowed(group, possible)}")
            elif column == source.age and (wrong := set(groups[group].codes) - set(source.ages)):
                what = f"âge {not_allowed(min(wrong), source.ages)}"
                yield Problem(place, f"le groupe {group} n’est pas de cette source : {what}")


def _doubled(name: str, entry: Mapping, source, groups: Mapping[str, Group]) -> Iterable[Problem]:
    """A sum that the source counts twice unless a column is kept to some codes."""
    column, codes = source.filtered.get(entry["sum"], (None, ()))
    if column:
        wanted = entry["where"].get(column, [])
        kept = (
            set() if isinstance(wanted, Mapping) else {code for group in _tuple(wanted) for code in groups[group].codes}
        )
        if not kept or not kept <= set(codes):
            todo = f"Ajouter un filtre « {column} » limité aux codes {', '.join(codes)}."
            yield Problem(name, f"{entry['sum']} compterait plusieurs fois la même dépense.", todo)


def read_measures(path: Path, groups: Mapping[str, Group]) -> list[Measure]:
    """The measures of one source; the file is named after it."""
    if path.stem not in SOURCES:
        raise DefinitionError(f"{path.name} : source {not_allowed(path.stem, SOURCES)}")
    source, entries, found = SOURCES[path.stem], _read(path, _MEASURE), []
    for name, entry in entries.items():
        if entry["sum"] not in source.summed:
            found.append(Problem(name, f"somme : {not_allowed(entry['sum'], source.summed)}"))
        if entry.get("place", "residence") not in source.places:
            found.append(Problem(name, f"lieu : {not_allowed(entry['place'], source.places)}"))
        found += _condition_problems(name, entry["where"], source, groups)
    _refuse(path, found)
    _refuse(path, [p for name, entry in entries.items() for p in _doubled(name, entry, source, groups)])
    return [
        Measure(
            id=name,
            source=source.name,
            label=entry["label"],
            sum=entry["sum"],
            where=tuple(_condition(column, wanted, groups) for column, wanted in entry["where"].items()),
            unit=entry["unit"],
            place=entry.get("place", "residence"),
        )
        for name, entry in entries.items()
    ]


NEEDS_DENOMINATOR = ("rate", "amount_rate", "proportion", "share", "ratio", "mean", "isr")


def _indicator_problems(name: str, entry: Mapping, measures: Mapping[str, Measure]) -> Iterable[Problem]:
    for key in ("numerator", "denominator", "count"):
        for measure in _tuple(entry.get(key)):
            if measure not in measures:
                yield Problem(f"{name}, clé « {key} »", f"mesure : {not_allowed(measure, measures)}")
    if (entry["method"] in NEEDS_DENOMINATOR) != ("denominator" in entry):
        yield Problem(name, f"la méthode {entry['method']} et le dénominateur ne vont pas ensemble.")
    if entry.get("standardise") and entry["method"] not in STANDARDISED:
        yield Problem(name, f"« standardise » ne va qu’avec {', '.join(STANDARDISED)}.")
    if entry["method"] == "isr" and not entry.get("standardise"):
        yield Problem(name, "la méthode isr demande « standardise: age_sex ».")
    source = (
        SOURCES[measures[_tuple(entry["numerator"])[0]].source] if _tuple(entry["numerator"])[0] in measures else None
    )
    for level in entry["levels"]:
        if source and level not in source.levels:
            yield Problem(f"{name}, clé « levels »", f"niveau de {source.name} : {not_allowed(level, source.levels)}")
    money = [m for m in _tuple(entry["numerator"]) if m in measures and not measures[m].counted]
    if money and "count" not in entry:
        todo = "Ajouter « count » : la mesure qui compte les actes derrière ce montant."
        yield Problem(name, f"{money[0]} est un montant sans compte d’actes, rien ne dirait quand le masquer.", todo)
    if money and entry["method"] in ("rate", "proportion", "isr"):
        yield Problem(name, "un montant n’a pas d’intervalle de comptage.", "Employer amount_rate ou share.")
    window = entry.get("window", MONTHS[entry["frequency"]])
    if entry["method"] == "growth_12m" and window != 12:
        yield Problem(name, "une évolution sur douze mois demande « window: 12 ».")
    if window % MONTHS[entry["frequency"]]:
        yield Problem(name, f"une fenêtre de {window} mois ne couvre pas des périodes entières.")


def _indicator(name: str, theme: str, entry: Mapping) -> Indicator:
    target = entry.get("target")
    return Indicator(
        id=name,
        theme=theme,
        numerator=_tuple(entry["numerator"]),
        denominator=_tuple(entry.get("denominator")),
        count=_tuple(entry.get("count")),
        levels=tuple(entry["levels"]),
        per=entry.get("per", 1),
        decimals=entry.get("decimals", 1),
        window=entry.get("window", MONTHS[entry["frequency"]]),
        standardise=entry.get("standardise"),
        target=Target(**target) if target else None,
        published=tuple(Published(**item) for item in entry.get("published", [])),
        **{key: entry[key] for key in _PLAIN},
    )


_PLAIN = (
    "label", "meaning", "method", "unit", "direction", "frequency", "clock", "why",
    "exclusions", "biases", "reference", "authored_by", "reviewed", "sharing",
)  # fmt: skip


def read_indicators(path: Path, measures: Mapping[str, Measure]) -> list[Indicator]:
    """The indicators of one theme; the file is named after it."""
    if path.stem not in THEMES:
        raise DefinitionError(f"{path.name} : thème {not_allowed(path.stem, THEMES)}")
    entries = _read(path, _INDICATOR)
    _refuse(path, [p for name, entry in entries.items() for p in _indicator_problems(name, entry, measures)])
    return [_indicator(name, path.stem, entry) for name, entry in entries.items()]


def _strata(entry: Indicator, measures: dict[str, Measure]) -> Iterable[Stratum]:
    """The strata of a standardised entry; their measures join the others."""
    whole = [measures[name] for name in (*entry.numerator, *entry.denominator)]
    families = [bands.known(SOURCES[measure.source].ages).values() for measure in whole]
    for sex in bands.SEXES:
        for band in bands.shared(*families, reference.ages()):
            above, below = (
                [_within(entry, measures[name], sex, band) for name in names]
                for names in (entry.numerator, entry.denominator)
            )
            if all(below):
                kept = [part for part in (*above, *below) if part]
                measures.update((part.id, part) for part in kept)
                yield Stratum(sex, band, tuple(part.id for part in above if part), tuple(part.id for part in below))


def _within(entry: Indicator, measure: Measure, sex: str, band: str) -> Measure | None:
    """A measure kept to one sex and one age band; None where it counts none of these ages."""
    source = SOURCES[measure.source]
    codes = {code for code, own in bands.known(source.ages).items() if bands.within(own, band)}
    for condition in measure.where:
        if condition.column == source.age:
            left = codes - set(condition.codes) if condition.excluded else codes & set(condition.codes)
            if left and left != codes:
                what = f"{measure.id} ne compte qu’une partie des {band} ans : cette mesure ne se standardise pas."
                raise DefinitionError(f"{entry.id} : {what}")
            if not left:
                return None
    where = (Condition(source.age, (), tuple(sorted(codes))), Condition(source.sex, (), (sex,)))
    return replace(measure, id=f"{measure.id}@{sex}:{band}", where=(*measure.where, *where))


def _keyed(items: Iterable, key: str, what: str) -> dict:
    keyed: dict = {}
    for item in items:
        name = getattr(item, key)
        if name in keyed:
            raise DefinitionError(f"{what} « {name} » est défini deux fois.")
        keyed[name] = item
    return keyed


def read(folder: Path) -> Catalogue:
    """The catalogue written under a folder: nomenclatures/, definitions/measures/, definitions/."""
    files = sorted((folder / "nomenclatures").glob("*.yaml"))
    groups = _keyed((g for path in files for g in read_groups(path)), "name", "Le groupe")
    files = sorted((folder / "definitions" / "measures").glob("*.yaml"))
    measures = _keyed((m for path in files for m in read_measures(path, groups)), "id", "La mesure")
    files = sorted((folder / "definitions").glob("*.yaml"))
    indicators = _keyed((i for path in files for i in read_indicators(path, measures)), "id", "L’indicateur")
    strata = {}
    for entry in indicators.values():
        if entry.standardise:
            strata[entry.id] = tuple(_strata(entry, measures))
    return Catalogue(groups, measures, indicators, strata)


@cache
def load() -> Catalogue:
    """The catalogue of the product, read once per process."""
    return read(HERE)
