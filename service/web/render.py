"""Templates, and what every page shows: the frame."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Request
from litestar.response import Template
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlmodel import select

from service.db.tables import Repository, WebSession
from service.web.signin import whoever

STATIC = Path(__file__).parent / "static"


@cache
def environment() -> Environment:
    """Jinja with everything escaped, and a missing name an error."""
    found = Environment(
        loader=PackageLoader("service.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "points": points,
        "share": share,
        "markdown": markdown,
        "short": lambda text: str(text)[:12],
    }
    found.globals |= {"style": style, "spark": spark}
    return found


def page(
    request: Request[Any, Any, Any], name: str, repository: str | None, title: str, **given: Any
) -> Template:
    """A page in its frame."""
    return Template(name, context={**frame(request, repository, title), **given})


def frame(request: Request[Any, Any, Any], repository: str | None, title: str) -> dict[str, Any]:
    """What the frame needs: the repositories, who is signed in, the form's token."""
    services = request.app.state.services
    with services.database.read() as session:
        person: WebSession | None = whoever(session, request)
        names = list(session.exec(select(Repository.id)))
    return {
        "title": title,
        "repository": repository or (names[0] if names else None),
        "repositories": names,
        "person": person.person if person else None,
        "csrf": person.csrf if person else "",
        "path": request.url.path,
    }


def style() -> str:
    """The address of our own style sheet; its hash lets browsers keep it."""
    digest = hashlib.sha256((STATIC / "upweight.css").read_bytes()).hexdigest()[:12]
    return f"/static/upweight.css?v={digest}"


def points(value: float | None) -> str:
    """A change in signed points."""
    return "–" if value is None else f"{100 * value:+.0f}"


def share(value: float | None) -> str:
    """A score as a share of 1."""
    return "–" if value is None else f"{value:.2f}"


def markdown(text: str) -> Markup:
    """A comment as HTML; raw HTML in it stays text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def spark(values: list[float], width: int = 640, height: int = 120) -> Markup:
    """A line of numbers as SVG: the loss curve."""
    if len(values) < 2:
        return Markup("")
    top, low = max(values), min(values)
    span = (top - low) or 1.0
    step = width / (len(values) - 1)
    dots = " ".join(f"{i * step:.1f},{4 + (top - v) / span * (height - 8):.1f}" for i, v in enumerate(values))
    return Markup(
        f'<svg class="spark" viewBox="0 0 {width} {height}" role="img" aria-label="Loss from {values[0]:.2f} to '
        f'{values[-1]:.2f}"><polyline points="{dots}" fill="none"/></svg>'
    )
