"""What stands on disk or in the index, as Git would commit it: bytes, mode and id of each path that differs."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pygit2
from pygit2.enums import DiffOption

from service.git.read import MAX_BLOB
from triage_rules.contribution import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK

UNTRACKED = DiffOption.INCLUDE_UNTRACKED | DiffOption.RECURSE_UNTRACKED_DIRS | DiffOption.INCLUDE_TYPECHANGE


class Now(NamedTuple):
    """A file as it stands; no bytes of a link or a submodule, no id of what is too large to be read whole."""

    mode: int
    id: pygit2.Oid | None
    data: bytes | None
    size: int


State = Now | None  # None where nothing stands at the path


def states(
    repository: pygit2.Repository, root: Path, before: pygit2.Tree | None, staged: bool
) -> dict[str, State]:
    """Each path in which the index, or the disk unless only what is `staged` counts, may differ from a tree."""
    index = repository.index
    diff = before.diff_to_index(index) if before is not None else None
    changed = _paths(diff) if diff is not None else {entry.path for entry in index}
    found = {path: staged_at(repository, path) for path in changed}
    if not staged:
        for path in _paths(index.diff_to_workdir(UNTRACKED)):
            found[path] = _on_disk(repository, root, path)
    return found


def _paths(diff: pygit2.Diff) -> set[str]:
    sides = {side for delta in diff.deltas for side in (delta.old_file.path, delta.new_file.path)}
    return {side.rstrip("/") for side in sides}  # a repository inside of this one has a slash at its end


def staged_at(repository: pygit2.Repository, path: str) -> State:
    """What the index holds at a path; nothing of a path in conflict."""
    try:
        entry = repository.index[path]
    except KeyError:
        return None
    mode = int(entry.mode)
    if mode == SUBMODULE:
        return Now(mode, entry.id, None, 0)
    blob = repository[entry.id].peel(pygit2.Blob)
    return Now(mode, entry.id, None if mode == SYMLINK else bytes(blob.data[:MAX_BLOB]), blob.size)


def _on_disk(repository: pygit2.Repository, root: Path, path: str) -> State:
    now = read_file(root / path)
    if now is None or now.data is None:
        return now
    mode, data = now.mode, now.data
    if not _told(repository, "core.filemode", True):
        kept = staged_at(repository, path)
        mode = kept.mode if kept is not None else REGULAR
    if b"\r\n" in data and _converted(repository, path, data):
        data = data.replace(b"\r\n", b"\n")
    return Now(mode, pygit2.hash(data) if now.id is not None else None, data, now.size)


def _told(repository: pygit2.Repository, name: str, otherwise: bool) -> bool:
    return repository.config.get_bool(name) if name in repository.config else otherwise


def _converted(repository: pygit2.Repository, path: str, data: bytes) -> bool:
    """Would Git commit this file with line feeds alone? As gitattributes(5) tells of `text`, `eol` and autocrlf."""
    text = repository.get_attr(path, "text")
    if text is True or (text is None and repository.get_attr(path, "eol") in ("lf", "crlf")):
        return True
    config = repository.config
    setting = str(config["core.autocrlf"]) if "core.autocrlf" in config else "false"
    if text is False or (text is None and setting.lower() not in ("true", "input", "yes", "on", "1")):
        return False
    kept = staged_at(repository, path)  # where Git has to guess, what is no text or came in as it is stays so
    return b"\0" not in data and (kept is None or kept.data is None or b"\r\n" not in kept.data)


def read_file(path: Path) -> State:
    """A file, a link, or the folder of another repository; None where there is none of them."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISLNK(found.st_mode):
        target = os.fsencode(os.readlink(path))
        return Now(SYMLINK, pygit2.hash(target), None, len(target))
    if stat.S_ISDIR(found.st_mode) and (path / ".git").exists():
        return Now(SUBMODULE, None, None, 0)
    if not stat.S_ISREG(found.st_mode):
        return None
    with path.open("rb") as file:
        data = file.read(MAX_BLOB)
    mode = EXECUTABLE if found.st_mode & 0o100 else REGULAR
    return Now(mode, pygit2.hash(data) if found.st_size <= MAX_BLOB else None, data, found.st_size)


def everything_below(top: Path) -> Iterator[Path]:
    """Every file and link below a folder; links are not followed."""
    for folder, folders, files in os.walk(top):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in (*files, *links))
