"""The library against reference cases: those of the repository, and any other folder in the same format."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from indicators import qualification
from indicators.errors import SourceError
from indicators.qualification import runs

OWN = Path(__file__).parent / "qualification"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "vectors"
CASE = {
    "id": "65_of_100", "method": "proportion_wilson", "source": "hand",
    "inputs": {"numerator": 65, "denominator": 100, "confidence": 0.95, "multiplier": 1},
    "expected": {"value": 0.65, "lowercl": 0.5525, "uppercl": 0.7364}, "tolerance": {"abs": 1e-4}, "notes": "",
}  # fmt: skip


def _folder(path: Path, *cases: dict) -> Path:
    (path / "cases.json").write_text(json.dumps(list(cases)), encoding="utf-8")
    return path


def _wrong(outcomes) -> list:
    return [outcome for outcome in outcomes if outcome.verdict != "passed"]


def test_every_case_of_the_repository_holds():
    outcomes = qualification.qualify(OWN)
    assert len(outcomes) > 200
    assert _wrong(outcomes) == []


def test_every_method_has_a_case_of_the_repository():
    tested = {outcome.method for outcome in qualification.qualify(OWN)}
    assert sorted(set(runs.ADAPTERS) - tested) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of reference cases of other packages is not here")
def test_every_case_of_the_trusted_packages_holds():
    outcomes = qualification.qualify(SHARED)
    assert len(outcomes) == 273
    assert _wrong(outcomes) == []


def test_a_true_case_passes_and_a_false_one_fails_with_the_field(tmp_path):
    false = {**CASE, "id": "false", "expected": {**CASE["expected"], "lowercl": 0.56}}
    right, wrong = qualification.qualify(_folder(tmp_path, CASE, false))
    assert right.verdict == "passed"
    assert wrong.verdict == "failed"
    assert wrong.why.startswith("lowercl : 0.5525")


def test_a_missing_field_fails(tmp_path):
    more = {**CASE, "expected": {**CASE["expected"], "median": 0.64}}
    assert "median : absent du résultat" in qualification.qualify(_folder(tmp_path, more))[0].why


def test_an_expected_error_must_come(tmp_path):
    inputs = {**CASE["inputs"], "numerator": 101}
    refused = {**CASE, "inputs": inputs, "expected": {"error": True}}
    lenient = {**CASE, "expected": {"error": True}}
    unexpected = {**CASE, "inputs": inputs}
    verdicts = [outcome.verdict for outcome in qualification.qualify(_folder(tmp_path, refused, lenient, unexpected))]
    assert verdicts == ["passed", "failed", "failed"]


def test_where_nothing_is_defined_a_refusal_is_as_good_as_missing_values(tmp_path):
    nothing = dict.fromkeys(CASE["expected"])
    refused = {**CASE, "inputs": {**CASE["inputs"], "denominator": 0}, "expected": nothing}
    answered = {**CASE, "expected": nothing}
    verdicts = [outcome.verdict for outcome in qualification.qualify(_folder(tmp_path, refused, answered))]
    assert verdicts == ["passed", "failed"]


def test_an_unknown_method_is_skipped_and_said(tmp_path):
    outcome = qualification.qualify(_folder(tmp_path, {**CASE, "method": "astrology"}))[0]
    assert (outcome.verdict, outcome.why) == ("skipped", "méthode inconnue de la bibliothèque")


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "n’est pas un fichier JSON lisible"), ("{}", "une liste de cas"), ('[{"id": "x"}]', "cas 1 : il manque")],
)
def test_a_folder_that_is_not_one_of_cases_is_refused(tmp_path, content, words):
    (tmp_path / "cases.json").write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=words):
        qualification.qualify(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="aucun fichier"):
        qualification.qualify(tmp_path)


@pytest.mark.parametrize(("value", "code"), [(0.65, 0), (0.66, 1)])
def test_the_command_prints_a_line_per_method_then_the_totals(tmp_path, value, code):
    case = {**CASE, "expected": {**CASE["expected"], "value": value}}
    command = [sys.executable, "-m", "indicators.cli", "qualify", str(_folder(tmp_path, CASE, case))]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == code
    first, last = run.stdout.splitlines()[0], run.stdout.splitlines()[-1]
    assert first.split() == ["proportion_wilson", *f"{2 - code} passed, {code} failed, 0 skipped".split()]
    assert last == f"{2 - code} passed, {code} failed, 0 skipped"
