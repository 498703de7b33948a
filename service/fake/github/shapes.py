"""Accounts, repositories, the App and its installation as GitHub writes them in JSON.

The lists of addresses are those of GitHub's OpenAPI description, which the tests hold every answer against.
"""

from __future__ import annotations

from typing import Any

from service.fake.github.state import Account, App, Label, Reaction, Repo, stamp

Json = dict[str, Any]

_PERSON = (
    "followers", "following{/other_user}", "gists{/gist_id}", "starred{/owner}{/repo}", "subscriptions",
    "orgs:organizations", "repos", "events{/privacy}", "received_events",
)  # fmt: skip
_REPO = (
    "archive{/archive_format}{/ref}", "assignees{/user}", "git/blobs{/sha}:blobs", "branches{/branch}",
    "collaborators{/collaborator}", "comments{/number}", "commits{/sha}", "compare/{base}...{head}:compare",
    "contents/{+path}:contents", "contributors", "deployments", "downloads", "events", "forks",
    "git/commits{/sha}:git_commits",
    "git/refs{/sha}:git_refs", "git/tags{/sha}:git_tags", "hooks", "issues/comments{/number}:issue_comment",
    "issues/events{/number}:issue_events", "issues{/number}", "keys{/key_id}", "labels{/name}", "languages", "merges",
    "milestones{/number}", "notifications{?since,all,participating}", "pulls{/number}", "releases{/id}", "stargazers",
    "statuses/{sha}:statuses", "subscribers", "subscription", "tags", "teams", "git/trees{/sha}:trees",
)  # fmt: skip
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def _addresses(base: str, listed: tuple[str, ...]) -> Json:
    """`path{template}` or `path:name` -> name_url."""
    found = {}
    for entry in listed:
        path, _, name = (
            entry.rpartition(":") if ":" in entry else (entry, "", entry.split("{")[0].split("/")[0])
        )
        found[f"{name}_url"] = f"{base}/{path}"
    return found


def node(kind: str, number: int | str) -> str:
    """A node id: opaque to everybody."""
    return f"{kind}_kwDO{number}"


def account(it: Account, url: str) -> Json:
    """A simple user."""
    mine = f"{url}/users/{it.login}"
    return {
        "login": it.login,
        "id": it.id,
        "node_id": node("U", it.id),
        "avatar_url": f"{url}/_fake/avatars/{it.id}",
        "gravatar_id": "",
        "url": mine,
        "html_url": f"{url}/{it.login.removesuffix('[bot]')}",
        **_addresses(mine, _PERSON),
        "type": it.type,
        "site_admin": False,
    }


def organization(it: Account, url: str) -> Json:
    """A simple organization."""
    mine = f"{url}/orgs/{it.login}"
    names = ("repos", "events", "hooks", "issues", "members{/member}", "public_members{/member}")
    return {
        "login": it.login,
        "id": it.id,
        "node_id": node("O", it.id),
        "url": mine,
        **_addresses(mine, names),
        "avatar_url": f"{url}/_fake/avatars/{it.id}",
        "description": None,
    }


def repository(it: Repo, url: str) -> Json:
    """A repository, with all that the full shape asks for."""
    mine, html = f"{url}/repos/{it.full_name}", f"{url}/{it.full_name}"
    seen = sum(1 for issue in it.issues.values() if issue.state == "open")
    return {
        "id": it.id,
        "node_id": node("R", it.id),
        "name": it.name,
        "full_name": it.full_name,
        "private": it.private,
        "owner": account(it.owner, url),
        "html_url": html,
        "description": None,
        "fork": False,
        "url": mine,
        **_addresses(mine, _REPO),
        "git_url": f"{html}.git",
        "ssh_url": f"git@example.org:{it.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 1,
        "open_issues": seen,
        "open_issues_count": seen,
        "network_count": 0,
        "subscribers_count": 0,
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "has_downloads": False,
        "is_template": False,
        "allow_forking": True,
        "archived": False,
        "disabled": False,
        "topics": [],
        "web_commit_signoff_required": False,
        "visibility": "private" if it.private else "public",
        "default_branch": it.branch,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.created),
        "pushed_at": stamp(it.created),
    }


def app(it: App, url: str) -> Json:
    """The App."""
    return {
        "id": it.id,
        "slug": it.slug,
        "node_id": node("A", it.id),
        "owner": account(it.owner, url),
        "name": it.name,
        "description": "",
        "external_url": "https://example.org/upweight",
        "html_url": f"{url}/apps/{it.slug}",
        "created_at": stamp(it.created),
        "updated_at": stamp(it.created),
        "permissions": it.permissions,
        "events": it.events,
    }


def installation_id(it: App) -> int:
    """The number of the App's one installation."""
    return it.id + 9_000_000


def installation(it: App, url: str) -> Json:
    """Its installation."""
    number = installation_id(it)
    return {
        "id": number,
        "account": account(it.owner, url),
        "repository_selection": "selected",
        "access_tokens_url": f"{url}/app/installations/{number}/access_tokens",
        "repositories_url": f"{url}/installation/repositories",
        "html_url": f"{url}/settings/installations/{number}",
        "app_id": it.id,
        "app_slug": it.slug,
        "target_id": it.owner.id,
        "target_type": it.owner.type,
        "permissions": it.permissions,
        "events": it.events,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.created),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": account(it.owner, url) if it.suspended else None,
        "suspended_at": stamp(it.created) if it.suspended else None,
    }


def label(it: Label, repo: Repo, url: str) -> Json:
    """A label."""
    return {
        "id": it.id,
        "node_id": node("LA", it.id),
        "url": f"{url}/repos/{repo.full_name}/labels/{it.name}",
        "name": it.name,
        "color": it.color,
        "default": False,
        "description": it.description,
    }


def reaction(it: Reaction, url: str) -> Json:
    """A reaction."""
    return {
        "id": it.id,
        "node_id": node("REA", it.id),
        "user": account(it.user, url),
        "content": it.content,
        "created_at": stamp(it.created),
    }


def counted(reactions: list[Reaction], address: str) -> Json:
    """How many of each reaction."""
    counts = {kind: sum(1 for one in reactions if one.content == kind) for kind in REACTIONS}
    return {"url": f"{address}/reactions", "total_count": len(reactions), **counts}
