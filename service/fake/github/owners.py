"""What those in charge of a repository do: roles, protection, merges, another name; and what becomes of the App."""

from __future__ import annotations

from service.fake.github import forks, merging, shapes, shapes_git
from service.fake.github.crowd import Crowd
from service.fake.github.hub import Hub
from service.fake.github.payloads import ping
from service.fake.github.state import ROLES, Account, Protection, Repo


class Owners(Crowd):
    """Those in charge."""

    def role(self, who: str, role: str) -> None:
        """Give somebody a role: read, triage, write, maintain, admin, or none."""
        if role not in (*ROLES, "none"):
            raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)} and none")
        with self._hub.lock:
            person, repo = self._hub.account(who), self._repo
            repo.roles[who] = role
            member = shapes.account(person, self._hub.url)
            self._hub.tell(
                "member", "added", repo.owner, repo, member=member, changes={"role_name": {"to": role}}
            )

    def team(self, name: str, members: list[str]) -> None:
        """Say who is in a team of the repository's organization."""
        with self._hub.lock:
            owner, hub = self._repo.owner, self._hub
            before = owner.teams.get(name, set())
            owner.teams[name] = {hub.account(login).login for login in members}
            told = _team(hub, owner, name)
            for login in sorted(before ^ owner.teams[name]):
                action = "added" if login in owner.teams[name] else "removed"
                who = shapes.account(hub.account(login), hub.url)
                about = {
                    "scope": "team",
                    "member": who,
                    "team": told,
                    "organization": shapes.organization(owner, hub.url),
                }
                hub.tell("membership", action, owner, None, **about)

    def protect(
        self, branch: str, checks: list[str] | None = None, reviews: int = 0, bypass: list[str] | None = None
    ) -> None:
        """Protect a branch: these checks and so many approvals before a merge, and no push but by those let by."""
        with self._hub.lock:
            self._repo.protected[branch] = Protection(checks or [], reviews, set(bypass or []))

    def merge(self, number: int, who: str, method: str = "merge") -> str:
        """Merge it by GitHub's own button; gives the commit."""
        with self._hub.lock:
            person = self._hub.account(who)
            return merging.merge(self._hub, self._repo, self._issue(number), person, None, method, "", "")

    def queue(self, number: int, who: str) -> str:
        """Put it into the repository's own merge queue: a group of it alone is made, and the App is asked."""
        with self._hub.lock:
            repo, issue, what = self._repo, *self._pull(number)
            base = str(repo.git.tip(what.base))
            tree = repo.git.merged_tree(base, what.head)
            if tree is None:
                raise ValueError(f"pull request {number} conflicts with {what.base}")
            message = f"Merge pull request #{number}\n\n{issue.title}\n"
            head = repo.git.write(tree, [base, what.head], message, self._repo.owner.signature, self._now())
            ref = f"refs/heads/gh-readonly-queue/{what.base}/pr-{number}-{base}"
            repo.git.put(ref, head)
            told = shapes_git.group(head, ref, base, what.base, repo)
            self._hub.tell("merge_group", "checks_requested", self._hub.account(who), repo, merge_group=told)
            return head

    def rename(self, name: str) -> None:
        """Rename the repository; the old name leads to the new one."""
        with self._hub.lock:
            before = self._repo.name
            self._move(self._repo.owner, name)
            self._hub.tell(
                "repository",
                "renamed",
                self._repo.owner,
                self._repo,
                changes={"repository": {"name": {"from": before}}},
            )

    def transfer(self, owner: str) -> None:
        """Give the repository to another owner."""
        with self._hub.lock:
            hub, before = self._hub, self._repo.owner
            kind = "organization" if before.type == "Organization" else "user"
            shape = shapes.organization if kind == "organization" else shapes.account
            self._move(hub.account(owner, "Organization"), self._repo.name)
            hub.tell(
                "repository",
                "transferred",
                before,
                self._repo,
                changes={"owner": {"from": {kind: shape(before, hub.url)}}},
            )

    def delete_fork(self, number: int) -> None:
        """The fork that a pull request comes from is deleted; GitHub closes what comes from it and keeps the heads."""
        with self._hub.lock:
            _, what = self._pull(number)
            if what.home is None:
                raise ValueError(f"pull request {number} comes from no fork")
            forks.delete(self._hub, what.home)

    def install(self, action: str = "created") -> None:
        """Tell of the App's installation: created, deleted, suspend, unsuspend, new_permissions_accepted."""
        with self._hub.lock:
            hub = self._hub
            hub.app.suspended = action == "suspend"
            for repo in hub.repos:
                repo.installed = action != "deleted"
            listed = [_brief(repo) for repo in hub.repos]
            told = {
                "installation": shapes.installation(hub.app, hub.url),
                "repositories": listed,
                "requester": None,
            }
            hub.tell("installation", action, hub.app.owner, None, **told)

    def ping(self) -> None:
        """Ping the hook."""
        with self._hub.lock:
            self._hub.tell("ping", "", self._hub.app.owner, None, **ping(self._hub))

    def _move(self, owner: Account, name: str) -> None:
        """Another name. Git's side moves too, and the old path leads to it."""
        repo, before = self._repo, self._repo.git.path
        self._hub.moved[repo.full_name.lower()] = repo.id
        repo.owner, repo.name = owner, name
        repo.git.move(self._hub.folder / "git" / owner.login / f"{name}.git")
        before.symlink_to(repo.git.path)


def _team(hub: Hub, owner: Account, name: str) -> shapes.Json:
    mine = f"{hub.url}/orgs/{owner.login}/teams/{name}"
    number = sum(name.encode()) + 100
    return {
        "id": number, "node_id": shapes.node("T", number), "name": name, "slug": name, "description": None,
        "privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "url": mine,
        "html_url": mine, "members_url": f"{mine}/members" + "{/member}", "repositories_url": f"{mine}/repos",
        "parent": None, "deleted": False,
    }  # fmt: skip


def _brief(repo: Repo) -> shapes.Json:
    named = {"id": repo.id, "node_id": shapes.node("R", repo.id), "name": repo.name}
    return named | {"full_name": repo.full_name, "private": repo.private}
