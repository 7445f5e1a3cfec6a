"""Rows 20, 21, 22, 25 and 26: formulas, foreign parameters, tricky YAML, notebooks and what names a person."""

import copy
import io
import json
import re
import tracemalloc
from pathlib import Path

import invented
import openpyxl
import pytest
from conftest import ROOT, fingerprint
from injections import PLAIN, change_cell, repack

import indicators
from indicators import catalogue, strict_yaml
from indicators.convention import plan
from indicators.errors import ArgumentError, DefinitionError
from indicators.present import downloads
from indicators.sources import identifiers, insee_population, open_damir, open_medic


class TestFormulas:
    STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\n=", "\u00a0=")

    @pytest.mark.fault(20)
    @pytest.mark.parametrize("start", STARTS)
    @pytest.mark.parametrize("neutral", [False, True])
    def test_a_text_is_never_a_formula_in_a_csv_and_a_negative_stays_a_number(self, start, neutral):
        row = dict.fromkeys(downloads.COLUMNS, f"{start}cmd()") | dict.fromkeys(downloads.NUMBERS, -12.5)
        text = downloads.csv_text([row], neutral=neutral).decode("utf-8-sig")
        assert f"'{start}cmd()" in text
        assert re.search(r"[;,]-12[.,]5[;,]", text)

    @pytest.mark.fault(20)
    @pytest.mark.parametrize("start", STARTS[:4] + STARTS[6:10])
    def test_a_text_is_never_a_formula_in_a_workbook(self, tmp_path, start):
        definitions = invented.definitions(tmp_path)
        published = invented.published()
        about = downloads.about(
            f"{start}1+1", {f"{start}A1": f"{start}1+1"}, published, definitions, ["spending"], "fr"
        )
        data = downloads.xlsx(downloads.rows(published, definitions, ["spending"]), about)
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for page in book for row in page.iter_rows() for cell in row]
        assert [cell.value for cell in cells if cell.data_type == "f"] == []
        assert any(str(cell.value).startswith((start, f"'{start}")) for cell in cells)


PATHS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "transport\0.yaml", "C:\\windows\\win.ini", "~/x", "",
    "transport/../transport", "file:///etc/passwd", "'; DROP TABLE rows; --", "{{7*7}}", "a" * 5000,
)  # fmt: skip


class TestParameters:
    @pytest.mark.fault(21)
    @pytest.mark.parametrize("path", PATHS)
    def test_no_verb_takes_a_path_for_an_indicator_a_theme_or_a_place(self, country, path):
        id = "transport_vsl_share"
        calls = [
            lambda: indicators.load(path, data=country),
            lambda: indicators.load(level=path, data=country),
            lambda: indicators.explain(path),
            lambda: indicators.explain(id, path),
            lambda: indicators.trend(id, path, data=country),
            lambda: indicators.trend(id, level=path, data=country),
            lambda: indicators.compare(id, path or "x", data=country),
        ]
        for call in calls:
            with pytest.raises((ArgumentError, DefinitionError)) as refused:
                call()
            assert "root:" not in str(refused.value)

    @pytest.mark.fault(21)
    @pytest.mark.parametrize("path", [path for path in PATHS if "\0" not in path])
    @pytest.mark.parametrize("verb", ["explain", "list --theme"])
    def test_the_command_line_neither(self, bench, verb, path):
        before = fingerprint(bench.folder)
        code, said = bench.run(*verb.split(), path)
        if verb == "list --theme" and not path:
            assert code == 0  # an empty theme is no theme
        else:
            assert (code, "n’est pas admis" in said or "inconnu" in said, "Traceback" in said) == (1, True, False), said
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(21)
    @pytest.mark.parametrize(
        "name", ["A202501/../../x.csv", "../A2025.csv", "A202513x", ".A202501.csv.gz", "A20250101.csv"]
    )
    def test_a_file_of_a_foreign_name_is_refused(self, bench, name):
        before = fingerprint(bench.folder)
        code, said = bench.run("ingest", bench.incoming / name)
        assert (code, "aucune source ne porte ce nom" in said or "n’existe pas" in said) == (1, True), said
        assert fingerprint(bench.folder) == before


