"""An inbox without a disk, for tests of the door."""

from __future__ import annotations

from webhooks.inbox import Delivery


class Shelf:
    """An inbox in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}

    async def keep(self, delivery: Delivery) -> bool:
        new = delivery.id not in self.kept
        self.kept.setdefault(delivery.id, delivery)
        return new
