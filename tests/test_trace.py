"""A published figure is made again from its detail: the same bits, or an alarm; and what is withheld stays withheld."""

import dataclasses
import json
import subprocess
import sys
from decimal import Decimal

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
from conftest import population_sheet, write_manifest

from indicators import build, catalogue, cli, ingest, lake, trace
from indicators.errors import ArgumentError, DefinitionError, LakeError
from indicators.present import origin, views

IDS = list(catalogue.load().indicators)
AMOUNT = "transport_amount_month"
SHARE = "transport_vsl_share"


def _month(damir, month: str, *lines: dict):
    own = {"FLX_ANN_MOI": month, "SOI_ANN": month[:4], "SOI_MOI": month[4:]}
    return damir([{**own, **line} for line in lines], name=f"A{month}.csv.gz")


def _built(folder, *paths):
    for path in paths:
        ingest.ingest(folder, path)
    build.build(folder)
    return folder


@pytest.fixture
def january(damir, tmp_path):
    """Area 93: 10.25 + 20.50 euros for 20 + 5 acts; 300 euros elsewhere; one line of another code."""
    path = _month(
        damir, "202501",
        {"FLT_REM_MNT": "10.25", "FLT_ACT_QTE": "20"},
        {"FLT_REM_MNT": "20.50", "FLT_ACT_QTE": "5"},
        {"FLT_REM_MNT": "300", "FLT_ACT_QTE": "40", "BEN_RES_REG": "84"},
        {"FLT_REM_MNT": "9999", "FLT_ACT_QTE": "99", "PRS_NAT": "1111"},
    )  # fmt: skip
    return _built(tmp_path / "data", path)


def _part(folder, source="open_damir", key="202501"):
    return lake.Lake(folder).path(lake.Lake(folder).parts(source)[key])


def _tamper(path, column: str, old: str, new: str) -> None:
    """Change one number in a parquet file, and nothing else."""
    table = pyarrow.parquet.read_table(path, partitioning=None)
    kind = table.schema.field(column).type
    place = table.schema.get_field_index(column)
    values = [Decimal(new) if value == Decimal(old) else value for value in table[column].to_pylist()]
    assert values != table[column].to_pylist()
    values = [int(value) for value in values] if pyarrow.types.is_integer(kind) else values
    pyarrow.parquet.write_table(table.set_column(place, column, pyarrow.array(values, kind)), path)


def _manifest(folder) -> dict:
    return json.loads((folder / "lake" / "manifest.json").read_text("utf-8"))


def _differing(found) -> list[str]:
    return [each.what for each in found.recount.differences]


# ------------------------------------------------------------------ by hand


def test_a_monthly_sum_names_its_file_its_lines_and_its_sum(january, tmp_path):
    found = trace.trace(january, AMOUNT, "2025-01", "93")
    assert found.recount.identical
    assert found.figure.numerator == Decimal("30.75")
    file, counted = found.files[0], {term.role: term for term in found.terms}
    assert (file.name, file.rows, file.lines, file.numerator) == ("A202501.csv.gz", 4, 2, Decimal("30.75"))
    assert file.sha256 == lake.digest(tmp_path / "A202501.csv.gz")
    assert counted["count"].sum == 25
    assert counted["numerator"].lines == 2


def test_france_adds_every_area(january):
    found = trace.trace(january, AMOUNT, "2025-01", "FR", "fra")
    assert found.recount.identical
    assert (found.figure.numerator, found.files[0].lines) == (Decimal("330.75"), 3)


def test_a_share_by_care_counts_what_arrived_in_later_files(damir, tmp_path):
    vsl, taxi = {"PRS_NAT": "4213", "FLT_ACT_QTE": "20"}, {"PRS_NAT": "4214", "FLT_ACT_QTE": "50"}
    late = {"PRS_NAT": "4214", "FLT_ACT_QTE": "40", "SOI_ANN": "2025", "SOI_MOI": "03"}
    paths = [_month(damir, month, vsl, taxi) for month in ("202501", "202502", "202503")]
    folder = _built(tmp_path / "data", *paths, _month(damir, "202504", late, vsl, vsl, vsl))
    found = trace.trace(folder, SHARE, "2025-Q1", "93")
    assert found.recount.identical
    assert (found.figure.numerator, found.figure.denominator) == (60, 250)
    assert found.figure.value == 100 * (60 / 250)
    assert {file.key: file.denominator for file in found.files} == {
        "202501": 70, "202502": 70, "202503": 70, "202504": 40,
    }  # fmt: skip
    assert "100 × 60 ÷ 250 = 24,0" in origin.as_text(found, catalogue.load()).replace("\u00a0", " ")


