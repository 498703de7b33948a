"""A small forge over real HTTP: it answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]


class Small(ThreadingHTTPServer):
    """`answers` is by method and path; each may be a list, whose last answer stays."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str], Any]] = []  # what, headers in small letters, body

    def what(self) -> list[str]:
        """Methods and paths, in their order."""
        return [what for what, _, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Small

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        what = f"{self.command} {self.path.partition('?')[0]}"
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.server.asked.append((what, headers, json.loads(body) if body else None))
        status, told = self.server.answers.get(what, (404, {"message": "404 Not Found"}))
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = _any

    def log_message(self, *_: object) -> None:
        """Say nothing."""
