"""The views of the pages: what is inside `<main>`, made from the published table, the catalogue and the plan."""

from pathlib import Path

from indicators.errors import ArgumentError, not_allowed
from indicators.present.page import View

THEMES = {"transport": "transport", "arrets": "sick_leave", "produits": "health_products"}
NAMES = ("accueil", *THEMES, "suivi")


def view(name: str, data_folder: Path | None = None) -> View:
    """The view of that name, on a data folder or on the one in force."""
    from indicators.present.views import actions, home, theme
    from indicators.present.views.desk import Desk

    if name not in NAMES:
        raise ArgumentError(f"Page : {not_allowed(name, NAMES)}")
    desk = Desk(data_folder)
    if name == "accueil":
        return home.Home(desk)
    return actions.Actions(desk) if name == "suivi" else theme.Theme(desk, THEMES[name])
