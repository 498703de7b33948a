"""What the door kept: the questions that lines, pages and the command line ask of it. Bodies are read one at a time."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col, select

from service.db.tables import Delivery, Heard

COLUMNS = ("id", "forge", "event", "repository", "received", "state", "attempts", "note")
STATES = ("kept", "done", "failed")


def waiting(session: Session, now: float) -> list[str]:
    """Deliveries that were not acted on yet and are due, oldest first."""
    query = select(Delivery.id).where(Delivery.state == "kept", col(Delivery.not_before) <= now)
    return list(session.exec(query.order_by(col(Delivery.received), col(Delivery.id))))


def put_off(session: Session, before: Delivery, note: str) -> list[Delivery]:
    """What came before this one from its repository and was put off, for a reason that begins with `note`."""
    query = select(Delivery).where(
        Delivery.state == "kept",
        Delivery.forge == before.forge,
        Delivery.repository == before.repository,
        col(Delivery.note).startswith(note),
    )
    earlier = (Delivery.received < before.received) | (
        (Delivery.received == before.received) & (Delivery.id < before.id)
    )
    return list(session.exec(query.where(earlier).order_by(col(Delivery.received))))


def listed(session: Session, **chosen: str | None) -> list[dict[str, Any]]:
    """Every delivery without its body, oldest first; those whose columns have the `chosen` values (None: any)."""
    query = select(*[getattr(Delivery, name) for name in COLUMNS])
    for name, value in chosen.items():
        if value is not None:
            query = query.where(getattr(Delivery, name) == value)
    rows = session.execute(query.order_by(col(Delivery.received), col(Delivery.id)))
    return [dict(row._mapping) for row in rows]


def counts(session: Session) -> list[Heard]:
    """How often which forge told what, and what became of it."""
    order = (col(Heard.forge), col(Heard.event), col(Heard.outcome))
    return list(session.exec(select(Heard).order_by(*order)))


def prune(session: Session, before: float, at_most: int) -> int:
    """Forget deliveries that were acted on, or given up, and came before this; gives how many."""
    old = select(Delivery.id).where(col(Delivery.state) != "kept", col(Delivery.received) < before)
    gone = delete(Delivery).where(col(Delivery.id).in_(old.limit(at_most)))
    return cast(CursorResult[Any], session.connection().execute(gone)).rowcount
