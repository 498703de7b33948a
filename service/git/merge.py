"""Merge a contribution into the base branch, in memory on the bare repository.

Nothing is checked out. Trees are merged by skipping whatever only one side changed, which does not grow with
the taxonomy; a leaf that both sides extended is merged by its seeds; what is left (renames, a file that one
side removed) is asked of ``git merge-tree``. The branch moves by compare-and-swap: who comes second merges
again.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode

from service.git.leaf_merge import Apart, merge_leaf
from service.git.refs import tip

ATTEMPTS = 50
LEAF = "qna.yaml"
TEXT = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)


@dataclass(frozen=True)
class Merged:
    """It is on the base branch, by this commit."""

    commit: str


@dataclass(frozen=True)
class Conflict:
    """It can't be merged as it is: where, and why in a sentence (plain text: escape it to show it)."""

    paths: tuple[str, ...]
    why: str


class Contended(RuntimeError):
    """Others kept moving the branch; try again later."""


def merge(
    repo: pygit2.Repository,
    base_branch: str,
    head: str,
    message: str,
    author: pygit2.Signature,
    committer: pygit2.Signature | None = None,
) -> Merged | Conflict:
    """Merge `head` into `base_branch`; a head that is there already gives the commit that brought it.

    The signatures carry the time, so that the same merge gives the same commit. Raises KeyError where
    there is no such branch or head, Contended where the branch never held still.
    """
    ref, theirs = f"refs/heads/{base_branch}", repo[head].peel(pygit2.Commit)
    for _ in range(ATTEMPTS):
        ours = tip(repo, base_branch)
        if ours is None:
            raise KeyError(ref)
        if found := landed(repo, ours, theirs.id):
            return Merged(found)
        tree = merged_tree(repo, ours, theirs)
        if isinstance(tree, Conflict):
            return tree
        parents = [ours.id, theirs.id]
        try:
            made = repo.create_commit(ref, author, committer or author, message, tree, parents)
        except (pygit2.GitError, OSError, ValueError):  # moved under us, or its lock file is there
            if (now := tip(repo, base_branch)) is not None and now.id == ours.id and not _locked(repo, ref):
                raise
            continue
        return Merged(str(made))
    raise Contended(f"{base_branch} kept moving for {ATTEMPTS} attempts.")


def merged_tree(repo: pygit2.Repository, ours: pygit2.Commit, theirs: pygit2.Commit) -> pygit2.Oid | Conflict:
    """The tree of both sides together, written to the repository; nothing refers to it yet."""
    base = repo.merge_base(ours.id, theirs.id)
    if base is None:
        return Conflict((), "It shares no history with the base branch.")
    work = _Work(repo)
    tree = work.trees(repo[base].peel(pygit2.Commit).tree, ours.tree, theirs.tree, "")
    if work.apart:
        return Conflict(tuple(sorted(work.apart)), next(iter(work.apart.values())))
    if work.hard:
        return _by_git(repo, ours, theirs, work)
    return tree


@dataclass
class _Work:
    """One three-way merge: what was found that can't be merged, and what only Git can."""

    repo: pygit2.Repository
    apart: dict[str, str] = field(default_factory=dict)
    hard: set[str] = field(default_factory=set)

    def trees(self, o: pygit2.Tree | None, a: pygit2.Tree, b: pygit2.Tree, under: str) -> pygit2.Oid:
        """Merge two trees that grew from `o`, entry by entry."""
        old, here, there = _named(o), _named(a), _named(b)
        builder = self.repo.TreeBuilder(a)
        for name in sorted(old.keys() | here.keys() | there.keys()):
            was, mine, other = old.get(name), here.get(name), there.get(name)
            if _same(mine, other) or _same(was, other):
                continue
            if _same(was, mine):
                kept = (other.id, other.filemode) if other is not None else None
            else:
                kept = self._both(was, mine, other, f"{under}{name}")
            if kept is not None:
                builder.insert(name, *kept)
            elif mine is not None:
                builder.remove(name)
        return builder.write()

    def _both(
        self, was: pygit2.Object | None, mine: pygit2.Object | None, other: pygit2.Object | None, path: str
    ) -> tuple[pygit2.Oid, FileMode] | None:
        """An entry that both sides changed; None where nothing is left of it."""
        if isinstance(mine, pygit2.Tree) and isinstance(other, pygit2.Tree):
            tree = self.trees(was if isinstance(was, pygit2.Tree) else None, mine, other, f"{path}/")
            return (tree, FileMode.TREE) if len(self.repo[tree].peel(pygit2.Tree)) else None
        if isinstance(mine, pygit2.Blob) and isinstance(other, pygit2.Blob):
            modes = {each.filemode for each in (was, mine, other) if each is not None}
            if len(modes) == 1 and modes <= set(TEXT) and (was is None or isinstance(was, pygit2.Blob)):
                return self._texts(was, mine, other, path), mine.filemode
        self.hard.add(path)
        return (mine.id, mine.filemode) if mine is not None else None

    def _texts(self, was: pygit2.Blob | None, a: pygit2.Blob, b: pygit2.Blob, path: str) -> pygit2.Oid:
        if a.is_binary or b.is_binary:
            self.apart[path] = "Both sides changed it, and it is no text."
            return a.id
        base = was.data if was is not None else None
        merged: bytes | Apart | None = self._lines(was, a, b, path)
        if path.rpartition("/")[2] == LEAF:
            merged = merge_leaf(base, a.data, b.data, merged if isinstance(merged, bytes) else None)
        elif merged is None:
            merged = _both_appended(base, a.data, b.data) or Apart("Both sides changed the same lines of it.")
        if isinstance(merged, Apart):
            self.apart[path] = merged.why
            return a.id
        return self.repo.create_blob(merged)

    def _lines(self, was: pygit2.Blob | None, a: pygit2.Blob, b: pygit2.Blob, path: str) -> bytes | None:
        """libgit2's merge by lines; None where it conflicts or the bytes are no UTF-8."""
        old, mine, other = (pygit2.IndexEntry(path, each.id, each.filemode) if each is not None else None
                            for each in (was, a, b))  # fmt: skip
        try:
            result = self.repo.merge_file_from_index(old, mine, other)
        except UnicodeDecodeError:
            return None
        if isinstance(result, str) or not result.automergeable:
            return None
        return result.contents.encode()


