"""Signal or noise: whether the last final figure of a series is more than the chance that moves all of them.

The limits rest on final, shown figures only. What is judged, and why, is in docs/decisions/009-signal.md.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from indicators.catalogue import MONTHS, Catalogue, Indicator
from indicators.methods import xmr
from indicators.periods import last_month, months_in, year_before
from indicators.present import numbers, sentences, series
from indicators.present.series import Point
from indicators.present.why import monthly_sum
from indicators.present.wording import say

FEWEST = 10  # final figures under which nothing is said of the last one
ADDED_UP = ("sum", "amount_rate", "rate", "growth_12m")  # methods whose figure moves as its numerator does
DIRECTIONS = {xmr.IMPROVEMENT: "favourable", xmr.CONCERN: "unfavourable", xmr.NEUTRAL: "signal"}


class Basis(NamedTuple):
    """What is judged for an indicator: whose figures, and whether as they are or as changes over a year."""

    entry: Indicator
    yearly: bool


class Judged(NamedTuple):
    """A final figure held against the limits; `value` as it is judged, `before` its reference a year earlier."""

    period: str
    value: float
    before: float | None
    kind: str
    side: int


class Variation(NamedTuple):
    """What a series says of its last final figure.

    word: "favourable", "unfavourable", "signal" (no direction is wanted), "noise", "few" (too few figures)
    or "overlap" (windows that share months). Mean and limits are None where they are not known.
    """

    word: str
    basis: Basis | None = None
    judged: tuple[Judged, ...] = ()
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def signals(self) -> tuple[Judged, ...]:
        return tuple(one for one in self.judged if one.side)

    @property
    def trial(self) -> bool:
        """Whether the limits rest on few figures."""
        return self.mean is not None and len(self.judged) < xmr.FIRM_FROM


def basis(catalogue: Catalogue, entry: Indicator) -> Basis | None:
    """What can be judged for an indicator; None where its windows overlap and nothing published stands for it.

    Sums over less than a year are judged on their change over a year: season and slow growth are left out.
    """
    if entry.method != "growth_12m" and entry.window <= MONTHS[entry.frequency]:
        return Basis(entry, entry.method == "sum" and entry.frequency != "year")
    if entry.method not in ADDED_UP or entry.standardise or len(entry.numerator) != 1:
        return None
    monthly = monthly_sum(catalogue, entry.numerator[0], entry.clock)
    return Basis(monthly, True) if monthly else None


def of(published, catalogue: Catalogue, entry: Indicator, level: str, territory: str) -> Variation:
    """The variation of an indicator in a territory."""
    found = basis(catalogue, entry)
    if found is None:
        return Variation("overlap")
    return judge(series.history(published, found.entry.id, level, territory), found, entry.direction)


def judge(points: Iterable[Point], basis: Basis, good: str) -> Variation:
    """The verdict on the last final figure; a figure that is hidden, missing or provisional is none."""
    figures = _figures(points, basis.yearly)
    judged = tuple(Judged(period, value, before, xmr.COMMON, 0) for period, (value, before) in figures.items())
    if len(judged) < FEWEST:
        return Variation("few", basis, judged)
    chart = xmr.xmr(_evenly(judged), good)
    at = [(last_month(one.period) - last_month(judged[0].period)) // months_in(one.period) for one in judged]
    judged = tuple(
        one._replace(kind=str(chart.kind[place]), side=int(chart.side[place]))
        for one, place in zip(judged, at, strict=True)
    )
    mean, lower, upper = (float(line[-1]) for line in (chart.mean, chart.lower, chart.upper))
    if np.isnan(lower):  # nothing moves, or no two figures follow each other
        return Variation("noise" if len({one.value for one in judged}) == 1 else "few", basis, judged)
    word = DIRECTIONS[str(chart.direction[-1])] if chart.special[-1] else "noise"
    return Variation(word, basis, judged, mean, lower, upper)


def _figures(points: Iterable[Point], yearly: bool) -> dict[str, tuple[float, float | None]]:
    """What is judged by period: the final figures, or their changes over a year in %, and what they changed from."""
    final = {point.period: point.value for point in points if point.assessable}
    if not yearly:
        return {period: (value, None) for period, value in final.items()}
    before = {period: final.get(year_before(period)) for period in final}
    changes = {period: numbers.relative(value, before[period]) for period, value in final.items()}
    return {period: (change, before[period]) for period, change in changes.items() if change is not None}


def _evenly(judged: Sequence[Judged]) -> list[float | None]:
    """One value per period from the first to the last, None in a gap: no range is taken across it."""
    step = months_in(judged[0].period)
    known = {last_month(one.period): one.value for one in judged}
    return [known.get(month) for month in range(min(known), max(known) + 1, step)]


def lines(found: Variation) -> dict[str, list[float]]:
    """Mean and limits at each judged period, in the unit of the figures."""
    levels = {name: getattr(found, name) for name in ("mean", "lower", "upper")}
    return {
        name: [level if one.before is None else one.before + abs(one.before) * level / 100 for one in found.judged]
        for name, level in levels.items()
        if level is not None
    }


def word(found: Variation, language: str) -> str:
    """The verdict alone: « signal défavorable », « bruit »."""
    return say(f"variation.{found.word}", language)


def reason(found: Variation, language: str) -> str:
    """Why a verdict is what it is: the rule of a signal, the figures that lack; empty for noise."""
    match found.word:
        case "noise":
            return ""
        case "few":
            return say("variation.few_of", language, count=len(found.judged), needed=FEWEST)
        case "overlap":
            return say("variation.windows", language)
    return _rule(found.judged[-1], language)


def _rule(one: Judged, language: str) -> str:
    """The rule that a signal meets, and on which side."""
    side = "high" if one.side > 0 else "low"
    return say(f"variation.{one.kind}.{side}", language, row=xmr.ROW)


def sentence(found: Variation, language: str) -> str:
    """The verdict in one sentence: on which figure, and by which rule."""
    why, said = reason(found, language), word(found, language)
    said = f"{said} ({why})" if why else said
    if found.word in ("few", "overlap"):
        return say("variation.sentence", language, verdict=said)
    return say("variation.dated", language, period=numbers.period(found.judged[-1].period, language), verdict=said)


def account(found: Variation, entry: Indicator, language: str) -> str:
    """Mean, limits and every signal of a series in words; empty where there are no limits."""
    if found.mean is None or found.basis is None:
        return ""
    unit, decimals = ("%", 1) if found.basis.yearly else (entry.unit, entry.decimals)
    mean = numbers.with_unit(found.mean, unit, decimals, language, signed=found.basis.yearly)
    limits = numbers.between(found.lower, found.upper, unit, decimals, language)
    parts = [_of_what(found.basis, entry, language)]
    parts.append(say("variation.limits", language, mean=mean, limits=limits, count=len(found.judged)))
    parts.append(say("variation.trial", language, firm=xmr.FIRM_FROM) if found.trial else "")
    spans = sentences.listed(_spans(found, language), language)
    parts.append(say("variation.signals", language, spans=spans) if spans else say("variation.no_signal", language))
    return " ".join(part for part in parts if part)


def legend(language: str) -> str:
    """What signal and noise are, and how many figures they ask for."""
    return say("variation.legend", language, row=xmr.ROW, fewest=FEWEST, firm=xmr.FIRM_FROM)


def rule(catalogue: Catalogue, entry: Indicator, language: str) -> str:
    """How the variation of an indicator is judged, for its sheet."""
    found, width = basis(catalogue, entry), numbers.number(xmr.LIMIT, 2, language)
    if found is None:
        return say("judging.overlap", language, window=entry.window)
    if found.entry.id != entry.id:
        label = found.entry.label[language]
        return say("judging.other", language, window=entry.window, label=label, width=width)
    key = "judging.yearly" if found.yearly else "judging.values"
    return say(key, language, width=width, fewest=FEWEST, firm=xmr.FIRM_FROM)


def _of_what(basis: Basis, entry: Indicator, language: str) -> str:
    if basis.entry.id != entry.id:
        return say("variation.by_other", language, label=basis.entry.label[language])
    return say("variation.by_year", language) if basis.yearly else ""


def _spans(found: Variation, language: str) -> list[str]:
    """The signals, those that follow each other by the same rule told as one."""
    spans = []
    for (kind, _), group in groupby(found.judged, key=lambda one: (one.kind, one.side)):
        if kind != xmr.COMMON:
            same = list(group)
            spans.append(_span(same[0], same[-1], language))
    return spans


def _span(first: Judged, last: Judged, language: str) -> str:
    start, end = (numbers.period(one.period, language) for one in (first, last))
    when = start if start == end else say("variation.span", language, first=start, last=end)
    return f"{when} ({_rule(last, language)})"
