"""Words that hold on: the questions that lines ask of them, and how one begins and ends.

The event of each is written by whoever says it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from service.db.tables import Contribution, Word


def standing(
    session: Session,
    repository: str,
    kinds: Sequence[str],
    number: int | None = None,
    head: str | None = None,
) -> list[Word]:
    """The words of these kinds about a contribution (no number: about the repository), oldest first.

    With a `head` those that hold for that revision alone.
    """
    about: list[ColumnElement[bool]] = [
        col(Word.repository) == repository,
        col(Word.kind).in_(kinds),
        col(Word.number).is_(None) if number is None else col(Word.number) == number,
    ]
    if head is not None:
        about.append(col(Word.head) == head)
    return list(session.exec(select(Word).where(*about).order_by(col(Word.id))))


def of_all(session: Session, repository: str, kinds: Sequence[str]) -> list[Word]:
    """The words of these kinds about any contribution or the repository, oldest first."""
    query = select(Word).where(col(Word.repository) == repository, col(Word.kind).in_(kinds))
    return list(session.exec(query.order_by(col(Word.id))))


def over(session: Session, repository: str, now: float) -> list[Word]:
    """Those whose time is over."""
    query = select(Word).where(col(Word.repository) == repository, col(Word.until) <= now)
    return list(session.exec(query.order_by(col(Word.id))))


def say(
    session: Session,
    row: Contribution | str,
    kind: str,
    by: str,
    at: float,
    body: dict[str, Any] | None = None,
    head: str | None = None,
    until: float | None = None,
) -> Word:
    """One more word, about a contribution or (by its name) a repository."""
    repository, number = (row, None) if isinstance(row, str) else (row.repository, row.number)
    word = Word(
        repository=repository, number=number, kind=kind, head=head, body=body or {}, by=by, at=at, until=until
    )
    session.add(word)
    session.flush()
    return word


def outdate(session: Session, repository: str, number: int, head: str) -> None:
    """End what was said of other revisions than this: a head that comes back brings nothing back with it."""
    query = select(Word).where(col(Word.repository) == repository, col(Word.number) == number)
    end(session, list(session.exec(query.where(col(Word.head) != head))))


def end(session: Session, words: Sequence[Word]) -> None:
    """These hold no more."""
    for word in words:
        session.delete(word)
    session.flush()
