"""Who may give which command: by the forge, by OWNERS files of the base branch, by a maintainer's delegation.

Whatever can't be found out counts as no. What a forge on another machine says is kept for some minutes, and forgotten
when it tells that rights changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from service import logs
from service.db import contributions, words
from service.db.tables import Contribution, Repository
from service.facts import owners
from service.house import House
from webhooks.event import Person
from webhooks.forge import Busy, Denied, Groups, Logins, Remote, Right

log = logs.named("rights")
MINUTES = 5 * 60.0  # for so long an answer of the forge is good
MOMENT = 30.0  # for so long a no is: it may have been a fault of the moment
MOST = 10_000  # answers that are kept
DELEGATED = "delegate"
LOCAL = "local"  # as a person's forge: whoever runs the service, signed in by its one-time link
Told = TypeVar("Told")


@dataclass(frozen=True)
class Standing:
    """What a person may do by the forge; `unknown` says why it could not be found out."""

    right: Right
    unknown: str = ""


def of(house: House, row: Repository, who: Person) -> Standing:
    """What the forge lets a person do; nothing where it does not answer. Raises Busy where it only asks to wait.

    Whoever signed in on the machine that runs the service holds all its keys.
    """
    if who.forge == LOCAL:
        return Standing(Right.admin)
    try:
        forge = house.forge(row)
        key = ("right", row.id, who.forge, who.id)
        return Standing(_kept(house, forge, key, lambda: forge.right(who), lambda right: right > Right.none))
    except Busy:
        raise
    except (OSError, Denied, ValueError) as why:  # not there, refused, or its settings lack something
        log.warning("a right could not be found out", repository=row.id, who=who.id, why=str(why))
        return Standing(Right.none, str(why)[:200] or type(why).__name__)


def forget(house: House, repository: str = "") -> None:
    """Ask anew from now on, for one repository or for all."""
    for key in [key for key in list(house.rights) if repository in ("", key[1])]:
        house.rights.pop(key, None)


@dataclass(frozen=True)
class Grant:
    """Whether somebody may give a command: `no` says why not. With a `head` they may about that revision alone."""

    no: str = ""
    head: str | None = None


def grant(house: House, row: Repository, command: Any, number: int | None, who: Person) -> Grant:
    """Whether this person may give the command about this contribution.

    By an OWNERS file, or a delegation, it is for the revision whose paths were looked at, and no other. Raises Busy
    where the forge asks to wait: it will be known then, and is neither a yes nor a no.
    """
    standing = of(house, row, who)
    if standing.right >= command.RIGHT:
        return Grant()
    with house.database.read() as session:
        member = contributions.get(session, row.id, number) if number is not None else None
    if member is not None and getattr(command, "AUTHORS_TOO", False) and is_author(member, who):
        return Grant()
    if member is not None and standing.right >= Right.read and Right.triage >= command.RIGHT:
        approves = getattr(command, "APPROVES", False)
        if role(house, row, member, who) >= (owners.Role.approver if approves else owners.Role.reviewer):
            return Grant(head=member.head)
        if approves and _delegated(house, row, member, who):
            return Grant(head=member.head)
    if standing.unknown:
        return Grant(
            f"What {who.name or who.id} may do could not be found out, and `{command.NAME}` needs the right to "
            f"{command.RIGHT.name}. Say it again later."
        )
    return Grant(
        f"`{command.NAME}` needs the right to {command.RIGHT.name}, which {who.name or who.id} has not."
    )


def is_author(member: Contribution, who: Person) -> bool:
    """Whether it is this person's own."""
    return (member.author_forge, member.author_id) == (who.forge, who.id)


def role(house: House, row: Repository, member: Contribution, who: Person) -> owners.Role:
    """What the OWNERS files of the base branch make of a person, over every path that the contribution touches."""
    git = house.git(row)
    paths = owners.touched(git, row.base_branch, member.head)
    if not paths:
        return owners.Role.none
    forge = house.forge(row)
    return owners.role_for(git, row.base_branch, paths, lambda name: _is_named(house, row, forge, name, who))


def named(house: House, row: Repository, login: str) -> Person | None:
    """Who goes by a name now; None where nobody does, or nobody can tell."""
    forge = house.forge(row)
    if not isinstance(forge, Logins):
        return None
    try:
        key = ("login", row.id, login.casefold(), "")
        return _kept(house, forge, key, lambda: forge.person(login), lambda person: person is not None)
    except Busy:
        raise
    except (OSError, Denied) as why:
        log.warning("a name could not be found out", repository=row.id, login=login, why=str(why))
        return None


def _is_named(house: House, row: Repository, forge: Any, name: str, who: Person) -> bool:
    if "/" in name:
        if not isinstance(forge, Groups):
            return False
        try:
            key = ("group", row.id, name, f"{who.forge}/{who.id}")
            return _kept(house, forge, key, lambda: forge.member(who, name), bool)
        except Busy:
            raise
        except (OSError, Denied) as why:
            log.warning("a group could not be found out", repository=row.id, group=name, why=str(why))
            return False
    if name.casefold() != who.name.casefold():
        return False  # who goes by another name is not meant, and need not be asked for
    found = named(house, row, name)
    return found is not None and (found.forge, found.id) == (who.forge, who.id)


def _delegated(house: House, row: Repository, member: Contribution, who: Person) -> bool:
    """Whether a maintainer let this person approve this contribution, or all that touches nothing but some paths."""
    me, now = f"{who.forge}/{who.id}", time.time()
    with house.database.read() as session:
        mine = [
            word
            for word in (
                *words.standing(session, row.id, [DELEGATED], member.number),
                *words.standing(session, row.id, [DELEGATED]),
            )
            if word.body["to"] == me and (word.until is None or word.until > now)
        ]
    paths = None
    for word in mine:
        if word.number is not None:
            return True
        if paths is None:
            paths = owners.touched(house.git(row), row.base_branch, member.head) or []
        if paths and all(any(within(path, each) for each in word.body["paths"]) for path in paths):
            return True
    return False


def within(path: str, pattern: str) -> bool:
    """Whether a path is a folder or file that was named, or lies below it; `*` is all."""
    folder = pattern.rstrip("/*").rstrip("/")
    return not folder or path == folder or path.startswith(f"{folder}/")


def _kept(
    house: House, forge: Any, key: tuple[str, ...], ask: Callable[[], Told], lasts: Callable[[Told], bool]
) -> Told:
    """An answer that was given minutes ago, else a new one. A forge on this disk is asked each time."""
    if not isinstance(forge, Remote):
        return ask()
    now = time.monotonic()
    known = house.rights.get(key)
    if known is not None and known[0] > now:
        return known[1]  # type: ignore[no-any-return]
    told = ask()
    if len(house.rights) >= MOST:
        house.rights.clear()
    house.rights[key] = (now + (MINUTES if lasts(told) else MOMENT), told)
    return told
