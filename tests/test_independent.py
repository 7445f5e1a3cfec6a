"""Every indicator of the fictional country, computed a second time from the raw files without the engine.

The lists of codes and the formulas are typed here from the definitions in words, not read from them: a slip in the
engine, in a list or in a definition shows as a difference. A new indicator of the catalogue needs a line in RECIPES.
"""

import pytest
from independent import Raw, Recipe, Sum, rows

from indicators import catalogue, lake

AMBULANCE = ("4212", "4221")
VSL = ("4213",)
TAXI = ("4210", "4214", "4217", "4218", "4220", "4229")
OWN_CAR = ("4215",)
EMERGENCY = ("4204", "4205", "4206", "4207", "4208", "4209", "4222", "4230", "4231", "4232", "4233")
SHARED = ("4225", "4226", "4234")
OTHER = ("4203", "4211", "4216", "4219", "4223", "4235", "4236", "4237", "4238", "4239", "4240", "4241", "9901")
TRIPS = AMBULANCE + VSL + TAXI + OWN_CAR
TRANSPORT = TRIPS + EMERGENCY + SHARED + OTHER

SHORT = ("6111", "6113", "6115", "6134")
LONG = ("6110", "6112", "6114", "6116", "6119", "6135")
PART_TIME = ("6117", "6118")
LEAVE = (*SHORT, *LONG, *PART_TIME, "6239")
WORK_INJURY = (*LEAVE, "6120")
MATERNITY = ("6121", "6122", "6123", "6124", "6125", "6211", "6214", "6215", "6221", "6222", "6231", "6232", "6233",
             "6234", "6235")  # fmt: skip
PATERNITY = ("6210", "6212", "6213", "6236", "6237", "6238")

DRESSINGS = ("3515",)
BREATHING = ("3511", "3518")
GLASSES = tuple(map(str, [*range(3500, 3511), 3519, 3520, 3531, 3535, 3559, 3560, *range(3562, 3571), 3578, 3579, 3580,
                          3584, 3585, 3602]))  # fmt: skip
HEARING = tuple(map(str, [3540, 3541, 3547, 3549, 3550, *range(3586, 3591), 3595]))
DEVICES = (*BREATHING, *DRESSINGS, "3512", "3513", "3514", "3516", "3517", "3521", "3522", "3542", "3543", "3544",
           "3545", "3548", "3561", *HEARING, *GLASSES)  # fmt: skip
RETROCESSION = ("3317", "3318", "3319", "3330", "3351", "3352", "3353", "3354", "3355", "3356")

HOSPITAL = {"ETP_CAT_SNDS": ("!9999",)}  # "!" for every code but these
ALD = {"EXO_MTF": ("41", "42", "43", "44", "45", "46")}
STATED = {"EXO_MTF": ("!99",)}
WORKING_AGE = {"AGE_BEN_SNDS": ("20", "30", "40", "50")}
ILLNESS, INJURY = {"ASU_NAT": ("10",)}, {"ASU_NAT": ("40",)}
ADULT, OLDER = {"AGE": ("20", "60")}, {"AGE": ("60",)}
EZETIMIBE = ({"ATC5": ("C10AX09",)}, {"ATC4": ("C10BA",)})
ANTI_VEGF = ("S01LA03", "S01LA04", "S01LA05", "S01LA06", "S01LA09")
STRONG_OPIOIDS = ("N02AA01", "N02AA03", "N02AA05", "N02AA55", "N02AB03")


def _where(conditions: dict) -> tuple:
    return tuple(sorted(conditions.items()))


def paid(codes, **more):
    return (Sum("damir", "FLT_REM_MNT", "BEN_RES_REG", _where({"PRS_NAT": codes, **more})),)


def acts(codes, **more):
    return (Sum("damir", "FLT_ACT_QTE", "BEN_RES_REG", _where({"PRS_NAT": codes, **more})),)


def allowances(codes, **more):  # lines of sick pay carry no residence: they are placed at the fund
    return (Sum("damir", "FLT_REM_MNT", "ORG_CLE_REG", _where({"PRS_NAT": codes, **more})),)


def days(codes, **more):
    return (Sum("damir", "FLT_ACT_NBR", "ORG_CLE_REG", _where({"PRS_NAT": codes, **more})),)


def boxes(**conditions):
    return (Sum("medic", "BOITES", "BEN_REG", _where(conditions)),)


def cost(**conditions):
    return (Sum("medic", "REM", "BEN_REG", _where(conditions)),)


def monthly(above, counted=()):
    return Recipe("sum", above, None, counted, "flux", 1, 1)


def growth(above, counted):
    return Recipe("growth", above, above, counted, "flux", 1, 12)


def a_year(kind, above, below, counted=(), per=1):  # twelve months of care, each quarter
    return Recipe(kind, above, below, counted, "care", 3, 12, per)


def a_quarter(kind, above, below, counted=(), per=1):
    return Recipe(kind, above, below, counted, "care", 3, 3, per)


