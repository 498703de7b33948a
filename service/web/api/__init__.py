"""JSON for programs: rows as they are, and one door to act, with a token in the header and no cookie."""

from __future__ import annotations

import hmac
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import ClientException, NotAuthorizedException, NotFoundException
from sqlmodel import select

from service.db.tables import Batch, Contribution, Release, Run
from service.web.signin import Person

KINDS: dict[str, type[Contribution] | type[Batch] | type[Run] | type[Release]] = {
    "contributions": Contribution,
    "batches": Batch,
    "runs": Run,
    "releases": Release,
}


@get("/api/r/{repository:str}/{kind:str}", sync_to_thread=True)
def rows(request: Request[Any, Any, Any], repository: str, kind: str) -> list[dict[str, Any]]:
    """Every row of one kind of a repository."""
    table: Any = KINDS.get(kind)
    if table is None:
        raise NotFoundException(f"There is no {kind[:40]}; there are {', '.join(KINDS)}.")
    with request.app.state.services.database.read() as session:
        found = session.exec(select(table).where(table.repository == repository)).all()
        return [row.model_dump(mode="json") for row in found]


@get("/api/r/{repository:str}/contributions/{number:int}", sync_to_thread=True)
def contribution(request: Request[Any, Any, Any], repository: str, number: int) -> dict[str, Any]:
    """One contribution."""
    with request.app.state.services.database.read() as session:
        row = session.get(Contribution, (repository, number))
    if row is None:
        raise NotFoundException(f"There is no contribution {number} in {repository[:60]}.")
    return dict(row.model_dump(mode="json"))


@post("/api/r/{repository:str}/act", sync_to_thread=True, status_code=200)
def act(request: Request[Any, Any, Any], repository: str, data: dict[str, Any]) -> dict[str, Any]:
    """Carry out a command: `{"command", "arguments"}`; the token is in <home>/secrets/api."""
    services = request.app.state.services
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not services.api_token or not hmac.compare_digest(given.encode(), services.api_token.encode()):
        raise NotAuthorizedException("The token of this home is needed: Authorization: Bearer TOKEN.")
    arguments = data.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise ClientException("`arguments` must be an object.")
    asked = {**arguments, "repository": repository}
    answer = services.act(
        str(data.get("command", "")), asked, Person(id=str(data.get("as", "owner")), role="admin")
    )
    return {"ok": answer.ok, "sentence": answer.sentence, "data": answer.data}


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """That we answer."""
    return {"status": "ok"}


ROUTES = [rows, contribution, act, healthz]
