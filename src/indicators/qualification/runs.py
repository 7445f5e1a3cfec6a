"""Read a folder of reference cases, run each, tell which hold."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators.errors import ArgumentError, SourceError
from indicators.qualification import charts, effects, points, series, suppression, units
from indicators.qualification.comparing import all_missing, differences

Adapter = Callable[[Mapping[str, Any], Path], Mapping[str, Any]]
Judge = Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]]  # inputs and expected, and the result

FAMILIES = (points, units, charts, series, effects, suppression)
ADAPTERS: dict[str, Adapter] = {name: run for family in FAMILIES for name, run in family.METHODS.items()}
# Results that several right answers may have are judged by what they must do, not by equality.
JUDGES: dict[str, Judge] = {name: judge for family in FAMILIES for name, judge in family.JUDGES.items()}
KEYS = {"id", "method", "inputs", "expected", "tolerance"}
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    method: str
    file: str
    case: str
    verdict: str
    why: str = ""


def qualify(folder: Path) -> list[Outcome]:
    """Run every case of every JSON file of a folder.

    Raises `SourceError` where the folder has no case or a file is not in the format.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} : ce dossier n’existe pas.")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise SourceError(f"{folder} : aucun fichier .json de cas de référence.")
    return [_run(path, case) for path in files for case in _cases(path)]


def _cases(path: Path) -> list[dict[str, Any]]:
    try:
        cases = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} : n’est pas un fichier JSON lisible ({error}).") from None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise SourceError(f"{path} : une liste de cas est attendue.")
    for place, case in enumerate(cases):
        if lacking := sorted(KEYS - set(case)):
            raise SourceError(f"{path}, cas {place + 1} : il manque {', '.join(lacking)}.")
    return cases


def _run(path: Path, case: Mapping[str, Any]) -> Outcome:
    method = case["method"]
    if method not in ADAPTERS:
        return Outcome(method, path.name, case["id"], SKIPPED, "méthode inconnue de la bibliothèque")
    problems = _problems(case, ADAPTERS[method], path.parent)
    return Outcome(method, path.name, case["id"], FAILED if problems else PASSED, " ; ".join(problems[:3]))


def _problems(case: Mapping[str, Any], adapter: Adapter, folder: Path) -> list[str]:
    expected = {name: value for name, value in case["expected"].items() if name != "error"}
    # nothing is defined there: to refuse and to give missing values say the same
    refused = bool(case["expected"].get("error")) or all_missing(expected)
    try:
        got = adapter(case["inputs"], folder)
    except ArgumentError as error:
        return [] if refused else [f"refusé : {error}"]
    except Exception as error:  # a broken method is a failure of its case, not the end of the run
        return [f"{type(error).__name__} : {error}"]
    if refused:
        asked = {name: got.get(name) for name in expected or got}
        return [] if got and all_missing(asked) else ["une erreur ou une valeur manquante était attendue"]
    if method := JUDGES.get(case["method"]):
        return method(case, got)
    return differences(got, case["expected"], case["tolerance"])


def summary(outcomes: Iterable[Outcome]) -> list[str]:
    """One line per method, those that fail with their first case, and the totals last."""
    outcomes = list(outcomes)
    lines = []
    for method in sorted({outcome.method for outcome in outcomes}):
        own = [outcome for outcome in outcomes if outcome.method == method]
        lines.append(f"{method:32} {_counted(own)}")
        lines += [f"    {one.file} · {one.case} : {one.why}" for one in own if one.verdict != PASSED]
    return [*lines, _counted(outcomes)]


def _counted(outcomes: list[Outcome]) -> str:
    return ", ".join(
        f"{sum(outcome.verdict == verdict for outcome in outcomes)} {verdict}" for verdict in (PASSED, FAILED, SKIPPED)
    )
