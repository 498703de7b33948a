"""Runs, with live progress: the part that changes is asked for again while the run lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response, Template

from service.db import runs as rows
from service.db.tables import Run
from service.lines import run as lines
from service.web import render

WINDOW = 16_000  # bytes of a log that one page carries
WHOLE = 2_000_000  # bytes of it that the raw link gives


@get("/r/{repository:str}/runs", sync_to_thread=True)
def runs(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """The newest runs."""
    with request.app.state.services.database.read() as session:
        found = rows.listed(session, repository)
    return render.page(request, "runs.html", repository, "Runs", found=found)


@get("/r/{repository:str}/runs/{number:int}", sync_to_thread=True)
def run(request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]) -> Template:
    """One run."""
    row = _must(request, repository, number)
    title = f"Run {number}: {row.purpose} {row.kind}"
    log = lines.said(_tail(row, WINDOW))
    return render.page(request, "run.html", repository, title, row=row, log=log)


@get("/r/{repository:str}/runs/{number:int}/live", sync_to_thread=True)
def live(request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]) -> Template:
    """The part of a run's page that changes."""
    row = _must(request, repository, number)
    return Template("live.html", context={"repository": repository, "row": row})


@get("/r/{repository:str}/runs/{number:int}/log", sync_to_thread=True)
def log(request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int]) -> Response[str]:
    """The log as plain text, its last part where it is very long."""
    row = _must(request, repository, number)
    return Response(_tail(row, WHOLE), media_type="text/plain")


def _must(request: Request[Any, Any, Any], repository: str, number: int) -> Run:
    with request.app.state.services.database.read() as session:
        row = rows.get(session, number)
    if row is None or row.repository != repository:
        raise NotFoundException(f"There is no run {number} in {repository[:60]}.")
    return row


def _tail(row: Run, size: int) -> str:
    file = Path(row.directory) / "log.txt"
    if not file.exists():
        return ""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - size))
        return opened.read().decode("utf-8", "replace")


ROUTES = [runs, run, live, log]
