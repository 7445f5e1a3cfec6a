"""Who may see the pages, and how they are served: a stand-alone Voila on this machine only."""

import os
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from indicators.errors import WorkbenchError
from indicators.present.page import PAGES

HOST = "127.0.0.1"
PRODUCT = "Indicateurs Ondam"
SHORTEST_TOKEN = 16
IDLE_SECONDS = 900
PACKAGE = Path(__file__).parent


class ServeError(WorkbenchError):
    """The pages cannot be served; the sentence says what to do."""


def serve(
    data: Path | None = None,
    port: int = 8866,
    open_browser: bool = True,
    *,
    pool: int = 1,
    notebooks: Path | None = None,
    host_names: Sequence[str] = (),
) -> None:
    """Serve the pages on this machine until interrupted.

    `data` is the data folder given to the kernels (ONDAM_DATA); `pool` is the number of
    kernels kept warm for each page, zero for none; `host_names` are the names under which a
    reverse proxy is reached. The access token is ONDAM_TOKEN, else a new one at each start.
    Raises ServeError before anything is started.
    """
    token = access_token()
    folder = notebooks_folder(notebooks)
    check_port(port)
    if data is not None:
        os.environ["ONDAM_DATA"] = str(Path(data).resolve())
    server(folder, port, open_browser, pool, host_names, token).start()


def access_token() -> str:
    """The token of this start; taken out of the environment so that no kernel inherits it."""
    token = os.environ.pop("ONDAM_TOKEN", "") or secrets.token_urlsafe(24)
    if len(token) < SHORTEST_TOKEN:
        raise ServeError(f"ONDAM_TOKEN est trop court : donnez au moins {SHORTEST_TOKEN} caractères.")
    return token


def check_port(port: int) -> None:
    """Refuse a port that another program holds.

    >>> taken = socket.create_server((HOST, 0))
    >>> check_port(taken.getsockname()[1])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    indicators.access.ServeError: Le port ... est déjà occupé : fermez l’autre programme ou choisissez un autre port.
    >>> taken.close()
    """
    if not 1 <= port <= 65535:
        raise ServeError(f"Le port {port} n’existe pas : choisissez un nombre de 1024 à 65535.")
    try:
        socket.create_server((HOST, port)).close()
    except PermissionError:
        raise ServeError(f"Le port {port} est réservé au système : choisissez-en un au-dessus de 1023.") from None
    except OSError:
        raise ServeError(
            f"Le port {port} est déjà occupé : fermez l’autre programme ou choisissez un autre port."
        ) from None


def dashboards_folder() -> Path:
    """The folder of the pages in a checkout, beside `src` or in the current folder."""
    for folder in (PACKAGE.parents[1] / "dashboards", Path("dashboards").resolve()):
        if (folder / "template").is_dir():
            return folder
    raise ServeError("Le dossier « dashboards » est introuvable : lancez la commande depuis le dépôt.")


def notebooks_folder(folder: Path | None) -> Path:
    folder = Path(folder) if folder else dashboards_folder()
    missing = [page.address for page in PAGES if not (folder / f"{page.address}.ipynb").is_file()]
    if missing:
        raise ServeError(f"Il manque des pages dans {folder} : {', '.join(missing)}.")
    return folder.resolve()


def template_folder() -> Path:
    return dashboards_folder() / "template" / "voila" / "templates" / "ondam"


def server(folder: Path, port: int, open_browser: bool, pool: int, host_names: Sequence[str], token: str):
    """The server, configured and not started."""
    from indicators.present.board import plotly_script
    from indicators.present.server import Asset, PagesServer

    script = "text/javascript; charset=utf-8"
    style = Asset.read(PACKAGE / "present" / "style.css", "text/css; charset=utf-8")
    board = Asset.read(PACKAGE / "present" / "board.js", script)
    plotly = Asset.read(plotly_script(), script)
    assets = {"style": style, "script": board, "plotly": plotly}
    addresses = {kind: f"assets/{asset.name}" for kind, asset in assets.items()}
    app = PagesServer.instance(config=configuration(folder, port, pool, token, addresses))
    app.template_folder, app.assets = template_folder(), list(assets.values())
    app.host_names, app.browse = list(host_names), open_browser
    app.announce = lambda: announce(port, token)
    app.initialize([])
    return app


def announce(port: int, token: str) -> str:
    address = f"http://{HOST}:{port}/?token={token}"
    print(f"Les pages sont prêtes : {address}\nPour arrêter : Ctrl-C.", flush=True)
    return address


def configuration(folder: Path, port: int, pool: int, token: str, addresses: dict[str, str]):
    """The whole configuration of Voila; no file found elsewhere on the machine may change it."""
    from traitlets.config import Config

    ours = {"product": PRODUCT, "pages": [page._asdict() for page in PAGES], **addresses}
    settings = {
        "Voila": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "open_browser": True,
            "token": token,
            "root_dir": str(folder),
            "config_file_paths": [],
            "log_level": "WARN",
            "identity_provider_class": "indicators.present.server.TokenIdentity",
            "authorizer_class": "indicators.present.server.ReaderOnly",
            "kernel_websocket_connection_class": "indicators.present.server.Guard",
        },
        "VoilaConfiguration": {
            "template": "ondam",
            "resources": {"ondam": ours},
            "file_allowlist": [],
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "show_tracebacks": False,
            "strip_sources": True,
            "http_keep_alive_timeout": 3600,
            "preheat_kernel": pool > 0,
            "default_pool_size": max(pool, 0),
        },
        "VoilaKernelManager": {"fill_delay": 2.0},
        "MappingKernelManager": {
            "cull_idle_timeout": IDLE_SECONDS,
            "cull_interval": 60,
            "cull_connected": False,
            "allow_tracebacks": False,
            "buffer_offline_messages": False,
        },
        "KernelRestarter": {"time_to_dead": 1.0, "restart_limit": 0},
        "IdentityProvider": {"cookie_name": f"ondam-{port}", "cookie_options": {"samesite": "Lax"}},
        "VoilaExporter": {"language_code": "fr"},
    }
    if sys.platform == "linux":
        settings["KernelManager"] = {"transport": "ipc"}
    return Config(settings)
