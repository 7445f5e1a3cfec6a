"""The stand-alone Voila that serves the pages, with every door that they do not need walled up.

Voila's own list of addresses (files, directory, contents, extensions, kernel interface) is
replaced by ours: the pages, their assets, the log-in, one websocket per page, the shutdown.
"""

import asyncio
import gzip
import hashlib
import hmac
import json
import shutil
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tornado.web
from jupyter_core.utils import ensure_async, run_sync
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.utils import url_path_join
from tornado.httputil import url_concat
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from indicators.present.page import PAGES

KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
MOST_KERNELS = 60
LARGEST_MESSAGE = 64 * 1024
PING_MILLISECONDS = 30_000
HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Plotly and the views place things by style attributes
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": the shutdown beacon needs its Origin to pass the cross-site check.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Asset:
    """A file that never changes at its address, since the address holds its hash."""

    stem: str
    suffix: str
    mime: str
    content: bytes

    @classmethod
    def read(cls, path: Path, mime: str) -> "Asset":
        return cls(path.stem, path.suffix, mime, path.read_bytes())

    @cached_property
    def name(self) -> str:
        return f"{self.stem}-{hashlib.sha256(self.content).hexdigest()[:12]}{self.suffix}"

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.content, 6)


class AssetHandler(tornado.web.RequestHandler):
    """Scripts and styles, open to all: they hold no figure."""

    def initialize(self, assets: dict[str, Asset]) -> None:
        self.assets = assets

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def get(self, name: str) -> None:
        asset = self.assets.get(name)
        if asset is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", asset.mime)
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(asset.compressed)
        else:
            self.finish(asset.content)

    head = get


class TokenIdentity(IdentityProvider):
    """One secret, shared by those who may read; compared in constant time."""

    def holds(self, given: str | None) -> bool:
        return bool(self.token) and hmac.compare_digest((given or "").encode(), self.token.encode())

    async def get_user_token(self, handler):
        if not self.holds(self.get_token(handler)):
            return None
        return self.get_user_cookie(handler) or self.generate_anonymous_user(handler)

    def process_login_form(self, handler):
        given = handler.get_argument("password", default="")
        return self.generate_anonymous_user(handler) if self.holds(given) else None


class ReaderOnly(Authorizer):
    """A reader may speak with the page's kernel, nothing else."""

    def is_authorized(self, handler, user, action, resource) -> bool:
        return resource == "kernels" and action in ("read", "execute")


class Guard(ZMQChannelsWebsocketConnection):
    """The websocket of one page: requests to its board in, the board's answers out.

    A kernel has one reader, the first to come; when that reader leaves, it is shut down.
    """

    kernel_ws_protocol = ""
    OUT = ("comm_msg", "status", "shutdown_reply")

    async def prepare(self):
        if self.kernel_manager.shutting_down:
            raise tornado.web.HTTPError(404)
        if self.multi_kernel_manager.kernel_model(self.kernel_id)["connections"]:
            raise tornado.web.HTTPError(403)
        await super().prepare()

    def handle_incoming_message(self, incoming_msg) -> None:
        if is_request(incoming_msg):
            super().handle_incoming_message(incoming_msg)
        else:
            self.log.warning("A message that is not a request to a board was dropped.")

    def handle_outgoing_message(self, stream, outgoing_msg) -> None:
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1])["msg_type"]
        if kind in self.OUT:
            super().handle_outgoing_message(stream, outgoing_msg)
        elif kind == "stream":
            self.log.error("Kernel %s: %s", self.kernel_id, self.session.unpack(parts[4])["text"])

    def disconnect(self) -> None:
        super().disconnect()
        self._farewell = asyncio.ensure_future(self._shut_down())

    async def _shut_down(self) -> None:
        if self.kernel_id in self.multi_kernel_manager:
            await ensure_async(self.multi_kernel_manager.shutdown_kernel(self.kernel_id, now=True))


def is_request(message) -> bool:
    """Whether a websocket message is a custom message to a widget, as our script sends them.

    >>> is_request('{"channel": "shell", "header": {"msg_type": "execute_request"}}')
    False
    """
    try:
        wanted = json.loads(message) if isinstance(message, str) else {}
        kind = (wanted["channel"], wanted["header"]["msg_type"], wanted["content"]["data"]["method"])
    except (ValueError, KeyError, TypeError):
        return False
    return kind == ("shell", "comm_msg", "custom")


