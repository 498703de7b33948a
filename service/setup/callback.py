"""The page that makes a GitHub App: served on this machine alone while ``upweight init github`` waits.

It posts the manifest to GitHub; GitHub sends the browser back with a code, and the state that we drew. Without that
state somebody else's App could be slipped in, whose owner would then sign our deliveries.
"""

from __future__ import annotations

import hmac
import html
import json
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.setup.manifest import App, NotMade

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Upweight: {title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem}}</style>
<h1>{title}</h1>{body}</html>"""
AGAIN = '<p><a href="/">Begin again</a></p>'
Finish = Callable[[App], str]


class Waiting(ThreadingHTTPServer):
    """The page's server; `made` is set once GitHub has made the App and it is stored."""

    daemon_threads = False  # closing waits for the last page

    def __init__(
        self,
        port: int,
        form: str,
        manifest: Callable[[str], dict[str, Any]],
        convert: Callable[[str], App],
        finish: Finish,
    ) -> None:
        """`manifest` takes the address to come back to; `finish` stores the App and gives the page to install it."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.state = secrets.token_urlsafe(32)
        self.form, self.manifest = form, manifest(f"{self.url}/callback")
        self.made = threading.Event()
        self.app: App | None = None
        self._convert, self._finish = convert, finish
        self._lock = threading.Lock()
        self._install = ""

    def begin(self) -> tuple[int, str]:
        """The page with the button."""
        if self.made.is_set():
            return 200, self._done()
        action = html.escape(f"{self.form}?state={self.state}")
        told = html.escape(json.dumps(self.manifest))
        where = html.escape(urlsplit(self.form).netloc)
        body = (
            f"<p>{where} will show what the App may do and ask for a name; then it leads back here.</p>"
            f'<form action="{action}" method="post"><input type="hidden" name="manifest" value="{told}">'
            f"<button>Make the App on {where}</button></form>"
        )
        return 200, PAGE.format(title="Make the GitHub App", body=body)

    def back(self, query: str) -> tuple[int, str]:
        """GitHub sent the browser back: check the state, fetch the keys, store them; once, however often it comes."""
        told = parse_qs(query)
        state, code = told.get("state", [""])[0], told.get("code", [""])[0]
        if not hmac.compare_digest(state.encode(), self.state.encode()):
            return 403, _wrong("This answer does not belong to the page that was opened here.")
        if not code:
            return 400, _wrong("GitHub sent no code with it.")
        with self._lock:
            if self.made.is_set():
                return 200, self._done()
            try:
                app = self._convert(code)
            except (NotMade, ValueError) as problem:
                return 502, _wrong(str(problem))
            try:
                self._install = self._finish(app)
            except OSError as problem:
                why = f"The App is made, but its keys can't be stored ({problem.strerror}). Delete it on GitHub first."
                return 500, _wrong(why)
            self.app = app
            self.made.set()
        return 200, self._done()

    def _done(self) -> str:
        link = html.escape(self._install)
        body = f'<p>Its keys are stored. Next: <a href="{link}">install it on the repository</a>.</p>'
        return PAGE.format(title="The App is made", body=body)


class _Handler(BaseHTTPRequestHandler):
    """Two pages, for this machine's browser alone."""

    server: Waiting
    timeout = 5  # seconds; browsers open connections that they then do not use
    server_version, sys_version = "upweight", ""

    def do_GET(self) -> None:
        """The page, or GitHub's answer."""
        port = self.server.server_address[1]
        parts = urlsplit(self.path)
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            status, page = 421, _wrong("This page is for this machine alone.")  # another name may lead here
        elif parts.path == "/":
            status, page = self.server.begin()
        elif parts.path == "/callback":
            status, page = self.server.back(parts.query)
        else:
            status, page = 404, _wrong("There is no such page.")
        self._answer(status, page.encode())

    def _answer(self, status: int, page: bytes) -> None:
        target = urlsplit(self.server.form)
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {target.scheme}://{target.netloc}",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing: an address here holds the code."""


def _wrong(why: str) -> str:
    return PAGE.format(title="That did not work", body=f"<p>{html.escape(why)}</p>{AGAIN}")


def wait(server: Waiting, seconds: float) -> App | None:
    """Serve until the App is made, or `seconds` have passed; the last page is sent whole before this returns."""
    thread = threading.Thread(target=server.serve_forever, name="manifest", daemon=True)
    thread.start()
    try:
        server.made.wait(seconds)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return server.app
