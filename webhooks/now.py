"""What is so on a forge now: deliveries come late, in any order, and tell less than it knows."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from webhooks.event import Person


@runtime_checkable
class Endings(Protocol):
    """A forge that says by which commit it merged."""

    def merged(self, number: int) -> str | None:
        """The commit that brought it in, squashed or not, by whoever's hand; None where it was not merged.

        Raises Denied, OSError.
        """
        ...


@runtime_checkable
class Approvals(Protocol):
    """A forge whose approvals are given and taken back, and told of by deliveries that name no one of them."""

    def approves(self, number: int, person: Person) -> bool | None:
        """Whether their approval stands; None where the forge does not say. Raises OSError."""
        ...
