"""The fictional country keeps the producers' formats, their traps and the public totals."""

import csv
import gzip
import io
import re

import numpy as np
import pytest

from indicators.synthetic import damir, economy, layout, open_medic, parameters, population

REFERENCE = 202501

# Reimbursed EUR of the whole month, all regions: Open DAMIR A202501 (CNAM), legal part.
PUBLISHED_EUR = {
    4212: 145_764_087.86,
    4213: 77_887_044.04,
    4214: 249_558_324.73,
    4215: 6_216_052.56,
    4232: 30_273_190.32,
    4219: 3_343_061.88,
    6111: 592_742_929.82,
    6112: 417_343_103.94,
    6115: 399_330_145.25,
    6122: 172_852_764.12,
    3313: 1_514_760_560.40,
    3311: 674_070_023.37,
    3317: 168_518_139.43,
    3386: 128_160_231.98,
    3515: 60_178_794.70,
    1110: 482_813_052.51,
    1112: 84_850_272.92,
    1192: 21_141_535.33,
    3111: 327_488_672.30,
    3211: 325_521_237.95,
    3331: 4_308_515.12,
    2111: 728_271_584.31,
    7111: 696_380_511.72,
    8111: 302_182_214.53,
}
PUBLISHED_MONTH_EUR = 13_342_058_546.16
# Share of the dated amount by delay in months, same file: 0, 1, 2, 3.
PUBLISHED_DELAYS = [0.583, 0.286, 0.066, 0.025]
# Reimbursed EUR: Open Medic 2023 to 2025 (CNAM).
PUBLISHED_MEDICINES_EUR = {2023: 24_440_076_001, 2024: 26_031_858_108, 2025: 27_846_030_310}
OFFICIAL_END = {
    202301: ["PSP_SPE_SNDS", "PSP_STJ_SNDS", "TOP_PS5_TRG", ""],
    202307: ["PSP_SPE_SNDS", "PSP_STJ_SNDS", "TOP_PS5_TRG", ""],
    202308: ["PSP_SPE_SNDS", "ETB_DCS_MCO", ""],
    202409: ["PSP_SPE_SNDS", "ETB_DCS_MCO", ""],
    202410: ["PSP_SPE_SNDS", "PSP_STJ_SNDS", "TOP_PS5_TRG", "ETB_DCS_MCO", ""],
    202512: ["PSP_SPE_SNDS", "PSP_STJ_SNDS", "TOP_PS5_TRG", "ETB_DCS_MCO", ""],
}


@pytest.fixture(scope="module")
def january():
    return damir.rows(REFERENCE)


@pytest.fixture(scope="module")
def january_text(january):
    return layout.text(january, REFERENCE).decode("ascii")


@pytest.fixture(scope="module")
def january_read(january_text):
    lines = list(csv.reader(io.StringIO(january_text), delimiter=";"))
    return {name: list(column) for name, column in zip(lines[0], zip(*lines[1:], strict=True), strict=False)}


@pytest.fixture(scope="module")
def medicines_text(tmp_path_factory):
    path = open_medic.write(tmp_path_factory.mktemp("medicines"), 2025)
    return path.read_bytes().decode("latin-1")


def euros(rows, where=True):
    return rows["FLT_REM_MNT"][where].sum() / 100


def test_the_same_month_twice_gives_the_same_bytes(tmp_path):
    first = damir.write(tmp_path, 202308).read_bytes()
    economy.build.cache_clear()
    assert damir.write(tmp_path, 202308).read_bytes() == first
    assert gzip.decompress(first).startswith(b"FLX_ANN_MOI;ORG_CLE_REG;")


def test_the_same_year_of_medicines_and_people_twice_gives_the_same_bytes(tmp_path, medicines_text):
    again = open_medic.write(tmp_path, 2025).read_bytes()
    assert again.decode("latin-1") == medicines_text
    assert population.sheet(2024) == population.sheet(2024)


@pytest.mark.parametrize("month", OFFICIAL_END)
def test_the_header_is_the_official_one_of_its_date(month):
    names = [*layout.columns(month), ""]
    start = names.index("PSP_SPE_SNDS")
    assert names[start:] == OFFICIAL_END[month]
    assert len(names) == {202301: 56, 202307: 56, 202308: 55, 202409: 55}.get(month, 57)


def test_every_line_and_the_header_end_with_a_separator_and_have_as_many_fields(january_text):
    lines = january_text.splitlines()
    assert all(line.endswith(";") for line in lines)
    assert {line.count(";") for line in lines} == {56}


def test_amounts_have_a_dot_no_leading_zero_and_no_final_zero(january_read):
    written = re.compile(r"-?(0|[1-9]\d*|([1-9]\d*)?\.\d?[1-9])")
    for name in layout.HUNDREDTHS:
        assert all(written.fullmatch(text) for text in january_read[name]), name
    assert layout.hundredths_as_text(np.array([66, -50, 1600, 53736, 0, 105])).to_pylist() == [
        *(".66", "-.5", "16", "537.36", "0", "1.05")
    ]


