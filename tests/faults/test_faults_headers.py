"""Rows 6, 7, 11, 12 and 19: headers that change, periods received twice, negative months."""

import random

import duckdb
import pytest
from conftest import fingerprint
from injections import CLEAN, PLAIN, SEED, repack

from indicators import lake
from indicators.sources import open_damir, open_medic

HEADERS = {"damir": open_damir.HEADERS[2], "medic": open_medic.HEADER}


def _columns(content: bytes, order: list[int]) -> bytes:
    """The same lines with only some columns, in this order."""
    end = b"\r\n" if b"\r\n" in content else b"\n"
    lines = [line.split(b";") for line in content.split(end)[:-1]]
    return end.join(b";".join(line[place] for place in order) for line in lines) + end


class TestColumns:
    @pytest.mark.fault(6)
    @pytest.mark.parametrize(("kind", "column"), [(k, name) for k, names in HEADERS.items() for name in names if name])
    def test_a_missing_column_is_refused_with_both_lists(self, bench, kind, column):
        content = _columns(PLAIN[kind][1], [place for place, name in enumerate(HEADERS[kind]) if name != column])
        if column == "ETB_DCS_MCO":  # what is left is the header of before August 2023, with another column in front
            content = b"EN_PLUS;" + b"\n1;".join(content.split(b"\n")).removesuffix(b"1;")
        said = bench.refused(PLAIN[kind][0], content, "ligne 1", "attendu (", "lu (")
        assert f"colonnes manquantes : {column}" in said or column in open_damir.TAILS[2]

    @pytest.mark.fault(6)
    @pytest.mark.parametrize("kind", HEADERS)
    @pytest.mark.parametrize("new", ["NOUVELLE", "FLT-REM-MNT", "é"])
    def test_an_unknown_column_is_refused_with_both_lists(self, bench, kind, new):
        old = {"damir": "FLT_REM_MNT", "medic": "BOITES"}[kind]
        head, rest = PLAIN[kind][1].split(b"\n", 1)
        head = head.replace(old.encode(), new.encode("latin-1" if kind == "medic" else "utf-8"))
        said = bench.refused(PLAIN[kind][0], head + b"\n" + rest, "ligne 1", f"colonnes manquantes : {old}")
        assert f"colonnes inconnues : {new.upper() if kind == 'medic' else new}" in said

    @pytest.mark.fault(6)
    @pytest.mark.parametrize("kind", HEADERS)
    @pytest.mark.parametrize("place", [0, 5, -2])
    def test_a_column_more_is_refused(self, bench, kind, place):
        end = b"\r\n" if kind == "medic" else b"\n"
        lines = [line.split(b";") for line in PLAIN[kind][1].split(end)[:-1]]
        for number, line in enumerate(lines):
            line.insert(place, b"1" if number else b"EN_PLUS")
        content = end.join(map(b";".join, lines)) + end
        bench.refused(PLAIN[kind][0], content, "ligne 1", "colonnes inconnues : EN_PLUS")

    @pytest.mark.fault(6)
    @pytest.mark.parametrize("kind", HEADERS)
    def test_a_repeated_column_is_refused(self, bench, kind):
        order = [*range(len(HEADERS[kind])), 3]
        bench.refused(PLAIN[kind][0], _columns(PLAIN[kind][1], order), f"colonnes répétées : {HEADERS[kind][3]}")

    @pytest.mark.fault(6)
    @pytest.mark.parametrize("column", [1, 6, 18])
    def test_a_population_sheet_of_other_columns_is_refused(self, bench, column):
        lines = [line.split(b";") for line in PLAIN["population"][1].split(b"\r\n")[:-1]]
        for line in lines:
            del line[column]
        content = b"\r\n".join(map(b";".join, lines)) + b"\r\n"
        bench.refused(PLAIN["population"][0], content, "ligne 1", "Attendu")

    @pytest.mark.fault(6)
    @pytest.mark.parametrize("kind", HEADERS)
    def test_the_whole_header_after_a_wrong_one_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], _columns(PLAIN[kind][1], [*range(len(HEADERS[kind])), 3]), "répétées")
        bench.repaired(kind, after(kind))


def _rows(folder, source: str, key: str) -> list:
    opened = lake.Lake(folder)
    path = opened.path(opened.parts(source)[key])
    names = sorted(duckdb.execute(f"DESCRIBE FROM '{path}'").df()["column_name"])
    return duckdb.execute(f"SELECT {', '.join(names)} FROM '{path}' ORDER BY ALL").fetchall()


