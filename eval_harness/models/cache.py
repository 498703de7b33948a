"""The cache directory: what is costly is made once, also when two processes want it at the same time.

An entry is a folder that appears in one step (made beside it, then renamed), under a lock of its own.
Deleting the cache costs time, never a result.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

DEFAULT = "~/.cache/upweight/models"


def directory(name: str | None) -> Path:
    """The cache directory of a job, or the user's."""
    path = Path(name or DEFAULT).expanduser()
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock file beside `path`; yields False where another process has it and `wait` is off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def folder(path: Path, make: Callable[[Path], None]) -> Path:
    """The folder at `path`, made by `make(part)` when it is not there yet."""
    if path.exists():
        return path
    with locked(path):
        if not path.exists():
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            make(part)
            os.replace(part, path)
    return path