def test_counts_are_whole_and_empty_where_a_scheme_does_not_feed_them(january_read):
    counts = january_read["PRS_ACT_NBR"]
    assert all(re.fullmatch(r"-?\d+|", text) for text in counts)
    assert 0.05 < counts.count("") / len(counts) < 0.15
    assert "" not in january_read["PRS_ACT_QTE"]


def test_months_of_care_are_zero_padded_and_never_after_the_processing_month(january_read):
    care = {year + month for year, month in zip(january_read["SOI_ANN"], january_read["SOI_MOI"], strict=True)}
    assert "000000" in care
    assert "202501" in care
    assert all(len(month) == 6 and month <= "202501" for month in care)
    assert min(care - {"000000"}) == "202401"


@pytest.mark.parametrize("code", PUBLISHED_EUR)
def test_the_national_amount_of_an_act_is_the_published_one(january, code):
    assert euros(january, january["PRS_NAT"] == code) == pytest.approx(PUBLISHED_EUR[code], rel=0.04)


def test_the_month_weighs_what_the_published_month_weighs(january):
    assert euros(january) == pytest.approx(PUBLISHED_MONTH_EUR, rel=0.01)


def test_the_delays_of_payment_are_the_published_ones(january):
    dated = january["SOI_ANN"] != "0000"
    months = [("2025", "01"), ("2024", "12"), ("2024", "11"), ("2024", "10")]
    whole = euros(january, dated)
    for (year, month), share in zip(months, PUBLISHED_DELAYS, strict=True):
        here = (january["SOI_ANN"] == year) & (january["SOI_MOI"] == month)
        assert euros(january, here) / whole == pytest.approx(share, abs=0.02)


def test_filtered_amounts_follow_the_type_of_payment_on_every_line(january):
    kind = january["PRS_REM_TYP"]
    assert set(np.unique(kind)) == {0, 1, 2, 4, 5, 99}
    for name in damir.LEGAL_ONLY:
        filtered, whole = (np.nan_to_num(january[f"{side}_{name}"]) for side in ("FLT", "PRS"))
        assert (filtered[kind == 0] == whole[kind == 0]).all()
        assert not filtered[np.isin(kind, [1, 2, 4, 5])].any()
    legal, beside = np.isin(kind, [0, 1]), np.isin(kind, [2, 4, 5])
    assert (january["FLT_REM_MNT"][legal] == january["PRS_REM_MNT"][legal]).all()
    assert not january["FLT_REM_MNT"][beside].any()
    assert january["PRS_REM_MNT"][beside].any()


def test_five_columns_are_unknown_together_on_many_lines_that_carry_little_money(january):
    codes = {"PRS_REM_TYP": 99, "CPT_ENV_TYP": 9, "EXO_MTF": 99, "BEN_CMU_TOP": 9, "MTM_NAT": 9}
    unknown = [january[name] == code for name, code in codes.items()]
    assert all((column == unknown[0]).all() for column in unknown)
    assert 0.35 < unknown[0].mean() < 0.45
    assert 0.03 < euros(january, unknown[0]) / euros(january) < 0.06


def test_sick_pay_has_no_residence_no_expense_but_a_fund_and_days(january):
    sick = np.isin(january["PRS_NAT"], [6111, 6112, 6115, 6117, 6118, 6121, 6122, 6212])
    assert (january["BEN_RES_REG"][sick] == 99).all()
    assert (january["ORG_CLE_REG"][sick] != 99).all()
    assert not january["FLT_PAI_MNT"][sick].any()
    fed = sick & ~np.isnan(january["FLT_ACT_NBR"]) & (january["PRS_NAT"] == 6111)
    assert euros(january, fed) / january["FLT_ACT_NBR"][fed].sum() == pytest.approx(36, rel=0.05)
    assert january["FLT_ACT_QTE"][fed].sum() > january["FLT_ACT_NBR"][fed].sum()


def test_no_two_lines_share_all_their_codes(january):
    measures = ("PRS_ACT_", "PRS_DEP", "PRS_PAI", "PRS_REM_BSE", "PRS_REM_MNT", "FLT_")
    names = [name for name in layout.columns(REFERENCE) if not name.startswith(measures)]
    assert len(names) == 43
    lines = set(zip(*(january[name].tolist() for name in names), strict=True))
    assert len(lines) == len(january["PRS_NAT"])


def test_the_costs_of_a_trip_are_plausible(january):
    for code, cost in {4212: 85, 4213: 32, 4214: 55, 4215: 20}.items():
        here = january["PRS_NAT"] == code
        assert euros(january, here) / january["FLT_ACT_QTE"][here].sum() == pytest.approx(cost, rel=0.06)


