"""Let a batch pass that the gate did not pass; needs a reason, which is shown wherever the release is."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import standstill
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "override", Right.maintain


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Override the gate of a batch."""
    number = number_of(asked, "batch")
    words = [str(word) for word in asked.get("arguments", ())][1:]
    reason = str(asked.get("reason") or " ".join(words)).strip()
    if not reason:
        raise ValueError("An override needs a reason.")
    standstill.override(house, repository, number, f"{who.forge}/{who.id}", reason)
    return f"Batch {number} passes by override."
