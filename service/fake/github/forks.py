"""Forks: everybody who contributes from one has one, a bare repository with refs of its own beside the first.

Who may push to a fork: its owner, and the App to the branch of an open pull request whose author lets maintainers edit.
"""

from __future__ import annotations

import shutil

from service.fake.github import deeds
from service.fake.github.hub import Hub
from service.fake.github.state import Account, Issue, Pull, Repo


def of(hub: Hub, repo: Repo, who: Account) -> Repo:
    """Somebody's fork of a repository, made where there is none; a name that is taken gets a number, as on GitHub."""
    name = repo.name
    while any(f"{who.login}/{name}".lower() == known.full_name.lower() for known in hub.repos):
        name += "-1"
    known = hub.forks.get(f"{who.login}/{name}".lower())
    if known is None:
        git = repo.git.fork_to(hub.folder / "git" / who.login / f"{name}.git")
        known = Repo(hub.ids.new(), who, name, git, hub.clock.now(), repo.branch, installed=False)
        hub.forks[known.full_name.lower()] = known
        hub.watch(known)
    return known


def pulls(hub: Hub, fork: Repo, branch: str = "") -> list[tuple[Repo, Issue, Pull]]:
    """The open pull requests that come from a fork, or from one branch of it."""
    return [
        (repo, issue, issue.pull)
        for repo in hub.repos
        for issue in repo.pulls
        if issue.pull is not None
        and issue.pull.home is fork
        and issue.state == "open"
        and branch in ("", issue.pull.branch)
    ]


def lets_in(hub: Hub, fork: Repo, who: Account, branch: str = "") -> bool:
    """Whether somebody may push to a fork, or to one branch of it."""
    if who is fork.owner:
        return True
    return who is hub.app.bot and any(what.mends for _, _, what in pulls(hub, fork, branch))


def moved(hub: Hub, fork: Repo, branch: str, new: str | None, who: Account) -> None:
    """A branch of a fork is elsewhere: its pull requests have another head; where it is gone, they are closed."""
    for repo, issue, what in pulls(hub, fork, branch):
        if new is None:
            deeds.close(hub, repo, issue, who)
        elif new != what.head:
            deeds.revise(hub, repo, issue, who, new)


def delete(hub: Hub, fork: Repo) -> None:
    """A fork is deleted: its pull requests are closed, and their heads stay."""
    for repo in hub.repos:
        for issue in repo.pulls:
            if issue.pull is not None and issue.pull.home is fork:
                issue.pull.fork_gone = True
                deeds.close(hub, repo, issue, issue.user)
    hub.forks.pop(fork.full_name.lower(), None)
    shutil.rmtree(fork.git.path)
