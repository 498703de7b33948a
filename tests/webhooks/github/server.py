"""A server over real HTTP that writes down what it is asked, answers by a table of routes, and fails when told to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Asked:
    """One request as it came. `path` is as it was written, `query` decoded."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Answer:
    """What is said to it; `wait` seconds go by first."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    forced: bool = False  # a fault that a test asked for: it need not be what GitHub would say


Route = Callable[[Asked, Mapping[str, str]], Answer]


class Server:
    """Listens until it is stopped."""

    def __init__(self) -> None:
        self.asked: list[tuple[Asked, Answer]] = []
        self.routes: list[tuple[str, re.Pattern[str], Route]] = []
        self.faults: list[tuple[str, Answer]] = []  # (a pattern of "METHOD path", the answer), each used once
        self.finish: Callable[[Asked, Answer], Answer] = lambda _, answer: answer
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # headers and body in one packet: two wait for each other

            def _serve(self) -> None:
                outer.serve(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def route(self, method: str, path: str) -> Callable[[Route], Route]:
        """Answer this; `{name}` is a piece of the path, `{name*}` several."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", path))

        def added(route: Route) -> Route:
            self.routes.append((method, re.compile(pattern), route))
            return route

        return added

    def fail(
        self, pattern: str, status: int, body: Any = None, times: int = 1, wait: float = 0, **headers: str
    ) -> None:
        """Answer so the next `times` that a request matches."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults += [(pattern, Answer(status, body, told, wait, True))] * times

    def lines(self, since: int = 0) -> list[str]:
        """What was asked, but for how one signs in."""
        return [
            each.line
            for each, _ in self.asked[since:]
            if "/access_tokens" not in each.path and "/installation" not in each.path
        ]

    def changes(self, since: int = 0) -> list[str]:
        """What was asked to be changed."""
        return [line for line in self.lines(since) if not line.startswith("GET ")]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        parts = urlsplit(handler.path)
        size = int(handler.headers.get("content-length") or 0)
        asked = Asked(
            handler.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(size),
        )
        with self.lock:
            answer = self._answer(asked)
            self.asked.append((asked, answer))
        if answer.wait:
            self.stopping.wait(answer.wait)
        body = (
            b""
            if answer.body is None
            else answer.body
            if isinstance(answer.body, bytes)
            else json.dumps(answer.body).encode()
        )
        try:
            handler.send_response(answer.status)
            for name, value in {"content-type": "application/json; charset=utf-8", **answer.headers}.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body if answer.status not in (204, 304) else b"")
        except (BrokenPipeError, ConnectionResetError):  # who waited too long has gone
            handler.close_connection = True

    def _answer(self, asked: Asked) -> Answer:
        for at, (pattern, answer) in enumerate(self.faults):
            if re.search(pattern, asked.line):
                del self.faults[at]
                return answer
        for method, path, route in self.routes:
            if method == asked.method and (found := path.fullmatch(asked.path)):
                return self.finish(asked, route(asked, {k: unquote(v) for k, v in found.groupdict().items()}))
        return Answer(404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"})
