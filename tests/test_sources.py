"""Raw files are read by name, whole, or refused with the line, the column, the value and what to do."""

import gzip
from decimal import Decimal

import duckdb
import pytest
from conftest import fingerprint, population_sheet

from indicators import ingest, lake, sources
from indicators.errors import SourceError
from indicators.sources import open_damir


def _read(path, folder):
    done = ingest.ingest(folder, path)
    part = lake.Lake(folder).parts(done.source)[done.key]
    return done, duckdb.connect().execute(f"SELECT * FROM '{lake.Lake(folder).path(part)}'").df()


def _refusal(path, folder) -> str:
    """The message of a refused file, after checking that the data folder did not change."""
    before = fingerprint(folder)
    with pytest.raises(SourceError) as refused:
        ingest.ingest(folder, path)
    assert fingerprint(folder) == before
    return str(refused.value)


@pytest.mark.parametrize("header", open_damir.HEADERS, ids=["56 fields", "55 fields", "57 fields"])
def test_the_three_headers_give_the_same_amounts(damir, tmp_path, header):
    path = damir([{"FLT_REM_MNT": ".66"}, {"FLT_REM_MNT": "-.5"}, {"FLT_REM_MNT": "16"}], header)
    done, rows = _read(path, tmp_path / "data")
    assert done.totals["FLT_REM_MNT"] == "16.16"
    assert sorted(map(str, rows["FLT_REM_MNT"])) == ["-0.5", "0.66", "16.0"]


def test_columns_are_read_by_name_whatever_their_order(damir, tmp_path):
    header = ("FLT_REM_MNT", *(name for name in open_damir.HEADERS[2] if name != "FLT_REM_MNT"))
    done, rows = _read(damir([{"FLT_REM_MNT": "12.34"}], header), tmp_path / "data")
    assert done.totals["FLT_REM_MNT"] == "12.34"
    assert rows["FLX_ANN_MOI"].tolist() == [202501]


def test_plain_and_compressed_files_give_the_same_rows(damir, tmp_path):
    lines = [{"PRS_NAT": code, "FLT_REM_MNT": "1.5"} for code in ("4214", "9999", "4243")]
    one = _read(damir(lines), tmp_path / "one")[1]
    two = _read(damir(lines, name="A202501.csv"), tmp_path / "two")[1]
    assert one.equals(two)
    assert one["PRS_NAT"].tolist() == [4214, 4243, 9999]


def test_empty_counts_stay_missing_and_negatives_stay_negative(damir, tmp_path):
    _, rows = _read(damir([{"FLT_ACT_NBR": "", "FLT_ACT_QTE": "-3", "FLT_REM_MNT": "-12"}]), tmp_path / "data")
    assert rows["FLT_ACT_NBR"].isna().all()
    assert rows[["FLT_ACT_QTE", "FLT_REM_MNT"]].astype(float).to_numpy().tolist() == [[-3.0, -12.0]]


def test_short_lines_of_january_2023_are_padded_and_counted(damir, tmp_path):
    header = open_damir.HEADERS[0]
    path = damir([{"FLX_ANN_MOI": "202301"}] * 2, header, "A202301.csv")
    lines = path.read_text().splitlines()
    kept = header.index("PSP_ACT_SNDS")
    path.write_text("\n".join([*lines[:2], ";".join(lines[2].split(";")[:kept])]) + "\n")
    done, rows = _read(path, tmp_path / "data")
    assert (done.rows, rows["PSP_SPE_SNDS"].isna().sum()) == (2, 1)
    assert lake.Lake(tmp_path / "data").parts("open_damir")["202301"]["padded_lines"] == 1


def test_a_short_line_of_another_month_is_refused(damir, tmp_path):
    path = damir([{}, {}], name="A202501.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:60]]) + "\n")
    assert "ligne 3" in _refusal(path, tmp_path / "data")


def test_a_new_header_is_refused_with_both_lists(damir, tmp_path):
    header = tuple("NOUVELLE" if name == "FLT_REM_MNT" else name for name in open_damir.HEADERS[2])
    path = damir([], header)
    message = _refusal(path, tmp_path / "data")
    assert "colonnes manquantes : FLT_REM_MNT" in message
    assert "colonnes inconnues : NOUVELLE" in message
    assert "ETB_DCS_MCO" in message.split("attendu")[1]


@pytest.mark.parametrize(
    ("column", "value"), [("FLT_REM_MNT", "12,5"), ("PRS_NAT", "42A4"), ("FLT_ACT_QTE", "x"), ("BEN_RES_REG", "2A")]
)
def test_a_wrong_value_is_named_with_its_line_and_column(damir, tmp_path, column, value):
    message = _refusal(damir([{}, {column: value}, {}]), tmp_path / "data")
    assert f"ligne 3, colonne {column}" in message
    assert f"« {value} »" in message


def test_all_wrong_lines_come_in_one_message(damir, tmp_path):
    message = _refusal(damir([{"FLT_REM_MNT": "a"}, {}, {"PRS_NAT": "b"}]), tmp_path / "data")
    assert "2 problèmes" in message
    assert "ligne 2, colonne FLT_REM_MNT" in message
    assert "ligne 4, colonne PRS_NAT" in message


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [("FLT_REM_MNT", "1.239", "deux décimales au plus"), ("FLT_ACT_QTE", "1.5", "est entier")],
)
def test_a_number_too_precise_is_refused_not_rounded(damir, tmp_path, column, value, allowed):
    message = _refusal(damir([{}, {column: value}]), tmp_path / "data")
    assert f"ligne 3, colonne {column} : valeur « {value} »" in message
    assert allowed in message