def medic(kind, above, below, counted=(), per=1):
    return Recipe(kind, above, below, counted, "year", 12, 12, per)


ALL_TRANSPORT = paid(TRANSPORT)
REPERTOIRE = boxes(TOP_GEN=("1", "4"))
SICK = allowances(LEAVE, **ILLNESS), days(LEAVE, **ILLNESS)
SICK_20_59 = allowances(LEAVE, **ILLNESS, **WORKING_AGE), days(LEAVE, **ILLNESS, **WORKING_AGE)
INJURED = allowances(WORK_INJURY, **INJURY), days(WORK_INJURY, **INJURY)

RECIPES = {
    # Transport
    "transport_spending_per_inhabitant": a_year("amount_rate", ALL_TRANSPORT, "all", acts(TRANSPORT)),
    "transport_trips_per_1000": a_year("rate", acts(TRIPS), "all", per=1000),
    "transport_spending_growth": growth(ALL_TRANSPORT, acts(TRANSPORT)),
    "transport_monthly_amount": monthly(ALL_TRANSPORT, acts(TRANSPORT)),
    "transport_ambulance_spending_share": a_quarter("share", paid(AMBULANCE), ALL_TRANSPORT, acts(AMBULANCE), 100),
    "transport_hospital_ambulance_share": a_quarter(
        "proportion", acts(AMBULANCE, **HOSPITAL), acts(AMBULANCE + VSL + TAXI, **HOSPITAL)
    ),
    "transport_taxi_spending_share": a_quarter("share", paid(TAXI), ALL_TRANSPORT, acts(TAXI), 100),
    "transport_vsl_share": a_quarter("proportion", acts(VSL), acts(VSL + TAXI)),
    "transport_own_car_share": a_quarter("proportion", acts(OWN_CAR), acts(TRIPS)),
    "transport_cost_per_trip": a_quarter("ratio", paid(TRIPS), acts(TRIPS), acts(TRIPS)),
    "transport_ambulance_cost_per_trip": a_quarter("ratio", paid(AMBULANCE), acts(AMBULANCE), acts(AMBULANCE)),
    "transport_vsl_cost_per_trip": a_quarter("ratio", paid(VSL), acts(VSL), acts(VSL)),
    "transport_taxi_cost_per_trip": a_quarter("ratio", paid(TAXI), acts(TAXI), acts(TAXI)),
    "transport_own_car_cost_per_trip": a_quarter("ratio", paid(OWN_CAR), acts(OWN_CAR), acts(OWN_CAR)),
    "transport_hospital_spending_share": a_quarter(
        "share", paid(TRANSPORT, **HOSPITAL), ALL_TRANSPORT, acts(TRANSPORT, **HOSPITAL), 100
    ),
    "transport_ald_spending_share": a_quarter(
        "share", paid(TRANSPORT, **ALD), paid(TRANSPORT, **STATED), acts(TRANSPORT, **ALD), 100
    ),
    "transport_taxi_spending_per_inhabitant": a_year("amount_rate", paid(TAXI), "all", acts(TAXI)),
    "transport_taxi_spending_growth": growth(paid(TAXI), acts(TAXI)),
    # Sick leave
    "sick_pay_illness_amount": monthly(*SICK),
    "sick_pay_illness_days": monthly(SICK[1]),
    "sick_pay_illness_per_inhabitant_20_59": a_year("amount_rate", SICK_20_59[0], "20-59", SICK_20_59[1]),
    "sick_pay_daily_amount": a_quarter("ratio", SICK[0], SICK[1], SICK[1]),
    "sick_pay_long_share": a_quarter(
        "share",
        allowances(LONG, **ILLNESS),
        allowances(SHORT, **ILLNESS) + allowances(LONG, **ILLNESS),
        days(LONG, **ILLNESS),
        100,
    ),
    "sick_pay_partial_share": a_quarter(
        "share", allowances(PART_TIME, **ILLNESS), SICK[0], days(PART_TIME, **ILLNESS), 100
    ),
    "sick_pay_illness_growth": growth(*SICK),
    "sick_pay_illness_days_per_inhabitant_20_59": a_year("rate", SICK_20_59[1], "20-59"),
    "sick_pay_atmp_amount": monthly(*INJURED),
    "sick_pay_atmp_growth": growth(*INJURED),
    "sick_pay_maternity_amount": monthly(allowances(MATERNITY), days(MATERNITY)),
    "sick_pay_paternity_amount": monthly(allowances(PATERNITY), days(PATERNITY)),
    # Health products
    "generics_in_repertoire_share": medic("proportion", boxes(TOP_GEN=("1",)), REPERTOIRE),
    "repertoire_share": medic("proportion", REPERTOIRE, boxes()),
    "medicines_spending_per_inhabitant": medic("amount_rate", cost(), "all", boxes()),
    "medicines_cost_per_box": medic("ratio", cost(), boxes(), boxes()),
    "ppi_boxes_per_1000": medic("rate", boxes(ATC4=("A02BC",), **ADULT), "20+", per=1000),
    "antibiotics_boxes_per_1000": medic("rate", boxes(ATC2=("J01",)), "all", per=1000),
    "antibiotics_critical_share": medic(
        "proportion", boxes(ATC5=("J01CR02",)) + boxes(ATC4=("J01DD", "J01MA")), boxes(ATC2=("J01",))
    ),
    "benzodiazepines_boxes_per_1000_60_plus": medic(
        "rate", boxes(ATC4=("N05BA", "N05CD", "N05CF"), **OLDER), "60+", per=1000
    ),
    "strong_opioids_boxes_per_1000": medic("rate", boxes(ATC5=STRONG_OPIOIDS), "all", per=1000),
    "nicotine_substitutes_boxes_per_1000": medic("rate", boxes(ATC5=("N07BA01",), **ADULT), "20+", per=1000),
    "ezetimibe_spending_per_inhabitant": medic(
        "amount_rate", cost(**EZETIMIBE[0]) + cost(**EZETIMIBE[1]), "all", boxes(**EZETIMIBE[0]) + boxes(**EZETIMIBE[1])
    ),
    "ezetimibe_box_share": medic("proportion", boxes(**EZETIMIBE[0]) + boxes(**EZETIMIBE[1]), boxes(ATC2=("C10",))),
    "salaried_prescribers_spending_share": medic("share", cost(PSP_SPE=("90",)), cost(), boxes(PSP_SPE=("90",)), 100),
    "ranibizumab_share": medic("proportion", boxes(ATC5=("S01LA04",)), boxes(ATC5=ANTI_VEGF)),
    "lpp_spending_per_inhabitant": a_year("amount_rate", paid(DEVICES), "all", acts(DEVICES)),
    "dressings_spending_per_inhabitant": a_year("amount_rate", paid(DRESSINGS), "all", acts(DRESSINGS)),
    "respiratory_spending_per_inhabitant": a_year("amount_rate", paid(BREATHING), "all", acts(BREATHING)),
    "hospital_retrocession_spending_per_inhabitant": a_year(
        "amount_rate", paid(RETROCESSION), "all", acts(RETROCESSION)
    ),
}


