"""Whether a result is what a reference case expects, within its tolerance."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

EXACT = {"rel": 0.0, "abs": 0.0}


def differences(got: Mapping[str, Any], expected: Mapping[str, Any], tolerance: Mapping[str, Any]) -> list[str]:
    """What differs, one sentence per value; every expected field must be there, others are ignored."""
    overall = {name: tolerance[name] for name in ("rel", "abs") if name in tolerance}
    fields = tolerance.get("fields", {})
    found = []
    for name, want in expected.items():
        if name not in got:
            found.append(f"{name} : absent du résultat")
            continue
        found += _compared(name, got[name], want, {**EXACT, **overall, **fields.get(name, {})}, fields)
    return found


def _compared(path: str, got: Any, want: Any, allowed: Mapping[str, float], fields: Mapping) -> Iterator[str]:
    got = _plain(got)
    if isinstance(want, Mapping):
        yield from _mappings(path, got, want, allowed, fields)
    elif isinstance(want, list):
        yield from _lists(path, got, want, allowed, fields)
    elif not _same(got, want, allowed):
        yield f"{path} : {got!r} au lieu de {want!r}"


def _mappings(path: str, got: Any, want: Mapping, allowed: Mapping, fields: Mapping) -> Iterator[str]:
    if not isinstance(got, Mapping):
        yield f"{path} : {got!r} au lieu d’un objet"
        return
    for name, value in want.items():
        if name not in got:
            yield f"{path}.{name} : absent du résultat"
        else:
            yield from _compared(f"{path}.{name}", got[name], value, {**allowed, **fields.get(name, {})}, fields)


def _lists(path: str, got: Any, want: list, allowed: Mapping, fields: Mapping) -> Iterator[str]:
    if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(want):
        yield f"{path} : {got!r} au lieu de {len(want)} valeurs"
        return
    for place, (one, other) in enumerate(zip(got, want, strict=True)):
        yield from _compared(f"{path}[{place}]", one, other, allowed, fields)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def missing(value: Any) -> bool:
    """Whether a value is missing: None, NaN or infinite, which the format all writes null."""
    value = _plain(value)
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def all_missing(value: Any) -> bool:
    """Whether nothing but missing values is there, however deep."""
    value = _plain(value)
    if isinstance(value, Mapping):
        return all(map(all_missing, value.values()))
    if isinstance(value, list | tuple):
        return all(map(all_missing, value))
    return missing(value)


def _same(got: Any, want: Any, allowed: Mapping[str, float]) -> bool:
    if missing(got) or missing(want):
        return missing(got) and missing(want)
    if isinstance(want, str) or isinstance(got, str):
        return got == want
    return abs(float(got) - float(want)) <= max(allowed["abs"], allowed["rel"] * abs(float(want)))