def test_amounts_written_with_useless_zeros_are_read_all_the_same(damir, tmp_path):
    done, rows = _read(damir([{"FLT_REM_MNT": "12.00"}, {"FLT_REM_MNT": "1.50"}]), tmp_path / "data")
    assert done.totals["FLT_REM_MNT"] == "13.50"
    assert sorted(map(float, rows["FLT_REM_MNT"])) == [1.5, 12.0]


def test_a_code_with_decimals_is_seen_among_amounts_with_useless_zeros(damir, tmp_path):
    lines = [{"FLT_REM_MNT": "12.00"}, {"FLT_REM_MNT": "1.50", "PRS_NAT": "4214.5"}]
    message = _refusal(damir(lines), tmp_path / "data")
    assert "ligne 3, colonne PRS_NAT : valeur « 4214.5 »" in message
    assert "1 problème" in message


def test_lines_are_named_right_when_several_things_are_wrong(damir, tmp_path):
    lines = [{"PRS_NAT": "b"}, {"FLT_REM_MNT": "1.239"}, {}, {"BEN_RES_REG": "2A"}, {"PRS_PAI_MNT": ".001"}]
    message = _refusal(damir(lines), tmp_path / "data")
    assert [line.split(" : ")[0] for line in message.splitlines()[1:-1]] == [
        "- ligne 2, colonne PRS_NAT", "- ligne 3, colonne FLT_REM_MNT", "- ligne 5, colonne BEN_RES_REG",
        "- ligne 6, colonne PRS_PAI_MNT",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 8, 40, 100])
def test_a_cut_compressed_file_is_refused(damir, tmp_path, cut):
    path = damir([{}] * 500)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "avant sa fin" in _refusal(path, tmp_path / "data")


def test_a_changed_digit_is_found_by_the_crc(damir, tmp_path):
    path = damir([{"FLT_REM_MNT": "683.63"}])
    content = bytearray(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=0, mtime=0))
    content[content.index(b"683.63")] = ord("9")
    path.write_bytes(bytes(content))
    assert "compression abîmée" in _refusal(path, tmp_path / "data")


def test_a_file_cut_in_the_middle_of_a_line_is_refused(damir, tmp_path):
    path = damir([{}] * 10, name="A202501.csv")
    path.write_bytes(path.read_bytes()[:-20])
    assert "la dernière ligne n’est pas terminée" in _refusal(path, tmp_path / "data")


def test_a_nul_byte_and_a_wrong_separator_are_refused(damir, tmp_path):
    path = damir([{}] * 3, name="A202501.csv")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"4214", b"42\x004", 1))
    assert "ligne 2" in _refusal(path, tmp_path / "data")
    path.write_bytes(content.replace(b";", b","))
    assert "« ; » attendu, « , » trouvé" in _refusal(path, tmp_path / "data")


def test_a_file_without_a_line_is_refused_not_read_as_zeros(damir, tmp_path):
    assert "aucune ligne après l’en-tête" in _refusal(damir([]), tmp_path / "data")


def test_lines_without_a_month_of_care_are_counted_and_kept(damir, tmp_path):
    lines = [{}, {"SOI_ANN": "0000", "SOI_MOI": "00"}, {"SOI_MOI": "13"}, {"SOI_ANN": "0001"}]
    done, rows = _read(damir(lines), tmp_path / "data")
    assert (done.rows, done.undated_lines, len(rows)) == (4, 3, 4)


def test_a_refused_first_file_leaves_no_trace(damir, tmp_path):
    folder = tmp_path / "data"
    _refusal(damir([{"FLT_REM_MNT": "x"}]), folder)
    assert not list(folder.rglob("*"))


def test_a_line_of_another_month_is_refused(damir, tmp_path):
    message = _refusal(damir([{}, {"FLX_ANN_MOI": "202412"}]), tmp_path / "data")
    assert "ligne 3, colonne FLX_ANN_MOI" in message
    assert "mois 202412 dans un fichier de 202501" in message


def test_a_name_that_no_source_bears_is_answered_with_the_names_expected(tmp_path):
    path = tmp_path / "depenses.csv"
    path.write_text("a;b\n")
    message = _refusal(path, tmp_path / "data")
    assert "A202501.csv.gz" in message
    assert "OPEN_MEDIC_2024.CSV" in message


