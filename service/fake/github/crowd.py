"""What everybody's deeds stand on: the hub, one repository, and what is found there by its number."""

from __future__ import annotations

from service.fake.github.hub import Hub
from service.fake.github.state import Account, CheckRun, Issue, Pull, Repo


class Crowd:
    """Somebody, at one repository."""

    def __init__(self, hub: Hub, repo: Repo) -> None:
        self._hub, self._repo = hub, repo

    def _now(self) -> int:
        return int(self._hub.clock.now().timestamp())

    def _issue(self, number: int) -> Issue:
        try:
            return self._repo.issues[number]
        except KeyError:
            raise ValueError(f"{self._repo.full_name} has no pull request {number}") from None

    def _pull(self, number: int) -> tuple[Issue, Pull]:
        issue = self._issue(number)
        if issue.pull is None:
            raise ValueError(f"{self._repo.full_name}#{number} is an issue")
        return issue, issue.pull

    def _who(self, who: str, issue: Issue) -> Account:
        return self._hub.account(who) if who else issue.user

    def _check(self, number: int) -> CheckRun:
        for run in self._repo.checks:
            if run.id == number:
                return run
        raise ValueError(f"{self._repo.full_name} has no check run {number}")
