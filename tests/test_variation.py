"""Signal or noise: what is judged, by which rule, in which words, and what is never judged."""

from dataclasses import replace

import invented
import pytest

from indicators.periods import ending, last_month
from indicators.present import variation
from indicators.present.series import Point
from indicators.present.variation import Basis, judge

STEADY = [20.0, 22.0] * 5  # mean 21, every moving range 2: limits 21 ± 5.32


@pytest.fixture
def definitions(tmp_path):
    """The invented catalogue, with a growth over twelve months of the amount that `total` sums each month."""
    found = invented.definitions(tmp_path)
    growth = replace(found.indicator("total"), id="growth", method="growth_12m", window=12, unit="%", direction="down")
    return replace(found, indicators={**found.indicators, "growth": growth})


@pytest.fixture
def share(definitions):
    return Basis(definitions.indicator("evil"), yearly=False)


@pytest.fixture
def total(definitions):
    return Basis(definitions.indicator("total"), yearly=True)


def points(values, frequency="quarter", last="2025-Q4", flags=None):
    """Figures one period after another, the last at `last`."""
    step = {"month": 1, "quarter": 3, "year": 12}[frequency]
    ends = [last_month(last) - step * (len(values) - 1 - place) for place in range(len(values))]
    given = flags or {}
    return [
        Point(ending(end, frequency), "cnam", "93", value, None, None, None, None, given.get(place, "ok"))
        for place, (end, value) in enumerate(zip(ends, values, strict=True))
    ]


@pytest.mark.parametrize(("good", "word"), [("down", "unfavourable"), ("up", "favourable"), ("none", "signal")])
def test_a_figure_beyond_a_limit_is_a_signal_whose_direction_is_that_of_the_indicator(share, good, word):
    # 20, 22, …, 20, then 40: mean 228 / 10; the range of 20 is screened out, the eight others are 2
    found = judge(points([*STEADY[:9], 40.0]), share, good)
    assert found.word == word
    assert (found.mean, found.lower, found.upper) == pytest.approx((22.8, 22.8 - 5.32, 22.8 + 5.32))
    assert variation.reason(found, "fr") == "au-delà de la limite haute"
    assert (found.signals[-1].period, found.signals[-1].kind) == ("2025-Q4", "outside_limits")


def test_usual_variation_is_noise_and_its_limits_are_on_trial_below_twelve_figures(share):
    found = judge(points(STEADY), share, "down")
    assert (found.word, found.mean, found.trial) == ("noise", 21.0, True)
    assert not judge(points(STEADY + STEADY[:2]), share, "down").trial


def test_nothing_is_said_below_ten_figures_and_it_is_told_how_many_lack(share):
    found = judge(points(STEADY[:9]), share, "down")
    assert (found.word, found.mean) == ("few", None)
    assert variation.sentence(found, "fr") == "Variation\u00a0: trop peu de points (9 sur les 10 qu’il faut)."
    assert variation.account(found, share.entry, "fr") == ""
    assert judge([], share, "down").word == "few"


@pytest.mark.parametrize("flag", ["provisional", "unreliable", "hidden", "missing"])
def test_only_final_figures_are_judged_and_no_range_is_taken_across_a_gap(share, flag):
    values = [*STEADY, 90.0, *STEADY]
    hole = {10: flag}
    blank = [None if place in hole and flag in ("hidden", "missing") else value for place, value in enumerate(values)]
    found = judge(points(blank, flags=hole), share, "down")
    assert (found.word, found.mean, found.lower) == ("noise", 21.0, pytest.approx(21 - 5.32))
    assert len(found.judged) == 20
    # with its neighbours' gap bridged, 22 beside 20 would be one range more; a step there would show
    step = judge(points([*STEADY, None, *(value + 1 for value in STEADY)], flags={10: "missing"}), share, "down")
    assert step.upper - step.mean == pytest.approx(5.32)


def test_a_period_without_a_row_is_a_gap_too(share):
    values = points([*STEADY, 0.0, *STEADY])
    assert judge(values[:10] + values[11:], share, "down").lower == pytest.approx(21 - 5.32)


def test_seven_figures_on_one_side_and_seven_that_rise_are_told_in_words(share):
    shift = judge(points([*STEADY, *[20.2, 20.4] * 3, 20.2]), share, "up")
    assert shift.word == "unfavourable"
    assert variation.reason(shift, "fr") == "au moins 7 valeurs de suite au-dessous de la moyenne"
    rise = judge(points([*STEADY, 19.0, 19.6, 20.2, 20.8, 21.4, 22.0, 22.6]), share, "up")
    assert variation.reason(rise, "en") == "unbroken rise over at least 7 values"


