"""What commands came to, what a contribution waits for, where it goes on: shown at the end of its triage comment.

That comment is edited, so an answer notifies nobody. The last few are kept as data, and no person's push others out.
"""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service.db import words
from service.db.tables import Contribution
from service.lines import authors, holds
from webhooks.escape import line
from webhooks.event import Person

ANSWER = "answer"
KEPT, OF_ONE = 6, 3  # answers of a contribution, and of them of one person
LONG = 1_200  # characters of one


def keep(session: Session, row: Contribution, who: Person, command: str, ok: bool, sentence: str) -> None:
    """Keep what became of a command."""
    body = {"name": who.name or who.id, "command": command[:40], "ok": ok, "sentence": sentence[:LONG]}
    words.say(session, row, ANSWER, f"{who.forge}/{who.id}", time.time(), body)
    known = words.standing(session, row.repository, [ANSWER], row.number)
    theirs = [word for word in known if word.by == f"{who.forge}/{who.id}"][:-OF_ONE]
    left = [word for word in known if word not in theirs]
    words.end(session, [*theirs, *left[:-KEPT]])


def waits(session: Session, row: Contribution) -> list[str]:
    """What it is linked to, and what keeps it from being merged, a line of Markdown each."""
    held = [f"**Waits.** {line(why, 400)}" for why in holds.why_not(session, row, time.time())]
    return [*authors.links(session, row), *held]


def replies(session: Session, row: Contribution) -> list[dict[str, Any]]:
    """The last answers, the oldest first, as replies of a report."""
    known = [word.body for word in words.standing(session, row.repository, [ANSWER], row.number)]
    return [
        {
            "who": body["name"],
            "asked": body["command"],
            "sentence": ("" if body["ok"] else "refused: ") + body["sentence"],
        }
        for body in known
    ]
