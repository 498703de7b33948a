"""Freeze paths until a time: what touches them is judged and approved, but merged only afterwards.

`freeze knowledge/tides until 3d for the exam`; `*` is everything; a time is 12h, 3d, 2w, 2030-01-31 or
2030-01-31T18:00 (UTC). Every contribution that waits for it says so.
"""

from __future__ import annotations

import time
from typing import Any

from service.house import House
from service.lines import holding
from service.lines.holds import moment
from service.lines.obey import words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "freeze", Right.maintain, "PATHS until WHEN [REASON]"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Freeze them; said again with another time, it holds until that."""
    words = words_of(asked)
    if "until" not in words[:-1]:
        raise ValueError("Say which paths, and until when: freeze PATHS until WHEN.")
    at = words.index("until")
    paths, until = holding.paths_of(words[:at]), holding.ends(words[at + 1], time.time())
    reason = str(asked.get("reason") or " ".join(words[at + 2 :]))[:1_000]
    with house.database.write() as session:
        many = holding.freeze(session, repository, paths, until, who, reason)
    house.ring("speak")
    wait = "1 contribution waits" if many == 1 else f"{many} contributions wait"
    return f"{', '.join(paths)} is frozen until {moment(until)}; {wait} for it."
