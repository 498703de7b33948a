"""A contribution from Git objects: base..head as bytes, without a checkout and without walking equal trees.

Trees are compared entry by entry and equal ids are skipped, so that the time depends on what changed and not
on the size of the taxonomy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import SortMode

from triage_rules.contribution import SUBMODULE, SYMLINK, ChangedFile, Commit, Contribution
from triage_rules.plain_text import MOST_READ
from triage_rules.taxonomy import ATTRIBUTION, is_leaf_yaml

MAX_BLOB = MOST_READ  # of a larger file only the beginning is read: the rules refuse it by its size
MAX_COMMITS = 500
POLICY_PATH = ".upweight/policy.toml"


class NoSuchRevision(Exception):
    """A name that is no commit of the repository."""


class Change(NamedTuple):
    """One path that two trees differ in; None where it is not there."""

    path: str
    old: pygit2.Object | None
    new: pygit2.Object | None


def open_repository(path: str | Path) -> pygit2.Repository:
    """The repository at a path, bare or not."""
    return pygit2.Repository(str(path))


def commit_at(repository: pygit2.Repository, name: str) -> pygit2.Commit:
    """The commit that a name, a ref or a hash stands for."""
    try:
        found = repository.revparse_single(name)
        return found.peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise NoSuchRevision(f"`{name}` is no commit of this repository") from error


def merge_base(
    repository: pygit2.Repository, one: pygit2.Commit, other: pygit2.Commit
) -> pygit2.Commit | None:
    """The newest common ancestor, None for unrelated histories."""
    found = repository.merge_base(one.id, other.id)
    return repository[found].peel(pygit2.Commit) if found is not None else None


def brings_at_most(repository: pygit2.Repository, count: int, head: str, known: Iterable[str]) -> bool:
    """Does `head` hold at most so many commits that none of `known` holds? No, where Git has forgotten one of them."""
    try:
        walker = repository.walk(commit_at(repository, head).id)
        for name in known:
            walker.hide(commit_at(repository, name).id)
    except NoSuchRevision:
        return False
    return len(list(islice(walker, count + 1))) <= count


def changes(old: pygit2.Tree | None, new: pygit2.Tree | None, prefix: str = "") -> Iterator[Change]:
    """The files in which two trees differ, by recursing where ids differ; a type that changes is two
    changes.
    """
    before = {entry.name or "": entry for entry in old} if old is not None else {}
    after = {entry.name or "": entry for entry in new} if new is not None else {}
    for name in sorted(before.keys() | after.keys()):
        left, right = before.get(name), after.get(name)
        if left is not None and right is not None and left.id == right.id and left.filemode == right.filemode:
            continue
        path = f"{prefix}{name}"
        old_tree = left if isinstance(left, pygit2.Tree) else None
        new_tree = right if isinstance(right, pygit2.Tree) else None
        if old_tree is not None or new_tree is not None:
            yield from changes(old_tree, new_tree, path + "/")
        old_file = left if old_tree is None else None
        new_file = right if new_tree is None else None
        if old_file is not None or new_file is not None:
            yield Change(path, old_file, new_file)


def contribution(
    repository: pygit2.Repository,
    base: str,
    head: str,
    *,
    title: str = "",
    body: str = "",
    author: str | None = None,
    number: int | None = None,
) -> Contribution:
    """What base..head does, with its commits and the unchanged files beside the leaves that it touches."""
    old, new = commit_at(repository, base), commit_at(repository, head)
    found = list(changes(old.tree, new.tree)) if old.tree_id != new.tree_id else []
    files = tuple(_file(repository, change, renamed) for change, renamed in _renames(found))
    subject = new.message.partition("\n")[0]
    return Contribution(
        head=str(new.id),
        base=str(old.id),
        files=files,
        commits=tuple(commits_between(repository, old, new)) if files else (),
        title=title or subject,
        body=body,
        author=author,
        siblings=_siblings(repository, new.tree, files),
        number=number,
    )


def _renames(found: list[Change]) -> list[tuple[Change, bool]]:
    """Each change, and whether it is a file that was only moved (the same content, deleted elsewhere)."""
    gone = {change.old.id for change in found if change.new is None and change.old is not None}
    return [(c, c.old is None and c.new is not None and c.new.id in gone and _size(c.new) > 0) for c in found]


def _size(item: pygit2.Object) -> int:
    return item.size if isinstance(item, pygit2.Blob) else 0


def _file(repository: pygit2.Repository, change: Change, renamed: bool) -> ChangedFile:
    status = (
        "renamed"
        if renamed
        else "added"
        if change.old is None
        else "deleted"
        if change.new is None
        else "modified"
    )
    present = change.new if change.new is not None else change.old
    mode = int(present.filemode) if present is not None and present.filemode is not None else 0o100644
    return ChangedFile(change.path, status, mode, blob_bytes(change.old), blob_bytes(change.new))


def blob_bytes(item: pygit2.Object | None) -> bytes | None:
    """The beginning of a plain file; None of a link, a submodule or nothing."""
    if not isinstance(item, pygit2.Blob) or item.filemode in (SYMLINK, SUBMODULE):
        return None
    return bytes(item.data[:MAX_BLOB])


def commits_between(
    repository: pygit2.Repository, old: pygit2.Commit, new: pygit2.Commit
) -> Iterator[Commit]:
    """The commits that `new` has and `old` has not, newest first."""
    walker = repository.walk(new.id, SortMode.TOPOLOGICAL)
    walker.hide(old.id)
    for count, commit in enumerate(walker):
        if count >= MAX_COMMITS:
            return
        who = commit.author
        yield Commit(str(commit.id), who.name or "", who.email or "", commit.message, len(commit.parent_ids))


def _siblings(
    repository: pygit2.Repository, tree: pygit2.Tree, files: tuple[ChangedFile, ...]
) -> dict[str, bytes]:
    changed = {file.path for file in files}
    found: dict[str, bytes] = {}
    for folder in {f.folder for f in files if f.in_tree and (f.name == ATTRIBUTION or is_leaf_yaml(f.path))}:
        try:
            inside = tree / folder
        except KeyError:
            continue
        for entry in inside if isinstance(inside, pygit2.Tree) else ():
            path = f"{folder}/{entry.name}"
            data = blob_bytes(entry) if path not in changed else None
            if data is not None:
                found[path] = data
    return found


def read_blob(repository: pygit2.Repository, commit: pygit2.Commit, path: str) -> bytes | None:
    """A file of a commit, None where it is not there."""
    try:
        found = commit.tree / path
    except KeyError:
        return None
    return blob_bytes(found)


def held(repository: pygit2.Repository, commit: pygit2.Commit, path: str) -> tuple[str, bytes, int] | None:
    """What a commit holds at a path: (file, link, submodule or folder; its bytes; its size), None where nothing is.

    Of a file larger than `MAX_BLOB` nothing is read: whoever shows it shows its size.
    """
    try:
        found = commit.tree / path
    except KeyError:
        return None
    if found.filemode == SUBMODULE:
        return "submodule", str(found.id).encode(), 0
    if isinstance(found, pygit2.Tree):
        return "folder", b"", 0
    size = int(repository.odb.read_header(found.id)[1])
    data = bytes(repository[found.id].peel(pygit2.Blob).data) if size <= MAX_BLOB else b""
    return "link" if found.filemode == SYMLINK else "file", data, size
