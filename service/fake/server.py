"""A fake forge over real HTTP, in threads of its own.

The standard library's server, not the one that our own service runs on: it gives the connection into our hands, and
so a request can be carried out and its answer lost, which is what a client's repeats must survive.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from service.fake.faults import HANG, LOST, Faults, Trouble
from service.fake.web import Answer, Request

LIMIT = 64 * 1024 * 1024
AHEAD = "/_fake/"  # what people of the play do never meets a fault


class Site(Protocol):
    """A forge without its wire."""

    faults: Faults

    def handle(self, request: Request) -> Answer:
        """Answer a request; whatever is wrong with it is answered too."""

    def troubled(self, trouble: Trouble) -> Answer:
        """What the forge says when it fails this way."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, for who checks or counts them."""

    request: Request
    answer: Answer


class Server:
    """Serves a site until it is closed. `checked` is shown each exchange; what it says is kept as a complaint."""

    def __init__(
        self,
        site: Site,
        port: int = 0,
        host: str = "127.0.0.1",
        checked: Callable[[Exchange], list[str]] | None = None,
    ) -> None:
        self.site, self.checked = site, checked
        self.complaints: list[str] = []
        self.exchanges: list[Exchange] = []
        self._heard = threading.Condition()
        self._http = _Listener((host, port), _Handler)
        self._http.server = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), name="fake forge", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Listen; it is ready when this returns."""
        self._thread.start()

    def close(self) -> None:
        """Stop; requests that hang are left."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None where it gets lost."""
        trouble = (
            None if request.path.startswith(AHEAD) else self.site.faults.meet(request.method, request.path)
        )
        if trouble is not None and trouble.kind == HANG:
            time.sleep(trouble.seconds)
        elif trouble is not None and trouble.kind != LOST:
            return self.site.troubled(trouble)
        answer = self.site.handle(request)
        self._note(Exchange(request, answer))
        return None if trouble is not None and trouble.kind == LOST else answer

    def _note(self, exchange: Exchange) -> None:
        if exchange.request.path.startswith(AHEAD):
            return
        complaints = [] if self.checked is None else self.checked(exchange)
        with self._heard:
            self.exchanges.append(exchange)
            self.complaints += complaints
            self._heard.notify_all()

    def wait_for(self, so: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Wait until something is so, looking after each exchange; tells whether it was within these seconds."""
        with self._heard:
            return self._heard.wait_for(so, seconds)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    server: Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "upweight-fake-forge"
    wbufsize = 1 << 16  # one packet an answer

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            self.send_error(413)
            return
        request = Request.of(self.command, self.path, dict(self.headers.items()), body)
        answer = self.server.server.answer(request)  # type: ignore[attr-defined]
        if answer is None:
            self.close_connection = True
            return
        raw = b"" if answer.status in (204, 304) else answer.raw()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Type" not in answer.headers and raw:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else raw)

    def _body(self) -> bytes | None:
        """The body; None where it is too large. Some clients send it in chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            whole = b""
            while size := int(self.rfile.readline(100).split(b";")[0], 16):
                if len(whole) + size > LIMIT:
                    return None
                whole += self.rfile.read(size)
                self.rfile.readline(100)
            self.rfile.readline(100)
            return whole
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length <= LIMIT else None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who wants to know reads `exchanges`."""
