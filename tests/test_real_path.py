"""The whole path on real public lines: read, computed, and held against a few lines of plain Python."""

from decimal import Decimal

import pytest

from indicators import build, ingest, lake

TRANSPORT = {
    *range(4203, 4222), 4222, 4223, 4225, 4226, *range(4229, 4242), 9901,
}  # fmt: skip
ILLNESS = {6110, 6111, 6112, 6113, 6114, 6115, 6116, 6117, 6118, 6119, 6134, 6135, 6239}


@pytest.fixture(scope="module")
def path():
    from conftest import REAL

    if not REAL.is_dir():
        pytest.skip("real public files are not on this machine: set ONDAM_REAL_FILES to their folder to run this test")
    return REAL


@pytest.fixture(scope="module")
def published(path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    ingest.ingest(folder, path / "open-damir-2025" / "A202501_extrait.csv")
    for sheet in sorted((path / "insee-population-region-2018-2024").glob("population_region_*.csv")):
        ingest.ingest(folder, sheet)
    build.build(folder)
    return lake.published(folder)


@pytest.fixture(scope="module")
def lines(path):
    rows = [line.split(";") for line in (path / "open-damir-2025" / "A202501_extrait.csv").read_text().splitlines()]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _france(published, id: str):
    table = published.table
    return table[(table["indicator_id"] == id) & (table["level"] == "fra")].set_index("period").loc["2025-01"]


def test_transport_adds_up(published, lines):
    kept = [line for line in lines if int(line["PRS_NAT"]) in TRANSPORT]
    by_hand = sum(Decimal(line["FLT_REM_MNT"]) for line in kept)
    assert len(kept) > 3
    assert Decimal(str(_france(published, "transport_amount_month")["numerator"])) == by_hand


def test_illness_sick_pay_adds_up_in_amount_and_days(published, lines):
    kept = [line for line in lines if int(line["PRS_NAT"]) in ILLNESS and line["ASU_NAT"] == "10"]
    amount = sum(Decimal(line["FLT_REM_MNT"]) for line in kept)
    days = sum(int(line["FLT_ACT_NBR"] or 0) for line in kept)
    assert len(kept) > 1
    assert Decimal(str(_france(published, "sick_pay_illness_amount")["numerator"])) == amount
    assert _france(published, "sick_pay_illness_days")["value"] == days


def test_real_sick_pay_has_no_region_of_residence_and_is_placed_by_fund(published, lines):
    kept = [line for line in lines if int(line["PRS_NAT"]) in ILLNESS]
    assert {line["BEN_RES_REG"] for line in kept} == {"99"}
    funds = {line["ORG_CLE_REG"] for line in kept if line["ASU_NAT"] == "10"}
    table = published.table[published.table["indicator_id"] == "sick_pay_illness_amount"]
    placed = table[(table["level"] == "cnam") & ((table["flag"] == "hidden") | (table["value"] > 0))]
    assert set(placed["territory"]) == funds - {"99"}


def test_real_data_are_not_called_fictional(published):
    assert published.fictional is False
