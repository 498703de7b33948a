"""Whether a revision is trusted with costly jobs: its author is known here, or somebody looked and said so."""

from __future__ import annotations

from sqlmodel import Session, col, select

from service.db import words
from service.db.tables import Contribution
from service.lines.states import State

TRUST = "trust"
KNOWN_BY = (State.merged, State.batched, State.held_back, State.released, State.superseded)


def granted(session: Session, row: Contribution) -> bool:
    """Whether somebody trusted this very revision."""
    return bool(words.standing(session, row.repository, [TRUST], row.number, row.head))


def trusted(session: Session, row: Contribution) -> bool:
    """Whether it may cost something: it was trusted, or something of its author's was merged here."""
    theirs = select(Contribution.number).where(
        Contribution.repository == row.repository,
        Contribution.author_forge == row.author_forge,
        Contribution.author_id == row.author_id,
        col(Contribution.state).in_(KNOWN_BY),
    )
    return session.exec(theirs.limit(1)).first() is not None or granted(session, row)
