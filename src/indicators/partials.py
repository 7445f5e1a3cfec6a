"""Parts of a figure that may be shown beside it: what a file or a measure brings is a count too, and can be small.

The total is public; so a part that must be withheld drags others with it until what is left out together
is no longer a small count, nor one part alone that the total would give back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from indicators.catalogue import Indicator
from indicators.computation import Parts, withheld

Place = tuple[str, str]  # source and key of a file
Sums = Mapping[str, Decimal | None]  # by role


def shown(entry: Indicator, terms: Sequence, files: Sequence, by_file: Mapping[Place, Mapping[str, Any]]):
    """The terms and the files with the numbers that can be shown."""
    safe = _safe_files(entry, {place: sums for place, sums in by_file.items() if sums["lines"]})
    return _terms(entry, terms), tuple(_file(entry, file, by_file, safe) for file in files)


def _file(entry: Indicator, file, by_file: Mapping[Place, Mapping[str, Any]], safe: set[Place]):
    place = (file.source, file.key)
    sums = by_file.get(place)
    if sums is None or (sums["lines"] and place not in safe):
        return file
    below = "numerator_before" if entry.method == "growth_12m" else "denominator"
    return replace(file, lines=sums["lines"], numerator=sums.get("numerator"), denominator=sums.get(below))


def _safe_files(entry: Indicator, brought: Mapping[Place, Sums]) -> set[Place]:
    flows = {place: sums for place, sums in brought.items() if sums.get("numerator") is not None}
    out = {place for place, sums in flows.items() if _small(entry, [sums])}
    left = sorted(flows.keys() - out, key=lambda place: (abs(flows[place]["numerator"]), place))
    while out and left and (len(out) == 1 or _small(entry, [flows[place] for place in out])):
        out.add(left.pop(0))
    return set(brought) - out


def _small(entry: Indicator, items: Sequence[Sums]) -> bool:
    """Whether the parts, added up, would have to be withheld."""
    import pandas

    def series(role: str):
        values = [sums[role] for sums in items if sums.get(role) is not None]
        return pandas.Series([sum(values, Decimal(0)) if values else None], dtype="object")

    grows = entry.method == "growth_12m"
    roles = ("count", "count_before") if grows else ("count",)
    counts = tuple(series(role) for role in roles) if entry.count else ()
    below = series("numerator_before" if grows else "denominator") if grows or entry.denominator else None
    return bool(withheld(entry, Parts(series("numerator"), below, counts))[0])


def _terms(entry: Indicator, terms: Sequence) -> tuple:
    """Sums by measure; where a role adds several measures, only if none of them is small."""
    by_role: dict[str, list] = {}
    for term in terms:
        by_role.setdefault(term.role, []).append(term)
    several = {role for role, group in by_role.items() if len(group) > 1}
    if all(_splits(role, by_role) for role in several):
        return tuple(terms)
    return tuple(replace(term, sum=None, lines=None) if term.role in several else term for term in terms)


def _splits(role: str, by_role: Mapping[str, list]) -> bool:
    """Whether each measure of a role can stand alone: its own count, or that of the acts behind its amount."""
    from indicators.disclosure import primary

    group = by_role[role]
    if all(term.unit != "€" for term in group):
        return not primary.small([term.sum for term in group]).any()
    counts = by_role.get(role.replace("numerator", "count"), [])
    if role == "denominator" or len(counts) != len(group):
        return False
    return not primary.hidden([[float(t.sum)] for t in counts], [[float(t.sum)] for t in group]).any()
