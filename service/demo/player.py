"""Play a story through real pushes, the real door and the real service, and tell what happened.

The player is a maintainer at a keyboard: it pushes as the contributors, approves what passed, starts batches
and cuts releases by the service's API, and reads what became of it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pygit2
from sqlmodel import Session, select

from service import settings
from service.db.engine import Database, sqlite_url
from service.db.tables import Batch, Contribution, Release, Run
from service.demo import documents, people, summary, telling
from service.demo.process import Base, StoryEnds, start_service, stop_service
from service.demo.story import Contribution as Written
from service.demo.story import Story
from webhooks.plain.setup import init

NAME = "taxonomy"
PATIENCE = 20.0  # seconds of silence before we say what is being done
DECIDED = ("passed", "inconclusive", "failed", "stalled", "released")


@dataclass
class Player:
    """One play of a story in one home."""

    story: Story
    home: Path
    model: str
    seed: int
    tell: Callable[[str], None]
    port: int = 0
    insists: bool = False  # overrides what the gate does not pass (to test crashes, not gates)
    revives: bool = False  # starts a service that was killed again
    passing: Callable[[list[str]], None] | None = (
        None  # hears what is being done; None: it is told, as all else is
    )
    patience: float = PATIENCE
    numbers: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    url: str = ""
    link: str = ""
    server: subprocess.Popen[str] | None = None
    base: Base | None = None
    judged_otherwise: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _at: float = field(default_factory=time.monotonic)
    _moment: int = 0

    def play(self) -> dict[str, Any]:
        """The whole story; gives the summary that `upweight demo --json` prints."""
        self._prepare()
        told: set[int] = set()
        for it in self.story.contribution:
            for batch in [b for b in self.story.batches if b not in told and it.batch and b < it.batch]:
                self._batch(batch)
                told.add(batch)
            self._contribute(it)
        self._lap("contributions")
        for batch in [b for b in self.story.batches if b not in told]:
            self._batch(batch)
        return self.summary()

    @property
    def bare(self) -> Path:
        """The forge."""
        return self.home / "repositories" / f"{NAME}.git"

    def _lap(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = round(self.seconds.get(name, 0) + now - self._at, 1)
        self._at = now

    def _prepare(self) -> None:
        for line in telling.opening(self.story, self.model):
            self.tell(line)
        self.base = Base(self.model, self.home)
        if self.story.documents.is_dir():
            documents.build(self.story.documents, self.home / "documents.git")
        init(self.bare, "http://127.0.0.1:9", settings.plain_secret(self.home))
        owner = people.owner(self.story)
        pygit2.Repository(str(self.bare)).config["upweight.owner"] = owner
        people.plant(self.story, self.bare, self.home / "desks" / "owner", owner)
        self.start()
        self._lap("service")

    def start(self) -> None:
        """Start the service on this home; a second time it goes on where it was."""
        given = ["--port", str(self.port), "--model", self.model, "--seed", str(self.seed), "--by-hand"]
        given += ["--guard", str(self.story.guard)]
        if (self.home / "documents.git").exists():
            given += ["--documents", str(self.home / "documents.git")]
        self.server, self.url, self.link = start_service(self.home, self.bare, given)
        self.port = int(self.url.rsplit(":", 1)[1])
        self.tell(f"The service listens on {self.url}.")

    def stop(self) -> None:
        """Stop the service in good order, and what else was begun."""
        stop_service(self.server)
        if self.base is not None:
            self.base.stop()

    def _contribute(self, it: Written) -> None:
        for turn in range(len(it.commits)):
            self._moment += 1
            desk = self.home / "desks" / it.topic
            number, head = people.push(self.story, it, turn, self.bare, desk, self._moment)
            self.numbers[it.topic] = number
            verdict = self._wait(partial(self._judged, number, head), 120, f"a verdict on #{number}")
            what = f": {it.title}" if turn == 0 else " mends it"
            self.tell(f"#{number} {it.author}{what} → {verdict['verdict']}")
            self.compare(it, turn, verdict["verdict"])
            for finding in [f for f in verdict["findings"] if f["weight"] != "note"][:3]:
                where = f"{finding['path']}:{finding['line'] or 1} " if finding["path"] else ""
                self.tell(f"     {where}{finding['message']}")
        if it.batch and verdict["verdict"] in ("passed", "needs-human"):
            self.act("approve", {"number": number, "head": head})
            self._wait(lambda s: self._merged(s, number), 60, f"#{number} to be merged")
            self.tell("     approved and merged")

    def compare(self, it: Written, turn: int, verdict: str) -> None:
        """Keep where a push was judged otherwise than the story says; the play goes on."""
        if turn < len(it.verdicts) and it.verdicts[turn] != verdict:
            said = f"push {turn + 1} of {it.topic} should be judged {it.verdicts[turn]} and was {verdict}"
            self.judged_otherwise.append(said)

    def _judged(self, number: int, head: str, session: Session) -> dict[str, Any] | None:
        row = session.get(Contribution, (NAME, number))
        return row.verdict if row and row.head == head else None

    def _merged(self, session: Session, number: int) -> Contribution | None:
        row = session.get(Contribution, (NAME, number))
        if row and row.state == "conflicted":
            raise StoryEnds(f"#{number} conflicts with the base branch.")
        return row if row and row.merged else None

    def _batch(self, number: int) -> None:
        members = [self.numbers[it.topic] for it in self.story.in_batch(number) if it.topic in self.numbers]
        with self._database().read() as session:
            rows = [session.get_one(Contribution, (NAME, n)) for n in members]
        members = [row.number for row in rows if row.state == "merged"]
        if not members:
            raise StoryEnds(f"Nothing of batch {number} was merged.")
        self._lap("contributions")
        if self.base is not None:
            self.base.wait(self.tell)
            self._lap("base")
        batch = self._form(members)
        told = telling.Told()
        decided = partial(self._decided, batch, told)
        row = self._wait(decided, 4 * 3600, f"batch {batch}", partial(self._at_work, batch))
        self._lap(f"batch {batch}")
        if row.state in ("inconclusive", "failed") and self.insists:
            self.act("override", {"batch": batch, "reason": "Told to insist."})
        elif row.state != "passed":
            raise StoryEnds(f"Batch {batch} ended {row.state}.")
        questions = [ask.question for ask in self.story.ask]
        self.act("cut", {"questions": questions})
        self.tell("It passed: the weights are put together, and both models are asked the same ...")
        released = partial(self._released, batch, told)
        release = self._wait(released, 1800, "the release", partial(self._at_work, batch))
        self.tell(f"Released {release.version}: {release.directory}")
        if gained := telling.gained(release):
            self.tell(gained)
        self._lap(f"release {release.version}")
        self.seconds[release.version] = round(self._at - self._began, 1)  # from the start

    def _form(self, members: list[int]) -> int:
        self.tell(
            f"A batch of {telling.numbers(members)}: it is trained twice, side by side, then comes the gate ..."
        )
        self.act("batch", {"numbers": members})
        with self._database().read() as session:
            found = [b for b in session.exec(select(Batch)) if sorted(b.members) == sorted(members)]
        for note in found[0].spec.get("notes", ()):
            self.tell(f"     {note}")
        return found[0].id

    def _decided(self, batch: int, told: telling.Told, session: Session) -> Batch | None:
        row = session.get_one(Batch, (NAME, batch))
        self._tell_news(row, told, session)
        return row if row.state in DECIDED else None

    def _tell_news(self, row: Batch, told: telling.Told, session: Session) -> None:
        for line in told.news(row, session.exec(select(Run).where(Run.batch == row.id)).all()):
            self.tell(line)

    def _at_work(self, batch: int, session: Session) -> list[str]:
        """How far the runs at work are, and how long each will still take."""
        running = session.exec(select(Run).where(Run.batch == batch, Run.state == "running")).all()
        return [telling.how_far(run, time.time()) for run in running]

    def _released(self, batch: int, told: telling.Told, session: Session) -> Release | None:
        self._tell_news(session.get_one(Batch, (NAME, batch)), told, session)
        rows = session.exec(select(Release).where(Release.batch == batch)).all()
        return rows[0] if rows and rows[0].state == "announced" else None

    def act(self, command: str, arguments: dict[str, Any]) -> str:
        """A maintainer's word, by the API; raises StoryEnds where it is refused."""
        token = (self.home / "secrets" / "api").read_text().strip()
        while True:
            try:
                answer = httpx.post(
                    f"{self.url}/api/r/{NAME}/act",
                    json={"command": command, "arguments": arguments},
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=60,
                    trust_env=False,  # our own service is behind no proxy
                )
                break
            except httpx.TransportError:
                if not self.revives:
                    raise
                if self.server is not None and self.server.poll() is not None:
                    self.start()
        body = answer.json()
        if not body.get("ok"):
            raise StoryEnds(f"{command}: {body}")
        return str(body.get("sentence", ""))

    def _database(self) -> Database:
        return Database(sqlite_url(settings.store_file(self.home)))

    def _wait(
        self,
        look: Callable[[Session], Any],
        at_most: float,
        what: str,
        at_work: Callable[[Session], list[str]] = lambda _: [],
    ) -> Any:
        database, until = self._database(), time.monotonic() + at_most
        told, pause = time.monotonic(), 0.1
        try:
            while time.monotonic() < until:
                with database.read() as session:
                    found = look(session)
                    doing = at_work(session) if time.monotonic() - told > self.patience else []
                if found is not None:
                    return found
                if self.server is not None and self.server.poll() is not None:
                    if self.revives:
                        self.start()
                        continue
                    raise StoryEnds(
                        f"The service ended while we waited for {what}; see {self.home / 'service.log'}."
                    )
                if time.monotonic() - told > self.patience:
                    told = time.monotonic()
                    self._pass(doing or [f"still waiting for {what}"])
                time.sleep(pause)
                pause = min(1.02 * pause, 0.5)  # whoever trains needs the cores
        finally:
            database.close()
        raise StoryEnds(f"Waited {at_most:.0f} s for {what}.")

    def _pass(self, lines: list[str]) -> None:
        """Say what is being done; at a terminal it is written over by what comes next."""
        if self.passing is not None:
            self.passing(lines)
            return
        for line in lines:
            self.tell(f"     ... {line}")

    def summary(self) -> dict[str, Any]:
        """What happened, in the form that `upweight demo --json` promises."""
        hidden = {c.topic for c in self.story.culprit}
        data = summary.of(self._database(), sorted(self.numbers[t] for t in hidden if t in self.numbers))
        recipe = "tiny" if self.model == "tiny" else "laptop"
        about = {"seed": self.seed, "model": self.model, "recipe": recipe}
        return {**about, **data, "seconds": self.seconds, "url": self.url}

    def otherwise(self) -> list[str]:
        """Where the story ended otherwise than its script says."""
        data = self.summary()
        by_number = {c["number"]: c for c in data["contributions"]}
        wrong = list(self.judged_otherwise)
        for it in self.story.contribution:
            row = by_number.get(self.numbers.get(it.topic, -1))
            ends, is_now = self.story.ends(it), row["state"] if row else "not there"
            if ends and is_now != ends:
                wrong.append(f"{it.topic} should end {ends} and is {is_now}")
        if data["culprit"]["expected"] != data["culprit"]["found"]:
            wrong.append(
                f"the culprit is {data['culprit']['expected']}, found was {data['culprit']['found']}"
            )
        if len(data["releases"]) != len(self.story.batches):
            wrong.append(f"{len(self.story.batches)} releases were meant, {len(data['releases'])} were made")
        return wrong
