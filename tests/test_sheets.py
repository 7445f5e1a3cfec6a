"""The sheet of an indicator: everything that must be known, from the catalogue alone."""

import invented
import pytest

from indicators import catalogue
from indicators.present import sheets

EXAMPLE = sheets.Worked(
    rows=[{"PRS_NAT": "4213", "FLT_ACT_QTE": 60}, {"PRS_NAT": "4214", "FLT_ACT_QTE": 190}],
    columns=["PRS_NAT", "FLT_ACT_QTE"],
    formula="100 × 60 ÷ (60 + 190)",
    value=24.0,
    period="2025-Q1",
    level="cnam",
    territory="93",
)


@pytest.fixture
def definitions(tmp_path):
    return invented.definitions(tmp_path)


def _by_title(content):
    return {section.title: section for section in content.sections}


def test_the_formula_is_said_in_words_with_the_measures(definitions):
    say = {id: sheets.formula(definitions.indicator(id), definitions) for id in definitions.indicators}
    assert say["spending"] == "[Montant] ÷ [Population]."
    assert say["trips"] == "1\u202f000 × [Trajets] ÷ [Population], soit un nombre pour 1\u202f000."
    assert say["evil"] == "100 × [Trajets en VSL] ÷ [Trajets]."
    assert say["total"] == "[Montant taxi], sur 1 mois."


def test_the_sheet_names_every_code_with_its_label(definitions):
    section = _by_title(sheets.sheet("evil", definitions))["Dénominateur"]
    assert section.rows == (
        ("PRS_NAT", "Transport assis", "4214", "Taxi"),
        ("PRS_NAT", "Transport assis", "4213", "Véhicule léger"),
    )


def test_the_sheet_says_why_there_is_no_interval(definitions):
    assert "Aucun" in _by_title(sheets.sheet("spending", definitions))["Intervalle de confiance"].lines[0]
    assert "Wilson" in _by_title(sheets.sheet("evil", definitions))["Intervalle de confiance"].lines[0]


def test_the_sheet_says_that_acts_of_one_patient_are_linked_and_why_a_quotient_has_no_interval():
    found = {
        id: _by_title(sheets.sheet(id, catalogue.load()))["Intervalle de confiance"].lines
        for id in catalogue.load().indicators
    }
    assert "trop étroit" in found["transport_vsl_share"][1]
    assert "trop étroit" in found["ppi_boxes_per_1000"][1]
    assert "partie de l’autre" in found["transport_shared_ride_share"][0]
    assert "montant" in found["transport_cost_per_trip"][0]


def test_the_worked_example_shows_its_rows_and_its_value(definitions):
    section = _by_title(sheets.sheet("evil", definitions, "fr", EXAMPLE))["Exemple chiffré"]
    assert section.lines[1] == "100 × 60 ÷ (60 + 190) = 24,0\u00a0%"
    assert section.rows == (("4213", "60"), ("4214", "190"))
    assert "Exemple chiffré" not in _by_title(sheets.sheet("evil", definitions))


def test_an_example_never_shows_more_than_ten_rows(definitions):
    long = sheets.Worked(**{**EXAMPLE.__dict__, "rows": EXAMPLE.rows * 20})
    assert len(_by_title(sheets.sheet("evil", definitions, "fr", long))["Exemple chiffré"].rows) == 10


@pytest.mark.fault(24)
def test_both_forms_say_the_same_and_escape_their_labels(definitions):
    content = sheets.sheet("evil", definitions, "fr", EXAMPLE)
    page, text = sheets.as_html(content), sheets.as_markdown(content)
    for section in content.sections:
        assert section.title in page
        assert section.title in text
    assert "<script" not in page
    assert "<script" not in text
    assert page.startswith('<dialog class="sheet" id="sheet-evil"')
    assert "data-close" in page
    assert "| 4213 | 60 |" in text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("id", sorted(catalogue.load().indicators))
def test_every_indicator_of_the_product_has_a_full_sheet(id, language):
    content = sheets.sheet(id, catalogue.load(), language)
    assert len(content.sections) >= 14 - (not catalogue.load().indicator(id).denominator)
    assert all(section.lines and all(line.strip() for line in section.lines) for section in content.sections)
    assert "{" not in sheets.as_markdown(content)
