"""Signing in by the printed link, signing out, and the one form handler through which every button goes."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template
from sqlmodel import select

from service.db.tables import Repository
from service.web import render, signin


@get("/", sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> Redirect | Template:
    """The queue of the first repository."""
    with request.app.state.services.database.read() as session:
        first = session.exec(select(Repository.id)).first()
    if first is None:
        return render.page(request, "empty.html", None, "Nothing is served yet")
    return Redirect(f"/r/{first}/queue")


@get("/login/{secret:str}", sync_to_thread=True)
def login(request: Request[Any, Any, Any], secret: str) -> Redirect:
    """Use a one-time link up."""
    with request.app.state.services.database.write() as session:
        cookie = signin.redeem(session, secret, time.time())
    if cookie is None:
        raise HTTPException(
            status_code=403, detail="This link was used or is too old; `upweight up` prints another."
        )
    kept = Cookie(
        key=signin.COOKIE,
        value=cookie,
        httponly=True,
        samesite="lax",
        path="/",
        max_age=signin.SESSION_SECONDS,
    )
    return Redirect("/", cookies=[kept])


@post("/logout", sync_to_thread=True)
def logout(request: Request[Any, Any, Any]) -> Redirect:
    """Forget this session."""
    with request.app.state.services.database.write() as session:
        signin.end(session, request)
    return Redirect("/", status_code=303)


@post("/r/{repository:str}/act")
async def act(request: Request[Any, Any, Any], repository: str) -> Template:
    """A button: a command with its arguments, from somebody who is signed in."""
    from litestar.concurrency import sync_to_thread

    form = {str(k): str(v) for k, v in (await request.form()).items()}
    services = request.app.state.services

    def carry_out() -> Any:
        with services.database.read() as session:
            person = signin.must_be(signin.whoever(session, request), form.pop("csrf", ""))
        form.pop("back", None)
        command = form.pop("command", "")
        return services.act(command, {**form, "repository": repository}, person)

    back = form.get("back", f"/r/{repository}/queue")
    answer = await sync_to_thread(carry_out)
    back = back if back.startswith("/r/") else f"/r/{repository}/queue"
    return render.page(
        request, "done.html", repository, "Done" if answer.ok else "Not done", answer=answer, back=back
    )


ROUTES = [home, login, logout, act]