def test_a_window_of_twelve_months_is_divided_by_the_regions_of_the_area(damir, tmp_path):
    months = [f"2024{number:02}" for number in range(1, 13)]
    paths = [_month(damir, month, {"FLT_REM_MNT": "120", "FLT_ACT_QTE": "20"}) for month in months]
    sheet = tmp_path / "population_region_sexe_age_fin_2023.csv"
    sheet.write_text(population_sheet({"93": 1000, "94": 200}), encoding="utf-8")
    folder = _built(tmp_path / "data", *paths, sheet)
    found = trace.trace(folder, "transport_spending_per_inhabitant", "2024-Q4", "93")
    assert found.recount.identical
    assert (found.figure.numerator, found.figure.denominator) == (1440, 12_000)  # ten cells of 1000 and of 200
    population = next(file for file in found.files if file.source == "insee_population")
    assert (population.lines, population.denominator) == (20, 12_000)
    assert len(found.files) == 13


@pytest.mark.parametrize("id", IDS)
def test_every_indicator_of_the_fictional_country_is_found_again(id, country):
    table = lake.published(country).table
    rows = table[table["indicator_id"] == id]
    for level, territory in (("cnam", "93"), ("fra", "FR")):
        period = rows.loc[(rows["level"] == level) & (rows["territory"] == territory), "period"].max()
        found = trace.trace(country, id, period, territory, level)
        assert found.recount.differences == ()
        assert found.recount.since == ()
        assert all(file.intact for file in found.files)


# ------------------------------------------------------------------ alarms


def test_an_amount_changed_in_the_detail_is_an_alarm_that_names_the_file_and_the_sum(january, capsys):
    _tamper(_part(january), "FLT_REM_MNT", "20.50", "20.51")
    found = trace.trace(january, AMOUNT, "2025-01", "93")
    assert _differing(found) == ["file A202501.csv.gz", "value", "numerator"]
    changed = next(each for each in found.recount.differences if each.what == "numerator")
    assert (changed.published, changed.found) == ("30.75", "30.76")
    assert cli.main(["trace", AMOUNT, "2025-01", "93", "--data", str(january)]) == 1
    said = capsys.readouterr()
    assert "ALARME" in said.out
    assert "ALARME" in said.err
    assert "A202501.csv.gz" in said.err
    assert "Numérateur\u00a0: publié 30,75, recalculé 30,76" in said.err


def test_a_file_altered_elsewhere_is_an_alarm_though_the_figure_is_found_again(january):
    _tamper(_part(january), "FLT_REM_MNT", "300", "301")  # another area
    found = trace.trace(january, AMOUNT, "2025-01", "93")
    assert _differing(found) == ["file A202501.csv.gz"]
    assert "le chiffre est retrouvé, mais" in origin.as_text(found, catalogue.load())


def test_a_changed_table_is_an_alarm_even_with_its_new_hash_in_the_manifest(january):
    manifest = _manifest(january)
    path = january / "lake" / manifest["publication"]["path"]
    _tamper(path, "numerator", "30.75", "31.00")
    for entry in (manifest["publication"], *manifest["vintages"]):
        entry["parquet_sha256"] = lake.digest(path)
    write_manifest(january, manifest)
    found = trace.trace(january, AMOUNT, "2025-01", "93")
    assert {"table_account", "numerator"} == set(_differing(found))


def test_a_changed_table_is_an_alarm_even_when_every_manifest_says_its_hash(january):
    manifest = _manifest(january)
    path = january / "lake" / manifest["publication"]["path"]
    _tamper(path, "numerator", "30.75", "31.00")
    own = january / "lake" / manifest["vintages"][0]["manifest"]
    account = json.loads(own.read_text("utf-8")) | {"parquet_sha256": lake.digest(path)}
    own.write_text(json.dumps(account), encoding="utf-8")
    for entry in (manifest["publication"], *manifest["vintages"]):
        entry["parquet_sha256"] = lake.digest(path)
    manifest["vintages"][0]["manifest_sha256"] = lake.digest(own)
    write_manifest(january, manifest)
    assert _differing(trace.trace(january, AMOUNT, "2025-01", "93")) == ["numerator"]


