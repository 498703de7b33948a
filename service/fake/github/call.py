"""Who asks for what: a request with what was found out about it, and whether its sender may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from service.fake.github.state import Account, Issue, Repo
from service.fake.web import Answer, Refusal, Request, page

if TYPE_CHECKING:
    from service.fake.github.hub import Hub


@dataclass(frozen=True)
class Caller:
    """Who asks: `kind` is app (by JWT), installation (by its token) or person (by a token of their own)."""

    kind: str
    account: Account
    may: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request with what was found out about it."""

    hub: Hub
    request: Request
    place: dict[str, str]
    caller: Caller | None

    @property
    def who(self) -> Account:
        """The account that asks. Raises Refusal where nobody signed in."""
        if self.caller is None:
            raise Refusal(401, "Requires authentication")
        return self.caller.account

    def repo(self) -> Repo:
        """The repository that the path names."""
        return self.hub.repo(f"{self.place['owner']}/{self.place['repo']}")

    def issue(self) -> Issue:
        """The issue or pull request that the path names."""
        number = self.place["number"]
        found = self.repo().issues.get(int(number)) if number.isdigit() else None
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def pull(self) -> Issue:
        """The pull request that the path names."""
        found = self.issue()
        if found.pull is None:
            raise Refusal(404, "Not Found")
        return found

    def said(self, *needed: str) -> dict[str, Any]:
        """The body, with these fields in it. Raises Refusal: 422."""
        body = self.request.json()
        if missing := [name for name in needed if body.get(name) is None]:
            raise invalid("missing_field", missing[0])
        return body

    def listed(self, items: list[Any], shape: Callable[[Any], Any]) -> Answer:
        """One page of a list."""
        shown, headers = page(self.request, self.hub.url, items)
        return Answer(200, [shape(item) for item in shown], headers)


def invalid(code: str, name: str, resource: str = "Issue", message: str = "") -> Refusal:
    """GitHub's 422 for a field."""
    error = {"resource": resource, "field": name, "code": code, **({"message": message} if message else {})}
    return Refusal(422, "Validation Failed", errors=[error])


def permit(caller: Caller | None, needs: str) -> None:
    """Whether somebody may. `needs` is ``checks:write``, several with bars between; app, person, anybody, git."""
    if needs in ("anybody", "git"):
        return
    if caller is None:
        raise Refusal(401, "Requires authentication")
    if needs == "app":
        if caller.kind != "app":
            raise Refusal(401, "A JSON web token could not be decoded")
        return
    if caller.kind == "app":
        raise Refusal(403, "Resource not accessible by integration")
    if caller.kind == "person" or not needs:
        return
    levels = ("read", "write", "admin")
    for one in needs.split("|"):
        name, _, level = one.partition(":")
        if name in caller.may and levels.index(caller.may[name]) >= levels.index(level):
            return
    raise Refusal(403, "Resource not accessible by integration")