def _bomb(levels: int = 9) -> str:
    lines = ['a0: &a0 ["x", "x", "x", "x", "x", "x", "x", "x", "x"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


YAML = {
    "alias bomb": (_bomb(), "alias refusé"),
    "merge key": ("a: &x {b: 1}\nc: {<<: *x}", "ligne 2"),
    "python object": ("a: !!python/object/apply:os.system ['true']", "ligne 1"),
    "custom tag": ("a: !include other.yaml", "ligne 1"),
    "key that is a number": ("01: x", 'Écrire "01" entre guillemets'),
    "key in octal": ("a: {010: x}", 'Écrire "010" entre guillemets'),
    "key that is a truth": ("no: x", 'Écrire "no" entre guillemets'),
    "key with a score": ("1_000: x", 'Écrire "1_000" entre guillemets'),
    "key that is a date": ("2026-01-01: x", "entre guillemets"),
    "key that is nothing": ("~: x", "entre guillemets"),
    "key twice": ("a: 1\nb: 2\na: 3", "écrite deux fois (déjà ligne 1)"),
    "key twice deep": ("a:\n  b: 1\n  b: 2", "ligne 3"),
    "no end of list": ("a: [1, 2", "ligne"),
    "tab": ("a:\n\tb: 1", "ligne 2"),
    "a list": ("- a\n- b", "nom: …"),
    "nothing": ("", "nom: …"),
    "two documents": ("a: 1\n---\nb: 2", "ligne"),
    "too large": ("a: " + "x" * 1_000_001, "limite"),
    "a control letter": ("a: \x07", "x.yaml"),
}


class TestYaml:
    @pytest.mark.fault(22)
    @pytest.mark.parametrize("trick", YAML)
    def test_a_trick_is_refused_with_the_file_and_the_line(self, tmp_path, trick):
        text, word = YAML[trick]
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DefinitionError) as refused:
            strict_yaml.load(path)
        assert [part for part in ("x.yaml", word) if part not in str(refused.value)] == []

    @pytest.mark.fault(22)
    @pytest.mark.parametrize("content", [b"a: \xff", b"a: \xe9t\xe9", "a: é".encode("utf-16")])
    def test_another_encoding_is_refused_with_its_byte(self, tmp_path, content):
        path = tmp_path / "x.yaml"
        path.write_bytes(content)
        with pytest.raises(DefinitionError, match="octet"):
            strict_yaml.load(path)

    @pytest.mark.fault(22, injections=2)
    @pytest.mark.parametrize("text", [_bomb(40), "a: " + "[" * 300_000], ids=["alias bomb", "deep lists"])
    def test_a_bomb_is_refused_in_little_memory(self, tmp_path, text):
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        tracemalloc.start()
        try:
            with pytest.raises(DefinitionError):
                strict_yaml.load(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 64 << 20

    @pytest.mark.fault(22)
    @pytest.mark.parametrize(
        "trick", ["alias bomb", "python object", "key twice", "no end of list", "key that is a number"]
    )
    @pytest.mark.parametrize("file", ["plan.yaml", "transport.yaml"])
    def test_the_plan_refuses_them_through_the_command_line(self, bench, file, trick):
        folder = invented.write_plan(bench.folder / "plan")
        (folder / file).write_text(YAML[trick][0], encoding="utf-8")
        before = fingerprint(bench.folder)
        code, said = bench.run("check")
        assert (code, file in said, YAML[trick][1] in said, "Traceback" in said) == (1, True, True, False), said
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(22)
    @pytest.mark.parametrize("trick", ["alias bomb", "key twice", "key that is a number", "no end of list"])
    @pytest.mark.parametrize("file", ["definitions/transport.yaml", "nomenclatures/prs_nat.yaml"])
    def test_the_definitions_refuse_them(self, tmp_path, file, trick):
        invented.definitions(tmp_path)
        (tmp_path / file).write_text(YAML[trick][0], encoding="utf-8")
        with pytest.raises(DefinitionError) as refused:
            catalogue.read(tmp_path)
        assert [part for part in (Path(file).name, YAML[trick][1]) if part not in str(refused.value)] == []

    @pytest.mark.fault(22)
    def test_a_plan_repaired_is_read_as_before(self, tmp_path):
        definitions = invented.definitions(tmp_path / "definitions")
        right = plan.read(invented.write_plan(tmp_path / "plan"), definitions)
        (tmp_path / "plan" / "transport.yaml").write_text(_bomb(), encoding="utf-8")
        with pytest.raises(DefinitionError):
            plan.read(tmp_path / "plan", definitions)
        assert plan.read(invented.write_plan(tmp_path / "plan"), definitions) == right


NUMBER = "1" + "99" * 6 + "00"  # the shape of a number of the register, of nobody
KEPT = {"stream"}


def kept_in(book: dict) -> list[str]:
    """What a notebook keeps and must not: pictures, tables, state of widgets, numbers that may be somebody's."""
    found = ["widget state"] if "widgets" in book["metadata"] else []
    for place, cell in enumerate(book["cells"], start=1):
        outputs = cell.get("outputs", [])
        found += [f"cell {place}: {out['output_type']}" for out in outputs if out["output_type"] not in KEPT]
        said = [*cell["source"], *(line for out in outputs for line in out.get("text", []))]
        words = re.findall(r"[\w@.-]*\d[\w@.-]*(?: \d+)*", "".join(said))
        found += [f"cell {place}: a number of {len(word)} digits" for word in words if _personal(word)]
        found += [f"cell {place}: attachment"] if cell.get("attachments") else []
    return found


def _personal(word: str) -> bool:
    return "@" in word or sum(letter.isdigit() for letter in word) >= 13


PICTURE = {"output_type": "display_data", "data": {"image/png": "iVBOR"}, "metadata": {}}
TABLE = {"output_type": "execute_result", "data": {"text/html": "<table>"}, "metadata": {}, "execution_count": 1}
ADDRESS = "someone@example.org"


def _with_output(output: dict):
    return lambda book: next(c for c in book["cells"] if c["cell_type"] == "code")["outputs"].append(output)


KEEPS = {
    "widget state": lambda book: book["metadata"].update(widgets={"state": {}}),
    "picture": _with_output(PICTURE),
    "table": _with_output(TABLE),
    "number of a person": _with_output({"output_type": "stream", "name": "stdout", "text": [NUMBER]}),
    "number in the text": lambda book: book["cells"][0]["source"].append(f"\n{NUMBER}"),
    "attachment": lambda book: book["cells"][0].update(attachments={"a.png": {"image/png": "iVBOR"}}),
}
BOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("dashboards/*.ipynb")])


