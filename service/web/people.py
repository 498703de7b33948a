"""Whom the API's `as` may name: people that the repository knows, whatever the holder of the token says."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session, col, select

from service.db.tables import Contribution, Repository
from service.lines.rights import LOCAL
from webhooks.event import Person
from webhooks.forge import Right
from webhooks.plain.forge import PlainForge

OWNER = "owner"  # whoever the forge of a repository belongs to


def is_author(session: Session, row: Contribution, person: str | None) -> bool:
    """Whether who is signed in wrote this contribution; `owner` is whoever owns the forge."""
    if person != OWNER:
        return person == row.author_id
    home = session.get(Repository, row.repository)
    if home is None or home.forge != row.author_forge or row.author_forge != PlainForge.name:
        return False
    author = Person(row.author_forge, row.author_id, row.author_id)
    return PlainForge(Path(home.address)).right(author) is Right.admin


def name_on_forge(session: Session, repository: str, person: str) -> str:
    """Who is signed in, as events name people: forge/id."""
    row = session.get_one(Repository, repository)
    if person == OWNER and row.forge != PlainForge.name:
        return f"{LOCAL}/{person}"
    if person == OWNER:
        person = PlainForge(Path(row.address)).owner()
    return f"{row.forge}/{person}"


def is_known(session: Session, repository: str, person: str) -> bool:
    """The owner, an author of a contribution, or somebody to whom the forge gives more than reading."""
    if person == OWNER:
        return True
    wrote = select(Contribution.number).where(
        Contribution.repository == repository, col(Contribution.author_id) == person
    )
    if session.exec(wrote.limit(1)).first() is not None:
        return True
    row = session.get(Repository, repository)
    if row is None or row.forge != PlainForge.name:
        return False
    return PlainForge(Path(row.address)).right(Person(row.forge, person, person)) > Right.read
