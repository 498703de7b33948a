"""Git over HTTP, by Git's own ``http-backend``: the password is a token, and what was pushed is told as a push."""

from __future__ import annotations

import subprocess
from typing import Any

from service.fake.github import deeds
from service.fake.github.call import Call
from service.fake.github.state import Repo
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
    repo = call.hub.repo(f"{call.place['owner']}/{call.place['repo'].removesuffix('.git')}")
    writes = "git-receive-pack" in (rest, call.request.query.get("service"))
    caller = call.caller
    if caller is None:
        return Answer(401, b"", dict(SIGN_IN))
    allowed = caller.kind == "person" or "contents" in caller.may
    if not allowed or (writes and caller.kind != "person" and caller.may["contents"] == "read"):
        raise Refusal(403, "Write access to repository not granted.")
    before = repo.git.refs("refs/heads/")
    answer = _backend(call, repo, rest)
    notice(call, repo, before)
    return answer


def notice(call: Call, repo: Repo, before: dict[str, str]) -> None:
    """Tell of every branch that a push has moved."""
    after = repo.git.refs("refs/heads/")
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            deeds.branch_moved(
                call.hub, repo, name.removeprefix("refs/heads/"), before.get(name), after.get(name), call.who
            )


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
