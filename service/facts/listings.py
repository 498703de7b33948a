"""What the base branch holds beside a contribution's new paths: misspelled twins and clashes of capitals show there.

Of each new path only the folder is listed in which its first new part would stand, so the time depends on what
changed and not on the size of the taxonomy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pygit2

from triage_rules.contribution import ChangedFile

MOST = 20_000  # names of one folder; of more only so many are looked at
MOST_FOLDERS = 200

Names = tuple[str, ...]  # of one folder; folders have a slash at the end


def listings(names: Callable[[str], Names | None], files: Iterable[ChangedFile]) -> dict[str, Names]:
    """Folder -> the names in it, "" for the top; `names` gives None for what is no folder of the base branch."""
    found: dict[str, Names] = {}
    for file in files:
        if file.status not in ("added", "renamed") or len(found) >= MOST_FOLDERS:
            continue
        folder = file.folder
        while folder not in found:
            there = names(folder)
            if there is not None:
                found[folder] = there
            elif not folder:
                break
            else:
                folder = folder.rpartition("/")[0]
    return found


def in_tree(tree: pygit2.Tree | None) -> Callable[[str], Names | None]:
    """Folders of a tree of Git; without one there is none."""

    def names(folder: str) -> Names | None:
        try:
            inside = tree / folder if tree is not None and folder else tree
        except KeyError:
            return None
        if not isinstance(inside, pygit2.Tree):
            return None
        entries = (entry for entry, _ in zip(inside, range(MOST), strict=False))
        return tuple(f"{each.name}/" if isinstance(each, pygit2.Tree) else str(each.name) for each in entries)

    return names


def in_paths(paths: Iterable[str]) -> Callable[[str], Names | None]:
    """Folders of a taxonomy that is known by the paths of its files."""
    folders: dict[str, set[str]] = {"": set()}
    for path in paths:
        below = path.split("/")
        for depth, part in enumerate(below):
            name = part if depth == len(below) - 1 else f"{part}/"
            folders.setdefault("/".join(below[:depth]), set()).add(name)
    return lambda folder: tuple(sorted(folders[folder])) if folder in folders else None
