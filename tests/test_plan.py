"""The plan and its statuses: what is refused, what is said of it, and trajectories worked by hand."""

from datetime import date
from pathlib import Path

import invented
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import catalogue
from indicators.convention import plan as plans
from indicators.convention import status
from indicators.convention.plan import Mark, Objective, Tolerance
from indicators.errors import DefinitionError
from indicators.present.series import Point

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = Tolerance(0.10, 0.35, 0.05)
# From 30 to 22 over eight quarters: one less each quarter.
GOAL = Objective("spending", "cnam", "93", Mark("2024-Q1", 30.0), Mark("2026-Q1", 22.0), date(2026, 12, 31))


@pytest.fixture
def definitions(tmp_path):
    return invented.definitions(tmp_path / "definitions")


def _point(period, value, flag="ok"):
    return Point(period, "cnam", "93", value, None, None, None, None, flag)


def _status(value, period="2025-Q1", goal=GOAL, direction="down", **more):
    return status.assess(goal, [_point(period, value)], direction, TOLERANCE, **more)


def test_the_plan_of_the_project_is_valid_and_says_that_it_is_fictional():
    found = plans.read(ROOT / "data" / "plan", catalogue.load())
    assert found.fictional
    assert 8 <= len(found.actions) <= 10
    assert {action.theme for action in found.actions} == {"transport", "sick_leave", "health_products"}
    for path in (ROOT / "data" / "plan").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# Données fictives")


def test_a_folder_without_a_plan_is_no_error(tmp_path, definitions):
    assert plans.read(tmp_path / "nowhere", definitions) is None


def test_a_plan_is_read_into_objects(tmp_path, definitions):
    found = plans.read(invented.write_plan(tmp_path / "plan"), definitions)
    (action,) = found.actions
    assert (action.theme, action.pilot, action.state) == ("transport", "conjoint", "running")
    assert action.objectives[0].territory == "93"
    assert action.objectives[0].due == date(2026, 12, 31)
    assert found.function("risk")["fr"] == "Gestion du risque"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: spending", "id: spendin", "Vouliez-vous dire « spending »"),
        ("pilot: conjoint", "pilot: conjoin", "Vouliez-vous dire « conjoint »"),
        ("state: running", "state: runing", "Vouliez-vous dire « running »"),
        ("  due: 2026-12-31\n", "", "la clé « due » manque"),
        ("      baseline: {period: \"2024-Q1\", value: 30}\n", "", "la clé « baseline » manque"),
        ("      target: {period: \"2026-Q1\", value: 22}\n", "", "la clé « target » manque"),
        ("ars: supply, ", "", "sans référent du côté ars"),
        ("ars: supply", "ars: supplier", "Vouliez-vous dire « supply »"),
        ("who: supply", "who: somebody", "prochaine étape, qui"),
        ("value: 22", "value: 38", "contre le sens voulu"),
        ("period: \"2026-Q1\"", "period: \"2023-Q1\"", "la cible n’est pas après le point de départ"),
        ("period: \"2024-Q1\"", "period: \"2024-03\"", "n’est pas « quarter »"),
        ("period: \"2024-Q1\"", "period: \"2024-T1\"", "n’est pas une période"),
        ("- id: spending", "- id: spending\n      territory: {level: cnam, code: \"94\"}", "Territoire du niveau cnam"),
        ("- id: spending", "- id: spending\n      territory: {level: reg, code: \"93\"}", "niveau : « reg »"),
        ("decided_on: 2025-02-12", "decided_on: 2027-02-12", "avant la décision"),
        ("decided_on: 2025-02-12", "decided_on: hier", "n’est pas une date"),
        ("pilot: conjoint", "pilot: conjoint\n  pilote: ars", "clé inconnue"),
    ],
)  # fmt: skip
def test_a_wrong_action_is_refused_with_what_to_do(tmp_path, definitions, old, new, said):
    assert old in invented.ACTION
    folder = invented.write_plan(tmp_path / "plan", transport=invented.ACTION.replace(old, new))
    with pytest.raises(DefinitionError) as error:
        plans.read(folder, definitions)
    assert said in str(error.value)
    assert "transport.yaml" in str(error.value)


def test_an_action_without_indicator_is_refused(tmp_path, definitions):
    start = invented.ACTION.index("  indicators:")
    end = invented.ACTION.index("  due:")
    text = invented.ACTION[:start] + "  indicators: []\n" + invented.ACTION[end:]
    with pytest.raises(DefinitionError, match="il en faut au moins un"):
        plans.read(invented.write_plan(tmp_path / "plan", transport=text), definitions)


