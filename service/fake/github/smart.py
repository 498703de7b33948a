"""Git over HTTP, by Git's own ``http-backend``, with a token as the password; and what any push tells.

Hooks in each repository ring here, so that a push by a file's path is looked at and told as well. Who pushed by a path
is nobody that we know: it is taken for the App.
"""

from __future__ import annotations

import subprocess
from typing import Any

from service.fake import hooks
from service.fake.github import forks, gits, merging, payloads
from service.fake.github.call import Call
from service.fake.github.state import Account, Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
SIGN_IN = {"WWW-Authenticate": 'Basic realm="GitHub"'}


@routes.on("GET", "/{owner}/{repo}/info/refs", "git")
def advertise(call: Call) -> Any:
    """What there is."""
    return _git(call, "info/refs")


@routes.on("POST", "/{owner}/{repo}/git-upload-pack", "git")
def fetch(call: Call) -> Any:
    """A fetch."""
    return _git(call, "git-upload-pack")


@routes.on("POST", "/{owner}/{repo}/git-receive-pack", "git")
def push(call: Call) -> Any:
    """A push."""
    return _git(call, "git-receive-pack")


def _git(call: Call, rest: str) -> Answer:
    name = f"{call.place['owner']}/{call.place['repo'].removesuffix('.git')}"
    repo = call.hub.forks.get(name.lower()) or call.hub.repo(name)
    writes = "git-receive-pack" in (rest, call.request.query.get("service"))
    caller = call.caller
    if caller is None:
        return Answer(401, b"", dict(SIGN_IN))
    allowed = caller.kind == "person" or "contents" in caller.may
    if not allowed or (writes and caller.kind != "person" and caller.may["contents"] == "read"):
        raise Refusal(403, "Write access to repository not granted.")
    if writes and repo not in call.hub.repos and not forks.lets_in(call.hub, repo, caller.account):
        raise Refusal(403, f"Permission to {repo.full_name}.git denied to {caller.account.login}.")
    return _backend(call, repo, rest)


@routes.on("POST", "/_fake/pushing/{repository}", "anybody")
def pushing(call: Call) -> Any:
    """A repository's hook asks: may this be pushed?"""
    hub = call.hub
    with hub.lock:
        repo, who = _rung(call)
        for _, _, ref in hooks.lines(call.request.body):
            branch = ref.removeprefix("refs/heads/")
            if repo not in hub.repos and not forks.lets_in(hub, repo, who, branch):
                raise Refusal(403, f"Permission to {repo.full_name}.git denied to {who.login}.")
            merging.guarded(repo, branch, who)
    return {}


@routes.on("POST", "/_fake/pushed/{repository}", "anybody")
def pushed(call: Call) -> Any:
    """A repository's hook rings: lines of `old new ref` that somebody pushed (`who`)."""
    hub = call.hub
    with hub.lock:
        repo, who = _rung(call)
        for line in hooks.lines(call.request.body):
            old, new = (None if word == payloads.ZERO else word for word in line[:2])
            if repo in hub.repos:
                gits.told(hub, repo, line[2], old, new, who)
            elif line[2].startswith("refs/heads/"):
                forks.moved(hub, repo, line[2].removeprefix("refs/heads/"), new, who)
    return {}


def _rung(call: Call) -> tuple[Repo, Account]:
    hub = call.hub
    known = [*hub.repos, *hub.forks.values()]
    repo = next((repo for repo in known if str(repo.id) == call.place["repository"]), None)
    if repo is None:
        raise Refusal(404, "Not Found")
    return repo, hub.accounts.get(call.request.query.get("who", "").lower(), hub.app.bot)


def ring(repo: Repo, url: str) -> None:
    """Let a repository's hooks ring at this server."""
    hooks.ring(repo.git.path, f"{url}/_fake", str(repo.id))


def _backend(call: Call, repo: Repo, rest: str) -> Answer:
    asked = call.request
    environ = {
        "GIT_PROJECT_ROOT": str(repo.git.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{rest}",
        "REQUEST_METHOD": asked.method,
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in asked.query.items()),
        "CONTENT_TYPE": asked.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        "REMOTE_USER": call.who.login,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    done = subprocess.run(
        ["git", "http-backend"], input=asked.body, env=environ, capture_output=True, timeout=60, check=False
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status if head else 500, body, headers)
