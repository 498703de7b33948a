"""Take a repository in: from then on it is served, with a model line, a recipe and a seed of its own."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pygit2
from sqlmodel import Session

from service import logs
from service.db import repositories
from service.db.tables import Repository
from service.house import PLAIN, House
from service.lines import whose
from service.record.chain import append
from webhooks import known
from webhooks.forge import Denied
from webhooks.place import Elsewhere, Identified, Place
from webhooks.plain.forge import PlainForge

log = logs.named("up")
_NAME = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")


class TwoOfAName(ValueError):
    """Two forges call themselves alike; one of them needs another name."""


class NoSuchForge(ValueError):
    """There is no forge of this name, its settings make no sense, or it has no such repository."""


def take_in(house: House, forge: str, name: str, url: str, taken: dict[str, Any]) -> Repository:
    """Serve the repository that is called `name` on a forge, or on the plain one lies in the folder `name`.

    Raises TwoOfAName or NoSuchForge.
    """
    return plain(house, Path(name), url, taken) if forge == PLAIN else remote(house, forge, name, taken)


def plain(house: House, folder: Path, url: str, taken: dict[str, Any]) -> Repository:
    """Serve a plain forge; a second time changes only where its hooks ring, and where it lies when it was moved."""
    forge = PlainForge(folder)
    address = str(folder.absolute())
    with house.database.write() as session:
        row = session.get(Repository, forge.repository)
        if row is not None and row.address != address:
            if Path(row.address).exists() or row.forge != PLAIN:
                raise TwoOfAName(
                    f"{row.address} is served as {row.id} already, and {address} has the same name."
                )
            row.address = address
            session.add(row)
        forge.set_url(url)
        return row or _served(session, PLAIN, forge.repository, forge.repository, address, taken)


def remote(house: House, forge: str, name: str, taken: dict[str, Any]) -> Repository:
    """Serve a repository of another forge, by our mirror of it; what it holds is fetched when we begin to work."""
    if forge not in known.names():
        raise NoSuchForge(f"There is no forge `{forge}`; known are {', '.join(known.names())}.")
    if not _NAME.fullmatch(name) or ".." in name.split("/"):
        raise NoSuchForge(f"`{name}` is no repository of {forge}: write OWNER/NAME.")
    identity = name.replace("/", ".")
    mirror = house.home / "mirrors" / f"{forge}.{identity}.git"
    try:
        place = _place(known.opened(forge, known.Where(name, mirror, house.settings.forge(forge))), name)
    except ValueError as problem:
        raise NoSuchForge(str(problem)) from None
    with house.database.write() as session:
        row = _taken_before(session, forge, name, place)
        if row is not None:
            return row
        if not mirror.exists():  # empty until it is fetched; lines may look into it before
            pygit2.init_repository(str(mirror), bare=True)
        return _served(session, forge, identity, name, str(mirror), taken, place.id if place else None)


def _place(forge: Any, name: str) -> Place | None:
    """Which repository goes by a name, before the database is held; None where the forge does not say now."""
    try:
        return forge.place() if isinstance(forge, Identified) else None
    except (OSError, Denied) as why:
        log.warning("the forge does not say which it is", repository=name, why=str(why)[:300])
        return None


def _taken_before(session: Session, forge: str, name: str, place: Place | None) -> Repository | None:
    """What we serve by this name, or served by it: a repository keeps the id of ours that it came with.

    Who names one at the start by the name that it had means that one, whoever has the name by now. Raises TwoOfAName.
    """
    row = repositories.known_as(session, forge, place.id) if place is not None else None
    row = row or repositories.on(session, forge, name)
    if row is None:
        row = _came_as(session, forge, name)
        if row is None or row.forge_id is None:  # whose the old name is can't be told
            return row
    if place is None:
        return row
    try:
        whose.found(session, row, place)
    except Elsewhere as why:
        told = "served is the repository that had this name; for another, take another --home"
        log.warning(told, repository=row.id, serves=row.name, why=str(why))
    return row


def _came_as(session: Session, forge: str, name: str) -> Repository | None:
    """What came by this name and has another by now."""
    identity = name.replace("/", ".")
    row = session.get(Repository, identity)
    if row is not None and (
        row.forge != forge or row.name.replace("/", ".").casefold() == identity.casefold()
    ):
        raise TwoOfAName(f"{row.name} of {row.forge} is served as {row.id} already.")
    return row


def _served(
    session: Session,
    forge: str,
    identity: str,
    name: str,
    address: str,
    taken: dict[str, Any],
    forge_id: str | None = None,
) -> Repository:
    documents, guard = taken.get("documents"), taken.get("guard")
    row = Repository(
        id=identity,
        name=name,
        forge=forge,
        forge_id=forge_id,
        address=address,
        base_branch=taken.get("branch") or "main",
        model=_whole(taken["model"]),
        recipe=taken.get("recipe") or ("tiny" if taken["model"] == "tiny" else "laptop"),
        seed=taken["seed"],
        automatic=not taken.get("by_hand", False),
        documents=str(Path(documents).absolute()) if documents else None,
        guard=str(Path(guard).absolute()) if guard else None,
        created=time.time(),
    )
    session.add(row)
    append(session, row.id, "repository.taken-in", {"model": row.model, "seed": row.seed})
    return row


def _whole(model: str) -> str:
    """A model that is a folder by its whole path: a job is started from elsewhere, and perhaps next year."""
    folder = Path(model).expanduser()
    return str(folder.absolute()) if folder.is_dir() and model not in ("smollm2", "tiny") else model
