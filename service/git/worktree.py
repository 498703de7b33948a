"""A contribution from a work tree: what a contributor has on disk, against the base branch, before any
push.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import DiffOption

from service.git.read import (
    MAX_BLOB,
    POLICY_PATH,
    NoSuchRevision,
    commit_at,
    contribution,
    leaf_files,
    merge_base,
    read_blob,
    seeds_of_tree,
)
from triage_rules.contribution import EXECUTABLE, REGULAR, SYMLINK, ChangedFile, Contribution
from triage_rules.index import SeedsIndex
from triage_rules.taxonomy import ROOTS, read


class NoTaxonomy(Exception):
    """A folder in which no leaf can lie."""


class Work(NamedTuple):
    """The contribution on disk, the index of what is known besides, and the base's policy if it has one."""

    contribution: Contribution
    known: SeedsIndex
    policy: bytes | None


def read_worktree(path: Path, into: str, everything: bool) -> Work:
    """Read the work below a path; without Git, or with ``everything``, all leaves there count as added."""
    path = path.resolve()
    found = pygit2.discover_repository(str(path))
    repository = pygit2.Repository(found) if found else None
    if repository is None or repository.is_bare or repository.head_is_unborn or everything:
        return _whole(path, repository)
    return _changed(path, repository, into)


def _changed(path: Path, repository: pygit2.Repository, into: str) -> Work:
    root = Path(repository.workdir).resolve()
    head = commit_at(repository, "HEAD")
    base = _base(repository, head, into)
    flags = DiffOption.INCLUDE_UNTRACKED | DiffOption.RECURSE_UNTRACKED_DIRS | DiffOption.INCLUDE_TYPECHANGE
    diff = base.tree.diff_to_workdir(flags=flags)
    paths = sorted({side for delta in diff.deltas for side in (delta.old_file.path, delta.new_file.path)})
    inside = path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else ""
    files = [_file(root, each, read_blob(repository, base, each)) for each in paths if _below(each, inside)]
    committed = contribution(repository, str(base.id), str(head.id))
    changed = tuple(file for file in files if file.before != file.after or file.mode != REGULAR)
    work = Contribution(
        head=str(head.id), base=str(base.id), files=changed, commits=committed.commits,
        title=committed.title, siblings=dict(_siblings(root, changed)),
    )  # fmt: skip
    return Work(work, seeds_of_tree(base), read_blob(repository, base, POLICY_PATH))


def _base(repository: pygit2.Repository, head: pygit2.Commit, into: str) -> pygit2.Commit:
    for name in (f"upstream/{into}", f"origin/{into}", into):
        try:
            tip = commit_at(repository, f"refs/remotes/{name}" if "/" in name else name)
        except NoSuchRevision:
            continue
        return merge_base(repository, tip, head) or tip
    return head


def _below(path: str, inside: str) -> bool:
    return not inside or inside == "." or path == inside or path.startswith(inside + "/")


def _file(root: Path, path: str, before: bytes | None) -> ChangedFile:
    after, mode = _read(root / path)
    gone = after is None and mode != SYMLINK
    status = "deleted" if gone else "added" if before is None else "modified"
    return ChangedFile(path, status, mode, before, after)


def _read(path: Path) -> tuple[bytes | None, int]:
    try:
        found = os.lstat(path)
    except OSError:
        return None, REGULAR
    if stat.S_ISLNK(found.st_mode):
        return None, SYMLINK
    if not stat.S_ISREG(found.st_mode):
        return None, REGULAR
    with path.open("rb") as file:
        return file.read(MAX_BLOB), EXECUTABLE if found.st_mode & 0o100 else REGULAR


def _siblings(root: Path, files: tuple[ChangedFile, ...]) -> Iterator[tuple[str, bytes]]:
    changed = {file.path for file in files}
    for folder in sorted({file.folder for file in files if file.in_tree}):
        if (root / folder).is_dir():
            for entry in sorted((root / folder).iterdir()):
                name = f"{folder}/{entry.name}"
                data = _read(entry)[0] if name not in changed else None
                if data is not None:
                    yield name, data


def _whole(path: Path, repository: pygit2.Repository | None) -> Work:
    """All files of the trees below the path as if they were new; nothing but themselves is known."""
    root = _root(path, repository)
    start = path if path.is_dir() else path.parent
    tops = [start] if start != root else [root / name for name in ROOTS if (root / name).is_dir()]
    found = sorted(each for top in tops for each in top.rglob("*") if each.is_symlink() or each.is_file())
    files = tuple(_file(root, each.relative_to(root).as_posix(), None) for each in found)
    own = {file.path for file in files}
    known = SeedsIndex()
    if repository is not None and not repository.head_is_unborn:
        for name, blob in leaf_files(commit_at(repository, "HEAD").tree):
            leaf = read(name, bytes(blob.data[:MAX_BLOB])).leaf if name not in own else None
            if leaf is not None:
                known.add_leaf(leaf)
    policy, _mode = _read(root / POLICY_PATH)
    return Work(Contribution(head="", base="", files=files, siblings={}), known, policy)


def _root(path: Path, repository: pygit2.Repository | None) -> Path:
    if repository is not None and not repository.is_bare:
        return Path(repository.workdir).resolve()
    for folder in (path, *path.parents):
        if any((folder / name).is_dir() for name in ROOTS):
            return folder
    raise NoTaxonomy(f"`{path}` holds none of {', '.join(ROOTS)}")
