"""Runs, with live progress: the part that changes is asked for again while the run lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Template

from service.db import runs as rows
from service.db.tables import Run
from service.web import render

WINDOW = 16_000  # bytes of a log that one page carries


@get("/r/{repository:str}/runs", sync_to_thread=True)
def runs(request: Request[Any, Any, Any], repository: str) -> Template:
    """The newest runs."""
    with request.app.state.services.database.read() as session:
        found = rows.listed(session, repository)
    return render.page(request, "runs.html", repository, "Runs", found=found)


@get("/r/{repository:str}/runs/{number:int}", sync_to_thread=True)
def run(request: Request[Any, Any, Any], repository: str, number: int) -> Template:
    """One run; with the header of htmx only the part that changes."""
    with request.app.state.services.database.read() as session:
        row = session.get(Run, number)
    if row is None or row.repository != repository:
        raise NotFoundException(f"There is no run {number} in {repository[:60]}.")
    name = "live.html" if request.headers.get("hx-request") else "run.html"
    title = f"Run {number}: {row.purpose} {row.kind}"
    return render.page(request, name, repository, title, row=row, log=_tail(Path(row.directory) / "log.txt"))


def _tail(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - WINDOW))
        return opened.read().decode("utf-8", "replace")


ROUTES = [runs, run]
