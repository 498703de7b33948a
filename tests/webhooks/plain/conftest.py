"""A plain forge in a temporary folder, desks of people who push to it, and a door that writes down who rang."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pygit2
import pytest

from webhooks.plain.forge import PlainForge
from webhooks.plain.places import SPOOL
from webhooks.plain.setup import init

WHO = pygit2.Signature("Somebody", "somebody@example.org", 1_700_000_000, 0)
SECRET = b"a-secret"


class Rung(NamedTuple):
    """One delivery as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


class Bell:
    """A door that answers everybody with `status` and remembers what they said."""

    def __init__(self) -> None:
        self.rung: list[Rung] = []
        self.status = 202
        self.meanwhile: Callable[[], None] = lambda: None  # what happens before it answers
        bell = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                bell.rung.append(Rung(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                bell.meanwhile()
                self.send_response(bell.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket.listen(64)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Pushed(NamedTuple):
    """How a push ended: whether it was taken, and what the pusher read."""

    ok: bool
    text: str


class Ground:
    """A plain forge with one commit on main, and a desk with the objects that people push."""

    def __init__(self, path: Path, desk: Path, secret: Path) -> None:
        self.path, self.secret = path, secret
        self.forge = PlainForge(path)
        self.repo = pygit2.Repository(str(path))
        self.desk = pygit2.Repository(str(desk))
        self.base = str(self.desk.references["refs/heads/main"].target)

    @property
    def owner(self) -> str:
        return str(self.repo.config["upweight.owner"])

    def commit(
        self, files: Mapping[str, str], parent: str | None = "", message: str = "A subject\n\nMore.\n"
    ) -> str:
        """A commit on somebody's desk, on the base where no parent is named."""
        index = pygit2.Index()
        for path, text in files.items():
            blob = self.desk.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        parents = [] if parent is None else [pygit2.Oid(hex=parent or self.base)]
        return str(self.desk.create_commit(None, WHO, WHO, message, index.write_tree(self.desk), parents))

    def push(
        self, *specs: str, person: str = "ada", options: tuple[str, ...] = (), **environment: str
    ) -> Pushed:
        """A real `git push` of `commit:ref` by a person."""
        told = [part for option in options for part in ("-o", option)]
        command = ["git", "-C", self.desk.path, "push", *told, str(self.path), *specs]
        env = {k: v for k, v in os.environ.items() if not k.startswith("UPWEIGHT_")}
        env |= {"UPWEIGHT_PLAIN_USER": person} if person else {}
        done = subprocess.run(command, env=env | environment, capture_output=True, text=True, timeout=60)
        return Pushed(done.returncode == 0, done.stderr)

    def contribute(self, topic: str = "lamps", person: str = "ada", text: str = "x") -> tuple[int, str]:
        """A contribution that is taken: its number and its head."""
        head = self.commit({"README.md": "hello\n", f"{topic}.txt": text}, message=f"About {topic}\n")
        pushed = self.push(f"{head}:refs/for/main", person=person, options=(f"topic={topic}",))
        assert pushed.ok, pushed.text
        return next(pull.number for pull in self.forge.open_pulls() if pull.head == head), head

    def spooled(self) -> list[str]:
        """The events that wait in the spool."""
        return [delivery.event for delivery in self.forge.spooled()]


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A forge with its first commit, made once; tests play on copies."""
    folder = tmp_path_factory.mktemp("planted")
    secret = folder / "secret"
    secret.write_bytes(SECRET + b"\n")
    desk = pygit2.init_repository(str(folder / "desk.git"), bare=True)
    tree = desk.TreeBuilder()
    tree.insert("README.md", desk.create_blob(b"hello\n"), pygit2.enums.FileMode.BLOB)
    desk.create_commit("refs/heads/main", WHO, WHO, "First\n", tree.write(), [])
    made = Ground(init(folder / "taxonomy.git", "", secret), folder / "desk.git", secret)
    pushed = made.push(f"{made.base}:refs/heads/main", person=made.owner)
    assert pushed.ok, pushed.text
    for file in (made.path / SPOOL).iterdir():  # nobody waits to hear of the first commit
        file.unlink()
    made.repo.config["core.fsync"] = "none"  # the machine won't lose power in a test
    for sample in (made.path / "hooks").glob("*.sample"):
        sample.unlink()
    return made


@pytest.fixture
def ground(planted: Ground, tmp_path: Path) -> Ground:
    """A forge whose door is nowhere: what is said waits in the spool."""
    path = tmp_path / "taxonomy.git"
    shutil.copytree(planted.path, path)
    return Ground(path, Path(planted.desk.path), planted.secret)


@pytest.fixture
def bell(ground: Ground) -> Iterator[Bell]:
    """The forge's door."""
    door = Bell()
    ground.forge.set_url(door.url)
    yield door
    door.stop()
