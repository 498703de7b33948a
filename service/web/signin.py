"""Signing in by a one-time link that the service prints, and who sent a request.

Secrets live in the link and in the cookie; the database holds their SHA-256 digests only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from sqlmodel import Session

from service.db.tables import LoginLink, WebSession

COOKIE = "upweight_session"
LINK_SECONDS = 15 * 60
SESSION_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Person:
    """Somebody who may act: a name on the forge, and a role."""

    id: str
    role: str


def new_link(session: Session, person: str, role: str, now: float | None = None) -> str:
    """The path of a link that signs `person` in once, within a quarter of an hour."""
    secret = secrets.token_urlsafe(24)
    expires = (time.time() if now is None else now) + LINK_SECONDS
    session.add(LoginLink(digest=_digest(secret), person=person, role=role, expires=expires))
    return f"/login/{secret}"


def redeem(session: Session, secret: str, now: float) -> str | None:
    """Use a link up and give the cookie's value; None where it is unknown, used or too old."""
    link = session.get(LoginLink, _digest(secret), with_for_update=True)
    if link is None:
        return None
    session.delete(link)
    if link.expires < now:
        return None
    cookie = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            digest=_digest(cookie),
            person=link.person,
            role=link.role,
            csrf=secrets.token_urlsafe(24),
            expires=now + SESSION_SECONDS,
        )
    )
    return cookie


def whoever(session: Session, request: Request[Any, Any, Any]) -> WebSession | None:
    """The live session that the request's cookie names, if any."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    row = session.get(WebSession, _digest(cookie))
    return row if row is not None and row.expires > time.time() else None


def must_be(row: WebSession | None, token: str) -> Person:
    """The person who may act; refuses a request without a session or without the session's form token."""
    if row is None:
        raise HTTPException(status_code=401, detail="Sign in first: `upweight link` prints a one-time link.")
    if not hmac.compare_digest(row.csrf.encode(), token.encode()):
        raise HTTPException(status_code=403, detail="This form is stale. Load the page again.")
    return Person(row.person, row.role)


def end(session: Session, request: Request[Any, Any, Any]) -> None:
    """Forget the session that the request's cookie names."""
    row = whoever(session, request)
    if row is not None:
        session.delete(row)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
