"""What the door needs of the service: a place that keeps a delivery for good before the forge is answered."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Delivery(msgspec.Struct, frozen=True):
    """One delivery as it came: `id` is the forge's, `body` the raw bytes that were signed.

    `repository` is the name that it bears, or what ``spoken_for`` made of it.
    """

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


def spoken_for(identity: str, name: str) -> str:
    """How the repository of a delivery is kept that bore one repository's own secret.

    Whoever holds that may write any name into a body; so it speaks for this id, and the name is for reading.
    """
    return f"#{identity} {name}"


def about(repository: str) -> tuple[str, str]:
    """The id that a kept delivery speaks for ("" where its proof is good for every repository), and its name."""
    if not repository.startswith("#"):
        return "", repository
    identity, _, name = repository[1:].partition(" ")
    return identity, name
