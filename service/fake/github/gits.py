"""The Git database by the API: refs, tags, commits, contents, comparisons."""

from __future__ import annotations

import base64
from typing import Any

import pygit2

from service.fake.bare import NotForward
from service.fake.github import deeds, merging, payloads, shapes_git
from service.fake.github.call import Call, invalid
from service.fake.github.hub import Hub
from service.fake.github.state import Account, Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()


def _found(call: Call) -> tuple[Repo, str]:
    repo, name = call.repo(), f"refs/{call.place['ref']}"
    if repo.git.ref(name) is None:
        raise Refusal(404, "Not Found")
    return repo, name


@routes.on("GET", "/repos/{owner}/{repo}/git/ref/{ref+}", "contents:read")
def ref(call: Call) -> Any:
    """One ref."""
    repo, name = _found(call)
    return shapes_git.ref(name, repo, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref+}", "contents:read")
def matching(call: Call) -> Any:
    """Refs that begin so."""
    repo = call.repo()
    return call.listed(
        list(repo.git.refs(f"refs/{call.place['ref']}")),
        lambda name: shapes_git.ref(name, repo, call.hub.url),
    )


@routes.on("POST", "/repos/{owner}/{repo}/git/refs", "contents:write")
def create(call: Call) -> Any:
    """A new ref."""
    repo, body = call.repo(), call.said("ref", "sha")
    name, sha = str(body["ref"]), str(body["sha"])
    if not name.startswith("refs/") or name.count("/") < 2 or not pygit2.reference_is_valid_name(name):
        raise invalid(
            "custom", "ref", "Reference", "Reference name must start with refs/ and have two slashes"
        )
    if name.startswith("refs/pull/"):
        raise Refusal(422, "Reference update failed")
    if repo.git.kind(sha) is None:
        raise Refusal(422, "Object does not exist")
    if repo.git.ref(name) is not None:
        raise Refusal(422, "Reference already exists")
    repo.git.put(name, sha)
    told(call.hub, repo, name, None, sha, call.who)
    return Answer(201, shapes_git.ref(name, repo, call.hub.url))


@routes.on("PATCH", "/repos/{owner}/{repo}/git/refs/{ref+}", "contents:write")
def update(call: Call) -> Any:
    """Move a ref; not backwards unless that is forced."""
    repo, body, name = call.repo(), call.said("sha"), f"refs/{call.place['ref']}"
    old, new = repo.git.ref(name), str(body["sha"])
    if old is None:
        raise Refusal(422, "Reference does not exist")
    if repo.git.kind(new) is None:
        raise Refusal(422, "Object does not exist")
    if name.startswith("refs/pull/"):
        raise Refusal(422, "Reference update failed")
    merging.guarded(repo, name.removeprefix("refs/heads/"), call.who)
    try:
        repo.git.put(name, new, force=bool(body.get("force")))
    except NotForward:
        raise Refusal(422, "Update is not a fast forward") from None
    if new != old:
        told(call.hub, repo, name, old, new, call.who)
    return shapes_git.ref(name, repo, call.hub.url)


@routes.on("DELETE", "/repos/{owner}/{repo}/git/refs/{ref+}", "contents:write")
def delete(call: Call) -> Any:
    """Take a ref away."""
    repo, name = call.repo(), f"refs/{call.place['ref']}"
    old = repo.git.ref(name)
    if old is None:
        raise Refusal(422, "Reference does not exist")
    merging.guarded(repo, name.removeprefix("refs/heads/"), call.who)
    repo.git.drop(name)
    told(call.hub, repo, name, old, None, call.who)
    return Answer(204)


def told(hub: Hub, repo: Repo, name: str, old: str | None, new: str | None, who: Account) -> None:
    """Branches and tags are told as pushes; other refs are nobody's business."""
    if name.startswith("refs/heads/"):
        deeds.branch_moved(hub, repo, name.removeprefix("refs/heads/"), old, new, who)
    elif name.startswith("refs/tags/"):
        before, after = (str(repo.git.read(sha).id) if sha else None for sha in (old, new))
        hub.tell("push", "", who, repo, **payloads.push(hub, repo, name, before, after, who))


