"""A forge on another machine as far as lines see it, in memory: what is open there, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.db.tables import Repository
from service.house import House
from webhooks.event import Person, Pushed
from webhooks.forge import Found, FoundComment, Pull, Right
from webhooks.report import Check


@dataclass
class Remote:
    """What is open on it, by number; `trouble` is raised instead of the next answers."""

    pulls: dict[int, Pull] = field(default_factory=dict)
    shown: dict[int, Found] = field(default_factory=dict)
    trouble: list[Exception] = field(default_factory=list)
    behind: bool = False  # its list knows of nothing yet
    lists: int = 0
    looks: list[int] = field(default_factory=list)
    written: list[tuple[int, str]] = field(default_factory=list)  # what notified
    forgotten: int = 0
    triagers: frozenset[str] = frozenset({"tom"})
    maintainers: frozenset[str] = frozenset()
    closed: list[int] = field(default_factory=list)

    def open_pulls(self) -> list[Pull]:
        self._fail()
        self.lists += 1
        return [] if self.behind else sorted(self.pulls.values(), key=lambda pull: pull.number)

    def pull(self, number: int) -> Pull | None:
        self._fail()
        return self.pulls.get(number)

    def pushed(self, pull: Pull) -> Pushed:
        about = (pull.number, pull.head, pull.base, pull.topic, pull.author, pull.title)
        return Pushed("remote", "ada/bells", *about)

    def found(self, number: int, purposes: frozenset[str]) -> Found:
        self._fail()
        self.looks.append(number)
        return self.shown.get(number, Found())

    def write(self, number: int, purpose: str, text: str) -> str:
        self.written.append((number, purpose))
        found = self.shown.get(number, Found())
        comments = (*found.comments, FoundComment(purpose, purpose, text))
        self._show(number, Found(comments, found.labels, found.check))
        return purpose

    def edit(self, number: int, identity: str, text: str) -> None:
        found = self.shown[number]
        comments = tuple(
            FoundComment(c.id, c.purpose, text if c.id == identity else c.text) for c in found.comments
        )
        self._show(number, Found(comments, found.labels, found.check))

    def remove(self, number: int, identity: str) -> None:
        found = self.shown[number]
        comments = tuple(c for c in found.comments if c.id != identity)
        self._show(number, Found(comments, found.labels, found.check))

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        found = self.shown.get(number, Found())
        self._show(number, Found(found.comments, found.labels - remove | add, found.check))

    def mark(self, number: int, check: Check) -> None:
        found = self.shown.get(number, Found())
        self._show(number, Found(found.comments, found.labels, check))

    def close(self, number: int, how: str) -> None:
        self._fail()
        if self.pulls.pop(number, None) is not None:
            self.closed.append(number)

    def right(self, person: Person) -> Right:
        if person.id in self.maintainers:
            return Right.maintain
        return Right.triage if person.id in self.triagers else Right.read

    def forget_rights(self) -> None:
        self.forgotten += 1

    def _show(self, number: int, found: Found) -> None:
        self.shown[number] = found

    def _fail(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


@dataclass
class Abroad(House):
    """A house whose repositories live on this forge; their mirror is the bare repository as ever."""

    remote: Remote = field(default_factory=Remote)

    def forge(self, repository: Repository) -> Any:
        """The forge in memory."""
        return self.remote


def abroad(house: House) -> Abroad:
    """The same house with its repository `t` on a forge on another machine, which calls it ada/bells."""
    with house.database.write() as session:
        row = session.get_one(Repository, "t")
        row.forge, row.name = "remote", "ada/bells"
        session.add(row)
    return Abroad(house.settings, house.database, judge=house.judge)
