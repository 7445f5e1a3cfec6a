"""Sums, windows, clocks and flags on rows that one can add up in one's head."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indicators
from indicators import catalogue, computation
from indicators.errors import ArgumentError, DefinitionError

DEFINITIONS = catalogue.load()
LINE = {
    "SOI_ANN": "2025", "SOI_MOI": "01", "FLX_ANN_MOI": 202501, "BEN_RES_REG": 93, "ORG_CLE_REG": 93,
    "AGE_BEN_SNDS": 70, "BEN_SEX_COD": 1, "PRS_NAT": 4214, "FLT_REM_MNT": 100, "FLT_ACT_QTE": 20,
    "ETP_CAT_SNDS": 9999, "EXO_MTF": 0, "ASU_NAT": 10,
}  # fmt: skip


def _month(year: int, month: int, **changes) -> dict:
    return {**LINE, "FLX_ANN_MOI": 100 * year + month, "SOI_ANN": str(year), "SOI_MOI": f"{month:02}", **changes}


def _table(id: str, lines: list[dict], periods=None) -> pd.DataFrame:
    return indicators.compute(id, pd.DataFrame(lines), periods).set_index(["period", "level", "territory"])


def test_a_count_from_1_to_10_is_hidden_and_a_true_zero_is_shown():
    lines = [
        _month(2025, 1, FLT_ACT_QTE=10),
        _month(2025, 1, BEN_RES_REG=84, FLT_ACT_QTE=11),
        _month(2025, 1, BEN_RES_REG=11, PRS_NAT=4999),
        _month(2025, 2, BEN_RES_REG=11),
    ]
    table = _table("transport_amount_month", lines)
    hidden, shown, zero = (table.loc[("2025-01", "cnam", code)] for code in ("93", "84", "11"))
    assert hidden["flag"] == "hidden"
    assert hidden[["value", "numerator", "denominator"]].isna().all()
    assert (shown["flag"], shown["value"]) == ("ok", 100.0)
    assert (zero["flag"], zero["value"]) == ("ok", 0.0)


def test_the_complement_of_a_proportion_is_hidden_too():
    lines = [_month(2025, m, PRS_NAT=4213, FLT_ACT_QTE=100) for m in (1, 2, 3)] + [_month(2025, 3, FLT_ACT_QTE=5)]
    assert _table("transport_vsl_share", lines).loc[("2025-Q1", "cnam", "93"), "flag"] == "hidden"


def test_an_amount_without_a_counted_act_is_hidden():
    lines = [_month(2025, 1, FLT_ACT_QTE=0, FLT_REM_MNT=-50)]
    assert _table("transport_amount_month", lines).loc[("2025-01", "cnam", "93"), "flag"] == "hidden"


def test_the_unknown_region_counts_in_france_and_nowhere_else():
    table = _table("transport_amount_month", [_month(2025, 1), _month(2025, 1, BEN_RES_REG=99, FLT_REM_MNT=7)])
    assert table.loc[("2025-01", "fra", "FR"), "value"] == 107.0
    assert "99" not in table.index.get_level_values("territory")


def test_the_region_of_the_fund_places_sick_pay_and_that_of_residence_transport():
    lines = [_month(2025, 1, BEN_RES_REG=84, ORG_CLE_REG=11, PRS_NAT=code, FLT_ACT_NBR=20) for code in (4214, 6111)]
    assert _table("transport_amount_month", lines).loc[("2025-01", "cnam", "84"), "value"] == 100.0
    sick = _table("sick_pay_illness_amount", lines)
    assert sick.loc[("2025-01", "cnam", "11"), "value"] == 100.0
    assert ("2025-01", "cnam", "84") not in sick.index or sick.loc[("2025-01", "cnam", "84"), "value"] == 0


def test_a_month_without_rows_inside_a_window_counts_as_zero_not_as_a_shorter_window():
    lines = [_month(2023, m) for m in range(1, 13)] + [_month(2024, m) for m in (1, 2, 12)] + [_month(2025, 1)]
    table = _table("transport_spending_growth", lines)
    assert table.loc[("2024-12", "cnam", "93"), "value"] == pytest.approx(100 * (3 / 12 - 1))
    assert table.loc[("2025-01", "cnam", "93"), "value"] == pytest.approx(100 * (3 / 12 - 1))


def test_a_flux_month_that_was_never_received_is_missing_not_zero():
    lines = [_month(2025, m) for m in (1, 2, 4)]
    table = _table("transport_amount_month", lines, ["2025-01", "2025-02", "2025-04"])
    assert table.loc[("2025-02", "cnam", "93"), "flag"] == "ok"
    assert table.loc[("2025-03", "cnam", "93"), "flag"] == "missing"
    assert pd.isna(table.loc[("2025-03", "cnam", "93"), "value"])


def test_recent_care_months_are_provisional_and_say_how_much_is_in():
    lines = []
    for number in range(24):
        year, month = 2023 + number // 12, number % 12 + 1
        lines += [_month(year, month, FLT_REM_MNT=60)]
        later = number + 1
        lines += [_month(year, month, FLT_REM_MNT=40, FLX_ANN_MOI=100 * (2023 + later // 12) + later % 12 + 1)]
    lines = [line for line in lines if line["FLX_ANN_MOI"] <= 202412]
    table = _table("transport_taxi_cost_per_trip", lines)
    last = table.loc[("2024-Q4", "cnam", "93")]
    assert last["flag"] == "provisional"
    assert last["completeness"] == pytest.approx(260 / 300)  # the lines in hand, over those there will be
    assert table.loc[("2024-Q3", "cnam", "93"), "flag"] == "ok"


def test_a_share_that_leaves_its_bounds_is_unreliable():
    lines = [_month(2025, m, FLT_ACT_QTE=-20) for m in (1, 2)] + [_month(2025, 3, PRS_NAT=4213, FLT_ACT_QTE=100)]
    found = _table("transport_vsl_share", lines).loc[("2025-Q1", "cnam", "93")]
    assert found["flag"] == "unreliable"
    assert pd.isna(found["value"])


def test_department_93_and_area_93_are_never_mixed():
    population = pd.DataFrame(
        [
            {"YEAR": "2025", "REGION": code, "SEXE": "1", "AGE": "20-39", "POPULATION": n}
            for code, n in (("93", 80), ("94", 20))
        ]
    )
    lines = pd.DataFrame([_month(2024, m) for m in range(4, 13)] + [_month(2025, m) for m in (1, 2, 3)])
    table = indicators.compute(
        "transport_taxi_spending_per_inhabitant", {"open_damir": lines, "insee_population": population}
    )
    assert set(table["level"]) == {"cnam", "fra"}
    found = table.set_index(["period", "level", "territory"]).loc[("2025-Q1", "cnam", "93")]
    assert (float(found["denominator"]), found["value"]) == (100.0, 12.0)


def test_a_population_older_than_two_years_is_not_used():
    lines = pd.DataFrame([_month(2024, m) for m in range(4, 13)] + [_month(2025, m) for m in (1, 2, 3)])
    flags = []
    for year in ("2023", "2022"):
        rows = pd.DataFrame([{"YEAR": year, "REGION": "93", "SEXE": "1", "AGE": "20-39", "POPULATION": 100}])
        table = indicators.compute(
            "transport_taxi_spending_per_inhabitant", {"open_damir": lines, "insee_population": rows}
        )
        flags.append(table.set_index(["period", "level", "territory"]).loc[("2025-Q1", "cnam", "93"), "flag"])
    assert flags == ["ok", "missing"] or flags == ["provisional", "missing"]


def test_unknown_words_are_answered_with_the_nearest():
    with pytest.raises(DefinitionError, match="transport_vsl_share"):
        indicators.compute("transport_vls_share", pd.DataFrame([LINE]))
    with pytest.raises(ArgumentError, match="insee_population"):
        indicators.compute("transport_taxi_spending_per_inhabitant", pd.DataFrame([LINE]))
    with pytest.raises(ArgumentError, match="manquantes : FLT_ACT_QTE"):
        indicators.compute("transport_vsl_share", pd.DataFrame([LINE]).drop(columns="FLT_ACT_QTE"))


amounts = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(amounts)
def test_sums_are_exact_to_the_cent(cents):
    from decimal import Decimal

    lines = [_month(2025, 1, FLT_REM_MNT=Decimal(value) / 100) for value in cents]
    table = _table("transport_amount_month", lines)
    found = table.loc[("2025-01", "cnam", "93")]
    assert found["flag"] == "ok"
    assert found["numerator"] == Decimal(sum(cents)) / 100


def test_a_language_or_a_level_unknown_to_an_indicator_is_answered(country):
    with pytest.raises(ArgumentError, match="fr"):
        indicators.explain("transport_vsl_share", "de")
    with pytest.raises(ArgumentError, match="cnam, fra"):
        indicators.trend("transport_vsl_share", "93", "reg", data=country)


def test_a_quarter_that_the_data_do_not_cover_gives_no_row():
    table = _table("transport_vsl_share", [_month(2025, m, PRS_NAT=4213) for m in (1, 2)] + [_month(2025, 2)])
    assert table.empty


def test_an_indicator_without_a_level_of_its_own_is_not_invented():
    entry = replace(DEFINITIONS.indicator("transport_amount_month"), levels=("fra",))
    table = computation.own_rows(DEFINITIONS, entry, {"open_damir": pd.DataFrame([_month(2025, 1)])}, {})
    assert table["level"].unique().tolist() == ["fra"]
