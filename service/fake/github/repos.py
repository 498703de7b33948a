"""Repositories, the people who may do something there, teams, branches and their protection."""

from __future__ import annotations

from typing import Any

from service.fake.github import shapes, shapes_git
from service.fake.github.call import Call
from service.fake.github.state import ROLES, Account, Protection, Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
OLD = {"triage": "read", "maintain": "write"}  # `permission` knows three words, `role_name` five


def role(repo: Repo, who: Account) -> str:
    """What somebody may do there; everybody may read what is public."""
    if who.login == repo.owner.login:
        return "admin"
    return repo.roles.get(who.login, "none" if repo.private else "read")


@routes.on("GET", "/repos/{owner}/{repo}", "metadata:read")
def repository(call: Call) -> Any:
    """A repository."""
    return shapes.repository(call.repo(), call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", "metadata:read")
def permission(call: Call) -> Any:
    """What a person may do."""
    repo, who = call.repo(), _account(call)
    named = role(repo, who)
    rank = ROLES.index(named) if named in ROLES else -1
    flags = {name: rank >= ROLES.index(level) for name, level in FLAGS.items()}
    user = shapes.account(who, call.hub.url) | {"permissions": flags, "role_name": named}
    return {"permission": OLD.get(named, named), "role_name": named, "user": user}


FLAGS = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}


@routes.on("GET", "/repos/{owner}/{repo}/collaborators/{username}", "metadata:read")
def collaborator(call: Call) -> Any:
    """Whether somebody is one."""
    if role(call.repo(), _account(call)) in ("none", "read"):
        raise Refusal(404, "Not Found")
    return Answer(204)


def _account(call: Call) -> Account:
    found = call.hub.accounts.get(call.place["username"].lower())
    if found is None:
        raise Refusal(404, "Not Found")
    return found


