"""What the command line answers when the engine asked for cannot be had; none of these needs Spark."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import fingerprint
from folders import months

from indicators import cli, engine
from indicators.engine import spark
from indicators.errors import ArgumentError, EngineError

BUILD = [sys.executable, "-m", "indicators.cli", "build", "--engine", "spark"]
HIDE = "import sys; sys.modules['pyspark'] = None; from indicators import cli; sys.exit(cli.main())"


@pytest.fixture
def folder(country, tmp_path):
    return months(country, tmp_path / "data", 1)


def _refused(command: list[str], folder: Path, **variables: str) -> str:
    """The one sentence of a command that must fail and leave the folder as it was."""
    before = fingerprint(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONDAM_SPARK", "SPARK_"))}
    done = subprocess.run(
        [*command, "--data", str(folder)], env=kept | variables, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert fingerprint(folder) == before
    return done.stderr


def test_an_unknown_engine_is_answered_with_the_known_ones(folder):
    said = _refused([*BUILD[:-1], "sparc"], folder)
    assert said == "Moteur : « sparc » n’est pas admis. Admis : duckdb, spark. Vouliez-vous dire « spark » ?\n"


def test_an_address_without_the_engine_is_not_left_unread(folder):
    said = _refused([*BUILD[:-2], "--spark", "sc://127.0.0.1:1"], folder)
    assert said == "L’adresse « sc://127.0.0.1:1 » ne sert qu’au moteur spark : ajouter --engine spark.\n"


@pytest.mark.parametrize("address", ["yarn", "http://127.0.0.1:7077", "spark://127.0.0.1", "local[two]", "sc://"])
def test_an_address_of_another_form_is_refused(folder, address):
    assert f"Adresse Spark « {address.rstrip('/')} » : attendu sc://" in _refused([*BUILD, "--spark", address], folder)


def test_a_number_of_partitions_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv(spark.PARTITIONS, "0")
    with pytest.raises(ArgumentError, match="nombre entier"):
        engine.connect("spark", "sc://127.0.0.1:1")


def test_without_pyspark_the_answer_is_how_to_install_it(folder):
    said = _refused([sys.executable, "-c", HIDE, "build", "--engine", "spark"], folder)
    assert said.startswith("Le moteur Spark n’est pas installé (pyspark manque). L’installer : pip install")
    assert "requirements-spark.lock" in said


def test_without_java_the_answer_is_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"^Java est introuvable. Installer Java 17 ou 21"):
        spark._java()


def test_an_old_java_is_named(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    (tmp_path / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"^Java 11 est trop ancien pour Spark 4"):
        spark._java()


@pytest.mark.parametrize("form", ["sc://127.0.0.1:{}/;token=tres-secret", "spark://127.0.0.1:{}"])
def test_an_address_where_nobody_answers_is_one_sentence_without_its_token(form, monkeypatch):
    monkeypatch.setattr(spark, "_backend", lambda: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening
        address = form.format(taken.getsockname()[1])
        with pytest.raises(EngineError) as caught:
            engine.connect("spark", address)
    assert str(caught.value).startswith(f"Rien ne répond à {spark.shown(address)}. Démarrer le serveur")
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_cluster(monkeypatch):
    monkeypatch.setenv(spark.VARIABLE, "yarn")
    with pytest.raises(ArgumentError, match="« yarn »"):
        engine.connect("spark")


@pytest.mark.parametrize("name", ["a[1]", "a*", "a{b}", "100%"])
def test_a_folder_that_a_cluster_would_read_as_a_pattern_is_refused(name):
    with pytest.raises(ArgumentError, match=r"ne lit pas un chemin qui contient .* Renommer"):
        spark._uri(Path("/data") / name / "part.parquet")


def test_the_help_of_build_names_the_engines(capsys):
    with pytest.raises(SystemExit):
        cli.main(["build", "--help"])
    assert "duckdb (par défaut) ou spark" in capsys.readouterr().out