def test_a_person_is_never_a_referent(tmp_path, definitions):
    head = invented.PLAN.replace("Direction de l’offre", "Mme Martin")
    with pytest.raises(DefinitionError, match="désigne une personne"):
        plans.read(invented.write_plan(tmp_path / "plan", head), definitions)


def test_all_problems_are_told_at_once(tmp_path, definitions):
    wrong = invented.ACTION.replace("pilot: conjoint", "pilot: x").replace("state: running", "state: y")
    folder = invented.write_plan(tmp_path / "plan", transport=wrong, transports=invented.ACTION)
    with pytest.raises(DefinitionError) as error:
        plans.read(folder, definitions)
    for said in ("pilot", "state", "thème : « transports »", "3 problèmes"):
        assert said in str(error.value)


def test_an_action_written_twice_is_refused(tmp_path, definitions):
    folder = invented.write_plan(tmp_path / "plan", transport=invented.ACTION, sick_leave=invented.ACTION)
    with pytest.raises(DefinitionError, match=r"déjà écrite dans sick_leave\.yaml"):
        plans.read(folder, definitions)


def test_the_trajectory_is_straight_then_flat():
    assert [status.expected(GOAL, period) for period in ("2023-Q1", "2024-Q1", "2025-Q1", "2026-Q1", "2027-Q1")] == [
        30.0, 30.0, 26.0, 22.0, 22.0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (21.9, "met"),
        (22.0, "met"),
        (26.0, "ontrack"),
        (26.8, "ontrack"),  # 0.8 of the 8 planned is missing: 10 %
        (26.81, "watch"),
        (28.8, "watch"),  # 2.8 of 8: 35 %
        (28.81, "offtrack"),
    ],
)
def test_statuses_worked_by_hand(value, word):
    assert _status(value).status == word


def test_an_assessment_gives_its_numbers():
    found = _status(28.0)
    assert (found.period, found.value, found.expected, found.gap, found.shortfall) == ("2025-Q1", 28.0, 26.0, 2.0, 0.25)


def test_a_rise_is_judged_the_other_way():
    goal = Objective("evil", "cnam", "93", Mark("2024-Q1", 20.0), Mark("2026-Q1", 28.0), date(2026, 12, 31))
    assert _status(24.0, goal=goal, direction="up").status == "ontrack"
    assert _status(20.0, goal=goal, direction="up").status == "offtrack"
    assert _status(28.0, goal=goal, direction="up").status == "met"


def test_nothing_is_judged_on_a_provisional_hidden_or_missing_figure():
    points = [
        _point("2024-Q4", 27.0), _point("2025-Q1", 99.0, "provisional"), _point("2025-Q2", None, "hidden"),
        _point("2025-Q3", None, "missing"), _point("2025-Q4", 99.0, "unreliable"),
    ]  # fmt: skip
    found = status.assess(GOAL, points, "down", TOLERANCE)
    assert (found.period, found.status) == ("2024-Q4", "ontrack")
    assert status.assess(GOAL, points[1:], "down", TOLERANCE) == status.Assessment("na")


def test_the_baseline_period_does_not_judge_itself():
    assert _status(30.0, period="2024-Q1").status == "na"


def test_a_gap_accepted_by_a_session_keeps_its_word_until_its_date():
    accepted = {"accepted_until": date(2026, 3, 31)}
    assert _status(29.9, today=date(2026, 3, 31), **accepted).status == "accepted"
    assert _status(29.9, today=date(2026, 4, 1), **accepted).status == "offtrack"
    assert _status(22.0, today=date(2026, 1, 1), **accepted).status == "met"


def test_after_its_date_a_target_is_met_or_not():
    assert _status(22.1, period="2026-Q2").status == "watch"
    assert _status(22.0, period="2026-Q2").status == "met"


def test_an_objective_to_hold_is_on_track_before_its_date_and_met_after():
    goal = Objective("spending", "cnam", "93", Mark("2024-Q1", 30.0), Mark("2026-Q1", 30.0), date(2026, 12, 31))
    assert _status(29.0, goal=goal).status == "ontrack"
    assert _status(29.0, period="2026-Q1", goal=goal).status == "met"
    assert _status(31.0, goal=goal).status == "offtrack"  # 1 is 67 % of 5 % of 30


@given(st.floats(0, 60), st.floats(0, 60))
def test_a_better_value_never_has_a_worse_status(one, other):
    order = ["met", "ontrack", "watch", "offtrack"]
    best, worst = sorted([one, other])
    assert order.index(_status(best).status) <= order.index(_status(worst).status)