def test_facts_taken_for_others_are_an_alarm(damir, tmp_path):
    paths = [
        _month(damir, month, {"FLT_REM_MNT": amount, "FLT_ACT_QTE": "20"})
        for month, amount in (("202501", "10"), ("202502", "70"))
    ]
    folder = _built(tmp_path / "data", *paths)
    manifest = _manifest(folder)
    facts = manifest["facts"]["open_damir"]
    facts["202501"] |= {key: facts["202502"][key] for key in ("path", "parquet_sha256", "compact")}
    write_manifest(folder, manifest | {"publication": None, "vintages": []})
    build.build(folder)
    found = trace.trace(folder, AMOUNT, "2025-02", "93")
    assert {"value", "numerator"} <= set(_differing(found))
    assert found.figure.numerator == 140


def test_a_file_replaced_since_the_publication_cannot_be_traced(january, damir):
    ingest.ingest(january, _month(damir, "202501", {"FLT_REM_MNT": "1", "FLT_ACT_QTE": "20"}), replace=True)
    with pytest.raises(LakeError, match=r"A202501.*remplacé depuis la version.*ondam build"):
        trace.trace(january, AMOUNT, "2025-01", "93")


def test_a_month_received_since_does_not_count(january, damir):
    ingest.ingest(january, _month(damir, "202502", {"FLT_REM_MNT": "1", "FLT_ACT_QTE": "20", "SOI_MOI": "01"}))
    assert trace.trace(january, AMOUNT, "2025-01", "93").recount.identical


def test_an_unreadable_detail_is_one_sentence(january, capsys):
    _part(january).write_bytes(b"not a parquet file")
    assert cli.main(["trace", AMOUNT, "2025-01", "93", "--data", str(january)]) == 1
    said = capsys.readouterr().err
    assert "illisible" in said
    assert "Traceback" not in said


# ------------------------------------------------------------------ what is withheld


def _words_of(found) -> str:
    return json.dumps(dataclasses.asdict(found), default=str) + origin.as_text(found, catalogue.load())


def test_a_hidden_figure_shows_its_rule_and_files_but_no_number_of_its_own(damir, tmp_path):
    folder = _built(
        tmp_path / "data",
        _month(damir, "202501", *[{"FLT_REM_MNT": "777.77", "FLT_ACT_QTE": "3"}] * 3, {"BEN_RES_REG": "84"}),
    )
    found = trace.trace(folder, AMOUNT, "2025-01", "93")
    assert (found.figure.flag, found.recount.identical) == ("hidden", True)
    assert all(term.sum is None and term.lines is None for term in found.terms)
    assert all((file.lines, file.numerator, file.denominator) == (None, None, None) for file in found.files)
    words = _words_of(found)
    assert not any(number in words for number in ("777", "2333", "2 333", "2\u202f333"))
    assert "FLT_REM_MNT" in words
    assert "ce chiffre est masqué" in words
    assert "Confirmé" in words


def test_a_hidden_figure_that_the_detail_does_not_hide_is_an_alarm_without_numbers(damir, tmp_path):
    lines = [{"FLT_REM_MNT": "777.77", "FLT_ACT_QTE": "9"}]
    folder = _built(tmp_path / "data", _month(damir, "202501", *lines))
    _tamper(_part(folder), "FLT_ACT_QTE", "9", "90")
    found = trace.trace(folder, AMOUNT, "2025-01", "93")
    assert _differing(found) == ["file A202501.csv.gz", "flag"]
    assert "777" not in _words_of(found)


def test_a_figure_that_should_have_been_hidden_is_an_alarm_that_repeats_no_number(january):
    _tamper(_part(january), "FLT_ACT_QTE", "20", "1")  # 1 + 5 acts in all
    found = trace.trace(january, AMOUNT, "2025-01", "93")
    assert "flag" in _differing(found)
    assert "30.75" not in _words_of(found)


@pytest.mark.parametrize(
    ("brought", "seen"),
    [
        (("50", "60", "70"), [50, 60, 70]),
        (("5", "50", "60"), [None, None, 60]),  # one small part alone would be given back by the total
        (("3", "4", "60"), [None, None, None]),  # 3 + 4 is still a small count
        (("0", "50", "60"), [0, 50, 60]),
    ],
)
def test_what_a_file_brings_is_withheld_when_it_is_small_or_would_be_given_back(damir, tmp_path, brought, seen):
    months = ("202501", "202502", "202503")
    paths = [
        _month(damir, month, {"PRS_NAT": "4213", "FLT_ACT_QTE": count}, {"PRS_NAT": "4214", "FLT_ACT_QTE": "500"})
        for month, count in zip(months, brought, strict=True)
    ]
    found = trace.trace(_built(tmp_path / "data", *paths), SHARE, "2025-Q1", "93")
    assert found.recount.identical
    assert [file.numerator for file in found.files] == seen
    assert [file.lines is None for file in found.files] == [each is None for each in seen]


