"""One at a time, in all threads and processes of a home: a turn is a lock on a file of its own.

The kernel lets go when a process dies, however it dies. A turn is not re-entrant: whoever waits for its own turn
waits for ever, so turns are taken in one place each and always in the same order: documents, tick, a contribution's
own, advance, speak, an index of seeds.
"""

from __future__ import annotations

import fcntl
import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def turn(home: Path, name: str) -> Iterator[None]:
    """Wait for the turn called `name`, and hold it for the block."""
    with _opened(home, name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def turn_if_free(home: Path, name: str) -> Iterator[bool]:
    """Hold the turn called `name` where nobody else has it; gives whether we do."""
    with _opened(home, name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _opened(home: Path, name: str) -> IO[str]:
    folder = home / "turns"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / name).open("w")


class Turns:
    """One at a time for each key, among the threads of this process; different keys go side by side."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._wanted: Counter[Hashable] = Counter()

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """Wait for the key's turn, and hold it for the block."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            self._wanted[key] += 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._wanted[key] -= 1
                if not self._wanted[key]:
                    del self._wanted[key], self._locks[key]
