"""Let go of a contribution that is held, whoever holds it."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import holding, holds
from service.lines.obey import number_of, reason_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "unhold", Right.triage, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Let go."""
    return lift(house, repository, asked, who, holds.HOLD)


def lift(house: House, repository: str, asked: dict[str, Any], who: Person, kind: str) -> str:
    """End a hold of either kind."""
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        holding.lift(session, row, kind, who, reason_of(asked))
        left = holds.why_not(session, row, time.time())
    house.ring("tick")
    return "Let go." if not left else f"Let go; it waits still. {left[0]}"
