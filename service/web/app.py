"""The web application put together: the pages, the API, the static files and the webhooks' door.

It opens no database and starts no work itself: `Services` brings the database, the home folder and `act`,
through which every button and every API call goes. Reading is open on this machine; a button needs somebody
who is signed in and the form's token, the API's `act` the token of the home. The shield stands around it all.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, asgi
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Response, Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp

from service import logs
from service.db.engine import Database
from service.policy import Policy
from service.web import render
from service.web.api import ROUTES
from service.web.held import Held
from service.web.known import must_be_known
from service.web.pages import routes as page_routes
from service.web.shield import Shield
from service.web.signin import Person

log = logs.named("web")


@dataclass(frozen=True)
class ActResult:
    """What became of a command, in one sentence for the person who pressed the button."""

    ok: bool
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)


Act = Callable[[str, dict[str, Any], Person], ActResult]
Source = Callable[[str, str, str], Held | None]
Hook = Callable[[], Awaitable[None] | None]


@dataclass
class Services:
    """Everything the pages need from the rest of the house."""

    database: Database
    home: Path
    act: Act
    api_token: str = ""
    door: ASGIApp | None = None
    source: Source = lambda _repository, _commit, _path: None  # what a commit holds at a path
    policy: Callable[[str], Policy] = lambda _repository: Policy()  # raises PolicyError
    policy_fault: Callable[[str], str | None] = lambda _repository: None  # why its policy can't be read
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]", "testserver.local")
    on_startup: Sequence[Hook] = ()
    on_shutdown: Sequence[Hook] = ()


def create_app(services: Services) -> Shield:
    """The application over `services`; its state carries them to the handlers."""
    handlers: list[Any] = [
        *page_routes(),
        *ROUTES,
        create_static_files_router("/static", [render.STATIC]),
    ]
    if services.door is not None:
        handlers.append(asgi("/webhooks", is_mount=True, copy_scope=True)(_mounted(services.door)))
    app = Litestar(
        handlers,
        state=State({"services": services}),
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(render.environment())),
        compression_config=CompressionConfig(backend="gzip", exclude=["/webhooks"]),
        exception_handlers={HTTPException: _explain, Exception: _ours},
        on_startup=list(services.on_startup),
        on_shutdown=list(services.on_shutdown),
        openapi_config=None,
        before_request=must_be_known,
    )
    return Shield(app, services.hosts)


def _mounted(door: ASGIApp) -> Any:
    async def webhooks(scope: Any, receive: Any, send: Any) -> None:
        """Hand the request over as it came: the door checks signatures itself."""
        path = scope["path"]
        if not path.startswith("/webhooks"):
            scope["path"] = "/webhooks" + (path if path.startswith("/") else f"/{path}")
        scope["path"] = scope["path"].rstrip("/") or "/"
        await door(scope, receive, send)

    return webhooks


def _explain(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any] | Template:
    """An error in one sentence."""
    unsaid = error.status_code == 404 and error.detail in ("", "Not Found")
    return _say(request, error.status_code, "There is no page of this address." if unsaid else error.detail)


def _ours(request: Request[Any, Any, Any], error: Exception) -> Response[Any] | Template:
    """Our fault: the traceback goes to the log, under a number that the page shows."""
    number = secrets.token_hex(4)
    log.error("a request failed", exc_info=error, number=number, path=request.url.path)
    return _say(request, 500, f"This is our fault. The log of the service tells more under {number}.")


def _say(request: Request[Any, Any, Any], status: int, sentence: str) -> Response[Any] | Template:
    """One sentence as JSON under /api, as a part where htmx asks, as a page elsewhere."""
    if request.url.path.startswith("/api/"):
        body = {"ok": False, "error": {"code": status, "message": sentence}}
        return Response(body, status_code=status, media_type="application/json")
    if request.headers.get("hx-request"):
        answer = ActResult(False, sentence)
        headers = {"HX-Retarget": "#told", "HX-Reswap": "innerHTML"}
        return Template(
            "told.html", context={"answer": answer, "back": None}, status_code=status, headers=headers
        )
    title = "Not found" if status == 404 else "This can't be shown"
    return Template(
        "error.html", context={**render.frame(request, None, title), "detail": sentence}, status_code=status
    )
