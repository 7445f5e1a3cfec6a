"""The plan of actions read into frozen, validated objects: `plan.yaml`, then one file of actions per theme.

No action stands without an indicator, a baseline, a target, a due date and a referent; a referent is a
function listed in `plan.yaml`, never a person.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from indicators import schema, strict_yaml, territories
from indicators.catalogue import MONTHS, THEMES, Catalogue
from indicators.errors import ArgumentError, DefinitionError, Problem, not_allowed, report
from indicators.periods import WRITTEN, last_month, months_in
from indicators.schema import Key

PLAN_FILE = "plan.yaml"
SIDES = ("ars", "assurance_maladie")
PILOTS = (*SIDES, "conjoint")
STATES = ("prepared", "running", "done", "late", "suspended", "abandoned")
PERSON = re.compile(r"\b(M\.|Mme|Mlle|Dr|Pr|Mr|Mrs|Ms)\s|@|\d{10}")

Text = Mapping[str, str]


@dataclass(frozen=True)
class Mark:
    """A value at a period: where an action started, or where it must arrive."""

    period: str
    value: float


@dataclass(frozen=True)
class Objective:
    """What an action must reach on one indicator, in one territory."""

    indicator: str
    level: str
    territory: str
    baseline: Mark
    target: Mark
    due: date


@dataclass(frozen=True)
class Step:
    """What happens next: what, which function, when."""

    what: Text
    who: str
    when: date


@dataclass(frozen=True)
class Balance:
    """The qualitative balance of article 4."""

    done: Text
    obstacles: Text
    next: Text


@dataclass(frozen=True)
class Action:
    """One action of the plan, with the function that answers for it on each side."""

    id: str
    theme: str
    label: Text
    pilot: str
    referents: Mapping[str, str]
    objectives: tuple[Objective, ...]
    due: date
    state: str
    next_step: Step
    balance: Balance
    decided_on: date
    accepted_until: date | None


@dataclass(frozen=True)
class Order:
    """The order by which the agency adopted the plan, and the opinion that came before."""

    number: str
    signed: date
    in_force: date
    opinion: date


@dataclass(frozen=True)
class Review:
    """How often the plan is reviewed, and when next."""

    months: int
    next: date
    rule: Text


@dataclass(frozen=True)
class Tolerance:
    """How much of the planned change may be missing before the word changes.

    Up to `on_track` the action is on track, up to `watch` it is to be watched; `steady` is the
    planned change, as a share of the target, of an objective whose target is its baseline.
    """

    on_track: float
    watch: float
    steady: float


@dataclass(frozen=True)
class Plan:
    """The plan, its functions and its actions."""

    title: Text
    level: str
    territory: str
    version: str
    fictional: bool
    order: Order
    review: Review
    tolerance: Tolerance
    functions: Mapping[str, Mapping[str, Text]]
    actions: tuple[Action, ...]

    def function(self, name: str) -> Text:
        """The words for a function, whichever side it belongs to."""
        return next(functions[name] for functions in self.functions.values() if name in functions)

    def objectives(self, theme: str | None = None) -> list[tuple[Action, Objective]]:
        return [
            (action, objective)
            for action in self.actions
            if theme in (None, action.theme)
            for objective in action.objectives
        ]


def nested(keys: Mapping[str, Key]) -> schema.Check:
    """A mapping with its own keys; its first problem stands for it."""

    def check(value: object) -> str:
        found = schema.problems(value, keys, "valeur")
        return str(found[0]) if found else ""

    return check


def listed(check: schema.Check) -> schema.Check:
    """A list of at least one item."""

    def check_all(value: object) -> str:
        if not isinstance(value, list) or not value:
            return "il en faut au moins un, en liste."
        return next((message for item in value if (message := check(item))), "")

    return check_all


def _functions(value: object) -> str:
    if not isinstance(value, Mapping) or set(value) != set(SIDES):
        return f"écrire les fonctions de chaque côté : {', '.join(SIDES)}."
    if not all(isinstance(value[side], Mapping) and value[side] for side in SIDES):
        return "chaque côté a au moins une fonction : {nom: {fr: …, en: …}}."
    labels = [label for side in SIDES for label in value[side].values()]
    if wrong := next((message for label in labels if (message := schema.bilingual(label))), ""):
        return wrong
    named = next((text for label in labels for text in label.values() if PERSON.search(text)), None)
    return f"« {named} » désigne une personne : écrire une fonction." if named else ""


def _period(value: object) -> str:
    right = isinstance(value, str) and WRITTEN.fullmatch(value)
    return "" if right else f'« {value} » n’est pas une période : écrire "2025", "2025-Q1" ou "2025-01".'


def _truth(value: object) -> str:
    return "" if isinstance(value, bool) else f"« {value} » n’est ni true ni false."


def _share(value: object) -> str:
    return schema.number(value) or ("" if 0 < value < 1 else f"{value} n’est pas entre 0 et 1.")


_PLACE = {"level": Key(schema.text), "code": Key(schema.text)}
_MARK = {"period": Key(_period), "value": Key(schema.number)}
_PLAN = {
    "title": Key(schema.bilingual),
    "fictional": Key(_truth),
    "territory": Key(nested(_PLACE)),
    "version": Key(schema.text),
    "order": Key(
        nested({"number": Key(schema.text), **{k: Key(schema.day) for k in ("signed", "in_force", "opinion")}})
    ),
    "review": Key(nested({"months": Key(schema.number), "next": Key(schema.day), "rule": Key(schema.bilingual)})),
    "tolerance": Key(nested({"on_track": Key(_share), "watch": Key(_share), "steady": Key(_share)})),
    "functions": Key(_functions),
}
_OBJECTIVE = {
    "id": Key(schema.text),
    "territory": Key(nested(_PLACE), False),
    "baseline": Key(nested(_MARK)),
    "target": Key(nested(_MARK)),
    "due": Key(schema.day, False),
}
_ACTION = {
    "label": Key(schema.bilingual),
    "pilot": Key(schema.word(*PILOTS)),
    "referents": Key(nested({side: Key(schema.text, False) for side in SIDES})),
    "indicators": Key(listed(nested(_OBJECTIVE))),
    "due": Key(schema.day),
    "state": Key(schema.word(*STATES)),
    "next_step": Key(nested({"what": Key(schema.bilingual), "who": Key(schema.text), "when": Key(schema.day)})),
    "balance": Key(nested({key: Key(schema.bilingual) for key in ("done", "obstacles", "next")})),
    "decided_on": Key(schema.day),
    "accepted_until": Key(schema.optional(schema.day), False),
}


def read(folder: Path, catalogue: Catalogue) -> Plan | None:
    """The plan written in a folder, or None where there is none; all its problems are told at once."""
    path = folder / PLAN_FILE
    if not path.is_file():
        return None
    head = strict_yaml.load(path)
    _refuse(path.name, schema.problems(head, _PLAN, path.stem) or _head_problems(head, path.stem))
    actions, found, seen = [], [], {}
    for file in sorted(folder.glob("*.yaml")):
        if file != path:
            entries, problems = _entries(file, head, catalogue, seen)
            found += problems
            actions += [] if problems else [_action(name, file.stem, entry, head) for name, entry in entries.items()]
    _refuse("Le plan", found)
    return _plan(head, actions)


def _head_problems(head: Mapping, where: str) -> list[Problem]:
    tolerance = head["tolerance"]
    found = _place_problems(head["territory"], where)
    if tolerance["on_track"] >= tolerance["watch"]:
        what = f"on_track ({tolerance['on_track']}) doit être plus petit que watch ({tolerance['watch']})."
        found.append(Problem(f"{where}, clé « tolerance »", what))
    return found


def _refuse(what: str, problems: Iterable[Problem]) -> None:
    problems = list(problems)
    if problems:
        raise DefinitionError(report(f"{what} n’est pas valide", problems))


def _entries(file: Path, head: Mapping, catalogue: Catalogue, seen: dict[str, str]) -> tuple[Mapping, list[Problem]]:
    """The actions of one theme and everything wrong with them."""
    if file.stem not in THEMES:
        return {}, [Problem(file.name, f"thème : {not_allowed(file.stem, THEMES)}")]
    entries, found = strict_yaml.load(file), []
    for name, entry in entries.items():
        where = f"{file.name}, {name}"
        if name in seen:
            found.append(Problem(where, f"action déjà écrite dans {seen[name]}."))
        seen[name] = file.name
        found += schema.problems(entry, _ACTION, where) or _rules(where, entry, head, catalogue)
    return entries, found


def _rules(where: str, entry: Mapping, head: Mapping, catalogue: Catalogue) -> list[Problem]:
    """What the shape cannot say: known names, the pilot's side, targets that go the right way."""
    found = list(_referent_problems(where, entry, head["functions"]))
    for item in entry["indicators"]:
        found += _objective_problems(f"{where}, indicateur « {item['id']} »", item, entry, head, catalogue)
    if entry["next_step"]["when"] < entry["decided_on"]:
        found.append(Problem(where, "la prochaine étape est avant la décision."))
    return found


