"""Numbers, units, changes, periods and dates as people read them, in French and in English.

Missing and hidden have a word each; neither is ever 0 or blank.
"""

from datetime import date

from indicators.periods import last_month, months_in
from indicators.present.wording import known, say

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
# name, size, first amount that is written at this scale once rounded, decimals
SCALES = (
    ("billion", 1e9, 999_950_000, 2),
    ("million", 1e6, 999_500, 1),
    ("thousand", 1e3, 99_950, 0),
    ("thousand", 1e3, 999.5, 1),
    ("euro", 1.0, 0, 0),
)
SHARES = ("%",)


def absent(value: float | None) -> bool:
    return value is None or value != value


def hole(flag: str, language: str = "fr") -> str:
    """The word shown where there is no value: hidden and missing are two different things.

    >>> hole("hidden"), hole("missing")
    ('s.', 'n.d.')
    """
    return say("value.hidden" if flag == "hidden" else "value.missing", language)


def number(value: float | None, decimals: int = 0, language: str = "fr", signed: bool = False) -> str:
    """A number with its thousands and its decimals.

    >>> number(-1234567.891, 1).replace(NARROW, "_")
    '−1_234_567,9'
    """
    if absent(value):
        return hole("missing", language)
    digits = _digits(value, decimals, language)
    return _sign(value, digits, signed) + digits


def _digits(value: float, decimals: int, language: str) -> str:
    digits = f"{abs(value):,.{int(decimals)}f}"
    return digits.translate({ord(","): NARROW, ord("."): ","}) if language == "fr" else digits


def _sign(value: float, digits: str, signed: bool) -> str:
    if not any(digit in "123456789" for digit in digits):
        return ""
    return MINUS if value < 0 else "+" * signed


def _with_unit(key: str, value: float, digits: str, language: str, signed: bool) -> str:
    return _sign(value, digits, signed) + say(key, language, n=digits)


def amount(value: float | None, language: str = "fr", signed: bool = False) -> str:
    """Euros at the scale of the amount: € below a thousand, k€ below a million, M€, Md€.

    >>> amount(1_260_000), amount(-38_600), amount(2_534_000_000)
    ('1,3\\xa0M€', '−38,6\\xa0k€', '2,53\\xa0Md€')
    """
    if absent(value):
        return hole("missing", language)
    scale, size, decimals = _scale(abs(value))
    return _with_unit(f"amount.{scale}", value, _digits(value / size, decimals, language), language, signed)


def _scale(value: float) -> tuple[str, float, int]:
    """The largest scale that the rounded amount reaches: 999 950 € is 1,0 M€, not 1 000 k€."""
    name, size, _, decimals = next(scale for scale in SCALES if value >= scale[2])
    return name, size, decimals


def with_unit(
    value: float | None, unit: str, decimals: int = 1, language: str = "fr", signed: bool = False, flag: str = "ok"
) -> str:
    """A value in the unit of its catalogue entry; amounts in euros choose their own scale.

    >>> with_unit(24.04, "%"), with_unit(29.123, "€/hab.", 1), with_unit(None, "%", flag="hidden")
    ('24,0\\xa0%', '29,1\\xa0€/hab.', 's.')
    """
    if flag == "hidden" or absent(value):
        return hole(flag, language)
    if unit == "€" and (abs(value) >= 1000 or not decimals):
        return amount(value, language, signed)
    digits = _digits(value, decimals, language)
    if known(f"unit.{unit}"):
        return _with_unit(f"unit.{unit}", value, digits, language, signed)
    return f"{_sign(value, digits, signed)}{digits}{NO_BREAK}{unit}"


def unit_name(unit: str, language: str = "fr") -> str:
    """The unit alone, for an axis."""
    return say(f"unit.{unit}", language, n="").strip() if known(f"unit.{unit}") else unit


def points(value: float | None, language: str = "fr") -> str:
    """A difference between two percentages, in points, always signed.

    >>> points(-1.4)
    '−1,4\\xa0pt'
    """
    if absent(value):
        return hole("missing", language)
    return _with_unit("unit.point", value, _digits(value, 1, language), language, True)


def percent(value: float | None, language: str = "fr", signed: bool = True) -> str:
    if absent(value):
        return hole("missing", language)
    return _with_unit("unit.%", value, _digits(value, 1, language), language, signed)


def relative(value: float | None, reference: float | None) -> float | None:
    """How far a value is from a reference, in % of the reference; None where it has no meaning."""
    if absent(value) or absent(reference) or reference == 0:
        return None
    return 100 * (value - reference) / abs(reference)


def change(before: float | None, after: float | None, unit: str, language: str = "fr") -> str:
    """What happened from one value to another: points for a share, % for the rest, always signed.

    >>> change(25.4, 24.0, "%"), change(100, 106.2, "€/hab.")
    ('−1,4\\xa0pt', '+6,2\\xa0%')
    """
    if absent(before) or absent(after):
        return hole("missing", language)
    return points(after - before, language) if unit in SHARES else percent(relative(after, before), language)


def between(lower: float | None, upper: float | None, unit: str, decimals: int = 1, language: str = "fr") -> str:
    """An interval in words, the unit said once: « entre 28,1 et 29,4 €/hab. »

    A narrow interval takes up to two more decimals, so that its bounds can be told apart.
    """
    if absent(lower) or absent(upper):
        return hole("missing", language)
    enough = (more for more in range(decimals, decimals + 3) if round(lower, more) != round(upper, more))
    decimals = next(enough, decimals)
    upper_text = with_unit(upper, unit, decimals, language)
    same_scale = unit != "€" and language == "fr"
    lower_text = number(lower, decimals, language) if same_scale else with_unit(lower, unit, decimals, language)
    return say("value.between", language, lower=lower_text, upper=upper_text)


def period(text: str, language: str = "fr", window: int | None = None) -> str:
    """A period in words; a window longer than the period says how many months it covers.

    >>> period("2025-Q1"), period("2025-03"), period("2025-03", window=12), period("2025-Q1", "en")
    ('T1 2025', 'mars 2025', '12 mois à fin mars 2025', 'Q1 2025')
    """
    end = last_month(text)
    month = f"{say(f'month.{end % 12 + 1}', language)} {end // 12}"
    if window and window > months_in(text):
        return say("period.window", language, months=window, month=month)
    if len(text) == 4:
        return text
    return say("period.quarter", language, quarter=text[6], year=text[:4]) if "Q" in text else month


def day(when: date | str | None, language: str = "fr") -> str:
    """A date in full.

    >>> day("2026-11-22T10:00:00"), day(date(2026, 11, 1)), day("2026-11-22", "en")
    ('22 novembre 2026', '1er novembre 2026', '22 November 2026')
    """
    if not when:
        return hole("missing", language)
    when = date.fromisoformat(str(when)[:10])
    first = "1er" if language == "fr" and when.day == 1 else str(when.day)
    return f"{first} {say(f'month.{when.month}', language)} {when.year}"
