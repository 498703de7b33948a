"""Mended files written to a work tree: all that is checked before a byte is written, and each file at once.

Nothing outside of the tree is touched, nothing through a symbolic link, and nothing that changed since it was read.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from triage_rules.mending import Mended


class NotWritten(Exception):
    """A file that was left as it is, and why."""


def write(root: Path, mended: Mended) -> None:
    """One file as it should be: bytes first, then its name. Raises NotWritten before anything is changed."""
    source, target = root / mended.path, root / mended.new_path
    found = _checked(root, source, mended.path)
    if mended.new_path != mended.path:
        _checked_free(root, source, target, mended.new_path)
    if mended.after != mended.before:
        if source.read_bytes() != mended.before:
            raise NotWritten(f"`{mended.path}` changed while it was read, or is too large to be read whole")
        _replace(source, mended.after, stat.S_IMODE(found.st_mode))
    if mended.plain_mode:
        source.chmod(stat.S_IMODE(found.st_mode) & ~0o111)
    if target != source:
        source.rename(target)


def inside(root: Path, path: Path) -> bool:
    """Whether a path lies below the root with no link, and no way up, on the way to it."""
    if not path.is_relative_to(root) or ".." in path.parts:
        return False
    steps = [each for each in (path, *path.parents) if each != root and each.is_relative_to(root)]
    return not any(each.is_symlink() for each in steps)


def _checked(root: Path, source: Path, name: str) -> os.stat_result:
    if not inside(root, source):
        raise NotWritten(f"`{name}` is a symbolic link, lies behind one, or outside of the tree")
    found = source.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise NotWritten(f"`{name}` is no plain file")
    return found


def _checked_free(root: Path, source: Path, target: Path, name: str) -> None:
    if target.parent != source.parent or not inside(root, target):
        raise NotWritten(f"`{name}` lies elsewhere")
    if os.path.lexists(target) and not target.samefile(
        source
    ):  # one file under two names: no case is told apart
        raise NotWritten(f"`{name}` is there already")


def _replace(path: Path, data: bytes, mode: int) -> None:
    """The file with other bytes and its old mode: whoever is interrupted leaves the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".upweight-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
