"""From a release of counts to what may be printed of it: rules, choice of blanks, judge."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.disclosure.audit import Finding, audit
from indicators.disclosure.model import Flags, Release, whole_rule, with_unions
from indicators.disclosure.rules import in_force, small_counts
from indicators.disclosure.suppress import Pattern, suppress


class Protected(NamedTuple):
    """Which cells of a release are withheld, and what the judge still found: print only where it found nothing."""

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

    The rules are those in force on `day`. A reader must hold possible, for every small count, all that
    the rule withholds; the one person behind a count of 1 must not work out another small count.

    Examples
    --------
    >>> from indicators.disclosure.model import Axis, table
    >>> counts = table([Axis.flat("sex", "FM"), Axis.flat("age", ["0-64", "65+"])], [[3, 20], [30, 40]])
    >>> found = protect_counts(counts, date(2025, 1, 1))
    >>> int(found.pattern.blank.sum()), found.safe
    (4, True)
    """
    smallest = in_force(day).smallest_shown
    secret = small_counts(release.value, smallest)
    longer, watched, unions = with_unions(release, secret, smallest)
    extra = np.count_nonzero(unions)
    padded = {"keep": _padded(release.value == 0 if keep is None else keep, extra, False)}
    if cost is not None:
        padded["cost"] = _padded(cost, extra, 1.0)
    alone = (longer.value == 1) & ~unions
    found = suppress(longer, watched, whole_rule(longer, watched, smallest), alone=alone, seconds=seconds, **padded)
    size = release.value.size
    pattern = found._replace(blank=found.blank[:size], secondary=found.secondary[:size])
    needs = whole_rule(release, secret, smallest)
    findings = audit(release, pattern.blank, needs, smallest_shown=smallest, alone=alone[:size])
    return Protected(secret, pattern, findings)


def _padded(values: ArrayLike, extra: int, filling: float) -> np.ndarray:
    return np.append(np.asarray(values), np.full(extra, filling)).astype(np.asarray(values).dtype)
