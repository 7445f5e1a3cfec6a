"""A thin widget between a view and whoever looks at it: a page out, a checked choice in.

The same widget serves the Voila pages, where `board.js` is the whole front end, and
JupyterLab, where anywidget loads it.
"""

import base64
import importlib.util
import logging
import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from anywidget import AnyWidget
from traitlets import Dict

from indicators.errors import ArgumentError
from indicators.present.page import FILE_KINDS, Choice, Page, View

PAGE_MIME = "application/vnd.ondam.page+json"
log = logging.getLogger("indicators.board")


def board(name: str) -> "Board":
    """The page of that name, as the last line of a notebook's cell."""
    from indicators.present.views import view

    return Board(name, view(name))


class Board(AnyWidget):
    """One page and its conversation: no value from a client is used before it is checked."""

    _esm = Path(__file__).with_name("board.js")
    _css = Path(__file__).with_name("style.css")
    page = Dict().tag(sync=True)

    def __init__(self, name: str, view: View):
        self.name = name
        self.view = view
        choice = first_choice(view.choices(), os.environ.get("QUERY_STRING", ""))
        super().__init__(page=message(view.page(choice), choice, 0))
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"Board({self.name!r})"

    def set_state(self, sync_data: dict) -> None:
        """Do nothing: a client may ask, it never sets a trait."""

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if served():
            data = data | {PAGE_MIME: {**self.page, "model": self.model_id}}
        return data, metadata

    def _answer(self, _, content: Any, buffers: list) -> None:
        number = number_of(content)
        try:
            self._serve(content, number)
        except ArgumentError as error:
            log.warning("board %s refused a message: %s", self.name, error)
            self._refuse("refused", number)
        except Exception:
            log.exception("board %s failed on a message", self.name)
            self._refuse("failed", number)

    def _serve(self, content: Any, number: int) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "choose":
            self._choose(content.get("choice"), number)
        elif kind == "file":
            self._file(content.get("choice"), content.get("format"), number)
        elif kind == "library" and not served():
            self.send({"kind": "library", "source": plotly_script().read_text("utf-8")})
        else:
            raise ArgumentError("Demande refusée : elle n’est pas connue de cette page.")

    def _choose(self, wanted: Any, number: int) -> None:
        choice = checked(wanted, self.view.choices())
        self.page = message(self.view.page(choice), choice, number)

    def _file(self, wanted: Any, kind: Any, number: int) -> None:
        choice = checked(wanted, self.view.choices())
        if kind not in FILE_KINDS:
            raise ArgumentError("Fichier refusé : ce format n’est pas proposé.")
        file = self.view.file(choice, kind)
        body = base64.b64encode(file.content).decode("ascii")
        self.send({"kind": "file", "number": number, "name": file.name, "mime": file.mime, "base64": body})

    def _refuse(self, reason: str, number: int) -> None:
        """Say no; the words are the script's, in the reader's language."""
        self.send({"kind": "refused", "number": number, "reason": reason})


def served() -> bool:
    """Whether this kernel works for a Voila page rather than for a notebook."""
    return "VOILA_BASE_URL" in os.environ


def checked(wanted: Any, allowed: dict[str, list[str]]) -> Choice:
    """A full choice: every name and value must be offered, a missing name takes its first value.

    >>> checked({"territory": "93"}, {"territory": ["fr", "93"], "period": ["2025"]})
    {'territory': '93', 'period': '2025'}
    """
    if not isinstance(wanted, dict) or not set(wanted) <= set(allowed):
        raise ArgumentError("Choix refusé : il contient un nom que cette page ne propose pas.")
    for name, value in wanted.items():
        if value not in allowed[name]:
            raise ArgumentError(f"Choix refusé : cette valeur de « {name} » n’est pas proposée ici.")
    return {name: wanted.get(name, values[0]) for name, values in allowed.items()}


def first_choice(allowed: dict[str, list[str]], query: str) -> Choice:
    """The choice of an address, its unknown parts left out.

    >>> first_choice({"territory": ["fr", "93"]}, "territory=93&utm=x")
    {'territory': '93'}
    """
    asked = {name: value for name, value in parse_qsl(query) if value in allowed.get(name, ())}
    return checked(asked, allowed)


def message(page: Page, choice: Choice, number: int) -> dict:
    return {
        "title": page.title,
        "html": page.html,
        "figures": plain(page.figures),
        "choice": choice,
        "number": number,
    }


def number_of(content: Any) -> int:
    number = content.get("number") if isinstance(content, dict) else 0
    return number if isinstance(number, int) else 0


def plain(value: Any) -> Any:
    """The same value in JSON's own types; what is not a number becomes a gap (null).

    >>> plain({"y": (1.5, float("nan"))})
    {'y': [1.5, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (str, int, type(None))):
        return value
    return plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def plotly_script() -> Path:
    """The script of the installed plotly, found without importing plotly."""
    package = importlib.util.find_spec("plotly").submodule_search_locations[0]
    return Path(package) / "package_data" / "plotly.min.js"
