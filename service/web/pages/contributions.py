"""The queue and one contribution."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Template
from sqlmodel import col, select

from service.db import contributions as rows
from service.db.tables import Contribution, Event, Wanted
from service.web import render

VIEWS = {
    "needs-you": ("needs-review", "needs-human", "approved", "conflicted"),
    "waiting": ("opened", "changes-requested"),
    "merged": ("merged", "batched"),
    "held-back": ("held-back",),
    "released": ("released",),
    "rejected": ("rejected", "closed"),
    "all": (),
}


@get("/r/{repository:str}/queue", sync_to_thread=True)
def queue(
    request: Request[Any, Any, Any], repository: str, view: str = "needs-you", page: int = 1
) -> Template:
    """What needs you first; the other views behind it."""
    chosen = view if view in VIEWS else "needs-you"
    with request.app.state.services.database.read() as session:
        found = rows.queue(session, repository, VIEWS[chosen], page)
        counts = rows.counts(session, repository)
    totals = {
        name: sum(n for s, n in counts.items() if not states or s in states) for name, states in VIEWS.items()
    }
    title = "Needs you" if chosen == "needs-you" else chosen.replace("-", " ").capitalize()
    return render.page(request, "queue.html", repository, title, found=found, view=chosen, totals=totals)


@get("/r/{repository:str}/contributions/{number:int}", sync_to_thread=True)
def contribution(request: Request[Any, Any, Any], repository: str, number: int) -> Template:
    """The verdict beside the evidence: findings at their lines, the files, what was said, what happened."""
    services = request.app.state.services
    with services.database.read() as session:
        row = session.get(Contribution, (repository, number))
        if row is None:
            raise NotFoundException(f"There is no contribution {number} in {repository[:60]}.")
        wanted = session.get(Wanted, (repository, number))
        revisions = rows.revisions(session, repository, number)
        query = select(Event).where(Event.stream == repository, Event.number == number)
        events = list(session.exec(query.order_by(col(Event.sequence))))
    verdict = row.verdict or {
        "findings": [],
        "verdict": "not judged yet",
        "next": "",
        "files": [],
        "not_checked": [],
    }
    files = [_annotated(services, row, file["path"], verdict) for file in verdict["files"]]
    comments = (wanted.report.get("comments", {}) if wanted else {}).items()
    return render.page(
        request, "contribution.html", repository, row.title, row=row, verdict=verdict, files=files,
        comments=list(comments), revisions=revisions, events=events,
    )  # fmt: skip


def _annotated(services: Any, row: Contribution, path: str, verdict: dict[str, Any]) -> dict[str, Any]:
    data = services.source(row.repository, row.head, path)
    findings = [f for f in verdict["findings"] if f["path"] == path]
    lines = data[:200_000].decode("utf-8", "replace").splitlines()[:600] if data else []
    at = {n: [f for f in findings if (f["line"] or 1) == n] for n in {f["line"] or 1 for f in findings}}
    return {"path": path, "lines": lines, "at": at}


ROUTES = [queue, contribution]
