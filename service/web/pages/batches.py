"""Batches: members, gates by leaf, the culprit search as it unfolds."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Template
from sqlmodel import col, select

from service.db import runs
from service.db.tables import Batch, Contribution
from service.web import render


@get("/r/{repository:str}/batches", sync_to_thread=True)
def batches(request: Request[Any, Any, Any], repository: str) -> Template:
    """Every batch, newest first."""
    with request.app.state.services.database.read() as session:
        query = select(Batch).where(Batch.repository == repository).order_by(col(Batch.id).desc())
        found = list(session.exec(query.limit(200)))
    return render.page(request, "batches.html", repository, "Batches", found=found)


@get("/r/{repository:str}/batches/{number:int}", sync_to_thread=True)
def batch(request: Request[Any, Any, Any], repository: str, number: int) -> Template:
    """One batch."""
    with request.app.state.services.database.read() as session:
        row = session.get(Batch, (repository, number))
        if row is None:
            raise NotFoundException(f"There is no batch {number} in {repository[:60]}.")
        query = select(Contribution).where(Contribution.repository == repository)
        members = list(session.exec(query.where(col(Contribution.number).in_(row.members))))
        ran = runs.of_batch(session, repository, number)
    return render.page(
        request, "batch.html", repository, f"Batch {number}", row=row, members=members, runs=ran
    )


ROUTES = [batches, batch]
