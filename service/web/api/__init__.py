"""JSON for programs: rows as they are, a page at a time, and one door to act.

The token in <home>/secrets/api is the operator's: who holds it speaks for this home, and no cookie counts
here. `act` says in whose name it is done (`as`; the owner where nobody is named). That must be a person whom
the repository knows, and the command is refused where the forge does not give that person its right: the
token opens the door, it adds to nobody's rights. What was done is recorded under that person's name.
"""

from __future__ import annotations

import hmac
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import (
    ClientException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
)
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response
from sqlmodel import col, select

from service.db.tables import Batch, Contribution, Release, Run
from service.web import people
from service.web.known import MOST
from service.web.signin import Person

KINDS: dict[str, tuple[type[Contribution] | type[Batch] | type[Run] | type[Release], str]] = {
    "contributions": (Contribution, "number"),
    "batches": (Batch, "id"),
    "runs": (Run, "id"),
    "releases": (Release, "sequence"),
}
PAGE, AT_MOST = 100, 500  # rows that one answer carries


def listing(kind: str) -> Any:
    """The handler that lists rows of one kind: each has an address of its own, beside that of a single row."""
    table: Any
    table, key = KINDS[kind]

    @get(f"/api/r/{{repository:str}}/{kind}", sync_to_thread=True)
    def rows(
        request: Request[Any, Any, Any],
        repository: FromPath[str],
        after: FromQuery[int] = 0,
        limit: FromQuery[int] = PAGE,
    ) -> Response[list[dict[str, Any]]]:
        """Rows, oldest first, behind `after`; the header `Link` names the next page, if any."""
        after, limit = min(max(after, 0), MOST), min(max(limit, 1), AT_MOST)
        query = select(table).where(table.repository == repository, col(getattr(table, key)) > after)
        with request.app.state.services.database.read() as session:
            found = list(session.exec(query.order_by(col(getattr(table, key))).limit(limit + 1)))
            body = [row.model_dump(mode="json") for row in found[:limit]]
        headers = {}
        if len(found) > limit:
            behind = f"{request.url.path}?after={body[-1][key]}&limit={limit}"
            headers["Link"] = f'<{behind}>; rel="next"'
        return Response(body, headers=headers)

    return rows


@get("/api/r/{repository:str}/{kind:str}", sync_to_thread=False)
def no_rows(repository: FromPath[str], kind: FromPath[str]) -> None:
    """Any other kind: there are no such rows."""
    raise NotFoundException(f"There is no {kind[:40]} in {repository[:60]}; there are {', '.join(KINDS)}.")


@get("/api/r/{repository:str}/contributions/{number:int}", sync_to_thread=True)
def contribution(
    request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]
) -> dict[str, Any]:
    """One contribution."""
    with request.app.state.services.database.read() as session:
        row = session.get(Contribution, (repository, number))
    if row is None:
        raise NotFoundException(f"There is no contribution {number} in {repository[:60]}.")
    return dict(row.model_dump(mode="json"))


@post("/api/r/{repository:str}/act", sync_to_thread=True, status_code=200)
def act(
    request: Request[Any, Any, Any], repository: FromPath[str], data: JSONBody[dict[str, Any]]
) -> dict[str, Any]:
    """Carry out a command: `{"command", "arguments", "as"}`; the token is in <home>/secrets/api."""
    services = request.app.state.services
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not services.api_token or not hmac.compare_digest(given.encode(), services.api_token.encode()):
        raise NotAuthorizedException("The token of this home is needed: Authorization: Bearer TOKEN.")
    arguments = data.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise ClientException("`arguments` must be an object.")
    person = str(data.get("as") or people.OWNER)
    with services.database.read() as session:
        if not people.is_known(session, repository, person):
            raise PermissionDeniedException(f"`as` must name somebody whom {repository[:60]} knows.")
    asked = {**arguments, "repository": repository}
    answer = services.act(str(data.get("command", "")), asked, Person(id=person, role="by-token"))
    return {"ok": answer.ok, "sentence": answer.sentence, "data": answer.data}


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """That we answer."""
    return {"status": "ok"}


ROUTES = [*map(listing, KINDS), no_rows, contribution, act, healthz]
