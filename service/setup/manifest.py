"""The GitHub App that we ask for: its rights and events, each with the reason, and GitHub's answer when it is made.

What is not here is not asked for. Not `workflows`: GitHub then refuses to merge a contribution that changes them, and
none to a taxonomy should. Not `administration`: whether a branch is protected can be read without it, and who may pass
is for its administrators to say. Not `statuses`: check runs show everything. Sources: "Registering a GitHub
App from a manifest", "Permissions required for GitHub Apps" and "Webhook events and payloads" at docs.github.com.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any

import httpx
import msgspec

PERMISSIONS: dict[str, tuple[str, str]] = {
    "contents": (
        "write",
        "merge contributions, move the base branch, push refs/upweight and tags, make releases",
    ),
    "pull_requests": ("write", "hear of contributions, list, close and label them, show changes at lines"),
    "issues": (
        "write",
        "comment, react, make labels (a pull request is an issue there), the dashboard issue",
    ),
    "checks": ("write", "the check beside each revision, and its buttons"),
    "metadata": ("read", "GitHub gives it to every App; who has which right on the repository"),
    "members": ("read", "who is in a team that a list of owners names"),
    "merge_queues": ("read", "hear when GitHub's own merge queue asks"),
}
EVENTS: dict[str, str] = {
    "pull_request": "a contribution is opened, pushed to, edited, labelled, closed",
    "issue_comment": "somebody writes, perhaps a command",
    "issues": "a box of the dashboard issue was ticked",
    "pull_request_review": "somebody approves, or asks for changes",
    "push": "the base branch moved by another hand than ours",
    "check_run": "a check is to be run again, or one of its buttons was pressed",
    "check_suite": "all checks are to be run again",
    "merge_group": "GitHub's own merge queue asks whether something may go in",
    "membership": "a team changed: who may do what is asked anew",
    "member": "a collaborator changed: the same",
    "team": "a team's rights changed: the same",
    "repository": "the repository was renamed or transferred",
}
TIMEOUT, MOST = 30.0, 1_000_000
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,33}")  # GitHub takes 34 characters


class NotMade(Exception):
    """GitHub did not make the App, or did not tell what it made; the message says why and what to do."""


class Site(msgspec.Struct, frozen=True):
    """One GitHub: its pages, its interface, and where Git fetches from."""

    pages: str
    api: str
    git: str


class App(msgspec.Struct, frozen=True):
    """What GitHub tells of an App that it has just made, once."""

    id: int
    pem: str
    client_id: str
    client_secret: str
    html_url: str
    webhook_secret: str | None = None
    slug: str = ""

    def __repr__(self) -> str:
        return f"App({self.id}, {self.slug!r})"


def site(host: str) -> Site:
    """The GitHub at `host`: github.com, one of its enterprises' (NAME.ghe.com), or a server of one's own."""
    host = host.strip().lower()
    if not _HOST.fullmatch(host):
        raise ValueError(f"{host[:80]!r} is no host; write github.com, or your server's name")
    git = f"https://{host}/{{owner}}/{{name}}.git"
    if host == "github.com" or host.endswith(".ghe.com"):
        return Site(f"https://{host}", f"https://api.{host}", git)
    return Site(f"https://{host}", f"https://{host}/api/v3", git)


def form(pages: str, org: str | None) -> str:
    """Where the manifest is posted: for oneself, or for an organization that one owns."""
    if org is None:
        return f"{pages}/settings/apps/new"
    if not _LOGIN.fullmatch(org):
        raise ValueError(f"{org[:60]!r} is no organization's name")
    return f"{pages}/organizations/{org}/settings/apps/new"


def manifest(name: str, home_page: str, door: str, back: str) -> dict[str, Any]:
    """The App as GitHub is to make it; `door` takes its deliveries, `back` is where it sends the browser then."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name[:60]!r} is no name for an App; at most 34 letters, digits, spaces, dots, dashes"
        )
    return {
        "name": name,
        "url": home_page,
        "hook_attributes": {"url": door, "active": True},
        "redirect_url": back,
        "public": False,
        "default_permissions": {key: level for key, (level, _) in PERMISSIONS.items()},
        "default_events": list(EVENTS),
    }


def convert(api: str, code: str, authorities: str = "") -> App:
    """Exchange the code that the browser brought back for the App's keys; GitHub takes it once, within an hour.

    Raises NotMade. The proxies of the environment are used.
    """
    if not _CODE.fullmatch(code):
        raise NotMade("GitHub sent the browser back without a code that could be one. Begin again.")
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "upweight"}
    try:
        with httpx.Client(verify=trust(authorities), timeout=TIMEOUT) as client:
            answer = client.post(f"{api.rstrip('/')}/app-manifests/{code}/conversions", headers=headers)
    except httpx.HTTPError as problem:
        raise NotMade(f"{api} can't be reached ({type(problem).__name__}). Load this page again.") from None
    if answer.status_code in (404, 422):
        raise NotMade(
            "GitHub does not know this code: it was used already, or is over an hour old. Begin again."
        )
    if answer.status_code != 201 or len(answer.content) > MOST:
        raise NotMade(f"GitHub answered {answer.status_code}. Load this page again.")
    try:
        app = msgspec.json.decode(answer.content, type=App)
    except msgspec.MsgspecError as problem:
        raise NotMade(f"GitHub's answer is not understood ({problem}).") from None
    if "PRIVATE KEY-----" not in app.pem:
        raise NotMade("GitHub's answer holds no private key.")
    return app


def trust(authorities: str) -> ssl.SSLContext | bool:
    """Whose certificates are good: the usual authorities, and those of a file beside them. Raises ValueError."""
    if not authorities:
        return True
    file = Path(authorities).expanduser()
    trusted = ssl.create_default_context()
    try:
        trusted.load_verify_locations(file)
    except (OSError, ssl.SSLError) as problem:
        raise ValueError(f"{file} holds no certificates ({problem})") from None
    return trusted


def kept(app: App, where: Site) -> dict[str, str]:
    """What the home keeps of an App, by the names of the settings."""
    return {
        "app_id": str(app.id),
        "private_key": app.pem,
        "webhook_secret": app.webhook_secret or "",
        "api": where.api,
        "git": where.git,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "slug": app.slug,
        "html_url": app.html_url,
    }
