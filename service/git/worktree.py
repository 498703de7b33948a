"""A contribution from a work tree: what a contributor has on disk, or staged, against the base branch, before any push.

What Git holds is taken from Git, so that it is judged as the service will judge it; only what differs from the index
is read from the disk.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import RepositoryOpenFlag

from service.facts.seeds import known_at
from service.git.disk import State, everything_below, read_file, staged_at, states
from service.git.read import (
    POLICY_PATH,
    NoSuchRevision,
    blob_bytes,
    commit_at,
    commits_between,
    merge_base,
    read_blob,
)
from triage_rules.contribution import REGULAR, ChangedFile, Contribution
from triage_rules.index import Index, SeedsIndex
from triage_rules.taxonomy import ATTRIBUTION, ROOTS, is_leaf_yaml

LAST = "\U0010ffff"  # sorts a file after a folder of its name, as a walk over trees meets them


class NoWork(Exception):
    """Nothing here that could be judged, and what would mend that."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Work(NamedTuple):
    """The contribution on disk, the index of what is known besides, the policy of the base branch if it has one, the
    tree that the work began from, what it is compared with, in words, and where judged folders of a whole tree may be
    kept for the next time.
    """

    contribution: Contribution
    known: Index
    policy: bytes | None
    tree: pygit2.Tree | None
    compared: str = ""
    kept: Path | None = None


class Ground(NamedTuple):
    """Where a taxonomy lies on disk, and the policy of its base branch, or of the folder where none is told."""

    root: Path
    policy: bytes | None


def ground(path: Path, into: str) -> Ground:
    """The taxonomy in which a path lies, be there leaves or not. Raises NoWork where nothing tells."""
    path = path.resolve()
    there = next(each for each in (path, *path.parents) if each.is_dir())
    found = pygit2.discover_repository(str(there))
    repository = pygit2.Repository(found) if found else None
    if repository is None or repository.is_bare:
        root = _root(there, None)
        return Ground(root, _own_policy(root))
    root = _root(there, repository)
    try:
        tip = None if repository.head_is_unborn else _base(repository, commit_at(repository, "HEAD"), into)[1]
    except NoWork:
        tip = None
    return Ground(root, read_blob(repository, tip, POLICY_PATH) if tip is not None else _own_policy(root))


def read_worktree(path: Path, into: str, everything: bool = False, staged: bool = False) -> Work:
    """Read the work below a path; without Git, or with `everything`, all leaves there count as added. Raises NoWork."""
    path = path.resolve()
    try:
        found = pygit2.discover_repository(str(path))
        repository = _opened(found, staged) if found else None
    except pygit2.GitError as error:
        raise NoWork(
            f"Git does not open the repository of `{path}`: {error}", "See what `git status` says there."
        ) from error
    if repository is not None and repository.is_bare:
        raise NoWork(f"`{path}` is a bare repository", "`upweight triage --repo` judges what lies in one.")
    if staged and (everything or repository is None):
        raise NoWork("Only what differs in a work tree of Git can be staged", "Leave --staged out.")
    if repository is None or everything or (repository.head_is_unborn and not staged):
        return _whole(path, repository)
    return _changed(path, repository, into, staged)


def _opened(found: str, staged: bool) -> pygit2.Repository:
    """The repository; for what is staged with the index that Git names to a hook, as of `git commit --all`."""
    return pygit2.Repository(found, RepositoryOpenFlag.FROM_ENV) if staged else pygit2.Repository(found)


def _changed(path: Path, repository: pygit2.Repository, into: str, staged: bool) -> Work:
    root = Path(repository.workdir).resolve()
    head = None if repository.head_is_unborn else commit_at(repository, "HEAD")
    compared, tip, base = _base(repository, head, into) if head is not None else ("", None, None)
    before = base.tree if base is not None else None
    all_files = _files(repository, before, states(repository, root, before, staged))
    inside = path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else ""
    files = tuple(file for file in all_files if _below(file.path, inside))
    work = Contribution(
        head=str(head.id) if head is not None else "",
        base=str(base.id) if base is not None else "",
        files=files,
        commits=tuple(commits_between(repository, base, head))
        if files and base and head and not staged
        else (),
        title=head.message.partition("\n")[0] if head is not None else "",
        siblings=_siblings(repository, files, all_files),
    )
    if tip is None:
        return Work(work, SeedsIndex(), None, None)
    return Work(work, known_at(repository, tip), read_blob(repository, tip, POLICY_PATH), before, compared)


