"""The taxonomies that we serve, by our name for them and by their forge's."""

from __future__ import annotations

from sqlmodel import Session, select

from service.db.tables import Repository


def of(session: Session, forge: str) -> list[Repository]:
    """All that we serve of a forge."""
    return list(session.exec(select(Repository).where(Repository.forge == forge)))


def on(session: Session, forge: str, name: str) -> Repository | None:
    """What is called `name` on a forge; hosts tell capitals apart only to the eye, folders truly."""
    rows = of(session, forge)
    same = (lambda text: text) if forge == "plain" else str.casefold
    return next((row for row in rows if same(row.name or row.id) == same(name)), None)


def known_as(session: Session, forge: str, identity: str) -> Repository | None:
    """What has this id on a forge, whatever it is called; None for no id."""
    return next((row for row in of(session, forge) if identity and row.forge_id == identity), None)
