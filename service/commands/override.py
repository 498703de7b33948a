"""Let a batch pass that the gate did not pass; needs a reason, which is shown wherever the release is."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import standstill
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "override", Right.maintain


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Override the gate of a batch."""
    reason = str(asked.get("reason", "")).strip()
    if not reason:
        raise ValueError("An override needs a reason.")
    standstill.override(house, repository, int(asked["batch"]), f"{who.forge}/{who.id}", reason)
    return f"Batch {asked['batch']} passes by override."
