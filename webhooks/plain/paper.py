"""The branch ``refs/upweight/pulls`` as a small file store, through libgit2.

One branch for every contribution's papers, because each ref that a repository has makes each push slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from webhooks.plain.places import PULLS


class Papers:
    """Files by path at the tip of the branch. Writers hold the forge's lock."""

    def __init__(self, repository: Path) -> None:
        self._path = str(repository)

    def tree(self, repo: pygit2.Repository | None = None) -> pygit2.Tree | None:
        """The tip's tree, or None before the first contribution."""
        ref = (repo or pygit2.Repository(self._path)).references.get(PULLS)
        return ref.peel(pygit2.Commit).tree if ref else None

    def read(self, folder: str) -> dict[str, bytes]:
        """Every file below `folder`, by its path from there."""
        repo = pygit2.Repository(self._path)
        tree = self.tree(repo)
        if tree is None or folder not in tree:
            return {}
        return dict(_files(tree[folder], ""))

    def write(self, message: str, changes: Mapping[str, bytes | None]) -> None:
        """Commit files (None: away with it) on the tip; nothing is committed where nothing changes.

        Raises pygit2.GitError where the branch moved meanwhile: somebody wrote without the lock.
        """
        repo = pygit2.Repository(self._path)
        ref = repo.references.get(PULLS)
        tip = ref.peel(pygit2.Commit) if ref else None
        tree = tip.tree if tip else None
        oid = tree.id if tree else repo.TreeBuilder().write()
        for path, data in changes.items():
            oid = _graft(repo, oid, path.split("/"), data) or repo.TreeBuilder().write()
        if tree is not None and oid == tree.id:
            return
        who = pygit2.Signature("Upweight", "upweight@localhost")
        repo.create_commit(PULLS, who, who, message + "\n", oid, [tip.id] if tip else [])


def _graft(
    repo: pygit2.Repository, tree: pygit2.Oid | None, path: list[str], data: bytes | None
) -> pygit2.Oid | None:
    """A tree with a file changed; None where nothing is left in it."""
    builder = repo.TreeBuilder(repo[tree].peel(pygit2.Tree)) if tree else repo.TreeBuilder()
    name = path[0]
    there = builder.get(name)
    if path[1:]:
        below = there.id if isinstance(there, pygit2.Tree) else None
        child, mode = _graft(repo, below, path[1:], data), FileMode.TREE
    else:
        child, mode = (None if data is None else repo.create_blob(data)), FileMode.BLOB
    if child is not None:
        builder.insert(name, child, mode)
    elif there is not None:
        builder.remove(name)
    return builder.write() if len(builder) else None


def _files(tree: pygit2.Object, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in tree.peel(pygit2.Tree):
        if isinstance(entry, pygit2.Blob):
            found.append((f"{prefix}{entry.name}", entry.data))
        elif isinstance(entry, pygit2.Tree):
            found += _files(entry, f"{prefix}{entry.name}/")
    return found
