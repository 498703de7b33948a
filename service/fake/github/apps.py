"""The App's own end of the API: who it is, where it is installed, its tokens, its deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.fake.deliveries import Sent
from service.fake.github import shapes
from service.fake.github.call import Call
from service.fake.github.state import stamp
from service.fake.web import Answer, Refusal, Routes, page

routes = Routes()


@routes.on("GET", "/app", "app")
def app(call: Call) -> Any:
    """The App that signed."""
    hub = call.hub
    return shapes.app(hub.app, hub.url) | {"installations_count": 1}


@routes.on("GET", "/app/installations", "app")
def installations(call: Call) -> Any:
    """Its one installation."""
    return call.listed([call.hub.app], lambda it: shapes.installation(it, call.hub.url))


@routes.on("GET", "/app/installations/{id}", "app")
def one_installation(call: Call) -> Any:
    """The installation of this number."""
    if call.place["id"] != str(shapes.installation_id(call.hub.app)):
        raise Refusal(404, "Not Found")
    return shapes.installation(call.hub.app, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/installation", "app")
def of_repository(call: Call) -> Any:
    """The installation that sees a repository."""
    if not call.repo().installed:
        raise Refusal(404, "Not Found")
    return shapes.installation(call.hub.app, call.hub.url)


@routes.on("POST", "/app/installations/{id}/access_tokens", "app")
def token(call: Call) -> Any:
    """A token, for all that the App may or for less."""
    hub = call.hub
    if call.place["id"] != str(shapes.installation_id(hub.app)):
        raise Refusal(404, "Not Found")
    if hub.app.suspended:
        raise Refusal(403, "This installation has been suspended")
    body = call.request.json()
    wanted = body.get("permissions") or dict(hub.app.permissions)
    if not set(wanted) <= set(hub.app.permissions):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    made, until = hub.new_token(wanted)
    told = {
        "token": made,
        "expires_at": stamp(until),
        "permissions": wanted,
        "repository_selection": "selected",
    }
    return Answer(201, told)


@routes.on("GET", "/installation/repositories")
def repositories(call: Call) -> Any:
    """What the installation sees."""
    seen = [repo for repo in call.hub.repos if repo.installed]
    shown, headers = page(call.request, call.hub.url, seen)
    told = {"total_count": len(seen), "repository_selection": "selected"}
    return Answer(
        200, told | {"repositories": [shapes.repository(repo, call.hub.url) for repo in shown]}, headers
    )


@routes.on("GET", "/rate_limit", "anybody")
def rate_limit(call: Call) -> Any:
    """How much is left: always nearly all."""
    one = {"limit": 5000, "used": 1, "remaining": 4999, "reset": int(call.hub.clock.now().timestamp()) + 3600}
    return {"resources": dict.fromkeys(("core", "search", "graphql"), one), "rate": one}


@routes.on("GET", "/app/hook/config", "app")
def hook(call: Call) -> Any:
    """Where deliveries go."""
    return {
        "content_type": "json",
        "insecure_ssl": "0",
        "secret": "********",
        "url": call.hub.deliveries.to or call.hub.url,
    }


@routes.on("GET", "/app/hook/deliveries", "app")
def deliveries(call: Call) -> Any:
    """What was sent, the newest first."""
    return call.listed(call.hub.deliveries.all[::-1], lambda sent: _told(call, sent))


@routes.on("GET", "/app/hook/deliveries/{id}", "app")
def delivery(call: Call) -> Any:
    """One of them, with what was sent and answered."""
    sent = _sent(call)
    answered = sent.attempts[-1].answer if sent.attempts else ""
    request = {"headers": sent.headers, "payload": _payload(sent)}
    return _told(call, sent) | {"request": request, "response": {"headers": {}, "payload": answered}}


@routes.on("POST", "/app/hook/deliveries/{id}/attempts", "app")
def redeliver(call: Call) -> Any:
    """Send one again."""
    call.hub.deliveries.again(_sent(call).guid)
    return Answer(202, {})


def _sent(call: Call) -> Sent:
    try:
        return call.hub.deliveries.find(call.place["id"])
    except KeyError:
        raise Refusal(404, "Not Found") from None


def _payload(sent: Sent) -> Any:
    import json

    return json.loads(sent.body)


def _told(call: Call, sent: Sent) -> dict[str, Any]:
    last = sent.attempts[-1] if sent.attempts else None
    at = datetime.fromtimestamp(last.at, UTC) if last else call.hub.clock.now()
    about = _payload(sent).get("repository")
    return {
        "id": sent.id,
        "guid": sent.guid,
        "delivered_at": stamp(at),
        "redelivery": len(sent.attempts) > 1,
        "duration": last.seconds if last else 0.0,
        "status": "OK" if sent.heard else "Invalid HTTP Response",
        "status_code": last.status if last else 0,
        "event": sent.event,
        "action": sent.action or None,
        "installation_id": shapes.installation_id(call.hub.app),
        "repository_id": about["id"] if about else None,
        "url": call.hub.deliveries.to,
    }
