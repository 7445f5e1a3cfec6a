"""From a release of counts to what may be printed of it: rules, choice of blanks, judge."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.disclosure.audit import Finding, audit
from indicators.disclosure.model import Flags, Release, whole_rule, with_unions
from indicators.disclosure.rules import in_force, small_counts
from indicators.disclosure.suppress import Pattern, suppress


class Protected(NamedTuple):
    """Which cells of a release are withheld, and what the judge still found.

    Print only what is `safe`, and print all blanks alike: a reader who is told which are secret knows more.
    """

    secret: Flags
    pattern: Pattern
    findings: list[Finding]

    @property
    def safe(self) -> bool:
        return not self.findings and not self.pattern.exposed.size


def protect_counts(
    release: Release, day: date, *, keep: ArrayLike | None = None, cost: ArrayLike | None = None, seconds: float = 60.0
) -> Protected:
    """Blank the small counts of a release and what would give them, or small groups of them, away.

    A release is all that a reader can lay side by side: tables linked into one, earlier ones included,
    with the cells already printed, beside zeros, in `keep`. The rules are those in force on `day`. A
    reader must hold possible, for every small count, all that the rule withholds; the one person behind
    a count of 1 must not work out another blank.

    Examples
    --------
    >>> from indicators.disclosure.model import Axis, table
    >>> counts = table([Axis.flat("sex", "FM"), Axis.flat("age", ["0-64", "65+"])], [[3, 20], [30, 40]])
    >>> found = protect_counts(counts, date(2025, 1, 1))
    >>> int(found.pattern.blank.sum()), found.safe
    (4, True)
    """
    smallest = in_force(day).smallest_shown
    secret = small_counts(np.abs(release.value), smallest)  # regularisations count by their size
    longer, watched, unions = with_unions(release, secret, smallest)
    extra = np.count_nonzero(unions)
    shown = (release.value == 0) | (False if keep is None else np.asarray(keep, bool))
    padded = {"keep": _padded(shown, extra, False)}
    if cost is not None:
        padded["cost"] = _padded(cost, extra, 1.0)
    alone = (longer.value == 1) & ~unions
    found = suppress(longer, watched, whole_rule(longer, watched, smallest), alone=alone, seconds=seconds, **padded)
    size = release.value.size
    exposed = _printed(longer, found.exposed, size)
    pattern = found._replace(blank=found.blank[:size], secondary=found.secondary[:size], exposed=exposed)
    needs = whole_rule(release, secret, smallest)
    findings = audit(release, pattern.blank, needs, smallest_shown=smallest, alone=alone[:size])
    return Protected(secret, pattern, findings)


def _printed(longer: Release, exposed: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Exposed cells, those of an exposed union in its place."""
    rows = longer.sums[longer.sums.shape[0] - (longer.value.size - size) + exposed[exposed >= size] - size]
    return np.unique(np.append(exposed[exposed < size], rows.tocoo().col[rows.tocoo().data > 0]))


def _padded(values: ArrayLike, extra: int, filling: float) -> NDArray:
    return np.append(np.asarray(values), np.full(extra, filling)).astype(np.asarray(values).dtype)