def test_small_cells_and_true_zeros_exist(january):
    other = january["PRS_NAT"] == 4219
    trips = {r: january["FLT_ACT_QTE"][other & (january["BEN_RES_REG"] == r)].sum() for r in (52, 53)}
    assert trips[52] == 0
    assert 0 <= trips[53] < 30


def test_shared_rides_are_many_in_most_areas_and_few_in_some(january):
    shared = np.isin(january["PRS_NAT"], [4225, 4226, 4234])
    counts = {
        r: january["FLT_ACT_QTE"][shared & (january["BEN_RES_REG"] == r)].sum() for r in (11, 32, 84, 93, 5, 24, 52)
    }
    assert january["FLT_ACT_QTE"][shared].sum() == pytest.approx(40_000, rel=0.1)
    assert min(counts[r] for r in (11, 32, 84, 93)) > 1_000
    assert max(counts[r] for r in (5, 24, 52)) <= 10


def test_the_volume_of_a_post_drawn_apart_moves_no_other_line(monkeypatch, january):
    usual = economy.build()
    apart = usual.posts["code"].isin(parameters.APART).to_numpy()
    tripled = usual._replace(care=np.where(apart[:, None, None], 3 * usual.care, usual.care))
    monkeypatch.setattr(economy, "build", lambda: tripled)
    more = damir.rows(REFERENCE)
    for name, values in january.items():
        others, same = (np.isin(rows["PRS_NAT"], [int(code) for code in parameters.APART]) for rows in (january, more))
        np.testing.assert_array_equal(values[~others], more[name][~same])
    assert more["FLT_ACT_QTE"].sum() > january["FLT_ACT_QTE"].sum()


def test_the_planted_action_lowers_taxi_trips_and_nothing_else(monkeypatch):
    with_action = economy.build().care
    monkeypatch.setattr(parameters, "PLANTED", [])
    without = economy.build.__wrapped__().care
    post = list(parameters.table("posts")["code"]).index("4214")
    region, since = parameters.REGIONS.index("93"), parameters.CARE_MONTHS.index(202504)
    ratio = with_action[post] / without[post]
    assert ratio[region, since:] == pytest.approx(0.96)
    assert ratio[region, :since] == pytest.approx(1)
    assert np.delete(ratio, region, axis=0) == pytest.approx(1)


@pytest.mark.parametrize("year", PUBLISHED_MEDICINES_EUR)
def test_medicines_weigh_what_the_published_year_weighs(year):
    amount = open_medic.rows(year)["REM"].sum() / 100
    assert amount == pytest.approx(PUBLISHED_MEDICINES_EUR[year], rel=0.01)


def test_the_medicines_file_is_written_as_the_producer_writes_it(medicines_text):
    lines = medicines_text.split("\r\n")
    assert lines[0] == open_medic.HEADER
    assert lines[-1] == ""
    assert len(lines) > 40_000
    assert {line.count(";") for line in lines[:-1]} == {20}
    fields = [line.split(";") for line in lines[1:-1]]
    assert all(re.fullmatch(r"-?\d+,\d\d", text) for line in fields for text in line[19:])
    assert all(line[11].startswith("FICTIF") and line[10].startswith("999") for line in fields)
    assert {line[12] for line in fields} == {"0", "1", "4", "9"}
    assert {"5", "93", "99"} <= {line[16] for line in fields}
    assert any(line[18].startswith("-") for line in fields)


def test_hospital_doctors_and_the_unknown_region_have_their_published_share():
    rows = open_medic.rows(2025)
    share = rows.groupby("PSP_SPE")["REM"].sum() / rows["REM"].sum()
    assert share[90] == pytest.approx(0.449, abs=0.01)
    assert rows.loc[rows["BEN_REG"] == 99, "REM"].sum() / rows["REM"].sum() == pytest.approx(0.046, abs=0.003)


def test_the_population_sheet_has_the_layout_and_the_subtotals_of_the_institute(tmp_path):
    path = population.write(tmp_path, 2024)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfR")
    lines = path.read_text("utf-8-sig").splitlines()
    assert len(lines) == 25
    assert lines[-1] == lines[-2] == ";" * 18
    numbers = {line.split(";")[0]: [int(text.replace(" ", "")) for text in line.split(";")[1:]] for line in lines[2:-2]}
    whole = numbers.pop("France métropolitaine et DOM")
    parts = [values for name, values in numbers.items() if name not in ("France métropolitaine", "DOM")]
    assert np.sum(parts, axis=0).tolist() == whole
    assert len(parts) == 18
    assert whole[5] == pytest.approx(68_600_000, rel=0.005)
    assert "Guadeloupe " in numbers
