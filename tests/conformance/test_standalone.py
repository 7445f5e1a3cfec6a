"""A real cluster: a Spark master and two workers on the loopback, told to build a folder by the command line."""

import subprocess
import sys

import pytest
import servers
from folders import months, publication

from indicators import build

MONTHS = 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := servers.no_spark():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("cluster")
    with servers.standalone(folder) as address:
        yield folder, address


def test_two_workers_publish_the_same_bytes_as_duckdb(cluster, country, tmp_path):
    (home, address), other, own = (
        cluster,
        months(country, tmp_path / "duckdb", MONTHS),
        months(country, tmp_path / "spark", MONTHS),
    )
    build.build(other)
    command = [sys.executable, "-m", "indicators.cli", "build", "--data", str(own), "--engine", "spark"]
    variables = servers.environment(home) | {"ONDAM_SPARK": address, "ONDAM_SPARK_PARTITIONS": "2"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert publication(own) == publication(other)
    logs = [path.read_text("utf-8", "replace") for path in (home / "work").glob("app-*/*/stderr")]
    assert len(logs) == 2
    assert all("Finished task" in log for log in logs)  # both workers worked


def test_a_master_without_workers_is_one_sentence(tmp_path, country):
    if reason := servers.no_spark():
        pytest.skip(reason)
    folder = months(country, tmp_path / "data", 1)
    code = "import sys; from indicators import cli; from indicators.engine import spark; "
    code += "spark.PATIENCE['workers'] = 2; sys.exit(cli.main())"
    with servers.standalone(tmp_path, workers=0) as address:
        command = [sys.executable, "-c", code, "build", "--data", str(folder), "--engine", "spark", "--spark", address]
        done = subprocess.run(
            command, env=servers.environment(tmp_path), capture_output=True, text=True, encoding="utf-8"
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{address} n’a donné aucun exécuteur en 2 s")
    assert len(done.stderr.splitlines()) == 1
