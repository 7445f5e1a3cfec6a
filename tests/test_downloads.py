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


def test_the_french_file_opens_as_french_spreadsheets_expect(content):
    data = downloads.csv_text(content)
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
    hidden = [row for row in _read(french, ";", "utf-8-sig") if row["Drapeau"] == "hidden"]
    assert len(hidden) == 4
    for row in hidden:
        assert {row[key] for key in ("Valeur", "Borne basse", "Borne haute", "Numérateur")} == {"s."}
    for row in _read(neutral, ",", "utf-8"):
        if row["flag"] == "hidden":
            assert row["value"] == row["numerator"] == "NA"


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
    column, flag = head.index("Valeur"), head.index("Drapeau")
    for row in page.iter_rows(min_row=2):
        kind = "s" if row[flag].value == "hidden" else "n"
        assert row[column].data_type == kind
        assert row[column].value != 0
    labels = {row[head.index("Libellé")].value for row in page.iter_rows(min_row=2)}
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
