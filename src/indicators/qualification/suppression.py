"""Small counts: primary, secondary, audit: reference cases as calls of the library."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from indicators.disclosure import rules
from indicators.disclosure.audit import EXACT, audit, bounds
from indicators.disclosure.model import Axis, Flags, Key, Needs, Release, not_exact, table
from indicators.disclosure.suppress import suppress

ABOVE_REFERENCE = 2  # secondary blanks more than the reference that the cases allow
TOTAL = "Total"


def _release(inputs: Mapping[str, Any]) -> tuple[Release, list[str]]:
    """The table of a case with its margins, and the names of its dimensions."""
    if "inner" in inputs:
        return _records(inputs)
    axes = [Axis.flat(name, inputs[name], TOTAL if _with_margins(inputs) else None) for name in ("rows", "cols")]
    return table(axes, inputs["table"]), ["rows", "cols"]


def _with_margins(inputs: Mapping[str, Any]) -> bool:
    return inputs.get("margins_published", True)


def _records(inputs: Mapping[str, Any]) -> tuple[Release, list[str]]:
    """Figures as records; dimensions as "region > dep (hierarchy) x sex", the finest level names the axis."""
    lines, told = inputs["inner"], inputs["dimensions"].split(";")[0]
    levels = [[name.strip() for name in axis.split(">")] for axis in re.sub(r"\(.*?\)", "", told).split(" x ")]
    axes = [_axis(lines, names) for names in levels]
    measure = (set(lines[0]) - {name for names in levels for name in names}).pop()
    inner = np.zeros([len(axis.leaves) for axis in axes])
    for line in lines:
        inner[tuple(axis.leaves.index(line[axis.name]) for axis in axes)] += line[measure]
    return table(axes, inner), [axis.name for axis in axes]


def _axis(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Axis:
    parts: dict[str, dict[str, None]] = {}
    for line in lines:
        path = [TOTAL, *(line[name] for name in names)]
        for total, part in pairwise(path):
            parts.setdefault(total, {})[part] = None
    return Axis.tree(names[-1], {total: tuple(members) for total, members in parts.items()})


def _secret(inputs: Mapping[str, Any], release: Release) -> Flags:
    least, most = inputs.get("suppress_if_between") or [int(end) for end in inputs["suppress_if"].split("..")]
    return rules.small_counts(release.value, most + 1, zero=True) & (release.value >= least)


def _marked(release: Release, keys: Any) -> Flags:
    """Cells named by their labels: one of them, or a list."""
    keys = [keys] if keys and isinstance(keys[0], str) else keys or []
    marked = np.zeros(len(release.keys), bool)
    marked[release.places(tuple(key) for key in keys)] = True
    return marked


def _listed(release: Release, marked: Flags) -> list[list[str]]:
    return [list(release.keys[cell]) for cell in np.flatnonzero(marked)]


def _primary(inputs: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    release, _ = _release(inputs)
    secret = _secret(inputs, release)
    return {"primary": _listed(release, secret), "n_primary": int(secret.sum())}


def _secondary(inputs: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    release, _ = _release(inputs)
    secret = _secret(inputs, release)
    keep = (release.value == 0) | _marked(release, _kept(release, inputs))
    pattern = suppress(release, secret, not_exact(release, secret), keep=keep)
    return {
        "primary": _listed(release, secret),
        "secondary": _listed(release, pattern.secondary),
        "n_primary": int(secret.sum()),
        "n_secondary": int(pattern.secondary.sum()),
        "n_suppressed": int(pattern.blank.sum()),
        "unprotected": [list(release.keys[cell]) for cell in pattern.exposed],
        "variant": pattern.method,
    }


def _kept(release: Release, inputs: Mapping[str, Any]) -> Any:
    """Cells never to blank: the grand total unless the case names others. A margin that is not published is no cell."""
    grand = [key for key in release.keys if set(key) == {TOTAL}]
    kept = inputs.get("never_suppress", grand if "inner" in inputs else []) or []
    return kept if _with_margins(inputs) else []


def _audit(inputs: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    release, _ = _release(inputs)
    blank = _marked(release, inputs["suppressed"])
    found, order = bounds(release, blank), [tuple(key) for key in inputs["suppressed"]]
    at = {release.keys[cell]: place for place, cell in enumerate(found.cell)}
    ends = {key: (float(found.lower[at[key]]), float(found.upper[at[key]])) for key in order}
    true = dict(zip(release.keys, release.value.tolist(), strict=True))
    exact = {one.keys[0] for one in audit(release, blank, _nothing()) if one.kind == EXACT}
    return {
        "intervals": [{"cell": list(k), "true": true[k], "min": ends[k][0], "max": ends[k][1]} for k in order],
        "exactly_recoverable": [list(key) for key in order if key in exact],
    }


def _nothing() -> Needs:
    return Needs(np.zeros(0, dtype="int64"), np.zeros(0), np.zeros(0), np.zeros(0))


def _dominance(inputs: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    groups = inputs["groups"]
    amounts = [amount for group in groups for amount in group]
    found = rules.dominance(
        amounts, [len(group) for group in groups], inputs["nk_n"], inputs["nk_k"], inputs["p"], inputs["threshold"]
    )
    top = f"nk_share_top{inputs['nk_n']}"
    names = ("n", "below_threshold", top, "nk_flag", "p_ratio", "p_flag", "any_negative")
    columns = [column.tolist() for column in found[:-1]]
    return {"cells": [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=True)]}


def _same_set(case: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """Primary cells are a set: their order says nothing."""
    wanted, found = ({tuple(key) for key in side["primary"]} for side in (case["expected"], got))
    number = case["expected"].get("n_primary", len(wanted))
    problems = [f"primary : {len(wanted ^ found)} cellules diffèrent"] if wanted != found else []
    return problems + ([f"n_primary : {got['n_primary']} au lieu de {number}"] if got["n_primary"] != number else [])


def _protects(case: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """Any pattern is right that protects every primary cell with about as many blanks as the reference."""
    release, names = _release(case["inputs"])
    expected, blank = case["expected"], _marked(release, [*got["primary"], *got["secondary"]])
    found = audit(release, blank, not_exact(release, _marked(release, got["primary"])))
    problems = [f"{one.kind} : {one.keys}" for one in found]
    told, primary = _told_primary(expected, names), set(map(tuple, got["primary"]))
    if got["n_primary"] != expected["n_primary"] or not told <= primary:
        problems.append(f"primary : {got['n_primary']} au lieu de {expected['n_primary']}")
    kept = _marked(release, _kept(release, case["inputs"])) & _marked(release, got["secondary"])
    problems += [f"never_suppress : {key}" for key in _listed(release, kept)]
    return problems + _too_many(expected, got)


def _told_primary(expected: Mapping[str, Any], names: Sequence[str]) -> set[Key]:
    cells = {tuple(one["cell"]) for one in expected.get("reference_intervals", []) if one["primary"]}
    return cells | {tuple(one[n] for n in names) for one in expected.get("reference_cells", []) if one["primary"]}


def _too_many(expected: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    for number, reference in (("n_secondary", "n_secondary_reference"), ("n_suppressed", "n_suppressed_reference")):
        if reference in expected and got[number] > expected[reference] + ABOVE_REFERENCE:
            return [f"{number} : {got[number]}, la référence {expected[reference]}"]
    return []


METHODS = {
    "disclosure_dominance": _dominance,
    "suppression_primary": _primary,
    "suppression_secondary": _secondary,
    "suppression_audit": _audit,
}
JUDGES = {"suppression_primary": _same_set, "suppression_secondary": _protects}
