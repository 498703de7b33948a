"""A forge's Git side for tests: `git http-backend` behind basic authentication, on a free port of this machine."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

USER, TOKEN = "x-access-token", "tok-5f3c9a71d2"
WHO = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000, 0)


class Origin:
    """The repository as the forge has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git = pygit2.init_repository(str(path), bare=True, initial_head="main")
        self.git.config["http.receivepack"] = "true"
        self.git.config["uploadpack.allowAnySHA1InWant"] = "true"

    @property
    def file_url(self) -> str:
        return f"file://{self.path}"

    def commit(self, ref: str, text: bytes, *parents: str, name: str = "a.txt", force: bool = False) -> str:
        """A commit with one file, at `ref`; without parents named, on what stands there."""
        tree = self.git.TreeBuilder()
        tree.insert(name, self.git.create_blob(text), FileMode.BLOB)
        known = self.git.references.get(ref)
        on = [pygit2.Oid(hex=p) for p in parents] if parents or force else [known.target] if known else []
        made = self.git.create_commit(None, WHO, WHO, f"{text[:20]!r}\n", tree.write(), on)
        self.git.references.create(ref, made, force=True)
        return str(made)

    def pull(self, number: int, text: bytes, name: str = "a.txt") -> str:
        """A contribution's head, on the tip of main."""
        main = str(self.git.references["refs/heads/main"].target)
        return self.commit(f"refs/pull/{number}/head", text, main, name=name)


class Server(ThreadingHTTPServer):
    """Serves what lies in `root`; what it is to do wrong is set by the test."""

    daemon_threads = True
    root: Path
    token = TOKEN
    hangs = ""  # the kind of request that is never answered whole
    over: threading.Event
    met: Callable[[], None] | None = None  # done while a request is answered
    moved: str | None = None
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was killed in the middle of an answer is no error here."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(self.path)
        wanted = "Basic " + base64.b64encode(f"{USER}:{self.server.token}".encode()).decode()
        if self.server.moved:
            self._answer(301, {"Location": self.server.moved + self.path})
        elif self.headers.get("Authorization") != wanted:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="forge"'})
        elif self.server.hangs == self.command:
            self._hang()
        elif not (self.server.root / self.path.split("/")[1].split("?")[0]).is_dir():
            self._answer(404, {})
        else:
            if self.server.met is not None:
                self.server.met()
            self._serve(said)

    do_POST = do_GET

    def _hang(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"0")
        self.wfile.flush()
        self.server.over.wait(60)
        self.close_connection = True

    def _answer(self, status: int, fields: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _serve(self, given: bytes) -> None:
        info, _, query = self.path.partition("?")
        said = subprocess.run(
            ["git", "http-backend"], input=given, capture_output=True, check=False,
            env={
                "PATH": os.defpath, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "REMOTE_USER": USER,
                "GIT_PROJECT_ROOT": str(self.server.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": info,
                "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_LENGTH": str(len(given)),
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        ).stdout  # fmt: skip
        head, _, body = said.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._answer(int(fields.pop("Status", "200").split()[0]), fields, body)

    def log_message(self, format: str, *args: object) -> None:
        """A test prints nothing."""


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """The server, until the block ends."""
    server = Server(("127.0.0.1", 0), Handler)
    server.root, server.asked, server.over = root, [], threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
