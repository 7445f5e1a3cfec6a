"""Definitions are read strictly: a mistake is refused with its place, the word, the allowed words and the nearest."""

import re
from pathlib import Path

import pytest
import yaml

from indicators import catalogue
from indicators.errors import DefinitionError

GOLDEN = Path(__file__).parent / "golden.yaml"
CATALOGUE = catalogue.load()
LANGUAGE_FIELDS = ("label", "meaning", "why", "exclusions", "biases")
PERIOD = {"month": r"\d{4}-(0[1-9]|1[0-2])", "quarter": r"\d{4}-Q[1-4]", "year": r"\d{4}"}

GROUPS = """\
columns: [PRS_NAT]
source: "a list"
read_on: 2026-11-22
groups:
  vsl:
    label: {fr: VSL, en: Light vehicle}
    codes: {"4213": VSL}
  taxi:
    label: {fr: Taxis, en: Taxi}
    codes: {"4214": Taxi}
  seated:
    label: {fr: Assis, en: Seated}
    include: [vsl, taxi]
"""
MEASURES = """\
trips_vsl:
  label: {fr: Trajets VSL, en: Trips}
  sum: FLT_ACT_QTE
  where: {PRS_NAT: vsl}
  unit: acts
trips_seated:
  label: {fr: Trajets assis, en: Seated trips}
  sum: FLT_ACT_QTE
  where: {PRS_NAT: seated}
  unit: acts
amount_vsl:
  label: {fr: Montant VSL, en: Amount}
  sum: FLT_REM_MNT
  where: {PRS_NAT: {not: taxi}}
  unit: "€"
"""
INDICATORS = """\
vsl_share:
  label: {fr: Part du VSL, en: Share}
  meaning: {fr: Sens, en: Meaning}
  method: proportion
  numerator: trips_vsl
  denominator: trips_seated
  unit: "%"
  direction: up
  levels: [cnam]
  frequency: quarter
  clock: care
  why: {fr: Pourquoi, en: Why}
  exclusions: {fr: Aucune, en: None at all}
  biases: {fr: Aucun, en: None}
  reference: "a text"
  authored_by: "a function"
  reviewed: 2026-11-22
  sharing: public
vsl_amount:
  label: {fr: Montant du VSL, en: Amount}
  meaning: {fr: Sens, en: Meaning}
  method: sum
  numerator: amount_vsl
  count: trips_vsl
  unit: "€"
  direction: none
  levels: [cnam]
  frequency: month
  clock: flux
  why: {fr: Pourquoi, en: Why}
  exclusions: {fr: Aucune, en: None at all}
  biases: {fr: Aucun, en: None}
  reference: "a text"
  authored_by: "a function"
  reviewed: 2026-11-22
  sharing: public
"""
FILES = {
    "nomenclatures/transport.yaml": GROUPS,
    "definitions/measures/open_damir.yaml": MEASURES,
    "definitions/transport.yaml": INDICATORS,
}
NOMENCLATURE, MEASURE, INDICATOR = FILES


@pytest.fixture
def refusal(tmp_path):
    """A function that changes words of one small file and gives back the message of its refusal."""

    def change(file: str, *changes: tuple[str, str]) -> str:
        text = FILES[file]
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        _write(tmp_path, FILES | {file: text})
        with pytest.raises(DefinitionError) as refused:
            catalogue.read(tmp_path)
        return str(refused.value)

    return change


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_small_files_without_a_mistake_are_read(tmp_path):
    _write(tmp_path, FILES)
    small = catalogue.read(tmp_path)
    assert list(small.groups["seated"].codes) == ["4213", "4214"]
    assert small.measures["amount_vsl"].where[0].excluded
    assert small.indicators["vsl_share"].window == 3


