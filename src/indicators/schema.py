"""What an entry of a YAML file may hold: one line per key, checked together, nearest word offered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from indicators.errors import Problem, not_allowed

LANGUAGES = ("fr", "en")
Check = Callable[[Any], str]  # the sentence of what is wrong, or ""


@dataclass(frozen=True)
class Key:
    """One key of an entry: how its value is checked, and whether it may be left out."""

    check: Check
    required: bool = True


def text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else f"« {value} » n’est pas un texte entre guillemets."


def number(value: Any) -> str:
    right = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "" if right else f"« {value} » n’est pas un nombre."


def whole(lowest: int, highest: int) -> Check:
    """A whole number between two bounds."""

    def check(value: Any) -> str:
        right = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
        return "" if right else f"« {value} » n’est pas un nombre entier de {lowest} à {highest}."

    return check


def positive(value: Any) -> str:
    return number(value) or ("" if value > 0 else f"« {value} » n’est pas positif.")


def day(value: Any) -> str:
    return "" if isinstance(value, date) else f"« {value} » n’est pas une date AAAA-MM-JJ."


def bilingual(value: Any) -> str:
    """A text in every language of the product."""
    if not isinstance(value, Mapping):
        return f"« {value} » n’est pas traduit : écrire {{fr: …, en: …}}."
    missing = [language for language in LANGUAGES if not str(value.get(language) or "").strip()]
    unknown = [str(language) for language in value if language not in LANGUAGES]
    if unknown:
        return not_allowed(unknown[0], LANGUAGES)
    return f"traduction manquante : {', '.join(missing)}." if missing else ""


def word(*allowed: str) -> Check:
    """One word of a closed list."""
    return lambda value: "" if value in allowed else not_allowed(value, allowed)


def words(*allowed: str) -> Check:
    """A list of words, each of a closed list."""

    def check(value: Any) -> str:
        if not isinstance(value, list) or not value:
            return f"« {value} » n’est pas une liste."
        wrong = [item for item in value if item not in allowed]
        return not_allowed(wrong[0], allowed) if wrong else ""

    return check


def codes(value: Any) -> str:
    """A mapping of quoted codes to labels."""
    if not isinstance(value, Mapping) or not value:
        return f'« {value} » n’est pas une liste de codes : écrire {{"4214": Taxi}}.'
    return next((message for message in map(text, value.values()) if message), "")


def optional(check: Check) -> Check:
    """The same check, where null is said on purpose."""
    return lambda value: "" if value is None else check(value)


def names(value: Any) -> str:
    """One name or a list of names."""
    listed = value if isinstance(value, list) else [value]
    return next((message for message in map(text, listed) if message), "" if listed else "la liste est vide.")


def problems(entry: Any, keys: Mapping[str, Key], where: str) -> list[Problem]:
    """Everything wrong with one entry: unknown keys, missing keys, wrong values."""
    if not isinstance(entry, Mapping):
        return [Problem(where, f"« {entry} » n’est pas une entrée « clé: valeur ».")]
    lines = getattr(entry, "lines", {})
    found = [
        Problem(f"{where}, ligne {lines.get(key, '?')}", f"clé inconnue : {not_allowed(key, keys)}")
        for key in entry
        if key not in keys
    ]
    for name, key in keys.items():
        if name not in entry:
            if key.required:
                found.append(Problem(where, f"la clé « {name} » manque."))
        elif message := key.check(entry[name]):
            found.append(Problem(f"{where}, ligne {lines.get(name, '?')}, clé « {name} »", message))
    return found
