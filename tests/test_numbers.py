"""Numbers, units, periods and words: hand-written expectations, and properties for any number."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import catalogue, strict_yaml
from indicators.convention.plan import PILOTS, STATES
from indicators.convention.status import STATUSES
from indicators.errors import ArgumentError
from indicators.present import numbers, wording
from indicators.present.numbers import MINUS, NARROW, NO_BREAK

PACKAGE = Path(wording.__file__).parents[1]
LARGE = st.floats(-1e11, 1e11, allow_nan=False)


def read(text: str, language: str) -> float:
    """The number that a reader sees, whatever the spaces."""
    bare = text.replace(MINUS, "-").replace("+", "")
    bare = bare.replace(NARROW, "").replace(",", ".") if language == "fr" else bare.replace(",", "")
    return float(re.sub(r"[^0-9.\-]", "", bare))


@given(LARGE, st.integers(0, 4), st.sampled_from(["fr", "en"]))
def test_a_written_number_reads_back_as_itself(value, decimals, language):
    assert read(numbers.number(value, decimals, language), language) == pytest.approx(round(value, decimals), abs=1e-9)


@given(LARGE, st.sampled_from(["fr", "en"]))
def test_an_amount_is_never_further_than_half_its_last_digit(value, language):
    text = numbers.amount(value, language)
    unit = next((u for u in ("Md€", "M€", "k€", "bn", "m", "k") if text.endswith(u)), "€")
    size = {"Md€": 1e9, "M€": 1e6, "k€": 1e3, "bn": 1e9, "m": 1e6, "k": 1e3, "€": 1}[unit]
    digits = re.search(r"[\d,.\u202f]+", text)[0]
    decimals = len(re.split(r"[,.]", digits)[-1]) if re.search(r"[,.]\d{1,2}$", digits) else 0
    assert abs(read(re.search(rf"{MINUS}?", text)[0] + digits, language) * size - value) <= size * 0.51 * 10**-decimals


@given(LARGE)
def test_a_change_carries_its_sign_unless_it_rounds_to_zero(value):
    text = numbers.points(value)
    assert text[0] in f"+{MINUS}" or not re.search("[1-9]", text)


@given(st.floats(0, 1e12))
def test_no_amount_reaches_a_thousand_of_its_own_unit(value):
    text = numbers.amount(value)
    assert text.endswith("Md€") or read(text, "fr") < 1000


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0, "0_€", "€0"),
        (999.4, "999_€", "€999"),
        (999.6, "1,0_k€", "€1.0k"),
        (38_640, "38,6_k€", "€38.6k"),
        (999_499, "999_k€", "€999k"),
        (999_500, "1,0_M€", "€1.0m"),
        (1_260_000, "1,3_M€", "€1.3m"),
        (999_949_000, "999,9_M€", "€999.9m"),
        (999_950_000, "1,00_Md€", "€1.00bn"),
        (-2_534_000_000, "−2,53_Md€", "−€2.53bn"),
    ],
)
def test_amounts_worked_by_hand(value, french, english):
    assert numbers.amount(value) == french.replace("_", NO_BREAK)
    assert numbers.amount(value, "en") == english


def test_thousands_are_narrow_and_units_do_not_break():
    assert numbers.number(1_234_567.891, 1) == "1\u202f234\u202f567,9"
    assert numbers.with_unit(12.34, "%") == "12,3\u00a0%"
    assert numbers.with_unit(12.34, "%", language="en") == "12.3%"
    assert numbers.with_unit(29.126, "€/hab.", 2) == "29,13\u00a0€/hab."


def test_a_change_of_a_share_is_in_points_and_another_in_percent():
    assert numbers.change(25.4, 24.0, "%") == "−1,4\u00a0pt"
    assert numbers.change(100.0, 106.2, "€/hab.") == "+6,2\u00a0%"
    assert numbers.change(-10.0, -5.0, "€") == "+50,0\u00a0%"
    assert numbers.change(0.0, 5.0, "€") == numbers.change(None, 5.0, "€") == "n.d."


def test_missing_and_hidden_are_two_words_and_never_zero_or_blank():
    for value in (None, float("nan")):
        assert numbers.with_unit(value, "%", flag="hidden") == "s."
        assert numbers.with_unit(value, "€", flag="missing") == "n.d."
        assert numbers.number(value) == numbers.amount(value) == numbers.points(value) == "n.d."
    assert numbers.with_unit(5.0, "%", flag="hidden") == "s."


def test_zero_has_no_sign():
    assert numbers.number(-0.0) == "0"
    assert numbers.number(-0.04, 1, signed=True) == "0,0"


def test_periods_are_written_in_words():
    assert numbers.period("2025-Q1", window=3) == "T1 2025"
    assert numbers.period("2025-Q1", window=12) == "12 mois à fin mars 2025"
    assert numbers.period("2025-03") == "mars 2025"
    assert numbers.period("2025", window=12) == "2025"
    assert numbers.period("2025-12", "en", 12) == "12 months to the end of December 2025"
    with pytest.raises(ArgumentError, match="2025-Q1"):
        numbers.period("2025-T1")


def test_days_are_written_in_words():
    assert numbers.day("2026-11-22T09:00:00Z") == "22 novembre 2026"
    assert numbers.day("2026-11-01") == "1er novembre 2026"
    assert numbers.day(None) == "n.d."


def test_every_string_is_in_both_languages_with_the_same_blanks():
    for key, strings in wording.load().items():
        assert set(strings) == {"fr", "en"}, key
        blanks = {language: sorted(set(re.findall(r"\{(\w+)\}", text))) for language, text in strings.items()}
        assert blanks["fr"] == blanks["en"], key
        assert all(text.strip() for text in strings.values()), key


def test_the_strings_are_written_without_repetition():
    assert strict_yaml.load(Path(wording.__file__).with_name("wording.yaml")) == wording.load()


def test_french_never_breaks_a_line_before_its_high_punctuation():
    for key, strings in wording.load().items():
        assert not re.search(r" [:;?!»%€]|« ", strings["fr"]), key


def _sources() -> str:
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    return "\n".join(text for text in texts if "present.wording" in text)


def test_no_string_is_unused_and_none_is_missing():
    code = _sources()
    literals = set(re.findall(r"[\"']([a-z_]+(?:\.[a-zA-Z0-9_]+)+)[\"']", code))
    families = set(re.findall(r"f[\"']([a-z_]+)\.\{", code))
    literals |= {f"{key}.{form}" for key in literals for form in ("one", "many")}
    unused = {key for key in wording.load() if key not in literals and key.split(".")[0] not in families}
    assert not unused
    said = set(re.findall(r"\bsay\(\s*\"([^\"{}]+)\"", code))
    assert said <= set(wording.load())


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("theme", (*catalogue.THEMES, "all", "page", "no_figure", "needs")),
        ("status", (*STATUSES, "no_target")),
        ("state", STATES),
        ("pilot", (*PILOTS, "all")),
        ("month", tuple(str(month) for month in range(1, 13))),
        ("formula", (*catalogue.METHODS, "standardised")),
        ("level", catalogue.LEVELS),
        ("frequency", tuple(catalogue.MONTHS)),
        ("direction", ("up", "down", "none")),
        ("clock", ("care", "flux")),
        ("sharing", ("public", "instances", "epo", "restricted")),
    ],
)
def test_a_family_of_strings_holds_its_closed_list_and_no_more(family, words):
    assert {key.split(".")[1] for key in wording.load() if key.split(".")[0] == family} == set(words)


def test_every_unit_of_the_catalogue_has_its_words():
    assert {entry.unit for entry in catalogue.load().indicators.values()} <= {
        key.removeprefix("unit.") for key in wording.load()
    }


def test_an_unknown_string_is_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match=r"value\.missing"):
        wording.say("value.missin")
    with pytest.raises(ArgumentError, match="fr"):
        wording.say("value.missing", "de")


def test_a_narrow_interval_takes_the_decimals_that_tell_its_bounds_apart():
    assert numbers.between(80.311, 80.324, "%") == "entre 80,31 et 80,32\u00a0%"
    assert numbers.between(80.2, 80.4, "%") == "entre 80,2 et 80,4\u00a0%"
