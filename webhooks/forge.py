"""What a forge can do for us, in small protocols; a forge may lack one, and then says so by not having it.

They are synchronous: the lines of the service run in workers' threads, and each call is one request. Errors:
``Moved`` where somebody was faster, ``OSError`` where the forge can't be reached (try later).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol, runtime_checkable

import msgspec

from webhooks.event import Person, Pushed
from webhooks.report import Check, Report


class Moved(Exception):
    """A ref or a head is not where the caller saw it; look again and decide anew."""


class Right(IntEnum):
    """What a person may do. Not to find out means `none`."""

    none = 0
    read = 1
    triage = 2
    write = 3
    maintain = 4
    admin = 5


class FoundComment(msgspec.Struct, frozen=True):
    """A comment of ours as the forge shows it."""

    id: str
    purpose: str
    text: str


class Found(msgspec.Struct, frozen=True):
    """What a contribution shows now."""

    comments: tuple[FoundComment, ...] = ()
    labels: frozenset[str] = frozenset()
    check: Check | None = None


class Pull(msgspec.Struct, frozen=True):
    """An open contribution as the forge lists it."""

    number: int
    head: str
    base: str
    topic: str
    title: str
    author: Person
    created: float


@runtime_checkable
class Conversation(Protocol):
    """Comments and labels of a contribution."""

    def found(self, number: int, purposes: frozenset[str]) -> Found:
        """What it shows now, as far as we put it there."""
        ...

    def write(self, number: int, purpose: str, text: str) -> str:
        """A new comment; it notifies. Returns its id. A second call with the same purpose edits."""
        ...

    def edit(self, number: int, identity: str, text: str) -> None:
        """Change a comment of ours; it notifies nobody."""
        ...

    def remove(self, number: int, identity: str) -> None:
        """Take a comment of ours away."""
        ...

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and take away labels; what is so already stays."""
        ...


@runtime_checkable
class Checks(Protocol):
    """The mark beside a revision."""

    def mark(self, number: int, check: Check) -> None:
        """Set it, or change it where it is there."""
        ...


@runtime_checkable
class Rights(Protocol):
    """Who may do what."""

    def right(self, person: Person) -> Right:
        """What this person may do; `none` where it can't be found out."""
        ...


@runtime_checkable
class Merging(Protocol):
    """Moving the branches of the taxonomy."""

    def advance(self, branch: str, old: str, new: str) -> None:
        """Fast-forward a branch from `old` to `new`. Raises Moved where it is not at `old`."""
        ...


@runtime_checkable
class Releases(Protocol):
    """Releases as the forge shows them."""

    def tag(self, name: str, target: str, message: str) -> str:
        """An annotated tag; again for the same target is fine. Raises Moved where it is elsewhere."""
        ...


@runtime_checkable
class Listing(Protocol):
    """Catching up after lost deliveries."""

    def open_pulls(self) -> list[Pull]:
        """Every open contribution with its newest head, by number."""
        ...

    def pushed(self, pull: Pull) -> Pushed:
        """The event that a delivery for this head would have told."""
        ...


class Talking(Conversation, Checks, Protocol):
    """What it takes to show a report."""


def show(forge: Talking, report: Report) -> int:
    """Make the forge show a report; returns how many calls it took (0: it did already)."""
    from webhooks.reconcile import reconcile

    calls = reconcile(report, forge.found(report.number, frozenset(report.comments)))
    for call in calls:
        call.make(forge, report.number)
    return len(calls)