def _base(
    repository: pygit2.Repository, head: pygit2.Commit, into: str
) -> tuple[str, pygit2.Commit, pygit2.Commit]:
    """The base branch in words, its tip, the remote's if there is one, and where the work left it."""
    for name in (f"refs/remotes/upstream/{into}", f"refs/remotes/origin/{into}", into):
        try:
            tip = commit_at(repository, name)
        except NoSuchRevision:
            continue
        base = merge_base(repository, tip, head)
        if base is None and repository.is_shallow:
            raise NoWork(f"The history is cut off before it meets `{into}`", "Run `git fetch --unshallow`.")
        base = base or tip
        return f"`{name.removeprefix('refs/remotes/')}` where the work began, {str(base.id)[:10]}", tip, base
    fetch = f"git fetch origin {into}:refs/remotes/origin/{into}"
    remedy = f"Run `{fetch}`, name another branch with --into, or judge every leaf with --all."
    raise NoWork(f"There is no `{into}` here to compare with", remedy)


def _below(path: str, inside: str) -> bool:
    return not inside or inside == "." or path == inside or path.startswith(inside + "/")


def _files(
    repository: pygit2.Repository, tree: pygit2.Tree | None, found: dict[str, State]
) -> tuple[ChangedFile, ...]:
    """What differs from the tree, in the order in which a walk over both trees would meet it."""
    old = {path: _entry(tree, path) for path in found}
    gone = {entry.id for path, entry in old.items() if entry is not None and found[path] is None}
    files = []
    for path in sorted(found, key=lambda each: [*each.split("/"), LAST]):
        was, now = old[path], found[path]
        if now is None and was is not None:
            files.append(ChangedFile(path, "deleted", int(was.filemode), blob_bytes(was), None))
        elif now is not None and was is None:
            status = "renamed" if now.id in gone and now.size else "added"
            files.append(ChangedFile(path, status, now.mode, None, now.data))
        elif now is not None and was is not None and (now.id, now.mode) != (was.id, int(was.filemode)):
            files.append(ChangedFile(path, "modified", now.mode, blob_bytes(was), now.data))
    return tuple(files)


def _entry(tree: pygit2.Tree | None, path: str) -> pygit2.Object | None:
    try:
        entry = tree / path if tree is not None else None
    except KeyError:
        return None
    return None if isinstance(entry, pygit2.Tree) else entry


def _siblings(
    repository: pygit2.Repository, files: tuple[ChangedFile, ...], all_files: tuple[ChangedFile, ...]
) -> dict[str, bytes]:
    """The files beside the leaves that are judged: unchanged ones by the index, changed ones that PATH leaves out."""
    folders = {f.folder for f in files if f.in_tree and (f.name == ATTRIBUTION or is_leaf_yaml(f.path))}
    judged = {file.path for file in files}
    found = {f.path: f.after for f in all_files if f.folder in folders and f.path not in judged}
    changed = {file.path for file in all_files}
    for entry in repository.index:
        if entry.path.rpartition("/")[0] in folders and entry.path not in changed:
            now = staged_at(repository, entry.path)
            found[entry.path] = now.data if now is not None else None
    return {path: data for path, data in found.items() if data is not None}


def _whole(path: Path, repository: pygit2.Repository | None) -> Work:
    """All files of the trees below the path as if they were new; nothing but themselves is known."""
    root = _root(path, repository)
    start = path if path.is_dir() else path.parent
    tops = [start] if start != root else [root / name for name in ROOTS if (root / name).is_dir()]
    found = {each.relative_to(root).as_posix(): each for top in tops for each in everything_below(top)}
    files = tuple(_added(path, read_file(each)) for path, each in sorted(found.items()))
    known: Index = SeedsIndex()
    tree = None
    if repository is not None and not repository.head_is_unborn:
        head = commit_at(repository, "HEAD")
        known, tree = known_at(repository, head), head.tree  # rules pass over a file's own former state
    kept = Path(repository.path) / "upweight" / "judged.db" if repository is not None else None
    return Work(Contribution(head="", base="", files=files), known, _own_policy(root), tree, kept=kept)


def _own_policy(root: Path) -> bytes | None:
    found = read_file(root / POLICY_PATH)
    return found.data if found is not None else None


def _added(path: str, now: State) -> ChangedFile:
    return ChangedFile(path, "added", now.mode if now else REGULAR, None, now.data if now else None)


def _root(path: Path, repository: pygit2.Repository | None) -> Path:
    if repository is not None:
        return Path(repository.workdir).resolve()
    for folder in (path, *path.parents):
        if any((folder / name).is_dir() for name in ROOTS):
            return folder
    raise NoWork(f"`{path}` holds none of {', '.join(ROOTS)}", "Name a folder of a taxonomy.")
