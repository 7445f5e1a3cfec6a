"""Every indicator of the fictional country, computed a second time from the raw files without the engine.

The lists of codes and the formulas are typed here from the definitions in words, not read from them: a slip in the
engine, in a list or in a definition shows as a difference. A new indicator of the catalogue needs a line in RECIPES.
"""

from functools import cache, partial

import pytest
from independent import Raw, Recipe, Sum, rows, thin

from indicators import catalogue, cli, lake

AMBULANCE = ("4212", "4221")
VSL, OWN_CAR = ("4213",), ("4215",)
TAXI = ("4210", "4214", "4217", "4218", "4220", "4229")
EMERGENCY = ("4204", "4205", "4206", "4207", "4208", "4209", "4222", "4230", "4231", "4232", "4233")
SHARED = ("4225", "4226", "4234")
OTHER = ("4203", "4211", "4216", "4219", "4223", "4235", "4236", "4237", "4238", "4239", "4240", "4241", "9901")
TRIPS = AMBULANCE + VSL + TAXI + OWN_CAR
TRANSPORT = TRIPS + EMERGENCY + SHARED + OTHER

SHORT = ("6111", "6113", "6115", "6134")
LONG = ("6110", "6112", "6114", "6116", "6119", "6135")
PART_TIME, DUAL = ("6117", "6118"), ("6239",)
LEAVE = SHORT + LONG + PART_TIME + DUAL
MATERNITY = ("6121", "6122", "6123", "6124", "6125", "6211", "6214", "6215", "6221", "6222", "6231", "6232", "6233",
             "6234", "6235")  # fmt: skip
PATERNITY = ("6210", "6212", "6213", "6236", "6237", "6238")

DRESSINGS, BREATHING = ("3515",), ("3511", "3518")
GLASSES = tuple(map(str, [*range(3500, 3511), 3519, 3520, 3531, 3535, 3559, 3560, *range(3562, 3571), 3578, 3579, 3580,
                          3584, 3585, 3602]))  # fmt: skip
HEARING = tuple(map(str, [3540, 3541, 3547, 3549, 3550, *range(3586, 3591), 3595]))
DEVICES = (*BREATHING, *DRESSINGS, "3512", "3513", "3514", "3516", "3517", "3521", "3522", "3542", "3543", "3544",
           "3545", "3548", "3561", *HEARING, *GLASSES)  # fmt: skip
RETROCESSION = ("3317", "3318", "3319", "3330", "3351", "3352", "3353", "3354", "3355", "3356")

HOSPITAL = {"ETP_CAT_SNDS": ("!9999",)}  # "!" for every code but these
ALD, STATED = {"EXO_MTF": ("41", "42", "43", "44", "45", "46")}, {"EXO_MTF": ("!99",)}
WORKING_AGE = {"AGE_BEN_SNDS": ("20", "30", "40", "50")}
ILLNESS, INJURY = {"ASU_NAT": ("10",)}, {"ASU_NAT": ("40",)}
DAYS_KNOWN = {"DAYS": ("known",)}  # neither blank nor zero
ADULT = ("20", "60")
ANTI_VEGF = ("S01LA03", "S01LA04", "S01LA05", "S01LA06", "S01LA09")
FOUR_AGES = ("0-19", "20-39", "40-59", "60+")
STRONG_OPIOIDS = ("N02AA01", "N02AA03", "N02AA05", "N02AA55", "N02AB03")


def summed(file, column, place):
    """A function that gives the sum of a column over the lines of some codes."""

    def over(codes=(), **more):
        conditions = {"PRS_NAT": codes, **more} if codes else more
        return (Sum(file, column, place, tuple(sorted(conditions.items()))),)

    return over


