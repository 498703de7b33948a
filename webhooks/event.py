"""The few things a forge tells us that we act on, as our own types; payloads stay in a forge's folder."""

from __future__ import annotations

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Somebody on a forge, known by the forge's stable id; the name is only for reading."""

    forge: str
    id: str
    name: str = ""


class Pushed(msgspec.Struct, frozen=True, tag=True):
    """A contribution was opened, or has a new head."""

    forge: str
    repository: str
    number: int
    head: str
    base_branch: str
    topic: str
    author: Person
    title: str


class BranchMoved(msgspec.Struct, frozen=True, tag=True):
    """A branch of the taxonomy itself moved by another hand than ours."""

    forge: str
    repository: str
    branch: str
    old: str
    new: str
    person: Person


class Commented(msgspec.Struct, frozen=True, tag=True):
    """A person wrote under a contribution; `id` is the forge's id of what was written."""

    forge: str
    repository: str
    number: int
    author: Person
    text: str
    id: str


class Closed(msgspec.Struct, frozen=True, tag=True):
    """A contribution was closed without being merged."""

    forge: str
    repository: str
    number: int
    person: Person


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """Something else happened; it is counted, and nothing follows from it."""

    name: str


Event = Pushed | BranchMoved | Commented | Closed | Unknown
