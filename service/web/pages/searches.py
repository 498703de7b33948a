"""A culprit search as it unfolds: the part that changes is asked for again while its batch is in work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response, Template
from sqlmodel import col, select

from service.db import batches, runs
from service.db.tables import Batch, Contribution
from service.lines import jobs, searches
from service.lines.bench import digest
from service.web import render


@get("/r/{repository:str}/batches/{number:int}/search", sync_to_thread=True)
def search(request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]) -> Template:
    """Every round of the search."""
    return render.page(
        request,
        "search.html",
        repository,
        f"Culprit search of batch {number}",
        **_told(request, repository, number),
    )


@get("/r/{repository:str}/batches/{number:int}/search/live", sync_to_thread=True)
def live(
    request: Request[Any, Any, Any],
    repository: FromPath[str],
    number: FromPath[int],
    seen: FromQuery[str] = "",
) -> Template | Response[None]:
    """The part that changes; nothing, where the reader has `seen` what there is, so that nothing moves under them."""
    told = _told(request, repository, number)
    if seen == told["mark"]:
        return Response(None, status_code=204)
    return Template("hunt.html", context={"repository": repository, **told})


def _told(request: Request[Any, Any, Any], repository: str, number: int) -> dict[str, Any]:
    services = request.app.state.services
    with services.database.read() as session:
        row = batches.get(session, repository, number)
        ran = runs.of_batch(session, repository, number)
        query = select(Contribution.number, Contribution.title).where(Contribution.repository == repository)
        titles = (
            dict(session.exec(query.where(col(Contribution.number).in_(row.members))).all()) if row else {}
        )
    told = searches.told(row, ran, _shares(services.home, row)) if row else None
    if told is None:
        raise NotFoundException(f"There is no search for a culprit in batch {number} of {repository[:60]}.")
    return {"told": told, "titles": titles, "mark": digest(told)[:16]}


def _shares(home: Path, batch: Batch) -> dict[int, float]:
    """Each member's part of the rows; none where the batch's folder is not here."""
    folder = jobs.folder_in(home, batch.repository, batch.id)
    if "leaves" not in batch.spec or not (folder / "leaves.jsonl").is_file():
        return {}
    return jobs.shares(batch.spec, folder)


ROUTES = [search, live]