paid, acts = summed("damir", "FLT_REM_MNT", "BEN_RES_REG"), summed("damir", "FLT_ACT_QTE", "BEN_RES_REG")
# Lines of sick pay carry no region of residence: they are placed at the paying fund.
allowances, days = summed("damir", "FLT_REM_MNT", "ORG_CLE_REG"), summed("damir", "FLT_ACT_NBR", "ORG_CLE_REG")
boxes, cost = summed("medic", "BOITES", "BEN_REG"), summed("medic", "REM", "BEN_REG")

a_month, growth = Recipe, partial(Recipe, "growth", window=12)
a_quarter = partial(Recipe, clock="care", step=3, window=3)
twelve_months = partial(Recipe, clock="care", step=3, window=12)
per_head = partial(twelve_months, "amount_rate")
a_year = partial(Recipe, clock="year", step=12, window=12)
share, per_trip = partial(a_quarter, "share"), partial(a_quarter, "ratio")

TRANSPORT_PAID, TRANSPORT_ACTS, TRIP_ACTS = paid(TRANSPORT), acts(TRANSPORT), acts(TRIPS)
BY_AMBULANCE, BY_TAXI = (paid(AMBULANCE), acts(AMBULANCE)), (paid(TAXI), acts(TAXI))
SICK = allowances(LEAVE, **ILLNESS), days(LEAVE, **ILLNESS)
SICK_20_59 = allowances(LEAVE, **ILLNESS, **WORKING_AGE), days(LEAVE, **ILLNESS, **WORKING_AGE)
INJURED = allowances((*LEAVE, "6120"), **INJURY), days((*LEAVE, "6120"), **INJURY)
SHORT_PAID, LONG_PAID = allowances(SHORT, **ILLNESS), allowances(LONG, **ILLNESS)
MEDICINES, REPERTOIRE, ANTIBIOTICS = (cost(), boxes()), boxes(TOP_GEN=("1", "4")), boxes(ATC2=("J01",))
EZETIMIBE = [of(ATC5=("C10AX09",)) + of(ATC4=("C10BA",)) for of in (cost, boxes)]