class TestNotebooks:
    @pytest.mark.fault(25)
    @pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
    def test_our_notebooks_keep_nothing_of_the_sort(self, path):
        assert kept_in(json.loads(path.read_text("utf-8"))) == []

    @pytest.mark.fault(25)
    @pytest.mark.parametrize("keep", KEEPS)
    @pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
    def test_what_is_saved_in_one_is_found(self, path, keep):
        book = copy.deepcopy(json.loads(path.read_text("utf-8")))
        KEEPS[keep](book)
        assert len(kept_in(book)) == 1


COLUMNS = (
    "NIR", "BEN_NIR_PSA", "ben_nir_ano", "NIR_ANO_17", "NUM_ENQ", "BEN_IDT_ANO", "Nom", "PRENOM", "prénom",
    "nom_naissance", "Date de naissance", "ADRESSE", "email", "Téléphone", "MATRICULE", "RPPS", "num_adeli",
    "IPP", "INS",
)  # fmt: skip
VALUES = (
    NUMBER, "1 99 99 99 999 999 00", "1.99.99.99.999.999.00", "1-99-99-99-999-999-00", "199992A99999900",
    "1\u00a099\u00a099\u00a099\u00a0999\u00a000",
    "1.999999999999e+14", "99900000000", "999000000", "00 00 00 00 00", ADDRESS, "31/12/1900", "19001231",
    "a1b2c3d4e5f6a7b8c9d0",
)  # fmt: skip


