"""Who wrote a contribution: its author, and the authors of those that go on in it.

That one goes on in another is a word about both: `joins` says of the other whose commits it holds, `goes-on` says of
the one where it went. So the credit lasts for as long as the word does, through the merge and into a release's notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlmodel import Session

from service.db import words
from service.db.tables import Contribution, Repository
from webhooks.escape import line
from webhooks.event import Person
from webhooks.known import schemes

JOINS, GOES_ON = "joins", "goes-on"
MOST = 10  # that a comment links to


class Joined(msgspec.Struct, frozen=True):
    """A contribution that goes on in another: its number, the head of it that is held there, and its author.

    `through` is the number of the one that brought it along, where it had been joined to that before.
    """

    number: int
    head: str
    author: Person
    through: int | None = None


def joined(session: Session, row: Contribution) -> list[Joined]:
    """Those that go on in this one, in the order in which they came."""
    said = words.standing(session, row.repository, [JOINS], row.number)
    return [msgspec.convert(word.body, Joined) for word in said]


def beside(session: Session, row: Contribution) -> list[Person]:
    """The authors beside its own, each once."""
    own = (row.author_forge, row.author_id)
    people = {(each.author.forge, each.author.id): each.author for each in joined(session, row)}
    return [person for key, person in people.items() if key != own]


def wrote(session: Session, row: Contribution, who: Person) -> bool:
    """Whether this person is one of its authors."""
    if (row.author_forge, row.author_id) == (who.forge, who.id):
        return True
    return any((each.forge, each.id) == (who.forge, who.id) for each in beside(session, row))


def goes_on(session: Session, row: Contribution) -> int | None:
    """The number of the contribution that this one goes on in; None where it stands alone."""
    said = words.standing(session, row.repository, [GOES_ON], row.number)
    return int(said[-1].body["into"]) if said else None


def links(session: Session, row: Contribution) -> list[str]:
    """Where it goes on, or what goes on in it, as its forge links to them; a line of Markdown, or none."""
    home = session.get(Repository, row.repository)
    mark = schemes()[home.forge].mark if home is not None and home.forge in schemes() else ""
    into, known = goes_on(session, row), joined(session, row)
    if into is not None:
        return [f"**Goes on** in {_called(mark, into)}."]
    told = [
        f"{_called(mark, each.number)} of {line(each.author.name or each.author.id, 60)}"
        for each in known[:MOST]
    ]
    more = [f"{len(known) - MOST} more"] if len(known) > MOST else []
    return [f"**With** {', '.join(told + more)}; their authors are credited."] if known else []


def _called(mark: str, number: int) -> str:
    return f"{mark}{number}" if mark else f"contribution {number}"


def named(people: Sequence[Person]) -> list[str]:
    """Authors as the record names them."""
    return [f"{each.forge}/{each.id}" for each in people]
