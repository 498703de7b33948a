"""Signing in by the printed link, signing out, and the one form handler through which every button goes."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie, FormMultiDict
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlmodel import select

from service.db.tables import Repository
from service.web import render, signin

OURS = ("csrf", "back", "command", "repository")  # fields of a form that are no arguments
BOXES = ("numbers", "hold")  # fields that may come several times
NOBODY = "Tick at least one contribution: a batch of nobody can't be formed."


@get("/", sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> Redirect | Template:
    """The queue of the first repository."""
    with request.app.state.services.database.read() as session:
        first = session.exec(select(Repository.id)).first()
    if first is None:
        return render.page(request, "empty.html", None, "Nothing is served yet")
    return Redirect(f"/r/{first}/queue")


@get("/signin", sync_to_thread=True)
def sign_in(request: Request[Any, Any, Any]) -> Template:
    """How to sign in."""
    return render.page(request, "signin.html", None, "Sign in")


@get("/login/{secret:str}", sync_to_thread=True)
def login(request: Request[Any, Any, Any], secret: FromPath[str]) -> Redirect:
    """Use a one-time link up."""
    with request.app.state.services.database.write() as session:
        cookie = signin.redeem(session, secret, time.time())
    if cookie is None:
        raise HTTPException(
            status_code=403, detail="This link was used or is too old; `upweight link` prints another."
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


@post("/logout")
async def logout(request: Request[Any, Any, Any]) -> Redirect:
    """Forget this session."""
    token = str((await request.form()).get("csrf", ""))

    def forget() -> None:
        with request.app.state.services.database.write() as session:
            signin.must_be(signin.whoever(session, request), token)
            signin.end(session, request)

    await sync_to_thread(forget)
    gone = Cookie(key=signin.COOKIE, value="", httponly=True, samesite="lax", path="/", max_age=0)
    return Redirect("/signin", status_code=303, cookies=[gone])


@post("/r/{repository:str}/act", status_code=200)
async def act(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """A button: a command with its arguments, from somebody who is signed in."""
    form = await request.form()
    services = request.app.state.services
    queue = f"/r/{repository}/queue"
    back = str(form.get("back", queue))
    back = back if back.startswith("/r/") else queue

    def carry_out() -> Any:
        with services.database.read() as session:
            person = signin.must_be(signin.whoever(session, request), str(form.get("csrf", "")))
        if form.get("command") == "batch" and "numbers" not in form:
            raise HTTPException(status_code=422, detail=NOBODY)  # not the policy's choice: boxes were there
        asked = {**_arguments(form), "repository": repository}
        return services.act(str(form.get("command", "")), asked, person)

    answer = await sync_to_thread(carry_out)
    if request.headers.get("hx-request"):
        return Template("told.html", context={"answer": answer, "back": back})
    title = "Done" if answer.ok else "Not done"
    return await sync_to_thread(
        lambda: render.page(request, "done.html", repository, title, answer=answer, back=back)
    )


def _arguments(form: FormMultiDict) -> dict[str, Any]:
    """What the fields ask for: boxes are lists, `questions` has one a line."""
    asked: dict[str, Any] = {str(k): str(form[k]) for k in form if k not in OURS}
    for name in BOXES:
        if name in form:
            asked[name] = [str(number) for number in form.getall(name)]
    if "questions" in form:
        asked["questions"] = [line.strip() for line in str(form["questions"]).splitlines() if line.strip()]
    return asked


ROUTES = [home, sign_in, login, logout, act]