class TestOrder:
    @pytest.mark.fault(7)
    @pytest.mark.parametrize("seed", range(10))
    @pytest.mark.parametrize(("kind", "key"), [("damir", "202502"), ("medic", "2024")])
    def test_columns_in_any_order_give_the_same_rows(self, bench, kind, key, seed):
        source = {"damir": "open_damir", "medic": "open_medic"}[kind]
        order = list(range(len(HEADERS[kind]) - (kind == "damir")))
        random.Random(SEED + seed).shuffle(order)
        order += [len(HEADERS[kind]) - 1] if kind == "damir" else []  # the empty field stays last
        _, right = bench.run("ingest", bench.give(*CLEAN[kind]))
        rows = _rows(bench.folder, source, key)
        content = _columns(PLAIN[kind][1], order)
        code, said = bench.run("ingest", "--replace", bench.give(PLAIN[kind][0], content))
        assert (code, said) == (0, right)
        assert _rows(bench.folder, source, key) == rows

    @pytest.mark.fault(7)
    def test_the_columns_of_the_population_have_one_order(self, bench):
        order = [0, *range(7, 19), *range(1, 7)]
        said = bench.refused(PLAIN["population"][0], _columns(PLAIN["population"][1], order), "ligne 1")
        assert "Attendu" in said


class TestDrift:
    @pytest.mark.fault(19)
    @pytest.mark.parametrize("year", range(2019, 2026))
    @pytest.mark.parametrize("tail", range(3))
    def test_an_unknown_column_names_its_file_and_itself_in_every_year(self, bench, year, tail):
        header = [*open_damir.HEADERS[tail][:-1], "VARIABLE_NOUVELLE", ""]
        content = ";".join(header) + "\n" + ";".join(["0"] * len(header)) + "\n"
        bench.refused(f"A{year}07.csv", content.encode(), f"A{year}07.csv", "colonnes inconnues : VARIABLE_NOUVELLE")

    @pytest.mark.fault(19)
    @pytest.mark.parametrize("year", [2015, 2020, 2025])
    def test_open_medic_too(self, bench, year):
        content = PLAIN["medic"][1].replace(b"BOITES", b"UNITES", 1)
        bench.refused(f"OPEN_MEDIC_{year}.CSV", content, "colonnes inconnues : UNITES", "colonnes manquantes : BOITES")


class TestTwice:
    @pytest.mark.fault(11)
    @pytest.mark.parametrize("kind", CLEAN)
    def test_the_same_bytes_change_nothing(self, bench, kind):
        path = bench.give(*CLEAN[kind])
        assert bench.run("ingest", path)[0] == 0
        before = fingerprint(bench.folder)
        code, said = bench.run("ingest", path)
        assert (code, "rien n’a changé" in said) == (0, True)
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(11)
    @pytest.mark.parametrize("kind", CLEAN)
    def test_other_bytes_are_refused_with_both_hashes_then_replace_gives_a_clean_run(self, bench, after, kind):
        name, content = CLEAN[kind]
        plain = PLAIN[kind.removesuffix(".gz")][1]
        more = plain.splitlines(keepends=True)[-1]  # a row once more; in the population, empty cells once more
        other = plain + more
        first = bench.give(name, repack(other) if kind.endswith(".gz") else other)
        code, said = bench.run("ingest", first)
        assert code == 0, said
        said = bench.refused(name, content, "--replace", "déjà là")
        assert said.count("SHA-256") == 2
        assert bench.run("ingest", "--replace", bench.incoming / name)[0] == 0
        assert fingerprint(bench.folder) == after(kind)


def _march(rows: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Lines of March 2025 from pairs of amount and number of acts."""
    common = {"FLX_ANN_MOI": "202503", "SOI_MOI": "03"}
    return [common | {"FLT_REM_MNT": amount, "FLT_ACT_QTE": acts} for amount, acts in rows]


class TestNegative:
    @pytest.mark.fault(12)
    def test_a_month_with_more_negative_than_positive_is_kept_whole_and_published(self, bench, damir):
        lines = _march([("10.50", "20"), ("-300.25", "-60"), ("-0.01", "0"), (".5", "1")])
        code, said = bench.run("ingest", damir(lines, name="A202503.csv.gz"))
        assert (code, "4 lignes" in said, "FLT_REM_MNT -289.26" in said) == (0, True, True)
        assert bench.run("build")[0] == 0
        table = lake.published(bench.folder).table
        row = table[(table.indicator_id == "transport_amount_month") & (table.level == "fra")].set_index("period")
        assert row.loc["2025-03", "numerator"] == -289.26
        assert row.loc["2025-03", "flag"] != "hidden"

    @pytest.mark.fault(12)
    @pytest.mark.parametrize("acts", [-10, -1, 5])
    def test_a_small_net_count_is_hidden_whatever_its_sign(self, bench, damir, acts):
        lines = _march([("50", "40"), ("-70", str(acts - 40))])
        assert bench.run("ingest", damir(lines, name="A202503.csv.gz"))[0] == 0
        assert bench.run("build")[0] == 0
        table = lake.published(bench.folder).table
        rows = table[(table.indicator_id == "transport_amount_month") & (table.period == "2025-03")]
        hidden = rows[rows.territory.isin(["93", "FR"])]
        assert set(hidden.flag) == {"hidden"}
        assert hidden[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)
