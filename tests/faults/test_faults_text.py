"""Rows 3, 4, 5, 8, 9 and 10: a text that is cut, re-saved, or wrong in one line."""

import pytest
from injections import CLEAN, PACKED, PLAIN, change_cell, change_line, places, repack

from indicators.sources import open_damir

KINDS = list(PLAIN)
LINE = {"damir": 501, "medic": 501, "population": 9}


def _content(kind: str) -> bytes:
    return PLAIN[kind.removesuffix(".gz")][1]


def _give(kind: str, content: bytes) -> tuple[str, bytes]:
    """Name and bytes of a file with this content, compressed where its kind is."""
    return CLEAN[kind][0], repack(content) if kind.endswith(".gz") else content


class TestCut:
    @pytest.mark.fault(3)
    @pytest.mark.parametrize(
        ("kind", "size"),
        [(k, p) for k in KINDS for p in [*places(f"text{k}", 1000, len(_content(k)) - 2, 10), len(_content(k)) - 200]],
    )
    def test_a_text_cut_in_a_line_is_refused_with_that_line(self, bench, kind, size):
        content = _content(kind)[:size]
        if content.endswith(b"\n"):
            content = content[:-1]
        bench.refused(PLAIN[kind][0], content, f"ligne {content.count(10) + 1}", "pas terminée")

    @pytest.mark.fault(3)
    @pytest.mark.parametrize("kind", PACKED)
    def test_a_text_cut_before_it_was_compressed_is_refused(self, bench, kind):
        bench.refused(*_give(kind, _content(kind)[:-20]), "ligne 601", "pas terminée")

    @pytest.mark.fault(3)
    def test_a_population_cut_after_a_line_misses_its_regions(self, bench):
        lines = PLAIN["population"][1].split(b"\r\n")
        bench.refused(PLAIN["population"][0], b"\r\n".join(lines[:9]) + b"\r\n", "régions absentes", "Corse")

    @pytest.mark.fault(3)
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_whole_text_after_a_cut_one_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], _content(kind)[:-3], "pas terminée")
        bench.repaired(kind, after(kind))


class TestSeparator:
    @pytest.mark.fault(4)
    @pytest.mark.parametrize("kind", CLEAN)
    @pytest.mark.parametrize("mark", [",", "\t", "|"])
    def test_another_separator_is_refused_and_both_are_named(self, bench, kind, mark):
        content = _content(kind).replace(b",", b".").replace(b";", mark.encode())
        bench.refused(*_give(kind, content), "ligne 1", f"séparateur « ; » attendu, « {mark} » trouvé")

    @pytest.mark.fault(4)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mark", [b",", b"\t", b"|"])
    def test_another_separator_in_one_line_is_refused_with_that_line(self, bench, kind, mark):
        content = change_line(_content(kind), LINE[kind], lambda line: line.replace(b";", mark))
        said = bench.refused(PLAIN[kind][0], content)
        assert f"ligne {LINE[kind]}" in said or "régions absentes" in said

    @pytest.mark.fault(4)
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_right_separator_after_a_wrong_one_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], _content(kind).replace(b";", b"|"), "« | » trouvé")
        bench.repaired(kind, after(kind))


