"""Commits, refs, checks, statuses and releases as GitHub writes them in JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import pygit2

from service.fake.github.shapes import Json, account, app, node
from service.fake.github.state import App, Asset, CheckRun, Issue, Release, Repo, Status, stamp


def when(it: pygit2.Signature) -> str:
    """A signature's time."""
    return str(stamp(datetime.fromtimestamp(it.time, UTC)))


def _who(it: pygit2.Signature) -> Json:
    return {"name": it.name, "email": it.email, "date": when(it)}


def _known(it: pygit2.Signature, repo: Repo, url: str) -> Json | None:
    """The account behind an e-mail address, where a pull request's author or the owner has it; None otherwise."""
    for who in (repo.owner, *(issue.user for issue in repo.issues.values())):
        if who.signature[1] == it.email:
            return account(who, url)
    return None


UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def commit(it: pygit2.Commit, repo: Repo, url: str) -> Json:
    """A commit as the commits API shows it."""
    mine, html = f"{url}/repos/{repo.full_name}/commits/{it.id}", f"{url}/{repo.full_name}/commit"
    return {
        "sha": str(it.id),
        "node_id": node("C", str(it.id)),
        "url": mine,
        "html_url": f"{html}/{it.id}",
        "comments_url": f"{mine}/comments",
        "commit": {
            "url": f"{url}/repos/{repo.full_name}/git/commits/{it.id}",
            "author": _who(it.author),
            "committer": _who(it.committer),
            "message": it.message,
            "comment_count": 0,
            "tree": {"sha": str(it.tree_id), "url": f"{url}/repos/{repo.full_name}/git/trees/{it.tree_id}"},
            "verification": UNSIGNED,
        },
        "author": _known(it.author, repo, url),
        "committer": _known(it.committer, repo, url),
        "parents": [
            {"sha": str(p), "url": f"{url}/repos/{repo.full_name}/commits/{p}", "html_url": f"{html}/{p}"}
            for p in it.parent_ids
        ],
    }


def git_commit(it: pygit2.Commit, repo: Repo, url: str) -> Json:
    """A commit as the Git database API shows it."""
    mine, html = f"{url}/repos/{repo.full_name}/git/commits", f"{url}/{repo.full_name}/commit"
    return {
        "sha": str(it.id),
        "node_id": node("C", str(it.id)),
        "url": f"{mine}/{it.id}",
        "html_url": f"{html}/{it.id}",
        "author": _who(it.author),
        "committer": _who(it.committer),
        "message": it.message,
        "tree": {"sha": str(it.tree_id), "url": f"{url}/repos/{repo.full_name}/git/trees/{it.tree_id}"},
        "parents": [{"sha": str(p), "url": f"{mine}/{p}", "html_url": f"{html}/{p}"} for p in it.parent_ids],
        "verification": UNSIGNED,
    }


def ref(name: str, repo: Repo, url: str) -> Json:
    """A ref and what it points at."""
    target = repo.git.ref(name)
    assert target is not None
    kind = repo.git.kind(target)
    return {
        "ref": name,
        "node_id": node("REF", name),
        "url": f"{url}/repos/{repo.full_name}/git/{name}",
        "object": {"type": kind, "sha": target, "url": f"{url}/repos/{repo.full_name}/git/{kind}s/{target}"},
    }


def tag(sha: str, repo: Repo, url: str) -> Json:
    """A tag object."""
    it = repo.git.repo[sha]
    assert isinstance(it, pygit2.Tag)
    mine, target = f"{url}/repos/{repo.full_name}/git", str(it.target)
    kind = repo.git.kind(target)
    return {
        "sha": sha,
        "node_id": node("TA", sha),
        "tag": it.name,
        "url": f"{mine}/tags/{sha}",
        "message": it.message,
        "tagger": _who(it.tagger) if it.tagger else {"name": "", "email": "", "date": "1970-01-01T00:00:00Z"},
        "object": {"type": kind, "sha": target, "url": f"{mine}/{kind}s/{target}"},
        "verification": UNSIGNED,
    }


def short_pull(it: Issue, repo: Repo, url: str) -> Json:
    """A pull request as a check run names it."""
    assert it.pull is not None
    mine = f"{url}/repos/{repo.full_name}"
    here = {"id": repo.id, "url": mine, "name": repo.name}
    return {
        "id": it.id,
        "number": it.number,
        "url": f"{mine}/pulls/{it.number}",
        "head": {"ref": it.pull.branch, "sha": it.pull.head, "repo": here},
        "base": {"ref": it.pull.base, "sha": it.pull.base_sha, "repo": here},
    }


