"""Batches: members, gates by leaf, the culprit search as it unfolds, and what a maintainer may do about it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import col, select

from service.db import batches as rows
from service.db import contributions, releases, runs
from service.db.tables import Batch, Contribution
from service.lines import searches, standstill
from service.web import render

FEW = 8  # confirm clusters under which a leaf's test sees little
AT_MOST = 200  # batches on one page


@get("/r/{repository:str}/batches", sync_to_thread=True)
def batches(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """Every batch, newest first, and the one that could be formed now."""
    with request.app.state.services.database.read() as session:
        query = select(Batch).where(Batch.repository == repository).order_by(col(Batch.id).desc())
        found = list(session.exec(query.limit(AT_MOST)))
        waiting = contributions.waiting_for_a_batch(session, repository)
        at_work = rows.at_work(session, repository)
    return render.page(
        request, "batches.html", repository, "Batches", found=found, waiting=waiting, at_work=at_work
    )


@get("/r/{repository:str}/batches/{number:int}", sync_to_thread=True)
def batch(request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]) -> Template:
    """One batch."""
    with request.app.state.services.database.read() as session:
        row = rows.get(session, repository, number)
        if row is None:
            raise NotFoundException(f"There is no batch {number} in {repository[:60]}.")
        query = select(Contribution).where(Contribution.repository == repository)
        members = list(session.exec(query.where(col(Contribution.number).in_(row.members))))
        ran = runs.of_batch(session, repository, number)
        release = releases.of_batch(session, repository, number)
        heard = standstill.heard(session, row, members)
    return render.page(
        request, "batch.html", repository, f"Batch {number}", row=row, members=members, runs=ran, release=release,
        heard=heard, search=searches.told(row, ran, {}), gates=[(gate, _scanty(gate)) for gate in row.gates],
    )  # fmt: skip


def _scanty(gate: dict[str, Any]) -> list[str]:
    """Protected leaves with so few clusters that the gate sees only a collapse."""
    found = gate.get("result", {}).get("leaves", [])
    return [
        x["leaf"] for x in found if x.get("role") in ("protected", "both") and x.get("clusters", FEW) < FEW
    ]


ROUTES = [batches, batch]