def _with_column(kind: str, name: str, value: str) -> bytes:
    encoding = "latin-1" if kind == "medic" else "utf-8"
    end = b"\r\n" if kind != "damir" else b"\n"
    lines = PLAIN[kind][1].split(end)[:-1]
    cells = [name, *[value] * (len(lines) - 1)]
    return end.join(cell.encode(encoding) + b";" + line for cell, line in zip(cells, lines, strict=True)) + end


class TestIdentifiers:
    @pytest.mark.fault(26)
    @pytest.mark.parametrize("kind", PLAIN)
    @pytest.mark.parametrize("column", COLUMNS)
    def test_a_column_that_names_a_person_is_refused_and_its_values_never_shown(self, bench, kind, column):
        said = bench.refused(PLAIN[kind][0], _with_column(kind, column, NUMBER), column, "désigne une personne")
        assert NUMBER not in said

    @pytest.mark.fault(26)
    def test_a_compressed_file_too(self, bench):
        said = bench.refused("A202502.csv.gz", repack(_with_column("damir", "NIR", NUMBER)), "colonne NIR")
        assert NUMBER not in said

    @pytest.mark.fault(26)
    @pytest.mark.parametrize(
        ("kind", "column", "value"),
        [
            (kind, column, value)
            for kind, column in (("damir", "FLT_REM_MNT"), ("damir", "PRS_NAT"), ("medic", "BOITES"))
            for value in VALUES
            if column == "PRS_NAT" or not value.isdigit() or len(value) > 12  # a short number there is an amount
        ],
    )
    def test_a_refused_value_that_may_be_somebody_s_is_masked(self, bench, kind, column, value):
        content = change_cell(PLAIN[kind][1], 501, column, value.encode("latin-1" if kind == "medic" else "utf-8"))
        before = fingerprint(bench.folder)
        code, said = bench.run("ingest", bench.give(PLAIN[kind][0], content))
        assert value not in said
        assert (code, "masquée" in said, f"ligne 501, colonne {column}" in said) == (1, True, True), said
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(26)
    @pytest.mark.parametrize("value", [value for value in VALUES if not value.replace(" ", "").isdigit()])
    def test_in_the_population_too(self, bench, value):
        content = PLAIN["population"][1].replace(b"10 000", value.encode(), 1)
        said = bench.refused(PLAIN["population"][0], content)
        assert value not in said

    @pytest.mark.fault(26)
    def test_a_file_without_a_header_does_not_show_its_first_line(self, bench):
        content = change_cell(PLAIN["damir"][1], 2, "PRS_NAT", NUMBER.encode()).split(b"\n", 1)[1]
        assert NUMBER not in bench.refused("A202502.csv", content, "ligne 1")

    @pytest.mark.fault(26)
    def test_no_known_column_is_taken_for_a_person_s(self):
        for header in (*open_damir.HEADERS, open_medic.HEADER, insee_population.HEADER):
            assert identifiers.named(header) == []

    @pytest.mark.fault(26)
    @pytest.mark.parametrize("value", ["12,5", "x", "4x", "1.2.3", "0x1F", "1234.567", "n.d."])
    def test_a_plain_wrong_value_is_still_shown(self, value):
        assert identifiers.masked(value) == value

    @pytest.mark.fault(26)
    def test_a_count_beyond_all_bounds_is_refused_and_not_shown(self, bench):
        content = change_cell(PLAIN["medic"][1], 501, "BOITES", b"99900000000")
        assert "99900000000" not in bench.refused(PLAIN["medic"][0], content)
