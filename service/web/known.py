"""Whether an address can name anything: asked once before every page and every answer of the API.

A repository that we do not serve has no queue, and a number that no database counts to names nothing: both are
not found, and are neither an empty list nor a fault of ours.
"""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotFoundException

from service.db.engine import Database
from service.db.tables import Repository

MOST = 2**63 - 1  # no database counts further


async def must_be_known(request: Request[Any, Any, Any]) -> None:
    """Let the request pass, or say that there is nothing of this name."""
    found = request.path_params
    if abs(int(found.get("number", 0))) > MOST:
        raise NotFoundException("There is nothing of this number.")
    name = found.get("repository")
    if name is not None and not await sync_to_thread(_serves, request.app.state.services.database, name):
        raise NotFoundException(f"There is no repository {name[:60]} here.")


def _serves(database: Database, name: str) -> bool:
    with database.read() as session:
        return session.get(Repository, name) is not None
