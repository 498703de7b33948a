"""Whose a delivery is, and whether what goes by a repository's name is still that repository.

A name may change, its delivery get lost, and another project take the old one. The forge's own id of a repository is
what counts: it is written down when the repository is taken in or first heard of, held against every delivery, and
asked of the forge when we catch up and before anything is fetched.
"""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service import logs
from service.db import repositories
from service.db.tables import Repository
from service.house import House
from webhooks.forge import Denied
from webhooks.inbox import about
from webhooks.place import Elsewhere, Identified, Place

AGAIN = 60.0  # seconds for which the forge's word on a name is good, before something is fetched by it

log = logs.named("whose")


def whose(house: House, forge: str, kept: str, told: str, before: str = "") -> Repository | None:
    """The repository that a delivery speaks for, None where we serve no such; raises Elsewhere, OSError.

    `kept` is what the door kept of it, `told` the id in its body, `before` its former name where it tells of a new one.
    Where its proof was one repository's own, that id decides, and no name that it bears.
    """
    own, name = about(kept)
    name, identity = before or name, own or told
    with house.database.read() as session:
        known = repositories.known_as(session, forge, identity)
        named = None if own else repositories.on(session, forge, name)
    if known is not None:
        return known if _same(known.name, name) else followed(house, known, name)
    if named is None or not identity:
        return named
    if named.forge_id is None:
        named = _asked(house, named)
    return write_down(house, named.id, Place(identity, named.name))


def _asked(house: House, row: Repository) -> Repository:
    """With its id by the forge's word, which goes before a delivery's; without one where it can't be asked."""
    try:
        return confirmed(house, row, at_once=True)
    except (OSError, ValueError) as why:
        log.warning("the forge can't be asked which it is", repository=row.id, why=str(why)[:300])
        return row


def confirmed(house: House, repository: Repository, forge: Any = None, at_once: bool = False) -> Repository:
    """The same repository, by the name that its forge has for it now.

    Raises Elsewhere where another goes by its name; OSError. What the forge refuses to tell leaves all as it is, since
    it refuses the rest as well. Unless `at_once`, what it said a minute ago will do.
    """
    forge, now = forge if forge is not None else house.forge(repository), time.monotonic()
    if not isinstance(forge, Identified):
        return repository
    known = house.repository(repository.id)
    if not at_once and now - house.placed.get(repository.id, now - AGAIN) < AGAIN:
        return known
    try:
        place = forge.place()
    except Denied as why:
        log.warning("the forge does not say which it is", repository=repository.id, why=str(why)[:300])
        return repository
    if known.forge_id != place.id or not _same(known.name, place.name):
        known = write_down(house, repository.id, place)
    house.placed[repository.id] = now
    return known


def followed(house: House, row: Repository, name: str) -> Repository:
    """Our repository, which a delivery calls by another name than we: by the forge's word it goes by that, or not.

    Whoever may deliver for a repository may write any name into it, and a late delivery bears an old one.
    """
    try:
        forge = house.forge(row.model_copy(update={"name": name, "forge_id": None}))
        place = forge.place() if isinstance(forge, Identified) else None
    except (Denied, ValueError) as why:  # nothing goes by that name, or nothing could
        log.warning("a name that is not so", repository=row.id, name=name[:100], why=str(why)[:300])
        return row
    return write_down(house, row.id, place) if place is not None and place.id == row.forge_id else row


def write_down(house: House, identity: str, place: Place) -> Repository:
    """Keep the forge's id, and its name of now, of a repository of ours. Raises Elsewhere where the id is another's."""
    with house.database.write() as session:
        row = session.get_one(Repository, identity)
        found(session, row, place)
        return row


def found(session: Session, row: Repository, place: Place) -> None:
    """The same, within the caller's turn."""
    if row.forge_id not in (None, place.id):
        raise Elsewhere(
            f"{place.name} is another repository of {row.forge} now (its number is {place.id}, and that of ours "
            f"{row.forge_id})"
        )
    other = repositories.on(session, row.forge, place.name)
    if not _same(row.name, place.name) and other is None:
        log.warning("the repository has another name", repository=row.id, before=row.name, now=place.name)
        row.name = place.name
    row.forge_id = place.id
    session.add(row)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