def check(it: CheckRun, repo: Repo, by: App, url: str) -> Json:
    """A check run. Heads from forks are not listed under `pull_requests`, as on GitHub."""
    mine = f"{url}/repos/{repo.full_name}/check-runs/{it.id}"
    about = [
        p for p in repo.pulls if p.pull and p.pull.head == it.head and p.state == "open" and not p.pull.fork
    ]
    return {
        "id": it.id,
        "node_id": node("CR", it.id),
        "name": it.name,
        "head_sha": it.head,
        "external_id": it.external,
        "url": mine,
        "html_url": f"{url}/{repo.full_name}/runs/{it.id}",
        "details_url": it.details or f"{url}/{repo.full_name}/runs/{it.id}",
        "status": it.status,
        "conclusion": it.conclusion,
        "started_at": stamp(it.started),
        "completed_at": stamp(it.completed),
        "output": {
            "title": it.title,
            "summary": it.summary,
            "text": it.text,
            "annotations_count": len(it.annotations),
            "annotations_url": f"{mine}/annotations",
        },
        "check_suite": {"id": it.suite},
        "app": app(by, url),
        "pull_requests": [short_pull(p, repo, url) for p in about],
    }


def status(it: Status, repo: Repo, url: str) -> Json:
    """A commit status."""
    return {
        "id": it.id,
        "node_id": node("SC", it.id),
        "url": f"{url}/repos/{repo.full_name}/statuses/{it.sha}",
        "avatar_url": f"{url}/_fake/avatars/{it.user.id}",
        "state": it.state,
        "context": it.context,
        "description": it.description,
        "target_url": it.target,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.created),
        "creator": account(it.user, url),
    }


def asset(it: Asset, under: Release, repo: Repo, url: str) -> Json:
    """A file of a release."""
    import hashlib

    return {
        "id": it.id,
        "node_id": node("RA", it.id),
        "name": it.name,
        "label": it.label,
        "state": "uploaded",
        "content_type": it.kind,
        "size": len(it.data),
        "digest": "sha256:" + hashlib.sha256(it.data).hexdigest(),
        "download_count": 0,
        "url": f"{url}/repos/{repo.full_name}/releases/assets/{it.id}",
        "browser_download_url": f"{url}/{repo.full_name}/releases/download/{under.tag}/{it.name}",
        "uploader": account(it.user, url),
        "created_at": stamp(it.created),
        "updated_at": stamp(it.created),
    }


def release(it: Release, repo: Repo, url: str) -> Json:
    """A release. Files are uploaded to this same host, where GitHub has one of its own for them."""
    mine, html = f"{url}/repos/{repo.full_name}", f"{url}/{repo.full_name}/releases"
    return {
        "id": it.id,
        "node_id": node("RE", it.id),
        "url": f"{mine}/releases/{it.id}",
        "html_url": f"{html}/tag/{it.tag}",
        "assets_url": f"{mine}/releases/{it.id}/assets",
        "upload_url": f"{mine}/releases/{it.id}/assets" + "{?name,label}",
        "tarball_url": None if it.draft else f"{mine}/tarball/{it.tag}",
        "zipball_url": None if it.draft else f"{mine}/zipball/{it.tag}",
        "tag_name": it.tag,
        "target_commitish": it.target,
        "name": it.name,
        "body": it.body,
        "draft": it.draft,
        "immutable": False,
        "prerelease": it.prerelease,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.published or it.created),
        "published_at": stamp(it.published),
        "author": account(it.user, url),
        "assets": [asset(one, it, repo, url) for one in it.assets],
    }


def group(head: str, ref: str, base: str, branch: str, repo: Repo) -> Json:
    """A group of the merge queue."""
    it = repo.git.read(head)
    who = {"name": it.author.name, "email": it.author.email}
    told = {"id": head, "tree_id": str(it.tree_id), "message": it.message, "timestamp": when(it.author)}
    return {
        "head_sha": head, "head_ref": ref, "base_sha": base, "base_ref": f"refs/heads/{branch}",
        "head_commit": told | {"author": who, "committer": who},
    }  # fmt: skip
