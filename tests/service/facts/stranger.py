"""A stranger's server: real repositories over real HTTPS, and what a stranger may do instead of serving them."""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

WHO = pygit2.Signature("Ada", "ada@example.org", 1, 0)
PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}


def repository(place: Path, files: dict[str, bytes | tuple[int, bytes]]) -> str:
    """A bare repository whose one commit has these files, as (mode, content) where no usual one; its hash."""
    git = pygit2.init_repository(str(place), bare=True)
    for name, value in {"allowFilter": "true", "allowAnySHA1InWant": "true"}.items():
        git.config[f"uploadpack.{name}"] = value
    index = pygit2.Index()
    for path, content in files.items():
        mode, data = content if isinstance(content, tuple) else (int(FileMode.BLOB), content)
        name = pygit2.Oid(hex=data.decode()) if mode == FileMode.COMMIT else git.create_blob(data)
        index.add(pygit2.IndexEntry(path, name, FileMode(mode)))
    return str(git.create_commit("refs/heads/main", WHO, WHO, "Documents\n", index.write_tree(git), []))


def authority(folder: Path) -> Path:
    """A certificate of localhost, with its key beside it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,DNS:docs.example.org", "-keyout", str(folder / "key.pem"),
         "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


class Server(ThreadingHTTPServer):
    """Serves what lies in `root`; notes which paths were asked for."""

    daemon_threads = True
    root: Path
    asked: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was killed in the middle of an answer is no error here."""


class Handler(BaseHTTPRequestHandler):
    """`/git/NAME` is served; `/moved/NAME` leads elsewhere, `/slow/NAME` never ends, `/ill/NAME` is an error."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Every request of Git."""
        self.server.asked.append(self.path)
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", f"https://localhost:{self.server.server_port}/git/{rest}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind == "slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b"0")
                self.wfile.flush()
                time.sleep(0.1)
        elif kind == "git" and (self.server.root / rest.split("/")[0]).is_dir():
            self._serve("/" + rest)
        else:
            self.send_error(503 if kind == "ill" else 404)

    do_POST = do_GET

    def _serve(self, path: str) -> None:
        info, _, query = path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        said = subprocess.run(
            ["git", "http-backend"], input=self.rfile.read(size), capture_output=True, check=False,
            env={
                **PLAIN, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": info, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(size),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        ).stdout  # fmt: skip
        head, _, body = said.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A test prints nothing."""


@contextmanager
def serving(root: Path, certificate: Path) -> Iterator[Server]:
    """The server, on a free port of this machine."""
    server = Server(("127.0.0.1", 0), Handler)
    server.root, server.asked = root, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
