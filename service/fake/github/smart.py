"""Git over HTTP, by Git's own ``http-backend``, with a token as the password; and what any push tells.

A hook in each repository rings here, so that a push by a file's path is told as well. Who pushed by a path is nobody
that we know: it is told as the App's own.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

from service.fake.github import gits, payloads
from service.fake.github.call import Call
from service.fake.github.state import Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
HOOK = """import sys, urllib.parse, urllib.request
url = sys.argv[1] + "?who=" + urllib.parse.quote(sys.argv[2])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open(url, sys.stdin.buffer.read(), timeout=30)
"""
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
    return _backend(call, repo, rest)


@routes.on("POST", "/_fake/pushed/{repository}", "anybody")
def pushed(call: Call) -> Any:
    """A repository's hook rings: lines of `old new ref` that somebody pushed (`who`)."""
    hub = call.hub
    with hub.lock:
        repo = next((repo for repo in hub.repos if str(repo.id) == call.place["repository"]), None)
        if repo is None:
            raise Refusal(404, "Not Found")
        who = hub.accounts.get(call.request.query.get("who", "").lower(), hub.app.bot)
        for line in call.request.body.decode().splitlines():
            old, new, ref = (None if word == payloads.ZERO else word for word in line.split(" ", 2))
            gits.told(hub, repo, str(ref), old, new, who)
    return {}


def ring(repo: Repo, url: str) -> None:
    """Let a repository's hook ring at this server."""
    hook = repo.git.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-I", "-S", "-c", HOOK, f"{url}/_fake/pushed/{repo.id}"]
    hook.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$REMOTE_USER"\n')
    hook.chmod(0o755)


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