@routes.on("POST", "/repos/{owner}/{repo}/git/tags", "contents:write")
def tag(call: Call) -> Any:
    """A tag object; a ref makes a tag of it."""
    repo, body = call.repo(), call.said("tag", "message", "object", "type")
    target = str(body["object"])
    if repo.git.kind(target) != body["type"]:
        raise Refusal(422, "Object does not exist")
    by = body.get("tagger") or {}
    who = (str(by["name"]), str(by["email"])) if by else call.who.signature
    sha = repo.git.tag(
        str(body["tag"]), target, str(body["message"]), who, int(call.hub.clock.now().timestamp())
    )
    return Answer(201, shapes_git.tag(sha, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/git/tags/{sha}", "contents:read")
def one_tag(call: Call) -> Any:
    """A tag object."""
    repo, sha = call.repo(), call.place["sha"]
    if repo.git.kind(sha) != "tag":
        raise Refusal(404, "Not Found")
    return shapes_git.tag(sha, repo, call.hub.url)


def _commit(repo: Repo, name: str) -> pygit2.Commit:
    sha = repo.git.resolve(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return repo.git.read(sha)


@routes.on("GET", "/repos/{owner}/{repo}/git/commits/{sha}", "contents:read")
def git_commit(call: Call) -> Any:
    """A commit of the database."""
    repo, sha = call.repo(), call.place["sha"]
    if len(sha) != 40 or not repo.git.has(sha):
        raise Refusal(404, "Not Found")
    return shapes_git.git_commit(repo.git.read(sha), repo, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/commits", "contents:read")
def commits(call: Call) -> Any:
    """The commits up to a branch's tip, the newest first."""
    repo = call.repo()
    start = _commit(repo, call.request.query.get("sha") or repo.branch)
    found = list(repo.git.repo.walk(start.id))
    return call.listed(found, lambda it: shapes_git.commit(it, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/commits/{ref}", "contents:read")
def commit(call: Call) -> Any:
    """One commit, with its files."""
    repo = call.repo()
    it = _commit(repo, call.place["ref"])
    from service.fake.github.shapes_issue import file

    before = str(it.parents[0].id) if it.parents else None
    changes = list(repo.git.changes(before, str(it.id))) if before else []
    added, removed = sum(c.added for c in changes), sum(c.removed for c in changes)
    told = {"stats": {"additions": added, "deletions": removed, "total": added + removed}}
    return (
        shapes_git.commit(it, repo, call.hub.url)
        | told
        | {"files": [file(c, str(it.id), repo, call.hub.url) for c in changes]}
    )


@routes.on("GET", "/repos/{owner}/{repo}/compare/{basehead+}", "contents:read")
def compare(call: Call) -> Any:
    """How two commits differ: ahead, behind, diverged or identical."""
    from service.fake.github.shapes_issue import file

    repo, url = call.repo(), call.hub.url
    base, _, head = call.place["basehead"].partition("...")
    old, new = _commit(repo, base), _commit(repo, head)
    ahead, behind = repo.git.between(str(old.id), str(new.id)), repo.git.between(str(new.id), str(old.id))
    words = {
        (True, True): "diverged",
        (True, False): "ahead",
        (False, True): "behind",
        (False, False): "identical",
    }
    mine, html = (
        f"{url}/repos/{repo.full_name}/compare/{base}...{head}",
        f"{url}/{repo.full_name}/compare/{base}...{head}",
    )
    fork = repo.git.read(repo.git.fork(str(old.id), str(new.id)))
    return {
        "url": mine,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": shapes_git.commit(old, repo, url),
        "merge_base_commit": shapes_git.commit(fork, repo, url),
        "status": words[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [shapes_git.commit(it, repo, url) for it in ahead[:250]],
        "files": [
            file(change, str(new.id), repo, url) for change in repo.git.changes(str(old.id), str(new.id))
        ][:300],
    }


@routes.on("GET", "/repos/{owner}/{repo}/contents/{path+}", "contents:read")
def contents(call: Call) -> Any:
    """A file at a commit."""
    repo, url, path = call.repo(), call.hub.url, call.place["path"]
    ref = call.request.query.get("ref") or repo.branch
    try:
        it = _commit(repo, ref).tree / path
    except KeyError:
        raise Refusal(404, "Not Found") from None
    if not isinstance(it, pygit2.Blob):
        raise Refusal(404, "Not Found")
    if "raw" in call.request.headers.get("accept", ""):
        return Answer(200, it.data, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    mine, html = (
        f"{url}/repos/{repo.full_name}/contents/{path}?ref={ref}",
        f"{url}/{repo.full_name}/blob/{ref}/{path}",
    )
    git = f"{url}/repos/{repo.full_name}/git/blobs/{it.id}"
    return {
        "type": "file", "encoding": "base64", "size": it.size, "name": path.rsplit("/", 1)[-1], "path": path,
        "content": base64.encodebytes(it.data).decode(), "sha": str(it.id), "url": mine, "git_url": git,
        "html_url": html, "download_url": f"{url}/{repo.full_name}/raw/{ref}/{path}",
        "_links": {"self": mine, "git": git, "html": html},
    }  # fmt: skip
