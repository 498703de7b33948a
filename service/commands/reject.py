"""Reject a contribution, with a reason that its author is told."""

from __future__ import annotations

from typing import Any

from service.commands.request_changes import move
from service.house import House
from service.lines.states import Move
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "reject", Right.triage, "REASON"
BOUND = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Reject it."""
    return move(house, repository, asked, who, Move.reject, "Rejected")