# fmt: off
RECIPES = {
    # Transport
    "transport_spending_per_inhabitant": per_head(TRANSPORT_PAID, "all", TRANSPORT_ACTS),
    "transport_trips_per_1000": twelve_months("rate", TRIP_ACTS, "all", per=1000),
    "transport_spending_standardised": per_head(TRANSPORT_PAID, "all", TRANSPORT_ACTS, ages=FOUR_AGES),
    "transport_trips_standardised": twelve_months("rate", TRIP_ACTS, "all", per=1000, ages=FOUR_AGES),
    "transport_spending_growth": growth(TRANSPORT_PAID, counted=TRANSPORT_ACTS),
    "transport_amount_month": a_month("sum", TRANSPORT_PAID, counted=TRANSPORT_ACTS),
    "transport_ambulance_spending_share": share(BY_AMBULANCE[0], TRANSPORT_PAID, BY_AMBULANCE[1]),
    "transport_hospital_ambulance_share":
        a_quarter("proportion", acts(AMBULANCE, **HOSPITAL), acts(AMBULANCE + VSL + TAXI, **HOSPITAL)),
    "transport_taxi_spending_share": share(BY_TAXI[0], TRANSPORT_PAID, BY_TAXI[1]),
    "transport_vsl_share": a_quarter("proportion", acts(VSL), acts(VSL + TAXI)),
    "transport_shared_ride_share": per_trip(acts(SHARED), acts(VSL + TAXI), per=1000),
    "transport_own_car_share": a_quarter("proportion", acts(OWN_CAR), TRIP_ACTS),
    "transport_cost_per_trip": per_trip(paid(TRIPS), TRIP_ACTS, TRIP_ACTS),
    "transport_ambulance_cost_per_trip": per_trip(*BY_AMBULANCE, BY_AMBULANCE[1]),
    "transport_vsl_cost_per_trip": per_trip(paid(VSL), acts(VSL), acts(VSL)),
    "transport_taxi_cost_per_trip": per_trip(*BY_TAXI, BY_TAXI[1]),
    "transport_own_car_cost_per_trip": per_trip(paid(OWN_CAR), acts(OWN_CAR), acts(OWN_CAR)),
    "transport_hospital_spending_share":
        share(paid(TRANSPORT, **HOSPITAL), TRANSPORT_PAID, acts(TRANSPORT, **HOSPITAL)),
    "transport_ald_spending_share": share(paid(TRANSPORT, **ALD), paid(TRANSPORT, **STATED), acts(TRANSPORT, **ALD)),
    "transport_taxi_spending_per_inhabitant": per_head(BY_TAXI[0], "all", BY_TAXI[1]),
    "transport_taxi_spending_growth": growth(BY_TAXI[0], counted=BY_TAXI[1]),
    # Sick leave
    "sick_pay_illness_amount": a_month("sum", SICK[0], counted=SICK[1]),
    "sick_pay_illness_days": a_month("sum", SICK[1]),
    "sick_pay_illness_per_inhabitant_20_59": per_head(SICK_20_59[0], "20-59", SICK_20_59[1]),
    "sick_pay_daily_amount": a_quarter("ratio", allowances(LEAVE, **ILLNESS, **DAYS_KNOWN), SICK[1], SICK[1]),
    "sick_pay_long_share": share(LONG_PAID, SHORT_PAID + LONG_PAID, days(LONG, **ILLNESS)),
    "sick_pay_partial_share": share(allowances(PART_TIME, **ILLNESS), SICK[0], days(PART_TIME, **ILLNESS)),
    "sick_pay_illness_growth": growth(SICK[0], counted=SICK[1]),
    "sick_pay_illness_days_per_inhabitant_20_59": twelve_months("rate", SICK_20_59[1], "20-59"),
    "sick_pay_illness_days_standardised":
        twelve_months("rate", SICK_20_59[1], "20-59", ages=("20-39", "40-59")),
    "sick_pay_atmp_amount": a_month("sum", INJURED[0], counted=INJURED[1]),
    "sick_pay_atmp_growth": growth(INJURED[0], counted=INJURED[1]),
    "sick_pay_maternity_amount": a_month("sum", allowances(MATERNITY), counted=days(MATERNITY)),
    "sick_pay_paternity_amount": a_month("sum", allowances(PATERNITY), counted=days(PATERNITY)),
    # Health products
    "generics_share": a_year("proportion", boxes(TOP_GEN=("1",)), REPERTOIRE),
    "repertoire_share": a_year("proportion", REPERTOIRE, boxes()),
    "medicines_spending_per_inhabitant": a_year("amount_rate", MEDICINES[0], "all", MEDICINES[1]),
    "medicines_cost_per_box": a_year("ratio", *MEDICINES, MEDICINES[1]),
    "ppi_boxes_per_1000": a_year("rate", boxes(ATC4=("A02BC",), AGE=ADULT), "20+", per=1000),
    "antibiotics_boxes_per_1000": a_year("rate", ANTIBIOTICS, "all", per=1000),
    "antibiotics_isr": a_year("isr", ANTIBIOTICS, "all", per=100, ages=("0-19", "20-59", "60+")),
    "antibiotics_critical_share":
        a_year("proportion", boxes(ATC5=("J01CR02",)) + boxes(ATC4=("J01DD", "J01MA")), ANTIBIOTICS),
    "benzodiazepines_boxes_per_1000_60_plus":
        a_year("rate", boxes(ATC4=("N05BA", "N05CD", "N05CF"), AGE=("60",)), "60+", per=1000),
    "strong_opioids_boxes_per_1000": a_year("rate", boxes(ATC5=STRONG_OPIOIDS), "all", per=1000),
    "nicotine_substitutes_boxes_per_1000": a_year("rate", boxes(ATC5=("N07BA01",), AGE=ADULT), "20+", per=1000),
    "ezetimibe_spending_per_inhabitant": a_year("amount_rate", EZETIMIBE[0], "all", EZETIMIBE[1]),
    "ezetimibe_box_share": a_year("proportion", EZETIMIBE[1], boxes(ATC2=("C10",))),
    "salaried_prescribers_spending_share": a_year("share", cost(PSP_SPE=("90",)), MEDICINES[0], boxes(PSP_SPE=("90",))),
    "ranibizumab_share": a_year("proportion", boxes(ATC5=("S01LA04",)), boxes(ATC5=ANTI_VEGF)),
    "lpp_spending_per_inhabitant": per_head(paid(DEVICES), "all", acts(DEVICES)),
    "dressings_spending_per_inhabitant": per_head(paid(DRESSINGS), "all", acts(DRESSINGS)),
    "respiratory_spending_per_inhabitant": per_head(paid(BREATHING), "all", acts(BREATHING)),
    "hospital_retrocession_spending_per_inhabitant": per_head(paid(RETROCESSION), "all", acts(RETROCESSION)),
}
# fmt: on


