"""GitLab's side of ``upweight init gitlab``: may the token do what is needed, and a hook that tells us what happens.

A project's hook has no number of ours: it is known by where it delivers. Its secret can't be read back, so what was
stored is what counts. One that begins with ``whsec_`` signs where this GitLab signs deliveries, and then never travels;
elsewhere it is the token. Sources: api/project_webhooks, api/personal_access_tokens, api/members at docs.gitlab.com.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import gitlab
import msgspec
import requests
from gitlab.exceptions import GitlabError

TIMEOUT = 20.0
MAINTAINER, DEVELOPER = 40, 30
STILL = "life: GitLab disabled it, since its deliveries failed (Settings, Webhooks, Test)"
SIGNS = "whsec_"  # how a key begins that GitLab signs with (since 18.11; 32 bytes in base64 stand behind it)
EVENTS: dict[str, str] = {
    "merge_requests_events": "a contribution is opened, pushed to, edited, labelled, approved, closed",
    "note_events": "somebody writes, perhaps a command",
    "push_events": "the base branch moved by another hand than ours",
    "issues_events": "somebody ticks a box of the dashboard issue",
    "emoji_events": "somebody answers a comment with a mark",
}
_PROJECT = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+", re.ASCII)


class Lacking(Exception):
    """GitLab can't be asked, or does not let us; the message says what lacks, the hint what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Site(msgspec.Struct, frozen=True):
    """One GitLab, as one token sees it."""

    url: str
    token: str
    authorities: str = ""
    timeout: float = TIMEOUT

    def __repr__(self) -> str:
        return f"Site({self.url!r})"


class Rights(msgspec.Struct, frozen=True):
    """What a token may do on a project: its scopes (None: GitLab does not tell), the level of its member, its end."""

    scopes: tuple[str, ...] | None
    level: int
    expires: str = ""

    def lacks(self) -> str:
        """What it needs beyond that, in a sentence; empty where it has everything."""
        if self.scopes is not None and "api" not in self.scopes:
            return f"The token has the scopes {', '.join(self.scopes) or 'none'}, and needs `api`."
        if self.level < MAINTAINER:
            return f"The token's member has the level {self.level} on the project, and needs Maintainer (40)."
        return ""


def opened(site: Site) -> gitlab.Gitlab:
    """Talk to it; nothing is sent yet. Redirects would carry the token elsewhere and are not followed."""
    session = requests.Session()
    session.max_redirects = 0
    return gitlab.Gitlab(
        site.url,
        private_token=site.token,
        ssl_verify=site.authorities or True,
        timeout=site.timeout,
        user_agent="upweight",
        session=session,
    )


def checked(name: str) -> str:
    """A project's path, where it can be one. Raises ValueError."""
    if not _PROJECT.fullmatch(name) or len(name) > 300:
        raise ValueError(f"{name[:80]!r} is no project; write it as in its address, GROUP/NAME")
    return name


def project(site: Site, name: str) -> dict[str, Any]:
    """The project. Raises Lacking."""
    return dict(_asked(site, "get", f"/projects/{_quoted(name)}"))


def rights(site: Site, name: str) -> Rights:
    """What the token may do on the project. Raises Lacking."""
    who = _asked(site, "get", "/user")
    member = _maybe(site, f"/projects/{_quoted(name)}/members/all/{int(who['id'])}")
    about = _maybe(site, "/personal_access_tokens/self")
    level = 0 if member is None else int(member.get("access_level") or 0)
    if about is None:  # an OAuth token, or an older GitLab
        return Rights(None, level)
    return Rights(tuple(map(str, about.get("scopes") or ())), level, str(about.get("expires_at") or ""))


def hook(site: Site, name: str, door: str) -> dict[str, Any] | None:
    """Our hook on the project, None where there is none. Raises Lacking."""
    found = _asked(site, "list", f"/projects/{_quoted(name)}/hooks")
    return next((dict(each) for each in found if each.get("url") == door), None)


def lacking(found: dict[str, Any]) -> list[str]:
    """What our hook does not tell us, or does not check; an event that this GitLab does not know is none of it.

    GitLab sends nothing more by a hook whose deliveries failed again and again (api/project_webhooks, `alert_status`).
    """
    wanted = (*EVENTS, "enable_ssl_verification")
    lacks = [key for key in wanted if found.get(key, True) is not True]
    return lacks + ([STILL] if found.get("alert_status", "executable") != "executable" else [])


def put_hook(site: Site, name: str, door: str, secret: str, anew: bool) -> str:
    """Make the hook, or mend it: `made`, `mended` or `same`. It gets the secret when made or `anew`."""
    there = hook(site, name, door)
    at = f"/projects/{_quoted(name)}/hooks"
    body: dict[str, Any] = {"url": door, "enable_ssl_verification": True, **dict.fromkeys(EVENTS, True)}
    signs = {"signing_token": secret, "token": ""} if secret.startswith(SIGNS) else {"token": secret}
    if there is None:
        done = dict(_asked(site, "post", at, body | signs))
    elif anew or lacking(there):
        done = dict(_asked(site, "put", f"{at}/{int(there['id'])}", body | (signs if anew else {})))
    else:
        return "same"
    if (anew or there is None) and "signing_token" in signs and done.get("signing_token_present") is not True:
        _asked(
            site, "put", f"{at}/{int(done['id'])}", body | {"token": secret}
        )  # an older one passes it over
    return "made" if there is None else "mended"


def _maybe(site: Site, path: str) -> Any:
    try:
        return _asked(site, "get", path)
    except Lacking as no:
        if isinstance(no.__cause__, GitlabError) and no.__cause__.response_code in (401, 403, 404):
            return None
        raise


def _asked(site: Site, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request; its faults with what to do about them, and never the token."""
    talk = opened(site)
    try:
        if verb == "get":
            return talk.http_get(path)
        if verb == "list":
            return talk.http_list(path, get_all=True, per_page=100)
        send = talk.http_post if verb == "post" else talk.http_put
        return send(path, post_data=body)
    except GitlabError as error:
        raise _said(site, error, path) from error
    except (requests.RequestException, OSError) as problem:
        hint = "Mend the address (--url), the proxy (HTTPS_PROXY) or the authorities (UPWEIGHT_GITLAB_AUTHORITIES)."
        raise Lacking(f"{site.url} can't be reached ({type(problem).__name__}).", hint) from None


def _said(site: Site, error: GitlabError, path: str) -> Lacking:
    status = error.response_code or 0
    if status == 401:
        hint = "Make one with the scope `api` and the role Maintainer: project, Settings, Access tokens."
        return Lacking(f"{site.url} does not know this token.", hint)
    if status == 404:
        return Lacking(
            f"{site.url} shows this token nothing at {path}.", "Mend the project's name, or its membership."
        )
    words = " ".join(str(error.error_message or "").replace(site.token, "…").split())[:200]
    return Lacking(
        f"{site.url} answered {status} to {path}: {words}.", "The token needs `api` and Maintainer."
    )


def _quoted(name: str) -> str:
    return name.replace("/", "%2F")


def may_push(site: Site, name: str, branch: str, level: int) -> bool:
    """Whether a member of this level may push to the branch, as far as levels tell. Raises Lacking."""
    try:
        found = _asked(site, "get", f"/projects/{_quoted(name)}/protected_branches/{quote(branch, safe='')}")
    except Lacking as no:
        if isinstance(no.__cause__, GitlabError) and no.__cause__.response_code == 404:
            return True  # nothing protects it
        raise
    needed = [int(each.get("access_level") or 0) for each in found.get("push_access_levels") or ()]
    return any(0 < each <= level for each in needed)