@pytest.fixture(scope="module")
def table(country):
    return lake.published(country).table.set_index(["indicator_id", "period", "level", "territory"]).sort_index()


@pytest.fixture(scope="module")
def both(country, table):
    """For an indicator: what the raw files give and what the table holds, row by row."""
    raw, made = Raw(country / "incoming"), {}

    def pair(id: str):
        if id not in made:
            made[id] = rows(raw, RECIPES[id]), table.loc[id]
        return made[id]

    return pair


def test_every_indicator_of_the_catalogue_is_computed_again():
    ids = set(catalogue.load().indicators)
    assert sorted(ids - set(RECIPES)) == [], "no second computation: add a line to RECIPES in tests/test_independent.py"
    assert sorted(set(RECIPES) - ids) == [], "no longer in the catalogue: remove from RECIPES"


def test_the_table_holds_the_indicators_of_the_catalogue_and_no_other(table):
    assert sorted(set(table.index.get_level_values("indicator_id")) ^ set(RECIPES)) == []


@pytest.mark.parametrize("id", RECIPES)
def test_the_periods_and_territories_are_the_same(id, both):
    expected, found = both(id)
    assert not found.index.duplicated().any()
    assert sorted(expected.index.symmetric_difference(found.index)) == []


@pytest.mark.parametrize("id", RECIPES)
def test_numerators_and_denominators_are_the_same_to_the_cent(id, both):
    _same(*both(id), ["numerator", "denominator"], 0.0)


@pytest.mark.parametrize("id", RECIPES)
def test_values_are_the_same(id, both):
    _same(*both(id), ["value"], 0.0 if RECIPES[id].kind == "sum" else 1e-12)


@pytest.mark.parametrize("id", RECIPES)
def test_bounds_are_the_same(id, both):
    _same(*both(id), ["lower", "upper"], 1e-12)


@pytest.mark.parametrize("id", RECIPES)
def test_completeness_and_flags_are_the_same(id, both):
    expected, found = both(id)
    _same(expected, found, ["completeness"], 1e-12)
    wrong = expected["flag"] != found["flag"]
    assert not wrong.any(), expected[wrong].join(found["flag"], rsuffix="_of_the_table").to_string()


def _same(expected, found, columns: list[str], tolerance: float) -> None:
    """The same blanks and the same numbers; else the rows that differ, both sides shown."""
    for column in columns:
        ours, theirs = expected[column], found[column].reindex(expected.index)
        close = (ours.isna() & theirs.isna()) | ((ours - theirs).abs() <= tolerance * ours.abs())
        apart = ours[~close].to_frame("raw files").assign(table=theirs[~close])
        assert close.all(), f"{column}: {len(apart)} row(s) differ, first:\n{apart.head(12).to_string()}"