class TestEncoding:
    @pytest.mark.fault(5)
    @pytest.mark.parametrize("kind", ["damir", "damir.gz", "population"])
    @pytest.mark.parametrize("letter", [b"\xe9", b"\xff", b"\xc3", b"\xed\xa0\x80"])
    def test_a_byte_of_another_encoding_is_refused_with_line_and_byte(self, bench, kind, letter):
        line = LINE[kind.removesuffix(".gz")]
        content = change_line(_content(kind), line, lambda text: text[:-3] + letter + text[-3:])
        place = len(b"\n".join(content.split(b"\n")[:line])) - 3 - len(letter) + 1
        bench.refused(*_give(kind, content), f"ligne {line}, octet {place}", "n’est pas en utf-8")

    @pytest.mark.fault(5)
    def test_a_byte_of_another_encoding_across_two_blocks_keeps_its_place(self, bench, monkeypatch):
        from indicators.sources import raw

        content = _content("damir").replace(b";Z;", b";\xc3\xa9;").replace(b"\xc3\xa9", b"\xc3 ", 1)
        at = content.index(b"\xc3 ")
        monkeypatch.setattr(raw, "CHUNK", at + 1)
        bench.refused(PLAIN["damir"][0], content, f"ligne 2, octet {at + 1}")

    @pytest.mark.fault(5)
    @pytest.mark.parametrize(
        ("kind", "encoding"), [("damir", "utf-16"), ("medic", "utf-16-le"), ("medic", "utf-8-sig")]
    )
    def test_a_file_saved_again_in_another_encoding_is_refused(self, bench, kind, encoding):
        text = _content(kind).decode("latin-1")
        bench.refused(PLAIN[kind][0], text.encode(encoding), "ligne 1")

    @pytest.mark.fault(5)
    def test_a_population_in_latin_1_is_refused(self, bench):
        text = _content("population").decode("utf-8-sig").encode("cp1252")
        bench.refused(PLAIN["population"][0], text, "ligne 1, octet 2", "n’est pas en utf-8")

    @pytest.mark.fault(5)
    def test_open_medic_saved_again_in_utf_8_is_refused_at_its_first_strange_byte(self, bench):
        text = _content("medic").decode("latin-1").replace("É", "’").encode("utf-8")
        line, place = text[: text.index(b"\x80")].count(10) + 1, text.index(b"\x80") + 1
        bench.refused(PLAIN["medic"][0], text, f"ligne {line}, octet {place}", "n’est pas en latin-1")

    @pytest.mark.fault(5)
    @pytest.mark.parametrize("kind", ["damir", "population"])
    def test_the_right_encoding_after_a_wrong_one_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], _content(kind)[:-2] + b"\xe9\r\n", "n’est pas en utf-8")
        bench.repaired(kind, after(kind))


WRONG = {
    **{(column, "12,5"): "damir" for column in open_damir.AMOUNTS},
    **{(column, "1O"): "damir" for column in open_damir.COUNTS},
    **{(column, "4x"): "damir" for column in ("PRS_NAT", "BEN_RES_REG", "ORG_CLE_REG", "ASU_NAT", "AGE_BEN_SNDS")},
    **{("FLT_REM_MNT", value): "damir" for value in ("1.2.3", "NaN", "inf", "--5", "12 €", "0x1F", "1 000")},
    **{("PRS_NAT", value): "damir" for value in ("40000", "1e9", "true")},
    **{(column, value): "medic" for column in ("REM", "BSE") for value in ("12.5", "1,2,3", "abc")},
    **{(column, value): "medic" for column in ("BOITES", "SEXE", "BEN_REG") for value in ("x", "1O")},
}


class TestValue:
    @pytest.mark.fault(8)
    @pytest.mark.parametrize(("column", "value", "kind"), [(*key, kind) for key, kind in WRONG.items()])
    def test_a_wrong_value_is_refused_with_line_column_and_value(self, bench, column, value, kind):
        content = change_cell(_content(kind), 501, column, value.encode())
        bench.refused(PLAIN[kind][0], content, f"ligne 501, colonne {column}", f"« {value} »")

    @pytest.mark.fault(8)
    @pytest.mark.parametrize(
        ("column", "value"),
        [("FLT_REM_MNT", "1_000"), ("PRS_NAT", "42.5"), ("PRS_NAT", "4_2"), ("SOI_MOI", "3.5"), ("SOI_ANN", "2_025")],
    )
    def test_a_number_that_the_engine_would_bend_is_refused(self, bench, column, value):
        content = change_cell(_content("damir"), 501, column, value.encode())
        bench.refused(PLAIN["damir"][0], content, f"ligne 501, colonne {column}", f"« {value} »")

    @pytest.mark.fault(8)
    @pytest.mark.parametrize("line", [2, 300, 601])
    @pytest.mark.parametrize("kind", PACKED)
    def test_the_line_is_right_at_the_start_in_the_middle_and_at_the_end(self, bench, kind, line):
        column, value = {"damir.gz": ("FLT_REM_MNT", "12,5"), "medic.gz": ("REM", "12.5")}[kind]
        content = change_cell(_content(kind), line, column, value.encode())
        bench.refused(*_give(kind, content), f"ligne {line}, colonne {column}", f"« {value} »")

    @pytest.mark.fault(8)
    @pytest.mark.parametrize("column", [2, 7, 12, 19])
    @pytest.mark.parametrize("value", ["1,5", "12a", "-3", "n.d."])
    def test_a_wrong_number_of_people_is_refused_with_line_column_and_value(self, bench, column, value):
        def change(line: bytes) -> bytes:
            cells = line.split(b";")
            cells[column - 1] = value.encode()
            return b";".join(cells)

        content = change_line(_content("population"), 9, change)
        bench.refused(PLAIN["population"][0], content, f"ligne 9, colonne {column}", f"« {value} »")

    @pytest.mark.fault(8, injections=25)
    def test_many_wrong_values_come_in_one_message(self, bench):
        content = _content("damir")
        for line in range(100, 125):
            content = change_cell(content, line, "FLT_REM_MNT", b"?")
        said = bench.refused(PLAIN["damir"][0], content, "25 problèmes", "et 5 autres")
        assert [line for line in range(100, 120) if f"ligne {line}, colonne FLT_REM_MNT" not in said] == []

    @pytest.mark.fault(8)
    @pytest.mark.parametrize(("kind", "column"), [("damir", "FLT_REM_MNT"), ("medic", "REM")])
    def test_the_right_value_after_a_wrong_one_gives_a_clean_run(self, bench, after, kind, column):
        bench.refused(PLAIN[kind][0], change_cell(_content(kind), 501, column, b"?"), "ligne 501")
        bench.repaired(kind, after(kind))


