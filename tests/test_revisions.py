"""What moved between two publications, and why: late claims, a corrected file, another definition, another program."""

import csv
import dataclasses
import io
import json

import pytest
from conftest import population_sheet, write_manifest

from indicators import build, catalogue, cli, ingest, lake, publication, revisions
from indicators.errors import DefinitionError, LakeError
from indicators.present import revised

AMOUNT = "transport_amount_month"
SHARE = "transport_vsl_share"
VSL, TAXI = {"PRS_NAT": "4213", "FLT_ACT_QTE": "20"}, {"PRS_NAT": "4214", "FLT_ACT_QTE": "50"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def month(damir, folder):
    """A function that reads a month into the folder, in place of the one that was there."""

    def read(month: str, *lines: dict) -> None:
        own = {"FLX_ANN_MOI": month, "SOI_ANN": month[:4], "SOI_MOI": month[4:]}
        path = damir([{**own, **line} for line in lines], name=f"A{month}.csv.gz")
        ingest.ingest(folder, path, replace=True)

    return read


def _found(changes, id: str, period: str, territory: str = "93"):
    found = [c for c in changes if (c.indicator, c.period, c.territory) == (id, period, territory)]
    assert len(found) == 1
    return found[0]


def _kinds(change) -> dict[str, tuple[str, ...]]:
    return {cause.kind: cause.files for cause in change.causes}


def test_late_claims_change_a_care_period_already_published(month, folder):
    for number in ("202501", "202502", "202503"):
        month(number, VSL, TAXI)
    first = build.build(folder).vintage
    month("202504", TAXI | {"SOI_MOI": "03", "FLT_ACT_QTE": "30"}, VSL)
    second = build.build(folder).vintage
    found = revisions.since(folder)
    assert (found.old, found.new) == (first, second)
    change = _found(found.changes, SHARE, "2025-Q1")
    assert change.old_value == pytest.approx(100 * 60 / 210)
    assert change.new_value == pytest.approx(100 * 60 / 240)
    assert change.difference == pytest.approx(change.new_value - change.old_value)
    assert change.relative == pytest.approx(210 / 240 - 1)
    assert _kinds(change) == {"late_claims": ("A202504.csv.gz",)}
    assert [c for c in found.changes if c.indicator == AMOUNT] == []  # by month of flux, January to March did not move
    assert "2025-04" in found.new_figures
    assert all(c.period != "2025-04" for c in found.changes)
    assert found.removed_figures == {}


def test_a_corrected_file_is_named_and_acts_on_its_months_only(month, folder):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    month("202502", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    month("202502", {"FLT_REM_MNT": "150", "FLT_ACT_QTE": "20"})
    build.build(folder)
    found = revisions.since(folder, indicator=AMOUNT)
    assert {(c.period, c.level) for c in found.changes} == {("2025-02", "cnam"), ("2025-02", "fra")}
    change = found.changes[0]
    assert (change.old_value, change.new_value, change.difference, change.relative) == (100, 150, 50, 0.5)
    assert _kinds(change) == {"corrected_file": ("A202502.csv.gz",)}
    text = revised.as_text(found, catalogue.load()).replace("\u202f", " ").replace("\u00a0", " ")
    assert "fichier corrigé (A202502.csv.gz)" in text
    assert "100 € → 150 € (+50,0 %)" in text


def test_a_month_that_fills_a_gap_is_a_new_file(month, folder):
    amount = {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"}
    month("202501", amount)
    month("202503", amount)
    build.build(folder)
    month("202502", amount)
    build.build(folder)
    change = _found(revisions.since(folder).changes, AMOUNT, "2025-02")
    assert (change.old_flag, change.old_value, change.new_flag, change.new_value) == ("missing", None, "ok", 100)
    assert (change.difference, change.relative) == (None, None)
    assert _kinds(change) == {"new_file": ("A202502.csv.gz",)}


def test_a_changed_definition_is_the_cause_for_its_indicator_alone(month, folder, monkeypatch):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    known = catalogue.load()
    entry = dataclasses.replace(known.indicator(AMOUNT), per=10)
    changed = dataclasses.replace(known, indicators={**known.indicators, AMOUNT: entry})
    monkeypatch.setattr(catalogue, "load", lambda: changed)
    build.build(folder)
    found = revisions.since(folder)
    assert {c.indicator for c in found.changes} == {AMOUNT}
    assert _found(found.changes, AMOUNT, "2025-01").new_value == 1000
    assert _kinds(found.changes[0]) == {"definition": ()}


def test_several_causes_are_all_told(month, folder, monkeypatch):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    monkeypatch.setattr(publication, "code", lambda: "another program")
    month("202501", {"FLT_REM_MNT": "110", "FLT_ACT_QTE": "20"})
    build.build(folder)
    change = _found(revisions.since(folder).changes, AMOUNT, "2025-01")
    assert _kinds(change) == {"program": (), "corrected_file": ("A202501.csv.gz",)}


def test_another_population_is_named(month, folder, tmp_path):
    for number in range(1, 13):
        month(f"2024{number:02}", {"FLT_REM_MNT": "120", "FLT_ACT_QTE": "20"})
    sheet = tmp_path / "population_region_sexe_age_fin_2023.csv"
    for size in (1000, 2000):
        sheet.write_text(population_sheet({"93": size, "94": 200}), encoding="utf-8")
        ingest.ingest(folder, sheet, replace=True)
        build.build(folder)
    change = _found(revisions.since(folder).changes, "transport_spending_per_inhabitant", "2024-Q4")
    assert (change.old_value, change.new_value) == (pytest.approx(1440 / 12_000), pytest.approx(1440 / 22_000))
    assert _kinds(change) == {"population": (sheet.name,)}


def test_a_figure_that_only_stops_being_provisional_is_said_so(month, folder):
    """Two thirds of the claims arrive in their own month, the rest in the next; a delay is known from six months."""

    def claims(year: int, number: int) -> list[dict]:
        before = (year - 1, 12) if number == 1 else (year, number - 1)
        return [
            {"PRS_NAT": "4214", "FLT_REM_MNT": "600", "FLT_ACT_QTE": "60"},
            {"PRS_NAT": "4214", "FLT_REM_MNT": "300", "FLT_ACT_QTE": "30",
             "SOI_ANN": str(before[0]), "SOI_MOI": f"{before[1]:02}"},
        ]  # fmt: skip

    months = [(2023, number) for number in range(5, 13)] + [(2024, number) for number in range(1, 13)] + [(2025, 1)]
    for year, number in months[:-1]:
        month(f"{year}{number:02}", *claims(year, number))
    build.build(folder)
    month("202501", *claims(2025, 1))
    build.build(folder)
    id = "transport_taxi_cost_per_trip"
    change = _found(revisions.since(folder, indicator=id).changes, id, "2024-Q4")
    assert (change.old_flag, change.new_flag) == ("provisional", "ok")
    assert "late_claims" in _kinds(change)
    assert change.difference == pytest.approx(0)


def test_a_change_of_flag_with_the_same_numbers_is_flag_only(month, folder, monkeypatch):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    from indicators import computation

    real = computation.flagged

    def unsure(entry, *rest):
        flags = real(entry, *rest).astype(object)
        return flags if entry.id != AMOUNT else ["unreliable" if flag == "ok" else flag for flag in flags]

    monkeypatch.setattr(computation, "flagged", unsure)
    monkeypatch.setattr(publication, "code", lambda: "another program")
    build.build(folder)
    change = _found(revisions.since(folder).changes, AMOUNT, "2025-01")
    assert change.old_value == change.new_value == 100
    assert set(_kinds(change)) == {"flag_only", "program"}


def test_a_change_that_no_manifest_explains_is_said_so(month, folder):
    import pyarrow
    import pyarrow.parquet

    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    month("202502", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    manifest = lake.Lake(folder).manifest
    path = lake.Lake(folder).path(manifest["publication"])
    table = pyarrow.parquet.read_table(path, partitioning=None)
    values = [7.0 if (id, period) == (AMOUNT, "2025-01") else value for id, period, value in zip(
        *(table[name].to_pylist() for name in ("indicator_id", "period", "value")), strict=True)]  # fmt: skip
    place = table.schema.get_field_index("value")
    pyarrow.parquet.write_table(table.set_column(place, "value", pyarrow.array(values, "float64")), path)
    for entry in (manifest["publication"], manifest["vintages"][-1]):
        entry["parquet_sha256"] = lake.digest(path)
    write_manifest(folder, manifest)
    found = revisions.since(folder)
    assert _kinds(_found(found.changes, AMOUNT, "2025-01")) == {"unknown": ()}
    assert "CAUSE INCONNUE" in revised.as_text(found, catalogue.load())


def test_nothing_changed_is_said_and_a_hidden_number_never_comes_back(month, folder, monkeypatch):
    month("202501", {"FLT_REM_MNT": "777.77", "FLT_ACT_QTE": "5"})
    build.build(folder)
    monkeypatch.setattr(publication, "code", lambda: "another program")
    build.build(folder)
    found = revisions.since(folder)
    assert found.changes == ()
    assert found.compared > 0
    assert "0 chiffre a changé" in revised.as_text(found, catalogue.load())
    month("202501", {"FLT_REM_MNT": "888.88", "FLT_ACT_QTE": "50"})
    build.build(folder)
    change = _found(revisions.since(folder).changes, AMOUNT, "2025-01")
    assert (change.old_flag, change.old_value, change.new_value, change.difference) == ("hidden", None, 888.88, None)
    text = revised.as_text(revisions.since(folder), catalogue.load())
    assert "s. →" in text
    assert "777" not in text


def test_a_state_gone_back_to_is_held_beside_the_one_just_left(month, folder):
    states = []
    for amount in ("100", "150", "100"):
        month("202501", {"FLT_REM_MNT": amount, "FLT_ACT_QTE": "20"})
        states.append(build.build(folder).vintage)
    found = revisions.since(folder)
    assert (found.old, found.new) == (states[1], states[0])
    assert _found(found.changes, AMOUNT, "2025-01").difference == -50


def test_a_removed_period_is_counted_apart(month, folder):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    first = build.build(folder).vintage
    month("202502", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    second = build.build(folder).vintage
    opened = lake.Lake(folder)
    found = revisions._between(opened, catalogue.load(), second, first, AMOUNT)
    assert found.removed_figures == {"2025-02": 2}
    assert found.changes == ()


@pytest.fixture
def corrected(month, folder):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    build.build(folder)
    month("202501", {"FLT_REM_MNT": "150.5", "FLT_ACT_QTE": "20"})
    build.build(folder)
    return folder


def test_the_command_writes_all_changes_for_machines_and_for_a_spreadsheet(corrected, tmp_path, capsys):
    out = tmp_path / "revisions.csv"
    arguments = ["revisions", "--indicator", AMOUNT, "--json", "--csv", str(out), "--data", str(corrected)]
    assert cli.main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert [change["new_value"] for change in said["changes"]] == [150.5, 150.5]
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig")), delimiter=";"))
    assert [row["difference"] for row in rows] == ["50,5", "50,5"]
    assert {row["causes"] for row in rows} == {"corrected_file"}
    assert {row["files"] for row in rows} == {"A202501.csv.gz"}


def test_an_unknown_vintage_is_answered_with_those_known(corrected, capsys):
    known = list(lake.Lake(corrected).vintages())
    with pytest.raises(LakeError) as refused:
        revisions.since(corrected, "202501-nothing")
    assert all(vintage in str(refused.value) for vintage in known)
    with pytest.raises(DefinitionError, match="transport_amount_month"):
        revisions.since(corrected, indicator="transport_amount_mont")
    assert cli.main(["revisions", "--csv", str(corrected), "--data", str(corrected)]) == 1
    assert "ne peut pas être écrit" in capsys.readouterr().err


def test_a_first_publication_has_nothing_to_be_held_beside(month, folder):
    month("202501", {"FLT_REM_MNT": "100", "FLT_ACT_QTE": "20"})
    with pytest.raises(LakeError, match="ondam build"):
        revisions.since(folder)
    build.build(folder)
    with pytest.raises(LakeError, match="une seule version publiée"):
        revisions.since(folder)
