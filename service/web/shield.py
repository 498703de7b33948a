"""What stands before every request: the host it asks for, where a POST comes from, and strict headers.

The pages are readable without signing in on this machine, so a foreign name that resolves to 127.0.0.1 must
not reach them, and no other site may press a button.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware

if TYPE_CHECKING:
    from service.web.app import Services

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Shield(ASGIMiddleware):
    """Refuses foreign hosts and foreign POSTs, and adds the headers; the webhooks' door has its own lock."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = "^/webhooks"

    def __init__(self, services: Services) -> None:
        self.hosts = frozenset(services.hosts)

    async def handle(self, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
        """Check, then pass on with the headers put on the answer."""
        headers = Headers.from_scope(scope)
        host = headers.get("host", "")
        if "*" not in self.hosts and _name(host) not in self.hosts:
            raise HTTPException(status_code=421, detail="This service does not answer under that name.")
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"} and not scope["path"].startswith("/api/"):
            _from_here(headers, host)

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer = MutableScopeHeaders(message)
                for name, value in HEADERS.items():
                    answer[name] = value
                if not scope["path"].startswith("/static"):
                    answer["Cache-Control"] = "no-store"
            await send(message)

        await next_app(scope, receive, sent)


def _from_here(headers: Headers, host: str) -> None:
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise HTTPException(status_code=403, detail="Another site sent this form.")
    if origin is not None and urlsplit(origin).netloc != host:
        raise HTTPException(status_code=403, detail="Another site sent this form.")


def _name(host: str) -> str:
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]