def test_the_same_bytes_change_nothing_and_other_bytes_are_refused_unless_asked(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, damir([{"FLT_REM_MNT": "1"}]))
    before = fingerprint(folder)
    assert ingest.ingest(folder, damir([{"FLT_REM_MNT": "1"}])).already
    assert fingerprint(folder) == before
    changed = damir([{"FLT_REM_MNT": "2"}])
    assert _refusal(changed, folder).count("SHA-256") == 2
    assert ingest.ingest(folder, changed, replace=True).totals["FLT_REM_MNT"] == "2.00"


def test_fictional_and_real_files_never_share_a_folder(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, damir([{}], name="A202501_fictif.csv.gz"))
    message = _refusal(damir([{"FLX_ANN_MOI": "202502"}], name="A202502.csv.gz"), folder)
    assert "fichier réel dans un dossier de données fictives" in message


OPEN_MEDIC_LINE = "A;L;A02;L;A02B;L;A02BC;IPP;A02BC01;L;3400900000000;É {};1;12;60;2;93;1;{};{};150,47"


def _open_medic(folder, lines, header=None):
    path = folder / "OPEN_MEDIC_2024.CSV"
    names = header or "ATC1;l_ATC1;ATC2;L_ATC2;ATC3;L_ATC3;ATC4;L_ATC4;ATC5;L_ATC5;CIP13;l_cip13;TOP_GEN;GEN_NUM;"
    path.write_bytes("\r\n".join([names + "age;sexe;BEN_REG;PSP_SPE;BOITES;REM;BSE", *lines, ""]).encode("latin-1"))
    return path


def test_open_medic_is_read_in_latin_1_with_decimal_commas(tmp_path):
    lines = [OPEN_MEDIC_LINE.format('"A" 10%', "12", "135,06"), OPEN_MEDIC_LINE.format("B", "-2", "-7,5")]
    done, rows = _read(_open_medic(tmp_path, lines), tmp_path / "data")
    assert done.totals == {"REM": "127.56", "BSE": "300.94", "BOITES": "10"}
    assert rows["L_CIP13"].tolist() == ['É "A" 10%', "É B"]
    assert rows["CIP13"].tolist() == ["3400900000000"] * 2


def test_open_medic_refuses_a_decimal_point_by_line_and_column(tmp_path):
    path = _open_medic(tmp_path, [OPEN_MEDIC_LINE.format("A", "12", "135.06")])
    assert "ligne 2, colonne REM" in _refusal(path, tmp_path / "data")


def test_open_medic_refuses_a_code_with_decimals(tmp_path):
    line = OPEN_MEDIC_LINE.format("A", "12", "135,06").split(";")
    line[16] = "93,5"
    path = _open_medic(tmp_path, [";".join(line)])
    assert "ligne 2, colonne BEN_REG : valeur « 93.5 » : un code est entier" in _refusal(path, tmp_path / "data")


def test_population_is_read_from_two_header_rows_with_spaces_in_numbers(tmp_path):
    path = tmp_path / "population_region_sexe_age_fin_2024.csv"
    path.write_bytes(population_sheet({"93": 1000, "94": 500}).encode())
    done, rows = _read(path, tmp_path / "data")
    assert (done.key, done.rows) == ("2025", 18 * 2 * 5)
    assert rows[rows["REGION"] == "94"]["POPULATION"].sum() == 10 * 500


def test_a_population_sheet_whose_total_is_not_its_parts_is_refused(tmp_path):
    path = tmp_path / "population_region_sexe_age_fin_2024.csv"
    path.write_bytes(population_sheet({"93": 1000}).replace("10 000", "10 001", 1).encode())
    message = _refusal(path, tmp_path / "data")
    assert "total écrit 10001, somme des parties 10000" in message


def test_each_source_recognises_only_its_own_names():
    from pathlib import Path

    for name, expected in sources.EXPECTED.items():
        assert sources.recognise(Path(expected)).SOURCE.name == name


def test_the_real_lines_of_january_2025_add_up(real, tmp_path):
    path = real / "open-damir-2025" / "A202501_extrait.csv"
    lines = [line.split(";") for line in path.read_text().splitlines()]
    place = lines[0].index("FLT_REM_MNT")
    by_hand = sum(Decimal(line[place]) for line in lines[1:])
    done, rows = _read(path, tmp_path / "data")
    assert (done.rows, Decimal(done.totals["FLT_REM_MNT"])) == (97, by_hand)
    assert sum(Decimal(str(value)) for value in rows["FLT_REM_MNT"].round(2)) == by_hand


@pytest.mark.parametrize("year", range(2018, 2025))
def test_the_real_population_sheets_add_up(real, tmp_path, year):
    path = real / "insee-population-region-2018-2024" / f"population_region_sexe_age_fin_{year}.csv"
    last = next(
        line for line in path.read_text("utf-8-sig").splitlines() if line.startswith("France métropolitaine et DOM")
    )
    assert ingest.ingest(tmp_path, path).totals["POPULATION"] == last.split(";")[6].replace(" ", "")
