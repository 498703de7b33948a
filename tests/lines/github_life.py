"""People at their desks around the fake GitHub, with Git and its API alone, and all that their pull requests show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from service.demo import documents
from service.fake.github.play import FakeGitHub
from service.fake.github.state import Release
from tests.lines.github_play import DATA, Play

POLICY = """[rules]

[train]
recipe = "short"

[measure]
seeds = 1

[noise]
pairs = 0

[forge]
dashboard = true

[batch]
at_least = {at_least}
at_most = 4

[merge]
when = "{when}"
"""
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
MARKED = re.compile(r"\A<!-- upweight: ([a-z-]+) -->\n(.*)\Z", re.DOTALL)
UNHEARD = 15.0  # seconds after which somebody says it again
BOARD = "Upweight: what needs whom"


def plain(text: str) -> str:
    """A comment's text as somebody reads it, without what escapes it."""
    return ESCAPED.sub(r"\1", text.replace("\u200b", ""))


class Desk:
    """Somebody's clone, a token of their own, and GitHub's API: nothing that a person would not have."""

    def __init__(self, fake: FakeGitHub, folder: Path, who: str) -> None:
        fake.hub.account(who)
        self.who, self.folder, self._token = who, folder / who, f"ghp_{who}"
        self._api = f"{fake.url}/repos/{fake.repo.full_name}"
        folder.mkdir(exist_ok=True)
        place = urlsplit(fake.url)
        url = f"{place.scheme}://{who}:{self._token}@{place.netloc}/{fake.repo.full_name}.git"
        self._git(folder, "clone", "--quiet", url, who)

    def _git(self, where: Path, *words: str) -> str:
        mail = f"{self.who}@users.noreply.example.org"
        people = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
                  for key, value in (("NAME", self.who), ("EMAIL", mail))}  # fmt: skip
        told = {**os.environ, **people, "GIT_TERMINAL_PROMPT": "0", "no_proxy": "127.0.0.1"}
        done = subprocess.run(
            ["git", *words], cwd=where, env=told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def asks(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A request to the API."""
        answer = httpx.request(
            method,
            self._api + path,
            json=body,
            headers={"Authorization": f"token {self._token}"},
            trust_env=False,
        )
        return answer.raise_for_status().json()

    def propose(self, branch: str, title: str, files: Mapping[str, Any]) -> int:
        """A branch from main with these files, pushed; and a pull request of it."""
        self._git(self.folder, "fetch", "--quiet", "origin")
        self._git(self.folder, "switch", "--quiet", "--create", branch, "origin/main")
        self.push(branch, title, files)
        made = self.asks(
            "POST", "/pulls", {"head": branch, "base": "main", "title": title, "body": "As proposed."}
        )
        return int(made["number"])

    def push(self, branch: str, message: str, files: Mapping[str, Any]) -> str:
        """One more commit on it, signed off."""
        self._git(self.folder, "switch", "--quiet", branch)
        for path, data in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        self._git(self.folder, "add", "--all")
        self._git(self.folder, "commit", "--quiet", "--signoff", "--message", message)
        self._git(self.folder, "push", "--quiet", "origin", branch)
        return self._git(self.folder, "rev-parse", "HEAD")

    def says(self, number: int, text: str) -> int:
        """A comment; its id."""
        return int(self.asks("POST", f"/issues/{number}/comments", {"body": text})["id"])

    def reviews(self, number: int, event: str = "APPROVE", text: str = "") -> None:
        """A review of the head as it is."""
        self.asks("POST", f"/pulls/{number}/reviews", {"event": event, "body": text})


class Life(Play):
    """A service that trains what was merged, a maintainer called mo, and whoever else has a desk."""

    wait = 600.0

    def __init__(self, fake: FakeGitHub, home: Path, groups: int = 2) -> None:
        guard, papers = home.parent / "guard", home.parent / "documents.git"
        if not guard.exists():
            guard.mkdir()
            for file in sorted((DATA / "guard").glob("*.yaml"))[:groups]:
                shutil.copy(file, guard)
            documents.build(DATA / "documents", papers)
        super().__init__(
            fake, home, "--guard", str(guard), "--documents", str(papers),
            told={"UPWEIGHT_CATCH_UP_MINUTES": "1"},
        )  # fmt: skip
        self._desks = home.parent / "desks"
        self.mo = self.desk("mo")

    def desk(self, who: str) -> Desk:
        """Somebody sits down."""
        return Desk(self.fake, self._desks, who)

    def word(self, number: int, text: str, mark: str = "rocket") -> None:
        """Mo says it, and says it again where nobody heard: a forge does not repeat what got lost on its way."""
        for _ in range(10):
            comment = self.mo.says(number, text)
            assert self.fake.deliveries.settle()
            if self.fake.server.wait_for(lambda said=comment: self.marks(number, said) - {"eyes"}, UNHEARD):
                break
        assert self.marks(number, comment) - {"eyes"} == {mark}, f"{text}\n{self.log()}"

    def marks(self, number: int, comment: int) -> set[str]:
        """The bot's marks on somebody's comment."""
        (found,) = (each for each in self.issue(number).comments if each.id == comment)
        return {each.content for each in found.reactions if each.user is self.fake.hub.app.bot}

    def comments(self, number: int) -> dict[str, str]:
        """What the bot says under a pull request, by purpose, in order; one comment each."""
        said: dict[str, str] = {}
        for comment in self.issue(number).comments:
            if comment.user is self.fake.hub.app.bot:
                found = MARKED.match(comment.body)
                assert found is not None, comment.body
                assert found[1] not in said, "two comments of one purpose"
                said[found[1]] = plain(found[2])
        return said

    def says(self, number: int, purpose: str, *words: str) -> bool:
        """Whether a comment of this purpose is there with all these words."""
        text = self.comments(number).get(purpose, "")
        return bool(text) and all(word in text for word in words)

    def bells(self, number: int) -> int:
        """How often the bot has rung: the comments that it ever made, taken away or not."""
        path = f"/repos/{self.fake.repo.full_name}/issues/{number}/comments"
        made = [
            seen for seen in self.fake.server.exchanges
            if (seen.request.method, seen.request.path, seen.answer.status) == ("POST", path, 201)
        ]  # fmt: skip
        return sum(seen.answer.body["user"]["type"] == "Bot" for seen in made)

    def labels(self, number: int) -> set[str]:
        """What it wears."""
        return set(self.issue(number).labels)

    def merged(self, number: int) -> bool:
        """Whether GitHub calls it merged."""
        pull = self.issue(number).pull
        return pull is not None and pull.merged is not None

    def board(self) -> str:
        """The dashboard issue's text; empty before it is there."""
        found = [each.body or "" for each in self.fake.repo.issues.values() if each.title == BOARD]
        assert len(found) <= 1
        return found[0] if found else ""

    def release(self, version: str) -> Release:
        """A release that is out."""
        (found,) = (it for it in self.fake.repo.releases if it.tag == f"model-{version}" and not it.draft)
        return found

    def files(self, topic: str, turn: int = 1) -> Mapping[str, Any]:
        """What the demo's story pushes on that topic."""
        root = DATA / "contributions" / f"{topic}-{turn}"
        return {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }
