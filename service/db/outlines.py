"""What revisions held, and which of them somebody looked at last."""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service.db.tables import Look, Revision, RevisionOutline
from triage_rules.outline import Outline


def keep(session: Session, revision: Revision, outline: dict[str, Any]) -> None:
    """Keep the outline of a revision; judged again, it replaces the former one."""
    key = (revision.repository, revision.number, revision.sequence)
    row = session.get(RevisionOutline, key)
    if row is None:
        row = RevisionOutline(
            repository=key[0], number=key[1], sequence=key[2], outline=outline
        )  # fmt: skip
    row.outline = outline
    session.add(row)
    session.flush()


def of(session: Session, revision: Revision) -> Outline | None:
    """The outline of a revision; None where it could not be judged, or was before outlines were kept."""
    row = session.get(RevisionOutline, (revision.repository, revision.number, revision.sequence))
    return Outline.from_json(row.outline) if row is not None else None


def look_of(session: Session, repository: str, number: int, person: str) -> Look | None:
    """What somebody looked at last; None where they never did."""
    return session.get(Look, (repository, number, person))


def looked(session: Session, repository: str, number: int, person: str, sequence: int) -> None:
    """Somebody looks at a revision. Which one they saw before stays known, however often they look again."""
    row = look_of(session, repository, number, person)
    if row is None:
        row = Look(repository=repository, number=number, person=person, sequence=sequence, at=0.0)
    elif row.sequence != sequence:
        row.before, row.sequence = row.sequence, sequence
    row.at = time.time()
    session.add(row)
