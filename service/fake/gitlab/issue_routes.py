"""Issues (api/issues)."""

from __future__ import annotations

from service.fake.gitlab.site import Refusal, Site, on
from service.fake.gitlab.state import Issue, Json, Person
from service.fake.gitlab.wire import Asked

REPORTER = 20


@on("GET", ":p/issues")
def issues(site: Site, me: Person, asked: Asked) -> list[Json]:
    """Issues by state and author, newest first unless asked otherwise."""
    state, author = asked.one("state"), asked.one("author_id")
    found = [
        one.json() for one in site.project.issues.values()
        if state in ("", "all", one.state) and author in ("", str(one.author.id))
    ]  # fmt: skip
    return found if asked.one("sort", "desc") == "asc" else found[::-1]


@on("POST", ":p/issues")
def write(site: Site, me: Person, asked: Asked) -> Json:
    """A new one."""
    body = asked.json()
    if not body.get("title"):
        raise Refusal(400, {"title": ["can't be blank"]})
    one = Issue(len(site.project.issues) + 1, me, body["title"], body.get("description", ""))
    site.project.issues[one.iid] = one
    return one.json()


@on("PUT", ":p/issues/{issue}", REPORTER)
def edit(site: Site, me: Person, asked: Asked, issue: str) -> Json:
    """Another text."""
    one = site.project.issues.get(int(issue)) if issue.isdigit() else None
    if one is None:
        raise Refusal(404, "404 Issue Not Found")
    before, one.description = one.description, asked.json().get("description", one.description)
    if before != one.description:
        site.retold(one, me, before)
    return one.json()
