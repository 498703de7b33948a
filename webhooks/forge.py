"""What a forge can do for us, in small protocols; a forge may lack one, and then says so by not having it.

They are synchronous: the lines of the service run in workers' threads. Errors: ``Moved`` where somebody was faster,
``Denied`` where the forge refuses and asking again is no use, ``OSError`` where it can't be reached (try later; a
``Busy`` says when).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import msgspec

from webhooks.event import Person, Pushed
from webhooks.report import Annotation, Check


class Moved(Exception):
    """A ref or a head is not where the caller saw it; look again and decide anew."""


class Denied(Exception):
    """The forge refuses, with its reason: a right that we lack, a rule of a branch, what is not there."""


class Busy(OSError):
    """The forge asks us to wait: `after` seconds from now."""

    def __init__(self, why: str, after: float) -> None:
        super().__init__(why)
        self.after = after


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
    """An open contribution as the forge lists it; `mends` tells if its author lets us push to its branch."""

    number: int
    head: str
    base: str
    topic: str
    title: str
    author: Person
    created: float
    text: str | None = None
    draft: bool = False
    labels: frozenset[str] = frozenset()
    mends: bool = False
    updated: float = 0.0  # when anything of it changed last, by the forge's clock: its head stands since then


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
        """What this person may do; `none` where it can't be found out. Raises Busy where it can be soon."""
        ...


@runtime_checkable
class Groups(Protocol):
    """Named groups of people, as lists of owners name them."""

    def member(self, person: Person, group: str) -> bool:
        """Whether this person is in `group` (`org/team` or `group/subgroup`); False where it can't be found out.

        Raises Busy where it can be soon.
        """
        ...


@runtime_checkable
class Logins(Protocol):
    """People by the names that they go by now."""

    def person(self, login: str) -> Person | None:
        """Who goes by this name; None where nobody does. Raises OSError or Denied where it can't be found out."""
        ...


@runtime_checkable
class Board(Protocol):
    """One issue of ours that is edited in place; it belongs to the repository, not to a contribution."""

    def board(self, title: str) -> tuple[str, str]:
        """The id of our open issue with this title and its text; made, with no text, where there is none."""
        ...

    def redraw(self, identity: str, text: str) -> None:
        """Another text for it; it notifies nobody."""
        ...


@runtime_checkable
class Ourselves(Protocol):
    """Whom our own account is, on a forge where it may be one like any other."""

    def ours(self, person: Person) -> bool:
        """Whether that is us. Raises OSError or Denied where it can't be found out."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A forge that keeps for a while who may do what."""

    def forget_rights(self) -> None:
        """Ask anew from now on: somebody told that rights changed."""
        ...


Reaction = Literal["heard", "done", "refused"]


@runtime_checkable
class Reactions(Protocol):
    """Answers to a person's comment that notify nobody."""

    def react(self, number: int, comment: str, reaction: Reaction) -> None:
        """Put the mark on the comment of this id; a second time changes nothing."""
        ...


@runtime_checkable
class Suggestions(Protocol):
    """Changes at lines that a person takes over with one click."""

    def suggest(self, number: int, head: str, remarks: Sequence[Annotation]) -> int:
        """Show these, and no others of ours, at this revision; gives how many requests it took (0: it did already)."""
        ...


@runtime_checkable
class Merging(Protocol):
    """Moving the branches of the taxonomy."""

    def merge(self, number: int, head: str, message: str) -> str:
        """Merge a contribution at `head`; returns the commit. Raises Moved where its head is another, Denied."""
        ...

    def advance(self, branch: str, old: str, new: str) -> None:
        """Fast-forward a branch from `old` to `new`. Raises Moved where it is not at `old`, Denied."""
        ...


@runtime_checkable
class Mending(Protocol):
    """Moving a contribution on by ourselves, on a forge that lies on this disk."""

    def mend(self, number: int, old: str, new: str) -> None:
        """Move it from `old` to `new`, a commit of our repository. Raises Moved where it is not at `old`, Denied."""
        ...


class Source(msgspec.Struct, frozen=True):
    """The branch that a contribution comes from, and where Git finds its repository, by the operator's template."""

    url: str
    branch: str


@runtime_checkable
class MendedByPush(Protocol):
    """A forge where that branch lies in whichever repository its author has: our mirror pushes to it."""

    def source(self, number: int) -> Source:
        """Where we may push. Raises Denied where we may not, with what somebody can do about it; OSError."""
        ...

    def signature(self) -> tuple[str, str] | None:
        """Name and e-mail address that a commit of ours is known by there; None where nobody says. Raises OSError."""
        ...


@runtime_checkable
class MovedByPush(Protocol):
    """A forge whose API moves no branch: our mirror pushes, and `advance` is never called."""

    moves_by_push: bool


@runtime_checkable
class Closing(Protocol):
    """Ending a contribution."""

    def close(self, number: int, how: str) -> None:
        """End it (`how`: merged, rejected ...); what is ended stays as it is."""
        ...


@runtime_checkable
class Releases(Protocol):
    """Releases as the forge shows them."""

    def tag(self, name: str, target: str, message: str) -> str:
        """An annotated tag; again for the same target is fine. Raises Moved where it is elsewhere."""
        ...

    def release(self, tag: str, title: str, notes: str, assets: Sequence[Path]) -> str:
        """A release of a tag with its files; returns its address. A second call adds what is missing. Raises Denied."""
        ...


@runtime_checkable
class Listing(Protocol):
    """Catching up after lost deliveries."""

    def open_pulls(self) -> list[Pull]:
        """Every open contribution with its newest head, by number."""
        ...

    def pull(self, number: int) -> Pull | None:
        """One open contribution; None where it is closed or unknown."""
        ...

    def pushed(self, pull: Pull) -> Pushed:
        """The event that a delivery for this head would have told."""
        ...


@runtime_checkable
class Remote(Protocol):
    """The Git side of a forge that is not on this disk."""

    def git_url(self) -> str:
        """Where the taxonomy is fetched from; it comes from the operator's settings, never from a payload."""
        ...

    def git_login(self) -> tuple[str, str] | None:
        """A user and a token that are good for some minutes; None where none is needed. Never to be logged."""
        ...

    def heads(self) -> str:
        """The refspec that brings the heads of contributions to `refs/pull/N/head`."""
        ...
