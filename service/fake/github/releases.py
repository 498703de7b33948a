"""Releases and their files. The host for uploads is this same one."""

from __future__ import annotations

from typing import Any

from service.fake.github import gits, shapes_git
from service.fake.github.call import Call, invalid
from service.fake.github.state import Asset, Release, Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()


def _shown(call: Call, it: Release) -> dict[str, Any]:
    return shapes_git.release(it, call.repo(), call.hub.url)


def _found(call: Call) -> Release:
    for it in call.repo().releases:
        if str(it.id) == call.place["id"]:
            return it
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/releases", "contents:read")
def releases(call: Call) -> Any:
    """Every release, the newest first; drafts for those who may write."""
    drafts = call.caller is not None and call.caller.may.get("contents", "write") == "write"
    found = [it for it in reversed(call.repo().releases) if drafts or not it.draft]
    return call.listed(found, lambda it: _shown(call, it))


@routes.on("GET", "/repos/{owner}/{repo}/releases/latest", "contents:read")
def latest(call: Call) -> Any:
    """The newest that is neither a draft nor a first try."""
    for it in reversed(call.repo().releases):
        if not it.draft and not it.prerelease:
            return _shown(call, it)
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/releases/tags/{tag+}", "contents:read")
def by_tag(call: Call) -> Any:
    """The release of a tag; a draft has none yet."""
    for it in call.repo().releases:
        if it.tag == call.place["tag"] and not it.draft:
            return _shown(call, it)
    raise Refusal(404, "Not Found")


@routes.on("POST", "/repos/{owner}/{repo}/releases", "contents:write")
def create(call: Call) -> Any:
    """A release; its tag is made where there is none, unless it is a draft."""
    repo, body, now = call.repo(), call.said("tag_name"), call.hub.clock.now()
    tag, draft = str(body["tag_name"]), bool(body.get("draft"))
    if not draft and any(it.tag == tag and not it.draft for it in repo.releases):
        raise invalid("already_exists", "tag_name", "Release")
    target = str(body.get("target_commitish") or repo.branch)
    if repo.git.ref(f"refs/tags/{tag}") is None and repo.git.resolve(target) is None:
        raise invalid("invalid", "target_commitish", "Release")
    it = Release(
        call.hub.ids.new(), tag, target, body.get("name"), body.get("body"), draft, bool(body.get("prerelease")),
        call.who, now, None,
    )  # fmt: skip
    repo.releases.append(it)
    if not draft:
        _publish(call, repo, it)
    return Answer(201, _shown(call, it))


def _publish(call: Call, repo: Repo, it: Release) -> None:
    name, sha = f"refs/tags/{it.tag}", repo.git.resolve(it.target)
    if repo.git.ref(name) is None and sha is not None:
        repo.git.put(name, sha)
        gits.told(call.hub, repo, name, None, sha, call.who)
    it.published = call.hub.clock.now()
    call.hub.tell("release", "published", call.who, repo, release=shapes_git.release(it, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/releases/{id}", "contents:read")
def one(call: Call) -> Any:
    """One."""
    return _shown(call, _found(call))


@routes.on("PATCH", "/repos/{owner}/{repo}/releases/{id}", "contents:write")
def update(call: Call) -> Any:
    """Change it; a draft that is one no longer is published."""
    it, body = _found(call), call.request.json()
    it.tag, it.target = body.get("tag_name") or it.tag, body.get("target_commitish") or it.target
    it.name, it.body = body.get("name", it.name), body.get("body", it.body)
    it.prerelease = bool(body.get("prerelease", it.prerelease))
    if it.draft and body.get("draft") is False:
        if any(other.tag == it.tag and not other.draft for other in call.repo().releases):
            raise invalid("already_exists", "tag_name", "Release")
        it.draft = False
        _publish(call, call.repo(), it)
    return _shown(call, it)


@routes.on("DELETE", "/repos/{owner}/{repo}/releases/{id}", "contents:write")
def delete(call: Call) -> Any:
    """Take it away; its tag stays."""
    call.repo().releases.remove(_found(call))
    return Answer(204)


@routes.on("GET", "/repos/{owner}/{repo}/releases/{id}/assets", "contents:read")
def assets(call: Call) -> Any:
    """Its files."""
    it, repo = _found(call), call.repo()
    return call.listed(it.assets, lambda one: shapes_git.asset(one, it, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/releases/{id}/assets", "contents:write")
def upload(call: Call) -> Any:
    """Another file; 422 where there is one of this name."""
    it, asked = _found(call), call.request.query
    name = asked.get("name", "")
    if not name or not call.request.body:
        raise Refusal(422 if name else 400, "Bad Size" if name else "name is missing")
    if any(one.name == name for one in it.assets):
        raise invalid("already_exists", "name", "ReleaseAsset")
    kind = call.request.headers.get("content-type", "application/octet-stream")
    made = Asset(
        call.hub.ids.new(), name, kind, call.request.body, asked.get("label"), call.who, call.hub.clock.now()
    )
    it.assets.append(made)
    return Answer(201, shapes_git.asset(made, it, call.repo(), call.hub.url))


def _asset(call: Call) -> tuple[Release, Asset]:
    for it in call.repo().releases:
        for one in it.assets:
            if str(one.id) == call.place["id"]:
                return it, one
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/releases/assets/{id}", "contents:read")
def download(call: Call) -> Any:
    """A file, or what there is to say of it."""
    it, one = _asset(call)
    if "octet-stream" in call.request.headers.get("accept", ""):
        return Answer(200, one.data, {"Content-Type": one.kind})
    return shapes_git.asset(one, it, call.repo(), call.hub.url)


@routes.on("DELETE", "/repos/{owner}/{repo}/releases/assets/{id}", "contents:write")
def remove(call: Call) -> Any:
    """Take a file away."""
    it, one = _asset(call)
    it.assets.remove(one)
    return Answer(204)
