"""What people of a play ask for from outside, under ``/_fake/``: deeds, troubles, deliveries. It asks for no sign-in.

``GET /_fake/`` lists the deeds; ``POST /_fake/do/say`` with ``{"who": "ada", "number": 1, "text": "..."}`` does one.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from service.fake.gitlab.state import Json, Note, Person, Project, Request
from service.fake.gitlab.wire import Asked, Told

if TYPE_CHECKING:
    from service.fake.gitlab.play import FakeGitLab

PREFIX = "/_fake/"
DEEDS = (
    "open", "push", "say", "rename", "label", "approve", "end", "squash", "move", "tick",
    "let_edit", "delete_branch", "delete_fork",
)  # fmt: skip


def control(play: FakeGitLab, asked: Asked) -> Told:
    """One answer; whatever is wrong with what was asked is answered too."""
    place = asked.path.removeprefix(PREFIX)
    try:
        if asked.method == "GET":
            return _shown(play, place)
        verb, _, name = place.partition("/")
        if verb == "pushing":
            no = play.pushing(name, asked.body)
            return Told(403, no.encode()) if no else Told(200, {})
        if verb == "pushed":
            play.pushed(name, asked.body)
            return Told(200, {})
        body = asked.json()
        if place == "trouble":
            play.trouble(str(body.pop("kind")), **body)
            return Told(201, {"troubles": len(play.wire.troubles)})
        if place == "send":
            return Told(200, {"sent": play.deliveries.send(**body)})
        verb, _, deed = place.partition("/")
        if verb == "do" and deed in DEEDS:
            return Told(201, _done(play, deed, body))
    except (KeyError, TypeError, ValueError) as problem:
        return Told(400, {"message": f"{place}: {problem}"})
    return Told(404, {"message": f"GET {PREFIX} lists what there is"})


def _shown(play: FakeGitLab, place: str) -> Told:
    if place.startswith("requests/"):
        with play.site.lock:
            one = _request(play.project, place.removeprefix("requests/"))
            statuses = [status for status in play.project.statuses if status["sha"] == one.head]
            notes = [note.json() for note in one.notes]
            return Told(200, {**play.project.request_json(one), "notes": notes, "statuses": statuses})
    if place == "issues":
        with play.site.lock:
            return Told(200, [issue.json() for issue in play.project.issues.values()])
    if place == "deliveries":
        sent = [{"id": it.id, "event": it.event, "status": status} for it, status in play.deliveries.sent]
        return Told(200, {"waiting": len(play.deliveries.waiting), "sent": sent})
    if place:
        return Told(404, {"message": f"GET {PREFIX} lists what there is"})
    deeds = {deed: _takes(getattr(play, deed)) for deed in DEEDS}
    return Told(
        200,
        {
            "project": play.project.path,
            "deeds": deeds,
            "also": ["trouble", "send", "deliveries", "issues", "requests/N"],
        },
    )


def _takes(deed: Any) -> Json:
    taken = [name for name in inspect.signature(deed).parameters if name not in ("one", "author")]
    names = {"one": "number", "author": "who"}
    first = [names[name] for name in inspect.signature(deed).parameters if name in names]
    return {"what": (deed.__doc__ or "").strip(), "takes": first + taken}


def _done(play: FakeGitLab, deed: str, body: Json) -> Json:
    """Do it: people are named, and are made with their `level` where they are new; requests are numbered."""
    given = dict(body)
    who = _somebody(play.project, str(given.pop("who", "ada")), given.pop("level", None))
    if "number" in given:
        given["one"] = _request(play.project, str(given.pop("number")))
    labels = given.pop("labels", [])
    role = "author" if deed == "open" else "who"
    if deed == "label":
        play.label(given["one"], who, *labels)
        return {"done": deed}
    done = getattr(play, deed)(**given, **{role: who})
    if isinstance(done, Request):
        return {"done": deed, "number": done.iid, "head": done.head}
    return {"done": deed, "id": done.id} if isinstance(done, Note) else {"done": deed, "head": done}


def _somebody(project: Project, username: str, level: int | None) -> Person:
    found = next((one for one in project.people.values() if one.username == username), None)
    one = found or project.person(username)
    one.level = one.level if level is None else int(level)
    return one


def _request(project: Project, number: str) -> Request:
    return project.requests[int(number)]
