"""What is kept of GitHub's answers: those about people for some minutes, those with a mark until they change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from webhooks.forge import Right

SECONDS = 180.0
MOST = 5000
ANSWERS, BYTES = 400, 2_000_000  # how many are kept, and how long one may be


class Memory:
    """Answers that are believed for some minutes; a failure is not kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[Right | str | bool, float]] = {}
        self._lock = threading.Lock()

    def get(self, *key: str) -> Right | str | bool | None:
        """What was answered, not too long ago."""
        with self._lock:
            found = self._kept.get(key)
        return found[0] if found and self._clock() < found[1] else None

    def put(self, value: Right | str | bool, *key: str) -> None:
        """Believe it for some minutes."""
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (value, self._clock() + SECONDS)

    def forget(self) -> None:
        """Somebody's rights have changed: ask anew."""
        with self._lock:
            self._kept.clear()


class Kept(msgspec.Struct):
    """An answer with its mark: GitHub says 304 while it is still so, and does not count the request."""

    mark: str
    body: bytes
    link: str | None


class Answers:
    """Answers by the installation and the address; the oldest go first."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], Kept] = {}
        self._lock = threading.Lock()

    def get(self, key: tuple[int, str]) -> Kept | None:
        """What was answered the last time."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: tuple[int, str], answer: Kept) -> None:
        """Keep it, where it has a mark and is not too long."""
        if not answer.mark or len(answer.body) > BYTES:
            return
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = answer
            while len(self._kept) > ANSWERS:
                del self._kept[next(iter(self._kept))]
