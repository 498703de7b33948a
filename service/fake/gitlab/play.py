"""A fake GitLab as a whole: started in one line, with people who open, push, write, label, approve, merge and close."""

from __future__ import annotations

import secrets
import shutil
import threading
from pathlib import Path
from typing import Any

import pygit2

from service.fake import hooks
from service.fake.bare import Files
from service.fake.gitlab import bodies, git_routes, issue_routes, talk_routes
from service.fake.gitlab.control import PREFIX, control
from service.fake.gitlab.deliveries import Deliveries
from service.fake.gitlab.site import Site
from service.fake.gitlab.state import WHO, ZERO, Issue, Note, Person, Project, Request
from service.fake.gitlab.wire import Asked, Told, Trouble, Wire

ROUTED = (talk_routes, git_routes, issue_routes)  # that their routes are known
DEVELOPER, MAINTAINER = 30, 40


class FakeGitLab:
    """Serves one project below `folder` from when it is made until it is closed. `bot` is who we are there.

    With `deliver_to` what happens is told there at once, proved by `secret`; without, it waits for ``deliveries.send``.
    """

    def __init__(
        self,
        folder: Path,
        path: str = "school/taxonomy",
        port: int = 0,
        seed: int = 0,
        deliver_to: str = "",
        secret: str = "",
        files: Files | None = None,
    ) -> None:
        self.folder, self.secret = folder, secret or secrets.token_urlsafe(24)
        self.project = Project(folder, path, files=files)
        self.bot = self.project.person("project_42_bot_3f7a", MAINTAINER)
        self.token = f"glpat-{secrets.token_hex(10)}"
        self.project.tokens[self.token] = self.bot
        self.site = Site(self.project, self._tell, self._heard, self._retold)
        self.deliveries = Deliveries(self.project.hooks, seed)
        self.wire = Wire(self._answer, port)
        self._ring(Path(self.project.repo.path), "project")
        self._open = True
        if deliver_to:
            signs = self.secret.startswith("whsec_")
            self.hook(deliver_to, **{"signing_token" if signs else "token": self.secret})
            threading.Thread(target=self._deliver, name="fake deliveries", daemon=True).start()

    def __enter__(self) -> FakeGitLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> dict[str, str]:
        """What an operator would set to use it."""
        return {
            "url": self.wire.url,
            "token": self.token,
            "git": f"file://{self.folder}/{{path}}.git",
            "webhook_secret": self.secret,
        }

    def close(self) -> None:
        """Serve no more."""
        self._open = False
        self.deliveries.wake.set()
        self.wire.close()

    def trouble(self, kind: str | int, **how: Any) -> Trouble:
        """Let the next requests that fit meet trouble; see Trouble."""
        return self.wire.trouble(kind, **how)

    def hook(self, url: str, **proof: str) -> None:
        """Deliver there from now on, with `token` or `signing_token`."""
        self.project.hooks.append({"id": next(self.project.ids), "url": url, **proof})

    # What people do

    def open(self, author: Person, branch: str, title: str, files: Files, **more: Any) -> Request:
        """Somebody opens a merge request into main, from a branch or from a fork."""
        with self.site.lock:
            here = self.project
            head = here.commit(files, here.tip("main"), f"{title}\n")
            one = Request(
                len(here.requests) + 1,
                author,
                title,
                more.pop("description", ""),
                branch,
                "main",
                head,
                **more,
            )
            here.requests[one.iid] = one
            if one.forked:
                fork = here.fork(author)
                self._ring(fork.git.path, str(fork.id))
            self._point(one)
            self._tell(one, author, "open")
            return one

    def push(self, one: Request, files: Files, who: Person | None = None) -> str:
        """Its author pushes a commit."""
        with self.site.lock:
            before, one.head = one.head, self.project.commit(files, one.head, "Better\n")
            self._point(one)
            self._tell(one, who or one.author, "update", oldrev=before)
            return one.head

    def say(self, one: Request, who: Person, text: str) -> Note:
        """Somebody writes a note."""
        with self.site.lock:
            return talk_routes.add(self.site, one, who, text)

    def tick(self, who: Person, issue: int, box: int = 1) -> None:
        """Somebody ticks the nth open box of an issue."""
        with self.site.lock:
            one = self.project.issues[issue]
            before, parts = one.description, one.description.split("- [ ] ")
            if not 1 <= box < len(parts):
                raise ValueError(f"issue {issue} has no open box {box}")
            one.description = "- [ ] ".join(parts[:box]) + "- [x] " + "- [ ] ".join(parts[box:])
            self._retold(one, who, before)

    def rename(self, one: Request, who: Person, title: str) -> None:
        """Another title."""
        with self.site.lock:
            changes = {"title": {"previous": one.title, "current": title}}
            one.title = title
            self._tell(one, who, "update", changes)

    def label(self, one: Request, who: Person, *labels: str) -> None:
        """These labels in the place of those that are there."""
        with self.site.lock:
            before, one.labels = one.labels, list(labels)
            told = {"previous": [{"title": t} for t in before], "current": [{"title": t} for t in labels]}
            self._tell(one, who, "update", {"labels": told})

    def approve(self, one: Request, who: Person, taken_back: bool = False) -> None:
        """Somebody approves, or takes it back."""
        with self.site.lock:
            one.approved = [other for other in one.approved if other is not who]
            one.approved += [] if taken_back else [who]
            self._tell(one, who, "unapproved" if taken_back else "approved")

    def end(self, one: Request, who: Person) -> None:
        """Somebody closes it."""
        with self.site.lock:
            one.state = "closed"
            self._tell(one, who, "close")

    def squash(self, one: Request, who: Person) -> str:
        """Somebody merges it by the page, squashed and fast-forwarded: of its commits none is in the branch then.

        The API tells the commit as `squash_commit_sha`, and the hook tells none (api/merge_requests; webhook_events).
        """
        with self.site.lock:
            repo, tip = self.project.repo, self.project.tip(one.target)
            tree = repo.merge_commits(tip, one.head).write_tree(repo)
            ref, parent = f"refs/heads/{one.target}", pygit2.Oid(hex=tip)
            one.squashed = str(repo.create_commit(ref, WHO, WHO, f"{one.title}\n", tree, [parent]))
            one.state = "merged"
            self._tell(one, who, "merge")
            return one.squashed

    def moved(self, path: str) -> None:
        """The project has another path; its hook tells nobody, and the old one leads to it for now."""
        with self.site.lock:
            self.project.former.add(self.project.path)
            self.project.former.discard(path)
            self.project.path = path
            place = self.folder / f"{path}.git"
            place.parent.mkdir(parents=True, exist_ok=True)
            Path(self.project.repo.path).rename(place)
            self.project.repo = pygit2.Repository(str(place))

    def move(self, who: Person, branch: str, new: str) -> None:
        """Somebody pushes to a branch of the project itself."""
        with self.site.lock:
            old = self.project.tip(branch)
            self.project.repo.references.create(f"refs/heads/{branch}", new, force=True)
            self.deliveries.put(bodies.push(self.project, who, branch, old or ZERO, new))

    def let_edit(self, one: Request, who: Person, edits: bool = True) -> None:
        """Its author lets members who can merge push to its branch, or does so no more."""
        with self.site.lock:
            one.collaborates = edits
            self._tell(one, who, "update")

    def delete_branch(self, one: Request, who: Person) -> None:
        """Somebody deletes the branch that it comes from; the merge request stays open."""
        with self.site.lock:
            refs = self._home(one)
            if (name := f"refs/heads/{one.source}") in refs:
                refs.delete(name)

    def delete_fork(self, one: Request, who: Person) -> None:
        """The fork that it comes from is deleted; GitLab closes what came from it."""
        with self.site.lock:
            fork = self.project.forks.pop(one.author.id)
            shutil.rmtree(fork.git.path)
            for each in self.project.requests.values():
                if each.forked and each.author is one.author and each.state == "opened":
                    each.state = "closed"
                    self._tell(each, who, "close")

    def pushing(self, name: str, body: bytes) -> str:
        """Why what a repository's hook asks about may not be pushed; empty where it may."""
        with self.site.lock:
            fork = next((one for one in self.project.forks.values() if str(one.id) == name), None)
            for _, _, ref in hooks.lines(body) if fork is not None else []:
                branch = ref.removeprefix("refs/heads/")
                if branch in fork.protected:  # type: ignore[union-attr]
                    return "GitLab: You are not allowed to push code to protected branches on this project."
                if not any(one.collaborates for one in self._from(name, branch)):
                    return "GitLab: You are not allowed to push code to this project."
            return ""

    def pushed(self, name: str, body: bytes) -> None:
        """A repository's hook rings: what was pushed by a path was pushed by us."""
        with self.site.lock:
            for old, new, ref in hooks.lines(body):
                branch = ref.removeprefix("refs/heads/")
                if branch == ref:
                    continue
                if name == "project":
                    self.deliveries.put(bodies.push(self.project, self.bot, branch, old, new))
                for one in self._from(name, branch) if new != ZERO else []:
                    before, one.head = one.head, new
                    self._point(one)
                    self._tell(one, self.bot, "update", oldrev=before)

    def _from(self, name: str, branch: str) -> list[Request]:
        """The open merge requests that come from a branch of a repository."""
        id = str(self.project.id) if name == "project" else name
        return [
            one
            for one in self.project.requests.values()
            if (str(self.project.source(one)), one.source, one.state) == (id, branch, "opened")
        ]

    def _ring(self, path: Path, name: str) -> None:
        hooks.ring(path, f"{self.wire.url}{PREFIX.rstrip('/')}", name)

    def _home(self, one: Request) -> Any:
        return (self.project.fork(one.author).git.repo if one.forked else self.project.repo).references

    def _answer(self, asked: Asked) -> Told:
        return control(self, asked) if asked.path.startswith(PREFIX) else self.site.answer(asked)

    def _deliver(self) -> None:
        while self.deliveries.wake.wait() and self._open:
            self.deliveries.wake.clear()
            self.deliveries.send()

    def _point(self, one: Request) -> None:
        self.project.repo.references.create(f"refs/merge-requests/{one.iid}/head", one.head, force=True)
        self._home(one).create(f"refs/heads/{one.source}", one.head, force=True)

    def _retold(self, one: Issue, who: Person, before: str) -> None:
        self.deliveries.put(bodies.issue(self.project, one, who, before))

    def _heard(self, one: Request, note: Note) -> None:
        self.deliveries.put(bodies.note(self.project, one, note))

    def _tell(self, one: Request, who: Person, action: str, changes: Any = None, oldrev: str = "") -> None:
        body = bodies.merge_request(self.project, one, who, action, changes or {}, oldrev)
        self.deliveries.put(body)