@pytest.fixture(scope="module")
def hamlet(country, tmp_path_factory):
    """The fictional country with so few acts that secrecy has work to do, and without its last population."""
    folder = tmp_path_factory.mktemp("hamlet")
    (folder / "incoming").mkdir()
    thin(country / "incoming", folder / "incoming", months=24)
    assert [cli.main([verb, "--data", str(folder)]) for verb in ("ingest", "build")] == [0, 0]
    return folder


@pytest.fixture(scope="module", params=["country", "hamlet"])
def both(request):
    """For an indicator: what the raw files give and what the table holds, row by row."""
    folder = request.getfixturevalue(request.param)
    table = lake.published(folder).table.set_index(["indicator_id", "period", "level", "territory"]).sort_index()
    raw = Raw(folder / "incoming")
    return cache(lambda id: (rows(raw, RECIPES[id]), table.loc[id]))


def test_every_indicator_of_the_catalogue_is_computed_again():
    ids = set(catalogue.load().indicators)
    assert sorted(ids - set(RECIPES)) == [], "no second computation: add a line to RECIPES in tests/test_independent.py"
    assert sorted(set(RECIPES) - ids) == [], "no longer in the catalogue: remove from RECIPES"


@pytest.mark.parametrize("id", RECIPES)
def test_the_periods_and_territories_are_the_same(id, both):
    expected, found = both(id)
    assert not found.index.duplicated().any()
    assert sorted(expected.index.symmetric_difference(found.index)) == []


@pytest.mark.parametrize("id", RECIPES)
@pytest.mark.parametrize("columns", ["numerator denominator", "value", "lower upper", "completeness", "corrected"])
def test_the_numbers_are_the_same(id, columns, both):
    exact = columns.startswith("numerator") or (columns == "value" and RECIPES[id].kind == "sum")
    for column in columns.split():
        _same(*both(id), column, 0.0 if exact else 1e-12)


@pytest.mark.parametrize("id", RECIPES)
def test_what_is_hidden_missing_or_provisional_is_the_same(id, both):
    expected, found = both(id)
    wrong = expected["flag"] != found["flag"]
    assert not wrong.any(), f"{wrong.sum()} row(s)\n{expected[wrong].assign(table=found['flag']).head(12).to_string()}"


def _same(expected, found, column: str, tolerance: float) -> None:
    """The same blanks and the same numbers; else the rows that differ, both sides shown."""
    ours, theirs = expected[column], found[column].reindex(expected.index)
    size = ours.abs().clip(lower=1.0) if column in ("lower", "upper") else ours.abs()  # a bound may be 0
    close = (ours.isna() & theirs.isna()) | ((ours - theirs).abs() <= tolerance * size)
    apart = ours[~close].to_frame("raw files").assign(table=theirs[~close])
    assert close.all(), f"{column}: {len(apart)} row(s) differ, first:\n{apart.head(12).to_string()}"