SHAPES = {
    "short": lambda line: b";".join(line.split(b";")[:-9]),
    "one field": lambda line: line.split(b";")[0],
    "long": lambda line: line + b";1;2",
    "twice": lambda line: line + line,
    "empty": lambda line: b"",
    "quoted whole": lambda line: b'"' + line + b'"',
    "return inside": lambda line: line[:20] + b"\r" + line[20:],
}


def _reshape(shape: str):
    """The change of a line that keeps its own end."""

    def change(line: bytes) -> bytes:
        return SHAPES[shape](line.removesuffix(b"\r")) + (b"\r" if line.endswith(b"\r") else b"")

    return change


class TestShape:
    @pytest.mark.fault(9)
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("kind", ["damir", "medic", "damir.gz", "medic.gz"])
    def test_a_line_of_another_shape_is_refused_with_its_number(self, bench, kind, shape):
        content = change_line(_content(kind), 501, _reshape(shape))
        bench.refused(*_give(kind, content), "ligne 501")

    @pytest.mark.fault(9)
    @pytest.mark.parametrize(("kind", "column"), [("damir", "FLT_REM_MNT"), ("damir", "PRS_NAT"), ("medic", "REM")])
    def test_an_open_quote_in_a_number_is_refused_with_line_and_column(self, bench, kind, column):
        content = change_cell(_content(kind), 501, column, b'"12')
        bench.refused(PLAIN[kind][0], content, f"ligne 501, colonne {column}", '« "12 »')

    @pytest.mark.fault(9)
    @pytest.mark.parametrize("shape", ["short", "one field", "long", "empty", "open quote"])
    def test_a_line_of_another_shape_in_the_population_is_refused(self, bench, shape):
        change = _reshape(shape) if shape in SHAPES else lambda line: b'"' + line
        said = bench.refused(PLAIN["population"][0], change_line(_content("population"), 9, change))
        assert "ligne 9" in said or "régions absentes" in said

    @pytest.mark.fault(9)
    @pytest.mark.parametrize("kind", ["damir", "medic"])
    def test_the_right_line_after_a_short_one_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], change_line(_content(kind), 501, _reshape("short")), "ligne 501")
        bench.repaired(kind, after(kind))


class TestNul:
    @pytest.mark.fault(10)
    @pytest.mark.parametrize(
        ("kind", "place"), [(k, p) for k in CLEAN for p in places(f"nul{k}", 0, len(_content(k)), 8)]
    )
    def test_a_nul_byte_is_refused_with_line_and_byte(self, bench, kind, place):
        content = _content(kind)[:place] + b"\0" + _content(kind)[place + 1 :]
        bench.refused(*_give(kind, content), f"ligne {content[:place].count(10) + 1}, octet {place + 1}", "NUL")

    @pytest.mark.fault(10)
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_file_without_the_nul_byte_gives_a_clean_run(self, bench, after, kind):
        bench.refused(PLAIN[kind][0], b"\0" + _content(kind), "ligne 1, octet 1")
        bench.repaired(kind, after(kind))
