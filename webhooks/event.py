"""The few things a forge tells us that we act on, as our own types; payloads stay in a forge's folder."""

from __future__ import annotations

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Somebody on a forge, known by the forge's stable id; the name is only for reading."""

    forge: str
    id: str
    name: str = ""


class Pushed(msgspec.Struct, frozen=True, tag=True):
    """A contribution was opened or reopened, has a new head, or another title, text, base or draft mark.

    `text` is what its author wrote about it, None where the forge does not tell; a draft is judged, and waits.
    `at` is a moment at which `head` stood there already, by the forge's clock (0: not told); `first` says that none
    stood there before.
    """

    forge: str
    repository: str
    number: int
    head: str
    base_branch: str
    topic: str
    author: Person
    title: str
    text: str | None = None
    draft: bool = False
    at: float = 0.0
    first: bool = False


class BranchMoved(msgspec.Struct, frozen=True, tag=True):
    """A branch of the taxonomy itself moved by another hand than ours."""

    forge: str
    repository: str
    branch: str
    old: str
    new: str
    person: Person


class Commented(msgspec.Struct, frozen=True, tag=True):
    """A person wrote under a contribution; `id` is the forge's id of what was written.

    `head` is the revision that stood there then, where the forge tells it; else `at` is when, by the forge's clock.
    """

    forge: str
    repository: str
    number: int
    author: Person
    text: str
    id: str
    head: str = ""
    at: float = 0.0


class Reviewed(msgspec.Struct, frozen=True, tag=True):
    """A person approved a revision on the forge, asked for changes, or took their word back; `text` may hold commands.

    `id` is the forge's id of the review; `said` is `approved`, `changes_requested`, `commented` or `dismissed`.
    """

    forge: str
    repository: str
    number: int
    head: str
    person: Person
    said: str
    text: str
    id: str


class Labelled(msgspec.Struct, frozen=True, tag=True):
    """A person put a label on a contribution, or took it away, while it stood at `head` (empty: not told)."""

    forge: str
    repository: str
    number: int
    label: str
    added: bool
    person: Person
    head: str = ""


class Together(msgspec.Struct, frozen=True, tag=True):
    """Several of these by one delivery, to be acted on in this order; heard again, each may be acted on again."""

    events: tuple[Pushed | Labelled, ...]


class Pressed(msgspec.Struct, frozen=True, tag=True):
    """A person asked for a check to be run again (`button` is `again`), or pressed one of its buttons."""

    forge: str
    repository: str
    number: int
    head: str
    button: str
    person: Person


class Queued(msgspec.Struct, frozen=True, tag=True):
    """The forge's own merge queue asks whether `head`, built on `base`, may go in."""

    forge: str
    repository: str
    head: str
    base: str


class Closed(msgspec.Struct, frozen=True, tag=True):
    """A contribution was closed; `merged` is the commit where the forge merged it, by whoever's hand."""

    forge: str
    repository: str
    number: int
    person: Person
    merged: str | None = None


class Redrawn(msgspec.Struct, frozen=True, tag=True):
    """A person edited an issue that may be our dashboard, from `before` to `text`; `issue` is the forge's id of it."""

    forge: str
    repository: str
    issue: str
    before: str
    text: str
    person: Person


class Renamed(msgspec.Struct, frozen=True, tag=True):
    """The repository has another name or owner: `repository` is the new one."""

    forge: str
    repository: str
    before: str


class RightsChanged(msgspec.Struct, frozen=True, tag=True):
    """Who may do what has changed, or which repositories we may see: what was cached of it is worth nothing."""

    forge: str
    repository: str = ""


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """Something else happened; it is counted, and nothing follows from it."""

    name: str


Event = (
    Pushed
    | BranchMoved
    | Commented
    | Reviewed
    | Labelled
    | Together
    | Pressed
    | Queued
    | Closed
    | Redrawn
    | Renamed
    | RightsChanged
    | Unknown
)
