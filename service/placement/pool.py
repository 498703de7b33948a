"""Several processes that judge, side by side: a revision that hangs holds up one of them and nobody else.

Whoever asks waits for a free one, and repositories take turns: one with a thousand pushes is served as often as one
with a single push. A process that judged the repository before is preferred, for what it keeps of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Protocol

from service.placement.judge import COMMAND, LIMIT, Ask, Fault, Judge, Judged, NoJudge, Shunned, Stopped


class Judging(Protocol):
    """One judge, or a pool of them."""

    def start(self) -> None: ...
    def ask(self, ask: Ask) -> Judged | Fault | Stopped: ...
    def close(self) -> None: ...


def pool_of(size: int = 1, command: Sequence[str] = COMMAND, limit: float = LIMIT) -> Pool:
    """A pool of so many processes; who ended one of them is left out by all."""
    shunned: Shunned = set()
    return Pool([Judge(command, limit, shunned) for _ in range(size)])


class Pool:
    """Several judges, asked like one; safe in any thread, as many questions at a time as there are judges."""

    def __init__(self, judges: Sequence[Judging]) -> None:
        self.judges = tuple(judges)
        self._free = list(judges)
        self._address: dict[Judging, str] = {}  # whose question each judge had last
        self._waiting: OrderedDict[str, deque[object]] = (
            OrderedDict()
        )  # by address: the first one's turn is next
        self._changed = threading.Condition()
        self._closed = False

    def start(self) -> None:
        """Start one process ahead of the first question, without waiting for it; the others start when needed."""
        self.judges[0].start()

    def close(self) -> None:
        """End all processes; whoever asks afterwards, or waits, gets NoJudge."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for judge in self.judges:
            judge.close()

    def ask(self, ask: Ask) -> Judged | Fault | Stopped:
        """The verdict of whichever judge is free first; raises NoJudge."""
        judge = self._taken(ask.address)
        try:
            return judge.ask(ask)
        finally:
            with self._changed:
                self._free.append(judge)
                self._changed.notify_all()

    def _taken(self, address: str) -> Judging:
        ticket = object()
        with self._changed:
            self._waiting.setdefault(address, deque()).append(ticket)
            self._changed.wait_for(lambda: self._closed or (self._free and self._next() is ticket))
            if self._closed:
                raise NoJudge("closing")
            queue = self._waiting.pop(address)
            queue.popleft()
            if queue:
                self._waiting[address] = queue  # behind the others
            judge = next((j for j in reversed(self._free) if self._address.get(j) == address), self._free[-1])
            self._free.remove(judge)
            self._address[judge] = address
            self._changed.notify_all()
        return judge

    def _next(self) -> object:
        """Whose turn it is: the oldest question of the repository that was served longest ago."""
        return next(iter(self._waiting.values()))[0]
