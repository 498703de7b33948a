"""The web application: static files and the webhooks' door so far, put together from what it is handed.

It opens no database and starts no work itself: `Services` brings the database, the home folder and `act`,
through which every button goes. Reading is open on this machine; acting needs somebody who is signed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, asgi
from litestar.config.compression import CompressionConfig
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Response, Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp

from service.db.engine import Database
from service.web import render
from service.web.api import ROUTES
from service.web.pages import routes as page_routes
from service.web.shield import Shield
from service.web.signin import Person


@dataclass(frozen=True)
class ActResult:
    """What became of a command, in one sentence for the person who pressed the button."""

    ok: bool
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)


Act = Callable[[str, dict[str, Any], Person], ActResult]
Source = Callable[[str, str, str], bytes | None]
Hook = Callable[[], Awaitable[None] | None]


@dataclass
class Services:
    """Everything the pages need from the rest of the house."""

    database: Database
    home: Path
    act: Act
    api_token: str = ""
    door: ASGIApp | None = None
    source: Source = lambda _repository, _commit, _path: None  # bytes of a file at a commit
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]", "testserver.local")
    on_startup: Sequence[Hook] = ()
    on_shutdown: Sequence[Hook] = ()


def create_app(services: Services) -> Litestar:
    """The application over `services`; its state carries them to the handlers."""
    here = Path(__file__).parent
    handlers: list[Any] = [
        *page_routes(),
        *ROUTES,
        create_static_files_router("/static", [here / "static"], after_request=_keep_for_a_year),
    ]
    if services.door is not None:
        handlers.append(asgi("/webhooks", is_mount=True, copy_scope=True)(_mounted(services.door)))
    return Litestar(
        handlers,
        state=State({"services": services}),
        middleware=[Shield(services)],
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(render.environment())),
        compression_config=CompressionConfig(backend="gzip", exclude=["/webhooks"]),
        exception_handlers={HTTPException: _explain},
        on_startup=list(services.on_startup),
        on_shutdown=list(services.on_shutdown),
        openapi_config=None,
    )


def _mounted(door: ASGIApp) -> Any:
    async def webhooks(scope: Any, receive: Any, send: Any) -> None:
        """Hand the request over as it came: the door checks signatures itself."""
        path = scope["path"]
        if not path.startswith("/webhooks"):
            scope["path"] = "/webhooks" + (path if path.startswith("/") else f"/{path}")
        scope["path"] = scope["path"].rstrip("/") or "/"
        await door(scope, receive, send)

    return webhooks


def _keep_for_a_year(response: Response[Any]) -> Response[Any]:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _explain(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any] | Template:
    """An error in one sentence: JSON under /api, a page elsewhere."""
    if request.url.path.startswith("/api"):
        body = {"ok": False, "error": {"code": error.status_code, "message": error.detail}}
        return Response(body, status_code=error.status_code, media_type="application/json")
    context = {**render.frame(request, None, "This can't be shown"), "detail": error.detail}
    return Template("error.html", context=context, status_code=error.status_code)