MISTAKES = {
    "unknown key of an indicator": (
        *(INDICATOR, "  direction: up", "  direktion: up"),
        *("transport.yaml", "vsl_share, ligne 8", "« direktion »", "Admis : authored_by,", "« direction » ?"),
    ),
    "unknown key of a measure": (
        *(MEASURE, "  sum: FLT_ACT_QTE", "  summ: FLT_ACT_QTE"),
        *("open_damir.yaml", "trips_vsl, ligne 3", "« summ »", "Admis : label, place, sum, unit, where", "« sum » ?"),
    ),
    "wrong word": (
        *(INDICATOR, "direction: up", "direction: upp"),
        *("transport.yaml", "vsl_share, ligne 8, clé « direction »", "« upp »", "Admis : down, none, up", "« up » ?"),
    ),
    "wrong word in a list": (
        *(INDICATOR, "levels: [cnam]", "levels: [cnan]"),
        *("transport.yaml", "vsl_share", "« levels »", "« cnan »", "Admis : cnam, com, dep", "« cnam » ?"),
    ),
    "wrong word in a target": (
        *(INDICATOR, "  sharing: public", "  target: {value: 20, sense: at_mots, source: a text}\n  sharing: public"),
        *("transport.yaml", "vsl_share", "« target »", "« at_mots »", "Admis : at_least, at_most", "« at_most » ?"),
    ),
    "missing translation": (
        *(INDICATOR, "why: {fr: Pourquoi, en: Why}", "why: {fr: Pourquoi}"),
        *("transport.yaml", "vsl_share, ligne 12, clé « why »", "traduction manquante : en"),
    ),
    "unknown language": (
        *(INDICATOR, "why: {fr: Pourquoi, en: Why}", "why: {fr: Pourquoi, eng: Why}"),
        *("transport.yaml", "vsl_share", "« why »", "« eng »", "Admis : en, fr", "« en » ?"),
    ),
    "unknown measure": (
        *(INDICATOR, "denominator: trips_seated", "denominator: trips_seted"),
        *(
            "transport.yaml",
            "vsl_share",
            "« denominator »",
            "« trips_seted »",
            "Admis : amount_vsl",
            "« trips_seated » ?",
        ),
    ),
    "unknown group": (
        *(MEASURE, "{PRS_NAT: seated}", "{PRS_NAT: seatted}"),
        *("open_damir.yaml", "trips_seated", "« PRS_NAT »", "« seatted »", "Admis : seated, taxi, vsl", "« seated » ?"),
    ),
    "group of another column": (
        *(MEASURE, "{PRS_NAT: seated}", "{ASU_NAT: seated}"),
        *("open_damir.yaml", "trips_seated", "« ASU_NAT »", "« seated »", "Admis : rien"),
    ),
    "unknown filter column": (
        *(MEASURE, "{PRS_NAT: seated}", "{PRS_NATT: seated}"),
        *("open_damir.yaml", "trips_seated", "« PRS_NATT »", "Admis : AGE_BEN_SNDS, ASU_NAT", "« PRS_NAT » ?"),
    ),
    "unknown word of a filter": (
        *(MEASURE, "{not: taxi}", "{nott: taxi}"),
        *("open_damir.yaml", "amount_vsl, ligne 14, filtre « PRS_NAT »", "« nott »", "Admis : not", "« not » ?"),
    ),
    "unknown column to sum": (
        *(MEASURE, "sum: FLT_ACT_QTE", "sum: FLT_ACT_QTT"),
        *("open_damir.yaml", "trips_vsl", "« FLT_ACT_QTT »", "Admis : FLT_ACT_COG, FLT_ACT_NBR", "« FLT_ACT_QTE » ?"),
    ),
    "unknown place": (
        *(MEASURE, "  unit: acts", "  unit: acts\n  place: found"),
        *("open_damir.yaml", "trips_vsl", "« found »", "Admis : fund, residence", "« fund » ?"),
    ),
    "unknown included group": (
        *(NOMENCLATURE, "include: [vsl, taxi]", "include: [vsl, taxis]"),
        *("transport.yaml", "seated", "« taxis »", "Admis : taxi, vsl", "« taxi » ?"),
    ),
    "group included before it is defined": (
        *(NOMENCLATURE, "  vsl:\n", "  early:\n    label: {fr: Tôt, en: Early}\n    include: [vsl]\n  vsl:\n"),
        *("transport.yaml", "early", "« vsl »", "Admis : rien"),
    ),
    "unquoted code": (
        *(NOMENCLATURE, '"4214": Taxi', "4214: Taxi"),
        *("transport.yaml", "ligne 10", "4214 n’est pas un texte", 'Écrire "4214" entre guillemets'),
    ),
    "duplicate key": (
        *(INDICATOR, '  unit: "%"', '  unit: "%"\n  unit: "€"'),
        *("transport.yaml", "ligne 8", "« unit »", "déjà ligne 7"),
    ),
    "duplicate entry": (
        *(MEASURE, "trips_seated:", "trips_vsl:"),
        *("open_damir.yaml", "ligne 6", "« trips_vsl »", "déjà ligne 1"),
    ),
    "amount without a count": (
        *(INDICATOR, "  count: trips_vsl\n", ""),
        *("transport.yaml", "vsl_amount", "amount_vsl est un montant sans compte", "Ajouter « count »"),
    ),
    "amount given as a proportion": (
        *(INDICATOR, "numerator: trips_vsl", "numerator: amount_vsl\n  count: trips_vsl"),
        *("transport.yaml", "vsl_share", "un montant n’a pas d’intervalle", "amount_rate ou share"),
    ),
    "method without its denominator": (
        *(INDICATOR, "  denominator: trips_seated\n", ""),
        *("transport.yaml", "vsl_share", "proportion et le dénominateur ne vont pas ensemble"),
    ),
    "base of reimbursement without its filter": (
        *(MEASURE, "sum: FLT_REM_MNT", "sum: PRS_REM_BSE"),
        *("open_damir.yaml", "amount_vsl", "PRS_REM_BSE compterait plusieurs fois", "« PRS_REM_TYP »", "0, 1"),
    ),
    "level that the source does not have": (
        *(INDICATOR, "levels: [cnam]", "levels: [dep]"),
        *("transport.yaml", "vsl_share", "niveau de open_damir", "« dep »", "Admis : cnam, fra"),
    ),
    "number out of its bounds": (
        *(INDICATOR, "frequency: quarter", "frequency: quarter\n  window: 0\n  decimals: 1.5\n  per: 0"),
        *("transport.yaml", "de 1 à 120", "de 0 à 6", "« 0 » n’est pas positif"),
    ),
    "window that cuts a period": (
        *(INDICATOR, "frequency: quarter", "frequency: quarter\n  window: 4"),
        *("transport.yaml", "vsl_share", "une fenêtre de 4 mois"),
    ),
    "standardised method that has no strata": (
        *(INDICATOR, "frequency: quarter", "frequency: quarter\n  standardise: age_sex"),
        *("transport.yaml", "vsl_share", "« standardise » ne va qu’avec rate, amount_rate, isr"),
    ),
    "ratio to the expected without strata": (
        *(INDICATOR, "method: proportion", "method: isr"),
        *("transport.yaml", "vsl_share", "la méthode isr demande « standardise: age_sex »"),
    ),
    "alias": (
        *(INDICATOR, '"a text"\n  authored_by: "a function"', '&text "a text"\n  authored_by: *text'),
        *("transport.yaml", "ligne 16", "alias refusé"),
    ),
    "tag": (
        *(INDICATOR, 'reference: "a text"', 'reference: !!python/name:os.system ""'),
        *("transport.yaml", "ligne 15", "python/name:os.system"),
    ),
    "text that is no YAML": (INDICATOR, "levels: [cnam]", "levels: [cnam", "transport.yaml", "ligne 10"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_place_and_the_right_word(refusal, mistake):
    file, old, new, *expected = MISTAKES[mistake]
    message = refusal(file, (old, new))
    assert [part for part in expected if part not in message] == []


def test_all_problems_of_a_file_are_told_at_once(refusal):
    message = refusal(INDICATOR, ("direction: up", "direction: upp"), ("clock: flux", "clock: flow"))
    assert "2 problèmes" in message
    assert [part for part in ("vsl_share", "« upp »", "vsl_amount", "« flow »") if part not in message] == []


def test_the_same_group_in_two_files_is_refused(tmp_path):
    _write(tmp_path, FILES | {"nomenclatures/again.yaml": GROUPS})
    with pytest.raises(DefinitionError, match="« vsl » est défini deux fois"):
        catalogue.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("definitions/transports.yaml", "« transport » ?"), ("definitions/measures/open_damirs.yaml", "« open_damir » ?")],
)
def test_a_file_named_after_nothing_known_is_refused(tmp_path, name, nearest):
    _write(tmp_path, FILES | {name: INDICATORS})
    with pytest.raises(DefinitionError) as refused:
        catalogue.read(tmp_path)
    assert Path(name).name in str(refused.value)
    assert nearest in str(refused.value)


