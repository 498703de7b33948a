"""Mechanical fixes as a commit in our bare repository: from the patches that findings carry, without a checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pygit2
from pygit2.enums import FileMode

from service.git.read import MAX_BLOB
from triage_rules.fix import Fix, apply

PLAIN = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)


def commit(
    git: pygit2.Repository, head: str, fixes: Mapping[str, Sequence[Fix]], who: pygit2.Signature
) -> tuple[str, int] | None:
    """A commit after `head` with these fixes made, by path, and how many were; None where none could be.

    A fix that is stale or overlaps another is left out, and so is a name that is taken or lies elsewhere.
    """
    parent = git[head].peel(pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(parent.tree)
    made: list[str] = []
    for path, wanted in sorted(fixes.items()):
        made += _mend(git, index, path, wanted)
    tree = index.write_tree(git)
    if not made or tree == parent.tree_id:
        return None
    lines = "\n".join(f"- {what}" for what in dict.fromkeys(made))
    message = f"Mend what a program can\n\n{lines}\n\nSigned-off-by: {who.name} <{who.email}>\n"
    return str(git.create_commit(None, who, who, message, tree, [parent.id])), len(made)


def _mend(git: pygit2.Repository, index: pygit2.Index, path: str, fixes: Sequence[Fix]) -> list[str]:
    """Make the fixes of one file in the index; what was made, in words."""
    if path not in index or (entry := index[path]).mode not in PLAIN:
        return []
    blob = git[entry.id].peel(pygit2.Blob)
    if blob.size > MAX_BLOB:
        return []
    after, taken = apply(blob.data, fixes)
    rename = next((fix for fix in fixes if fix.rename and _free(index, path, fix.rename)), None)
    plain = next((fix for fix in fixes if fix.plain_mode and entry.mode == FileMode.BLOB_EXECUTABLE), None)
    found = [*taken, *(fix for fix in (rename, plain) if fix is not None and fix not in taken)]
    if not found:
        return []
    index.remove(path)
    mode = FileMode.BLOB if plain is not None else entry.mode
    target = (rename.rename if rename is not None else None) or path
    index.add(pygit2.IndexEntry(target, git.create_blob(after), mode))
    return [fix.what for fix in found]


def _free(index: pygit2.Index, path: str, target: str) -> bool:
    """Whether a file may be called so: in the same folder, by a name that no other has."""
    return path.rpartition("/")[0] == target.rpartition("/")[0] and target not in index
