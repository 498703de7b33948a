"""What every part of the forge stands on: the project's API, who we are there, a merge request."""

from __future__ import annotations

import time
from collections.abc import Callable

from webhooks.event import Person
from webhooks.gitlab import settings as operator
from webhooks.gitlab.answers import Note, Request, User
from webhooks.gitlab.client import Client
from webhooks.known import Where

_us: dict[operator.GitLab, int] = {}  # whose a token is, for as long as it is that token


class Part:
    """One project of one GitLab. Cheap to make and safe in any thread."""

    name = "gitlab"

    def __init__(self, where: Where, clock: Callable[[], float] = time.monotonic) -> None:
        self.where, self.clock = where, clock
        self.settings = operator.read(where.settings)
        name = operator.checked(where.name)  # by its number what is another's by now is never asked for
        self.client = Client(self.settings, where.id or name)

    def __repr__(self) -> str:
        return f"GitLabForge({self.where.name!r}, {self.settings.url!r})"

    def me(self) -> int:
        """The id of the user that our token is."""
        if self.settings not in _us:
            if len(_us) >= 1000:
                _us.clear()
            _us[self.settings] = self.client.top("/user", User).id
        return _us[self.settings]

    def ours(self, person: Person) -> bool:
        """Whether this is us: what we did ourselves is told to us too, and is nobody's wish."""
        return person.forge == self.name and person.id == str(self.me())

    def request(self, number: int) -> Request:
        """A merge request. Raises Denied where there is none."""
        return self.client.get(f"/merge_requests/{number}", Request)

    def notes(self, number: int) -> list[Note]:
        """Our own notes under it, oldest first: whoever else wrote our marker is not us."""
        me = self.me()
        listed = self.client.each(f"/merge_requests/{number}/notes", Note, sort="asc", order_by="created_at")
        return [note for note in listed if note.author.id == me and not note.system]
