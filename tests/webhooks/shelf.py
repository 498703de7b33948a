"""An inbox without a disk, for tests of the door."""

from __future__ import annotations

from collections import Counter

from webhooks.inbox import Delivery


class Shelf:
    """An inbox in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.counted: Counter[tuple[str, str, str]] = Counter()

    async def keep(self, delivery: Delivery) -> bool:
        new = delivery.id not in self.kept
        self.kept.setdefault(delivery.id, delivery)
        return new

    def count(self, forge: str, event: str, outcome: str) -> None:
        self.counted[forge, event, outcome] += 1
