"""Take a repository in: from then on it is served, with a model line, a recipe and a seed of its own."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pygit2
from sqlmodel import Session

from service.db import repositories
from service.db.tables import Repository
from service.house import PLAIN, House
from service.record.chain import append
from webhooks import known
from webhooks.plain.forge import PlainForge

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
    mirror = house.home / "mirrors" / f"{forge}.{name.replace('/', '.')}.git"
    try:
        known.opened(forge, known.Where(name, mirror, house.settings.forge(forge)))
    except ValueError as problem:
        raise NoSuchForge(str(problem)) from None
    if not mirror.exists():
        pygit2.init_repository(
            str(mirror), bare=True
        )  # empty until it is fetched; lines may look into it before
    identity = name.replace("/", ".")
    with house.database.write() as session:
        if (
            renamed := repositories.on(session, forge, name)
        ) is not None:  # it keeps the id that it came with
            return renamed
        row = session.get(Repository, identity)
        if row is not None and (row.forge, row.name.casefold()) != (forge, name.casefold()):
            raise TwoOfAName(f"{row.name} of {row.forge} is served as {row.id} already.")
        return row or _served(session, forge, identity, name, str(mirror), taken)


def _served(
    session: Session, forge: str, identity: str, name: str, address: str, taken: dict[str, Any]
) -> Repository:
    documents, guard = taken.get("documents"), taken.get("guard")
    row = Repository(
        id=identity,
        name=name,
        forge=forge,
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
