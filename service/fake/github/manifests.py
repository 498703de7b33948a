"""The App manifest flow: the page on which a person creates the App, and the exchange of its code.

GitHub's page asks for a name and a click; this one only for the click. The App takes the place of the one that the fake
began with, with a key and a secret of its own.
"""

from __future__ import annotations

import html
import json
import secrets
from typing import Any
from urllib.parse import urlencode

from service.fake.github import payloads, shapes
from service.fake.github.call import Call
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = """<!doctype html><title>Create GitHub App</title><h1>Create {name}</h1>
<p>It may: {may}.</p><p>It hears: {hears}.</p>
<form method="post" action="{action}"><input type="hidden" name="manifest" value="{manifest}">
<input type="hidden" name="state" value="{state}"><input type="hidden" name="sure" value="yes">
<button>Create GitHub App</button></form>
"""


@routes.on("POST", "/settings/apps/new", "anybody")
def own(call: Call) -> Any:
    """The page for a person's own App."""
    return _form(call, call.request.path)


@routes.on("POST", "/organizations/{org}/settings/apps/new", "anybody")
def of_organization(call: Call) -> Any:
    """The page for an organization's App."""
    return _form(call, call.request.path)


def _form(call: Call, action: str) -> Answer:
    form = call.request.form()
    state = form.get("state") or call.request.query.get("state", "")
    try:
        manifest = json.loads(form.get("manifest", ""))
        name, back = str(manifest["name"]), str(manifest["redirect_url"])
        str(manifest["url"])
    except (ValueError, KeyError, TypeError) as problem:
        return Answer(422, f"The manifest is no good: {problem!r}".encode(), HTML)
    if form.get("sure"):
        code = secrets.token_hex(20)
        call.hub.manifests[code] = manifest | {"owner": call.place.get("org", "")}
        return Answer(302, None, {"Location": f"{back}?{urlencode({'code': code, 'state': state})}"})
    filled = PAGE.format(
        name=html.escape(name),
        may=html.escape(
            ", ".join(f"{k}: {v}" for k, v in manifest.get("default_permissions", {}).items()) or "nothing"
        ),
        hears=html.escape(", ".join(manifest.get("default_events", [])) or "nothing"),
        action=html.escape(action),
        manifest=html.escape(form["manifest"]),
        state=html.escape(state),
    )
    return Answer(200, filled.encode(), HTML)


@routes.on("POST", "/app-manifests/{code}/conversions", "anybody")
def convert(call: Call) -> Any:
    """The App's credentials, once, for the code that the page gave."""
    hub = call.hub
    manifest = hub.manifests.pop(call.place["code"], None)
    if manifest is None:
        raise Refusal(404, "Not Found")
    owner = hub.account(manifest["owner"], "Organization") if manifest["owner"] else hub.app.owner
    slug = "-".join(str(manifest["name"]).lower().split())
    hook = manifest.get("hook_attributes") or {}
    given = {
        "permissions": manifest.get("default_permissions", {}),
        "events": manifest.get("default_events", []),
    }
    hub.app = hub.new_app(hub.ids.new(), slug, owner, **given)
    hub.app.name = str(manifest["name"])
    if hook.get("url") and hook.get("active", True):
        hub.deliveries.to = str(hook["url"])
        hub.tell("ping", "", owner, None, **payloads.ping(hub))
    told = {"client_id": f"Iv1.{secrets.token_hex(8)}", "client_secret": secrets.token_hex(20)}
    told |= {"webhook_secret": hub.app.secret, "pem": hub.app.private}
    return Answer(201, shapes.app(hub.app, hub.url) | told)
