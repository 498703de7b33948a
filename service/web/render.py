"""Templates, and what every page shows: the frame."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Request
from litestar.response import Template
from markupsafe import Markup
from sqlmodel import select

from service.db.tables import Repository, WebSession
from service.web import drawings, figures
from service.web.signin import whoever
from triage_rules.rule import rule_named

STATIC = Path(__file__).parent / "static"
DECIDES = ("triage", "write", "maintain", "admin")
FOCUS = Markup(
    ' tabindex="-1" autofocus'
)  # a page drawn anew where it stands: its button is gone, read on here
MAINTAINS = ("maintain", "admin")


@cache
def environment() -> Environment:
    """Jinja with everything escaped, and a missing name an error."""
    found = Environment(
        loader=PackageLoader("service.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=figures.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= figures.FILTERS
    found.tests["a_rule"] = lambda name: rule_named(str(name)) is not None
    found.globals |= {**figures.FUNCTIONS, **drawings.FUNCTIONS, "asset": asset}
    return found


def page(
    request: Request[Any, Any, Any], name: str, repository: str | None, title: str, **given: Any
) -> Template:
    """A page in its frame."""
    return Template(name, context={**frame(request, repository, title), **given})


def frame(request: Request[Any, Any, Any], repository: str | None, title: str) -> dict[str, Any]:
    """What the frame needs: the repositories, who is signed in and may do what, the form's token."""
    services = request.app.state.services
    with services.database.read() as session:
        person: WebSession | None = whoever(session, request)
        names = list(session.exec(select(Repository.id)))
    role = person.role if person else ""
    return {
        "title": title,
        "repository": repository or (names[0] if names else None),
        "repositories": names,
        "person": person.person if person else None,
        "decides": role in DECIDES,
        "maintains": role in MAINTAINS,
        "csrf": person.csrf if person else "",
        "path": request.url.path,
        "focus": FOCUS if request.headers.get("hx-request") else "",
    }


@cache
def asset(name: str) -> str:
    """The address of a static file; the hash of its bytes lets browsers keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
