"""The contract between the shell of the pages and the views that fill them.

The shell owns the frame (header, navigation, notices, connection); a view owns what is
inside `<main>`. Nothing heavy is imported here: every visitor pays for it.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

Choice = dict[str, str]
FILE_KINDS = ("csv", "neutral", "xlsx")


@dataclass(frozen=True)
class Page:
    """What one choice shows: HTML already escaped, and a figure for each `<div class="chart" id>`."""

    title: str
    html: str
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file for the reader to keep."""

    name: str
    mime: str
    content: bytes


class View(Protocol):
    """The content of one page; the first value of each choice is its default."""

    def choices(self) -> dict[str, list[str]]: ...

    def page(self, choice: Choice) -> Page: ...

    def file(self, choice: Choice, kind: str) -> File: ...


class Entry(NamedTuple):
    """One line of the navigation: address (and notebook) name, view name, words in both languages."""

    address: str
    view: str
    label: str
    label_en: str


PAGES = (
    Entry("accueil", "accueil", "Accueil", "Home"),
    Entry("transport", "transport", "Transports", "Transport"),
    Entry("arrets_de_travail", "arrets", "Arrêts de travail", "Sick leave"),
    Entry("produits_de_sante", "produits", "Produits de santé", "Health products"),
    Entry("suivi_article_4", "suivi", "Suivi de l’article 4", "Article 4 follow-up"),
)
