"""Pages: one file a group, beside their templates."""

from __future__ import annotations

from typing import Any

from service.web.pages import batches, contributions, gates, noise, releases, rules, runs, searches, session


def routes() -> list[Any]:
    """Every page's handler."""
    return [
        *session.ROUTES,
        *contributions.ROUTES,
        *batches.ROUTES,
        *gates.ROUTES,
        *searches.ROUTES,
        *runs.ROUTES,
        *releases.ROUTES,
        *noise.ROUTES,
        *rules.ROUTES,
    ]
