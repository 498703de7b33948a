"""What a fake GitLab knows: people, groups, one project with its merge requests, and the Git below it."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import FileMode

from service.fake.bare import Bare, Files

ZERO = "0" * 40
WHO = pygit2.Signature("Somebody", "somebody@example.org", 1_700_000_000, 0)

Json = dict[str, Any]


@dataclass
class Person:
    """A user. `level` is their role in the project; 0 is no member."""

    id: int
    username: str
    level: int = 0
    state: str = "active"

    def json(self) -> Json:
        """As answers name people."""
        return {"id": self.id, "username": self.username, "name": self.username.title(), "state": self.state}


@dataclass
class Note:
    """A note; `discussion` is the id of what it belongs to."""

    id: int
    author: Person
    body: str
    discussion: str
    system: bool = False
    position: Json | None = None
    resolved_by: Person | None = None
    awards: list[tuple[int, str, Person]] = field(default_factory=list)

    def json(self) -> Json:
        """As the notes API shows it (api/notes)."""
        return {
            "id": self.id,
            "type": "DiffNote" if self.position else None,
            "body": self.body,
            "author": self.author.json(),
            "system": self.system,
            "noteable_type": "MergeRequest",
            "resolvable": self.position is not None,
            "resolved": self.resolved_by is not None,
            "resolved_by": self.resolved_by.json() if self.resolved_by else None,
            "position": self.position,
        }


@dataclass
class Draft:
    """A note that is not published yet."""

    id: int
    author: Person
    note: str
    position: Json | None


@dataclass
class Request:
    """A merge request."""

    iid: int
    author: Person
    title: str
    description: str
    source: str
    target: str
    head: str
    forked: bool = False
    collaborates: bool = True  # whether its author lets members who can merge push to a fork's branch
    draft: bool = False
    state: str = "opened"
    labels: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    merged: str | None = None
    squashed: str | None = None
    approved: list[Person] = field(default_factory=list)
    detailed: str = "mergeable"
    prepared: bool = True  # whether its diff is there: after a push that takes GitLab a moment
    created: float = field(default_factory=time.time)


@dataclass
class Fork:
    """Somebody's fork: its path, and its bare repository with the same objects."""

    id: int
    path: str
    git: Bare
    protected: set[str] = field(default_factory=set)


@dataclass
class Issue:
    """An issue."""

    iid: int
    author: Person
    title: str
    description: str = ""
    state: str = "opened"

    def json(self) -> Json:
        """As the API tells it."""
        told = {"iid": self.iid, "id": 7000 + self.iid, "title": self.title, "description": self.description}
        return {**told, "state": self.state, "author": self.author.json()}