def test_figures_that_never_move_are_noise_without_limits(share):
    found = judge(points([3.0] * 12), share, "up")
    assert (found.word, found.mean, found.signals) == ("noise", None, ())
    assert variation.account(found, share.entry, "fr") == ""


def test_figures_that_never_follow_each_other_are_too_few(share):
    found = judge(points([float(place) for place in range(20)])[::2], share, "up")
    assert found.word == "few"


def test_a_season_and_a_steady_growth_are_no_signal_in_a_monthly_sum(total):
    season = [100, 90, 110, 95, 105, 100, 80, 60, 100, 110, 105, 120]
    growing = [season[month % 12] * (1.04 if month % 3 else 1.05) ** (month // 12) for month in range(36)]
    found = judge(points(growing, "month", "2025-12"), total, "down")
    assert (found.word, len(found.judged)) == ("noise", 24)
    jump = judge(points([*growing[:-1], growing[-1] * 1.1], "month", "2025-12"), total, "down")
    assert jump.word == "unfavourable"


def test_the_limits_of_a_change_are_drawn_around_the_figure_of_the_year_before(total):
    values = [100.0, 200.0] * 6 + [110.0, 224.0] * 6  # +10 %, +12 %: mean 11, ranges 2
    found = judge(points(values, "month", "2025-12"), total, "none")
    drawn = variation.lines(found)
    assert drawn["mean"][:2] == pytest.approx([111.0, 222.0])
    assert drawn["upper"][:2] == pytest.approx([100 * 1.1632, 200 * 1.1632])
    assert drawn["lower"][:2] == pytest.approx([100 * 1.0568, 200 * 1.0568])


def test_rolling_windows_are_never_judged_by_their_own_figures(definitions):
    found = {id: variation.basis(definitions, definitions.indicator(id)) for id in definitions.indicators}
    assert found["spending"] is found["trips"] is None
    assert found["evil"] == Basis(definitions.indicator("evil"), False)
    assert found["total"] == Basis(definitions.indicator("total"), True)
    assert found["growth"] == Basis(definitions.indicator("total"), True)


def test_a_growth_is_judged_by_the_months_that_it_sums_and_says_so(definitions):
    months = [ending(last_month("2025-12") - back, "month") for back in reversed(range(24))]
    rows = [
        invented.row("total", month, "cnam", "93", 100.0 + (place > 11) * (4 + 2 * (place % 2)))
        for place, month in enumerate(months)
    ]
    growth = definitions.indicator("growth")
    found = variation.of(invented.table(*rows), definitions, growth, "cnam", "93")
    # changes of +4 % and +6 %: mean 5, ranges 2
    assert variation.account(found, growth, "fr") == (
        "Variation jugée sur l’évolution sur un an, mois par mois, de «\u00a0Montant du mois\u00a0». "
        "Moyenne +5,0\u00a0%, limites de variation entre −0,3 et 10,3\u00a0%, sur 12 valeurs définitives. Aucun signal."
    )
    assert variation.sentence(found, "fr") == "Variation (décembre 2025)\u00a0: bruit."


def test_another_clock_never_stands_for_a_rolling_window(definitions):
    care = replace(definitions.indicator("growth"), clock="care")
    assert variation.basis(definitions, care) is None
    found = variation.of(invented.published(), definitions, care, "cnam", "93")
    words = variation.sentence(found, "fr")
    assert words == "Variation\u00a0: non évalué (fenêtres qui se recouvrent)."


def test_the_account_groups_the_signals_that_follow_each_other(share):
    found = judge(points([*STEADY, *[20.2, 20.4] * 3, 20.2, 40.0]), share, "up")
    words = variation.account(found, share.entry, "fr")
    assert words.count("au moins 7 valeurs de suite au-dessous de la moyenne") == 1
    assert words.endswith("T4 2025 (au-delà de la limite haute).")


def test_every_sheet_says_how_its_variation_is_judged(definitions):
    said = {id: variation.rule(definitions, entry, "fr") for id, entry in definitions.indicators.items()}
    assert "12 mois se recouvrent" in said["spending"]
    assert "Montant du mois" in said["growth"]
    assert "évolution sur un an" in said["total"]
    assert "il en faut 10, et en dessous de 12" in said["evil"]
