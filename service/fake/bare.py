"""The Git side of a fake forge: a bare repository, and what a forge does in it without a checkout."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, ObjectType, SortMode

WHEN = 1_700_000_000
Files = Mapping[str, str | bytes | None]  # None takes a file away


class NotForward(Exception):
    """A branch would be rewound."""


@dataclass(frozen=True)
class Change:
    """What a pull request does to one file; `status` is added, removed, modified or renamed."""

    path: str
    before: str
    status: str
    added: int
    removed: int
    patch: str
    blob: str


class Bare:
    """A bare repository. Not locked: who serves it does one thing at a time."""

    def __init__(self, path: Path, branch: str = "main") -> None:
        self.path = path
        if not (path / "HEAD").exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pygit2.init_repository(str(path), bare=True, initial_head=branch)
            config = pygit2.Config(str(path / "config"))
            config["uploadpack.allowAnySHA1InWant"] = "true"
            config["core.fsync"] = "none"  # a play is not worth the disk's time
        self.repo = pygit2.Repository(str(path))

    def fork_to(self, path: Path) -> Bare:
        """A repository with refs of its own and the same objects, as a forge keeps a fork."""
        Bare(path)
        if not (path / "objects").is_symlink():
            shutil.rmtree(path / "objects")
            (path / "objects").symlink_to((self.path / "objects").absolute())
        return Bare(path)

    def move(self, path: Path) -> None:
        """Lie elsewhere from now on."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = self.path.rename(path)
        self.repo = pygit2.Repository(str(path))

    def commit(
        self, files: Files, parent: str | None, message: str, who: tuple[str, str], at: int = WHEN
    ) -> str:
        """A commit on no branch: the parent's files with these in their place."""
        index = pygit2.Index()
        if parent is not None:
            index.read_tree(self.repo[parent].peel(pygit2.Tree))
        for path, text in files.items():
            if text is None:
                index.remove(path)
                continue
            blob = self.repo.create_blob(text.encode() if isinstance(text, str) else text)
            index.add(pygit2.IndexEntry(path, blob, FileMode.BLOB))
        return self.write(index.write_tree(self.repo), [parent] if parent else [], message, who, at)

    def write(
        self, tree: pygit2.Oid, parents: list[str], message: str, who: tuple[str, str], at: int = WHEN
    ) -> str:
        """A commit object."""
        signature = pygit2.Signature(who[0], who[1], at, 0)
        oids = [pygit2.Oid(hex=parent) for parent in parents]
        return str(self.repo.create_commit(None, signature, signature, message, tree, oids))

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """What every ref points at, by its full name."""
        found = {name: str(self.repo.references[name].target) for name in self.repo.references}
        return {name: target for name, target in sorted(found.items()) if name.startswith(prefix)}

    def ref(self, name: str) -> str | None:
        """What a ref points at (a tag object where it is an annotated tag)."""
        found = self.repo.references.get(name)
        return None if found is None else str(found.target)

    def tip(self, branch: str) -> str | None:
        """The commit of a branch."""
        return self.ref(f"refs/heads/{branch}")

    def put(self, name: str, target: str, force: bool = True) -> None:
        """Let a ref point there. Raises NotForward where it would be rewound and that is not forced."""
        old = self.ref(name)
        if old is not None and not force and not self.holds(target, old):
            raise NotForward(name)
        self.repo.references.create(name, target, force=True)

    def drop(self, name: str) -> None:
        """Take a ref away, if it is there."""
        if name in self.repo.references:
            self.repo.references.delete(name)

    def has(self, sha: str) -> bool:
        """Whether this is a commit here."""
        return self.kind(sha) == "commit"

    def kind(self, sha: str) -> str | None:
        """commit, tag, tree, blob, or None where there is no such object."""
        try:
            return ObjectType(self.repo[sha].type).name.lower()
        except (KeyError, ValueError):
            return None

    def resolve(self, name: str) -> str | None:
        """A commit by its sha, a branch or a tag."""
        for place in (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}", name):
            if (found := self.ref(place) if place.startswith("refs/") else None) is not None:
                return str(self.repo[found].peel(pygit2.Commit).id)
        return name if len(name) == 40 and self.has(name) else None

    def holds(self, tip: str, commit: str) -> bool:
        """Whether `commit` is `tip` or before it."""
        return tip == commit or self.repo.descendant_of(tip, commit)

    def read(self, sha: str) -> pygit2.Commit:
        """The commit."""
        return self.repo[sha].peel(pygit2.Commit)

    def lines(self, commit: str, path: str) -> int:
        """How many lines a file has; 0 where it is not there."""
        try:
            found = self.read(commit).tree / path
        except KeyError:
            return 0
        return found.data.count(b"\n") + 1 if isinstance(found, pygit2.Blob) else 0

    def between(self, base: str, head: str) -> list[pygit2.Commit]:
        """The commits that `head` has over `base`, oldest first."""
        walk = self.repo.walk(head, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        walk.hide(base)
        return list(walk)

    def fork(self, base: str, head: str) -> str:
        """Where the two parted; `base` itself where they have nothing in common."""
        found = self.repo.merge_base(base, head)
        return base if found is None else str(found)

    def changes(self, base: str, head: str) -> Iterator[Change]:
        """What `head` changes since it parted from `base`."""
        diff = self.repo.diff(self.fork(base, head), head)
        diff.find_similar()
        words = {"A": "added", "D": "removed", "R": "renamed"}
        for patch in diff:
            if patch is None:
                continue
            delta = patch.delta
            status = words.get(delta.status_char(), "modified")
            lines = (patch.text or "").split("\n@@", 1)
            text = "@@" + lines[1].rstrip("\n") if len(lines) == 2 else ""
            added, removed = patch.line_stats[1:]
            side = delta.old_file if status == "removed" else delta.new_file
            yield Change(side.path, delta.old_file.path, status, added, removed, text, str(side.id))

    def merged_tree(self, base: str, head: str) -> pygit2.Oid | None:
        """The tree of both; None where they conflict."""
        index = self.repo.merge_commits(base, head)
        return None if index.conflicts else index.write_tree(self.repo)

    def tag(self, name: str, target: str, message: str, who: tuple[str, str], at: int = WHEN) -> str:
        """A tag object without a ref, as the tags API makes it."""
        stamp = f"{who[0]} <{who[1]}> {at} +0000"
        text = f"object {target}\ntype {self.kind(target)}\ntag {name}\ntagger {stamp}\n\n{message}"
        return str(self.repo.odb.write(ObjectType.TAG, text.encode()))
