"""A storm of deliveries, of which a third are repeats, in any order, at a service that is killed again and again."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pygit2
from pygit2.enums import FileMode
from sqlmodel import col, select

from benchmarks.door_load import free_port
from service.db.engine import Database, sqlite_url
from service.db.tables import Contribution, Delivery, Wanted
from service.lines.states import BEFORE_MERGE
from service.settings import at_home, plain_secret
from webhooks.event import Person
from webhooks.forge import Pull
from webhooks.plain.forge import PlainForge
from webhooks.plain.places import head_ref
from webhooks.plain.ring import sign
from webhooks.plain.setup import init

WHO = pygit2.Signature("Ada", "ada@example.org", 1, 0)
PEOPLE = 8  # connections of the sender
SENDER_GIVES_UP = 600.0


@dataclass(frozen=True)
class Letter:
    """One delivery; `happens` is what has happened on the forge once it is sent: a head, or the end."""

    id: str
    event: str
    body: dict[str, Any]
    happens: str = ""


@dataclass
class Sea:
    """A forge and a home, what is to be sent, and what must have become of it."""

    folder: Path
    seed: int
    calls: set[str] = field(default_factory=set)
    heads: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.home = self.folder / "home"
        self.secret_file = plain_secret(self.home)
        self.port = free_port()
        self.bare = init(self.folder / "t.git", f"http://127.0.0.1:{self.port}", self.secret_file)
        self.git, self.forge = pygit2.Repository(str(self.bare)), PlainForge(self.bare)
        self.base = self.git.create_commit("refs/heads/main", WHO, WHO, "Begin\n", self._tree(b"Begin\n"), [])
        self._guard = threading.Lock()
        self._open: set[int] = set()

    def _tree(self, data: bytes) -> pygit2.Oid:
        index = pygit2.Index()
        index.add(pygit2.IndexEntry("note.txt", self.git.create_blob(data), FileMode.BLOB))
        return index.write_tree(self.git)

    def brew(self, deliveries: int, contributions: int) -> None:
        """Write the letters: pushes of two revisions, comments with commands and without, ends; then the repeats."""
        once = deliveries * 2 // 3
        for number in range(1, contributions + 1):
            heads = [self._revision(number, revision) for revision in (1, 2)]
            self.heads[number] = heads[1]
            for head in heads:
                self._letter("pushed", number, self._pushed(number, head), f"{number}/{head}")
            if number % 10 == 0:
                self.closed.add(number)
                self._letter("closed", number, {"person": {"id": "ada"}}, f"{number}/closed")
        while len(self.letters) < once:
            self._comment(self.random.randint(1, contributions))
        self.letters += [self._again(self.random.choice(self.letters)) for _ in range(deliveries - once)]
        self.random.shuffle(self.letters)

    def _revision(self, number: int, revision: int) -> str:
        tree = self._tree(f"Contribution {number}, revision {revision}\n".encode())
        return str(self.git.create_commit(None, WHO, WHO, f"Note {number}\n", tree, [self.base]))

    def _pushed(self, number: int, head: str) -> dict[str, Any]:
        return {
            "head": head,
            "base": "main",
            "topic": f"n{number}",
            "title": f"Note {number}",
            "author": {"id": "ada"},
        }

    def _comment(self, number: int) -> None:
        place = len(self.letters)
        calls = [f"{place}-{n}" for n in range(self.random.choice((0, 1, 1, 2)))]
        self.calls |= set(calls)
        text = "Dear all,\n" + "".join(f"@upweight tally {call}\n" for call in calls)
        self._letter("commented", number, {"text": text, "id": f"c{place}", "author": {"id": "bo"}})

    def _letter(self, event: str, number: int, about: dict[str, Any], happens: str = "") -> None:
        body = {"schema": 1, "repository": "t", "number": number, **about}
        self.letters.append(Letter(f"letter-{len(self.letters)}", event, body, happens))

    def _again(self, letter: Letter) -> Letter:
        """The same delivery, or the same news by another one, as where two hooks are set."""
        other = f"{letter.id}-{self.random.randint(0, 10**9)}"
        return Letter(letter.id if self.random.random() < 0.5 else other, letter.event, letter.body)

    def happen(self, letter: Letter) -> None:
        """Let the forge be where it is when it sends this; what has happened is never undone."""
        number = int(letter.body["number"])
        with self._guard:
            if number not in self._open:
                self._open.add(number)
                first = self._revision(number, 1)
                self.forge.adopt(Pull(number, first, "main", f"n{number}", f"Note {number}", _ADA, 1.0))
            _, _, what = letter.happens.partition("/")
            if what == "closed":
                self.forge.close(number, "closed")
            elif what == self.heads[number]:
                self.git.references.create(head_ref(number), what, force=True)


_ADA = Person("plain", "ada", "ada")


class Storm:
    """Sends everything until it is answered, and kills the service at moments that the sea draws by lot."""

    def __init__(self, sea: Sea, kills: int) -> None:
        self.sea, self.kills = sea, kills
        self.secret = sea.secret_file.read_bytes().strip()
        self.answered = 0
        self.killed = 0
        self._letters: SimpleQueue[Letter] = SimpleQueue()
        self._troubles: list[BaseException] = []
        self._starter: subprocess.Popen[str] | None = None
        self._pid = 0

    def rage(self) -> None:
        """All of it; returns when the work is done too. Half the kills fall while deliveries still come."""
        for letter in self.sea.letters:
            self._letters.put(letter)
        moments = sorted(
            self.sea.random.randrange(len(self.sea.letters)) for _ in range(self.kills - self.kills // 2)
        )
        self._prepare()
        self._start()
        senders = [threading.Thread(target=self._send_all, daemon=True) for _ in range(PEOPLE)]
        for sender in senders:
            sender.start()
        try:
            for moment in moments:
                self._wait(lambda moment=moment: self.answered >= moment, 600, "deliveries to be answered")
                self._kill()
            for sender in senders:
                sender.join(600)
                assert not sender.is_alive(), "a sender hangs"
            assert not self._troubles, self._troubles
            for _ in range(self.kills // 2):
                time.sleep(self.sea.random.random() ** 3 * 3)
                self._kill()
            self._wait(self._settled, 900, "the work to be done")
        finally:
            self._end()

    def _prepare(self) -> None:
        """The process that starts the service as often as it is asked to."""
        command = [
            sys.executable,
            "-m",
            "tests.lines.storm.service",
            "up",
            "--home",
            str(self.sea.home),
            "--by-hand",
        ]
        command += ["--repository", str(self.sea.bare), "--port", str(self.sea.port), "--model", "tiny"]
        with (self.sea.folder / "service.log").open("a") as log:
            self._starter = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_environment(),
            )

    def _start(self) -> None:
        assert self._starter is not None
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.write("\n")
        self._starter.stdin.flush()
        self._pid = int(self._starter.stdout.readline() or 0)
        assert self._starter.stdout.readline(), (self.sea.folder / "service.log").read_text()[-2000:]

    def _kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self.killed += 1
        self._start()

    def _end(self) -> None:
        if self._starter is not None:
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)
            self._starter.communicate(timeout=30)

    def _send_all(self) -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.sea.port, timeout=30)
            while True:
                self._send(connection, self._letters.get_nowait())
        except Empty:
            return
        except BaseException as trouble:  # a thread of the test: told at its end
            self._troubles.append(trouble)

    def _send(self, connection: http.client.HTTPConnection, letter: Letter) -> None:
        self.sea.happen(letter)
        body = json.dumps(letter.body).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Upweight-Delivery": letter.id,
            "X-Upweight-Event": letter.event,
            "X-Upweight-Signature-256": sign(self.secret, body),
        }
        until = time.monotonic() + SENDER_GIVES_UP
        while time.monotonic() < until:
            try:
                connection.request("POST", "/webhooks/plain", body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.05)
                continue
            assert answer.status in (202, 503), answer.status
            if answer.status == 202:
                self.answered += 1
                return
        raise AssertionError(f"nobody took {letter.id}")

    def _settled(self) -> bool:
        with self.sea_database().read() as session:
            if session.exec(select(Delivery.id).where(Delivery.state == "kept").limit(1)).first():
                return False
            if session.exec(select(Wanted.number).where(Wanted.said < Wanted.version).limit(1)).first():
                return False
            rows = session.exec(select(Contribution).where(col(Contribution.state).in_(BEFORE_MERGE)))
            return all(row.verdict is not None for row in rows)

    def sea_database(self) -> Database:
        """The service's own database, read beside it."""
        if not hasattr(self, "_database"):
            self._database = Database(sqlite_url(self.sea.home / "upweight.db"))
        return self._database

    def _wait(self, until: Any, seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}: {self.answered} answered"
            assert not self._troubles, self._troubles
            time.sleep(0.05)


def _environment() -> dict[str, str]:
    return {**at_home(), "UPWEIGHT_RULE_PROCESSES": "1"}
