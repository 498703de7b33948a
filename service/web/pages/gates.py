"""One gate's report: the sentence, the leaves, the whole, and what was not tested and why."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from service.db import batches, releases
from service.lines import gates
from service.lines.batch import before
from service.web import render


@get("/r/{repository:str}/batches/{number:int}/gates/{place:int}", sync_to_thread=True)
def gate(
    request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int], place: FromPath[int]
) -> Template:
    """The gate of a batch, by its place from 1."""
    with request.app.state.services.database.read() as session:
        row = batches.get(session, repository, number)
        told = gates.report(row, place, before(session, row)) if row else None
        release = releases.of_batch(session, repository, number) if told and place == told["of"] else None
    if told is None:
        raise NotFoundException(f"There is no gate {str(place)[:20]} of batch {number} in {repository[:60]}.")
    title = f"Gate {place} of batch {number}"
    return render.page(request, "gate.html", repository, title, told=told, release=release, marks=gates.MARKS)


ROUTES = [gate]
