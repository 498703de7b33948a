"""What the door kept: the questions that lines, pages and the command line ask of it. Bodies are read one at a time."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col, select

from service.db.tables import Delivery, Heard, Repository
from webhooks.inbox import about

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


def listed(session: Session, repository: str | None = None, **chosen: str | None) -> list[dict[str, Any]]:
    """Every delivery without its body, oldest first; those whose columns have the `chosen` values (None: any).

    Those of a `repository` are what bears its name, or speaks for it by the forge's own id of it.
    """
    query = select(*[getattr(Delivery, name) for name in COLUMNS])
    for name, value in chosen.items():
        if value is not None:
            query = query.where(getattr(Delivery, name) == value)
    rows = session.execute(query.order_by(col(Delivery.received), col(Delivery.id)))
    named = select(Repository).where(
        (col(Repository.id) == repository) | (col(Repository.name) == repository)
    )
    known = list(session.exec(named)) if repository is not None else []
    names = {repository, *(row.name for row in known)}
    ids = {(row.forge, row.forge_id) for row in known if row.forge_id}
    found = []
    for row in rows:
        told = dict(row._mapping)
        own, told["repository"] = about(told["repository"])
        if repository is None or ((told["forge"], own) in ids if own else told["repository"] in names):
            found.append(told)
    return found


def counts(session: Session) -> list[Heard]:
    """How often which forge told what, and what became of it."""
    order = (col(Heard.forge), col(Heard.event), col(Heard.outcome))
    return list(session.exec(select(Heard).order_by(*order)))


def prune(session: Session, before: float, at_most: int) -> int:
    """Forget deliveries that were acted on, or given up, and came before this; gives how many."""
    old = select(Delivery.id).where(col(Delivery.state) != "kept", col(Delivery.received) < before)
    gone = delete(Delivery).where(col(Delivery.id).in_(old.limit(at_most)))
    return cast(CursorResult[Any], session.connection().execute(gone)).rowcount