def test_an_unknown_indicator_is_answered_with_the_nearest():
    with pytest.raises(DefinitionError, match=re.escape("« transport_vsl_share » ?")):
        CATALOGUE.indicator("transport_vls_share")


# --- the catalogue of the product -----------------------------------------------------------------


def test_the_three_themes_hold_the_indicators_expected_of_them():
    expected = {"transport": 15, "sick_leave": 11, "health_products": 15}
    assert [theme for theme, size in expected.items() if len(CATALOGUE.theme(theme)) < size] == []


@pytest.mark.parametrize("id", CATALOGUE.indicators)
def test_french_and_english_texts_of_an_indicator_differ(id):
    entry = CATALOGUE.indicators[id]
    texts = [getattr(entry, field) for field in LANGUAGE_FIELDS]
    assert [text for text in texts if text["fr"].casefold() == text["en"].casefold()] == []


@pytest.mark.parametrize("id", CATALOGUE.indicators)
def test_a_public_reference_is_certain(id):
    entry = CATALOGUE.indicators[id]
    assert entry.sharing != "public" or "vérifier" not in entry.reference


@pytest.mark.parametrize("id", CATALOGUE.indicators)
def test_an_indicator_says_its_meaning_in_one_sentence(id):
    for text in CATALOGUE.indicators[id].meaning.values():
        assert [end.end() for end in re.finditer(r"[.!?](?=\s|$)", text)] == [len(text)]