def _referent_problems(where: str, entry: Mapping, functions: Mapping) -> Iterable[Problem]:
    referents, pilot = entry["referents"], entry["pilot"]
    needed = SIDES if pilot == "conjoint" else (pilot,)
    for side in needed:
        if not referents.get(side):
            yield Problem(where, f"pilotage {pilot} sans référent du côté {side}.")
    for side, name in referents.items():
        if name not in functions[side]:
            yield Problem(where, f"référent du côté {side} : {not_allowed(name, functions[side])}")
    everyone = [name for side in SIDES for name in functions[side]]
    if entry["next_step"]["who"] not in everyone:
        yield Problem(where, f"prochaine étape, qui : {not_allowed(entry['next_step']['who'], everyone)}")


def _place_problems(place: Mapping, where: str) -> list[Problem]:
    try:
        territories.get(place["level"], place["code"])
    except ArgumentError as error:
        return [Problem(where, str(error))]
    return []


def _objective_problems(where: str, item: Mapping, entry: Mapping, head: Mapping, catalogue: Catalogue):
    place = item.get("territory", head["territory"])
    yield from _place_problems(place, where)
    if item["id"] not in catalogue.indicators:
        yield Problem(where, f"indicateur : {not_allowed(item['id'], catalogue.indicators)}")
        return
    indicator = catalogue.indicators[item["id"]]
    if place["level"] not in indicator.levels:
        yield Problem(where, f"niveau : {not_allowed(place['level'], indicator.levels)}")
    for key in ("baseline", "target"):
        if months_in(item[key]["period"]) != MONTHS[indicator.frequency]:
            yield Problem(where, f"{key} : la période {item[key]['period']} n’est pas « {indicator.frequency} ».")
    if last_month(item["target"]["period"]) <= last_month(item["baseline"]["period"]):
        yield Problem(where, "la cible n’est pas après le point de départ.")
    if item.get("due", entry["due"]) > entry["due"]:
        yield Problem(where, "l’échéance de l’indicateur est après celle de l’action.")
    wrong = {"down": 1, "up": -1, "none": 0}[indicator.direction]
    if (item["target"]["value"] - item["baseline"]["value"]) * wrong > 0:
        yield Problem(where, "la cible va contre le sens voulu de l’indicateur.")


def _objective(item: Mapping, entry: Mapping, head: Mapping) -> Objective:
    place = item.get("territory", head["territory"])
    return Objective(
        indicator=item["id"],
        level=place["level"],
        territory=place["code"],
        baseline=Mark(**item["baseline"]),
        target=Mark(**item["target"]),
        due=item.get("due", entry["due"]),
    )


def _action(name: str, theme: str, entry: Mapping, head: Mapping) -> Action:
    return Action(
        id=name,
        theme=theme,
        objectives=tuple(_objective(item, entry, head) for item in entry["indicators"]),
        next_step=Step(**entry["next_step"]),
        balance=Balance(**entry["balance"]),
        accepted_until=entry.get("accepted_until"),
        **{key: entry[key] for key in ("label", "pilot", "referents", "due", "state", "decided_on")},
    )


def _plan(head: Mapping, actions: list[Action]) -> Plan:
    return Plan(
        level=head["territory"]["level"],
        territory=head["territory"]["code"],
        order=Order(**head["order"]),
        review=Review(**head["review"]),
        tolerance=Tolerance(**head["tolerance"]),
        actions=tuple(actions),
        **{key: head[key] for key in ("title", "version", "fictional", "functions")},
    )
