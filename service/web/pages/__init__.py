"""Pages: one file a group, beside their templates."""

from __future__ import annotations

from typing import Any

from service.web.pages import batches, contributions, noise, releases, runs, session


def routes() -> list[Any]:
    """Every page's handler."""
    return [
        *session.ROUTES,
        *contributions.ROUTES,
        *batches.ROUTES,
        *runs.ROUTES,
        *releases.ROUTES,
        *noise.ROUTES,
    ]
