"""What the door needs of the service: a place that keeps a delivery for good before the forge is answered."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Delivery(msgspec.Struct, frozen=True):
    """One delivery as it came: `id` is the forge's, `body` the raw bytes that were signed."""

    id: str
    forge: str
    event: str
    body: bytes
    repository: str


class Inbox(Protocol):
    """Keeps deliveries durably, each once."""

    async def keep(self, delivery: Delivery) -> bool:
        """Return when `delivery` is safely on disk: True when it is new, False when it was there already."""
        ...


class Desk(Inbox, Protocol):
    """The inbox behind a door: it counts what comes as well."""

    def count(self, forge: str, event: str, outcome: str) -> None:
        """One more of these came; it waits for nothing, and a crash may forget the last second of it."""
        ...
