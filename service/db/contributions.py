"""Contributions and their revisions: the questions that lines and pages ask of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from service.db.tables import Contribution, Revision

FIRST = 20  # revisions of one contribution, from its first on, that are looked at for who said a thing first
SETTLED = ("released", "rejected", "closed", "superseded", "joined")  # nobody is waited for


@dataclass(frozen=True)
class Page:
    """A part of a list: its rows, which page of how many, and how many rows there are in all."""

    rows: tuple[Contribution, ...]
    number: int
    pages: int
    total: int


def get(session: Session, repository: str, number: int) -> Contribution | None:
    """One contribution."""
    return session.get(Contribution, (repository, number))


def at_head(session: Session, repository: str, head: str) -> int | None:
    """The number of the contribution that stands at a commit, the newest where several do; None where none does."""
    here = (Contribution.repository == repository, Contribution.head == head)
    query = select(Contribution.number).where(*here).order_by(col(Contribution.number).desc())
    return session.exec(query.limit(1)).first()


def must(session: Session, repository: str, number: int) -> Contribution:
    """One contribution that somebody named; raises ValueError with a sentence where there is none."""
    row = get(session, repository, number)
    if row is None:
        raise ValueError(f"There is no contribution {number}.")
    return row


def queue(
    session: Session, repository: str, states: Collection[str] = (), page: int = 1, size: int = 50
) -> Page:
    """Contributions in `states` (none named: all), the one that waits longest first; pages count from 1."""
    chosen: list[ColumnElement[bool]] = [col(Contribution.repository) == repository]
    if states:
        chosen.append(col(Contribution.state).in_(states))
    total = session.exec(select(func.count()).select_from(Contribution).where(*chosen)).one()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    order = (col(Contribution.updated), col(Contribution.number))
    rows = select(Contribution).where(*chosen).order_by(*order).offset((page - 1) * size).limit(size)
    return Page(tuple(session.exec(rows)), page, pages, total)


def counts(session: Session, repository: str) -> dict[str, int]:
    """How many contributions stand in each state."""
    states = select(Contribution.state, func.count()).where(Contribution.repository == repository)
    return dict(session.exec(states.group_by(Contribution.state)).all())


def still_open(session: Session, repository: str) -> list[Contribution]:
    """Contributions that are not settled, by number."""
    rows = select(Contribution).where(Contribution.repository == repository)
    rows = rows.where(col(Contribution.state).not_in(SETTLED)).order_by(col(Contribution.number))
    return list(session.exec(rows))


def waiting_for_a_batch(session: Session, repository: str) -> list[Contribution]:
    """Merged contributions that no batch has taken, by number."""
    rows = select(Contribution).where(Contribution.repository == repository, Contribution.state == "merged")
    return list(
        session.exec(rows.where(col(Contribution.batch).is_(None)).order_by(col(Contribution.number)))
    )


def of_batch(session: Session, repository: str, batch: int) -> list[Contribution]:
    """The contributions that stand in a batch, held back or not, by number."""
    rows = select(Contribution).where(Contribution.repository == repository, Contribution.batch == batch)
    return list(session.exec(rows.order_by(col(Contribution.number))))


def revisions(session: Session, repository: str, number: int) -> list[Revision]:
    """The revisions of a contribution, oldest first."""
    rows = select(Revision).where(Revision.repository == repository, Revision.number == number)
    return list(session.exec(rows.order_by(col(Revision.sequence))))


def seen(session: Session, repository: str) -> dict[int, tuple[tuple[str, float], ...]]:
    """By number, of what is not settled: the heads of the first revisions and of the last, and when each was seen."""
    query = select(Revision.number, Revision.head, Revision.seen).where(Revision.repository == repository)
    query = query.join(
        Contribution,
        (col(Contribution.repository) == Revision.repository) & (col(Contribution.number) == Revision.number),
    ).where(col(Contribution.state).not_in(SETTLED))
    found: dict[int, list[tuple[str, float]]] = {}
    for number, head, at in session.exec(query.order_by(col(Revision.sequence))):
        found.setdefault(number, []).append((head, at))
    return {number: (*heads[:-1][:FIRST], heads[-1]) for number, heads in found.items()}


def revise(
    session: Session,
    repository: str,
    number: int,
    head: str,
    seen: float,
    verdict: dict[str, Any] | None = None,
) -> Revision:
    """The revision with this head: the last one where it is the same, else a new one behind it."""
    known = revisions(session, repository, number)
    if known and known[-1].head == head:
        revision = known[-1]
    else:
        sequence = known[-1].sequence + 1 if known else 1
        revision = Revision(repository=repository, number=number, sequence=sequence, head=head, seen=seen)
    if verdict is not None:
        revision.verdict = verdict
    session.add(revision)
    session.flush()
    return revision
