"""What stands before everything: the host that is asked for, where a POST comes from, and strict headers.

The pages are readable without signing in on this machine, so a foreign name that resolves to 127.0.0.1 must
not reach them, and no other site may press a button. It wraps the whole application, routing and errors too:
no answer leaves without the headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp

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
READING = ("GET", "HEAD", "OPTIONS")
FOREIGN_HOST = (421, "This service does not answer under that name.")
FOREIGN_SITE = (403, "Another site sent this form.")


class Shield:
    """Refuses foreign hosts and foreign POSTs, and adds the headers; the webhooks' door has its own lock."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Check, then pass on with the headers put on the answer; start and stop pass untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer = MutableScopeHeaders(message)
                for name, value in HEADERS.items():
                    answer[name] = value
                answer["Cache-Control"] = _keep(scope, message["status"])
            await send(message)

        wrong = self._wrong(scope)
        if wrong is None:
            await self.app(scope, receive, sent)
        else:
            await _refuse(sent, *wrong)

    def _wrong(self, scope: Any) -> tuple[int, str] | None:
        """Status and sentence of what must not pass."""
        if _below(scope["path"], "/webhooks"):
            return None
        headers = Headers.from_scope(scope)
        host = headers.get("host", "")
        if "*" not in self.hosts and _name(host) not in self.hosts:
            return FOREIGN_HOST
        if scope["method"] in READING or _below(scope["path"], "/api"):
            return None  # the API takes a token in the header and no cookie
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return FOREIGN_SITE
        origin = headers.get("origin")
        return FOREIGN_SITE if origin is not None and urlsplit(origin).netloc != host else None


def host_of(url: str | None) -> tuple[str, ...]:
    """The name in the public address, as a browser sends it in `Host`; none where there is no such address."""
    if not url:
        return ()
    name = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    return (f"[{name}]" if ":" in name else name,) if name else ()


async def _refuse(send: Any, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})


def _keep(scope: Any, status: int) -> str:
    """How long a browser may keep the answer: for ever where the address carries the content's hash."""
    if not _below(scope["path"], "/static"):
        return "no-store"
    known = status in (200, 206, 304) and scope["query_string"].startswith(b"v=")
    return "public, max-age=31536000, immutable" if known else "no-cache"


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _name(host: str) -> str:
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]
    return name.lower()
