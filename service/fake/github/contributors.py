"""What people do at a pull request: open, push, write, review, label, press."""

from __future__ import annotations

from typing import Any

from service.fake.bare import Files
from service.fake.github import deeds, forks, reviews, shapes_git
from service.fake.github.crowd import Crowd
from service.fake.github.state import Pull


class Contributors(Crowd):
    """Everybody who is not in charge."""

    def open(
        self,
        who: str,
        title: str,
        files: Files | None = None,
        body: str | None = None,
        branch: str = "",
        base: str = "",
        commit: str | None = None,
        draft: bool = False,
        fork: bool = True,
        message: str = "",
        mends: bool = True,
    ) -> int:
        """Open a pull request of these files, or of a commit that is there; from a fork, or from a branch here."""
        with self._hub.lock:
            repo, person = self._repo, self._hub.account(who)
            base = base or repo.branch
            tip = str(repo.git.tip(base))
            text = message or f"{title}\n\nSigned-off-by: {who} <{person.signature[1]}>\n"
            head = commit or repo.git.commit(files or {}, tip, text, person.signature, self._now())
            branch = branch or f"{who}-{max(repo.issues, default=0) + 1}"
            home = forks.of(self._hub, repo, person) if fork else None
            (home or repo).git.put(f"refs/heads/{branch}", head)
            place = home.full_name if home else ""
            pull = Pull(head, branch, base, tip, place, home=home, draft=draft, mends=mends)
            return deeds.open_issue(self._hub, repo, person, title, body, pull).number

    def push(
        self,
        number: int,
        files: Files | None = None,
        commit: str | None = None,
        who: str = "",
        force: bool = False,
        message: str = "",
    ) -> str:
        """Push another head to a pull request: these files on top of it (`force`: on top of its base), or a commit."""
        with self._hub.lock:
            repo, issue, what = self._repo, *self._pull(number)
            person = self._hub.account(who) if who else issue.user
            parent = what.base_sha if force else what.head
            text = (
                message or f"Revise {issue.title}\n\nSigned-off-by: {person.login} <{person.signature[1]}>\n"
            )
            new = commit or repo.git.commit(files or {}, parent, text, person.signature, self._now())
            if what.home is not None:
                what.home.git.put(f"refs/heads/{what.branch}", new)
                deeds.revise(self._hub, repo, issue, person, new)
            else:
                old = repo.git.tip(what.branch)
                repo.git.put(f"refs/heads/{what.branch}", new)
                deeds.branch_moved(self._hub, repo, what.branch, old, new, person)
            return new

    def let_edit(self, number: int, edits: bool = True) -> None:
        """Tick or untick *Allow edits by maintainers* beside it; GitHub tells nobody."""
        with self._hub.lock:
            self._pull(number)[1].mends = edits

    def delete_branch(self, number: int, who: str = "") -> None:
        """Delete the branch that it comes from; GitHub closes it."""
        with self._hub.lock:
            hub, issue, what = self._hub, *self._pull(number)
            person = self._who(who, issue)
            if what.home is not None:
                what.home.git.drop(f"refs/heads/{what.branch}")
                forks.moved(hub, what.home, what.branch, None, person)
            elif (old := self._repo.git.tip(what.branch)) is not None:
                self._repo.git.drop(f"refs/heads/{what.branch}")
                deeds.branch_moved(hub, self._repo, what.branch, old, None, person)

    def commit(self, files: Files, parent: str = "", who: str = "ada", message: str = "A commit\n") -> str:
        """A commit on no branch, on the base branch's tip where no parent is named."""
        with self._hub.lock:
            repo = self._repo
            above = parent or repo.git.tip(repo.branch)
            return repo.git.commit(files, above, message, self._hub.account(who).signature, self._now())

    def push_branch(
        self,
        who: str,
        branch: str,
        files: Files | None = None,
        commit: str | None = None,
        force: bool = False,
    ) -> str:
        """Push to a branch of the repository itself; with `force` a commit that is not after its tip, too."""
        with self._hub.lock:
            repo, person = self._repo, self._hub.account(who)
            old = repo.git.tip(branch)
            above = old or repo.git.tip(repo.branch)
            new = commit or repo.git.commit(
                files or {}, above, f"Push to {branch}\n", person.signature, self._now()
            )
            repo.git.put(f"refs/heads/{branch}", new, force=force)
            deeds.branch_moved(self._hub, repo, branch, old, new, person)
            return new

    def edit(
        self,
        number: int,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
        who: str = "",
    ) -> None:
        """Change a pull request's title, text or base."""
        with self._hub.lock:
            issue = self._issue(number)
            deeds.edit(self._hub, self._repo, issue, self._who(who, issue), title, body, base)

    def draft(self, number: int, draft: bool = True, who: str = "") -> None:
        """Convert it to a draft, or mark it as ready."""
        with self._hub.lock:
            issue = self._issue(number)
            deeds.draft(self._hub, self._repo, issue, self._who(who, issue), draft)

    def comment(self, number: int, who: str, body: str) -> int:
        """Write under it; gives the comment's id."""
        with self._hub.lock:
            return deeds.comment(self._hub, self._repo, self._issue(number), self._hub.account(who), body).id

    def edit_comment(self, number: int, comment: int, body: str, who: str = "") -> None:
        """Change what was written."""
        with self._hub.lock:
            issue = self._issue(number)
            it = next(one for one in issue.comments if one.id == comment)
            deeds.edit_comment(
                self._hub, self._repo, issue, it, self._hub.account(who) if who else it.user, body
            )

    def review(self, number: int, who: str, event: str, body: str = "", commit: str | None = None) -> int:
        """Review it: APPROVE, REQUEST_CHANGES or COMMENT; gives the review's id."""
        with self._hub.lock:
            issue, person = self._issue(number), self._hub.account(who)
            return reviews.review(self._hub, self._repo, issue, person, event, body, commit, []).id

    def dismiss(self, number: int, review: int, who: str) -> None:
        """Dismiss a review."""
        with self._hub.lock:
            issue, what = self._pull(number)
            it = next(one for one in what.reviews if one.id == review)
            it.state = "DISMISSED"
            reviews.tell(self._hub, self._repo, issue, it, "dismissed", self._hub.account(who))

    def label(self, number: int, who: str, *names: str) -> None:
        """Put labels on it."""
        with self._hub.lock:
            deeds.label(self._hub, self._repo, self._issue(number), self._hub.account(who), list(names))

    def unlabel(self, number: int, who: str, name: str) -> None:
        """Take a label away."""
        with self._hub.lock:
            deeds.unlabel(self._hub, self._repo, self._issue(number), self._hub.account(who), name)

    def close(self, number: int, who: str = "") -> None:
        """Close it."""
        with self._hub.lock:
            issue = self._issue(number)
            deeds.close(self._hub, self._repo, issue, self._who(who, issue))

    def reopen(self, number: int, who: str = "") -> None:
        """Open it again."""
        with self._hub.lock:
            issue = self._issue(number)
            deeds.reopen(self._hub, self._repo, issue, self._who(who, issue))

    def issue(self, who: str, title: str, body: str = "") -> int:
        """Open an issue that is no pull request."""
        with self._hub.lock:
            return deeds.open_issue(self._hub, self._repo, self._hub.account(who), title, body).number

    def rerun(self, check: int, who: str) -> None:
        """Ask for a check run to be run again."""
        with self._hub.lock:
            self._press(check, "rerequested", who)

    def press(self, check: int, who: str, button: str) -> None:
        """Press a button of a check run, by its identifier."""
        with self._hub.lock:
            run = self._check(check)
            known = [action["identifier"] for action in run.actions]
            if button not in known:
                raise ValueError(
                    f"check run {check} has no button {button!r}; it has {', '.join(known) or 'none'}"
                )
            self._press(check, "requested_action", who, requested_action={"identifier": button})

    def _press(self, check: int, action: str, who: str, **more: Any) -> None:
        hub, repo = self._hub, self._repo
        run = shapes_git.check(self._check(check), repo, hub.app, hub.url)
        hub.tell("check_run", action, hub.account(who), repo, check_run=run, **more)