def test_the_measures_of_a_role_are_shown_one_by_one_only_when_none_is_small(country):
    table = lake.published(country).table
    id = "ezetimibe_box_share"
    rows = table[(table["indicator_id"] == id) & (table["flag"] == "ok")]
    for row in rows.itertuples():
        found = trace.trace(country, id, row.period, row.territory, row.level)
        parts = [term.sum for term in found.terms if term.role == "numerator"]
        assert all(part is None for part in parts) or (min(parts) > 10 and sum(parts) == row.numerator)


# ------------------------------------------------------------------ wrong words, and the page


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("transport_amount_mont", "2025-01", "93"), DefinitionError, "Vouliez-vous dire « transport_amount_month »"),
        ((AMOUNT, "2025-02", "93"), ArgumentError, "Vouliez-vous dire « 2025-01 »"),
        ((AMOUNT, "2025-01", "933"), ArgumentError, "Vouliez-vous dire « 93 »"),
        ((AMOUNT, "2025-01", "93", "cnan"), ArgumentError, "Vouliez-vous dire « cnam »"),
        ((AMOUNT, "2025-01", "11"), LakeError, "n’a pas de chiffre pour cnam 11"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest(january, arguments, error, words):
    with pytest.raises(error, match=words):
        trace.trace(january, *arguments)


def test_a_folder_without_publication_says_what_to_do(tmp_path):
    with pytest.raises(LakeError, match="ondam build"):
        trace.trace(tmp_path, AMOUNT, "2025-01", "93")


def test_the_command_speaks_to_machines(january, capsys):
    assert cli.main(["trace", AMOUNT, "2025-01", "FR", "--json", "--data", str(january)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["level"] == "fra"
    assert said["figure"]["numerator"] == "330.75"
    assert said["recount"]["differences"] == []


def _block(folder, **wanted) -> str:
    view = views.view("transport", folder)
    first = {name: values[0] for name, values in view.choices().items()}
    html = view.page(first | {"indicator": AMOUNT, "period": "2025-01", "territory": "cnam-93"} | wanted).html
    return html[html.index('<details class="sheet origin"') :].split("</details>")[0].replace("\u202f", " ")


def test_the_page_says_where_a_figure_comes_from_and_recounts_only_when_asked(january, monkeypatch):
    closed = _block(january)
    assert closed.startswith('<details class="sheet origin" id="origin"><summary>')
    for words in ("30,75", "A202501.csv.gz", "FLT_REM_MNT", "4214", "Recalculer depuis les fichiers"):
        assert words in closed
    assert "Identique" not in closed
    assert "Identique au dernier chiffre près" in _block(january, recount="now")
    assert "Identical to the last digit" in _block(january, recount="now", lang="en")
    _tamper(_part(january), "FLT_REM_MNT", "20.50", "20.51")
    assert "ALARME" in _block(january, recount="now")
    monkeypatch.setattr(trace, "trace", lambda *_: pytest.fail("summed again without being asked"))
    assert "ALARME" not in _block(january)


def test_a_page_does_not_pay_for_the_engine_before_a_recount_is_asked(january):
    code = (
        "import sys; from pathlib import Path; from indicators.present import views\n"
        "view = views.view('transport', Path(sys.argv[1]))\n"
        "page = view.page({name: values[0] for name, values in view.choices().items()})\n"
        "assert 'id=\"origin\"' in page.html\n"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(january)], capture_output=True, text=True, check=True)
    assert {"ibis", "duckdb", "scipy", "statsmodels"}.isdisjoint(run.stdout.split())


def test_the_page_of_a_hidden_figure_shows_no_number(damir, tmp_path):
    folder = _built(tmp_path / "data", _month(damir, "202501", *[{"FLT_REM_MNT": "777.77", "FLT_ACT_QTE": "3"}] * 3))
    for recount in ("published", "now"):
        block = _block(folder, recount=recount)
        assert "s. (secret)" in block
        assert "777" not in block
        assert "2 333" not in block
    assert "Confirmé" in block


def test_the_links_of_a_page_do_not_ask_for_a_recount(january):
    view = views.view("transport", january)
    first = {name: values[0] for name, values in view.choices().items()}
    assert "recount" not in "".join(view.page(first | {"recount": "now"}).html.split('href="')[1:]).split('"')[0]