@routes.on("GET", "/users/{username}", "anybody")
def user(call: Call) -> Any:
    """A person."""
    who = _account(call)
    counts = {"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0}
    nothing: dict[str, Any] = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    times = dict.fromkeys(("created_at", "updated_at"), "2020-01-01T00:00:00Z")
    return (
        shapes.account(who, call.hub.url)
        | nothing
        | counts
        | times
        | {"blog": "", "user_view_type": "public"}
    )


@routes.on("GET", "/user/{username}", "anybody")
def user_by_id(call: Call) -> Any:
    """A person by their number."""
    for who in call.hub.accounts.values():
        if str(who.id) == call.place["username"]:
            call.place["username"] = who.login
            return user(call)
    raise Refusal(404, "Not Found")


@routes.on("GET", "/orgs/{org}", "metadata:read")
def organization(call: Call) -> Any:
    """An organization."""
    it = _organization(call)
    counts = {"public_repos": len(call.hub.repos), "public_gists": 0, "followers": 0, "following": 0}
    flags = {"has_organization_projects": False, "has_repository_projects": False}
    times = dict.fromkeys(("created_at", "updated_at"), "2020-01-01T00:00:00Z")
    own = {"html_url": f"{call.hub.url}/{it.login}", "type": "Organization", "archived_at": None}
    return shapes.organization(it, call.hub.url) | own | counts | flags | times


@routes.on("GET", "/orgs/{org}/teams/{team}/memberships/{username}", "members:read")
def membership(call: Call) -> Any:
    """Whether somebody is in a team."""
    it, slug = _organization(call), call.place["team"]
    members = {login.lower() for login in it.teams.get(slug, ())}
    if call.place["username"].lower() not in members:
        raise Refusal(404, "Not Found")
    mine = f"{call.hub.url}/orgs/{it.login}/teams/{slug}/memberships/{call.place['username']}"
    return {"url": mine, "role": "member", "state": "active"}


@routes.on("GET", "/orgs/{org}/members/{username}", "members:read")
def member(call: Call) -> Any:
    """Whether somebody is in an organization: in one of its teams."""
    who = _account(call)
    if who.login not in {login for team in _organization(call).teams.values() for login in team}:
        raise Refusal(404, "User does not exist or is not a member of the organization")
    return Answer(204)


@routes.on("GET", "/orgs/{org}/teams/{team}/members", "members:read")
def members(call: Call) -> Any:
    """Who is in a team."""
    it = _organization(call)
    if call.place["team"] not in it.teams:
        raise Refusal(404, "Not Found")
    found = [call.hub.accounts[login.lower()] for login in sorted(it.teams[call.place["team"]])]
    return call.listed(found, lambda who: shapes.account(who, call.hub.url))


def _organization(call: Call) -> Account:
    found = call.hub.accounts.get(call.place["org"].lower())
    if found is None or found.type != "Organization":
        raise Refusal(404, "Not Found")
    return found


@routes.on("GET", "/repos/{owner}/{repo}/branches", "contents:read")
def branches(call: Call) -> Any:
    """Every branch."""
    repo = call.repo()
    names = [name.removeprefix("refs/heads/") for name in repo.git.refs("refs/heads/")]
    return call.listed(names, lambda name: _branch(call, repo, name))


def _branch(call: Call, repo: Repo, name: str) -> dict[str, Any]:
    mine, sha = f"{call.hub.url}/repos/{repo.full_name}", repo.git.tip(name)
    where = {"sha": sha, "url": f"{mine}/commits/{sha}"}
    return {
        "name": name,
        "commit": where,
        "protected": name in repo.protected,
        "protection": _short(repo.protected.get(name)),
        "protection_url": f"{mine}/branches/{name}/protection",
    }


def _short(it: Protection | None) -> dict[str, Any]:
    level = "non_admins" if it and it.checks else "off"
    checks = it.checks if it else []
    listed = [{"context": name, "app_id": None} for name in checks]
    return {
        "enabled": it is not None,
        "required_status_checks": {"enforcement_level": level, "contexts": checks, "checks": listed},
    }


@routes.on("GET", "/repos/{owner}/{repo}/branches/{branch+}", "contents:read")
def branch(call: Call) -> Any:
    """One branch."""
    repo, name = call.repo(), call.place["branch"]
    if repo.git.tip(name) is None:
        raise Refusal(404, "Branch not found")
    told = _branch(call, repo, name)
    mine = f"{call.hub.url}/repos/{repo.full_name}/branches/{name}"
    told["_links"] = {"self": mine, "html": f"{call.hub.url}/{repo.full_name}/tree/{name}"}
    told["commit"] = shapes_git.commit(repo.git.read(str(repo.git.tip(name))), repo, call.hub.url)
    return told


@routes.on("GET", "/repos/{owner}/{repo}/branches/{branch+}/protection", "administration:read")
def protection(call: Call) -> Any:
    """What guards a branch."""
    repo, name = call.repo(), call.place["branch"]
    it = repo.protected.get(name)
    if it is None:
        raise Refusal(404, "Branch not protected")
    mine = f"{call.hub.url}/repos/{repo.full_name}/branches/{name}/protection"
    told: dict[str, Any] = {
        "url": mine,
        "enforce_admins": {"url": f"{mine}/enforce_admins", "enabled": False},
    }
    off = ("required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations")
    told |= {flag: {"enabled": False} for flag in off}
    if it.checks:
        listed = [{"context": one, "app_id": None} for one in it.checks]
        told["required_status_checks"] = {
            "url": f"{mine}/required_status_checks", "strict": False, "contexts": it.checks, "checks": listed,
            "contexts_url": f"{mine}/required_status_checks/contexts",
        }  # fmt: skip
    if it.reviews:
        told["required_pull_request_reviews"] = {
            "url": f"{mine}/required_pull_request_reviews", "dismiss_stale_reviews": False,
            "require_code_owner_reviews": False, "required_approving_review_count": it.reviews,
        }  # fmt: skip
    return told
