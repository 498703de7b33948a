"""The front of a fake GitLab: who asks, which route answers, lists by pages; one request at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from service.fake.gitlab.state import Issue, Json, Note, Person, Project, Request
from service.fake.gitlab.wire import Asked, Told

Answer = Callable[..., Any]
ROUTES: list[tuple[str, re.Pattern[str], int, Answer]] = []


class Refusal(Exception):
    """A request that is refused, with GitLab's words."""

    def __init__(self, status: int, message: Any) -> None:
        super().__init__(str(message))
        self.status, self.message = status, message


def on(method: str, path: str, level: int = 10) -> Callable[[Answer], Answer]:
    """Answer this method and path by the function below, for whoever has this role in the project.

    ``{name}`` in a path is one part of it; ``:p`` is ``/projects/ID``, ``:m`` a merge request of it.
    """
    whole = path.replace(":m", ":p/merge_requests/{iid}").replace(":p", "/projects/{project}")
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", whole) + r"\Z")

    def put(answer: Answer) -> Answer:
        ROUTES.append((method, pattern, level, answer))
        return answer

    return put


class Site:
    """Answers requests to the API of one project.

    `tell` hears what happens to a merge request (by whom, which action, what changed), `heard` of each new note,
    `retold` of an issue with another text.
    """

    def __init__(
        self,
        project: Project,
        tell: Callable[..., None],
        heard: Callable[[Request, Note], None],
        retold: Callable[[Issue, Person, str], None],
    ) -> None:
        self.project, self.tell, self.heard, self.retold = project, tell, heard, retold
        self.lock = threading.RLock()

    def answer(self, asked: Asked) -> Told:
        """One answer; whatever is wrong with a request is answered too."""
        with self.lock:
            try:
                return self._answer(asked)
            except Refusal as no:
                return Told(no.status, {"message": no.message})
            except ValueError:
                return Told(400, {"error": "the body is no JSON object"})

    def _answer(self, asked: Asked) -> Told:
        prefix, _, path = asked.path.partition("/api/v4")
        if prefix:
            raise Refusal(404, "404 Not Found")
        me = self.project.tokens.get(asked.headers.get("private-token", ""))
        if me is None:
            raise Refusal(401, "401 Unauthorized")
        method = "GET" if asked.method == "HEAD" else asked.method
        if moved := self._moved(asked, prefix, path):
            return moved
        for known, pattern, level, answer in ROUTES:
            found = pattern.match(path) if known == method else None
            if found:
                parts = {name: unquote(value) for name, value in found.groupdict().items()}
                return self._told(asked, answer, self._checked(parts, me, level), me)
        raise Refusal(404, "404 Not Found")

    def _moved(self, asked: Asked, prefix: str, path: str) -> Told | None:
        """What an old name leads to: the number, for who reads, and 405 for everybody else (api/rest, "Redirects")."""
        first, _, rest = path.removeprefix("/projects/").partition("/")
        if not path.startswith("/projects/") or unquote(first) not in self.project.former:
            return None
        if asked.method != "GET":
            return Told(405, {"message": "405 Non GET methods are not allowed for moved projects"})
        where = "/".join(part for part in (f"{prefix}/api/v4/projects/{self.project.id}", rest) if part)
        return Told(301, {}, {"Location": where})

    def _checked(self, parts: dict[str, Any], me: Person, level: int) -> dict[str, Any]:
        """The parts of a path, with the merge request in the place of its number."""
        project = parts.pop("project", None)
        if project is not None and project not in (self.project.path, str(self.project.id)):
            raise Refusal(404, "404 Project Not Found")
        if project is not None and me.level < level:
            raise Refusal(403, "403 Forbidden")
        if "iid" in parts:
            number = parts.pop("iid")
            one = self.project.requests.get(int(number)) if number.isdigit() else None
            if one is None:
                raise Refusal(404, "404 Not found")
            parts["one"] = one
        return parts

    def _told(self, asked: Asked, answer: Answer, parts: dict[str, Any], me: Person) -> Told:
        found = answer(self, me, asked, **parts)
        if isinstance(found, Told):
            return found
        if not isinstance(found, list):
            return Told(201 if asked.method == "POST" else 200, found)
        return self._page(asked, found)

    def _page(self, asked: Asked, items: list[Json]) -> Told:
        """One page of a list, with the headers that lead to the next (api/rest, "Offset-based pagination")."""
        size, at = min(100, int(asked.one("per_page", "20"))), int(asked.one("page", "1"))
        more = len(items) > at * size
        headers = {"X-Page": str(at), "X-Per-Page": str(size), "X-Next-Page": str(at + 1) if more else ""}
        if more:
            headers["Link"] = f'<https://elsewhere.example/?page={at + 1}>; rel="next"'
        return Told(200, items[(at - 1) * size : at * size], headers)


def note_of(one: Request, id: str) -> Any:
    """A note of a merge request."""
    for note in one.notes:
        if str(note.id) == id:
            return note
    raise Refusal(404, "404 Not found")