def _named(tree: pygit2.Tree | None) -> dict[str, pygit2.Object]:
    return {entry.name: entry for entry in tree if entry.name} if tree is not None else {}


def _same(one: pygit2.Object | None, other: pygit2.Object | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.id == other.id and one.filemode == other.filemode)


def _both_appended(base: bytes | None, ours: bytes, theirs: bytes) -> bytes | None:
    """Ours, then what theirs added, where both only added whole lines at the end (an attribution.txt)."""
    if not base or not base.endswith(b"\n") or not ours.endswith(b"\n"):
        return None
    if not (ours.startswith(base) and theirs.startswith(base)):
        return None
    return ours + theirs[len(base) :]


def landed(repo: pygit2.Repository, tip_: pygit2.Commit, head: pygit2.Oid) -> str | None:
    """The commit that brought `head` into the branch of this tip; None where it is not in it."""
    if head != tip_.id and not repo.descendant_of(tip_.id, head):
        return None
    return _brought_by(repo, tip_, head)


def by_lines(repo: pygit2.Repository, ours: pygit2.Commit, theirs: pygit2.Commit) -> pygit2.Oid | None:
    """The tree that Git makes of both sides, as a forge does, knowing no leaves; None where they conflict."""
    command = ["git", "merge-tree", "--write-tree", "-z", str(ours.id), str(theirs.id)]
    done = subprocess.run(command, cwd=repo.path, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"git merge-tree: {done.stderr.decode(errors='replace').strip()}")
    tree = done.stdout.decode(errors="replace").partition("\0")[0]
    return pygit2.Oid(hex=tree) if done.returncode == 0 else None


def _brought_by(repo: pygit2.Repository, tip_: pygit2.Commit, head: pygit2.Oid) -> str:
    """The commit of the branch's own line that brought `head` in: the oldest one that holds it."""
    found = tip_
    while found.id != head and found.parent_ids:
        before = found.parents[0]
        if before.id != head and not repo.descendant_of(before.id, head):
            break
        found = before
    return str(found.id)


def _locked(repo: pygit2.Repository, ref: str) -> bool:
    return os.path.exists(os.path.join(repo.path, f"{ref}.lock"))


def _by_git(
    repo: pygit2.Repository, ours: pygit2.Commit, theirs: pygit2.Commit, work: _Work
) -> pygit2.Oid | Conflict:
    """Let Git merge what we don't: it follows renames. A leaf mixed by text alone goes to a person."""
    command = ["git", "merge-tree", "--write-tree", "-z", "--name-only", str(ours.id), str(theirs.id)]
    done = subprocess.run(command, cwd=repo.path, capture_output=True, check=False)
    tree, _, rest = done.stdout.decode(errors="replace").partition("\0")
    if done.returncode == 1:
        named = rest.split("\0\0")[0].split("\0")
        paths = {path for path in named if path} or work.hard
        return Conflict(tuple(sorted(paths)), "Both sides changed it, and one of them moved or removed it.")
    if done.returncode != 0:
        raise RuntimeError(f"git merge-tree: {done.stderr.decode(errors='replace').strip()}")
    merged = repo[tree].peel(pygit2.Tree)
    if mixed := _leaves_of_neither(merged, [ours.tree, theirs.tree], ""):
        return Conflict(tuple(sorted(mixed)), "One side moved it while the other changed it.")
    return merged.id


def _leaves_of_neither(merged: pygit2.Tree, sides: list[pygit2.Tree], under: str) -> list[str]:
    """Leaves whose text is not one side's own."""
    found = []
    for name, entry in _named(merged).items():
        theirs = [side[name] for side in sides if name in side]
        if any(_same(entry, each) for each in theirs):
            continue
        if isinstance(entry, pygit2.Tree):
            folders = [each for each in theirs if isinstance(each, pygit2.Tree)]
            found += _leaves_of_neither(entry, folders, f"{under}{name}/")
        elif name == LEAF:
            found.append(f"{under}{name}")
    return found
