"""Every word that the workbench says on a page, a sheet, a chart or an export: one catalogue, two languages."""

from functools import cache
from pathlib import Path

import yaml

from indicators.errors import ArgumentError, not_allowed
from indicators.schema import LANGUAGES

HERE = Path(__file__).parent


@cache
def load() -> dict[str, dict[str, str]]:
    """All the strings, keyed by name, then by language; read fast, since a test reads them strictly."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((HERE / "wording.yaml").read_text(encoding="utf-8"), Loader=loader)


def say(key: str, language: str = "fr", /, **values: object) -> str:
    """The sentence of that name, its blanks filled; an unknown name or language is answered with the nearest."""
    if language not in LANGUAGES:
        raise ArgumentError(f"Langue : {not_allowed(language, LANGUAGES)}")
    if key not in load():
        raise ArgumentError(f"Texte : {not_allowed(key, load())}")
    return load()[key][language].format(**values)


def known(key: str) -> bool:
    return key in load()


def plural(key: str, count: int, language: str = "fr", /, **values: object) -> str:
    """The sentence `key.one` or `key.many`; French says one for 0 and 1, English for 1 only."""
    one = count < 2 if language == "fr" else count == 1
    return say(f"{key}.one" if one else f"{key}.many", language, count=count, **values)
