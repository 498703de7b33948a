"""What a fake forge hears and answers: a request, an answer, and the table of routes.

Paths are written as forges write them, ``/repos/{owner}/{repo}/git/ref/{ref+}``; a part with a plus takes slashes too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

PER_PAGE, MOST = 30, 100


@dataclass(frozen=True)
class Request:
    """One request as it came over the wire; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
        """From a request line's target, the query still behind it."""
        path, _, query = target.partition("?")
        asked = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        return cls(method, path, asked, {name.lower(): value for name, value in headers.items()}, body)

    def json(self) -> dict[str, Any]:
        """The body as an object; empty where there is none. Raises Refusal where it is something else."""
        try:
            value = json.loads(self.body) if self.body.strip() else {}
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None
        if not isinstance(value, dict):
            raise Refusal(400, "Body should be a JSON object")
        return value

    def form(self) -> dict[str, str]:
        """The body of a page's form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}


@dataclass
class Answer:
    """What is answered: a status, and JSON, bytes or nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        """The body's bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refusal(Exception):
    """A request that is refused, with its status and the forge's words."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.more = status, message, more


@dataclass(frozen=True)
class Route:
    """A method and a path, what they need, and who answers."""

    method: str
    path: str
    answer: Callable[..., Any]
    needs: str = ""  # what the caller must be allowed, in the forge's words

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with named groups."""
        parts = re.split(r"(\{\w+\+?\})", self.path)
        return re.compile("".join(_expression(part) for part in parts) + r"\Z")


def _expression(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}+")
    return f"(?P<{name}>{'.+' if part.endswith('+}') else '[^/]+'})"


class Routes:
    """A table of routes that functions put themselves into."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def on(
        self, method: str, path: str, needs: str = ""
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Answer this method and path by the function below."""

        def put(answer: Callable[..., Any]) -> Callable[..., Any]:
            self.all.append(Route(method, path, answer, needs))
            return answer

        return put


def _particular(route: Route) -> tuple[int, int, int]:
    """The fewer free parts and the longer, the sooner."""
    return route.path.count("+}"), route.path.count("{"), -len(route.path)


class Table:
    """All routes of a forge, the most particular first."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        ordered = sorted(routes, key=_particular)
        self._known = [(route.pattern, route) for route in ordered]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the parts of its path. Raises Refusal: 404, as forges say it for a wrong method too."""
        for pattern, route in self._known:
            found = pattern.match(path) if route.method == method else None
            if found is not None:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        raise Refusal(404, "Not Found")


def page(request: Request, base: str, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """One page of a list, and the Link header that leads to the others."""
    size = max(1, min(MOST, _number(request.query.get("per_page"), PER_PAGE)))
    at = max(1, _number(request.query.get("page"), 1))
    last = max(1, -(-len(items) // size))
    leads = {"prev": at - 1, "next": at + 1, "last": last, "first": 1}
    if at >= last:
        del leads["next"], leads["last"]
    if at == 1:
        del leads["prev"], leads["first"]
    links = [
        f'<{base}{quote(request.path)}?{urlencode({**request.query, "page": n})}>; rel="{rel}"'
        for rel, n in leads.items()
    ]
    return items[(at - 1) * size : at * size], {"Link": ", ".join(links)} if links else {}


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise


def conditional(request: Request, answer: Answer) -> Answer:
    """The answer with an ETag, or 304 where the caller has it already."""
    if request.method != "GET" or answer.status != 200:
        return answer
    tag = f'W/"{hashlib.sha256(answer.raw()).hexdigest()[:40]}"'
    answer.headers["ETag"] = tag
    if tag.removeprefix("W/") in request.headers.get("if-none-match", ""):
        return Answer(304, None, answer.headers)
    return answer
