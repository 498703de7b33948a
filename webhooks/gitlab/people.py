"""Who may do what, by memberships, direct and inherited; kept for minutes, and not to find out means no.

The levels are GitLab's (api/access_requests, "Valid access levels"): 10 guest, 15 planner, 20 reporter, 30 developer,
40 maintainer, 50 owner. People are known by their number, never by their name, which they may change.
"""

from __future__ import annotations

import re
import threading
from typing import TypeVar
from urllib.parse import quote

import structlog

from webhooks.event import Person
from webhooks.forge import Busy, Denied, Moved, Right
from webhooks.gitlab.answers import Member, Project, User
from webhooks.gitlab.client import Missing
from webhooks.gitlab.part import Part
from webhooks.gitlab.settings import GitLab

T = TypeVar("T")
SECONDS = 180.0
LEVELS = ((50, Right.admin), (40, Right.maintain), (30, Right.write), (20, Right.triage), (10, Right.read))
GUEST = 10
_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")

Key = tuple[GitLab, str, str]  # a GitLab as one token sees it, a project, what was asked

log = structlog.get_logger("gitlab")


class Kept:
    """Answers for some minutes, for every thread; a failure is never kept."""

    def __init__(self, most: int = 20_000) -> None:
        self._known: dict[Key, tuple[float, object]] = {}
        self._lock, self._most = threading.Lock(), most

    def get(self, key: Key, kind: type[T], now: float) -> T | None:
        """What is known and fresh."""
        until, value = self._known.get(key, (0.0, None))
        return value if now < until and isinstance(value, kind) else None

    def put(self, key: Key, value: object, now: float) -> None:
        """Keep it from now on."""
        with self._lock:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[key] = now + SECONDS, value

    def forget(self, settings: GitLab, project: str) -> None:
        """Nothing is known of this project any more."""
        with self._lock:
            self._known = {key: it for key, it in self._known.items() if key[:2] != (settings, project)}


_kept = Kept()


class People(Part):
    """Rights, Groups and Logins of ``webhooks.forge``."""

    def right(self, person: Person) -> Right:
        """By the level of their membership; who has none may read what is public."""
        if not _ours(person):
            return Right.none
        try:
            level = self._level(f"/members/all/{person.id}", None)
            if level is None:
                return Right.read if self._public() else Right.none
        except Busy:
            raise
        except (Denied, Moved, OSError) as why:
            log.warning("right not found out", project=self.where.name, person=person.id, why=str(why))
            return Right.none
        return next((right for least, right in LEVELS if level >= least), Right.none)

    def member(self, person: Person, group: str) -> bool:
        """Whether they belong to a group or subgroup, by its path, themselves or through one above it."""
        if not _ours(person) or not group.strip("/"):
            return False
        place = f"/groups/{quote(group.strip('/'), safe='')}"
        try:
            level = self._level(f"{place}/members/all/{person.id}", place)
        except Busy:
            raise
        except (Denied, Moved, OSError) as why:
            log.warning("membership not found out", group=group[:100], person=person.id, why=str(why))
            return False
        return level is not None and level >= GUEST

    def person(self, login: str) -> Person | None:
        """Who goes by this name now and may sign in; None where nobody does. Raises OSError, Denied."""
        name = login.removeprefix("@")
        if not _LOGIN.fullmatch(name):
            return None
        found = self.client.top("/users", list[User], username=name)  # one at most, capitals or not
        named = [one for one in found if one.username.casefold() == name.casefold() and one.state == "active"]
        return Person(self.name, str(named[0].id), named[0].username) if len(named) == 1 else None

    def forget_rights(self) -> None:
        """Ask anew from now on: somebody told that rights changed."""
        _kept.forget(self.settings, self.where.name)

    def _level(self, path: str, group: str | None) -> int | None:
        """The level of an active membership; None where there is none."""
        key, now = (self.settings, self.where.name, path), self.clock()
        known = _kept.get(key, int, now)
        if known is None:
            try:
                read = self.client.top if group else self.client.get
                found = read(path, Member)
                active = found.state == "active" and found.membership_state == "active"
                known = found.access_level if active else 0
            except Missing:
                known = -1
            _kept.put(key, known, now)
        return None if known < 0 else known

    def _public(self) -> bool:
        key, now = (self.settings, self.where.name, "visibility"), self.clock()
        known = _kept.get(key, str, now)
        if known is None:
            known = self.client.get("", Project).visibility
            _kept.put(key, known, now)
        return known == "public"


def _ours(person: Person) -> bool:
    return person.forge == "gitlab" and person.id.isascii() and person.id.isdecimal() and len(person.id) < 20
