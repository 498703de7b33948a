"""The wire of a fake GitLab: HTTP/1.1 in threads, and the troubles that a request may meet on it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LIMIT = 64 * 1024 * 1024
HANG, LOST, RESET = "hang", "lost", "reset"


@dataclass(frozen=True)
class Asked:
    """One request; header names are in lower case, a query's values are lists."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def one(self, name: str, otherwise: str = "") -> str:
        """The last value of a query's key."""
        return self.query.get(name, [otherwise])[-1]

    def json(self) -> dict[str, Any]:
        """The body as an object, an empty one where there is none."""
        value = json.loads(self.body) if self.body else {}
        if not isinstance(value, dict):
            raise ValueError("an object is expected")
        return value


@dataclass
class Told:
    """One answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Trouble:
    """What the next `times` requests meet that fit: a status, `hang`, `lost` (done, and no answer) or `reset`."""

    kind: str
    times: int = 1
    method: str = ""
    path: str = ""  # searched for as an expression in the path
    seconds: float = 1.0
    headers: dict[str, str] = field(default_factory=dict)

    def meets(self, asked: Asked) -> bool:
        """Whether this request meets it."""
        return self.times > 0 and self.method in ("", asked.method) and bool(re.search(self.path, asked.path))


class Wire:
    """Serves an answer to each request until it is closed, and remembers what was asked."""

    def __init__(self, answer: Callable[[Asked], Told], port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.troubles: list[Trouble] = []
        self._answer, self._lock = answer, threading.Lock()
        wire = self

        class Handler(_Handler):
            def meet(self, asked: Asked) -> Told | None:
                return wire._meet(asked)

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def trouble(self, kind: str | int, **how: Any) -> Trouble:
        """Let the next requests that fit meet trouble."""
        one = Trouble(str(kind), **how)
        with self._lock:
            self.troubles.append(one)
        return one

    def close(self) -> None:
        """Serve no more."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _meet(self, asked: Asked) -> Told | None:
        with self._lock:
            self.asked.append(asked)
            free = asked.path.startswith("/_fake/")  # what people of the play ask for meets no trouble
            trouble = None if free else next((one for one in self.troubles if one.meets(asked)), None)
            if trouble is not None:
                trouble.times -= 1
        if trouble is None:
            return self._answer(asked)
        if trouble.kind == HANG:
            time.sleep(trouble.seconds)
            return None
        if trouble.kind == LOST:
            self._answer(asked)
            return None
        if trouble.kind == RESET:
            return None
        status = int(trouble.kind)
        return Told(status, {"message": f"{status} as it was asked for"}, dict(trouble.headers))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fake-gitlab"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def meet(self, asked: Asked) -> Told | None:
        raise NotImplementedError

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LIMIT:
            self.send_error(413)
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        told = self.meet(Asked(self.command, parts.path, query, headers, self.rfile.read(length)))
        if told is None:
            self.close_connection = True
            return
        raw = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        raw = b"" if told.status == 204 else raw
        self.send_response(told.status)
        for name, value in {"Content-Type": "application/json", **told.headers}.items():
            self.send_header(name, value)
        if told.status != 204:
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else raw)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who wants to know reads what was asked."""
