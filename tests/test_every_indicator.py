"""What must hold for every entry of the catalogue: a hand-worked value, an interval around it, a sheet, no leak."""

import json
from pathlib import Path

import pytest

from indicators import catalogue, docs, examples, strict_yaml

DEFINITIONS = catalogue.load()
GOLDEN = strict_yaml.load(Path(__file__).parent / "golden.yaml")
IDS = list(DEFINITIONS.indicators)


@pytest.fixture(scope="module")
def tables():
    """The indicator table of each entry on the example rows, made when first asked for."""
    made = {}

    def table(id: str):
        if id not in made:
            made[id] = examples.table(DEFINITIONS, DEFINITIONS.indicator(id))
        return made[id]

    return table


@pytest.mark.parametrize("id", IDS)
def test_the_hand_worked_value_is_found(id, tables):
    assert id in GOLDEN, f"tests/golden.yaml : add a line for {id}"
    line = GOLDEN[id]
    place = tables(id).set_index(["period", "level", "territory"])
    found = place.loc[(line["period"], line["level"], line["territory"])]
    assert found["flag"] in ("ok", "provisional")
    assert found["value"] == pytest.approx(line["value"], rel=1e-9)


def test_no_hand_worked_value_is_left_without_its_indicator():
    assert sorted(set(GOLDEN) - set(IDS)) == []


@pytest.mark.parametrize("id", IDS)
def test_the_interval_holds_the_value_and_is_blank_where_it_is(id, tables):
    table = tables(id)
    shown = table.dropna(subset="value")
    assert table.loc[table["value"].isna(), ["lower", "upper"]].isna().all(axis=None)
    if DEFINITIONS.indicator(id).method in ("proportion", "rate", "isr"):
        assert shown["lower"].notna().all()
        assert (shown["lower"] <= shown["value"] + 1e-9).all()
        assert (shown["value"] <= shown["upper"] + 1e-9).all()
    else:
        assert shown[["lower", "upper"]].isna().all(axis=None)


@pytest.mark.parametrize("id", IDS)
def test_hidden_and_missing_rows_hold_no_number(id, tables):
    table = tables(id)
    blank = table[table["flag"].isin(["hidden", "missing"])]
    assert blank[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)


@pytest.mark.parametrize("id", IDS)
def test_shuffled_rows_give_the_same_table(id, tables):
    shuffled = {
        source: examples.frame(source).sample(frac=1, random_state=7) for source in _sources(DEFINITIONS.indicator(id))
    }
    from indicators import computation
    from indicators.sources import SOURCES

    periods = {source: examples.PERIODS[SOURCES[source].grain] for source in shuffled}
    again = computation.own_rows(DEFINITIONS, DEFINITIONS.indicator(id), shuffled, periods)
    assert again.equals(tables(id))


def _sources(entry):
    names = (*entry.numerator, *entry.denominator, *entry.count)
    return sorted({DEFINITIONS.measures[name].source for name in names})


@pytest.mark.parametrize("id", IDS)
def test_the_worked_example_of_the_sheet_is_true(id):
    line = GOLDEN[id]
    entry = DEFINITIONS.indicator(id)
    made = examples.worked(DEFINITIONS, entry, line["period"], line["level"], line["territory"])
    assert 1 <= len(made["rows"]) <= examples.SHOWN
    assert made["value"] == pytest.approx(line["value"], rel=1e-9)
    assert json.loads(json.dumps(made)) == examples.stored(id), "run `ondam sheets`"


def test_the_sheets_of_the_repository_are_up_to_date():
    stale = [row["path"] for row in docs.sheets(check=True) if row["state"] != "à jour"]
    assert stale == [], "run `ondam sheets`"


@pytest.mark.parametrize("id", IDS)
def test_the_sheet_says_all_that_must_be_known(id):
    entry, text = DEFINITIONS.indicator(id), docs.document(id).replace("\\", "")
    for words in (entry.meaning["fr"], entry.exclusions["fr"], entry.reference, entry.authored_by):
        assert words.replace("&", "&amp;") in text
    for name in (*entry.numerator, *entry.denominator):
        for condition in DEFINITIONS.measures[name].where:
            assert all(code in text for code in condition.codes[:3])
