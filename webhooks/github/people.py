"""Who may do what on GitHub, who is in which team, and the marks that answer a comment.

People are known by their number. GitHub asks for names, so each answer is held against the number: whoever took over an
old name gets nothing by it. What can't be found out means no.
"""

from __future__ import annotations

import msgspec
import structlog

from webhooks.event import Person
from webhooks.forge import Busy, Denied, Reaction, Right
from webhooks.github.part import Part, part_of_path
from webhooks.github.payload import FORGE, User
from webhooks.github.wire import Refused

CONTENT = {"heard": "eyes", "done": "rocket", "refused": "confused"}
ROLES = {right.name: right for right in Right}

log = structlog.get_logger("github")


class Permission(msgspec.Struct):
    """What GitHub says of somebody on a repository; `role_name` may be one that an organization made up."""

    permission: str
    role_name: str = ""
    user: User | None = None


class Membership(msgspec.Struct):
    """Whether somebody is in a team: ``active``, or only invited (``pending``)."""

    state: str


class People(Part):
    """Rights, Groups and Reactions."""

    def right(self, person: Person) -> Right:
        """What this person may do on the repository; none where GitHub does not say. Raises Busy."""
        if not _numbered(person):
            return Right.none
        known = self.client.people.get("right", self.repository, person.id)
        if isinstance(known, Right):
            return known
        try:
            right = self._right(person)
        except Busy:
            raise
        except (OSError, Denied) as problem:
            log.warning("a right could not be found out, so it is none", person=person.id, why=str(problem))
            return Right.none
        self.client.people.put(right, "right", self.repository, person.id)
        return right

    def member(self, person: Person, group: str) -> bool:
        """Whether this person is in ``org/team``, or in ``org``; False where GitHub does not say. Raises Busy."""
        org, _, team = group.removeprefix("@").partition("/")
        if not _numbered(person) or not org or "/" in team:
            return False
        known = self.client.people.get("member", org, team, person.id)
        if isinstance(known, bool):
            return known
        try:
            answer = self._member(person, org, team)
        except Busy:
            raise
        except (OSError, Denied) as problem:
            log.warning("a group could not be asked, so nobody is in it", person=person.id, why=str(problem))
            return False
        self.client.people.put(answer, "member", org, team, person.id)
        return answer

    def person(self, login: str) -> Person | None:
        """Who goes by this name now; None where nobody does. Raises OSError, Denied."""
        name = login.removeprefix("@")
        user = self.client.find(self.repository, f"/users/{part_of_path(name)}", User) if name else None
        same = user is not None and user.login.casefold() == name.casefold()
        return Person(FORGE, str(user.id), user.login) if user is not None and same else None

    def forget_rights(self) -> None:
        """Ask anew who may do what: something of it has changed."""
        self.client.people.forget()

    def react(self, number: int, comment: str, reaction: Reaction) -> None:
        """Put the mark on a comment; GitHub takes the same one once. A review takes none by this interface."""
        if comment.isascii() and comment.isdigit():
            self.send("POST", f"/issues/comments/{comment}/reactions", {"content": CONTENT[reaction]})

    # Below

    def _right(self, person: Person) -> Right:
        """By the name that they are known to have; where it is another's by now, by the name that the number has."""
        for name in dict.fromkeys((person.name, "")):
            login = name or self._login(person)
            if not login:
                return Right.none
            path = f"/collaborators/{part_of_path(login)}/permission"
            found = self.find(path, Permission)
            if found is not None and found.user is not None and str(found.user.id) == person.id:
                return ROLES.get(found.role_name) or ROLES.get(found.permission, Right.none)
        return Right.none

    def _member(self, person: Person, org: str, team: str) -> bool:
        login = self._login(person)
        if not login:
            return False
        base = f"/orgs/{part_of_path(org)}"
        if team:
            path = f"{base}/teams/{part_of_path(team)}/memberships/{part_of_path(login)}"
            found = self.client.find(self.repository, path, Membership)
            return found is not None and found.state == "active"
        try:
            self.client.send(self.repository, "GET", f"{base}/members/{part_of_path(login)}")
        except Refused as refused:
            if refused.status in (302, 404):
                return False
            raise
        return True

    def _login(self, person: Person) -> str:
        """The name that this number has now; "" where there is nobody."""
        known = self.client.people.get("login", person.id)
        if isinstance(known, str):
            return known
        user = self.client.find(self.repository, f"/user/{person.id}", User)
        login = user.login if user is not None and str(user.id) == person.id else ""
        if login:
            self.client.people.put(login, "login", person.id)
        return login


def _numbered(person: Person) -> bool:
    return person.forge == FORGE and person.id.isascii() and person.id.isdigit() and len(person.id) < 19