class ShutdownHandler(VoilaShutdownKernelHandler):
    """A closed tab says so; its kernel may already be gone."""

    @tornado.web.authenticated
    async def post(self, kernel_id: str) -> None:
        if kernel_id in self.kernel_manager:
            await super().post(kernel_id)
        else:
            self.set_status(204)


class PageHandler(TornadoVoilaHandler):
    """One page: the notebook of that name, run and printed by our template."""

    async def get(self, address: str) -> None:
        if address not in {page.address for page in PAGES}:
            raise tornado.web.HTTPError(404)
        if "token" in self.request.query_arguments:
            self.redirect(url_concat(self.request.path, self._choice()))
            return
        if len(self.kernel_manager.list_kernel_ids()) >= MOST_KERNELS:
            raise tornado.web.HTTPError(503)
        self.xsrf_token  # noqa: B018  sets the cookie that the shutdown beacon must send back
        await super().get(f"{address}.ipynb")

    def _choice(self) -> dict[str, str]:
        names = [name for name in self.request.query_arguments if name != "token"]
        return {name: self.get_query_argument(name) for name in names}


class HomeHandler(JupyterHandler):
    """The bare address leads to the first page; the token of the query has become a cookie."""

    @tornado.web.authenticated
    def get(self) -> None:
        self.redirect(url_path_join(self.base_url, PAGES[0].address))


class LoginHandler(LoginFormHandler):
    """The page of those who came without the full address."""

    def _render(self, message=None) -> None:
        if self.request.method == "GET":
            self.set_status(401)
        target = self.get_argument("next", default=self.base_url)
        self.write(self.render_template("login.html", next=target, refused=bool(message)))


class NotFoundHandler(JupyterHandler):
    """Every other address."""

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished:
            raise tornado.web.HTTPError(404)


class PagesServer(Voila):
    """Voila with our template, our addresses and our headers."""

    template_folder: Path
    assets: list[Asset]
    announce: Callable[[], str]
    host_names: list[str]
    browse = False

    def setup_template_dirs(self) -> None:
        self.template_paths = [str(self.template_folder)]
        # Trust concerns stored outputs; the pages store none and run everything.
        self.log.addFilter(lambda record: "is not trusted" not in record.getMessage())

    def init_settings(self) -> dict:
        settings = super().init_settings()
        settings["voila_jinja2_env"].globals.update(self.voila_configuration.resources["ondam"])
        return settings | {
            "jinja2_env": settings["voila_jinja2_env"],
            "headers": HEADERS,
            "allow_remote_access": False,
            "local_hostnames": ["localhost", *self.host_names],
            "xsrf_cookie_kwargs": {"samesite": "Lax"},
            "default_handler_class": NotFoundHandler,
            "compress_response": True,
            "websocket_compression_options": {},
            "websocket_max_message_size": LARGEST_MESSAGE,
            "ws_ping_interval": PING_MILLISECONDS,
            "ws_ping_timeout": PING_MILLISECONDS,
        }

    def init_handlers(self) -> list:
        page = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        assets = {"assets": {asset.name: asset for asset in self.assets}}
        routes = [
            (r"/", HomeHandler),
            (r"/login", LoginHandler),
            (r"/assets/([\w.-]+)", AssetHandler, assets),
            (rf"/api/kernels/{KERNEL}/channels", VoilaKernelWebsocketHandler),
            (r"/voila/api/shutdown/([\w-]+)", ShutdownHandler),
            (r"/(\w+)", PageHandler, page),
        ]
        return [(url_path_join(self.server_url, path), *rest) for path, *rest in routes]

    def launch_browser(self) -> None:
        """Called once the port is ours."""
        threading.Thread(target=lambda: [asset.compressed for asset in self.assets]).start()
        address = self.announce()
        if self.browse:
            webbrowser.open(address)

    def stop(self) -> None:
        """At once: no kernel holds anything worth saving."""
        shutil.rmtree(self.connection_dir, ignore_errors=True)
        run_sync(self.kernel_manager.shutdown_all)(now=True)
