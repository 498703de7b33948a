"""How the plain forge speaks at the door, and its bodies as our events."""

from __future__ import annotations

import msgspec

from webhooks.event import BranchMoved, Closed, Commented, Event, Person, Pushed, Unknown
from webhooks.scheme import Scheme


class _Who(msgspec.Struct):
    id: str
    name: str = ""

    def person(self) -> Person:
        return Person("plain", self.id, self.name)


class _Any(msgspec.Struct):
    repository: str


class _Pushed(msgspec.Struct):
    repository: str
    number: int
    head: str
    base: str
    topic: str
    title: str
    author: _Who


class _BranchMoved(msgspec.Struct):
    repository: str
    branch: str
    old: str
    new: str
    person: _Who


class _Commented(msgspec.Struct):
    repository: str
    number: int
    author: _Who
    text: str
    id: str
    head: str = ""  # the revision that stood there; older forges do not tell


class _Closed(msgspec.Struct):
    repository: str
    number: int
    person: _Who


def repository_of(body: bytes) -> str:
    """The repository that a body speaks of. Raises ValueError where it is not JSON, or names none."""
    repository = msgspec.json.decode(body, type=_Any).repository
    if not repository:
        raise ValueError("the body names no repository")
    return repository


def parse(event: str, body: bytes) -> Event:
    """A delivery's body as an event. Raises msgspec.ValidationError where a field is missing."""
    decode = msgspec.json.decode
    if event == "pushed":
        it = decode(body, type=_Pushed)
        return Pushed(
            "plain", it.repository, it.number, it.head, it.base, it.topic, it.author.person(), it.title
        )
    if event == "branch-moved":
        moved = decode(body, type=_BranchMoved)
        return BranchMoved(
            "plain", moved.repository, moved.branch, moved.old, moved.new, moved.person.person()
        )
    if event == "commented":
        said = decode(body, type=_Commented)
        who = said.author.person()
        return Commented("plain", said.repository, said.number, who, said.text, said.id, said.head)
    if event == "closed":
        closed = decode(body, type=_Closed)
        return Closed("plain", closed.repository, closed.number, closed.person.person())
    return Unknown(event)


def body_of(event: Pushed | Commented) -> bytes:
    """The body that the forge sends for an event; `parse` reads it back."""
    who = {"id": event.author.id, "name": event.author.name}
    if isinstance(event, Commented):
        about: dict[str, object] = {"text": event.text, "id": event.id, "head": event.head}
    else:
        about = {"head": event.head, "base": event.base_branch, "topic": event.topic, "title": event.title}
    return msgspec.json.encode(
        {"schema": 1, "repository": event.repository, "number": event.number, **about, "author": who}
    )


SCHEME = Scheme(
    forge="plain",
    signature_header=b"x-upweight-signature-256",
    delivery_header=b"x-upweight-delivery",
    event_header=b"x-upweight-event",
    events=frozenset({"pushed", "branch-moved", "commented", "closed"}),
    repository=repository_of,
    parse=parse,
)