class Project:
    """One project and its bare repository. Not locked: who serves it does one thing at a time."""

    def __init__(
        self, folder: Path, path: str = "school/taxonomy", id: int = 42, files: Files | None = None
    ) -> None:
        self.folder, self.path, self.id, self.visibility = folder, path, id, "public"
        self.former: set[str] = set()  # the names that it had, which lead to it
        self.forks: dict[int, Fork] = {}  # by whose they are
        self.ids = itertools.count(1000)
        self.people: dict[int, Person] = {}
        self.groups: dict[str, dict[int, int]] = {}  # by path: level by person
        self.tokens: dict[str, Person] = {}
        self.requests: dict[int, Request] = {}
        self.issues: dict[int, Issue] = {}
        self.statuses: list[Json] = []
        self.releases: dict[str, Json] = {}
        self.packages: dict[str, bytes] = {}
        self.hooks: list[Json] = []
        self.scoped = True  # whether the tier has scoped labels
        self.signs = True  # whether the version knows signing tokens
        self.actions: list[tuple[int, str]] = []  # quick actions that notes have run: merge request, action
        folder.mkdir(parents=True, exist_ok=True)
        self.repo = pygit2.init_repository(str(folder / f"{path}.git"), bare=True, initial_head="main")
        self.repo.references.create("refs/heads/main", self.commit(files or {"README.md": "hello\n"}, None))

    def fork(self, who: Person) -> Fork:
        """Somebody's fork, made where there is none."""
        if who.id not in self.forks:
            path = f"{who.username}/{self.path.rpartition('/')[2]}"
            git = Bare(self.folder / f"{self.path}.git").fork_to(self.folder / f"{path}.git")
            self.forks[who.id] = Fork(self.id + 1 + len(self.forks), path, git)
        return self.forks[who.id]

    def source(self, one: Request) -> int | None:
        """The id of the project that a merge request comes from; None where that is gone."""
        if not one.forked:
            return self.id
        fork = self.forks.get(one.author.id)
        return fork.id if fork else None

    def person(self, username: str, level: int = 0) -> Person:
        """Somebody new."""
        one = Person(next(self.ids), username, level)
        self.people[one.id] = one
        return one

    def commit(self, files: Files, parent: str | None, message: str = "Some work\n") -> str:
        """A commit on no branch: the parent's files with these in their place."""
        index = pygit2.Index()
        if parent is not None:
            index.read_tree(self.repo[parent].peel(pygit2.Tree))
        for path, text in files.items():
            if text is None:
                index.remove(path)
                continue
            data = text.encode() if isinstance(text, str) else text
            index.add(pygit2.IndexEntry(path, self.repo.create_blob(data), FileMode.BLOB))
        parents = [pygit2.Oid(hex=parent)] if parent else []
        made = self.repo.create_commit(None, WHO, WHO, message, index.write_tree(self.repo), parents)
        return str(made)

    def tip(self, branch: str) -> str:
        """Where a branch stands; zeros where there is none."""
        ref = self.repo.references.get(f"refs/heads/{branch}")
        return str(ref.target) if ref else ZERO

    def branches_with(self, sha: str) -> list[str]:
        """The branches that have a commit."""
        names = [name for name in self.repo.references if name.startswith("refs/heads/")]
        return [
            name.removeprefix("refs/heads/")
            for name in names
            if (tip := str(self.repo.references[name].target)) == sha or self.repo.descendant_of(tip, sha)
        ]

    def has(self, sha: str) -> bool:
        """Whether this is a commit here."""
        try:
            return isinstance(self.repo[sha], pygit2.Commit)
        except (KeyError, ValueError):
            return False

    def base(self, one: Request) -> str:
        """Where a merge request's branch parted from its target."""
        found = self.repo.merge_base(self.tip(one.target), one.head)
        return str(found) if found else self.tip(one.target)

    def diffs(self, one: Request) -> list[Json]:
        """What it does to each file, as the diffs API shows it (api/merge_requests, "List merge request diffs")."""
        shown = []
        for patch in filter(None, self.repo.diff(self.base(one), one.head)):
            text = (patch.text or "").partition("\n@@")
            shown.append({
                "old_path": patch.delta.old_file.path,
                "new_path": patch.delta.new_file.path,
                "new_file": patch.delta.status_char() == "A",
                "renamed_file": False,
                "deleted_file": patch.delta.status_char() == "D",
                "diff": "@@" + text[2] if text[1] else "",
            })  # fmt: skip
        return shown

    def shows(self, one: Request, position: Json) -> bool:
        """Whether a place is in its diff: both lines where it is unchanged, the new one alone where it is new."""
        for patch in filter(None, self.repo.diff(self.base(one), one.head)):
            if patch.delta.new_file.path == position.get("new_path"):
                lines = [line for hunk in patch.hunks for line in hunk.lines]
                asked = position.get("old_line", -1), position.get("new_line", -1)
                return asked in {(line.old_lineno, line.new_lineno) for line in lines}
        return False

    def request_json(self, one: Request) -> Json:
        """As the merge requests API shows it (api/merge_requests, "Get single MR")."""
        base = self.base(one)
        return {
            "id": 9000 + one.iid,
            "iid": one.iid,
            "project_id": self.id,
            "title": one.title,
            "description": one.description,
            "state": one.state,
            "author": one.author.json(),
            "source_branch": one.source,
            "target_branch": one.target,
            "source_project_id": self.source(one),
            "target_project_id": self.id,
            "labels": list(one.labels),
            "draft": one.draft,
            "sha": one.head,
            "merge_commit_sha": one.merged,
            "squash_commit_sha": one.squashed,
            "detailed_merge_status": one.detailed,
            **({"allow_collaboration": one.collaborates} if one.forked else {}),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one.created)),
            "web_url": f"https://gitlab.example/{self.path}/-/merge_requests/{one.iid}",
            "diff_refs": {"base_sha": base, "start_sha": base, "head_sha": one.head}
            if one.prepared
            else None,
        }


_CODE = re.compile(r"^```.+?\n```$", re.MULTILINE | re.DOTALL)
_ACTION = re.compile(r"^/(close|reopen|merge|label|unlabel|title|approve|assign)\b[^\n]*\n?", re.MULTILINE)


def act(project: Project, one: Request, body: str) -> str:
    """Run a note's quick actions and give what is left of it (user/project/quick_actions).

    A code block ends for them at the first line of three backticks, even where the fence has four.
    """
    blocks: list[str] = []

    def hide(found: re.Match[str]) -> str:
        blocks.append(found.group())
        return f"\0{len(blocks) - 1}\0"

    hidden = _CODE.sub(hide, body.replace("\r\n", "\n"))
    for action in _ACTION.findall(hidden):
        project.actions.append((one.iid, action))
        one.state = "closed" if action == "close" else one.state
    left = _ACTION.sub("", hidden)
    return re.sub(r"\0(\d+)\0", lambda found: blocks[int(found.group(1))], left)
