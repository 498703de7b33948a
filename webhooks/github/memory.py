"""Answers about people that are believed for some minutes: asking GitHub at each command would cost a second."""

from __future__ import annotations

import threading
import time

from webhooks.forge import Right

SECONDS = 180.0
MOST = 5000


class Memory:
    """Answers that are believed for some minutes; a failure is not kept."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], tuple[Right | str | bool, float]] = {}
        self._lock = threading.Lock()

    def get(self, *key: str) -> Right | str | bool | None:
        """What was answered, not too long ago."""
        with self._lock:
            found = self._kept.get(key)
        return found[0] if found and time.monotonic() < found[1] else None

    def put(self, value: Right | str | bool, *key: str) -> None:
        """Believe it for some minutes."""
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (value, time.monotonic() + SECONDS)

    def forget(self) -> None:
        """Somebody's rights have changed: ask anew."""
        with self._lock:
            self._kept.clear()
