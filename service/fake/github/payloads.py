"""Parts of webhooks that the REST API has not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pygit2

from service.fake.github import shapes
from service.fake.github.state import Account, Repo

if TYPE_CHECKING:
    from service.fake.github.hub import Hub

ZERO = "0" * 40
MOST = 2048


def commit(it: pygit2.Commit, repo: Repo, url: str) -> shapes.Json:
    """A commit as a push tells it."""
    at = datetime.fromtimestamp(it.commit_time, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return {
        "id": str(it.id),
        "tree_id": str(it.tree_id),
        "distinct": True,
        "message": it.message,
        "timestamp": at,
        "url": f"{url}/{repo.full_name}/commit/{it.id}",
        "author": {"name": it.author.name, "email": it.author.email, "username": it.author.name},
        "committer": {"name": it.committer.name, "email": it.committer.email, "username": it.committer.name},
        **_touched(it, repo),
    }


def _touched(it: pygit2.Commit, repo: Repo) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    if not it.parents:
        return told
    for change in repo.git.changes(str(it.parents[0].id), str(it.id)):
        told[change.status if change.status in told else "modified"].append(change.path)
    return told


def push(hub: Hub, repo: Repo, ref: str, old: str | None, new: str | None, who: Account) -> shapes.Json:
    """A push of one ref."""
    git, url = repo.git, hub.url
    forced = bool(old and new and not git.holds(new, old))
    commits = git.between(old, new)[-MOST:] if old and new else [git.read(new)] if new else []
    about = shapes.repository(repo, url)
    about |= {"created_at": int(repo.created.timestamp()), "pushed_at": int(hub.clock.now().timestamp())}
    owner = about["owner"] | {"name": repo.owner.login, "email": None}
    return {
        "ref": ref,
        "before": old or ZERO,
        "after": new or ZERO,
        "created": old is None,
        "deleted": new is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{url}/{repo.full_name}/compare/{(old or ZERO)[:12]}...{(new or ZERO)[:12]}",
        "commits": [commit(one, repo, url) for one in commits],
        "head_commit": commit(git.read(new), repo, url) if new else None,
        "pusher": {"name": who.login, "email": who.signature[1]},
        "repository": about | {"owner": owner, "master_branch": repo.branch, "stargazers": 0},
    }


def ping(hub: Hub) -> shapes.Json:
    """The first delivery of a hook."""
    at = hub.app.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    hook = {
        "type": "App",
        "id": hub.app.id + 1,
        "name": "web",
        "active": True,
        "events": hub.app.events,
        "config": {
            "content_type": "json",
            "insecure_ssl": "0",
            "secret": "********",
            "url": hub.deliveries.to or hub.url,
        },
        "updated_at": at,
        "created_at": at,
        "app_id": hub.app.id,
        "deliveries_url": f"{hub.url}/app/hook/deliveries",
    }
    return {"zen": "Speak like a human.", "hook_id": hub.app.id + 1, "hook": hook}
