"""The two commands say one clear sentence when they cannot start, and pass the rest on."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from indicators import access, cli

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def run():
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_gets_one_sentence(run, monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"^Python 3\.11 ou plus récent est nécessaire ; celui-ci est .*\.$"):
        run.check_python()


def test_a_missing_venv_module_gets_one_sentence(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"^Le module venv de Python manque ; .*, puis recommencer\.$"):
        run.check_python()


def test_an_installation_that_fails_says_so_with_the_last_words_of_pip(run, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    with pytest.raises(SystemExit, match="Installation impossible"):
        run.pip("Paquets", ["install", "--no-index", "--quiet", str(tmp_path / "nothing-here")])


def test_a_changed_lock_is_installed_again(run, monkeypatch, tmp_path):
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    monkeypatch.setattr(run, "HERE", str(tmp_path))
    monkeypatch.setattr(run, "STAMP", str(tmp_path / "installed"))
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    (tmp_path / "installed").write_text(run.fingerprint(), encoding="utf-8")
    assert run.installed()
    (tmp_path / "requirements.lock").write_text("b", encoding="utf-8")
    assert not run.installed()


def test_run_py_is_standard_library_only():
    code = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; import runpy; "
    code += f"sys.argv = ['run.py', '--help']; runpy.run_path({str(ROOT / 'run.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "python3 run.py test" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["explain", "transport_vls_share"], "Vouliez-vous dire « transport_vsl_share » ?"),
        (["list", "--theme", "transports"], "Vouliez-vous dire « transport » ?"),
        (["ingest", "nowhere.csv"], "aucune source ne porte ce nom"),
        (["build", "--data", "nowhere"], "ondam ingest"),
        (["biuld"], "Vouliez-vous dire « build » ?"),
        (["serve", "--port", "99999", "--data", "data/demo"], "Le port 99999 n’existe pas"),
        (["check", "--data", "nowhere"], "ne contient aucune donnée"),
    ],
)
def test_a_mistake_is_one_message_without_a_traceback(arguments, words, capsys):
    assert cli.main(arguments) == 1
    said = "".join(capsys.readouterr())
    assert words in said
    assert "Traceback" not in said


def test_a_port_in_use_is_said_before_anything_starts():
    import socket

    with socket.create_server((access.HOST, 0)) as taken, pytest.raises(access.ServeError) as refused:
        access.check_port(taken.getsockname()[1])
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("verb", ["list", "check", "sheets --check"])
def test_verbs_that_print_a_list_speak_json(verb, capsys, country, monkeypatch):
    monkeypatch.setenv("ONDAM_DATA", str(country))
    assert cli.main([*verb.split(), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 3
    assert all(isinstance(row, dict) for row in rows)


@pytest.mark.parametrize("arguments", [["explain"], ["list", "--nothing"], ["serve", "--port", "x"]])
def test_a_wrong_call_is_answered_in_french(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert "Voir « ondam" in said
    for english in ("required", "unrecognized", "invalid"):
        assert english not in said


def test_a_refused_file_is_readable_by_a_machine(tmp_path, capsys):
    path = tmp_path / "A202501.csv"
    path.write_text("a;b;\n", encoding="utf-8")
    assert cli.main(["ingest", str(path), "--json", "--data", str(tmp_path / "data")]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert "colonnes manquantes" in rows[0]["refused"]


def test_help_is_in_french_with_examples(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    for word in ("Exemples", *cli.VERBS):
        assert word in said


@pytest.mark.parametrize("path", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_short_tell_their_limits_and_keep_no_widget(path):
    book = nbformat.read(path, 4)
    assert len(book.cells) <= 12
    assert "widgets" not in book.metadata
    told = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    for heading in ("**Question.**", "## Données", "## Résultats", "## Limites", "fictives"):
        assert heading in told
    for cell in book.cells:
        if cell.cell_type == "code":
            assert "def " not in cell.source
            assert all(output.output_type == "stream" for output in cell.outputs)


@pytest.mark.parametrize("path", sorted(ROOT.glob("dashboards/*.ipynb")), ids=lambda path: path.stem)
def test_dashboards_are_short_and_store_no_output(path):
    book = nbformat.read(path, 4)
    assert len(book.cells) <= 6
    assert "widgets" not in book.metadata
    assert all(not cell.get("outputs") for cell in book.cells)
