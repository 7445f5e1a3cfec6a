"""Files to keep: numbers stay numbers, holes keep their word, no cell becomes a formula."""

import csv
import io
import zipfile

import invented
import openpyxl
import pytest

from indicators.present import downloads


@pytest.fixture
def definitions(tmp_path):
    return invented.definitions(tmp_path)


@pytest.fixture
def content(definitions):
    return downloads.rows(invented.published(), definitions, ["spending", "evil"])


@pytest.fixture
def about(definitions):
    return downloads.about(
        "Dépense", {"Territoire": "=1+1"}, invented.published(), definitions, ["spending", "evil"], "fr"
    )


def _read(data: bytes, delimiter: str, encoding: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def test_the_french_file_opens_as_french_spreadsheets_expect(content, about):
    data = downloads.file(content, about, "csv", ["spending"]).content
    assert data.startswith(b"\xef\xbb\xbf")
    rows = _read(data, ";", "utf-8-sig")
    assert rows[0]["Valeur"] == "20"
    assert {row["Données"] for row in rows} == {"Données fictives"}
    assert b"20.0" not in data


def test_decimals_are_commas_in_france_and_points_elsewhere():
    row = dict.fromkeys(downloads.COLUMNS, "x") | dict.fromkeys(downloads.NUMBERS, -1234.5) | {"flag": "ok"}
    assert "-1234,5" in downloads.csv_text([row]).decode("utf-8-sig")
    assert ",-1234.5," in downloads.csv_text([row], neutral=True).decode()
    small = row | {"value": 1e-7}
    assert "e-" not in downloads.csv_text([small]).decode("utf-8-sig").split("\r\n")[1].split(";")[7]


def test_hidden_is_a_word_and_never_a_number_in_any_file(content, about):
    french, neutral = downloads.csv_text(content), downloads.csv_text(content, neutral=True)
    book = downloads.xlsx(content, about)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".xml"))
    for data in (french, neutral, sheets):
        assert b"777" not in data
    hidden = [row for row in _read(french, ";", "utf-8-sig") if row["État du chiffre"] == "secret"]
    assert len(hidden) == 4
    for row in hidden:
        keys = ("Valeur", "Borne basse", "Borne haute", "Numérateur", "Complétée")
        assert {row[key] for key in keys} == {"s."}
    for row in _read(neutral, ",", "utf-8"):
        if row["flag"] == "hidden":
            assert row["value"] == row["numerator"] == row["corrected"] == "NA"


def test_what_a_provisional_figure_should_become_is_beside_it_and_blank_elsewhere(content, about):
    rows = _read(downloads.csv_text(content), ";", "utf-8-sig")
    told = [(row["Valeur"], row["Complétée"]) for row in rows if row["État du chiffre"] == "provisoire"]
    assert ("29", "31") in told
    assert {row["Complétée"] for row in rows if row["État du chiffre"] == "définitif"} == {""}
    page = openpyxl.load_workbook(io.BytesIO(downloads.xlsx(content, about)))["Données"]
    column = [cell.value for cell in page[1]].index("Complétée")
    numbers = [row[column] for row in page.iter_rows(min_row=2) if row[column].data_type == "n" and row[column].value]
    assert len(numbers) == len(told)


def test_a_table_written_before_the_estimates_is_still_kept_as_a_file(definitions):
    from dataclasses import replace

    published = invented.published()
    older = replace(published, table=published.table.drop(columns="corrected"))
    rows = _read(downloads.csv_text(downloads.rows(older, definitions, ["spending"])), ";", "utf-8-sig")
    assert {row["Complétée"] for row in rows} == {"", "s."}
    assert rows[0]["Valeur"] == "20"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " ="])
def test_a_text_that_looks_like_a_formula_is_made_text(start):
    row = dict.fromkeys(downloads.COLUMNS, f"{start}cmd()") | dict.fromkeys(downloads.NUMBERS, -5.0)
    for neutral, delimiter, encoding in ((False, ";", "utf-8-sig"), (True, ",", "utf-8")):
        (read,) = _read(downloads.csv_text([row], neutral=neutral), delimiter, encoding)
        values = list(read.values())
        assert values[1] == f"'{start}cmd()"
        assert values[7] == "-5"


