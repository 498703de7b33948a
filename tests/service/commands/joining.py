"""Contributions of several people, built on one another, with a judge that lets all of them pass."""

from __future__ import annotations

from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from service.db import words
from service.db.tables import Contribution, Wanted
from service.lines import triage
from service.lines.authors import JOINS
from tests.lines.batch_world import LEAF, SEED
from tests.lines.forge_world import Kind
from tests.service.commands.stage import Stage, person
from webhooks.event import Pushed

TIDES = "knowledge/tides/qna.yaml"


def leaf(*seeds: int) -> str:
    """A leaf about tides with these seeds."""
    return LEAF.format(name="tides") + "".join(SEED.format(name="tides", n=n) for n in seeds)


class Joining(Stage):
    """1 is ada's, 2 is bo's: both add seeds to one leaf of the base branch. 3 is cy's, and holds 1."""

    def __init__(self, folder: Path, policy: str = "") -> None:
        super().__init__(folder, policy)
        self.house.judge = Kind()
        self.write(TIDES, leaf(1))
        self.commit("A leaf")
        self.push(1, "ada", {TIDES: leaf(1, 2)}, str(self.git.references["refs/heads/main"].target))
        self.propose(2, "bo", {TIDES: leaf(1, 3)})
        self.propose(3, "cy", {TIDES: leaf(1, 2, 4)})
        self.push(3, "cy", {TIDES: leaf(1, 2, 4)}, self.member(1).head)

    def made(
        self, author: str, files: dict[str, str], *parents: str, sign: bool = True, text: str = ""
    ) -> str:
        """A commit of somebody's on these; its files are on what the first one holds."""
        index = pygit2.Index()
        index.read_tree(self.git[parents[0]].peel(pygit2.Tree))
        for path, body in files.items():
            index.add(pygit2.IndexEntry(path, self.git.create_blob(body.encode()), FileMode.BLOB))
        who = pygit2.Signature(author, f"{author}@example.org", 100, 0)
        trailer = f"\nSigned-off-by: {author} <{author}@example.org>\n" if sign else ""
        message = f"{text or 'More'}\n{trailer}"
        on = [pygit2.Oid(hex=each) for each in parents]
        return str(self.git.create_commit(None, who, who, message, index.write_tree(self.git), on))

    def push(self, number: int, author: str, files: dict[str, str], *parents: str, sign: bool = True) -> str:
        """A new revision, taken in and judged."""
        return self.take(number, author, self.made(author, files, *parents, sign=sign))

    def take(self, number: int, author: str, head: str) -> str:
        """A head of somebody's is pushed, and its delivery is acted on."""
        self.git.references.create(f"refs/pull/{number}/head", pygit2.Oid(hex=head), force=True)
        event = Pushed("plain", "t", number, head, "main", f"t{number}", person(author), "tides")
        triage.seen(self.house, self.repository, event)
        return head

    def change(self, number: int, **told: object) -> None:
        """A contribution stands so."""
        with self.house.database.write() as session:
            row = session.get_one(Contribution, ("t", number))
            for key, value in told.items():
                setattr(row, key, value)
            session.add(row)

    def states(self) -> list[str]:
        """Where the three stand."""
        return [self.member(number).state for number in (1, 2, 3)]

    def held(self, number: int) -> list[int]:
        """Those that go on in one."""
        with self.house.database.read() as session:
            return [int(each.body["number"]) for each in words.standing(session, "t", [JOINS], number)]

    def said(self, number: int) -> str:
        """What its first comment says, with what stands around it."""
        with self.house.database.read() as session:
            report = session.get_one(Wanted, ("t", number)).report
        return "\n".join([report["comments"]["triage"], *report.get("waits", ())])