@pytest.mark.parametrize("id", CATALOGUE.indicators)
def test_a_growth_compares_two_periods_of_twelve_months(id):
    entry = CATALOGUE.indicators[id]
    assert entry.method != "growth_12m" or (entry.window, entry.unit, entry.clock) == (12, "%", "flux")


@pytest.mark.parametrize("id", CATALOGUE.indicators)
def test_figures_published_elsewhere_name_a_period_and_a_source(id):
    for figure in CATALOGUE.indicators[id].published:
        assert re.fullmatch("|".join(PERIOD.values()), figure.period)
        assert figure.level == "fra"


def test_every_indicator_has_one_value_worked_by_hand():
    golden = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    assert set(golden) == set(CATALOGUE.indicators)
    for id, row in golden.items():
        assert row["level"] in CATALOGUE.indicators[id].levels
        assert re.fullmatch(PERIOD[CATALOGUE.indicators[id].frequency], row["period"])


def test_every_measure_serves_an_indicator():
    entries = CATALOGUE.indicators.values()
    used = {name for entry in entries for name in (*entry.numerator, *entry.denominator, *entry.count)}
    strata = [stratum for entry in entries for stratum in CATALOGUE.strata.get(entry.id, ())]
    used |= {name for stratum in strata for name in (*stratum.numerator, *stratum.denominator)}
    assert used == set(CATALOGUE.measures)


def test_sick_pay_and_nothing_else_is_placed_by_its_fund():
    by_fund = {name for name, measure in CATALOGUE.measures.items() if measure.place == "fund"}
    assert by_fund == {name for name in CATALOGUE.measures if name.startswith("sick_pay")}


def test_days_of_sick_pay_come_from_the_count_and_not_from_the_quantity():
    assert {m.sum for m in CATALOGUE.measures.values() if m.unit == "days"} == {"FLT_ACT_NBR"}


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("transport_seated", ["vsl", "taxi"]),
        ("transport_trips", ["ambulance", "vsl", "taxi", "own_car"]),
        ("transport_all", ["ambulance", "vsl", "taxi", "own_car", "emergency", "shared", "other"]),
    ],
)
def test_transport_groups_add_up_without_a_code_counted_twice(whole, parts):
    codes = [code for part in parts for code in CATALOGUE.groups[f"transport_{part}"].codes]
    assert sorted(codes) == sorted(CATALOGUE.groups[whole].codes)


@pytest.mark.parametrize("left_out", ["copayment", "establishment", "contracts"])
def test_total_transport_leaves_out_what_is_not_a_transport(left_out):
    assert not CATALOGUE.groups["transport_all"].codes.keys() & CATALOGUE.groups[f"transport_{left_out}"].codes.keys()