def test_the_workbook_says_what_it_is_before_its_numbers(content, about):
    book = openpyxl.load_workbook(io.BytesIO(downloads.xlsx(content, about)))
    assert book.sheetnames == ["Lire", "Données"]
    said = {row[0].value: row[1].value for row in book["Lire"].iter_rows()}
    assert said["Territoire"] == "=1+1"
    assert book["Lire"]["B3"].data_type == "s"
    assert "aucun chiffre" in said["Données fictives"]
    assert said["Version"] == "v1"
    assert "Open DAMIR" in said["Sources"]
    assert said["Dépense (spending)"] == "[Montant] ÷ [Population]."


def test_numbers_are_numbers_in_the_workbook(content, about):
    page = openpyxl.load_workbook(io.BytesIO(downloads.xlsx(content, about)))["Données"]
    head = [cell.value for cell in page[1]]
    column, flag = head.index("Valeur"), head.index("État du chiffre")
    for row in page.iter_rows(min_row=2):
        kind = "s" if row[flag].value == "secret" else "n"
        assert row[column].data_type == kind
        assert row[column].value != 0
    labels = {row[head.index("Indicateur")].value for row in page.iter_rows(min_row=2)}
    assert labels == {"Dépense", invented.EVIL}
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)


def test_a_file_is_named_after_its_filters_and_says_that_it_is_fictional(content, about):
    for kind, end in (("csv", ".csv"), ("neutral", "_neutral.csv"), ("xlsx", ".xlsx")):
        file = downloads.file(content, about, kind, ["spending", "Provence-Alpes-Côte d’Azur", "v1"])
        assert file.name == f"spending_provence-alpes-cote-d-azur_v1_donnees-fictives{end}"
        assert file.name.isascii()
        assert file.content


def test_a_file_holds_only_what_was_filtered(definitions):
    rows = downloads.rows(invented.published(), definitions, ["spending"], level="cnam", territory="93")
    assert len(rows) == len(invented.QUARTERS)
    assert {row["territory"] for row in rows} == {"93"}


@pytest.mark.parametrize(("kind", "delimiter"), [("csv", ";"), ("neutral", ",")])
def test_a_csv_is_a_table_whose_rows_say_their_source_version_and_filters(content, about, kind, delimiter):
    rows = _read(downloads.file(content, about, kind, ["spending"]).content, delimiter, "utf-8-sig")
    assert len(rows) == len(content)
    for row in rows:
        source, version, data, filters = list(row.values())[-4:]
        assert "Open DAMIR" in source
        assert (version, data, filters) == ("v1", "Données fictives", "Territoire\u00a0: =1+1")


def test_flags_are_words_for_people_and_codes_for_machines(content):
    french = {row["État du chiffre"] for row in _read(downloads.csv_text(content), ";", "utf-8-sig")}
    neutral = {row["flag"] for row in _read(downloads.csv_text(content, neutral=True), ",", "utf-8")}
    assert french == {"définitif", "provisoire", "secret"}
    assert neutral == {"ok", "provisional", "hidden"}


def test_a_number_without_meaning_is_blank_and_a_missing_value_is_a_word(definitions, about):
    rows = downloads.rows(invented.published(), definitions, ["total"])
    (row, *_) = _read(downloads.file(rows, about, "csv", []).content, ";", "utf-8-sig")
    assert (row["Borne basse"], row["Borne haute"]) == ("", "")
    assert "—" not in downloads.csv_text(rows).decode("utf-8-sig")
    missing = rows[0] | {"value": None, "flag": "missing"}
    assert _read(downloads.csv_text([missing]), ";", "utf-8-sig")[0]["Valeur"] == "n.d."


def test_a_workbook_shows_counts_whole_and_values_with_the_decimals_of_their_indicator(content, about):
    page = openpyxl.load_workbook(io.BytesIO(downloads.xlsx(content, about)))["Données"]
    head = [cell.value for cell in page[1]]
    first = next(
        row for row in page.iter_rows(min_row=2) if row[head.index("Identifiant de l’indicateur")].value == "spending"
    )
    assert first[head.index("Numérateur")].number_format == "#,##0"
    assert first[head.index("Valeur")].number_format == "#,##0.00"


def test_the_file_of_the_actions_has_one_thing_in_each_column_and_iso_dates():
    words = [downloads.heading(name, "fr") for name in downloads.ACTIONS]
    assert len(words) == len(set(words))
    assert {"Pilote", "Référents", "État", "Échéance", "Écart accepté jusqu’au"} <= set(words)
    assert [word for word in words if " et " in word] == []
