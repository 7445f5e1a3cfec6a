"""The dependencies are written once, locked once, and the three files that name them agree."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SPARK_LOCK = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = ["jupyterlab", "pandas", "plotly", "voila", "ipywidgets", "statsmodels", "nbval"]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _locked(lock: str = LOCK) -> dict[str, tuple[int, ...]]:
    found = re.findall(r"^([a-z0-9][\w.-]*)==([0-9.]+)", lock, re.MULTILINE)
    return {_plain(name): tuple(map(int, version.strip(".").split("."))) for name, version in found}


def _declared() -> list[str]:
    return [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]


def _cluster() -> list[str]:
    return [*PROJECT["optional-dependencies"]["spark"], *PROJECT["optional-dependencies"]["sail"]]


@pytest.mark.parametrize("requirement", [*_declared(), *_cluster()])
def test_every_declared_package_is_locked_within_its_bounds(requirement):
    name, bounds = re.match(r"([\w-]+)(?:\[[\w,]+\])?(.*)", requirement).groups()
    locked = (_locked() | _locked(SPARK_LOCK))[_plain(name)]
    for sign, bound in re.findall(r"(>=|<)([0-9.]+)", bounds):
        wanted = tuple(map(int, bound.split(".")))
        assert locked >= wanted if sign == ">=" else locked[: len(wanted)] < wanted


@pytest.mark.parametrize("name", ASKED)
def test_the_packages_asked_for_are_declared(name):
    assert any(_plain(re.match(r"[\w-]+", requirement)[0]) == name for requirement in _declared())


def test_the_cluster_is_installed_over_the_rest_without_changing_it():
    added = _locked(SPARK_LOCK)
    assert {"pyspark", "pysail", "py4j", "grpcio"} <= added.keys()
    assert added.keys().isdisjoint(_locked())  # so that no version of the two locks can disagree
    assert added.keys().isdisjoint({_plain(re.match(r"[\w-]+", requirement)[0]) for requirement in _declared()})


@pytest.mark.parametrize("lock", [LOCK, SPARK_LOCK], ids=["requirements.lock", "requirements-spark.lock"])
def test_every_locked_package_has_a_hash(lock):
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    entries = [entry for entry in entries if entry.strip()]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_file_of_the_environment_names_an_index():
    for name in ("requirements.lock", "requirements-spark.lock", "environment.yml", "pyproject.toml"):
        assert not re.search(r"https?://|file:|--index|--find-links", (ROOT / name).read_text(encoding="utf-8")), name


def test_environment_yml_is_the_lock_for_conda():
    spec = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
    lock = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lock)
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == lock.environment(LOCK)
