"""Releases: scores by leaf with their intervals, who made it, what was held back, answers of N and N+1."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Template
from sqlmodel import col, select

from service.db.tables import Release
from service.web import render


@get("/r/{repository:str}/releases", sync_to_thread=True)
def releases(request: Request[Any, Any, Any], repository: str) -> Template:
    """Every release, newest first."""
    with request.app.state.services.database.read() as session:
        query = select(Release).where(Release.repository == repository).order_by(col(Release.sequence).desc())
        found = list(session.exec(query))
    return render.page(request, "releases.html", repository, "Releases", found=found)


@get("/r/{repository:str}/releases/{version:str}", sync_to_thread=True)
def release(request: Request[Any, Any, Any], repository: str, version: str) -> Template:
    """One release."""
    with request.app.state.services.database.read() as session:
        row = session.get(Release, (repository, version))
    if row is None:
        raise NotFoundException(f"There is no release {version[:40]} in {repository[:60]}.")
    return render.page(
        request, "release.html", repository, f"{repository} {version}", row=row, told=row.manifest
    )


ROUTES = [releases, release]
