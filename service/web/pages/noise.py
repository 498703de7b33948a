"""Noise: how far each leaf moves when only the training seed changes, and what drop could be seen at all."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from service.lines import ledger
from service.lines import noise as rows
from service.web import render


@get("/r/{repository:str}/noise", sync_to_thread=True)
def noise(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """By leaf, as the newest gate saw it, and the pairs of runs that it rests on."""
    services = request.app.state.services
    with services.database.read() as session:
        found = rows.table(session, services.home, repository)
        wears = ledger.of_newest(session, services.home, repository)
    return render.page(request, "noise.html", repository, "Noise", found=found, wears=wears)


ROUTES = [noise]
